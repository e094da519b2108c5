"""Small contents, kept beside a digest, so that a difference can show the place and both values.

Two forms: lines, one short text per element, for sequences of leaves; and the numbers of an array, as they
stand in memory, with their dtype and shape. They are read without numpy.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from typing import Any

from ...model.process._records import NamedTuple
from ._preview import preview

__all__ = ["Change", "changes", "keep_array", "keep_sequence", "keep_text"]

_FORMATS: dict[str, Any] = dict(zip("b1 i1 u1 i2 u2 i4 u4 i8 u8 f4 f8".split(), "?bBhHiIqQfd", strict=True))  # noqa: SIM905 - a table
_TIMES = "mM"
_SHOWN = 8


class Change(NamedTuple):
    """One element that differs: how its place is written, and both values."""

    place: str
    before: str | None
    after: str | None


def keep_sequence(values: Sequence[object], limit: int) -> bytes:
    """Return the elements as lines, or nothing where that is longer than `limit` bytes."""
    if len(values) * 2 > limit:
        return b""
    lines: list[str] = []
    left = limit
    for value in values:
        line = preview(value)
        left -= len(line) + 1
        if left < -1:  # the texts of all of them would be made for nothing
            return b""
        lines.append(line)
    content = "\n".join(lines).encode("utf-8", "backslashreplace")
    return b"L" + content if len(content) <= limit else b""


def keep_text(value: str, limit: int) -> bytes:
    """Return a text as it is, or nothing where it is longer than `limit` bytes."""
    return b"T" + value.encode("utf-8", "surrogatepass") if len(value) * 4 < limit else b""


def keep_array(array: Any, limit: int) -> bytes:
    """Return the content of a small array, or nothing where it is too large or of no readable type."""
    if array.nbytes > limit or array.dtype.names is not None or array.dtype.byteorder == ">":
        return b""
    kind = array.dtype.kind
    if kind in "OTUS" and array.ndim == 1:
        return keep_sequence(array.tolist(), limit)
    if array.dtype.str[1:] not in _FORMATS and kind not in _TIMES:
        return b""
    shape = ",".join(map(str, array.shape))
    raw: bytes = array.tobytes()
    return f"A{array.dtype.str} {shape}\n".encode() + raw


def changes(old: bytes, new: bytes) -> list[Change] | None:
    """Return the elements that differ, the first few of them; None where the two cannot be compared."""
    if old[:1] == new[:1] == b"L":
        return _line_changes(_lines(old), _lines(new))
    if old[:1] == new[:1] == b"A":
        return _array_changes(old, new)
    if old[:1] == new[:1] == b"T":
        return [_text_change(old[1:].decode("utf-8", "surrogatepass"), new[1:].decode("utf-8", "surrogatepass"))]
    return None


def _text_change(old: str, new: str) -> Change:
    """Return the first place where two texts differ, with what stands around it."""
    place = next((i for i, (a, b) in enumerate(zip(old, new, strict=False)) if a != b), min(len(old), len(new)))
    window = slice(max(place - 10, 0), place + 50)
    return Change(f"[{place}]", preview(old[window]), preview(new[window]))


def _lines(kept: bytes) -> list[str]:
    return kept[1:].decode("utf-8", "replace").split("\n") if len(kept) > 1 else []


def _line_changes(old: list[str], new: list[str]) -> list[Change]:
    found = [Change(f"[{i}]", a, b) for i, (a, b) in enumerate(zip(old, new, strict=False)) if a != b]
    common = min(len(old), len(new))
    found += [Change(f"[{common + i}]", text, None) for i, text in enumerate(old[common:])]
    found += [Change(f"[{common + i}]", None, text) for i, text in enumerate(new[common:])]
    return found[:_SHOWN]


def _array_changes(old: bytes, new: bytes) -> list[Change] | None:
    head, _, before = old.partition(b"\n")
    if head != new.partition(b"\n")[0]:
        return None
    after = new.partition(b"\n")[2]
    dtype, _, shape = head[1:].decode().partition(" ")
    sides = [int(side) for side in shape.split(",")] if shape else []
    width = int(dtype[2]) if dtype[2:3].isdigit() else 8
    found: list[Change] = []
    for index in _differing(before, after, width):
        if len(found) == _SHOWN:
            break
        place = _place(index, sides)
        found.append(Change(place, _value(before, index, dtype, width), _value(after, index, dtype, width)))
    return found


def _differing(before: bytes, after: bytes, width: int) -> Iterator[int]:
    return (i // width for i in range(0, len(before), width) if before[i : i + width] != after[i : i + width])


def _place(index: int, sides: list[int]) -> str:
    steps = []
    for side in reversed(sides):
        index, step = divmod(index, side)
        steps.append(str(step))
    return f"[{', '.join(reversed(steps))}]" if steps else ""


def _value(raw: bytes, index: int, dtype: str, width: int) -> str:
    item = raw[index * width : (index + 1) * width]
    code = _FORMATS.get(dtype[1:])
    if code is not None:
        return repr(memoryview(item).cast(code)[0])
    numpy = sys.modules.get("numpy")
    if numpy is not None:
        return str(numpy.frombuffer(item, dtype)[0])
    return str(int.from_bytes(item, sys.byteorder, signed=True))
