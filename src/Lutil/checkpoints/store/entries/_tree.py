"""Whose files of a store are read and written: each user has a tree of his own, and says whose trees he trusts.

    <root>/v1/          the tree of the owner of the root
    <root>/v1@1002/     that of user 1002, where several use one store

Version control and backups leave out the root where all that it holds is ours, else the trees in it.

What is below the root is read only if it is no link, belongs to somebody who is trusted, and cannot be written by
others; each folder on the way as well. Whatever we make has these properties.

Folders are looked at once a second and process, for as long as nobody else can change them. Where somebody could
(others can write to the root, or it is theirs), a file is opened relative to the open folder of the tree, which
cannot be exchanged under us.

Some file systems know no owners or modes (FAT, SMB, mapped containers, squashed roots). Where a check fails, a
file of our own is written once and looked at: what does not come back as it was written does not count there.
"""

from __future__ import annotations

import contextlib
import errno
import os
import re
import stat
import time
from collections.abc import Collection

from ...model._trust import OTHERS_WRITE, RefusedError, others_write, this_user, uids_of, why_refused
from ...model.process._log import log
from ...model.process._records import NamedTuple
from ._folders import NO_FOLLOW, Folder, is_folder
from ._segments import file_system_of

__all__ = ["READ", "Tree", "Trusted"]

READ = os.O_RDONLY | NO_FOLLOW | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0) | getattr(os, "O_NONBLOCK", 0)
"""A pipe in the place of an entry must not block the reader: hence O_NONBLOCK."""
_NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0)
_HOME = os.O_RDONLY | NO_FOLLOW | getattr(os, "O_DIRECTORY", 0) | getattr(os, "O_CLOEXEC", 0)
_KIND = 0o170000
"""The bits of a mode that say whether something is a file, a folder, a link, a pipe."""
_ROOT = 0
"""The user who can do everything in any case."""
_PRIVATE = 0o600
_WITHOUT_MODES = frozenset(
    {"9p", "cifs", "drvfs", "exfat", "fuseblk", "msdos", "ntfs", "ntfs3", "smb3", "vboxsf", "vfat"}
)
"""File systems on which a file's mode is that of the mount, as far as Linux names them."""
_EXECUTE = 0o111
_TAGS = {
    ".gitignore": b"*\n",
    "CACHEDIR.TAG": b"""Signature: 8a477f597d28d172789f06886806bc55
# This folder holds results that can be computed again; backups may leave it out.
""",
}
"""What version control and backups look for in a folder that they are to leave out."""
_TREE = r"v[0-9]+(@[0-9]+)?|\.probe-[0-9]+-[0-9a-f]+"
"""The names of what we make in the folder of a store, beside these."""
_FRESH = 1.0
"""Seconds for which a folder that was looked at counts as it was."""


class Trusted(NamedTuple):
    """Whom a store trusts, and what that rests on.

    Attributes:
        root: the folder of the store.
        tree: the part of it to which this user writes.
        users: the numbers of those whose entries are read; None where owners are no numbers (Windows).
        owners_count: whether the file system keeps owners. Where it does not, whoever owns the root is trusted.
        modes_count: whether it keeps modes. Where it does not, nobody can say who could have written a file.
    """

    root: str
    tree: str
    users: frozenset[int] | None
    owners_count: bool
    modes_count: bool


class Tree:
    """The part of a store that belongs to one user.

    Args:
        root: the folder of the store, which may be a link.
        trust: other users whose files are read: names, numbers, `"owner"`.
        whose: the user to whom it belongs; None for this one.
        of_owner: whether to take the tree of the owner of the root, whoever that is.
        probe: whether a file may be written to find out what the file system keeps.

    Attributes:
        home: the folder of the tree.
        owners: the users whose files are read; None where owners are no numbers.
        checked: the folders below the root that are known to be of one of them, and of nobody else.
        since, until: between these moments `home` and `checked` hold.
        exposed: whether others could put another tree in the place of this one.
        bits: which bits of a file's mode are looked at: those that say what it is and, where modes count,
            who else can write to it.
    """

    def __init__(
        self,
        root: str,
        trust: Collection[str | int] = (),
        whose: int | None = None,
        *,
        of_owner: bool = False,
        probe: bool = True,
    ) -> None:
        self.root = root
        self.home = f"{root}/v1"
        self.owners: frozenset[int] | None = None
        self.checked: set[str] = set()
        self.since = self.until = 0.0
        self.exposed = False
        self.bits = _KIND if this_user() is None else _KIND | OTHERS_WRITE
        self._trust = tuple(trust)
        self._whose = whose
        self._of_owner = of_owner
        self._may_probe = probe
        self._probed = False
        self._mine = self._owner = this_user()
        self._keeps_owners = True
        self._said: set[str] = set()
        self._seen: object = None
        self.settle()

    def settle(self) -> None:
        """Look again whose the root is: it may have been removed, and somebody else may have made it anew."""
        now, me = time.time(), this_user()
        try:
            found = os.stat(self.root)  # noqa: PTH116  # strings, for speed
        except OSError:
            found = None
        root = (me, found and (found.st_dev, found.st_ino, found.st_uid, found.st_mode))
        if root == self._seen and self.since <= now < self.until:
            return
        self._seen, self.since, self.until = root, now, now + _FRESH
        self.checked.clear()
        if me is not None:
            self._mine = me if self._keeps_owners or self._mine is None else self._mine
            self._judge_root(found)

    def _judge_root(self, found: os.stat_result | None) -> None:
        """Find out which tree is ours, whom we trust, and whether others could exchange it."""
        # Where there is no root yet, we shall be the ones who make it.
        self._owner, self.exposed = self._mine, False
        if found is not None:
            self._owner = found.st_uid
            if self._owner != self._mine and not os.path.lexists(f"{self.root}/v1@{self._mine}"):
                self._probe()  # perhaps it is ours, and the file system says something else
            replaceable = others_write(found) and not found.st_mode & stat.S_ISVTX
            self.exposed = self._owner not in {self._mine, _ROOT} or replaceable
        trusted = uids_of(self._trust, self._owner)
        # A file system that keeps no owners shows the files of several users as those of one.
        alone = self._keeps_owners or self._owner == self._mine or self._owner in trusted
        self.owners = trusted | {self._mine} if alone and self._mine is not None else trusted
        whose = self._owner if self._of_owner else self._mine if self._whose is None else self._whose
        self.home = f"{self.root}/v1" if whose == self._owner else f"{self.root}/v1@{whose}"

    def others(self) -> tuple[int, ...]:
        """Return the users whose trees are read besides this one."""
        mine = self._owner if self.home == f"{self.root}/v1" else int(self.home.rpartition("@")[2])
        return tuple(sorted(uid for uid in self.owners or () if uid != mine))

    def trusted(self) -> Trusted:
        """Return whom we trust here, and what that rests on; asks the file system where that is not known yet."""
        self._probe()
        keeps_modes = self._mine is None or bool(self.bits & OTHERS_WRITE)
        return Trusted(self.root, self.home, self.owners, self._keeps_owners, keeps_modes)

    def why_not(self, folder: str) -> str:
        """Return why what lies in a folder is not to be read, with the place; empty where it may be.

        Raises:
            FileNotFoundError: there is no such folder.
        """
        place = self.root
        for name in folder[len(place) + 1 :].split("/"):
            place = f"{place}/{name}"
            if place not in self.checked:
                if what := self._judged(os.lstat(place), file=False):
                    return f"{place}: {what}"
                self.checked.add(place)
        return ""

    def why_no_file(self, path: str, found: os.stat_result) -> str:
        """Return why an open file is not to be read, with its path; empty where it may be."""
        what = self._judged(found, file=True)
        return f"{path}: {what}" if what else ""

    def read_at(self, path: str, flags: int = READ) -> int:
        """Return a descriptor of a file of this tree whose folder was found to be trusted.

        Raises:
            OSError: it cannot be opened; it is a link, or its tree was exchanged.
        """
        if not self.exposed:
            return os.open(path, flags)
        tree, _, below = path[len(self.root) + 1 :].partition("/")
        home = os.open(f"{self.root}/{tree}", _HOME)
        try:
            found = os.fstat(home)
            usual = found.st_uid in (self.owners or ()) and not found.st_mode & OTHERS_WRITE
            if not usual and (what := self._judged(found, file=False)):
                raise RefusedError(errno.EACCES, f"{self.root}/{tree}: {what}")
            return os.open(below, flags, dir_fd=home)
        finally:
            os.close(home)

    def open(self, path: str, flags: int = READ) -> tuple[int, os.stat_result]:
        """Return a descriptor of a file that is to be read, and what the system says of it.

        Raises:
            RefusedError: it is not to be read.
            OSError: it cannot be opened.
        """
        if what := self.why_not(os.path.dirname(path)):  # noqa: PTH120  # strings, for speed
            raise RefusedError(errno.EACCES, what)
        descriptor, what = self.read_at(path, flags), "interrupted"
        try:
            found = os.fstat(descriptor)
            what = self.why_no_file(path, found)
        finally:
            if what:
                os.close(descriptor)
        if what:
            raise RefusedError(errno.EACCES, what)
        return descriptor, found

    def folder(self, path: str, *, make: bool = False) -> Folder:
        """Open a folder of this tree in order to change what is in it.

        Args:
            path: where it is: `home`, or below it.
            make: whether to make it, and those above it, where they are missing.

        Raises:
            RefusedError: it is not ours, or could lead us elsewhere.
            OSError: it cannot be opened or made.
        """
        folder = self._nearest(path, make=make)
        try:
            while folder.path != path:
                inner = self._inner(folder, path[len(folder.path) + 1 :].partition("/")[0], make=make)
                folder.close()
                folder = inner
                self._require_ours(folder)
                self.checked.add(folder.path)
        except BaseException:
            folder.close()
            raise
        return folder

    def _nearest(self, path: str, *, make: bool) -> Folder:
        """Open a folder, or the nearest one above it that is known to be ours; else the root."""
        place = path
        if not self.exposed and self.since <= time.time() < self.until:
            while len(place) > len(self.root):
                if place in self.checked:
                    with contextlib.suppress(FileNotFoundError):  # it is made again
                        return Folder.at(place)
                place = place.rpartition("/")[0]
        return self._root(make=make)

    def _inner(self, folder: Folder, name: str, *, make: bool) -> Folder:
        try:
            return folder.inner(name)
        except FileNotFoundError:
            if not make:
                raise
        mode = stat.S_IMODE(folder.stat.st_mode) & 0o777 & ~OTHERS_WRITE | stat.S_IRWXU
        made = folder.make(name, mode)
        inner = folder.inner(name)
        if made:
            inner.set_mode(mode)  # whatever the umask says
        if made and folder.path == self.root:
            _tag(folder if _holds_only_ours(folder) else inner, mode & ~_EXECUTE)
        return inner

    def say(self, what: str) -> None:
        """Say once that a side file is not used; of an entry the lookup says it in its own way."""
        if what not in self._said:
            self._said.add(what)
            log.warning("not used: %s", what)

    def _root(self, *, make: bool) -> Folder:
        if make and not os.path.isdir(self.root):  # noqa: PTH112  # strings, for speed
            os.makedirs(os.path.dirname(self.root), exist_ok=True)  # noqa: PTH103, PTH120  # the same
            with contextlib.suppress(FileExistsError):
                os.mkdir(self.root, stat.S_IRWXU)  # noqa: PTH102  # the same
                os.chmod(self.root, stat.S_IRWXU)  # noqa: PTH101  # whatever the umask says
            self.settle()
        return Folder.at(self.root, follow=True)

    def _require_ours(self, folder: Folder) -> None:
        """Raise unless a folder is ours; where others can write to it, they no longer can from here on."""
        if self._mine is None:
            return
        found = folder.stat
        if found.st_uid != self._mine or found.st_mode & OTHERS_WRITE & self.bits:
            self._probe()
        if found.st_uid != self._mine:
            raise RefusedError(errno.EACCES, f"{folder.path}: {why_refused(found, ())}")
        if found.st_mode & OTHERS_WRITE & self.bits:
            folder.set_mode(stat.S_IMODE(found.st_mode) & 0o777 & ~OTHERS_WRITE)

    def _judged(self, found: os.stat_result, *, file: bool) -> str:
        if not (stat.S_ISREG(found.st_mode) if file else is_folder(found)):
            return f"it is no {'file' if file else 'folder'}, or a link, which is not followed: remove it"
        if self.owners is None:
            return ""
        what = why_refused(found, self.owners, modes=bool(self.bits & OTHERS_WRITE))
        if what and not self._probed:
            self._probe()
            what = why_refused(found, self.owners, modes=bool(self.bits & OTHERS_WRITE))
        return what

    def _probe(self) -> None:
        """Find out once whether the file system keeps owners and modes: write a file, and look at it."""
        if self._probed or self._mine is None:
            return
        self._probed = True
        found = self._trial() if self._may_probe else None
        if found is not None:
            owners, modes, seen_as = found.st_uid == self._mine, stat.S_IMODE(found.st_mode) == _PRIVATE, found.st_uid
        else:  # we cannot write here: what is known of the file system is all there is
            owners, modes, seen_as = True, file_system_of(self.root) not in _WITHOUT_MODES, self._mine
        if owners and modes:
            return
        self._keeps_owners, self._mine = owners, seen_as
        self.bits = self.bits if modes else _KIND
        log.info("the file system of %s does not keep owners or modes: trust is that of the folder", self.root)
        before = self.home
        self._seen = None
        self.settle()
        self.until = self.until if self.home == before else 0.0  # whoever knows where we were looks again

    def _trial(self) -> os.stat_result | None:
        name = f".probe-{os.getpid()}-{os.urandom(4).hex()}"
        try:
            with Folder.at(self.root, follow=True) as root:
                descriptor = root.open(name, _NEW, _PRIVATE)
                try:
                    return os.fstat(descriptor)
                finally:
                    os.close(descriptor)
                    root.remove(name)
        except OSError:
            return None


def _holds_only_ours(root: Folder) -> bool:
    """Tell whether all that lies in the folder of a store is the store's: nothing of the user's is hidden with it.

    Where the program works, files of the user's may come later.
    """
    try:
        if root.path == os.getcwd():  # noqa: PTH109  # strings, for speed
            return False
        return all(re.fullmatch(_TREE, name) or _is_tag(root, name) for name in root.names())
    except OSError:
        return False


def _is_tag(root: Folder, name: str) -> bool:
    content = _TAGS.get(name)
    if content is None:
        return False
    descriptor = root.open(name, READ)
    try:
        return os.read(descriptor, len(content) + 1) == content
    finally:
        os.close(descriptor)


def _tag(folder: Folder, mode: int) -> None:
    """Keep version control and backups out of a folder, once."""
    for name, content in _TAGS.items():
        # They are there already, or somebody else put something in their place; a store works without them.
        with contextlib.suppress(OSError):
            descriptor = folder.open(name, _NEW, mode)
            try:
                os.write(descriptor, content)
                if hasattr(os, "fchmod"):
                    os.fchmod(descriptor, mode)  # whatever the umask says
            finally:
                os.close(descriptor)
