//! Remembers file digests by path, size, time and inode, in `.keg/`.
