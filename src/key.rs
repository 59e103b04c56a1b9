//! The key of an image: the digest of everything that goes into its build. Pure.
