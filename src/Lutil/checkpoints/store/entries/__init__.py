"""Entries as files: their bytes, the folders that they lie in, and whose they are."""
