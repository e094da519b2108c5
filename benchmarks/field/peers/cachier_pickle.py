"""cachier: one pickle for each function by default, one for each result here, which its own pages advise for many."""

from cachier import cachier

NAME = "cachier"
DISTRIBUTION = "cachier"
IMPORT = "from cachier import cachier"
FILES = "cachier"


def cached(function):
    return cachier(cache_dir="cachier", separate_files=True, pickle_reload=False)(function)
