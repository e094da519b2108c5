"""Whether a plan still holds: all that was looked up when it was made is still the same object.

Lookups are gathered by what was looked into, so that a check costs one pass in C for each. Functions are not even
looked at while nothing tells that one was altered.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterable, Mapping, Sequence
from types import CellType, FunctionType, ModuleType
from typing import Any

from ...model._identity import identity
from ...model.process._function_changes import UNTOLD, altered, changes
from ...model.process._interrupts import let_pass

__all__ = ["Checks", "FunctionStates"]

_content = operator.attrgetter("cell_contents")
_is = operator.is_


class FunctionStates:
    """The code and defaults that functions had. It does not hold the functions: whoever asks has them.

    Defaults that are equal may still differ in type (1, 1.0 and True), so all is compared by identity.
    """

    __slots__ = ("_identities", "_seen", "_states")

    def __init__(self, functions: Sequence[FunctionType]) -> None:
        self._states = [(one.__code__, one.__defaults__, one.__kwdefaults__) for one in functions]
        self._identities = frozenset(map(identity, functions))
        self._seen: int | None = None  # the first look is at all of them

    def hold(self, functions: Sequence[FunctionType]) -> bool:
        """Tell whether these functions, the same as before, still have the same code and defaults."""
        now = changes[0]  # read first: what is altered from here on is looked for next time
        if now == self._seen:
            return True
        for one, (code, defaults, keywords) in zip(functions, self._states, strict=True):
            if one.__code__ is not code or one.__defaults__ is not defaults or one.__kwdefaults__ is not keywords:
                return False
        if now != UNTOLD and altered.keys().isdisjoint(self._identities):
            self._seen = now
        return True


class Checks:
    """What was looked up while a plan was made.

    A block's names live in a mapping that is another one at each run; what was found there is kept apart.

    Attributes:
        own, own_absent: what was found, and not found, under a block's names.
        unset: attributes that functions did not have.
    """

    def __init__(self, names: Mapping[str, object] | None = None) -> None:
        self._names = names
        self.own: dict[object, object] = {}
        self.own_absent: set[str] = set()
        self.unset: list[tuple[dict[str, object], str]] = []
        self.module_classes: dict[type, None] = {}
        self._bound: dict[int, tuple[Mapping[Any, object], dict[object, object]]] = {}
        self._absent: dict[int, tuple[dict[str, object], set[str]]] = {}
        self._functions: dict[int, FunctionType] = {}
        self._cells: dict[int, tuple[CellType, object]] = {}
        self._classes: dict[int, tuple[type, dict[str, object]]] = {}
        self._keys: dict[int, dict[str, object]] = {}
        self._types: list[tuple[Callable[[], object], type]] = []
        self._items: dict[int, Callable[[], bool]] = {}
        self._rest: list[Callable[[], bool]] = []

    def bound(self, holder: Mapping[Any, object], name: object, value: object) -> None:
        """Remember that `holder[name]` was `value`."""
        if holder is self._names:
            self.own[name] = value
            return
        self._bound.setdefault(identity(holder), (holder, {}))[1][name] = value

    def absent(self, holder: dict[str, object], name: str) -> None:
        """Remember that `holder` had no such name."""
        self._absent.setdefault(identity(holder), (holder, set()))[1].add(name)

    def function(self, function: FunctionType) -> None:
        """Remember a function's code and defaults."""
        self._functions[identity(function)] = function

    def cell(self, cell: CellType, value: object) -> None:
        """Remember what a cell held."""
        self._cells[identity(cell)] = (cell, value)

    def klass(self, cls: type, code: dict[str, object]) -> None:
        """Remember a class's bases, the names in it, and those of its attributes that are code."""
        self._classes[identity(cls)] = (cls, code)

    def keys(self, space: dict[str, object]) -> None:
        """Remember which names a module had."""
        self._keys[identity(space)] = space

    def subclasses(self, cls: type, below: list[type]) -> None:
        """Remember which classes are derived from a class."""
        self._rest.append(lambda: type.__subclasses__(cls) == below)

    def module(self, module: ModuleType) -> None:
        """Remember the class of a module where that was replaced: it may give names that the module does not have."""
        cls = type(module)
        if cls is not ModuleType:
            self.module_classes[cls] = None
            self._rest.append(lambda: type(module) is cls)

    def kind(self, fetch: Callable[[], object], kind: type) -> None:
        """Remember the type of a value that does not count otherwise."""
        self._types.append((fetch, kind))

    def items(self, container: object, check: Callable[[object], Callable[[], bool]]) -> None:
        """Remember which objects a container held, once."""
        self._items.setdefault(identity(container), check(container))

    def rest(self, check: Callable[[], bool]) -> None:
        """Remember a check of another kind."""
        self._rest.append(check)

    def freeze(self) -> Callable[[], bool]:
        """Return a function that says whether all is as it was."""
        # Tuples compare their items by identity first. Things that are code are equal to nothing else.
        groups = [
            (operator.itemgetter(*names, *names), holder, (*names.values(), *names.values()))
            if len(names) == 1
            else (operator.itemgetter(*names), holder, tuple(names.values()))
            for holder, names in self._bound.values()
        ]
        absent = [(holder.keys(), frozenset(names)) for holder, names in self._absent.values()]
        rest = [*_cell_checks(self._cells.values()), *self._items.values(), *self._rest]
        rest += [_class_check(cls, code) for cls, code in self._classes.values()]
        rest += [_keys_check(space) for space in self._keys.values()]
        rest += [_type_check(fetch, kind) for fetch, kind in self._types]
        functions = tuple(self._functions.values())
        states = FunctionStates(functions)

        def valid() -> bool:
            try:
                for getter, holder, values in groups:
                    if getter(holder) != values:
                        return False
                for names, missing in absent:
                    if not names.isdisjoint(missing):
                        return False
                for check in rest:
                    if not check():
                        return False
                return not functions or states.hold(functions)
            except Exception as error:  # noqa: BLE001 - what is bound now may compare as it likes: then the plan is old
                let_pass(error)
                return False

        return valid


def _cell_checks(cells: Iterable[tuple[CellType, object]]) -> list[Callable[[], bool]]:
    pairs = tuple(cells)
    if not pairs:
        return []
    holders, contents = tuple(cell for cell, _ in pairs), tuple(value for _, value in pairs)
    return [lambda: all(map(_is, map(_content, holders), contents))]


def _class_check(cls: type, code: dict[str, object]) -> Callable[[], bool]:
    space = cls.__dict__
    names = tuple(space)
    bases = cls.__bases__
    getter = operator.itemgetter(*code, *code) if code else None
    values = (*code.values(), *code.values())

    def check() -> bool:
        return (
            cls.__bases__ == bases
            and tuple(space) == names
            and (getter is None or all(map(_is, getter(space), values)))
        )

    return check


def _keys_check(space: dict[str, object]) -> Callable[[], bool]:
    names = tuple(space)
    return lambda: tuple(space) == names


def _type_check(fetch: Callable[[], object], kind: type) -> Callable[[], bool]:
    def check() -> bool:
        try:
            return type(fetch()) is kind
        except LookupError:
            return False

    return check
