"""Lutil: one file for each result, under a key of code and values."""

from Lutil.checkpoints import checkpoint

NAME = "Lutil"
DISTRIBUTION = "Lutil"
IMPORT = "from Lutil.checkpoints import checkpoint, InlineCheckpoint"
FILES = ".Lutil-checkpoint"


def cached(function):
    return checkpoint(function)
