"""Why a computation runs: the comparison with the nearest entry, and how it is said.

A miss carries its cheap reason at once. The comparison reads the provenance of up to 32 entries of the
same name, never a result, and is made only when someone asks: `explain`, `LUTIL_EXPLAIN=1`, a logger at
INFO, a notebook for the first run of each computation in a cell. Secrets were left out where the parts were made.
"""

from __future__ import annotations

import shutil
import sys
import time
from collections.abc import Iterable, Iterator, Sequence
from functools import partial
from itertools import islice
from typing import Final

from ..computation import Computation, hidden_paths
from ..model._entry import EntryStore
from ..model._key import FORMAT_VERSION, Part, PartKind
from ..model._outcome import Cause, Difference, Miss, Reason
from ..model._provenance import Provenance
from ..model.process._log import INFO, log, say
from ..model.process._records import NamedTuple
from ..model.secrets._redaction import path_names_secret, redacted
from ..model.secrets._shown_text import shown
from ..observe import OBSERVED_KINDS, ObservedKind
from ._comparing import compare, declared_of, is_one_sided
from ._history import earlier
from ._ledger import Ran, ledger
from ._not_kept import lost_of
from ._origins import Asked, chain_of, traced

__all__ = [
    "announce",
    "explained",
    "explained_before",
    "refine",
    "sentence",
    "shorten",
    "titled",
    "values_of",
    "way_out",
]

_NEWEST: Final = 32
_AS_NEAR: Final = 4
_WIDTH: Final = 80  # columns of a line
_UNBOUND: Final = 120  # columns of a line that goes to no terminal
_LEAST: Final = 24  # columns that a reason gets beside a long title
_NAME: Final = 32  # columns that the name of a computation gets in a title
_PATH: Final = 36  # columns that the path of an input gets
_VALUES: Final = 14  # columns that two values take at least, where they are longer: fewer cannot be read
_DECLARED: Final = frozenset({PartKind.ARGUMENT, PartKind.WATCHED})
_Place = tuple[PartKind, str]
_UNDETAILED: Final = frozenset({Cause.FIRST_RUN})
_NEW: Final = frozenset({Cause.FIRST_RUN, Cause.ANOTHER})
_PROSE: Final = frozenset({Cause.UNKEPT, Cause.MISFIT})


def refine(computation: Computation, miss: Miss, parts: Sequence[Part], *, running: bool = False) -> Reason:
    """Return the reason of a miss with what changed since the nearest entry of the same name.

    Where it is `running`, what differs from a call that was skipped or run before is said to be another call.
    """
    recipe = computation.recipe
    run = Ran(
        recipe.name,
        miss.reason,
        key=computation.key,
        salt=recipe.salt.hex(),
        where=recipe.where,
        parts=tuple(parts),
        stores=computation.stores,
        began=time.time(),
    )
    return _refined(run, running=running)


def explained(run: Ran) -> Reason:
    """Return the reason of a run with what had changed when it ran, also where nobody had listened then."""
    return run.reason if run.compared else _refined(run)


def explained_before(
    reason: Reason, stores: Sequence[EntryStore], entry: Provenance, names: frozenset[str] = frozenset()
) -> Reason:
    """Return why the run behind an entry ran: what had changed since the nearest entry that was older.

    Args:
        reason: the cheap one.
        stores: where the entries lie.
        entry: what is known of that run.
        names: of the computations that took, in turn, what it made.
    """
    began = entry.created - entry.cost
    return _refined(
        Ran(entry.name, reason, where=entry.where, parts=entry.parts, stores=stores, began=began, compared=False),
        python=entry.python,
        names=names,
    )


def _refined(
    run: Ran,
    *,
    running: bool = False,
    python: str = sys.version.partition(" ")[0],
    names: frozenset[str] = frozenset(),
) -> Reason:
    reason, parts = run.reason, run.parts
    if reason.cause not in _UNDETAILED:
        return reason
    if why := lost_of(run.stores, run.name, run.key):
        return Reason(Cause.UNKEPT, why)
    nearest, older = _nearest(run)
    if not nearest:
        why = lost_of(run.stores, run.name, salt=run.salt)
        return Reason(Cause.UNKEPT, why) if why else Reason(Cause.RULES) if older else reason
    found = _since(nearest[0], parts, python)
    if running and found and nearest[0].key in ledger.used and all(item.kind in _DECLARED for item in found):
        return Reason(Cause.ANOTHER, "", found)
    asked = Asked(run.name, run.stores, run.began, partial(_explained_in_turn, run.stores), names)
    # Of those that are as near, the one whose inputs were made as these were: else an edit that was undone is the news.
    since = [found, *(_since(one, parts, python) for one in nearest[1:])]
    each = (traced(one, near.told.parts, parts, asked) for one, near in zip(since, nearest, strict=True))
    found = min(each, key=_roots)
    hidden = [] if found else hidden_paths(parts)
    return Reason(Cause.CHANGED, "" if found else _NO_DIFFERENCE + _or_hidden(hidden), found)


def _since(nearest: _Near, parts: Sequence[Part], python: str) -> tuple[Difference, ...]:
    """Return what differs between the inputs of an entry and those of now."""
    found = compare(nearest.told.parts, parts)
    if nearest.told.python.split(".")[:2] != python.split(".")[:2]:
        # Its byte code differs, whatever the text does: code whose text was not edited is no news.
        edited = (item for item in found if item.kind is not PartKind.CODE or item.diff or is_one_sided(item))
        found = (*edited, Difference(PartKind.LIBRARY, "python", nearest.told.python, python))
    return found


def _roots(found: Sequence[Difference]) -> int:
    """Return how many changes are behind some differences, in the computations that made what differs."""
    behind = (item.origin and item.origin.reason and item.origin.reason.differences for item in found)
    return sum(_roots(differences) if differences else 1 for differences in behind)


def _explained_in_turn(stores: Sequence[EntryStore], entry: Provenance, names: frozenset[str]) -> Reason:
    return explained_before(Reason(Cause.FIRST_RUN), stores, entry, names)


def _or_hidden(paths: Sequence[str]) -> str:
    """Return what is to be added where inputs are not shown: that one of them changed cannot always be told."""
    return f"; or one of what is not shown changed: {', '.join(paths)}" if paths else ""


_NO_DIFFERENCE: Final = (
    "no input that was recorded differs; the entry was deleted, `ignore` or `produce` is another, "
    "or what is compared by its type only"
)


class _Near(NamedTuple):
    """An earlier entry of the same computation."""

    key: str
    told: Provenance


def _nearest(run: Ran) -> tuple[list[_Near], bool]:
    """Return the entries with the most equal parts, the newest first, and whether there is one of other rules.

    There are none where all are of something else, or of the rules of another version: their digests say nothing.

    Blocks that produce the same name share it. One that has no input in common and reads other things is
    another block, and no earlier version of this one.
    """
    mine = _digests(run.parts)
    deep = _digests(_spread(run.parts))
    best: list[_Near] = []
    highest: tuple[float, ...] = ()
    older = False
    for store in run.stores:
        for info, found in islice(earlier(store, run.name, run.where), _NEWEST):
            if found.created > run.began:
                continue
            if found.rules != FORMAT_VERSION:
                older = True
                continue
            theirs = _digests(found.parts)
            equal = mine & theirs
            if not equal and declared_of(_places(mine)) != declared_of(_places(theirs)):
                continue
            # Of two that are as near, the one with the same arguments: an edit is the news then, not the next item.
            # Then the one in which least is another, and whose arguments look most alike: a table is compared with one.
            spread = _digests(_spread(found.parts))
            declared = sum(kind in _DECLARED for (kind, _), _ in equal)
            others = len(_places(mine - theirs) & _places(theirs - mine))
            alike = len(deep & spread), -len(_places(deep) ^ _places(spread))
            # Then one that was just used: what runs now is the next item of a loop, more likely than an edit.
            score = len(equal), declared, -others, *alike, info.key in ledger.used
            if score > highest:
                best, highest = [], score
            if score == highest and len(best) < _AS_NEAR:
                best.append(_Near(info.key, found))
    return best, older


def _digests(parts: Iterable[Part]) -> set[tuple[_Place, bytes]]:
    """Return what parts are worth, by kind and path; two may have the same, such as a wrapper and what it wraps."""
    return {((part.kind, part.path), part.digest) for part in parts if part.kind is not PartKind.LIBRARY}


def _places(digests: Iterable[tuple[_Place, bytes]]) -> set[_Place]:
    return {place for place, _ in digests}


def _spread(parts: Iterable[Part]) -> Iterator[Part]:
    """Yield parts with all that they are made of."""
    for part in parts:
        yield part
        yield from _spread(part.parts)


def titled(title: str, name: str, reason: Reason, width: int = _WIDTH) -> str:
    """Return one line: what happened to which computation, and why.

    Args:
        title: with `{}` for the name.
        name: of the computation.
        reason: why.
        width: columns of the line; more only where title and name leave too little for a reason.

    Example:
        >>> titled("recomputing {}", "f", Reason(Cause.EXPIRED, "saved 90 s ago"))
        'recomputing f: expired: saved 90 s ago'
    """
    said = title.format(shorten(shown(name), _NAME))
    return f"{said}: {sentence(reason, max(width - len(said) - 2, _LEAST))}"


def sentence(reason: Reason, width: int = _WIDTH) -> str:
    """Return a reason as a person would say it, on one line of so many columns.

    Where several inputs changed the most telling is named, and the others are counted. A line that would be
    too long loses the middle of its values first, then that of its path.
    """
    if not reason.differences:
        if reason.cause is Cause.WRITTEN:
            return shorten(reason.detail, width)
        said = f"{reason.cause}: {reason.detail}" if reason.detail else str(reason.cause)
        # A sentence begins with what it is about. Without what could not be kept nobody could do anything.
        width = max(width, _UNBOUND) if reason.cause in _PROSE else width
        return shorten(said, width, max(width, 3) - 1)
    first, *others = reason.differences
    begun, verb = "", "changed"
    if reason.cause is Cause.ANOTHER:
        begun, verb = f"{reason.cause}, ", "differs"
    if first.kind is PartKind.CODE and not is_one_sided(first):
        # Other code reaches other things: what is new or gone for that is no news.
        others = [item for item in others if not is_one_sided(item)]
    more = f" (and {len(others)} more)" if others else ""
    return begun + _say(first, width - len(begun) - len(more), verb) + more


def shorten(text: str, width: int, head: int = 0) -> str:
    """Return a text on one line and of at most so many characters: what is too much goes from its middle.

    Example:
        >>> shorten("abcdefghij", 7), shorten("abcdefghij", 7, head=6)
        ('abc…hij', 'abcdef…')
    """
    flat = shown(" ".join(text.split()) if "\n" in text else text)
    if len(flat) <= width:
        return flat
    head = head or max(width, 3) // 2
    return f"{flat[:head]}…{flat[len(flat) - (max(width, 3) - head - 1) :]}"


def _say(item: Difference, width: int, changed: str = "changed") -> str:
    path = shown(item.path.removeprefix("project:"))
    before, after = values_of(item)
    observed = OBSERVED_KINDS.get(item.kind, ObservedKind)
    label, verb = observed.label or str(item.kind), observed.changed or changed
    who = ledger.moved.get(item.path, "") if item.kind is PartKind.STREAM else ""
    if who and item.before is not None and item.after is not None:
        # Without what moved it and the way out nobody could do anything: it may take more than the line.
        return f"{label} `{path}` {verb}, moved by {shorten(shown(who), _NAME)}: seed it, or pass random_state="
    if item.origin is not None:
        return _came(path, item, width)
    verb = "is new" if item.before is None else "is gone" if item.after is None else verb
    room = width - len(f"{label} `` {verb}")
    values = before and after and before != after and verb == changed
    # Values without the name of what they belong to tell nothing; the name alone does.
    name = shorten(path, max(min(_PATH, room) if values else room, 8))
    said = f"{label} `{name}` {verb}"
    room = width - len(said) - len("  -> ")
    if not values or room < min(_VALUES, len(before) + len(after)):
        return shorten(said, width)
    return f"{said} {_both(before, after, room)}"


def _came(path: str, item: Difference, width: int) -> str:
    """Return where a value came from: through which computations, and what was the root of it.

    The root is what can be acted upon: where there is too little room, the names on the way to it lose their middle.
    """
    names, root = chain_of(item)
    who = " <- ".join(map(shown, names))
    room = width - len("`` is a new result of  ()")
    least = min(len(path) + len(who), _LEAST)
    why = "" if root is None else sentence(root, max(room - least, _LEAST))
    room -= len(why)
    first = min(len(path), max(room // 2, room - len(who), 8))
    said = f"`{shorten(path, first)}` is a new result of {shorten(who, max(room - first, 8))}"
    return shorten(f"{said} ({why})" if why else said, width)


def _both(before: str, after: str, room: int) -> str:
    """Return two values in so many characters: first a common beginning is left out, then the middle."""
    if len(before) + len(after) > room:
        common = next((n for n, (one, other) in enumerate(zip(before, after, strict=False)) if one != other), 0)
        while common and before[common - 1].isalnum():  # no number and no word is cut
            common -= 1
        if common > 1:
            cut = min(common, (len(before) + len(after) - room) // 2 + 1)  # no more than there is no room for
            while cut < common and before[cut - 1].isalnum():
                cut += 1
            before, after = f"…{before[cut:]}", f"…{after[cut:]}"
    # The shorter of both values is left whole where that leaves enough for the other.
    first = max(room // 2, room - len(after)) if len(after) < room // 2 else min(len(before), room // 2)
    return f"{shorten(before, first)} -> {shorten(after, room - min(len(before), first))}"


def values_of(item: Difference) -> tuple[str, str]:
    """Return both values as they may be said, also those of entries that earlier versions of this package wrote."""
    if path_names_secret(item.path):
        return "", ""
    return shown(redacted(item.before or "")), shown(redacted(item.after or ""))


def way_out(kind: PartKind, path: str) -> str:
    """Return what can be done about an undeclared input that changes without need."""
    if kind is PartKind.LIBRARY:
        return f'configure(libraries={{"{path}": "ignore"}}), or "minor" for patch releases'
    return OBSERVED_KINDS.get(kind, ObservedKind).way_out.format(path)


def announce(computation: Computation, miss: Miss, parts: Sequence[Part]) -> Ran:
    """Say why a computation runs, before it does, where someone listens; return what can be said of it later."""
    name, reason = computation.recipe.name, miss.reason
    explain, logs = computation.settings.explain, log.enabled(INFO)
    asked = explain or logs or ledger.wants(name)
    if asked:
        reason = refine(computation, miss, parts, running=True)
        title = "running {}" if reason.cause in _NEW else "recomputing {}"
        width = max(shutil.get_terminal_size((_UNBOUND, 0)).columns, _WIDTH)
        if logs:
            log.info("%s", titled(title, name, reason, width))
        if explain:
            say(titled(f"Lutil: {title}", name, reason, width))
    ran = Ran(
        name,
        reason,
        key=computation.key,
        salt=computation.recipe.salt.hex(),
        where=computation.recipe.where,
        notes=computation.all_notes(),
        parts=tuple(parts),
        stores=computation.stores,
        began=time.time(),
        compared=asked,
    )
    ledger.ran(ran)
    return ran
