"""The making of a plan: nodes are taken from a queue, and what each reaches is put at its end."""

from __future__ import annotations

import sys
import weakref
from collections.abc import Iterator, Mapping
from contextlib import suppress
from types import CellType, CodeType, FunctionType

from ...bytecode._constants import ATOMS, constant
from ...model._identity import identity
from ...model._key import Note, NoteKind, PartKind, tagged
from ...model.process._interrupts import let_pass
from ...model.process._records import NamedTuple
from ...project._libraries import is_project_name, version_of
from ...project._module_files import compiled_digest, file_digest
from ..facts._code_facts import code_digest
from ..kinds._library_settings import ambient_slots
from ..kinds._result_keepers import keepers
from ..kinds._sorts import Sort, is_class, is_module, kind_of, label_of, shared_library, static, static_module
from ..text._docstrings import documentation, is_as_documented
from ._checks import Checks
from ._drafts import BUILTIN, FIRST_PLACE, NOTHING, PLACE, DraftPlace, NodeDraft, node
from ._plan import Plan, Slot
from ._resolve import Scope

__all__ = ["Builder", "NodeOrigin"]


class NodeOrigin(NamedTuple):
    """Code that a plan reaches: where it stands, and which of its offsets, if it is a block."""

    code: CodeType
    scope: Scope
    offsets: frozenset[int] | None = None


class Builder:
    """Makes one plan."""

    def __init__(self, names: Mapping[str, object] | None = None) -> None:
        self.checks = Checks(names)
        self.drafts: list[NodeDraft] = []
        self.places: dict[tuple[int, object], DraftPlace] = {}
        self.order: list[DraftPlace] = []
        self.notes: dict[Note, None] = {}
        self.libraries: dict[str, None] = {}
        self.docs = 0
        self.documented: set[int] = set()
        self.annotated: set[int] = set()
        self._index: dict[object, int] = {}
        self._keep: list[object] = []
        self._waiting: list[tuple[int, Sort, object]] = []
        self.home = ""
        self.codes: list[NodeOrigin] = []
        self.patched: set[int | str] = set()
        self.library_classes: dict[int, type] = {}
        self.attributes: list[tuple[Slot, object]] = []
        self.root: object = None
        self.keepers: list[tuple[int, str, object, frozenset[int | str]]] = []

    # Nodes.

    def draft(self, label: str, target: object, code: CodeType | None = None, name: str = "") -> int:
        """Put a new node at the end of the list and return its index."""
        self.drafts.append(NodeDraft(label, target, code, name, [], []))
        return len(self.drafts) - 1

    def reach(self, value: object, label: str = "") -> int:
        """Return the edge to a thing that is code, new or known; `PLACE` where it is a value."""
        known = self._index.get(identity(value))
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
        except Exception as error:  # noqa: BLE001 - what is merely reached may raise anything, and must not be felt
            let_pass(error)
            self.note(NoteKind.BLIND_SPOT, type(value).__name__, "cannot be asked what it is")
            return Sort.DATA

    def unreadable(self, number: int) -> None:
        """Let a node that could not be looked into count by its bare code, a class by the file it stands in; say so."""
        draft = self.drafts[number]
        self.note(NoteKind.BLIND_SPOT, draft.label, "could not be looked into: counts by its bare code, or its file")
        draft.text.append(b"unreadable")
        if draft.code is not None:
            draft.text.extend((draft.code.co_code, repr(draft.code.co_names).encode("utf-8", "surrogatepass")))
        elif is_class(draft.target):
            file = static(sys.modules.get(str(static_module(draft.target))), "__file__")
            draft.text.append((file_digest(file) if type(file) is str else None) or b"")

    def _queue(self, value: object, sort: Sort) -> int:
        code = value.__code__ if sort is Sort.FUNCTION and type(value) is FunctionType else None
        number = self.draft(self._label(value), value, code, self._name(value, sort))
        self._index[identity(value)] = number
        self._keep.append(value)
        self._waiting.append((number, sort, value))
        return number

    def _stands_for(self, value: object) -> int:
        inner = static(value, "__lutil_reach__")
        if type(value) is FunctionType:
            inner = value.__dict__.get("__lutil_reach__")
        if inner is value:
            return NOTHING
        if kind_of(inner) is Sort.DATA:
            return PLACE  # a callable object: it counts as a value
        number = self.reach(inner)
        places = static(value, "__lutil_declares__")
        if type(places) is tuple and places:
            number = self._with_declared(number, self._label(inner), places)
        self._index[identity(value)] = number
        self._keep.append(value)
        return number

    def _with_declared(self, number: int, label: str, places: tuple[tuple[dict[str, object], str], ...]) -> int:
        """Return the edge to a function together with what stands for what its code does not show."""
        both = self.draft(label, None)
        self.drafts[both].text.append(b"declares")
        self.drafts[both].edges.append(number)
        for holder, name in places:
            path = f"{label}: {name}"
            self.value(both, Slot(PartKind.GLOBAL, path, holder, name, path), holder[name])
        return both

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
        number = self.named_leaf(label if compiled is None else self._label(value), compiled or b"")
        if is_class(value):
            self.library_classes.setdefault(number, value)
        return number

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
        if is_class(value):
            name = static_module(value)
        else:
            name = static(value, "__name__") if is_module(value) else static(value, "__module__")
        if type(name) is str and is_project_name(name):
            return compiled_digest(name)
        return None

    # Places.

    def place(
        self, slot: Slot, *, effect: bool = False, shown: bool = False, attribute: str = "", bound: bool = False
    ) -> int:
        """Return the edge to the place that a slot names; it stays an effect only if every use is one."""
        key = (identity(slot.holder), slot.name)
        place = self.places.get(key)
        if place is None:
            place = self.places[key] = DraftPlace(slot, len(self.order))
            self.order.append(place)
            self._keep.append(slot.holder)
        place.used(effect=effect, shown=shown, attribute=attribute, bound=bound)
        return FIRST_PLACE - place.number

    def attribute(self, number: int, slot: Slot, value: object) -> None:
        """Add an attribute of a class that may turn out to be an effect."""
        self.drafts[number].edges.append(self.place(slot, effect=True, shown=True, bound=True))
        self.attributes.append((slot, value))

    def settle(self, slot: Slot, *, effect: bool, bound: bool) -> None:
        """Say whether such an attribute is one, and whether all that becomes of it is that it is bound anew."""
        place = self.places[identity(slot.holder), slot.name]
        place.used(effect=effect, shown=False, attribute="", bound=bound)
        place.attribute = place.effect

    def held(self, number: int, value: object, name: str) -> None:
        """Add a value that nothing but this node holds, under the name that it has there."""
        path = f"{self.drafts[number].label}.{name}"
        self.value(number, Slot(PartKind.CELL, path, CellType(value), name, path), value)

    def value(self, number: int, slot: Slot, value: object) -> None:
        """Add a value to a node: an edge where it is code, a slot otherwise."""
        draft = self.drafts[number]
        edge = self.reach(value)
        if edge == BUILTIN:
            self.tell_builtin(number, value)
        draft.edges.append(edge if edge != PLACE else self.place(slot))

    def tell_builtin(self, number: int, value: object) -> None:
        """Let it count which of Python's own things is held: code that names one says so itself, a cell does not."""
        self.drafts[number].text.append(b"builtin " + label_of(value).encode("utf-8", "surrogatepass"))

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

    # The end.

    def waiting(self) -> Iterator[tuple[int, Sort, object]]:
        """Yield the nodes that were put in the list and not looked into yet, in order."""
        while self._waiting:
            waiting, self._waiting = self._waiting, []
            yield from waiting

    def read_documents(self) -> set[int]:
        """Return the nodes whose docstrings are read: all if reached code reads some, else what a library got."""
        if self.docs:
            return set(range(len(self.drafts)))
        return {edge for number in self.documented for edge in self.drafts[number].edges if edge >= 0}

    def _add_settings(self) -> None:
        """Add the settings of the libraries that are used."""
        for slot in ambient_slots(self.libraries):
            number = self.draft(slot.path, None)
            self.drafts[number].text.append(b"settings")
            self.drafts[number].edges.append(self.place(slot))
        if "matplotlib" in self.libraries:
            self.note(NoteKind.BLIND_SPOT, "matplotlib.rcParams", "settings of plots do not count")

    def _below_others(self) -> dict[int, int]:
        """Return the items of dicts that count as a whole, by the number of their dict.

        They count with it. As places of their own they would depend on whether the item is there when the plan is made.
        """
        dicts: dict[int, DraftPlace] = {}
        for place in self.order:
            with suppress(LookupError):
                value = place.slot.fetch()
                if not place.effect and type(value) is dict:
                    dicts.setdefault(identity(value), place)
        found: dict[int, int] = {}
        for place in self.order:
            above = dicts.get(identity(place.slot.holder))
            if above is not None and not place.effect:
                above.reads |= place.reads | {"key"}
                found[place.number] = above.number
        return found

    def plan(self) -> Plan:
        """Return the plan; nothing waits any more."""
        self._add_settings()
        number: dict[int, int] = {}
        whole = self._below_others()
        slots: list[Slot] = []
        effects: list[Slot] = []
        attributes: list[Slot] = []
        bound: list[Slot] = []
        for place in self.order:
            if place.effect:
                with suppress(LookupError):  # no longer of the harmless type that it was: then the plan is made anew
                    self.checks.kind(place.slot.fetch, type(place.slot.fetch()))
                if place.bound:
                    bound.append(place.slot)
                if place.attribute:
                    attributes.append(place.slot)
                elif not place.shown:
                    effects.append(place.slot)
                what = "only shown" if place.shown else "only written to or shown"
                self.note(NoteKind.EFFECT, place.slot.path, f"{what}, never read")
            elif place.number not in whole:
                number[place.number] = len(slots)
                only, reads = tuple(sorted(place.only or ())), frozenset(place.reads)
                slots.append(place.slot._replace(only=only, reads=reads))
        number |= {item: number[place] for item, place in whole.items()}
        documented = [self.drafts[one] for one in sorted(self.read_documents()) if self.drafts[one].name]
        for draft in documented:
            draft.text.append(documentation(draft.target, source=self.docs > 1))
        if self.docs:
            self.checks.rest(is_as_documented([draft.target for draft in documented if draft.target is not self.root]))
        nodes = tuple(node(draft, number) for draft in self.drafts)
        root = None
        if type(self.root) is FunctionType:
            # Not held: the plan is kept for as long as its root is.
            nodes = tuple(one._replace(target=None) if one.target is self.root else one for one in nodes)
            root = weakref.ref(self.root)
        versions = [version_of(top) or (top, "") for top in self.libraries]
        libraries = tuple(sorted({(name, version) for name, version in versions if version}))
        plan = Plan(nodes, tuple(slots), tuple(effects), libraries, tuple(self.notes), self.checks.freeze(), root=root)
        plan.attributes, plan.bound, plan.docs = tuple(attributes), tuple(bound), self.docs
        used = {FIRST_PLACE - place.number: place.slot for place in self.order if not place.effect}
        plan.keepers = keepers(self.keepers, self.drafts, used)
        plan.codes = {identity(one.code): (one.code, one.offsets) for one in self.codes}
        return plan
