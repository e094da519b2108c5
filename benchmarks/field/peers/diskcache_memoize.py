"""diskcache: a table of SQLite, and files for what is large; the key is the pickle of the arguments."""

import functools

from diskcache import Cache

NAME = "diskcache"
DISTRIBUTION = "diskcache"
IMPORT = "from diskcache import Cache"
FILES = "diskcache"


@functools.cache
def cache():
    return Cache("diskcache", size_limit=1 << 40)


def cached(function):
    return cache().memoize()(function)
