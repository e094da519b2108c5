"""Objects in a zip file, under the same names as in a bucket: to be handed on, and as sure as signed ones are.

An archive is written beside its place and renamed: whoever is interrupted leaves the earlier one as it was.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import warnings
import zipfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Self

from ...model._entry import Buffer
from ._remote import Answers, TroubleError

__all__ = ["Archive"]

_CHUNK = 1 << 20


class Archive:
    """A zip file with objects.

    Args:
        path: of the file.
        write: whether to add to it, or make it.

    Raises:
        TroubleError: it is no zip file, or not there and not to be made.
    """

    read_only = False

    def __init__(self, path: Path, *, write: bool = False) -> None:
        self.path, self.url = path, str(path)
        self._new = path.with_name(f".{path.name}-{os.getpid()}-{os.urandom(4).hex()}") if write else None
        try:
            if self._new is not None and path.exists():
                shutil.copyfile(path, self._new)
            self._zip = zipfile.ZipFile(self._new or path, "a" if write else "r")
        except (OSError, zipfile.BadZipFile) as error:
            self._drop()
            raise TroubleError(f"{path}: {error}") from error
        self._changed = False

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
        """Return small objects, none larger than some bytes."""
        sizes = {name: self.size(name) for name in names}
        return Answers({
            name: None if size is None else self._zip.read(name)
            for name, size in sizes.items() if size is None or size <= largest
        })  # fmt: skip

    def stream(self, name: str, size: int) -> Iterator[bytes]:  # noqa: ARG002  (as it is)
        """Yield the bytes of a large object; raises FileNotFoundError where it is not there."""
        if self.size(name) is None:
            raise FileNotFoundError(name)
        with self._zip.open(name) as file:
            while chunk := file.read(_CHUNK):
                yield chunk

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
