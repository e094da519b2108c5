"""In-place rules: what an object's own state is, and how it is put back into the same object.

A state is *shallow*: it refers to the same inner objects, which have states of their own. It is another object
than the value it was taken from, so that whoever stores it by identity does not take one for the other.

What each rule costs before a run, to find out afterwards what changed by itself:

    containers, objects     a copy of their references, compared by identity; of all that are alike at once
    arrays, tensors         one pass of the hash over the buffer
    frames                  the same, per column
    generators              a copy of their state
"""

from __future__ import annotations

import array
from _random import Random  # that of `random` is derived from it, which is a stream to be watched once it is loaded
from collections import OrderedDict, defaultdict, deque
from collections.abc import Callable, Iterable, Sequence
from contextvars import ContextVar
from inspect import getattr_static
from itertools import chain
from operator import attrgetter
from types import GetSetDescriptorType, MemberDescriptorType
from typing import Any

from ...fingerprint.kinds._handles import is_handle
from ...fingerprint.kinds._objects import memo_names, slot_names
from ...fingerprint.walk._elements import elements_of, items_of
from ...fingerprint.walk._scalars import LEAVES, is_atom
from ...model._identity import identity
from ...model.process._asking import has, own_dict
from ._in_place_rule import Held, InPlaceRule, Way, same_elements

__all__ = ["PLACES", "AttributePlace", "TuplePlace", "all_atoms"]


class AttributePlace(InPlaceRule):
    """Objects by their `__dict__` and slots. Handles among the attributes are left as they are."""

    ordered = False

    def __init__(self, cls: type) -> None:
        self.memos = memo_names(cls)
        self.slots = tuple(name for name in slot_names(cls) if name not in self.memos)
        usual = isinstance(getattr_static(cls, "__dict__", None), GetSetDescriptorType | MemberDescriptorType)
        self.plain = bool(cls.__dictoffset__) and usual and not self.slots and not self.memos
        self.getters = () if cls.__dictoffset__ or self.memos else _getters(cls, self.slots)
        self.wide = len(self.getters) > _WIDE

    def held(self, values: Sequence[Any]) -> Held | None:
        return _held_by_dicts([*map(_ATTRIBUTES, values)]) if self.plain else self._held_by_slots(values)

    def _held_by_slots(self, values: Sequence[Any]) -> Held | None:
        """Return what slots hold, where all of them are filled and nothing else is there."""
        if not self.getters:
            return None
        count, width = len(values), len(self.getters)
        items: list[Any] = [None] * (count * width)
        try:
            for place, getter in enumerate(self.getters):
                items[place::width] = map(getter, values)
        except AttributeError:
            return None
        return Held([width] * count, self.slots * count, items)

    def way(self, name: Any) -> Way:
        return f".{name}"

    def as_shot(self, names: list[Any], items: list[Any]) -> object:
        return dict(zip(names, items, strict=True))

    def state(self, value: Any) -> dict[str, Any]:
        """Return all attributes, those in slots after the others."""
        state = dict(own_dict(value))
        for name in self.memos:
            state.pop(name, None)
        for name in self.slots:
            try:
                state[name] = object.__getattribute__(value, name)
            except AttributeError:
                continue  # an unset slot is no state
        return state

    def children(self, value: Any) -> Iterable[tuple[Way, object]]:
        state = self.state(value)
        return [(f".{name}", state[name]) for name in sorted(state, key=str)]

    def take(self, value: Any) -> object:
        state = self.state(value)
        kept = tuple(name for name, item in state.items() if is_handle(item))
        return {name: item for name, item in state.items() if name not in kept}, kept

    def shot(self, value: Any) -> object:
        return self.state(value)

    def same(self, shot: dict[str, Any], now: dict[str, Any]) -> bool:
        return shot.keys() == now.keys() and same_elements([*shot.values()], [now[name] for name in shot])

    def gained(self, shot: dict[str, Any], now: dict[str, Any]) -> bool:
        return shot.keys() == now.keys() and all(
            shot[name] is None or same_elements([shot[name]], [now[name]]) for name in shot
        )

    def put(self, value: Any, state: Any) -> None:
        wanted, kept = state
        present = self.state(value)
        for name in present.keys() - wanted.keys() - set(kept):
            if name in self.slots:
                object.__delattr__(value, name)
            else:
                del value.__dict__[name]
        own = own_dict(value) if type(value).__dictoffset__ else None
        for name, item in wanted.items():
            if name in self.slots:
                object.__setattr__(value, name, item)
            elif own is not None:
                own[name] = item


def _getters(cls: type, slots: Sequence[str]) -> Sequence[Callable[[Any], Any]]:
    """Return what reads the slots of a class; nothing where attributes are not simply what slots hold."""
    found = [getattr_static(cls, name, None) for name in slots]
    usual = getattr_static(cls, "__getattribute__") is object.__getattribute__
    plain = usual and {MemberDescriptorType}.issuperset(map(type, found))
    return [attrgetter(name) for name in slots] if plain else ()


def _held_by_dicts(values: Sequence[dict[Any, Any]]) -> Held:
    sizes = [*map(len, values)]
    return Held(sizes, chain.from_iterable(values), chain.from_iterable(map(dict.values, values)))


def _held_by_sequences(values: Sequence[Any]) -> Held:
    return Held([*map(len, values)], (), values[0] if len(values) == 1 else chain.from_iterable(values))


class TuplePlace(InPlaceRule):
    """Tuples hold the same for ever, but what they hold may change."""

    fixed = True

    def held(self, values: Sequence[tuple[Any, ...]]) -> Held:
        return _held_by_sequences(values)


class _ContainerPlace(InPlaceRule):
    """Containers, and the attributes of instances of classes derived from them."""

    def __init__(self, cls: type) -> None:
        self.plain = cls in _PLAIN
        self.attributes = AttributePlace(cls) if cls.__dictoffset__ or slot_names(cls) else None

    def held(self, values: Sequence[Any]) -> Held | None:
        return _held_by_sequences(values) if self.plain else None

    def as_shot(self, _names: list[Any], items: list[Any]) -> object:
        return items, None

    def content(self, value: Any) -> Any:
        raise NotImplementedError

    def fill(self, value: Any, content: Any) -> None:
        raise NotImplementedError

    def items(self, _value: Any, /) -> Iterable[tuple[Way, object]]:
        return ()

    def children(self, value: Any) -> Iterable[tuple[Way, object]]:
        if self.attributes is None:
            return self.items(value)
        return [*self.items(value), *self.attributes.children(value)]

    def take(self, value: Any) -> object:
        return self.content(value), None if self.attributes is None else self.attributes.take(value)

    def shot(self, value: Any) -> object:
        return self.content(value), None if self.attributes is None else self.attributes.shot(value)

    def same(self, shot: Any, now: Any) -> bool:
        if self.attributes is not None and not self.attributes.same(shot[1], now[1]):
            return False
        return same_elements(self.flat(shot[0]), self.flat(now[0]))

    def flat(self, content: Any) -> Sequence[Any]:
        return list(content)

    def put(self, value: Any, state: Any) -> None:
        self.fill(value, state[0])
        if self.attributes is not None and state[1] is not None:
            self.attributes.put(value, state[1])


class _ListPlace(_ContainerPlace):
    def items(self, value: list[Any]) -> Iterable[tuple[Way, object]]:
        return () if all_atoms(list.__iter__(value)) else enumerate(list.__iter__(value))

    def content(self, value: list[Any]) -> list[Any]:
        return list.copy(value)

    def flat(self, content: list[Any]) -> Sequence[Any]:
        return content

    def fill(self, value: list[Any], content: list[Any]) -> None:
        list.__setitem__(value, slice(None), content)


class _DictPlace(_ContainerPlace):
    def held(self, values: Sequence[Any]) -> Held | None:
        return _held_by_dicts(values) if self.plain else None

    def way(self, name: Any) -> Way:
        return (name,)

    def as_shot(self, names: list[Any], items: list[Any]) -> object:
        return dict(zip(names, items, strict=True)), None

    def items(self, value: dict[Any, Any]) -> Iterable[tuple[Way, object]]:
        if all_atoms(dict.values(value)):
            return ()
        return [((key,), item) for key, item in items_of(value)]

    def content(self, value: dict[Any, Any]) -> dict[Any, Any]:
        # an ordered dictionary keeps its order beside the dictionary that it is
        return dict(items_of(value)) if isinstance(value, OrderedDict) else dict.copy(value)

    def take(self, value: Any) -> object:
        state = super().take(value)
        return (*state, value.default_factory) if has(type(value), "default_factory") else state  # type: ignore[misc]

    def flat(self, content: dict[Any, Any]) -> Sequence[Any]:
        return [*content, *content.values()]

    def gained(self, shot: Any, now: Any) -> bool:
        before, after = shot[0], now[0]
        if self.attributes is not None and not self.attributes.same(shot[1], now[1]):
            return False
        kept = [key for key in before if key in after]
        return len(kept) == len(before) and same_elements([before[key] for key in kept], [after[key] for key in kept])

    def fill(self, value: dict[Any, Any], content: dict[Any, Any]) -> None:
        if isinstance(value, OrderedDict):
            OrderedDict.clear(value)
            for key, item in content.items():
                OrderedDict.__setitem__(value, key, item)
        else:
            dict.clear(value)
            dict.update(value, content)

    def put(self, value: Any, state: Any) -> None:
        super().put(value, state)
        # A lambda that was stored comes back as a copy, with globals of its own.
        if len(state) > 2 and _code(value.default_factory) != _code(state[2]):
            value.default_factory = state[2]


def _code(function: object) -> object:
    return getattr(function, "__code__", function) if getattr(function, "__closure__", None) is None else function


class _SetPlace(_ContainerPlace):
    ordered = False

    def as_shot(self, _names: list[Any], items: list[Any]) -> object:
        return {*items}, None

    def content(self, value: set[Any]) -> set[Any]:
        return {*set.__iter__(value)}

    def same(self, shot: Any, now: Any) -> bool:
        before, after = shot[0], now[0]
        if len(before) != len(after):
            return False
        identities = set(map(identity, before))
        return all(identity(item) in identities or (is_atom(item) and item in before) for item in after)

    def fill(self, value: set[Any], content: set[Any]) -> None:
        set.clear(value)
        set.update(value, content)


class _DequePlace(_ContainerPlace):
    def items(self, value: deque[Any]) -> Iterable[tuple[Way, object]]:
        return () if all_atoms(elements_of(value)) else enumerate(elements_of(value))

    def content(self, value: deque[Any]) -> list[Any]:
        return list(elements_of(value))

    def shape(self, value: deque[Any]) -> object:
        return value.maxlen

    def take(self, value: deque[Any]) -> object:
        return (*super().take(value), value.maxlen)  # type: ignore[misc]

    def shape_of_state(self, state: Any) -> object:
        return state[2]

    def fill(self, value: deque[Any], content: list[Any]) -> None:
        deque.clear(value)
        deque.extend(value, content)


class _BytesPlace(InPlaceRule):
    def take(self, value: bytearray) -> bytes:
        return bytes(value)

    def put(self, value: bytearray, state: bytes) -> None:
        value[:] = state


class _CodesPlace(InPlaceRule):
    def take(self, value: array.array[Any]) -> bytes:
        return value.tobytes()

    def put(self, value: array.array[Any], state: bytes) -> None:
        if len(value) * value.itemsize == len(state):  # an array on the same memory forbids to resize it
            with memoryview(value) as view, view.cast("B") as raw:
                raw[:] = state
            return
        del value[:]
        value.frombytes(state)


class _RandomPlace(InPlaceRule):
    def take(self, value: Random) -> object:
        return value.getstate()

    def put(self, value: Random, state: Any) -> None:
        value.setstate(state)


class _VariablePlace(InPlaceRule):
    """Context variables, by the value that they have here."""

    def children(self, value: ContextVar[Any]) -> Iterable[tuple[Way, object]]:
        return [(".get()", item) for item in self.take(value)]

    def take(self, value: ContextVar[Any]) -> tuple[object, ...]:
        try:
            return (value.get(),)
        except LookupError:
            return ()

    def put(self, value: ContextVar[Any], state: tuple[Any, ...]) -> None:
        for item in state:
            value.set(item)

    def same(self, shot: tuple[object, ...], now: tuple[object, ...]) -> bool:
        return same_elements(shot, now)


def all_atoms(values: Iterable[Any]) -> bool:
    """Return whether all values are numbers, texts and the like, by their types."""
    return set(map(type, values)) <= _ATOMS


_ATOMS = frozenset(LEAVES) - {bytearray}
_WIDE = 16
_ATTRIBUTES = attrgetter("__dict__")
_PLAIN = frozenset({list, dict, defaultdict, set, deque})

PLACES: dict[type, Callable[[type], InPlaceRule]] = {
    list: _ListPlace,
    dict: _DictPlace,
    set: _SetPlace,
    deque: _DequePlace,
    bytearray: lambda _: _BytesPlace(),
    array.array: lambda _: _CodesPlace(),
    Random: lambda _: _RandomPlace(),
    ContextVar: lambda _: _VariablePlace(),
}
"""Rules for the containers of Python and what is derived from them."""
