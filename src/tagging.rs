//! From a branch to a tag, and from templates to tags. Pure.
