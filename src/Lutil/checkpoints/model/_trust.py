"""Whom we trust: the checks of owners and modes that settings and stores share.

As ssh and git do it: a file is obeyed only if it belongs to this user, or to one whom this user named, and if
nobody else can write to it. A pickle can run code, and a project file says whose pickles are read.
"""

from __future__ import annotations

import functools
import os
import stat
from collections.abc import Collection, Iterable

__all__ = [
    "OTHERS_WRITE",
    "RefusedError",
    "others_write",
    "read_obeyed",
    "this_user",
    "uids_of",
    "why_refused",
]

OTHERS_WRITE = stat.S_IWGRP | stat.S_IWOTH
OWNER = "owner"
"""Stands in `trust` for whoever owns the folder in question, as containers need it."""
_ROOT = 0
_READ = os.O_RDONLY | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
"""A pipe in the place of a file must not block its reader: hence O_NONBLOCK."""


class RefusedError(OSError):
    """A file or folder is not used because somebody else owns it, could have written it, or could lead us elsewhere."""

    @property
    def why(self) -> str:
        """The place, what is wrong with it, and the way out."""
        return self.strerror or ""


def this_user() -> int | None:
    """Return the number of this user; None on systems where a file's owner is no number."""
    return os.geteuid() if hasattr(os, "geteuid") else None


def uids_of(trust: Collection[str | int], owner: int | None = None) -> frozenset[int]:
    """Return the numbers of the users in a `trust` setting.

    Args:
        trust: names, numbers, or `"owner"`.
        owner: the number that `"owner"` stands for; None where there is nothing yet to own.
    """
    found: set[int] = set()
    for user in trust:
        if isinstance(user, int) or user.isdecimal():  # as settings have it, all are text
            found.add(int(user))
        elif user == OWNER:
            found |= set() if owner is None else {owner}
        else:
            found |= _uid_of(user)
    return frozenset(found)


@functools.lru_cache(256)  # on a cluster, asking for a user means asking another machine
def _uid_of(name: str) -> frozenset[int]:
    import pwd  # noqa: PLC0415  # not on Windows

    try:
        return frozenset({pwd.getpwnam(name).pw_uid})
    except KeyError:  # a user who is unknown on this machine owns nothing on it
        return frozenset()


def called(uid: int) -> str:
    """Return how a user is named in a message: `alice (user 1000)`, or `user 1000` where the name is unknown."""
    try:
        import pwd  # noqa: PLC0415  # not on Windows

        return f"{pwd.getpwuid(uid).pw_name} (user {uid})"
    except (ImportError, KeyError):
        return f"user {uid}"


def why_refused(found: os.stat_result, owners: Collection[int], *, modes: bool = True) -> str:
    """Return what is wrong with a file or folder, with the way out; an empty text where nothing is.

    Args:
        found: what the system says of it.
        owners: whose files are trusted.
        modes: whether the file system keeps modes, so that they tell who could have written it.
    """
    if found.st_uid not in owners:
        return (
            f"it belongs to {called(found.st_uid)}. If you trust them: trust=[{found.st_uid}] in configure(...), "
            f"LUTIL_TRUST={found.st_uid} in the environment; else remove it, or use another `store`"
        )
    # A file has to be ours alone in any case: we make no other.
    if modes and (others_write(found) if stat.S_ISDIR(found.st_mode) else found.st_mode & OTHERS_WRITE):
        return "others can write to it. If nobody has: `chmod go-w`; else remove it"
    return ""


def read_obeyed(path: str, trust: Collection[str | int]) -> tuple[bytes, str]:
    """Return the bytes of a file that says what to do, and why it is not to be obeyed; empty if it is.

    It is obeyed if it and its folder belong to this user, to root, or to one in `trust`, and nobody else can write
    to either. In a folder like `/tmp`, where nobody can replace what is another's, the file alone counts.

    Raises:
        OSError: it cannot be read, or is no file.
    """
    folder = os.path.dirname(path)  # noqa: PTH120  # a string, as everywhere below settings
    descriptor = os.open(path, _READ)
    try:
        found = os.fstat(descriptor)
        if not stat.S_ISREG(found.st_mode):
            raise OSError(f"{path} is no file")
        with open(descriptor, "rb", closefd=False) as file:  # it is open already
            data = file.read()
    finally:
        os.close(descriptor)
    me = this_user()
    if me is None:
        return data, ""
    around = os.stat(folder)  # noqa: PTH116  # the same
    owners = {me, _ROOT, *_who_called_sudo(me), *uids_of(trust, around.st_uid)}
    sticky = bool(around.st_mode & stat.S_ISVTX)
    # A link counts as well: whoever made it chose the file.
    checked: Iterable[tuple[str, os.stat_result, bool]] = (
        (path, os.lstat(path), False),
        (path, found, True),
        (folder, around, not sticky),
    )
    for place, one, writable in checked:
        if one.st_uid not in owners:
            name = called(one.st_uid)
            return data, (
                f"{place} belongs to {name}. If you trust them: LUTIL_TRUST={one.st_uid} in the environment, or "
                f"configure(trust=[{one.st_uid}])"
            )
        if writable and others_write(one):
            return data, f"others can write to {place}. If nobody has: chmod go-w {place}"
    return data, ""


def _who_called_sudo(me: int) -> Collection[int]:
    """Return the user for whom root works: under `sudo`, the settings of the caller's own project count, as for git."""
    caller = os.environ.get("SUDO_UID", "")
    return (int(caller),) if me == _ROOT and caller.isdecimal() else ()


def others_write(found: os.stat_result) -> bool:
    """Tell whether somebody besides the owner can write: a group that is the owner's alone is nobody else."""
    if found.st_mode & stat.S_IWOTH:
        return True
    return bool(found.st_mode & stat.S_IWGRP) and not _is_private(found.st_gid, found.st_uid)


@functools.lru_cache(256)  # on a cluster, asking for a group means asking another machine
def _is_private(gid: int, uid: int) -> bool:
    """Tell whether a group is the private one of a user: with their name, and nobody else in it.

    Many systems make such a group for each user and let all that they write be writable by it.
    """
    try:
        import grp  # noqa: PLC0415  # not on Windows
        import pwd  # noqa: PLC0415

        group, user = grp.getgrgid(gid), pwd.getpwuid(uid)
    except (ImportError, KeyError):
        return False
    return group.gr_name == user.pw_name and user.pw_gid == gid and set(group.gr_mem) <= {user.pw_name}
