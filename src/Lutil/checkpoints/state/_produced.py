"""What a run leaves behind, by digest: a later run that takes it as an input can be told where it came from.

The digests stand in the provenance of the entry. They are those that the same values have as inputs. Where an input of
the run hides a secret, or a name tells one, a mark stands in the place of a digest, as it does for inputs.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any, Final

from ..codec import Encoded
from ..computation import Computation
from ..fingerprint import digest
from ..model._key import Part, PartKind
from ..model._provenance import Made
from ..model.process._interrupts import let_pass
from ..model.secrets._redaction import names_secret
from ..observe import FILE, Left, Row
from ._after_states import Touched, roots_of
from ._payload import CHANGES

__all__ = ["made_by", "mark_of"]

_MOST: Final = 64
"""Values of one run that are told apart."""
_ITEMS: Final = 16
"""Items of a tuple, list or dictionary that are told apart: `X, y = load()`."""
_ALWAYS: Final = 0.05
"""Seconds that this may cost in any case."""
_SHARE: Final = 0.1
"""Of what the run took: more is not spent."""
_STREAM_RATE: Final = 50e6
_BUFFER_RATE: Final = 8e9
"""Bytes per second that are hashed, about."""
_PLAIN: Final = (bool, int, str, bytes, type(None))
_HOLDERS: Final = (list, tuple, dict, set, frozenset)
_FEW: Final = 3
"""Items up to which a container says no more than they do."""
_DEEPEST: Final = 8
_SMALL: Final = 100
"""Numbers up to which everything has them."""


def made_by(  # noqa: PLR0913, PLR0917  (a run has many ends)
    computation: Computation,
    named: Mapping[str, object],
    touched: Touched,
    left: Sequence[Left],
    parts: Sequence[Part],
    encoded: Encoded,
    cost: float,
) -> tuple[Made, ...]:
    """Return what a run has made: what it produced, the inputs that it changed, and the files that it wrote.

    Args:
        computation: that ran.
        named: what is kept of it, by what a person calls it.
        touched: what it did to its inputs.
        left: the files that it left.
        parts: its inputs as they were before.
        encoded: what is kept, as bytes: what is too large for the time that the run took is not hashed again.
        cost: seconds that the run took.
    """
    files = [(Row.of(one, -1, 0).shown, one.digest, True) for one in left if one.kind == FILE]
    values = _values(computation, named, touched, parts) if _is_affordable(encoded, cost) else ()
    rows = [*_digests(computation, values), *files]
    hidden = any(part.hidden for part in parts)
    return tuple(
        Made(path, mark_of(value, computation) if hidden or names_secret(path) else value, telling)
        for path, value, telling in rows
    )


def mark_of(value: bytes, computation: Computation) -> bytes:
    """Return what is kept in the place of a digest that nobody may try guesses at."""
    (part,) = computation.readable([Part(PartKind.ARGUMENT, "", value, hidden=True)])
    return part.digest


def _is_affordable(encoded: Encoded, cost: float) -> bool:
    large = sum(len(buffer) for buffer in encoded.buffers)
    return len(encoded.stream) / _STREAM_RATE + large / _BUFFER_RATE <= max(_ALWAYS, _SHARE * cost)


def _values(
    computation: Computation, named: Mapping[str, object], touched: Touched, parts: Iterable[Part]
) -> Iterator[tuple[str, object, bytes]]:
    """Yield what the run has made: the path to it, the value, and the digest that says it is the same as before."""
    for path, value in islice(named.items(), _MOST):
        if path != CHANGES:
            yield path, value, b""
            yield from ((f"{path}[{place!r}]", item, b"") for place, item in _items(value))
    if touched.states:
        before = {part.path: part.digest for part in parts}
        inputs = [item.path for item in computation.recipe.inputs] + [one.slot.path for one in computation.reached]
        for place, value in islice(roots_of(computation).items(), _MOST):
            if (path := inputs[place]) in before:
                yield path, value, before[path]


def _items(value: Any) -> Iterable[tuple[object, object]]:
    """Return the items of a short tuple, list or dictionary that a caller may take apart."""
    if type(value) is dict:
        return [(key, item) for key, item in value.items() if type(key) in {str, int}] if len(value) <= _ITEMS else ()
    return enumerate(value) if type(value) in {list, tuple} and len(value) <= _ITEMS else ()


def _digests(
    computation: Computation, values: Iterable[tuple[str, object, bytes]]
) -> Iterator[tuple[str, bytes, bool]]:
    for path, value, before in values:
        try:
            found = digest(value, computation.resolver(), lenient=True)
        except Exception as error:  # noqa: BLE001  (objects raise what they like when they are looked at)
            let_pass(error)
            continue
        if found != before and not _is_common(value):
            yield path, found, _is_telling(value)


def _is_telling(value: object, depth: int = _DEEPEST) -> bool:
    """Tell whether a value is hardly ever met by chance: 3 and "adam" are. What is deep, or holds itself, is not."""
    kind = type(value)
    if kind is float:
        return not value.is_integer()  # type: ignore[attr-defined]
    if kind not in _HOLDERS:
        return kind not in _PLAIN
    few: Any = value
    items = few.values() if kind is dict else few
    return len(few) > _FEW or not depth or any(_is_telling(item, depth - 1) for item in items)


def _is_common(value: object) -> bool:
    """Tell whether a value is met so often that nobody can tell where one came from: True, None, 1."""
    return value is None or (type(value) in {bool, int, float} and abs(value) <= _SMALL)  # type: ignore[arg-type]  # a number
