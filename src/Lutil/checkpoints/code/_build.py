"""The making of a plan: nodes are taken from a queue, and what each reaches is put at its end."""

from __future__ import annotations

import builtins
import os
import sys
import weakref
from collections.abc import Iterator, Mapping
from contextlib import suppress
from types import CellType, CodeType, FunctionType

from .._key import Note, NoteKind, PartKind, tagged
from ._checks import Checks
from ._constants import ATOMS, constant
from ._docs import documentation
from ._drafts import BUILTIN, FIRST_PLACE, NOTHING, PLACE, Draft, Place, attribute_read, node
from ._environment import is_secret, variables
from ._facts import Facts, Use, code_digest
from ._files import compiled_digest, file_digest, located
from ._kinds import (
    Sort,
    effect_like,
    harmless,
    is_class,
    is_module,
    kind_of,
    label_of,
    shared_library,
    static,
    static_module,
)
from ._library import is_project_globals, is_project_name, version_of
from ._plan import Plan, Slot
from ._refs import Mode, Ref
from ._resolve import ABSENT, Found, Scope, follow
from ._unloaded import static_digest, unchanged

__all__ = ["Builder"]

_MODULE_NAMES = frozenset(
    {
        "__annotations__",
        "__builtins__",
        "__cached__",
        "__debug__",
        "__file__",
        "__loader__",
        "__name__",
        "__package__",
        "__path__",
        "__spec__",
    }
)
"""Where code lies and what it is called there: never an input."""

_BUILTINS = vars(builtins)
_DYNAMIC = frozenset({"eval", "exec", "globals", "getattr", "import_module", "__import__"})
_BOUND = frozenset({Mode("bind")})
_ONLY_DROPPED = frozenset({Mode("sink")})


class Builder:
    """Makes one plan."""

    def __init__(self, names: Mapping[str, object] | None = None) -> None:
        self.checks = Checks(names)
        self.drafts: list[Draft] = []
        self.places: dict[tuple[int, object], Place] = {}
        self.order: list[Place] = []
        self.notes: dict[Note, None] = {}
        self.libraries: dict[str, None] = {}
        self.docs = False
        self.documented: set[int] = set()
        self._index: dict[object, int] = {}
        self._keep: list[object] = []
        self._waiting: list[tuple[int, Sort, object]] = []
        self.home = ""
        self.root: object = None

    # Nodes.

    def draft(self, label: str, target: object, code: CodeType | None = None, name: str = "") -> int:
        """Put a new node at the end of the list and return its index."""
        self.drafts.append(Draft(label, target, code, name, [], []))
        return len(self.drafts) - 1

    def reach(self, value: object, label: str = "") -> int:
        """Return the edge to a thing that is code, new or known; `PLACE` where it is a value."""
        known = self._index.get(id(value))
        if known is not None:
            return known
        sort = self.sort(value)
        if sort is Sort.DATA:
            return PLACE
        if sort is Sort.OWN:
            return NOTHING
        if sort is Sort.REACH:
            return self._stands_for(value)
        if sort is Sort.LEAF:
            return self.leaf(value, label)
        return self._queue(value, sort)

    def sort(self, value: object) -> Sort:
        """Return what sort of thing a value is; a thing that cannot be asked is a value."""
        try:
            return kind_of(value)
        except Exception:  # noqa: BLE001 - what is merely reached may raise anything, and must not be felt
            self.note(NoteKind.BLIND_SPOT, type(value).__name__, "cannot be asked what it is")
            return Sort.DATA

    def unreadable(self, number: int) -> None:
        """Let a node that could not be looked into count by its bare code, and say so."""
        draft = self.drafts[number]
        self.note(NoteKind.BLIND_SPOT, draft.label, "could not be looked into")
        draft.text.append(b"unreadable")
        if draft.code is not None:
            draft.text.extend((draft.code.co_code, repr(draft.code.co_names).encode("utf-8", "surrogatepass")))

    def _queue(self, value: object, sort: Sort) -> int:
        code = value.__code__ if sort is Sort.FUNCTION and type(value) is FunctionType else None
        number = self.draft(self._label(value), value, code, self._name(value, sort))
        self._index[id(value)] = number
        self._keep.append(value)
        self._waiting.append((number, sort, value))
        return number

    def _stands_for(self, value: object) -> int:
        inner = static(value, "__lutil_reach__")
        if type(value) is FunctionType:
            inner = value.__dict__.get("__lutil_reach__")
        if inner is value or kind_of(inner) in (Sort.DATA, Sort.REACH):
            return NOTHING
        number = self.reach(inner)
        self._index[id(value)] = number
        self._keep.append(value)
        return number

    def _label(self, value: object) -> str:
        name = static(value, "__qualname__")
        if is_class(value):
            name = type.__getattribute__(value, "__qualname__")
        module = static_module(value) if is_class(value) else static(value, "__module__")
        if is_module(value):
            return value.__name__
        if type(name) is not str:
            return type(value).__qualname__
        return self.person(str(module), name)

    def person(self, module: str, path: str) -> str:
        """Return a path as a person would write it: with the module's last name, unless it is the root's own."""
        last = module.rpartition(".")[2]
        bare = module in (self.home, "", "None", "__main__") or path.startswith(f"{last}.")
        return path if bare else f"{last}.{path}"

    def _name(self, value: object, sort: Sort) -> str:
        if sort not in (Sort.FUNCTION, Sort.CLASS):
            return ""
        name = type.__getattribute__(value, "__qualname__") if is_class(value) else static(value, "__qualname__")
        return name if type(name) is str else ""

    def leaf(self, value: object, label: str = "") -> int:
        """Return the edge to a thing of a library, which counts by its name and the library's version."""
        label = label or label_of(value)
        top = label.partition(".")[0]
        if top == "builtins":
            return BUILTIN
        compiled = self.compiled(value)
        self._keep.append(value)
        return self.named_leaf(label if compiled is None else self._label(value), compiled or b"")

    def named_leaf(self, label: str, extra: bytes = b"") -> int:
        """Return the edge to what a library has under a name, loaded or not."""
        key = ("leaf", label, extra)
        known = self._index.get(key)
        if known is None:
            known = self._index[key] = self.draft(label, None)
            self.drafts[known].text.append(b"leaf " + label.encode("utf-8", "surrogatepass") + extra)
            if not extra:
                self.libraries[label.partition(".")[0]] = None
        return known

    def library(self, module: str) -> None:
        """Let a library's version count."""
        self.libraries[module.partition(".")[0]] = None

    def compiled(self, value: object) -> bytes | None:
        """Return the digest of the compiled project module or shared library that a thing without code comes from."""
        if static_module(type(value)) == "ctypes":
            return file_digest(str(static(shared_library(value), "_name"))) or b"?"
        name = static(value, "__name__") if is_module(value) else static(value, "__module__")
        if type(name) is str and is_project_name(name):
            return compiled_digest(name)
        return None

    # Places.

    def place(self, slot: Slot, *, effect: bool = False, shown: bool = False, attribute: str = "") -> int:
        """Return the edge to the place that a slot names; it stays an effect only if every use is one."""
        key = (id(slot.holder), slot.name)
        place = self.places.get(key)
        if place is None:
            place = self.places[key] = Place(slot, len(self.order))
            self.order.append(place)
            self._keep.append(slot.holder)
        place.used(effect=effect, shown=shown, attribute=attribute)
        return FIRST_PLACE - place.number

    def value(self, number: int, slot: Slot, value: object) -> None:
        """Add a value to a node: an edge where it is code, a slot otherwise."""
        draft = self.drafts[number]
        edge = self.reach(value)
        draft.edges.append(edge if edge != PLACE else self.place(slot))

    def atom(self, value: object) -> bytes | None:
        """Return canonical bytes of a value that cannot change; None for any other."""
        if type(value) in ATOMS:
            return constant(value, code_digest)
        if type(value) is tuple:
            items = [self.atom(item) for item in value]
            known = [item for item in items if item is not None]
            return tagged(b"t", b"".join(known)) if len(known) == len(items) else None
        return None

    def note(self, kind: NoteKind, path: str, what: str) -> None:
        """Add a note, once."""
        self.notes[Note(kind, path, what)] = None

    # Uses of names.

    def uses(self, number: int, known: Facts, scope: Scope) -> None:
        """Add all that code does with names to a node."""
        self.docs = self.docs or known.reads_docs
        for use in known.uses:
            self._use(number, use, scope)
        for ref, what in known.notes:
            found = follow(ref, scope, self.checks)
            named = static(found.value, "__name__") in _DYNAMIC and not found.rest
            if named and self.sort(found.value) not in (Sort.FUNCTION, Sort.CLASS):
                self.note(NoteKind.BLIND_SPOT, self.drafts[number].label, f"what `{what}` reaches is not followed")

    def _use(self, number: int, use: Use, scope: Scope) -> None:
        ref = use.ref
        if ref.name in _MODULE_NAMES and ref.kind != "I":
            return
        found = follow(ref, scope, self.checks)
        value = found.value
        if value is os.environ or value is os.getenv or value is os.environb:
            self.drafts[number].edges.append(BUILTIN)
            self._environment(number, found, use, scope)
        elif found.name in _MODULE_NAMES and isinstance(found.holder, dict):
            return
        elif scope.block and not found.rest and use.modes == _BOUND:
            return  # what a block binds and does not read is what it produces
        else:
            edge = self._found(number, found, use)
            if edge == PLACE:
                effect = all(self._harmless(found, mode, scope) for mode in use.modes)
                attribute = attribute_read(found.rest, use.modes)
                shown = all(mode.what == "sink" for mode in use.modes)
                edge = self.place(self._slot(found, scope), effect=effect, shown=shown, attribute=attribute)
            self.drafts[number].edges.append(edge)

    def _found(self, number: int, found: Found, use: Use) -> int:
        """Return the edge to what a name means; `PLACE` where it is a value or nothing."""
        if found.value is ABSENT:
            not_loaded = found.label and (found.holder is sys.modules or located(found.label))
            return self._not_loaded(number, found, use) if not_loaded else PLACE
        edge = self._edge(found, use)
        if edge != PLACE:
            self._remember(found)
        return edge

    def _edge(self, found: Found, use: Use) -> int:
        value = found.value
        if found.builtin and not found.rest and kind_of(value) is Sort.LEAF:
            return BUILTIN
        sort = self.sort(value)
        if sort is Sort.MODULE and not found.rest and use.modes == _ONLY_DROPPED:
            return NOTHING  # imported and nothing else, or only a step on the way
        in_library = found.label and isinstance(found.holder, dict) and not is_project_globals(found.holder)
        if in_library and sort not in (Sort.FUNCTION, Sort.CLASS, Sort.REACH):
            # What a library holds counts by the name it has there, be it code or data.
            steps = "".join(f"[{key!r}]" if item else f".{key}" for item, key in found.rest)
            return self.named_leaf(found.label + steps)
        if is_module(value) and sort is Sort.LEAF:
            steps = "".join(f".{key}" for _, key in found.rest)
            return self.leaf(value, value.__name__ + steps)
        return self.reach(value)

    def _remember(self, found: Found) -> None:
        holder = found.holder
        if found.builtin:
            self.checks.bound(_BUILTINS, found.name, found.value)
        elif isinstance(holder, CellType):
            self.checks.cell(holder, found.value)
        elif isinstance(holder, type):
            self.checks.bound(holder.__dict__, found.name, found.value)
        elif isinstance(holder, Mapping):
            self.checks.bound(holder, found.name, found.value)

    def _slot(self, found: Found, scope: Scope) -> Slot:
        kind = PartKind.GLOBAL
        if isinstance(found.holder, CellType):
            kind = PartKind.CELL
        elif isinstance(found.holder, type) or ("." in found.path and found.holder is not scope.names):
            kind = PartKind.ATTRIBUTE
        path = self.person(found.module, found.path)
        return Slot(kind, path, found.holder, found.name, f"{found.module}.{found.path}")

    def _harmless(self, found: Found, mode: Mode, scope: Scope) -> bool:
        sinks = True
        for callee in mode.to:
            got = follow(callee, scope, self.checks)
            name = str(callee.chain[-1][1]) if callee.chain else callee.name
            owner = got.value if got.rest else None
            if len(got.rest) > 1 or not harmless(got.value, owner, name):
                sinks = False
            else:
                self._remember(got)
        return effect_like(found.value, found.rest, mode, sinks=sinks)

    def _not_loaded(self, number: int, found: Found, use: Use) -> int:
        """Return the edge to a module that a function imports when it runs and that is not loaded yet."""
        steps = [str(key) for _, key in found.rest]
        name = found.label
        # What is imported from a package may be a module itself.
        while steps and located(f"{name}.{steps[0]}"):
            name = f"{name}.{steps.pop(0)}"
        digest = static_digest(name)
        if digest is None:
            if not steps and use.modes == _ONLY_DROPPED:
                return NOTHING
            return self.named_leaf(".".join((found.label, *steps)))
        self.checks.rest(lambda: unchanged(name))
        what = f"`{name}` is imported only when this runs: until then its whole file counts"
        self.note(NoteKind.BLIND_SPOT, self.drafts[number].label, what)
        return self.named_leaf(name, digest)

    def _meant(self, ref: Ref, scope: Scope) -> object:
        self._remember(found := follow(ref, scope, self.checks))
        return found.value

    def _environment(self, number: int, found: Found, use: Use, scope: Scope) -> None:
        """Add the environment variables that are named; others cannot be known."""
        names, vague = variables(found, use, lambda ref: self._meant(ref, scope))
        for name in names:
            path = f"os.environ[{name!r}]"
            if is_secret(name):
                self.note(NoteKind.SECRET, path, "not counted, as its name says that it is a secret")
            else:
                slot = Slot(PartKind.ENVIRONMENT, path, os.environ, name, path)
                self.drafts[number].edges.append(self.place(slot))
        if vague:
            self.note(NoteKind.BLIND_SPOT, self.drafts[number].label, "reads environment variables it does not name")

    # The end.

    def waiting(self) -> Iterator[tuple[int, Sort, object]]:
        """Yield the nodes that were put in the list and not looked into yet, in order."""
        while self._waiting:
            waiting, self._waiting = self._waiting, []
            yield from waiting

    def _read_by_libraries(self) -> set[int]:
        """Return the nodes that a library's decorator was given: it may have read their docstrings."""
        return {edge for number in self.documented for edge in self.drafts[number].edges if edge >= 0}

    def plan(self) -> Plan:
        """Return the plan; nothing waits any more."""
        number: dict[int, int] = {}
        slots: list[Slot] = []
        effects: list[Slot] = []
        for place in self.order:
            if place.effect:
                with suppress(LookupError):  # no longer of the harmless type that it was: then the plan is made anew
                    self.checks.kind(place.slot.fetch, type(place.slot.fetch()))
                if not place.shown:
                    effects.append(place.slot)
                what = "only shown" if place.shown else "only written to or shown"
                self.note(NoteKind.EFFECT, place.slot.path, f"{what}, never read")
            else:
                number[place.number] = len(slots)
                slots.append(place.slot._replace(only=tuple(sorted(place.only or ()))))
        read = set(range(len(self.drafts))) if self.docs else self._read_by_libraries()
        for place_number in sorted(read):
            draft = self.drafts[place_number]
            if draft.name:
                draft.text.append(documentation(draft.target))
        nodes = tuple(node(draft, number) for draft in self.drafts)
        root = None
        if type(self.root) is FunctionType:
            # Not held: the plan is kept for as long as its root is.
            nodes = tuple(one._replace(target=None) if one.target is self.root else one for one in nodes)
            root = weakref.ref(self.root)
        versions = [version_of(top) or (top, "") for top in self.libraries]
        libraries = tuple(sorted({(name, version) for name, version in versions if version}))
        return Plan(nodes, tuple(slots), tuple(effects), libraries, tuple(self.notes), self.checks.freeze(), root=root)
