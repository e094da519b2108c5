"""What a person sees of a map: a bar while it runs, one line when it is done."""

from __future__ import annotations

import sys
from typing import Any

from ...model.process._interrupts import suppressed
from ...model.process._log import is_terminal, say
from ...report._ledger import spell

__all__ = ["Progress"]


class Progress:
    """Counts what becomes of the items of one map, and shows it where that is wanted.

    Args:
        name: of the function.
        size: how many items there are; None where that is not known.
        wanted: whether to show it; None where a person sees stderr.

    Attributes:
        kept: items that were read and did not run.
        saved: seconds that they had taken when they ran.
        ran, failed: items that ran, and those that raised.
    """

    def __init__(self, name: str, size: int | None, wanted: bool | None) -> None:  # noqa: FBT001  (three states)
        self.kept = 0
        self.saved = 0.0
        self.ran = 0
        self.failed = 0
        self._name = name
        self._size = size
        self._bar: Any = None
        self._shows = (is_terminal() or _is_notebook()) if wanted is None else wanted
        if self._shows:
            with suppressed():  # what cannot be shown is not shown: it never costs a result
                self._open()

    def _open(self) -> None:
        from tqdm.auto import tqdm  # noqa: PLC0415  (slow, and for those who look only)

        self._bar = tqdm(total=self._size, desc=self._name, unit="item", leave=False, dynamic_ncols=True)

    def show(self) -> None:
        """Bring the bar to where it should be: its length and rate are those of the items that have to run."""
        if self._bar is not None:
            with suppressed():
                self._move(self._bar)

    def _move(self, bar: Any) -> None:
        if self._size is not None:
            bar.total = self._size - self.kept
        bar.set_description_str(f"{self._name}: {self.kept} kept, to run", refresh=False)
        bar.update(self.ran + self.failed - bar.n)

    def close(self, *, whole: bool) -> None:
        """Take the bar away, and sum up; `whole` says whether the map has come to its end."""
        bar, self._bar = self._bar, None
        if bar is not None:
            with suppressed():
                bar.close()
        if self._shows:
            self._shows = False
            say(self.summary(whole=whole))

    def summary(self, *, whole: bool) -> str:
        """Return one line: how many were skipped, how much that saved, how many ran."""
        all_ = self.kept + self.ran + self.failed
        failed = f", {self.failed} failed" if self.failed else ""
        ended = "" if whole else "; it was ended before it was done"
        saved = f", which saved {spell(self.saved)}" if self.kept else ""
        return f"{self._name}: {self.kept} of {all_} items skipped{saved}; {self.ran} run{failed}{ended}"


def _is_notebook() -> bool:
    module = sys.modules.get("IPython")
    shell = module.get_ipython() if module is not None and hasattr(module, "get_ipython") else None
    return hasattr(shell, "kernel")
