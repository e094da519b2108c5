"""The story of a computation, one function per arrow, in this order.

     names ──resolve──▶ values ──fingerprint──▶ digests ─┐
                                                         ├─▶ key ──look up──▶ hit ──decode──▶ restore
     code  ──reach────▶ functions, globals ──────────────┘            │
                                                                      └▶ miss ─claim▶ run, observed ─encode▶ save

The faces resolve names and hand in a `Computation`. `look_up` goes as far as a hit; `begin`, `finish` and
`abandon` are the lower branch, around a run (`_miss_to_entry`). What may be wrong is not saved; what was computed is
returned in any case.
"""

from __future__ import annotations

import math
import time

from .. import observe, report, state
from ..codec import UndecodableError, UnresolvedError
from ..computation import Computation, tell_refused
from ..model._entry import EntryStore, Header, Stored
from ..model._errors import DamagedEntryWarning, NotSavedWarning
from ..model._outcome import Cause, Hit, Miss, Reason
from ..model.process._log import DEBUG, log
from ..model.process._notices import notice
from ..model.secrets._redaction import redacted
from ..observe import enclosing
from ..report._ledger import ledger
from ..report._ledger_writer import count_skip
from ..state._payload import decoded
from ._behind import sharing
from ._final_keys import led_to, traces_of

__all__ = ["find", "is_kept", "look_up", "take", "tell_enclosing"]


def look_up(computation: Computation, *, recompute: bool = False, peek: bool = False) -> Hit | Miss:
    """Make the key; return what an earlier run left, or why the body has to run: it does in any case to `recompute`.

    To `peek` is only to tell: nothing is decoded, put back or counted.
    """
    if computation.settings.explain:
        ledger.speak_at_exit()
    computation.make_key()
    outer = enclosing()
    if outer is not None and not peek and (markers := computation.markers() + computation.variables()):
        outer.add(*observe.marker_trace(markers, computation.stores[0], computation.settings.root))
    if (recompute or computation.settings.recompute) and not peek:
        return Miss(Reason(Cause.RECOMPUTE))
    found = find(computation, peek=peek)
    if peek and isinstance(found, Miss) and (behind := sharing(computation)) and behind.fetch(computation):
        return find(computation, peek=True)
    return found


def is_kept(computation: Computation) -> bool:
    """Tell whether a store of this machine has a result; nothing is decoded or counted, and no shared store asked."""
    computation.make_key()
    return isinstance(find(computation, peek=True), Hit)


def find(computation: Computation, *, peek: bool = False) -> Hit | Miss:
    """Try the key itself, then each trace that is known under it, store by store; then keys that count as well."""
    first: Miss | None = None
    for store in computation.stores:
        found = _find_under(computation, store, computation.key, peek=peek)
        if isinstance(found, Hit):
            return found
        first = first or found
    for key in computation.other_keys():
        found = _find_under(computation, computation.stores[0], key, peek=peek)
        if isinstance(found, Hit):
            return found
    if first is not None and first.reason.cause is not Cause.FIRST_RUN:
        return first
    why = report.why_unkept(computation.key)
    return Miss(Reason(Cause.UNKEPT, why) if why else Reason(Cause.FIRST_RUN))


def _find_under(computation: Computation, store: EntryStore, key: str, *, peek: bool) -> Hit | Miss:
    """Read the entry of a key, or digest the present state of what runs observed: it leads to that of a final key."""
    found = _read(computation, store, key, peek=peek)
    if isinstance(found, Hit) or found.reason.cause is not Cause.FIRST_RUN:
        return found
    for trace in traces_of(computation, store, key):
        if (led := led_to(computation, key, trace, peek=peek)) is None:
            continue
        computation.claimed, digests = led
        outcome = _read(computation, store, computation.claimed, peek=peek)
        if isinstance(outcome, Hit):
            run = enclosing()
            if run is not None:
                run.add(trace, digests)
            return outcome
        if outcome.reason.cause is not Cause.FIRST_RUN:
            found = outcome
    return found


def take(computation: Computation, key: str) -> Hit | Miss:
    """Read what a run elsewhere has left under a final key: it counts as that run, and not as a skip."""
    return _read(computation, computation.stores[0], key, peek=False, ran=True)


def _read(computation: Computation, store: EntryStore, key: str, *, peek: bool, ran: bool = False) -> Hit | Miss:
    """Read, check and decode one entry."""
    recipe = computation.recipe
    stored = store.get(recipe.name, key)
    if isinstance(stored, Miss):
        if stored.reason.cause is Cause.UNTRUSTED:
            tell_refused(store, stored.reason.detail)
        elif stored.reason.cause is Cause.CORRUPT:
            notice(DamagedEntryWarning, recipe.name, key, f"{recipe.name}: {stored.reason.detail}")
        return stored
    header = stored.header
    until = _until(header, recipe.options.expires)
    if until < math.inf and until < time.time():
        return Miss(Reason(Cause.EXPIRED, f"saved {time.time() - header.created:.0f} s ago"))
    if recipe.options.memory is not None:
        stored = recipe.options.memory.reviewed(store, recipe.name, key, stored)
        if isinstance(stored, Miss):
            return stored
    written = None
    if header.files:
        stored, written = state.outputs_of(computation, store, key, stored)
        if written.problem:
            return Miss(Reason(Cause.WRITTEN, written.problem))
    if peek:
        return Hit(None, key, header.cost)
    return _taken(computation, key, stored, written, ran)


def _taken(computation: Computation, key: str, stored: Stored, written: state.Outputs | None, ran: bool) -> Hit | Miss:  # noqa: FBT001
    """Decode an entry that counts; put back the files of its run."""
    recipe, header = computation.recipe, stored.header
    until = _until(header, recipe.options.expires)
    try:
        outputs, put_back = decoded(computation, stored)
    except UnresolvedError as error:
        if isinstance(error, UndecodableError):
            notice(NotSavedWarning, recipe.name, "undecodable", f"{recipe.name}: {redacted(str(error))}")
        cause = Cause.MISFIT if isinstance(error, state.MisfitError) else Cause.UNRESOLVED
        return Miss(Reason(cause, redacted(str(error))))
    if written is not None and (problem := written.put_back()):
        return Miss(Reason(Cause.WRITTEN, problem))
    if until < math.inf:
        tell_enclosing(until)
    if not ran:
        ledger.skipped(recipe.name, header.cost, key)
        count_skip(computation.stores[0], recipe.name, header.cost)
    if log.enabled(DEBUG):
        log.debug("hit %s %s", recipe.name, key)
    return Hit(outputs, key, header.cost, put_back)


def _until(header: Header, expires: float | None) -> float:
    """Return until when an entry counts: its own age has a limit, or that of a result which its run took."""
    return header.until if expires is None else min(header.until, header.created + expires)


def tell_enclosing(until: float) -> None:
    """Let what encloses this computation expire no later than it does."""
    run = enclosing()
    if run is not None:
        run.expire(until)
