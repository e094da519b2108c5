"""What a user declares to be read: a file, a folder, an environment variable."""

from __future__ import annotations

import os
from typing import Final

from .process._records import NamedTuple

__all__ = ["MARKERS", "Dir", "Env", "File"]


class File(NamedTuple):
    """A file that counts by its content: `watch=[File("data.csv")]`."""

    path: str | os.PathLike[str]


class Dir(NamedTuple):
    """A folder that counts by the names and contents of all files below it: `watch=[Dir("images/")]`.

    Above ten thousand files it counts by names, sizes and times of change.
    """

    path: str | os.PathLike[str]


class Env(NamedTuple):
    """An environment variable that counts by its value, or by not being set: `watch=[Env("STAGE")]`."""

    name: str


MARKERS: Final = (File, Dir, Env)
