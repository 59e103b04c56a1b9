//! Reads YAML strictly: an error shows file, line, column and the nearest right word.
