"""What the stream of an entry holds: what a computation gave, and the changes that its run made, if it made any.

Outputs and all changes are one object, so that what they share stays shared.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

from ..codec import decode
from ..computation import Computation
from ..fingerprint import is_atom
from ..model._entry import Stored
from ..model.process._late import loading

if TYPE_CHECKING:
    from ._after_states import Touched

__all__ = ["CHANGES", "decoded", "named_of", "payload_of"]

CHANGES: Final = "what it changed"
"""What the states of changed inputs are called among the parts of what is encoded."""


def payload_of(
    outputs: object, touched: Touched, streams: Mapping[str, object]
) -> tuple[tuple[object, ...], Sequence[object], Sequence[object]]:
    """Return what is encoded, the objects that it may refer to, and those that it may not hold."""
    if not touched.states and not touched.bound and not streams:
        return ((outputs,), (), ()) if is_atom(outputs) else ((outputs,), touched.given, touched.unnumbered())
    labels = touched.labels() if touched.states else b""
    return (
        (outputs, labels, dict(touched.states), dict(touched.bound), dict(streams)),
        touched.given,
        touched.unnumbered(),
    )


def named_of(computation: Computation, outputs: object, touched: Touched) -> dict[str, object]:
    """Return the parts of what is encoded by what a person calls them."""
    produced = outputs if computation.produced and isinstance(outputs, dict) else {"result": outputs}
    paths = [slot.path for slot in computation.slots_of(touched.bound)]
    bound = dict(zip(paths, touched.bound.values(), strict=True))
    return {**produced, **bound, CHANGES: touched.states}


def decoded(computation: Computation, stored: Stored) -> tuple[object, Callable[[], None] | None]:
    """Decode outputs and after-states; return the former, and what puts the latter back.

    Raises:
        UnresolvedError: what it refers to is not there, or cannot take the changes of the run.
    """
    header, stream, buffers, read_only = stored
    given: Sequence[object] = ()
    if header.given:
        with loading:
            from ._after_states import given_of  # noqa: PLC0415  (most entries refer to nothing)

        *buffers, labels = buffers
        given = given_of(computation, labels, header.given)
    payload: tuple[Any, ...]
    payload = decode(stream, buffers, given=given, resolve=computation.find, plain=header.plain, read_only=read_only)  # type: ignore[assignment]
    if len(payload) == 1:
        return payload[0], None
    with loading:
        from ._after_states import restored  # noqa: PLC0415  (most entries hold no changes)

    return restored(computation, payload, given)
