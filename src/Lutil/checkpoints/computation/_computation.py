"""A computation: a call or a block, which are the same thing, with its inputs at hand and its key."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import Final

import xxhash

from .. import fingerprint, observe
from ..code import (
    AMBIENT,
    PATCHABLE,
    Plan,
    Slot,
    ambient_slots,
    annotated,
    documents,
    fillers,
    met_patches,
    read_attributes,
)
from ..code import version_of as _version_of
from ..fingerprint import digest, leaf_digest
from ..model._entry import EntryStore
from ..model._errors import SettingError
from ..model._identity import identity
from ..model._key import Absent, Note, NoteKind, Part, PartKind, tagged
from ..model._markers import Dir, Env, File
from ..model._settings import Settings
from ..model.process._interrupts import let_pass
from ..model.process._late import loading
from . import _memo_registry
from ._reached import NOT_THERE, Reached, digest_by_type, digest_of_reached
from ._recipe import Recipe, fetch, is_below, library_part, places_of, rest_of
from ._resolver import Walking, narrowed
from ._slow_inputs import SLOW, name_the_slow

__all__ = ["Computation", "versions_bytes"]

_NO_DEFAULTS: Final[Mapping[int, Slot]] = {}
_ENVIRONMENT: Final = ("os.environ[", "sys.argv")  # what starts so may be seen by a run only
_UNSEEN: Final = Note(NoteKind.BLIND_SPOT, "files and random streams", 'observe="declared": no run is watched')
_LOOKED_AT: Final = AMBIENT | PATCHABLE


def versions_bytes(libraries: Iterable[tuple[str, str]]) -> bytes:
    """Return what libraries and their versions are in a key."""
    return b"".join([tagged(b"l", f"{library} {version}".encode()) for library, version in libraries])


def _no_text() -> bytes:
    return b""


def _by_identity(plan: Plan, defaults: Iterable[int]) -> dict[int, Slot]:
    places = places_of(plan)
    return {identity(fetch(places[place])): places[place] for place in defaults}


class Computation(Walking):
    """One call or block: its recipe, the values of its declared inputs, and what its key was made of.

    Attributes:
        key: 32 hexadecimal digits over all declared and reached inputs.
        claimed: the key to be claimed by who computes it: the final key, as far as it is known.
        ordinal: which call of the computation this is, where a stream that nobody seeded makes that matter.
        reached: the reached values that count, in the order in which they were found.
        old: values, before a block, of the names that it binds on some ways through it only. Those that a run leaves as
            they were are part of its trace.
        produced: names that a block binds; what else becomes of them is no change of an input.
        source: gives the text of a block, for showing its edits; a function's is known to its plan.
        needed: gives the names of a block that are read below it; None for a call.
        defaults: defaults that can be changed in place, by identity: an argument that is one of them is reached.
    """

    __slots__ = (
        "_pieces",
        "claimed",
        "defaults",
        "key",
        "needed",
        "old",
        "ordinal",
        "produced",
        "reached",
        "recipe",
        "settings",
        "source",
        "stores",
        "values",
    )

    def __init__(
        self,
        recipe: Recipe,
        plan: Plan,
        values: Sequence[object],
        settings: Settings,
        stores: tuple[EntryStore, ...],
    ) -> None:
        self.plan = plan  # and `make_key` starts the walk: a hit makes what it needs once
        self.source: Callable[[], bytes] = _no_text
        self.needed: Callable[[], Collection[str]] | None = None
        self.old: Mapping[str, object] = {}
        self.produced: frozenset[str] = frozenset()
        self.recipe = recipe
        self.values = values
        self.settings = settings
        self.stores = stores
        self.ordinal: int | None = None
        self.key = self.claimed = ""
        self.defaults = _by_identity(plan, recipe.defaults) if recipe.defaults else _NO_DEFAULTS

    def markers(self) -> list[File | Dir | Env]:
        """Return the files, folders and variables among its declared inputs."""
        return [value for item, value in zip(self.recipe.inputs, self.values, strict=True) if item.marker]  # type: ignore[misc]  # checked by the face

    def variables(self) -> list[File | Dir | Env]:
        """Return the environment variables among its reached inputs."""
        reached = [item.slot for item in self.reached if item.slot.kind is PartKind.ENVIRONMENT]
        return [Env(str(slot.name)) for slot in reached if slot.holder is os.environ]

    def known_environment(self) -> frozenset[str]:
        """Return what of the environment is in the key or left out by `ignore`: to see a run read it says nothing."""
        reached = [slot.path for plan in self.plans() for slot in plan.slots if slot.kind is PartKind.ENVIRONMENT]
        declared = [f"os.environ[{marker.name!r}]" for marker in self.markers() if isinstance(marker, Env)]
        return frozenset((*reached, *declared, *self.recipe.options.ignore))

    def make_key(self) -> None:
        """Fingerprint all declared and reached inputs.

        Raises:
            UnfingerprintableError: a declared input has no state that could be compared.
            SettingError: `ignore` names something that the computation does not have.
        """
        recipe = self.recipe
        self.start()
        self.reached: list[Reached] = []
        pieces = self._pieces = [recipe.salt]
        for item, value in zip(recipe.inputs, self.values, strict=True):
            if item.marker:
                pieces.append(observe.marker_digest(value, self.stores[0]))  # type: ignore[arg-type]  # checked by the face
            else:
                now = digest(value, self, path=item.path, without=item.without)
                default = self.defaults.get(identity(value)) if self.defaults else None
                memo = None if default is None else self._memo(default, item.without, value)
                pieces.append(now if memo is None else memo.before)
        if recipe.options.version is not None:
            pieces.append(digest(recipe.options.version, self, path="version"))
        if recipe.slots or self.walk is not None or recipe.ignored or not _LOOKED_AT.isdisjoint(self.met):
            self._reach(pieces)
        met = versions_bytes(self.versions()) if self.met or self.walk is not None else b""
        self.key = self.claimed = xxhash.xxh3_128_hexdigest(b"".join(pieces) + met)

    def other_keys(self) -> list[str]:
        """Return further keys under which an entry may lie: of watched runs, or with code that was declared as good."""
        keys = []
        others = self.recipe.blessed
        if self.recipe.watched_salt:
            others = ((self.recipe.watched_salt, {}), *others)
        for salt, libraries in others:
            met = versions_bytes([(name, libraries.get(name, version)) for name, version in self.versions()])
            keys.append(xxhash.xxh3_128_hexdigest(salt + b"".join(self._pieces[1:]) + met))
        return keys

    def earlier(self, name: str) -> bytes:
        """Return the digest of the value that a name had which the block may leave as it was.

        Raises:
            KeyError: it is none of these.
        """
        value = self.old[name]
        try:
            return NOT_THERE if value is Absent.ABSENT else digest(value, self.resolver(), lenient=True)
        except Exception as error:  # noqa: BLE001  (as for what is reached)
            let_pass(error)
            return digest_by_type(value)

    def _reach(self, pieces: list[bytes]) -> None:
        """Fingerprint what the code reaches, then what is reached from those values, until nothing is new."""
        start = time.perf_counter()  # that of CPU would cost a tenth of a hit
        slots = places_of(self.plan)
        for place, without in self.recipe.slots:
            self._count(slots[place], without)
        ignored = list(self.recipe.ignored)
        seen: set[str] = set()
        while more := self._pending(seen):
            for slot in more:
                items = [item for item in ignored if item == slot.path or is_below(item, slot.path)]
                if slot.path not in items:
                    self._count(slot, tuple(rest_of(item, slot.path) for item in items))
                ignored = [item for item in ignored if item not in items]
        if unknown := [item for item in ignored if not item.startswith(_ENVIRONMENT)]:
            self._refuse(unknown)
        pieces.append(tagged(b"r", b"".join([item.digest for item in self.reached])))
        if self.walk is not None:
            # The root's own plan is part of the salt.
            pieces.append(tagged(b"w", b"".join([plan.digest for plan in self.walk.plans[1:]])))
            pieces += [tagged(b"d", text) for _, text in documents(self.walk.plans)]
        if time.perf_counter() - start > SLOW:
            name_the_slow(self.recipe.name, self.reached, self.digest_of)

    def _pending(self, seen: set[str]) -> list[Slot]:
        """Return the places that were discovered in values since this was last asked; `seen` is for its own use."""
        if not PATCHABLE.isdisjoint(self.met):
            for value in met_patches(self.plans(), self.met):
                self.code(value)
        if self.walk is not None:
            for cls in annotated(self.walk.plans):
                self.code(cls)
            more = self.walk.pending() or [one for one in read_attributes(self.plans()) if one.full not in seen]
            if more:
                seen.update(one.full for one in more)
                return more
        if AMBIENT.isdisjoint(self.met - seen):
            return []
        known = {slot.path for plan in self.plans() for slot in plan.slots}
        found = [slot for slot in ambient_slots(self.met - seen) if slot.path not in known]
        seen |= self.met
        return found

    def _count(self, slot: Slot, without: tuple[str, ...]) -> None:
        value = fetch(slot)
        filled = _memo_registry.some()
        now = None if filled or without else leaf_digest(value)
        if now is not None:
            self.reached.append(Reached(slot, without, value, now, now, ()))
            return
        memo = self._memo(slot, without, value) if filled else None
        if memo is not None:
            for code in memo.codes:
                self.code(code)
            self.reached.append(Reached(slot, without, value, memo.after, memo.before, memo.codes))
            return
        first = len(self.codes)
        now = digest_of_reached(slot, without, value, self, strict=self.is_own(len(self.reached)))
        if self.notes and self.notes[-1].path == slot.path and "raises" in self.notes[-1].what:
            value = Absent.ABSENT  # nobody looks at it again
        self.reached.append(Reached(slot, without, value, now, now, tuple(self.codes[first:])))

    def _memo(self, slot: Slot, without: tuple[str, ...], value: object) -> _memo_registry.Memo | None:
        def digest_here(value: object) -> bytes:
            return digest_of_reached(slot, without, value, self.resolver())

        return _memo_registry.known(slot, value, digest_here, self.plans())

    def is_set(self, item: Reached) -> bool:
        """Tell whether reached code sets a place for others, rather than keep something there."""
        return fillers(self.plans(), item.slot, item.value) is None

    def as_memo(self, item: Reached, after: bytes) -> _memo_registry.Memo | None:
        """Return as what a reached place counts where its digest is `after` by now; None where it is a setting."""
        by = fillers(self.plans(), item.slot, item.value)
        gained = item.value is not None
        return None if by is None else _memo_registry.Memo(item.slot.holder, item.digest, after, item.codes, by, gained)

    def is_own(self, place: int) -> bool:
        """Tell whether a reached value is one that a block without a list reads itself, and so watches."""
        slots = self.recipe.slots
        return place < len(slots) and slots[place][0] in self.recipe.own

    def digest_of(self, item: Reached, value: object) -> bytes:
        """Return the digest that a reached place would have with this value."""
        return digest_of_reached(item.slot, item.without, value, self.resolver())

    def only_bound(self) -> list[Slot]:
        """Return the places that reached code binds and does not read, each once, in the order of discovery."""
        found = {(identity(slot.holder), slot.name): slot for plan in self.plans() for slot in plan.bound}
        read = {(identity(item.slot.holder), item.slot.name) for item in self.reached} if found else ()
        # The items of what is an input itself come back with it.
        held = {*map(identity, self.values), *(identity(item.value) for item in self.reached)} if found else ()
        return [slot for key, slot in found.items() if key not in read and key[0] not in held]

    def slots_of(self, numbers: Iterable[int]) -> list[Slot]:
        """Return places by their numbers: those of reached values, or, below nothing, of such as are only bound.

        Raises:
            LookupError: there is none of such a number.
        """
        numbers = [*numbers]
        bound = self.only_bound() if min(numbers, default=0) < 0 else []
        return [self.reached[number].slot if number >= 0 else bound[-1 - number] for number in numbers]

    def _part(self, place: int, item: Reached) -> Part:
        slot = item.slot
        kind = PartKind.WATCHED if self.is_own(place) else slot.kind
        if item.value is Absent.ABSENT:
            return Part(kind, slot.path, NOT_THERE, "not there")
        if slot.kind is PartKind.ENVIRONMENT:  # may hold what its name does not tell: its digest is all that is kept
            return Part(kind, slot.path, item.digest)
        value = item.value if item.without else narrowed(item.value, slot)
        part = fingerprint.parts(value, self.resolver(), kind, slot.path, lenient=True, without=item.without)
        return part if item.now == item.digest else part._replace(digest=item.digest)

    def _refuse(self, ignored: Sequence[str]) -> None:
        notes = {note.path for note in self.all_notes() if note is not _UNSEEN}
        unknown = [item for item in ignored if item not in notes]
        if unknown:
            reads = sorted({i.path for i in self.recipe.inputs} | {item.slot.path for item in self.reached} | notes)
            known = ", ".join(f"`{path}`" for path in reads) or "nothing"
            raise SettingError(f"ignore: `{unknown[0]}` is nothing that {self.recipe.name} reads; it reads {known}")

    def resolver(self) -> Walking:
        """Return a resolver for further walks, which leave no mark on this computation."""
        return Walking(self.plan)

    def versions(self) -> tuple[tuple[str, str], ...]:
        """Return the libraries of types and code that were met in values, and as much of their versions as counts."""
        found = [pair for pair in map(_version_of, sorted(self.met)) if pair is not None]
        found += [library for plan in self.plans()[1:] for library in plan.libraries]
        return self.recipe.policy.count(found)

    def find(self, module: str, name: str) -> object:  # noqa: ARG002  (identity is content, not place)
        """Return the project class or function of that qualified name which the computation reaches, or None."""
        for plan in self.plans():
            found = plan.reached.get(name)
            if found is not None:
                return found
        return None

    def all_notes(self, more: Iterable[Note] = ()) -> tuple[Note, ...]:
        """Return all that was met and does not count, each once."""
        reached = [note for plan in self.plans() for note in plan.notes]
        unseen = (_UNSEEN,) if self.recipe.observe == "declared" else ()
        return tuple(dict.fromkeys((*reached, *self.notes, *unseen, *more)))

    def parts(self) -> tuple[Part, ...]:
        """Return all inputs as readable parts, as they are now."""
        recipe = self.recipe
        found = [part for plan in self.plans() for part in plan.parts()]
        found += [
            Part(PartKind.CODE, f"{label}.__doc__", xxhash.xxh3_128_digest(t), kept=t)
            for label, t in documents(self.plans())
        ]
        if text := self.source():
            found[0] = found[0]._replace(kept=text)  # the root: a block has no code object of its own
        for item, value in zip(recipe.inputs, self.values, strict=True):
            if item.marker:
                found += observe.marker_parts(value, self.stores[0])  # type: ignore[arg-type]  # checked by the face
            else:
                found.append(fingerprint.parts(value, self.resolver(), item.kind, item.path, without=item.without))
        if recipe.options.version is not None:
            found.append(fingerprint.parts(recipe.options.version, self.resolver(), PartKind.VERSION, "version"))
        found += [self._part(place, item) for place, item in enumerate(self.reached)]
        found += [library_part(*pair) for pair in dict.fromkeys((*recipe.libraries, *self.versions()))]
        return self.readable({(part.kind, part.path, part.digest): part for part in found}.values())

    def sealed(self, trace: bytes) -> bytes:
        """Return the bytes of a trace as they may be kept."""
        with loading:
            from ._sealing import sealed  # noqa: PLC0415  (no hit needs it)

        return sealed(trace, self._pieces)

    def opened(self, data: bytes) -> bytes:
        """Return the bytes of a trace that was kept."""
        if not data.startswith(b"sealed"):
            return data
        with loading:
            from ._sealing import opened  # noqa: PLC0415  (for names of files that hold a secret)

        return opened(data, self._pieces)

    def readable(self, parts: Iterable[Part]) -> tuple[Part, ...]:
        """Return inputs without what is secret in them."""
        with loading:
            from ._sealing import readable  # noqa: PLC0415  (no hit needs it)

        return readable(parts, self.stores[0])
