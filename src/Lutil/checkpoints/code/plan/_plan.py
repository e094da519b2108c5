"""What a computation reaches, as a flat list: nodes in order of discovery, and the values they read."""

from __future__ import annotations

import os
import weakref
from collections.abc import Callable, Iterator, Mapping
from types import CellType, CodeType, FunctionType, MappingProxyType
from typing import Any, Generic, TypeVar

import xxhash

from ...model._key import Note, Part, PartKind, tagged
from ...model.process._late import loading
from ...model.process._records import NamedTuple
from ...model.secrets._redaction import conceals

__all__ = ["Keeper", "Plan", "PlanNode", "Slot"]

T = TypeVar("T")
_DEFAULT, _ATTRIBUTE, _CELL = PartKind.DEFAULT, PartKind.ATTRIBUTE, PartKind.CELL
_ENVIRONMENT = PartKind.ENVIRONMENT


class Slot(NamedTuple):
    """A place whose value is read by reached code, and is to be looked at on every call.

    Attributes:
        kind: GLOBAL, CELL, DEFAULT, ATTRIBUTE or ENVIRONMENT.
        path: how a person would write it: `K`, `helpers.K`, `Model.alpha`, `os.environ['X']`.
        holder: what holds the value: a dict, a cell, a class, a function (of a default) or `os.environ`.
        name: under which the holder has it.
        full: the path with the whole name of the module, for `ignore`.
        only: names of the attributes that are read of the value, where reached code does nothing else with it.
        reads: how a dict is read under this name: `key` (the item of a key), `asked` (whether a key is there),
            `whole` (its length, all its keys, or as a value), `grown` (an item is made more of what it was),
            `defaulted` (the item of a key, or else something to start from); nothing where that is not known.
    """

    kind: PartKind
    path: str
    holder: object
    name: str | int
    full: str = ""
    only: tuple[str, ...] = ()
    reads: frozenset[str] = frozenset()

    def __repr__(self) -> str:
        # The holder may be `os.environ` or all of a module: neither belongs into a log.
        return f"Slot({self.kind.value} {self.path})"

    def fetch(self) -> object:
        """Return the present value.

        Raises:
            LookupError: there is none: the name is unbound, the variable unset. That is a state too, and
                differs from every value.
        """
        holder = self.holder
        if isinstance(holder, CellType):
            try:
                return holder.cell_contents
            except ValueError as empty:
                raise LookupError(self.path) from empty
        kind = self.kind
        if kind is _ATTRIBUTE:
            return _attribute(holder, self.name)
        if kind is _DEFAULT:
            return _default(holder, self.name)
        return holder[self.name]  # type: ignore[index]

    def store(self, value: object) -> None:
        """Bind the place to another value; a default of a function is left alone."""
        holder = self.holder
        if isinstance(holder, CellType):
            holder.cell_contents = value
        elif self.kind is _ATTRIBUTE and not isinstance(holder, dict):
            setattr(holder, str(self.name), value)
        elif self.kind is not _DEFAULT:
            holder[self.name] = value  # type: ignore[index]

    def clear(self) -> None:
        """Unbind the place, if it is bound."""
        holder = self.holder
        if isinstance(holder, CellType):
            del holder.cell_contents
        elif self.kind is _ATTRIBUTE and not isinstance(holder, dict):
            if str(self.name) in vars(holder):
                delattr(holder, str(self.name))
        elif self.kind is not _DEFAULT:
            holder.pop(self.name, None)  # type: ignore[attr-defined]


def _attribute(holder: object, name: str | int) -> object:
    if type(holder) is dict:
        return holder[name]
    if isinstance(holder, type):
        # Raw, so that no descriptor runs.
        return holder.__dict__[str(name)]
    try:
        return object.__getattribute__(holder, str(name))
    except AttributeError as missing:
        raise LookupError(name) from missing


def _default(holder: object, name: str | int) -> object:
    if type(name) is int:
        values = getattr(holder, "__defaults__", None) or getattr(holder, "args", None) or ()
        return values[name]
    named = getattr(holder, "__kwdefaults__", None) or getattr(holder, "keywords", None) or {}
    return named[name]


class PlanNode(NamedTuple):
    """One thing that is reached.

    Attributes:
        label: how a person would write it.
        local: digest of the thing by itself.
        edges: what it reaches, by index, in order.
        slots: indices of the values it reads, in order.
        target: the function, class or other object.
        code: its code object, if it has one.
        name: qualified name, for looking it up when an entry is decoded.
    """

    label: str
    local: bytes
    edges: tuple[int, ...]
    slots: tuple[int, ...]
    target: object
    code: CodeType | None
    name: str


class Keeper(NamedTuple):
    """What keeps results of reached code beyond a run: a cache, a `cached_property`, a module.

    Attributes:
        label: the qualified name of the function that fills it; of a module, its name.
        target: the cache, the property, or the name of the module.
        codes: what is being run while it is filled: identities and places of code objects, or the name of a
            module.
        pure: whether that is seen to read nothing but its arguments and what counts anyway, unless an object among
            these does: see `may_read`.
        slots: the places of the values that it uses.
    """

    label: str
    target: Any
    codes: frozenset[int | str]
    pure: bool
    slots: tuple[Slot, ...]


class _Remembered(Generic[T]):
    """A property that is computed once.

    As `functools.cached_property`, but without the lock that Python 3.11 has in it, one for all objects: a child that
    is forked while another thread holds it waits for ever.
    """

    def __init__(self, compute: Callable[[Any], T]) -> None:
        self._compute = compute

    def __get__(self, instance: Any, owner: type) -> T:
        found = vars(instance)[self._compute.__name__] = self._compute(instance)
        return found


class Plan:
    """What a computation reaches; immutable and shared between calls.

    Attributes:
        digest: 16 bytes over the flat list: local digests, edges, places of the values read.
        nodes: the flat list.
        slots: the values read, in order; the story fingerprints them anew on every call.
        root_slots: those that the function or block itself reads by name.
        effects: the places that reached code only writes to, or also hands to print and the like.
        attributes: those of classes, which code of other plans may read.
        bound: those of the effects that are bound anew and nothing else: what they hold after a run follows from it.
        attributes_among: those that are read by others of the plans among which this one was the first, last time.
        docs: whether its code reads docstrings and annotations (1), or sources as well (2).
        codes: the code objects reached, by identity; a block's with its offsets.
        keepers: what keeps results of reached code beyond a run.
        libraries: distribution (or top-level module) and version of each library that reached code uses.
        notes: effects, blind spots.
    """

    def __init__(  # noqa: PLR0913, PLR0917 - made in two places only
        self,
        nodes: tuple[PlanNode, ...],
        slots: tuple[Slot, ...],
        effects: tuple[Slot, ...],
        libraries: tuple[tuple[str, str], ...],
        notes: tuple[Note, ...],
        valid: Callable[[], bool],
        digest: bytes = b"",
        *,
        root: weakref.ref[FunctionType] | None = None,
    ) -> None:
        self._root = root
        self.nodes = nodes
        self.slots = slots
        self.effects = effects
        self.libraries = libraries
        self.notes = notes
        self.attributes: tuple[Slot, ...] = ()
        self.bound: tuple[Slot, ...] = ()
        self.attributes_among: tuple[tuple[Plan, ...], tuple[Slot, ...]] | None = None
        self.docs = 0
        self.keepers: tuple[Keeper, ...] = ()
        self.codes: Mapping[int, tuple[CodeType, frozenset[int] | None]] = {}
        self.valid = valid
        self.digest = digest or _digest(nodes, slots)

    @property
    def root_slots(self) -> tuple[Slot, ...]:
        """The values that the function or block itself reads, as opposed to what it calls."""
        return tuple(self.slots[number] for number in self.nodes[0].slots) if self.nodes else ()

    @_Remembered
    def locals(self) -> frozenset[bytes]:
        """The local digests of the nodes."""
        return frozenset(node.local for node in self.nodes)

    @_Remembered
    def reached(self) -> Mapping[str, object]:
        """Project functions and classes by qualified name, for decoding entries."""
        found: dict[str, object] = {}
        for node, target in self.targets():
            if node.name:
                found.setdefault(node.name, target)
        return MappingProxyType(found)

    def targets(self) -> Iterator[tuple[PlanNode, object]]:
        """Yield the nodes and what they stand for; a plan does not hold its own root."""
        for node in self.nodes:
            yield node, self._root() if node.target is None and self._root is not None else node.target

    def parts(self) -> tuple[Part, ...]:
        """Return one part for each node, with the source of its code where that is proved to be the running one."""
        return self._parts

    @_Remembered
    def _parts(self) -> tuple[Part, ...]:
        with loading:
            from ..text._source_text import source_of  # noqa: PLC0415 - brings `inspect`, which no hit needs

        found = []
        for node in self.nodes:
            kept = source_of(node.code) if node.code is not None else b""
            texts = [] if kept or node.code is None else [one for one in node.code.co_consts if type(one) is str]
            hidden = any(map(conceals, texts))  # what its source would tell
            found.append(Part(PartKind.CODE, node.label, node.local, kept=kept, hidden=hidden))
        return tuple(found)

    def find(self, item: str) -> tuple[Slot, str] | None:
        """Return the place that an item of `ignore` names, and what of the item is left: `.verbose`, `['a']`.

        Effects can be found as well: to leave one out is needless, but no mistake.
        """
        for slot in (*self.slots, *self.effects):
            for path in (slot.path, slot.full):
                if path and item.startswith(path) and item[len(path) : len(path) + 1] in ("", ".", "["):
                    return slot, item[len(path) :]
        return None


def _digest(nodes: tuple[PlanNode, ...], slots: tuple[Slot, ...]) -> bytes:
    hasher = xxhash.xxh3_128()
    for node in nodes:
        hasher.update(tagged(b"N", node.local))
        hasher.update(tagged(b"E", repr((node.edges, node.slots)).encode()))
    for slot in slots:
        name = repr(slot.name) if slot.holder is os.environ else str(slot.name)
        hasher.update(tagged(b"S", f"{slot.kind.value} {name}".encode("utf-8", "surrogatepass")))
    return hasher.digest()
