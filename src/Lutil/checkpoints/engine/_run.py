"""A computation that is being run: what was prepared for it, and what is to be given back whatever becomes of it."""

from __future__ import annotations

import time
from collections.abc import Sequence
from functools import partial

from .. import observe, report, state
from ..computation import Computation
from ..model._entry import Claim
from ..model._outcome import Miss
from ..model.process._interrupts import insist
from ._final_keys import observed_parts
from ._native_paths import texts_of

__all__ = ["Run"]


class Run:
    """A computation that is being run: claimed, watched, timed. It ends with `finish` or `abandon`."""

    __slots__ = (
        "changes", "claim", "computation", "earlier", "ended", "figures", "given", "keeping", "kept", "left",
        "parts", "ran", "recorder", "settings", "started", "watcher",
    )  # fmt: skip

    def __init__(self, computation: Computation, miss: Miss, claim: Claim) -> None:
        self.ended = False  # first: whatever interrupts us, `__del__` looks at it
        self.left: tuple[observe.Left, ...] = ()
        self.recorder = observe.Recorder(
            root=computation.settings.root,
            notes=computation.stores[0],
            rng=computation.recipe.options.rng,
            observe=computation.recipe.observe,
            exclude=str(getattr(computation.stores[0], "folder", "")),
            computation=computation.key,
            ordinal=computation.ordinal,
            known=computation.known_environment(),
            produced=state.produced_paths(computation),
            texts=partial(texts_of, computation),
        )
        self.computation = computation
        self.claim = claim
        self.kept = ""  # the final key, once it is kept
        self.changes = True  # whether it changed its inputs, as far as that is known
        self.given: Sequence[object] = ()  # the objects that its entry may refer to
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
            report.tell_complex(computation)
        self.parts = computation.parts()
        by_trace = computation.claimed != computation.key  # then what was observed may be what changed
        told = (*self.parts, *observed_parts(computation)) if by_trace else self.parts
        self.ran = report.announce(computation, miss, told)
        report.announce_library(computation, self.parts)
        self.watcher = state.Watcher(computation, self.recorder)
        # Names that a block may leave as they are count as they were before the run, which may change what they hold.
        self.earlier = {name: computation.earlier(name) for name in self.watcher.may_change(computation.old)}
        self.keeping = state.Keeping(computation, self.watcher.met, self.recorder)
        self.figures = report.figures()
        self.settings = report.settings_now()

    def drop(self) -> None:
        """Leave nothing replaced, and nothing that others wait for. Harmless when called twice."""
        try:  # each of them, whatever becomes of the others
            if hasattr(self, "recorder"):
                self.recorder.drop()
        finally:
            try:
                if hasattr(self, "keeping"):
                    self.keeping.drop()
                if hasattr(self, "watcher"):
                    self.watcher.end()
            finally:
                if hasattr(self, "claim"):
                    self.claim.release()
        self.ended = True

    def __del__(self) -> None:
        # An interrupt may come between the start of a run and whoever would end it, or into that end.
        if not self.ended:
            insist(self.drop)
