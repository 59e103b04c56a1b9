//! The only read pass: engine, registry, git and files, at once.
