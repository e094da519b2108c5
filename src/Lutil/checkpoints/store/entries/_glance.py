"""Looking at an entry without loading it: its fixed facts, and its readable segment."""

from __future__ import annotations

import contextlib
import os
from typing import Self

from ...model._entry import Buffer
from ._format import FIXED, ROW, DamagedError, ForeignFormatError, Layout, older, sealed
from ._segments import MAPPED_FROM, fetch_contents, mapped, read_at, whole_layout
from ._tree import READ, Tree

__all__ = ["Glance", "glance"]

_NO_ATIME = getattr(os, "O_NOATIME", 0)
"""Looking at an entry is no hit, and must not make it look used."""


class Glance:
    """An open entry whose head is sound, or one of format 1, which is readable and never a hit."""

    def __init__(self, descriptor: int, layout: Layout) -> None:
        self._descriptor = descriptor
        self.layout = layout

    def provenance(self) -> bytes | None:
        """Return the readable segment, or None where it is damaged."""
        start, length, digest = self.layout.provenance
        try:
            data = sealed(bytes(read_at(self._descriptor, start, length)))
        except OSError:
            return None
        return data[16:] if data[:16] == digest else None

    def fault(self, label: bytes) -> str:
        """Return what is wrong with the bytes that no hit reads: the readable segment, and what fills the gaps."""
        if self.provenance() is None:
            return "its readable segment does not agree with its digest"
        end = FIXED.size + ROW.size * len(self.layout.buffers) + len(label)
        for start, length, _ in (self.layout.stream, *self.layout.buffers, self.layout.provenance):
            if any(read_at(self._descriptor, end, start - end)):
                return f"there are bytes between its segments, at {end}"
            end = start + length
        return ""

    def read(self, start: int, length: int) -> Buffer:
        """Return bytes of the file as they are; many are mapped, so that no copy of them is made.

        Raises:
            OSError: they cannot be read, or are not all there.
        """
        if length >= MAPPED_FROM and (whole := mapped(self._descriptor, self.layout.size)) is not None:
            return whole[start : start + length]
        data = read_at(self._descriptor, start, length)
        if len(data) != length:
            raise OSError(f"the entry ends after {start + len(data)} bytes")
        return data

    def contents(self) -> list[Buffer] | None:
        """Return the contents of the files that a run wrote, or None where one is damaged."""
        try:
            return fetch_contents(self._descriptor, self.layout, local=True)
        except (OSError, DamagedError):
            return None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        os.close(self._descriptor)


def glance(tree: Tree, path: str, label: bytes) -> Glance | None:
    """Open an entry to look at it; None where it is absent, damaged, of a later format, or not to be trusted."""
    with contextlib.suppress(OSError, DamagedError, ForeignFormatError):
        try:
            descriptor, stat = tree.open(path, READ | _NO_ATIME)
        except PermissionError:
            # Looking without being noticed is for owners.
            descriptor, stat = tree.open(path)
        try:
            layout = _layout(descriptor, stat.st_size, label)
            descriptor, kept = -1, descriptor
            return Glance(kept, layout)
        finally:
            if descriptor >= 0:
                os.close(descriptor)
    return None


def _layout(descriptor: int, size: int, label: bytes) -> Layout:
    head = bytes(read_at(descriptor, 0, FIXED.size))
    return older(head, size) or whole_layout(descriptor, head, size, label)[0]
