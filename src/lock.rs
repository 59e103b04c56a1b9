//! keg.lock: digests of outside base images. Pure.
