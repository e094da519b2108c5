"""The ledger of a process: what was skipped, what ran and why, and what it saved and cost."""

from __future__ import annotations

import atexit
import sys
from collections.abc import Sequence
from typing import Final

from ..model._entry import EntryStore
from ..model._key import Note, Part
from ..model._outcome import Reason
from ..model.process._limits import make_room
from ..model.process._log import say
from ..model.process._records import NamedTuple

__all__ = ["Heard", "Ledger", "Ran", "Tally", "ledger", "spell"]


_MOST: Final = 4096


class Ran:
    """A computation that runs or ran: its name, why, and what did not count.

    Attributes:
        name: of the computation.
        key: that of this call or block.
        salt: of its code, hexadecimal.
        where: file and line of its code.
        reason: the cheap one where nobody listened; `_reasons.explained` finds out what changed.
        notes: what did not count; all of it when the run has ended.
        parts: its inputs as they were when it ran.
        stores: where the entries lie that they are compared with.
        began: when it ran, seconds since the epoch; later entries explain nothing.
        compared: whether the reason says already what changed.
    """

    __slots__ = ("began", "compared", "key", "name", "notes", "parts", "reason", "salt", "stores", "where")

    def __init__(  # noqa: PLR0913  (a record)
        self,
        name: str,
        reason: Reason,
        *,
        key: str = "",
        salt: str = "",
        where: str = "",
        notes: tuple[Note, ...] = (),
        parts: tuple[Part, ...] = (),
        stores: Sequence[EntryStore] = (),
        began: float = 0.0,
        compared: bool = True,
    ) -> None:
        self.name = name
        self.key = key
        self.salt = salt
        self.where = where
        self.reason = reason
        self.notes = notes
        self.parts = parts
        self.stores = stores
        self.began = began
        self.compared = compared


class Tally(NamedTuple):
    """How often something was skipped and run, and what that saved and cost, in seconds."""

    hits: int = 0
    runs: int = 0
    saved: float = 0.0
    spent: float = 0.0

    def plus(self, other: Tally) -> Tally:
        """Return both together."""
        hits, runs = self.hits + other.hits, self.runs + other.runs
        return Tally(hits, runs, self.saved + other.saved, self.spent + other.spent)


class Heard:
    """What was skipped and run while somebody listened, by the name of the computation.

    Attributes:
        skipped: how often, and how many seconds it saved.
        ran: the first run of each, which is the one that is compared with earlier times.
        again: how many runs followed the first.
    """

    def __init__(self) -> None:
        self.skipped: dict[str, tuple[int, float]] = {}
        self.ran: dict[str, Ran] = {}
        self.again: dict[str, int] = {}


class Ledger:
    """Counts of one process.

    Attributes:
        hits, misses: computations that were skipped, and that ran.
        saved: seconds that the skipped ones had taken when they ran.
        overhead: seconds spent on saving, after the runs.
        last: the last computation that ran.
        heard: what happened since somebody began to listen, such as a notebook at each cell; else None.
        displayed: pictures that a notebook was seen to show.
        moved: by unseeded random stream, the computation whose run drew from it last.
        used: the keys of entries that were read or written since somebody began to listen, each with the name of its
            computation: what is compared with one of them is another call, and no earlier version of this one.
        before: those that were read or written before that.
    """

    def __init__(self) -> None:
        self.hits = 0
        self.misses = 0
        self.saved = 0.0
        self.overhead = 0.0
        self.last: Ran | None = None
        self.heard: Heard | None = None
        self.displayed = 0
        self.moved: dict[str, str] = {}
        self.used: dict[str, str] = {}
        self.before: dict[str, str] = {}
        self._speaking = False

    def met(self, key: str, name: str) -> None:
        """Take note of an entry that was read or written."""
        make_room(self.used, _MOST)
        self.used[key] = name

    def turn(self) -> None:
        """From now on somebody listens anew."""
        self.before.update(self.used)
        while len(self.before) > _MOST:
            del self.before[next(iter(self.before))]
        self.used.clear()

    def skipped(self, name: str, saved: float, key: str) -> None:
        """Count a hit that saved so many seconds."""
        self.hits += 1
        self.saved += saved
        used = self.used  # as `met` does, without a call: this is part of each hit
        used[key] = name
        if len(used) > _MOST:
            make_room(used, _MOST)
        heard = self.heard
        if heard is not None:
            times, seconds = heard.skipped.get(name, (0, 0.0))
            heard.skipped[name] = times + 1, seconds + saved

    def wants(self, name: str) -> bool:
        """Tell whether whoever listens wants the reason of this run: of the first of its name.

        A loop of a thousand calls in a cell would otherwise be compared a thousand times.
        """
        heard = self.heard
        return heard is not None and name not in heard.ran

    def ran(self, run: Ran) -> None:
        """Count a run."""
        self.misses += 1
        self.last = run
        heard = self.heard
        if heard is None:
            return
        if run.name in heard.ran:
            heard.again[run.name] = heard.again.get(run.name, 0) + 1
        else:
            heard.ran[run.name] = run

    def speak_at_exit(self) -> None:
        """From now on a summary is written to stderr when the process ends, unless it works for another."""
        if not self._speaking:
            self._speaking = True
            atexit.register(self._speak)

    def _speak(self) -> None:
        processes = sys.modules.get("multiprocessing.process")
        if processes is None or processes.current_process().name == "MainProcess":
            say(f"Lutil: {self}")

    def __str__(self) -> str:
        return (
            f"{self.hits} skipped, {self.misses} run; {spell(self.saved)} saved, "
            f"{spell(self.overhead)} spent on keeping results"
        )


def spell(seconds: float) -> str:
    """Return a length of time as people write it.

    Example:
        >>> spell(0.0004), spell(0.25), spell(12.34), spell(200), spell(9000)
        ('0.4 ms', '250 ms', '12.3 s', '3 min 20 s', '2 h 30 min')
    """
    if seconds <= 0:
        return "0 s"
    if seconds < 0.00095:
        return f"{max(seconds * 1000, 0.1):.1f} ms"
    if seconds < 0.9995:
        return f"{seconds * 1000:.0f} ms"
    if seconds < 99.95:
        return f"{seconds:.1f} s"
    whole = round(seconds)
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s"
    minutes = round(seconds / 60)
    return f"{minutes // 60} h {minutes % 60} min"


ledger: Final = Ledger()
