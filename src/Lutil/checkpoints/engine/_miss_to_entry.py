"""From a miss to an entry: claim the key, run the body watched, keep what it left. Loaded with the first miss."""

from __future__ import annotations

import sys
import time
from functools import partial
from typing import Final, cast

from xxhash import xxh3_64_hexdigest

from .. import code, codec, observe, report, state
from ..computation import Computation, keep_key
from ..model._entry import Claim, Header
from ..model._errors import CheckpointError, NotSavableError
from ..model._outcome import Cause, Hit, Miss
from ..model._provenance import Provenance
from ..model.process._interrupts import let_pass
from ..observe import EMPTY
from ..report._ledger import ledger
from ..report._ledger_writer import write_run
from ..state._payload import named_of, payload_of
from ._behind import sharing
from ._dynamic_code import count_unnamed
from ._final_keys import final_key
from ._pipeline import find, tell_enclosing
from ._run import Run

__all__ = ["abandon", "begin", "begin_async", "finish"]

_UNKEPT: Final = (CheckpointError, OSError, MemoryError, RecursionError)
"""What a value forbids, or the system: it costs an entry."""


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
    found = find(computation)
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
        count_unnamed(run.computation, run.recorder, cast("list[str]", run.settings["sys.path"]))
        observation = run.keeping.stop()
        run.parts += run.computation.readable(observation.parts)
        if (expires := run.computation.recipe.options.expires) is not None:
            tell_enclosing(time.time() + expires)
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
    code.write_facts()
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
        sys.version.partition(" ")[0],
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
