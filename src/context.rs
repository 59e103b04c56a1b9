//! Walks and hashes a build context.
