"""What the code of a computation can be seen to do to places: what none of it does, somebody else has done.

Code is followed by names. A class counts with all of its methods, but a run calls those that its code names, and those
that Python or a library calls by itself. Where code makes up names as it runs, anything may be its doing.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from types import CellType, CodeType, FunctionType
from typing import Final

from ...bytecode._instructions import decode, local_names, name_of
from ...bytecode._nested import all_code, all_names
from ...model._identity import identity
from ...model._key import NoteKind
from ...project._libraries import is_project, is_project_globals
from ..plan._plan import Plan, Slot
from ._memo_fillers import bound_by
from ._sorts import is_class

__all__ = ["Doing", "is_own_class"]

_Owner = tuple[type, bool] | None
"""The class through which something was found, and whether code is seen to make objects of it."""

_ANYTHING: Final = frozenset(
    """
    setattr delattr vars globals locals exec eval __dict__ __setattr__ __delattr__ __setstate__ __getattribute__
    attrgetter methodcaller
    """.split()  # noqa: SIM905  # names read best as words in lines
)
_MAKING: Final = frozenset({"__init__", "__new__", "__post_init__", "__init_subclass__", "__set_name__"})
_MADE_BY: Final = frozenset({"__class__", "type", "cls"})
_CHANGES: Final = frozenset(
    {"__delitem__", "__ior__", "__setitem__", "clear", "pop", "popitem", "setdefault", "update"}
)
_ITEM: Final = "[]"
_PLAIN: Final = frozenset({"abc", "builtins", "typing"})
"""Modules of bases that call no method of what is derived from them."""


def is_own_class(cls: type) -> bool:
    """Return whether nobody but the project knows the attributes of a class and calls its methods."""
    return is_project(cls) and all(base.__module__ in _PLAIN or is_project(base) for base in cls.__mro__)


class Doing:
    """What code does to places.

    Args:
        plans: of the reached code.
        held: functions and classes that were met in values: who holds a function may call it.
        called: whether methods are left out that the code is not seen to call; else all code that is reached counts.

    Attributes:
        anything: whether more may be done than can be seen.
        names: what is used of globals, cells and attributes.
        binds: the names that are bound beyond the code itself.
        fills: the names used by code that changes items of something.
    """

    def __init__(self, plans: Sequence[Plan], held: Iterable[object], *, called: bool) -> None:
        self.anything = any(note.kind is NoteKind.BLIND_SPOT for plan in plans for note in plan.notes)
        self.names: set[str] = set()
        self.binds: set[str] = set()
        self.fills: set[str] = set()
        self._cells = frozenset(name for plan in plans for code, _ in plan.codes.values() for name in _free(code))
        ids = {*map(identity, held)}
        followed = [_Followed(plan, ids, called=called) for plan in plans]
        grown = not self.anything
        while grown:
            before = len(self.names)
            for one in followed:
                for code, offsets in one.more(self.names):
                    self._add(code, offsets)
            grown = len(self.names) > before
        self.anything = self.anything or not _ANYTHING.isdisjoint(self.names)

    def _add(self, code: CodeType, offsets: frozenset[int] | None) -> None:
        # A block reads the names of the function in which it stands.
        around = code.co_freevars if offsets is None else local_names(code)
        names = {*all_names(code, offsets), *around, *_texts(code)}
        bound = bound_by(code, offsets)
        made = _bound_in_making(code) if code.co_name in {"__init__", "__post_init__"} else frozenset()
        unbound = _unbound(code)
        self.names |= names
        self.binds |= {name for _, name in bound} - made | unbound
        if not _CHANGES.isdisjoint(names) or any(kind == "item" for kind, _ in bound) or _ITEM in unbound:
            self.fills |= names

    def may_name(self, slot: Slot) -> bool:
        """Return whether this code may read a place."""
        return self._is_unknown(slot) or _last(slot) in self.names

    def may_bind(self, slot: Slot) -> bool:
        """Return whether this code may have bound a place."""
        holder = slot.holder
        if isinstance(holder, type):
            return self.anything or not is_own_class(holder) or slot.name in self.binds
        if type(holder) is dict and "__name__" not in holder:
            return self.may_fill(slot)
        return self._is_unknown(slot) or slot.name in self.binds

    def may_fill(self, slot: Slot) -> bool:
        """Return whether this code may have changed items of the dict that is, or lies, in a place."""
        return self._is_unknown(slot) or _last(slot) in self.fills

    def _is_unknown(self, slot: Slot) -> bool:
        """Return whether more than this code may use a place: what libraries hold is used by them."""
        if self.anything or not isinstance(slot.name, str):
            return True
        holder = slot.holder
        if isinstance(holder, CellType):
            return slot.name not in self._cells
        return not isinstance(holder, dict) or ("__name__" in holder and not is_project_globals(holder))


class _Followed:
    """One plan, and which of its nodes are known to be run."""

    def __init__(self, plan: Plan, held: set[int], *, called: bool) -> None:
        self.plan = plan
        self._targets = [target for _, target in plan.targets()]
        self._entered: set[tuple[int, _Owner]] = set()
        everything = range(len(plan.nodes))
        roots = [n for n in everything if not n or not called or _is_held(self._targets[n], held)]
        self._waiting: list[tuple[int, _Owner]] = [(number, None) for number in roots]

    def more(self, names: set[str]) -> Iterator[tuple[CodeType, frozenset[int] | None]]:
        """Yield the code that is run as well, where the code that is known to run uses these names."""
        refused = []
        while self._waiting:
            number, owner = one = self._waiting.pop()
            if one in self._entered:
                continue
            if owner is not None and not self._is_called(number, owner, names):
                refused.append(one)
                continue
            self._entered.add(one)
            self._waiting += self._below(number, owner)
            yield from self._code_of(number)
        self._waiting = refused

    def _code_of(self, number: int) -> list[tuple[CodeType, frozenset[int] | None]]:
        code = self.plan.nodes[number].code
        if code is not None:
            return [self.plan.codes.get(identity(code), (code, None))]
        return [one for one in self.plan.codes.values() if one[1] is not None and not number]  # a block, the root

    def _below(self, number: int, owner: _Owner) -> list[tuple[int, _Owner]]:
        node, target = self.plan.nodes[number], self._targets[number]
        inside: _Owner = owner if node.code is None else None
        if is_class(target):
            inside = target, owner is None and number > 0
        return [(edge, inside) for edge in node.edges if edge >= 0]

    def _is_called(self, number: int, owner: tuple[type, bool], names: set[str]) -> bool:
        cls, made = owner
        target, code = self._targets[number], self.plan.nodes[number].code
        if type(target) is not FunctionType or code is None or not is_own_class(cls):
            return True
        name = code.co_name
        if name in _MAKING:
            return made or cls.__name__ in names or not _MADE_BY.isdisjoint(names)
        return name in names or name.startswith("__") or not name.isidentifier() or name not in vars(cls)


def _is_held(target: object, held: set[int]) -> bool:
    return identity(target) in held and not is_class(target)


def _free(code: CodeType) -> frozenset[str]:
    return frozenset((*code.co_freevars, *code.co_cellvars))


def _texts(code: CodeType) -> Iterator[str]:
    """Yield the names that code has as texts: `getattr(job, "cancel")`."""
    for one in all_code(code):
        yield from (text for text in one.co_consts if type(text) is str and text.isidentifier())


def _bound_in_making(code: CodeType) -> frozenset[str]:
    """Return the attributes that a method binds of the object alone that it makes, which is no input yet."""
    own: set[str] = set()
    others: set[str] = set()
    before: tuple[str, int] = "", 0
    for _, name, arg, _ in decode(code):
        if name == "STORE_ATTR":
            (own if before == ("LOAD_FAST", 0) else others).add(name_of(code, name, arg))
        before = name, arg
    return frozenset(own - others)


def _unbound(code: CodeType) -> frozenset[str]:
    """Return the names that code deletes, and `_ITEM` where it deletes items."""
    found: set[str] = set()
    for one in all_code(code):
        fast = local_names(one)
        for _, name, arg, _ in decode(one):
            if name == "DELETE_SUBSCR":
                found.add(_ITEM)
            elif name.startswith("DELETE_"):
                found.add(fast[arg] if name in {"DELETE_FAST", "DELETE_DEREF"} else name_of(one, name, arg))
    return frozenset(found)


def _last(slot: Slot) -> str:
    """Return the name by which code reads a place, or the dict that it lies in."""
    return slot.path.partition("[")[0].rpartition(".")[2]
