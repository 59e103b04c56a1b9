"""The module [= name =]."""
