//! The steps that a command would carry out, each with its reason.
