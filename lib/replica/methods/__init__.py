"""Methods by the names of their fields, one family a module."""
