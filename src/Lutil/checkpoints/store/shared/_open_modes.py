"""What is written to a `file://` store is as open as its folder says, whatever the umask: `chmod 2775` lets a group in.

Whoever shares the folder may put a link in the place of one of ours. So folders are opened one in another, no link is
followed, and only what is ours and has no second name gets a mode.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Final
from urllib.parse import unquote

from ...model._trust import this_user
from ..entries._folders import Folder
from ..entries._tree import READ

__all__ = ["as_open_as_its_folder"]

_SCHEME: Final = "file://"
_FILE: Final = 0o666


@contextmanager
def as_open_as_its_folder(url: str, name: str) -> Iterator[None]:
    """Within it, an object is written to a store; in a `file://` one, others may do with it what they may do there.

    Args:
        url: of the store.
        name: of the object.
    """
    place, _, last = name.rpartition("/")
    if not url.startswith(_SCHEME) or this_user() is None:
        yield
        return
    folder = None
    with suppress(OSError):  # whether it can be written is told by who writes it
        folder = _made(unquote(url.removeprefix(_SCHEME)), place)
    try:
        yield
        if folder is not None:
            with suppress(OSError):  # it is written: who may read it is the lesser part
                _open_file(folder, last)
    finally:
        if folder is not None:
            folder.close()


def _made(root: str, place: str) -> Folder:
    """Open a folder below the root, which is made where it is missing; those of ours on the way are as open as it."""
    folder = Folder.at(root, follow=True)
    mode = stat.S_IMODE(folder.stat.st_mode) & 0o777 | stat.S_IRWXU
    for part in filter(None, place.split("/")):
        with folder:
            folder.make(part, mode)
            folder = folder.inner(part)
        if folder.stat.st_uid == this_user():
            folder.set_mode(mode)
    return folder


def _open_file(folder: Folder, name: str) -> None:
    descriptor = folder.open(name, READ)
    try:
        found = os.fstat(descriptor)
        mode = folder.stat.st_mode & _FILE | stat.S_IRUSR | stat.S_IWUSR
        ours = stat.S_ISREG(found.st_mode) and found.st_uid == this_user() and found.st_nlink == 1
        if ours and stat.S_IMODE(found.st_mode) != mode:
            os.fchmod(descriptor, mode)
    finally:
        os.close(descriptor)
