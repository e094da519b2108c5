"""Texts in code: docstrings and annotations where something reads them, and source for differences."""
