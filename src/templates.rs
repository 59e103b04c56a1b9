//! What `tap new` and `init` write.
