//! Docker Compose, v2 and v1.
