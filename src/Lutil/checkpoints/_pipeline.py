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
import sys
import time
from functools import partial
from logging import DEBUG
from typing import Final

from ._after import MisfitError, Watcher, decoded, named_of, payload_of
from ._complex import tell_complex
from ._computation import Computation
from ._entry import Claim, Header, Store, Stored
from ._errors import CheckpointError, DamagedEntryWarning, NotSavableError, NotSavedWarning
from ._figures import figures, tell_drawn
from ._history import last_cost
from ._interrupts import let_pass, suppressed
from ._keeping import Keeping
from ._key import PartKind
from ._ledger import ledger
from ._ledger_writer import count_skip, write_run
from ._near import texts_of
from ._notices import log, notice
from ._outcome import Cause, Hit, Miss, Reason
from ._provenance import Provenance
from ._reasons import announce
from ._recent import announce_library, remember
from ._returned import Returned, check_returned, previews_of
from ._secrets import redacted
from ._set_aside import settings_now, tell_set
from ._stores import tell_refused
from ._tracing import elsewhere, final_key, observed_parts, traces_of
from ._unkept import remember_unkept, tell_unkept, why_unkept
from ._unnamed import count_unnamed
from ._unseen import tell_unseen
from ._veil import keep_key
from ._written import Outputs, keep, leave, leave_failed, outputs_of, produced_paths
from .code import is_project
from .codec import UndecodableError, UnresolvedError, encode
from .observe import (
    EMPTY,
    Left,
    Observation,
    Recorder,
    combined,
    digests_of,
    enclosing,
    marker_trace,
    turn,
)

__all__ = ["Run", "abandon", "begin", "begin_async", "finish", "look_up"]

_UNKEPT: Final = (CheckpointError, OSError, MemoryError, RecursionError)
"""What a value forbids, or the system: it costs an entry."""


class Run:
    """A computation that is being run: claimed, watched, timed. It ends with `finish` or `abandon`."""

    __slots__ = (
        "claim", "computation", "ended", "figures", "keeping", "kept", "left",
        "parts", "ran", "recorder", "settings", "started", "watcher",
    )  # fmt: skip

    def __init__(self, computation: Computation, miss: Miss, claim: Claim) -> None:
        self.ended = False
        self.left: tuple[Left, ...] = ()
        self.recorder = Recorder(
            root=computation.settings.root,
            notes=computation.stores[0],
            rng=computation.recipe.options.rng,
            observe=computation.recipe.observe,
            exclude=str(getattr(computation.stores[0], "folder", "")),
            computation=computation.key,
            ordinal=computation.ordinal,
            known=computation.known_environment(),
            produced=produced_paths(computation),
            texts=partial(texts_of, computation),
        )
        self.computation = computation
        self.claim = claim
        self.kept = ""  # the final key, once it is kept
        try:
            self._prepare(computation, miss)
            self.recorder.start()
            self.started = time.perf_counter()
        except BaseException:
            self.drop()
            raise

    def _prepare(self, computation: Computation, miss: Miss) -> None:
        """Take note of how the inputs are, and say why this runs."""
        if computation.notes:
            tell_complex(computation)
        self.parts = computation.parts()
        by_trace = computation.claimed != computation.key  # then what was observed may be what changed
        told = (*self.parts, *observed_parts(computation)) if by_trace else self.parts
        self.ran = announce(computation, miss, told)
        announce_library(computation, self.parts)
        self.watcher = Watcher(computation)
        self.keeping = Keeping(computation, self.watcher.met, self.recorder)
        self.figures = figures()
        self.settings = settings_now()

    def drop(self) -> None:
        """Leave nothing replaced, and nothing that others wait for. Harmless when called twice."""
        try:  # each of them, whatever becomes of the others
            if hasattr(self, "recorder"):
                self.recorder.drop()
        finally:
            try:
                if hasattr(self, "keeping"):
                    self.keeping.drop()
            finally:
                if hasattr(self, "claim"):
                    self.claim.release()
        self.ended = True

    def __del__(self) -> None:
        # An interrupt may come between the start of a run and whoever would end it, or into that end.
        if not self.ended:
            with suppressed():
                self.drop()


def look_up(computation: Computation, *, recompute: bool = False, peek: bool = False) -> Hit | Miss:
    """Make the key; return what an earlier run left, or why the body has to run: it does in any case to `recompute`.

    To `peek` is only to tell: nothing is decoded, put back or counted.
    """
    if computation.settings.explain:
        ledger.speak_at_exit()
    computation.make_key()
    outer = enclosing()
    if outer is not None and not peek and (markers := computation.markers() + computation.variables()):
        outer.add(*marker_trace(markers, computation.stores[0], computation.settings.root))
    if (recompute or computation.settings.recompute) and not peek:
        return Miss(Reason(Cause.RECOMPUTE))
    return _find(computation, peek=peek)


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
    why = why_unkept(computation.key)
    return Miss(Reason(Cause.UNKEPT, why) if why else Reason(Cause.FIRST_RUN))


def _find_under(computation: Computation, store: Store, key: str, *, peek: bool) -> Hit | Miss:
    """Read the entry of a key, or digest the present state of what runs observed: it leads to that of a final key."""
    found = _read(computation, store, key, peek=peek)
    if isinstance(found, Hit) or found.reason.cause is not Cause.FIRST_RUN:
        return found
    for trace in traces_of(computation, store, key):
        if computation.ordinal is None and trace.has_ordinal:
            computation.ordinal = turn(computation.key, peek=peek)
        ordinal = computation.ordinal or 0
        present = partial(elsewhere, computation)
        digests = digests_of(trace, computation.stores[0], computation.settings.root, ordinal, present)
        if digests is None:
            continue
        computation.claimed = final_key(key, trace, combined(trace, digests))
        outcome = _read(computation, store, computation.claimed, peek=peek)
        if isinstance(outcome, Hit):
            run = enclosing()
            if run is not None:
                run.add(trace, digests)
            return outcome
        if outcome.reason.cause is not Cause.FIRST_RUN:
            found = outcome
    return found


def _read(computation: Computation, store: Store, key: str, *, peek: bool) -> Hit | Miss:
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
    written = None
    if header.files:
        stored, written = outputs_of(computation, store, key, stored)
        if written.problem:
            return Miss(Reason(Cause.WRITTEN, written.problem))
    if peek:
        return Hit(None, key, header.cost)
    return _taken(computation, key, stored, written)


def _taken(computation: Computation, key: str, stored: Stored, written: Outputs | None) -> Hit | Miss:
    """Decode an entry that counts; put back the files of its run."""
    recipe, header = computation.recipe, stored.header
    until = _until(header, recipe.options.expires)
    try:
        outputs, put_back = decoded(computation, stored)
    except UnresolvedError as error:
        if isinstance(error, UndecodableError):
            notice(NotSavedWarning, recipe.name, "undecodable", f"{recipe.name}: {redacted(str(error))}")
        cause = Cause.MISFIT if isinstance(error, MisfitError) else Cause.UNRESOLVED
        return Miss(Reason(cause, redacted(str(error))))
    if written is not None and (problem := written.put_back()):
        return Miss(Reason(Cause.WRITTEN, problem))
    if until < math.inf:
        _tell_enclosing(until)
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
    """Claim the key and start watching; a hit, if somebody else computed it while we waited."""
    claim = _claim(computation)
    try:
        claim.acquire()
        return _begin(computation, miss, claim)
    except BaseException:
        claim.release()
        raise


def _claim(computation: Computation) -> Claim:
    store, recipe = computation.stores[0], computation.recipe
    return store.claim(computation.claimed, recipe.name, partial(last_cost, store, recipe.name, recipe.where))


async def begin_async(computation: Computation, miss: Miss) -> Run | Hit:
    """Do the same in a coroutine, whose loop goes on while it waits."""
    claim = _claim(computation)
    try:
        await claim.acquire_async()
        return _begin(computation, miss, claim)
    except BaseException:
        claim.release()
        raise


def _begin(computation: Computation, miss: Miss, claim: Claim) -> Run | Hit:
    if claim.waited:
        computation.make_key()  # while it waited, others may have changed what counts
    if miss.reason.cause is not Cause.RECOMPUTE:  # whoever had the claim until now may have saved it since
        found = _find(computation)
        if isinstance(found, Hit):
            claim.release()
            return found
    return Run(computation, miss, claim)


def abandon(run: Run) -> None:
    """End a run that failed: nothing is kept."""
    try:
        run.keeping.fail()
        leave_failed(run.computation, run.recorder)
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
        count_unnamed(run.computation, run.recorder)
        observation = run.keeping.stop()
        run.parts += run.computation.readable(observation.parts)
        expires = run.computation.recipe.options.expires
        if expires is not None:
            _tell_enclosing(time.time() + expires)
        run.ran.notes = run.computation.all_notes(observation.notes)
        try:
            run.left = leave(run.computation, run.recorder)
            _save(run, outputs, observation, cost, refusal)
        except _UNKEPT as error:
            let_pass(error)
            problem = error
    finally:
        run.drop()
        overhead = time.perf_counter() - run.started - cost
        ledger.overhead += overhead
    ledger.moved.update(dict.fromkeys(_unseeded(observation), run.computation.recipe.name))
    lost = "" if problem is None else tell_unkept(run.computation, problem)
    remember_unkept(run.computation, lost)
    write_run(run.computation.stores[0], run.ran, run.kept, (cost, overhead), lost)
    remember(run.computation, run.parts, cost, observation.streams_after)
    tell_unseen(run.computation, observation)
    tell_drawn(run.computation.recipe.name, run.figures)
    tell_set(run.computation.recipe.name, run.settings)


def _unseeded(observation: Observation) -> list[str]:
    """Return the random streams that a run drew from and that nobody has seeded: the next run finds them elsewhere."""
    drawn = [one.shown for one in observation.trace.names if one.kind is PartKind.STREAM]
    return [name for name in drawn if name not in observation.streams_after]


def _save(run: Run, outputs: object, observation: Observation, cost: float, refusal: NotSavableError | None) -> None:
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
    run.ran.notes += touched.notes
    payload, given = payload_of(outputs, touched, observation.streams_after)
    named = named_of(computation, outputs, touched)
    encoded = encode(payload, given=given, is_project=_is_project, named=named)
    way = Returned(given, _is_project, computation.find, computation.resolver)
    run.ran.notes += check_returned(payload, encoded, named, cost, way)
    buffers = [*encoded.buffers, touched.labels()] if encoded.given else encoded.buffers
    written = keep(computation, run.left, observation.aside, encoded.stream)
    run.ran.notes += written.notes
    created = time.time()
    provenance = Provenance(
        recipe.name,
        recipe.where,
        created,
        cost,
        platform.python_version(),
        run.parts,
        run.ran.notes,
        recipe.salt.hex(),
        produced=previews_of(named, run.parts),
    )
    keep_key(provenance.parts, store)
    if observation.trace != EMPTY:
        store.put_trace(recipe.name, computation.key, computation.sealed(observation.trace.to_bytes()))
    header = Header(created, cost, encoded.given, encoded.plain, observation.until, files=len(written.buffers))
    key = final_key(computation.key, observation.trace, observation.digest)
    ledger.met(key)
    store.put(recipe.name, key, header, encoded.stream, [*buffers, *written.buffers], provenance.to_bytes())
    run.kept = key


def _is_project(module: str) -> bool:
    """Tell whether the classes of a module are the project's own; one that is not loaded says nothing else."""
    return (found := sys.modules.get(module)) is None or is_project(found)
