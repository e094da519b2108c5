"""joblib.Memory: a folder for each result, under a hash of the arguments; the source of the function beside it."""

import functools

from joblib import Memory

NAME = "joblib.Memory"
DISTRIBUTION = "joblib"
IMPORT = "from joblib import Memory"
FILES = "joblib"


@functools.cache
def memory():
    return Memory(".", verbose=0)


def cached(function):
    return memory().cache(function)
