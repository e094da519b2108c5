"""Memory that several arrays or tensors share: stored once, and shared again when it comes back.

A region is a run of bytes; arrays and tensors are described as windows on it. Regions are used only where
windows overlap: everything else goes the way of its own type. Arrays inside pandas objects take no part:
pandas keeps count of who shares what for its copy-on-write, and would not know of sharing made behind it.
"""

from __future__ import annotations

import bisect
import pickle
import sys
from collections.abc import Iterable
from typing import Any

from ..model.process._late import loading
from ..model.process._records import NamedTuple

__all__ = ["Region", "SharingPlan", "Span", "array_alone", "array_window", "is_tensor", "plan_of", "span_of_array"]

_SLACK = 1 << 20
"""Bytes between windows that are stored along without asking: 1 MB."""
_MOST_PAIRS = 64


class Span(NamedTuple):
    """The memory of an array or tensor.

    Attributes:
        low, high: the addresses between which all its items lie.
        start: the address of its first item, which is not the lowest where a stride is negative.
        used: bytes that its items take.
        owner: the array or tensor, which keeps the memory alive.
    """

    low: int
    high: int
    start: int
    used: int
    owner: Any


class Region:
    """A run of bytes that arrays and tensors look at."""

    __slots__ = ("_storage", "buffer", "high", "keep", "low")

    def __init__(self, buffer: Any, low: int = 0, high: int = 0, keep: object = None) -> None:
        self.buffer = buffer
        self.low = low
        self.high = high
        self.keep = keep
        self._storage: Any = None

    @classmethod
    def at(cls, low: int, high: int, keep: object) -> Region:
        """Return the region between two addresses, which `keep` keeps alive."""
        with loading:
            import ctypes  # noqa: PLC0415  # 20 ms, and only shared memory and tensors need it

        return cls((ctypes.c_ubyte * (high - low)).from_address(low), low, high, keep)

    def __reduce__(self) -> tuple[type[Region], tuple[pickle.PickleBuffer]]:
        return Region, (pickle.PickleBuffer(self.buffer),)

    @property
    def storage(self) -> Any:
        """The bytes as one torch storage: tensors on it share it."""
        if self._storage is None:
            torch = sys.modules["torch"]
            self._storage = torch.frombuffer(self.buffer, dtype=torch.uint8).untyped_storage()
        return self._storage


class SharingPlan:
    """Which windows share which region while a value is encoded.

    Args:
        regions: disjoint, in order of their addresses.
        members: the identities of those that take part.
    """

    def __init__(self, regions: list[Region], members: set[int]) -> None:
        self._regions = regions
        self._lows = [region.low for region in regions]
        self._members = members

    def region(self, span: Span) -> Region | None:
        """Return the region that a window is to be described on, or None where it goes its own way."""
        if id(span.owner) not in self._members and not is_tensor(span.owner):
            return None
        index = bisect.bisect_right(self._lows, span.low) - 1
        if index < 0 or self._regions[index].high < span.high:
            return None
        return self._regions[index]


def plan_of(spans: Iterable[Span]) -> SharingPlan | None:
    """Return how windows that overlap are to be stored once, or None where none do."""
    regions = []
    members: set[int] = set()
    group: list[Span] = []
    high = 0
    for span in [*sorted(spans, key=lambda span: span[:2]), None]:
        if span is not None and group and span.low < high:
            group.append(span)
            high = max(high, span.high)
            continue
        if len(group) > 1 and _worth_sharing(group, high):
            regions.append(Region.at(group[0].low, high, group))
            members.update(id(member.owner) for member in group)
        if span is not None:
            group, high = [span], span.high
    return SharingPlan(regions, members) if regions else None


def span_of_array(array: Any) -> Span:
    """Return the bytes that an array looks at."""
    start = low = high = array.__array_interface__["data"][0]
    if array.flags.forc:
        return Span(low, low + array.nbytes, start, array.nbytes, array)
    for length, stride in zip(array.shape, array.strides, strict=True):
        if stride < 0:
            low += (length - 1) * stride
        else:
            high += (length - 1) * stride
    return Span(low, high + array.itemsize, start, array.nbytes, array)


def array_window(region: Region, dtype: Any, place: tuple[Any, ...], writeable: bool) -> Any:  # noqa: FBT001  # called by streams
    """Return an array on a region; called by streams.

    Args:
        region: the bytes.
        dtype: of the items.
        place: shape, strides and offset in bytes.
        writeable: whether the array may be written to.
    """
    shape, strides, offset = place
    array = sys.modules["numpy"].ndarray(shape, dtype, buffer=region.buffer, offset=offset, strides=strides)
    if not writeable:
        array.flags.writeable = False
    return array


def array_alone(array: Any) -> tuple[Any, ...] | None:
    """Return how an array that shares nothing is made again; None where numpy itself does that well.

    Arrays with gaps, dates, records and empty arrays it would write into the stream, which costs a copy, and
    bring back in this machine's byte order.
    """
    if not array.nbytes:
        if array.dtype.isnative:
            return None
        return array_window, (Region(bytearray()), array.dtype, (array.shape, None, 0), array.flags.writeable)
    if array.flags.forc and array.dtype.kind not in "MmV":
        return None
    solid = array if array.flags.forc else array.copy(order="C")
    place = (solid.shape, solid.strides, 0)
    data = solid.reshape(-1, order="A").view("u1")
    return array_window, (Region(data), array.dtype, place, array.flags.writeable)


def _worth_sharing(group: list[Span], high: int) -> bool:
    """Tell whether windows that lie in each other's way use common bytes, and not too many others."""
    size = high - group[0].low
    if size <= sum(span.used for span in group) + _SLACK or len(group) > _MOST_PAIRS:
        return True
    numpy = sys.modules.get("numpy")
    if numpy is None:
        return True
    arrays = [_as_array(numpy, span) if is_tensor(span.owner) else span.owner for span in group]
    try:
        return any(
            numpy.shares_memory(one, other, max_work=10_000)
            for index, one in enumerate(arrays)
            for other in arrays[:index]
        )
    except RuntimeError:
        # Too hard to tell, says numpy: then it may be.
        return True


def _as_array(numpy: Any, span: Span) -> Any:
    """Return an array that lies where a tensor lies, for the question what they share."""
    tensor, size = span.owner, span.owner.element_size()
    strides = [step * size for step in tensor.stride()]
    memory = Region.at(span.low, span.high, None).buffer
    return numpy.ndarray(tuple(tensor.shape), f"V{size}", buffer=memory, strides=strides)


def is_tensor(value: object) -> bool:
    """Tell whether a value is a tensor, without loading torch for the question."""
    torch = sys.modules.get("torch")
    return torch is not None and isinstance(value, torch.Tensor)
