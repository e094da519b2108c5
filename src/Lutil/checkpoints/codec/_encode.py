"""Values to segments of bytes."""

from __future__ import annotations

import pickle
import re
from collections.abc import Callable, Mapping, Sequence
from functools import partial

from ..model._entry import Buffer
from ..model._errors import NotSavableError
from ..model.process._interrupts import let_pass
from ..model.process._records import NamedTuple
from ._locate import offenders
from ._pickler import Pickler
from ._shared_memory import SharingPlan, plan_of

__all__ = ["Encoded", "encode"]

_SHIFT = 1 << 30
_MOST_DUMMIES = 32
_UNNUMBERED = (
    "an input holds it where a hit could not find it, as one of several equal elements of a set, in `vars(...)`, "
    "or in what a class leaves out of its state; copy it"
)


class Encoded(NamedTuple):
    """A value as segments of bytes.

    Attributes:
        stream: a pickle of protocol 5.
        buffers: what it keeps out of band; views on the value's own memory, to be written before it changes.
        plain: whether `pickle.loads` can read it, because nothing in it has to be resolved.
        given: how many given objects a reader has to bring along; 0 if the value refers to none of them.
        classes: of the objects in it that were written as pickle has it.
    """

    stream: bytes
    buffers: list[Buffer]
    plain: bool
    given: int
    classes: tuple[type, ...] = ()


def encode(
    value: object,
    *,
    given: Sequence[object] = (),
    unnumbered: Sequence[object] = (),
    is_project: Callable[[str], bool],
    named: Mapping[str, object] | None = None,
) -> Encoded:
    """Return a value as bytes that `decode` turns back into one of the same kind, sharing and writability.

    Args:
        value: what a computation produced.
        given: objects that exist on both sides, in the same order: they are referred to, never written.
        unnumbered: objects that exist on both sides as well, and that no number leads to: they are refused.
        is_project: tells of a module's name whether it is the project's own code.
        named: its parts by what errors call them; without, it is the `result` as a whole.

    Raises:
        NotSavableError: part of it has no stored form; the error names the way to it.

    Example:
        >>> encoded = encode({"a": [1, 2]}, is_project=lambda module: False)
        >>> encoded.plain, encoded.given, len(encoded.buffers)
        (True, 0, 0)
    """
    make = partial(Pickler, is_project=is_project)
    try:
        return _encode(value, given, unnumbered, make)
    except Exception as error:
        let_pass(error)
        parts = {"result": value} if named is None else named
        (path, cause), *others = offenders(parts, lambda part: _try(part, unnumbered, make(given)), error)
        raise NotSavableError(path, _why(cause), tuple((other, _why(why)) for other, why in others)) from error


def _encode(
    value: object, given: Sequence[object], unnumbered: Sequence[object], make: Callable[..., Pickler]
) -> Encoded:
    pickler = make(given)
    stream = _written(value, unnumbered, pickler)
    plan: SharingPlan | None = None
    if len(pickler.spans) > 1 and plan_of(pickler.spans) is not None:
        # Rare: memory is shared. What pandas holds takes no part, hence a look that leaves it out.
        shallow = make(given, shallow=True)
        shallow.write(value)
        plan = plan_of(shallow.spans)
        if plan is not None:
            pickler = make(given, plan=plan)
            stream = pickler.write(value)
    if not given:
        return Encoded(stream, list(pickler.buffers), pickler.plain, 0, pickler.classes())
    if _refers(stream, len(given), lambda: make(given, plan=plan, shift=_SHIFT).write(value)):
        return Encoded(stream, list(pickler.buffers), pickler.plain, len(given), pickler.classes())
    if len(given) > _MOST_DUMMIES:
        pickler = make((), plan=plan)
        stream = pickler.write(value)
        return Encoded(stream, list(pickler.buffers), pickler.plain, 0, pickler.classes())
    # The numbers in the stream begin after those of the given objects: something has to have them.
    dummies = b"\x80\x05" + b"N\x940" * len(given)
    return Encoded(dummies + stream, list(pickler.buffers), pickler.plain, 0, pickler.classes())


def _refers(stream: bytes, count: int, shifted: Callable[[], bytes]) -> bool:
    """Tell whether a stream refers to any of the first `count` numbers.

    The bytes of such an instruction can occur by chance, so where they do, the value is written once more
    with other numbers for the given objects: if that changes nothing, none was referred to.
    """
    last = re.escape(bytes([min(count, 256) - 1]))
    if count <= 256 and re.search(b"h[\x00-" + last + b"]", stream) is None:
        return False
    return shifted() != stream


def _written(value: object, unnumbered: Sequence[object], pickler: Pickler) -> bytes:
    stream = pickler.write(value)
    if pickler.holds(unnumbered):
        raise TypeError(_UNNUMBERED)
    return stream


def _try(value: object, unnumbered: Sequence[object], pickler: Pickler) -> Exception | None:
    try:
        _written(value, unnumbered, pickler)
    except Exception as error:  # noqa: BLE001  # whatever a class raises while it is pickled
        let_pass(error)
        return error
    return None


def _why(error: BaseException) -> str:
    if isinstance(error, RecursionError):
        return "it is nested too deeply"
    if isinstance(error, MemoryError):
        return "there is not enough memory"
    text = str(error)
    return text if isinstance(error, TypeError | pickle.PicklingError) and text else f"{type(error).__name__}: {text}"
