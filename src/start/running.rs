//! Decides which taps that run are meant.
