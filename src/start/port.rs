//! Finds out who has a port.
