//! Judges whether what was started has come up.
