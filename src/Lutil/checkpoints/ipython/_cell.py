"""One quiet line under a cell in which something was skipped, or recomputed because an input changed."""

from __future__ import annotations

import html
import sys
from typing import Any

from .. import _settings
from .._ledger import ledger
from .._outcome import Cause
from .._reasons import sentence

__all__ = ["attach"]


def attach() -> bool:
    """In a notebook, show a line under cells from now on; tell whether this is one."""
    module = sys.modules.get("IPython")
    shell = module.get_ipython() if module is not None and hasattr(module, "get_ipython") else None
    if shell is None or not hasattr(shell, "kernel"):
        return False
    if not ledger.listening:
        ledger.listening = True
        line = _Line()
        shell.events.register("pre_run_cell", line.before)
        shell.events.register("post_run_cell", line.after)
    return True


class _Line:
    """What a cell skipped and ran, as the difference of the ledger around it."""

    def __init__(self) -> None:
        self.before()

    def before(self, *_: object) -> None:
        self._hits, self._saved, self._last = ledger.hits, ledger.saved, ledger.last

    def after(self, *_: object) -> None:
        text = self._text()
        if text and _settings.current().show:
            from IPython.display import HTML, display  # late: only a notebook has it

            display(HTML(f'<small style="opacity:.6">{html.escape(text)}</small>'), metadata={})  # type: ignore[no-untyped-call]

    def _text(self) -> str:
        found: list[str] = []
        hits, saved, last = ledger.hits - self._hits, ledger.saved - self._saved, ledger.last
        if hits:
            times = f" {hits} times" if hits > 1 else ""
            found.append(f"skipped{times}: {saved:.1f} s saved")
        if last is not None and last is not self._last and last.reason.cause is Cause.CHANGED:
            found.append(f"recomputed {last.name}: {sentence(last.reason)}")
        return "; ".join(found)


