//! Git repositories, read through libgit2.
