"""The story of a computation, one function per arrow, in this order.

     names ──resolve──▶ values ──fingerprint──▶ digests ─┐
                                                         ├─▶ key ──look up──▶ hit ──decode──▶ restore
     code  ──reach────▶ functions, globals ──────────────┘            │
                                                                      └▶ miss ─claim▶ run, observed ─encode▶ save

The faces resolve names and hand in a `Computation`. `look_up` goes as far as a hit; `begin`, `finish` and
`abandon` are the lower branch, around a run. What may be wrong is not saved; what was computed is returned
in any case.
"""

from __future__ import annotations

import math
import platform
import time
from functools import partial
from typing import Final

from xxhash import xxh3_64_hexdigest

from .. import codec, observe, report, state
from ..codec import UndecodableError, UnresolvedError
from ..computation import Computation, tell_refused
from ..model._entry import Claim, EntryStore, Header, Stored
from ..model._errors import CheckpointError, DamagedEntryWarning, NotSavableError, NotSavedWarning
from ..model._outcome import Cause, Hit, Miss, Reason
from ..model.process._interrupts import let_pass
from ..model.process._late import loading
from ..model.process._log import DEBUG, log
from ..model.process._notices import notice
from ..model.secrets._redaction import redacted
from ..observe import EMPTY, enclosing
from ..report._ledger import ledger
from ..report._ledger_writer import count_skip, write_run
from ..state._payload import decoded, named_of, payload_of
from ._behind import sharing
from ._final_keys import final_key, led_to, traces_of
from ._run import Run

__all__ = ["Run", "abandon", "begin", "begin_async", "finish", "is_kept", "look_up", "take"]

_UNKEPT: Final = (CheckpointError, OSError, MemoryError, RecursionError)
"""What a value forbids, or the system: it costs an entry."""


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
    found = _find(computation, peek=peek)
    if peek and isinstance(found, Miss) and (behind := sharing(computation)) and behind.fetch(computation):
        return _find(computation, peek=True)
    return found


def is_kept(computation: Computation) -> bool:
    """Tell whether a store of this machine has a result; nothing is decoded or counted, and no shared store asked."""
    computation.make_key()
    return isinstance(_find(computation, peek=True), Hit)


def _find(computation: Computation, *, peek: bool = False) -> Hit | Miss:
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
        _tell_enclosing(until)
    if not ran:
        ledger.skipped(recipe.name, header.cost, key)
        count_skip(computation.stores[0], recipe.name, header.cost)
    if log.enabled(DEBUG):
        log.debug("hit %s %s", recipe.name, key)
    return Hit(outputs, key, header.cost, put_back)


def _until(header: Header, expires: float | None) -> float:
    """Return until when an entry counts: its own age has a limit, or that of a result which its run took."""
    return header.until if expires is None else min(header.until, header.created + expires)


def _tell_enclosing(until: float) -> None:
    """Let what encloses this computation expire no later than it does."""
    run = enclosing()
    if run is not None:
        run.expire(until)


def begin(computation: Computation, miss: Miss) -> Run | Hit:
    """Claim the key and start watching; a hit, if somebody else computed it while we waited, or has shared it."""
    claim = _claim(computation)
    try:
        claim.acquire()
        found = _meanwhile(computation, miss, claim)
        if found is None and (behind := sharing(computation, miss)) and behind.fetch(computation):
            found = _hit(computation)
        return _begun(computation, miss, claim, found)
    except BaseException:
        claim.release()
        raise


def _claim(computation: Computation) -> Claim:
    store, recipe = computation.stores[0], computation.recipe
    return store.claim(computation.claimed, recipe.name, partial(report.last_cost, store, recipe.name, recipe.where))


async def begin_async(computation: Computation, miss: Miss) -> Run | Hit:
    """Do the same in a coroutine, whose loop goes on while it waits."""
    claim = _claim(computation)
    try:
        await claim.acquire_async()
        found = _meanwhile(computation, miss, claim)
        if found is None and (behind := sharing(computation, miss)) and await behind.fetch_async(computation):
            found = _hit(computation)
        return _begun(computation, miss, claim, found)
    except BaseException:
        claim.release()
        raise


def _meanwhile(computation: Computation, miss: Miss, claim: Claim) -> Hit | None:
    """Return what whoever had the claim until now may have saved since."""
    if claim.waited:
        computation.make_key()  # while it waited, others may have changed what counts
    return None if miss.reason.cause is Cause.RECOMPUTE else _hit(computation)


def _hit(computation: Computation) -> Hit | None:
    found = _find(computation)
    return found if isinstance(found, Hit) else None


def _begun(computation: Computation, miss: Miss, claim: Claim, found: Hit | None) -> Run | Hit:
    if found is None:
        return Run(computation, miss, claim)
    claim.release()
    return found


def abandon(run: Run) -> None:
    """End a run that failed: nothing is kept."""
    try:
        run.keeping.fail()
        state.leave_failed(run.computation, run.recorder)
    finally:
        run.drop()


def finish(run: Run, outputs: object, refusal: NotSavableError | None = None) -> None:
    """End a run: keep what it produced and changed, or say once why not.

    What a value or the system forbids is not raised; what is raised is an interrupt, or for the guard. A `refusal`
    says why the face knows that its outputs cannot be kept.
    """
    cost = time.perf_counter() - run.started
    problem: Exception | None = None
    try:
        run.recorder.collect()
        with loading:
            from ._dynamic_code import count_unnamed  # noqa: PLC0415  (no hit needs it)

        count_unnamed(run.computation, run.recorder)
        observation = run.keeping.stop()
        run.parts += run.computation.readable(observation.parts)
        if (expires := run.computation.recipe.options.expires) is not None:
            _tell_enclosing(time.time() + expires)
        run.ran.notes = run.computation.all_notes(observation.notes)
        try:
            run.left = state.leave(run.computation, run.recorder)
            _save(run, outputs, observation, cost, refusal)
        except _UNKEPT as error:
            let_pass(error)
            problem = error
    finally:
        run.drop()
        overhead = time.perf_counter() - run.started - cost
        ledger.overhead += overhead
    ledger.moved.update(dict.fromkeys(report.unseeded(observation), run.computation.recipe.name))
    lost = "" if problem is None else report.tell_unkept(run.computation, problem)
    report.remember_unkept(run.computation, lost)
    write_run(run.computation.stores[0], run.ran, run.kept, (cost, overhead), lost)
    report.remember(run.computation, run.parts, cost, observation.streams_after)
    report.tell_unseen(run.computation, observation)
    report.tell_drawn(run.computation.recipe.name, run.figures)
    report.tell_set(run.computation.recipe.name, run.settings)
    report.tell_grown(run.computation.stores[0])


def _save(
    run: Run, outputs: object, observation: observe.Observation, cost: float, refusal: NotSavableError | None
) -> None:
    """Encode and put the entry under its final key.

    Raises:
        NotSavableError: some of it cannot be stored or could not be put back, or an input changed meanwhile.
        OSError: the store could not write.
    """
    with loading:
        from ..computation import keep_key  # noqa: PLC0415  (no hit needs it)
        from ..model._provenance import Provenance  # noqa: PLC0415

    computation = run.computation
    recipe, store = computation.recipe, computation.stores[0]
    if refusal is not None:
        raise refusal
    if observation.used_up:
        raise NotSavableError("", f"it reads {observation.used_up}, which is used up by being read")
    if observation.unstable:
        raise NotSavableError(observation.unstable.removeprefix("project:"), observation.why_unstable)
    try:
        touched = run.watcher.touched()
    finally:
        run.keeping.leave_memos(observation, run.watcher.filled)
    run.changes = bool(touched.states or touched.bound)
    report.check_wanted(computation, outputs)
    run.ran.notes += touched.notes
    payload, given, unnumbered = payload_of(outputs, touched, observation.streams_after)
    run.given = given
    named = named_of(computation, outputs, touched)
    encoded = codec.encode(payload, given=given, unnumbered=unnumbered, is_project=state.is_project_module, named=named)
    if state.is_shown_by_pickle(encoded):
        run.figures = report.figures()  # a hit opens them in pyplot as well
    way = state.Returned(given, state.is_project_module, computation.find, computation.resolver)
    run.ran.notes += state.check_returned(payload, encoded, named, cost, way)
    buffers = [*encoded.buffers, touched.labels()] if encoded.given else encoded.buffers
    written = state.keep(computation, run.left, observation.aside, encoded.stream)
    run.ran.notes += written.notes
    created = time.time()
    trace = b"" if observation.trace == EMPTY else computation.sealed(observation.trace.to_bytes())
    provenance = Provenance(
        recipe.name,
        recipe.where,
        created,
        cost,
        platform.python_version(),
        run.parts,
        run.ran.notes,
        recipe.salt.hex(),
        produced=state.previews_of(named, run.parts),
        made=state.made_by(computation, named, touched, run.left, run.parts, encoded, cost),
        key=computation.key,
        trace=xxh3_64_hexdigest(trace) if trace else "",
    )
    keep_key(provenance.parts, store)
    if trace:
        store.put_trace(recipe.name, computation.key, trace)
    header = Header(created, cost, encoded.given, encoded.plain, observation.until, files=len(written.buffers))
    key = final_key(computation.key, observation.trace, observation.digest)
    ledger.met(key, recipe.name)
    store.put(recipe.name, key, header, encoded.stream, [*buffers, *written.buffers], provenance.to_bytes())
    run.kept = key
    if behind := sharing(computation):
        behind.offer(computation, key)
