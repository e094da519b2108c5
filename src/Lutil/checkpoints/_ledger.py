"""The ledger of a process: what was skipped, what ran and why, and what it saved and cost."""

from __future__ import annotations

import atexit
import sys
from typing import Final, NamedTuple

from ._key import Note
from ._outcome import Reason

__all__ = ["Ledger", "Ran", "ledger"]


class Ran(NamedTuple):
    """A computation that ran: its name, why, and what did not count."""

    name: str
    reason: Reason
    notes: tuple[Note, ...] = ()


class Ledger:
    """Counts of one process.

    Attributes:
        hits, misses: computations that were skipped, and that ran.
        saved: seconds that the skipped ones had taken when they ran.
        overhead: seconds spent on saving, after the runs.
        last: the last computation that ran.
        listening: whether someone wants to know the reason of each miss, such as a notebook.
    """

    def __init__(self) -> None:
        self.hits = 0
        self.misses = 0
        self.saved = 0.0
        self.overhead = 0.0
        self.last: Ran | None = None
        self.listening = False
        self._speaking = False

    def speak_at_exit(self) -> None:
        """From now on a summary is written to stderr when the process ends."""
        if not self._speaking:
            self._speaking = True
            atexit.register(lambda: sys.stderr.write(f"Lutil: {self}\n"))

    def __str__(self) -> str:
        return (
            f"{self.hits} skipped, {self.misses} run; {self.saved:.1f} s saved, "
            f"{self.overhead:.2f} s spent on keeping results"
        )


ledger: Final = Ledger()
