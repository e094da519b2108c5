"""The calls of one map: which parameter each item fills, and what stands in the others."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from ...fingerprint import preview
from ...model.secrets._redaction import names_secret

__all__ = ["Calls", "Values", "calls_of"]

Values = tuple[Any, ...]
"""What the iterables gave for one item."""

_NAMED: Final = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
_REST: Final = inspect.Parameter.VAR_KEYWORD
_ITEM: Final = object()


@dataclass(frozen=True, slots=True)
class Calls:
    """How the function is called for each item.

    Attributes:
        name: of the function, for people.
        iterables: that give the items.
        own: names of the parameters that items fill, one for each iterable, as far as they are known.
        fixed: names of those that have a fixed argument; not that of a method's instance, which items may change.
        before: the positional arguments up to the last one that an item fills; `_ITEM` stands for that.
        kwargs: the other fixed arguments.
        size: how many items there are; None where that is not known.
    """

    name: str
    iterables: tuple[Iterable[Any], ...]
    own: tuple[str, ...]
    fixed: tuple[str, ...]
    before: tuple[Any, ...]
    kwargs: dict[str, Any]
    size: int | None

    def __iter__(self) -> Iterator[Values]:
        return zip(*self.iterables, strict=False)

    def args(self, values: Values) -> tuple[Any, ...]:
        """Return the positional arguments of the call for one item."""
        if len(self.before) == len(values):
            return values
        rest = iter(values)
        return tuple(next(rest) if argument is _ITEM else argument for argument in self.before)

    def shown(self, place: int, values: Values) -> str:
        """Return a line that says which item it is, without what is secret in it."""
        names = (*self.own, *(f"item[{n}]" for n in range(len(self.own), len(values))))
        pairs = zip(names, values, strict=False)
        found = (f"{name}={'…' if names_secret(name) else preview(value)}" for name, value in pairs)
        return f"{self.name}: item {place}: {', '.join(found)}"


def calls_of(
    function: Callable[..., Any],
    name: str,
    given: Values,
    iterables: tuple[Iterable[Any], ...],
    fixed: Mapping[str, object] | None,
) -> Calls:
    """Return the calls of a map, checked.

    Args:
        function: that is called.
        name: of it, for people.
        given: positional arguments before all else: the instance of a method.
        iterables: that give the items.
        fixed: arguments by the name of their parameter.

    Raises:
        TypeError: the function cannot be called so.
    """
    fixed = _checked(name, iterables, fixed)
    size = min((len(one) for one in iterables if hasattr(type(one), "__len__")), default=None)  # type: ignore[arg-type]
    size = size if all(hasattr(type(one), "__len__") for one in iterables) else None
    try:
        signature = inspect.signature(function)
    except (ValueError, TypeError):  # a C function that does not tell
        return Calls(name, iterables, (), (), (*given, *(_ITEM for _ in iterables)), fixed, size)
    own, before, kwargs = _filled(signature, given, len(iterables), fixed)
    try:
        signature.bind(*before, **kwargs)
    except TypeError as error:
        only = [
            one.name for one in signature.parameters.values() if one.kind is one.KEYWORD_ONLY and one.name not in fixed
        ]
        way = f"; what has to be named goes into fixed={{{only[0]!r}: ...}}" if only else ""
        raise TypeError(f"{name}.map with {len(iterables)} iterable(s){_named(fixed)}: {error}{way}") from None
    parameters = signature.parameters
    same = (*fixed, *(one for one in parameters if parameters[one].kind is _REST))
    return Calls(name, iterables, own, same, before, kwargs, size)


def _checked(name: str, iterables: tuple[Iterable[Any], ...], fixed: Mapping[str, object] | None) -> dict[str, Any]:
    if not iterables:
        raise TypeError(f"{name}.map takes at least one iterable of items")
    for place, one in enumerate(iterables):
        if not hasattr(type(one), "__iter__") and not hasattr(type(one), "__getitem__"):
            raise TypeError(
                f"{name}.map takes iterables of items: number {place + 1} is a {type(one).__name__}; "
                "what is the same for all items goes into fixed={...}"
            )
    if fixed is not None and not (isinstance(fixed, Mapping) and all(isinstance(key, str) for key in fixed)):
        raise TypeError(
            f"{name}.map: fixed is a dict of arguments by the name of their parameter, not {preview(fixed)}"
        )
    return dict(fixed or {})


def _filled(
    signature: inspect.Signature, given: Values, items: int, fixed: dict[str, Any]
) -> tuple[tuple[str, ...], Values, dict[str, Any]]:
    """Return the names of the parameters that items fill, the positional arguments, and the others."""
    parameters = list(signature.parameters.values())
    own: list[str] = []
    before = [*given]
    kwargs = dict(fixed)
    for parameter in [one for one in parameters if one.kind in _NAMED][len(given) :]:
        if len(own) == items and not (parameter.kind is parameter.POSITIONAL_ONLY and parameter.name in kwargs):
            break
        if parameter.name in kwargs:
            before.append(kwargs.pop(parameter.name))
        else:
            own.append(parameter.name)
            before.append(_ITEM)
    star = next((one.name for one in parameters if one.kind is one.VAR_POSITIONAL), None)
    before += [_ITEM] * (items - len(own))
    return (*own, *([star] if star is not None and items > len(own) else ())), tuple(before), kwargs


def _named(fixed: dict[str, Any]) -> str:
    return f" and fixed {', '.join(fixed)}" if fixed else ""
