//! Docker's `.dockerignore` patterns. Pure.
