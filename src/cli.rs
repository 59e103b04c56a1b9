//! The command line. Doc comments are the help.
