"""Views on what a computation was given: made again on the input that is there now, so that they share its memory.

After `X, y = split(data)` both go on looking at `data`, whether the call was run or skipped. A view is described
by shape, strides and the place of its first item; each of its items has to be an item of the input, since nothing
is known of the bytes in between. What shares memory with an input in any other way is refused.
"""

from __future__ import annotations

import array
import bisect
import sys
from collections.abc import Iterator, Sequence
from itertools import accumulate
from typing import Any

from ._globals import UnresolvedError
from ._locate import WholeError
from ._shared_memory import Span, is_tensor, span_of_array
from ._tensor_storage import span_of_tensor

__all__ = ["Inputs", "SharedError", "array_on_buffer", "array_on_input", "as_class", "as_record", "tensor_on_input"]

_KINDS = (("numpy", "ndarray"), ("torch", "Tensor"))
_BUFFERS = frozenset({bytearray, array.array})
_OTHER_LAYOUT = "the result is a view on an input, which now has another memory layout"


class SharedError(WholeError):
    """An array shares memory with an input, and no view on that input is the same."""


class Inputs:
    """The memory of the arrays and tensors that a computation was given."""

    def __init__(self, given: Sequence[object]) -> None:
        kinds = tuple(getattr(sys.modules.get(top), name, ()) for top, name in _KINDS)
        spans = [_span(value) for value in given if isinstance(value, kinds)] if any(kinds) else []
        self._spans = sorted((span for span in spans if span is not None), key=lambda span: span[:2])
        self._lows = [span.low for span in self._spans]
        self._highest = list(accumulate((span.high for span in self._spans), max))
        held: list[Any] = [value for value in given if type(value) in _BUFFERS] if "numpy" in sys.modules else []
        self._buffers = sorted((_bytes_of(value) for value in held if len(value)), key=lambda span: span.low)
        self._starts = [span.low for span in self._buffers]

    def view(self, span: Span) -> tuple[Any, ...] | None:
        """Return how an array or tensor is made again from an input; None where it shares memory with none.

        Raises:
            SharedError: it does, but is no view on it.
        """
        shared = False
        for base in self._overlapping(span):
            reduced = _array_view(base, span) if not is_tensor(span.owner) else _tensor_view(base, span)
            if reduced is not None:
                return reduced
            shared = shared or _share(base.owner, span.owner)
        index = bisect.bisect_right(self._starts, span.low) - 1
        if index >= 0 and span.high <= self._buffers[index].high and not is_tensor(span.owner):
            return _buffer_view(self._buffers[index], span)
        if shared:
            raise SharedError("it shares memory with an argument, but is no view on it; return a copy")
        return None

    def _overlapping(self, span: Span) -> Iterator[Span]:
        index = bisect.bisect_left(self._lows, span.high) - 1
        while index >= 0 and self._highest[index] > span.low:
            if self._spans[index].high > span.low:
                yield self._spans[index]
            index -= 1


def array_on_input(base: Any, layout: tuple[Any, ...], dtype: Any, place: tuple[Any, ...], writeable: bool) -> Any:  # noqa: FBT001  # called by streams
    """Return a view on an array that the computation was given; called by streams.

    Args:
        base: the input.
        layout: shape, strides and type that it had.
        dtype: of the items of the view.
        place: shape, strides and, in bytes from the lowest address of the input, offset of the view.
        writeable: whether the view may be written to, if the input may.

    Raises:
        UnresolvedError: the input has another layout than it had then, which is no part of its value.
    """
    numpy = sys.modules["numpy"]
    if (base.shape, base.strides, base.dtype.str) != layout:
        raise UnresolvedError(_OTHER_LAYOUT)
    shape, strides, offset = place
    plain = base.view(numpy.ndarray)
    if _is_open(plain):
        view = numpy.ndarray(shape, dtype, buffer=plain.reshape(-1, order="A"), offset=offset, strides=strides)
    else:
        first = _index(plain.shape, plain.strides, offset)
        item = plain[tuple(slice(index, index + 1) for index in first)]
        view = numpy.lib.stride_tricks.as_strided(item, shape, strides)
    if not writeable:
        view.flags.writeable = False
    return view


def array_on_buffer(buffer: Any, length: int, dtype: Any, place: tuple[Any, ...], writeable: bool) -> Any:  # noqa: FBT001  # called by streams
    """Return a view on bytes that the computation was given; called by streams.

    Raises:
        UnresolvedError: they are fewer than they were.
    """
    numpy = sys.modules["numpy"]
    if memoryview(buffer).nbytes != length:
        raise UnresolvedError(_OTHER_LAYOUT)
    shape, strides, offset = place
    view = numpy.ndarray(shape, dtype, buffer=buffer, offset=offset, strides=strides)
    if not writeable:
        view.flags.writeable = False
    return view


def tensor_on_input(base: Any, layout: tuple[Any, ...], place: tuple[Any, ...], requires_grad: bool) -> Any:  # noqa: FBT001  # called by streams
    """Return a view on a tensor that the computation was given; called by streams.

    Raises:
        UnresolvedError: the input has another layout than it had then, which is no part of its value.
    """
    if (tuple(base.shape), tuple(base.stride())) != layout:
        raise UnresolvedError(_OTHER_LAYOUT)
    shape, strides, offset = place
    view = base.detach().as_strided(shape, strides, base.storage_offset() + offset)
    return view.requires_grad_() if requires_grad else view


def as_class(plain: Any, cls: type, attributes: dict[str, Any]) -> Any:
    """Return an array as one of a derived class; called by streams."""
    array = plain.view(cls)
    if attributes:
        vars(array).update(attributes)
    return array


def as_record(array: Any, cls: type) -> Any:
    """Return the only item of an array without axes as a record that looks at it; called by streams."""
    return array.view((cls, array.dtype))[()]


def _bytes_of(value: Any) -> Span:
    """Return the memory of a `bytearray` or `array.array`."""
    return span_of_array(sys.modules["numpy"].frombuffer(value, "u1"))._replace(owner=value)


def _buffer_view(base: Span, span: Span) -> tuple[Any, ...]:
    view = span.owner
    place = view.shape, view.strides, span.start - base.low
    return array_on_buffer, (base.owner, base.used, view.dtype, place, view.flags.writeable)


def _span(value: Any) -> Span | None:
    if is_tensor(value):
        return span_of_tensor(value)
    return span_of_array(value) if value.nbytes else None


def _is_open(array: Any) -> bool:
    """Tell whether every byte between the first and the last of an array is a byte of its items, and a plain one."""
    return bool(array.flags.forc) and not array.dtype.hasobject


def _array_view(base: Span, span: Span) -> tuple[Any, ...] | None:
    whole, array = base.owner, span.owner
    if is_tensor(whole):
        return None
    offset = span.start - base.low
    if _is_open(whole):
        fits = base.low <= span.low and span.high <= base.high and not array.dtype.hasobject
    else:
        fits = array.dtype == whole.dtype and _is_within(
            (whole.shape, whole.strides), (array.shape, array.strides, offset)
        )
    if not fits:
        return None
    layout = whole.shape, whole.strides, whole.dtype.str
    place = array.shape, array.strides, offset
    return array_on_input, (whole, layout, array.dtype, place, array.flags.writeable)


def _tensor_view(base: Span, span: Span) -> tuple[Any, ...] | None:
    whole, tensor = base.owner, span.owner
    if not is_tensor(whole) or whole.dtype != tensor.dtype:
        return None
    offset, rest = divmod(span.start - base.low, tensor.element_size())
    layout = tuple(whole.shape), tuple(whole.stride())
    place = tuple(tensor.shape), tuple(tensor.stride()), offset
    if rest or not _is_within(layout, place):
        return None
    return tensor_on_input, (whole, layout, place, tensor.requires_grad)


def _is_within(layout: tuple[Any, ...], place: tuple[Any, ...]) -> bool:
    """Tell whether each item of a view is one of the items of an array."""
    axes: list[tuple[int, int]] = []
    for side, stride in _outermost_first(*layout):
        goes_on = bool(axes) and axes[-1][1] == side * stride  # where the other ends: a view may run through both
        axes.append((axes.pop()[0] * side if goes_on else side, stride))
    shape, strides, offset = place
    lowest = _digits(axes, offset)
    if lowest is None:
        return False
    highest = list(lowest)
    for length, stride in zip(shape, strides, strict=True):
        step = _digits([(sys.maxsize, wide) for _, wide in axes], abs(stride)) if length > 1 else ()
        if step is None:
            return False
        for axis, count in enumerate(step):
            (lowest if stride < 0 else highest)[axis] += count * (length - 1) * (-1 if stride < 0 else 1)
    return min(lowest, default=0) >= 0 and all(index < side for index, (side, _) in zip(highest, axes, strict=True))


def _outermost_first(shape: Sequence[int], strides: Sequence[int]) -> list[tuple[int, int]]:
    axes = [(side, abs(stride)) for side, stride in zip(shape, strides, strict=True) if side > 1 and stride]
    return sorted(axes, key=lambda axis: -axis[1])


def _digits(axes: Sequence[tuple[int, int]], offset: int) -> list[int] | None:
    """Return how many steps along each axis lead to an offset; None where none do."""
    found = []
    for side, stride in axes:
        steps, offset = divmod(offset, stride)
        if steps >= side:
            return None
        found.append(steps)
    return None if offset else found


def _index(shape: Sequence[int], strides: Sequence[int], offset: int) -> list[int]:
    """Return the index of the item that lies at an offset from the lowest address."""
    order = sorted(range(len(shape)), key=lambda axis: -abs(strides[axis]))
    moving = [axis for axis in order if shape[axis] > 1 and strides[axis]]
    steps = dict(zip(moving, _digits(_outermost_first(shape, strides), offset) or (), strict=True))
    return [
        side - 1 - steps.get(axis, 0) if stride < 0 else steps.get(axis, 0)
        for axis, (side, stride) in enumerate(zip(shape, strides, strict=True))
    ]


def _share(one: Any, other: Any) -> bool:
    """Tell whether two arrays have a byte in common; in doubt they have."""
    numpy = sys.modules.get("numpy")
    if numpy is None or is_tensor(one) or is_tensor(other):
        return True
    try:
        return bool(numpy.shares_memory(one, other, max_work=10_000))
    except RuntimeError:
        return True
