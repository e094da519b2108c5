"""charmonium.cache: results in a folder, and an index of them that is read and written with each process."""

import functools

from charmonium.cache import DirObjStore, MemoizedGroup, memoize

NAME = "charmonium.cache"
DISTRIBUTION = "charmonium.cache"
IMPORT = "from charmonium.cache import memoize"
FILES = "charmonium"


@functools.cache
def group():
    return MemoizedGroup(obj_store=DirObjStore(path="charmonium"), size="100GiB")


def cached(function):
    return memoize(group=group())(function)
