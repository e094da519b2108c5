"""Objects in a zip file, under the same names as in a bucket: to be handed on, and as sure as signed ones are.

An archive is written beside its place and renamed: whoever is interrupted leaves the earlier one as it was. Only an
archive of ours is ever replaced. What is damaged in one is not read; nothing is added to a damaged one.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import struct
import warnings
import zipfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Literal, Self

from ...model._entry import Buffer
from ...model._errors import described
from ...model.process._interrupts import let_pass
from ._remote import Answers, TroubleError
from ._signed_objects import VERSION

__all__ = ["Archive"]

_CHUNK = 1 << 20
_END = struct.Struct("<4s6xH10x")
_MAGIC = b"PK\x05\x06"
_MANY = 0xFFFF
"""Stands for more objects than fit into the number, and where the end is not where it should be."""


class Archive:
    """A zip file with objects.

    Args:
        path: of the file.
        write: whether to add to it, or make it.

    Attributes:
        damaged: what is wrong with objects that are not read for it, by their names.

    Raises:
        TroubleError: it is no archive of ours, or not there and not to be made; or it is damaged and to be added to.
    """

    read_only = False

    def __init__(self, path: Path, *, write: bool = False) -> None:
        self.path, self.url = path, str(path)
        self.damaged: dict[str, str] = {}
        self._new = path.with_name(f".{path.name}-{os.getpid()}-{os.urandom(4).hex()}") if write else None
        self._changed = False
        try:
            self._zip = self._opened()
        except BaseException:
            self._drop()
            raise

    def _opened(self) -> zipfile.ZipFile:
        if self._new is not None and not (self.path.exists() and self.path.stat().st_size):
            return self._read(self._new, "w")
        with self._read(self.path, "r") as there:
            names, count = dict.fromkeys(there.namelist()), _count(self.path, len(there.comment))
            if count not in (len(there.namelist()), _MANY):
                raise self._trouble(f"its directory names {len(there.namelist())} of {count} objects")
            for name in names:
                if why := _why_damaged(there, name, whole=self._new is not None):
                    self.damaged[name] = why
            if names and not any(name.startswith(f"{VERSION}/") for name in names):
                raise self._trouble("none of the files in it is one of ours")
        if self._new is None:
            return self._read(self.path, "r")
        for name, why in self.damaged.items():
            raise TroubleError(
                f"{self.path} is damaged, and nothing is added to it: {name}: {why}. `lutil copy` from it to another "
                "archive takes what is whole"
            )
        shutil.copyfile(self.path, self._new)
        return self._read(self._new, "a")

    def _read(self, path: Path, mode: Literal["r", "w", "a"]) -> zipfile.ZipFile:
        """Open a zip file; what its directory can be wrong in comes out of `zipfile` as errors of any kind."""
        try:
            return zipfile.ZipFile(path, mode)
        except OSError as error:
            raise TroubleError(f"{self.path}: {error.strerror or error}") from error
        except Exception as error:
            let_pass(error)
            raise self._trouble(str(error)) from error

    def _trouble(self, why: str) -> TroubleError:
        way = "it is left as it is: name another file, or move it away" if self._new is not None else "it is not read"
        return TroubleError(f"{self.path} is no archive of entries, or damaged ({why}): {way}")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: object, *_: object) -> None:
        """Put what was written in place, unless it was cut off."""
        self._zip.close()
        if self._new is not None and self._changed and kind is None:
            self._new.replace(self.path)
        self._drop()

    def _drop(self) -> None:
        if self._new is not None:
            self._new.unlink(missing_ok=True)

    def get(self, names: Sequence[str], largest: int) -> Answers:
        """Return small objects, none larger than some bytes; one that is damaged is neither there nor not there."""
        found: dict[str, bytes | None] = {}
        for name in names:
            size = self.size(name)
            if size is None:
                found[name] = None
            elif size <= largest and len(data := b"".join(self.stream(name, size))) == size:
                found[name] = data
        return Answers(found)

    def stream(self, name: str, size: int) -> Iterator[bytes]:  # noqa: ARG002  (as it is)
        """Yield the bytes of a large object, fewer of a damaged one; raises FileNotFoundError where it is not there."""
        if self.size(name) is None:
            raise FileNotFoundError(name)
        try:
            with self._zip.open(name) as file:
                while chunk := file.read(_CHUNK):
                    yield chunk
        except Exception as error:  # noqa: BLE001  (`zipfile` raises what it comes across in damaged bytes)
            let_pass(error)
            self.damaged[name] = described(error)

    def put(self, name: str, data: Buffer, *, create: bool = False) -> bool:
        """Write an object; return False where there was one and it was to be created."""
        if create and self.size(name) is not None:
            return False
        self._changed = True
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of two with one name the later one counts
            self._zip.writestr(name, bytes(data))
        return True

    def size(self, name: str) -> int | None:
        """Return how many bytes an object has; None where it is not there."""
        with contextlib.suppress(KeyError):
            return self._zip.getinfo(name).file_size
        return None

    def names(self, prefix: str) -> Iterator[str]:
        """Yield the names in a folder."""
        yield from (name for name in dict.fromkeys(self._zip.namelist()) if name.startswith(f"{prefix}/"))


def _count(path: Path, comment: int) -> int:
    """Return how many objects the end of a zip file tells of: a directory that is damaged may name fewer."""
    with path.open("rb") as file:
        file.seek(-_END.size - comment, os.SEEK_END)
        magic, count = _END.unpack(file.read(_END.size))
    return int(count) if magic == _MAGIC else _MANY


def _why_damaged(file: zipfile.ZipFile, name: str, *, whole: bool) -> str:
    """Return what is wrong with an object, as far as its head tells, or all of it; an empty text where nothing is."""
    try:
        with file.open(name) as opened:
            while whole and opened.read(_CHUNK):
                pass
    except Exception as error:  # noqa: BLE001  (the same)
        let_pass(error)
        return described(error)
    return ""
