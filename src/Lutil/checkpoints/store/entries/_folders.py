"""Folders that are open, so that what is done in them happens there and nowhere else.

Whoever can write to a folder above may put a link in the place of one of ours at any moment, between a check and
the use of a path. What is named relative to an open folder stays in it. Where a system has no such calls
(Windows), paths are joined.
"""

from __future__ import annotations

import contextlib
import errno
import os
import stat
from typing import Protocol, Self

from ...model._trust import OTHERS_WRITE, RefusedError

__all__ = ["NO_FOLLOW", "Folder", "OpenFolder", "as_it_is", "is_folder"]

NO_FOLLOW = getattr(os, "O_NOFOLLOW", 0)
_RELATIVE = os.open in os.supports_dir_fd and hasattr(os, "O_DIRECTORY")
_LINK = "it is a link, and links in a store are not followed: remove it, or use what it leads to as `store`"
_OWNERS = hasattr(os, "geteuid")
_FOLDER = os.O_RDONLY | getattr(os, "O_DIRECTORY", 0) | getattr(os, "O_CLOEXEC", 0)
_LED_ELSEWHERE = (errno.ELOOP, errno.ENOTDIR, errno.EMLINK)
"""What systems say of a link where none is followed: Linux, Linux for folders, FreeBSD."""


class Folder:
    """An open folder.

    Attributes:
        path: where it was found.
        stat: what the system said of it when it was opened.
    """

    __slots__ = ("_descriptor", "path", "stat")

    def __init__(self, path: str, descriptor: int, found: os.stat_result) -> None:
        self.path = path
        self._descriptor = descriptor
        self.stat = found

    @classmethod
    def at(cls, path: str, *, follow: bool = False) -> Self:
        """Open a folder by its path.

        Raises:
            RefusedError: it is a link, and none is followed, or no folder.
            OSError: it cannot be opened.
        """
        if not _RELATIVE:
            found = os.stat(path) if follow else os.lstat(path)  # noqa: PTH116  # strings, for speed
            if not is_folder(found):
                raise _no_folder(path)
            return cls(path, -1, found)
        try:
            return cls._opened(path, os.open(path, _FOLDER if follow else _FOLDER | NO_FOLLOW))
        except OSError as error:
            if error.errno in _LED_ELSEWHERE:
                raise _no_folder(path) from error
            raise

    def inner(self, name: str) -> Self:
        """Open a folder in this one, following no link.

        Raises:
            RefusedError: it is a link, or no folder.
            OSError: it cannot be opened.
        """
        path = f"{self.path}/{name}"
        if not _RELATIVE:
            return self.at(path)
        try:
            return self._opened(path, os.open(name, _FOLDER | NO_FOLLOW, dir_fd=self._descriptor))
        except OSError as error:
            if error.errno in _LED_ELSEWHERE:
                raise _no_folder(path) from error
            raise

    def make(self, name: str, mode: int) -> bool:
        """Make a folder in this one; return whether it was not there.

        Raises:
            OSError: it cannot be made.
        """
        try:
            os.mkdir(self._name(name), mode, dir_fd=self._where)  # strings, for speed
        except FileExistsError:
            return False
        return True

    def open(self, name: str, flags: int, mode: int = 0o600) -> int:
        """Return a descriptor of a file in this folder; a link is not followed.

        Raises:
            RefusedError: it is a link.
            OSError: it cannot be opened.
        """
        if not NO_FOLLOW and os.path.islink(self._name(name)):  # noqa: PTH114  # Windows; strings, for speed
            raise RefusedError(errno.ELOOP, f"{self.path}/{name}: {_LINK}")
        try:
            return os.open(self._name(name), flags | NO_FOLLOW, mode, dir_fd=self._where)
        except OSError as error:
            if error.errno in (errno.ELOOP, errno.EMLINK):
                raise RefusedError(errno.ELOOP, f"{self.path}/{name}: {_LINK}") from error
            raise

    def look(self, name: str) -> os.stat_result:
        """Return what the system says of a file in this folder, of the link itself where it is one."""
        return os.stat(self._name(name), dir_fd=self._where, follow_symlinks=False)  # the same

    def names(self) -> list[str]:
        """Return the names of what is in it."""
        return os.listdir(self._descriptor if _RELATIVE else self.path)  # noqa: PTH208  # the same

    def rename(self, name: str, to: Folder, new: str) -> None:
        """Give a file of this folder a place in another one, or in this; what has that name there is replaced."""
        os.replace(self._name(name), to._name(new), src_dir_fd=self._where, dst_dir_fd=to._where)  # the same

    def remove(self, name: str) -> None:
        """Remove a file from this folder; of a link, the link."""
        os.unlink(self._name(name), dir_fd=self._where)  # the same

    def remove_folder(self, name: str) -> None:
        """Remove an empty folder from this one."""
        os.rmdir(self._name(name), dir_fd=self._where)  # the same

    def owns(self, found: os.stat_result) -> bool:
        """Tell whether something is a file of the owner of this folder, so that it may be removed."""
        return stat.S_ISREG(found.st_mode) and (not _OWNERS or found.st_uid == self.stat.st_uid)

    def owns_alone(self, found: os.stat_result) -> bool:
        """Tell whether a file may be written to as well: it has no second name, and others cannot write to it.

        Where others can write to the folder itself, modes say nothing.
        """
        return self.owns(found) and found.st_nlink <= 1 and not found.st_mode & OTHERS_WRITE & ~self.stat.st_mode

    def set_mode(self, mode: int) -> None:
        """Give the folder these permissions; whether its files get its group stays as it is."""
        if _RELATIVE and stat.S_IMODE(self.stat.st_mode) & 0o777 != mode:
            # Where a file system keeps no modes, that is found out elsewhere.
            with contextlib.suppress(OSError):
                os.fchmod(self._descriptor, mode | self.stat.st_mode & stat.S_ISGID)
                self.stat = os.fstat(self._descriptor)

    def sync(self) -> None:
        """Let a power cut not undo the last renames, where the system can do that for a folder."""
        if _RELATIVE:
            os.fsync(self._descriptor)

    def close(self) -> None:
        """Close it. Harmless when called twice."""
        descriptor, self._descriptor = self._descriptor, -1
        if descriptor >= 0:
            os.close(descriptor)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _name(self, name: str) -> str:
        return name if _RELATIVE else f"{self.path}/{name}"

    @property
    def _where(self) -> int | None:
        return self._descriptor if _RELATIVE else None

    @classmethod
    def _opened(cls, path: str, descriptor: int) -> Self:
        try:
            return cls(path, descriptor, os.fstat(descriptor))
        except BaseException:
            os.close(descriptor)
            raise


class OpenFolder(Protocol):
    """Opens a folder by its path, following no link: `Tree.folder`."""

    def __call__(self, path: str, *, make: bool = False) -> Folder: ...


def as_it_is(path: str, *, make: bool = False) -> Folder:  # noqa: ARG001  # as the protocol has it
    """Open a folder that nobody else can change."""
    return Folder.at(path)


def is_folder(found: os.stat_result) -> bool:
    """Tell whether something is a folder itself, and neither a link nor a junction of Windows."""
    return stat.S_ISDIR(found.st_mode) and not getattr(found, "st_reparse_tag", 0)


def _no_folder(path: str) -> RefusedError:
    return RefusedError(errno.ELOOP, f"{path}: it is no folder, or {_LINK.removeprefix('it is ')}")
