"""marimo: a pickle for each result, under a hash of code and values; made for notebooks, and usable as a decorator."""

import marimo

NAME = "marimo"
DISTRIBUTION = "marimo"
IMPORT = "import marimo"
FILES = "marimo"


def cached(function):
    return marimo.persistent_cache(save_path="marimo")(function)
