"""A recipe: what all computations of one face have in common as long as their code stays as it is."""

from __future__ import annotations

import sys
from collections.abc import Collection, Iterable, Sequence

import xxhash

from ..code import LibraryPolicy, Plan, Slot
from ..fingerprint import is_atom
from ..model._key import FORMAT_VERSION, Absent, Part, PartKind, tagged
from ..model._settings import Observe, Options, Settings
from ..model.process._records import NamedTuple

__all__ = ["Input", "Recipe", "fetch", "is_below", "joined", "library_part", "make_recipe", "places_of", "rest_of"]


class Input(NamedTuple):
    """One declared input, without its value.

    Attributes:
        kind: argument or watched value.
        path: what its writer calls it.
        without: what below it does not count, as `fingerprint.digest` takes it.
        marker: whether its value is a `File`, `Dir` or `Env`, which stands for what it names.
    """

    kind: PartKind
    path: str
    without: tuple[str, ...] = ()
    marker: bool = False


class Recipe(NamedTuple):
    """What all computations of one face have in common as long as their code stays as it is.

    Attributes:
        name: for people and for the folder of the entries.
        where: file and line, for people.
        options: what the face was given.
        settings: what held when it was made.
        policy: how the versions of libraries count.
        plan: what the code reaches.
        inputs: the declared inputs, in the order of their values.
        slots: the reached places whose values count, by their index in `places_of(plan)`, each with what below it
            does not.
        own: which of them a block reads itself, where no list says what it watches.
        ignored: items of `ignore` that name neither a declared input nor one of the slots of the plan.
        defaults: which of the slots are defaults that can be changed in place (`memo={}`).
        libraries: libraries that the code uses, and as much of their versions as counts.
        salt: 16 bytes over all that is fixed: code, versions, names.
        watched_salt: the salt of the same with `observe="auto"`, whose results count as well; empty if it is the same.
        blessed: salts of earlier versions whose results count as well, each with its versions of libraries.
    """

    name: str
    where: str
    options: Options
    settings: Settings
    policy: LibraryPolicy
    plan: Plan
    inputs: tuple[Input, ...]
    slots: tuple[tuple[int, tuple[str, ...]], ...]
    own: frozenset[int]
    ignored: tuple[str, ...]
    defaults: tuple[int, ...]
    libraries: tuple[tuple[str, str], ...]
    salt: bytes
    watched_salt: bytes = b""
    blessed: tuple[tuple[bytes, dict[str, str]], ...] = ()

    @property
    def observe(self) -> Observe:
        """Whether a run is watched, or only what is declared counts."""
        return self.options.observe or self.settings.observe

    def parts(self) -> tuple[Part, ...]:
        """Return the code and the libraries that it uses as readable parts."""
        return *self.plan.parts(), *(library_part(library, version) for library, version in self.libraries)


def library_part(library: str, version: str) -> Part:
    """Return the version of a library as a readable part."""
    return Part(PartKind.LIBRARY, library, xxhash.xxh3_128_digest(version.encode()), version)


def make_recipe(  # noqa: PLR0913  (what a face knows of its computations)
    *,
    name: str,
    where: str,
    options: Options,
    settings: Settings,
    plan: Plan,
    inputs: Sequence[Input],
    slots: Iterable[int] | None = None,
    own: frozenset[int] = frozenset(),
    writes: Collection[str] = (),
) -> Recipe:
    """Sort out once what every computation of this face and plan would repeat.

    The arguments are fields of `Recipe`, but for `slots`: the reached places that count before `ignore` is looked at,
    by default all of the plan; and `writes`: names that it binds, which `ignore` may leave out of what is kept.
    """
    declared = [item.path for item in inputs]
    kept = tuple(
        item._replace(without=tuple(rest_of(text, item.path) for text in options.ignore if is_below(text, item.path)))
        for item in inputs
        if item.path not in options.ignore
    )
    ignored = [t for t in options.ignore if t not in declared and not any(is_below(t, path) for path in declared)]
    counted, unknown = _without(range(len(plan.slots)) if slots is None else slots, plan, ignored)
    unknown = tuple(item for item in unknown if item not in writes)
    table = dict(settings.libraries)
    policy = LibraryPolicy(table.pop("*", "exact"), table)  # type: ignore[arg-type]  # the words are checked
    libraries = policy.count(plan.libraries)
    fixed = [b"%d %d.%d" % (FORMAT_VERSION, *sys.version_info[:2]), plan.digest]
    fixed += [tagged(b"i", item.path.encode()) for item in kept]
    fixed += [tagged(b"p", text.encode()) for text in options.produce or ()]
    fixed += [tagged(b"f", repr(marker).encode("utf-8", "surrogateescape")) for marker in options.files]
    fixed.append(tagged(b"s", repr(counted).encode("utf-8", "surrogatepass")))
    fixed += [tagged(b"l", f"{library} {version}".encode()) for library, version in libraries]
    salt, watched_salt = xxhash.xxh3_128_digest(b"".join(fixed)), b""
    if (options.observe or settings.observe) == "declared":  # nobody knows which files its results depend on
        salt, watched_salt = xxhash.xxh3_128_digest(salt + tagged(b"o", b"declared")), salt
    places = places_of(plan)
    defaults = tuple(p for p, _ in counted if places[p].kind is PartKind.DEFAULT and not is_atom(fetch(places[p])))
    fields = (name, where, options, settings, policy, plan, kept, counted, own, unknown, defaults, libraries, salt)
    return Recipe(*fields, watched_salt)


def _without(
    slots: Iterable[int], plan: Plan, ignored: Sequence[str]
) -> tuple[tuple[tuple[int, tuple[str, ...]], ...], tuple[str, ...]]:
    """Return the slots that count, each with what below it does not, and the items that none of them is."""
    narrowed: dict[int, list[str]] = {}
    unknown: list[str] = []
    for item in ignored:
        found = plan.find(item)
        inside = [n for n, slot in enumerate(places_of(plan)) if is_below(slot.path, item) or is_below(slot.full, item)]
        for place in inside:
            narrowed.setdefault(place, []).append("")
        if found is None and not inside:
            unknown.append(item)
        elif found is not None:
            place = next(n for n, slot in enumerate(places_of(plan)) if slot is found[0])
            narrowed.setdefault(place, []).append(found[1].removeprefix("."))
    counted = tuple((place, tuple(narrowed.get(place, ()))) for place in slots if "" not in narrowed.get(place, ()))
    return counted, tuple(unknown)


def places_of(plan: Plan) -> tuple[Slot, ...]:
    """Return all places that a recipe may count: the values that are read, then those that are only written to."""
    return plan.slots + plan.effects if plan.effects else plan.slots


def is_below(item: str, path: str) -> bool:
    """Tell whether an item of `ignore` names a part below a path."""
    return item.startswith((path + ".", path + "["))


def rest_of(item: str, path: str) -> str:
    """Return what is left of an item below a path."""
    return item[len(path) :].removeprefix(".")


def joined(path: str, item: str) -> str:
    """Return the path of an item below a path: the other way round than `rest_of`."""
    return path + (item if item.startswith("[") else f".{item}")


def fetch(slot: Slot) -> object:
    """Return the present value of a place; `Absent.ABSENT` where there is none, which is a state like any other."""
    try:
        return slot.fetch()
    except LookupError:
        return Absent.ABSENT
