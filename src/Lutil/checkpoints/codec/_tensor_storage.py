"""Tensors as windows on bytes: loaded without copying, sharing what they shared."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

from ._globals import UnresolvedError
from ._shared_memory import Region, SharingPlan, Span

__all__ = [
    "GraphError",
    "put_gradient",
    "reduce_tensor",
    "span_of_tensor",
    "tensor_from_bytes",
    "tensor_window",
    "with_gradient",
]


class GraphError(TypeError):
    """A tensor is the result of differentiable operations, whose graph has no stored form."""


def span_of_tensor(tensor: Any) -> Span | None:
    """Return the bytes that a tensor looks at; None where it is not plain strided memory of this machine."""
    torch = sys.modules["torch"]
    if tensor.layout is not torch.strided or tensor.is_quantized or tensor.device.type != "cpu":
        return None
    if tensor.is_conj() or tensor.is_neg() or not tensor.numel():
        return None
    low = tensor.data_ptr()
    reach = sum((length - 1) * step for length, step in zip(tensor.shape, tensor.stride(), strict=True))
    size = tensor.element_size()
    return Span(low, low + (reach + 1) * size, low, tensor.numel() * size, tensor)


def reduce_tensor(tensor: Any, plan: SharingPlan | None) -> tuple[Callable[..., Any], tuple[Any, ...]] | None:
    """Return how a tensor is made again, or None where torch has to say that itself.

    Raises:
        GraphError: it has a `grad_fn`.
    """
    if tensor.grad_fn is not None:
        raise GraphError("it is part of a graph of operations (it has a grad_fn); produce `tensor.detach()`")
    torch = sys.modules["torch"]
    span = span_of_tensor(tensor)
    if span is None:
        return _elsewhere(torch, tensor)
    size = tensor.element_size()
    region = None if plan is None else plan.region(span)
    if region is None or (span.low - region.low) % size:
        if span.high - span.low > 2 * span.used:
            tensor = tensor.detach().contiguous().requires_grad_(tensor.requires_grad)
            span = span_of_tensor(tensor) or span
        region = Region.at(span.low, span.high, tensor)
    place = (tuple(tensor.shape), tuple(tensor.stride()), (span.low - region.low) // size)
    return tensor_window, (region, tensor.dtype, place, tensor.requires_grad)


def with_gradient(tensor: Any, reduced: tuple[Any, ...] | None = None) -> Any:
    """Return how a tensor is made again with its gradient, which torch's own pickles leave out, and its attributes.

    Args:
        tensor: of any class.
        reduced: how it is made without; None where torch has to say that itself.
    """
    gradient = tensor.grad if tensor.is_leaf else None
    attributes = getattr(tensor, "__dict__", None) if reduced is not None else None
    if gradient is None and not attributes:
        return NotImplemented if reduced is None else reduced
    function, arguments, *state = reduced or tensor.__reduce_ex__(5)
    state = [dict(attributes)] if attributes else state
    return function, arguments, (gradient, *state), None, None, put_gradient


def put_gradient(tensor: Any, state: tuple[Any, ...]) -> None:
    """Give a tensor the gradient, and what other state it had; called by streams."""
    tensor.grad, *other = state
    if other and other[0]:
        vars(tensor).update(other[0])


def tensor_window(region: Region, dtype: Any, place: tuple[Any, ...], requires_grad: bool) -> Any:  # noqa: FBT001  # called by streams
    """Return a tensor on a region; called by streams.

    Args:
        region: the bytes.
        dtype: of the items.
        place: shape, strides and offset, in items.
        requires_grad: whether it is a leaf that gradients are wanted of.
    """
    shape, strides, offset = place
    tensor = sys.modules["torch"].empty(0, dtype=dtype).set_(region.storage, offset, shape, strides)
    return tensor.requires_grad_() if requires_grad else tensor


def tensor_from_bytes(tensor: Any, device: str, requires_grad: bool) -> Any:  # noqa: FBT001  # called by streams
    """Return a tensor on the device it was on; called by streams.

    Raises:
        UnresolvedError: that device is not here.
    """
    try:
        moved = tensor.to(device)
    except (RuntimeError, AssertionError) as error:
        raise UnresolvedError(f"the device {device!r} is not here") from error
    return moved.requires_grad_() if requires_grad else moved


def _elsewhere(torch: Any, tensor: Any) -> tuple[Callable[..., Any], tuple[Any, ...]] | None:
    if tensor.device.type in ("cpu", "meta") or tensor.layout is not torch.strided or tensor.is_quantized:
        return None
    plain = tensor.detach().cpu().resolve_conj().resolve_neg()
    return tensor_from_bytes, (plain, str(tensor.device), tensor.requires_grad)
