//! Docker's stored credentials.
