//! Reads `.env` files as Compose does.
