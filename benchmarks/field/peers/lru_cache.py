"""functools.lru_cache: in memory, gone with the process. What a lookup costs at least."""

import functools

NAME = "lru_cache"
DISTRIBUTION = ""
IMPORT = "import functools"
FILES = ""


def cached(function):
    return functools.lru_cache(maxsize=None)(function)
