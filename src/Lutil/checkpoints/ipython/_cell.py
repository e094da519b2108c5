"""One quiet line under a cell in which something was skipped, or recomputed because an input changed."""

from __future__ import annotations

import sys
from typing import Any

from ..engine import answer
from ..faces._explain import escape, explain_run, folded
from ..model import _settings
from ..model._outcome import Cause
from ..report._ledger import Heard, ledger, spell
from ..report._reasons import shorten

__all__ = ["attach"]


def attach() -> bool:
    """In a notebook, show a line under cells from now on; tell whether this is one."""
    module = sys.modules.get("IPython")
    shell = module.get_ipython() if module is not None and hasattr(module, "get_ipython") else None
    if shell is None or not hasattr(shell, "kernel"):
        return False
    if not hasattr(shell, "_lutil_line"):
        line = shell._lutil_line = _Line(shell)  # noqa: SLF001  (one for each shell, as long as it lives)
        shell.events.register("pre_run_cell", line.before)
        shell.events.register("post_run_cell", line.after)
        if hasattr(shell.display_pub, "register_hook"):
            shell.display_pub.register_hook(_count_figures)
    return True


class _Line:
    """What the cell that runs has skipped and run. A cell that a magic runs belongs to the cell of the magic."""

    def __init__(self, shell: Any) -> None:
        self._shell = shell
        self._running: list[object] = []
        ledger.heard = Heard()

    def before(self, info: object = None) -> None:
        """Begin with an empty page, unless this cell runs inside of another."""
        if not self._running:
            ledger.heard = Heard() if _settings.current().show else None
            ledger.turn()
        self._running.append(info)

    def after(self, result: object = None) -> None:
        """Show what the outermost cell has done."""
        info = getattr(result, "info", None)
        if self._running:
            if not any(info is one for one in self._running):
                return  # an empty cell, which never began
            while self._running.pop() is not info:
                """One that was begun and never ended goes with the cell around it."""
        if self._running:
            return
        heard, ledger.heard = ledger.heard, None
        if heard is not None and _settings.current().show:
            answer("the line under a cell", None, _show, self._shell, heard)


def _show(shell: Any, heard: Heard) -> None:
    found = [line for line in (_skipped(heard), _recomputed(heard)) if line is not None]
    if found:
        page = "".join(folded(line, body) for line, body in found)
        text = "\n".join(line for line, _ in found)
        html = f'<div style="opacity:.7">{page}</div>'
        shell.display_pub.publish(data={"text/plain": text, "text/html": html}, metadata={})


def _skipped(heard: Heard) -> tuple[str, str] | None:
    """Return what was skipped as a line, and as HTML which computations those were."""
    if not heard.skipped:
        return None
    times = sum(count for count, _ in heard.skipped.values())
    seconds = spell(sum(saved for _, saved in heard.skipped.values()))
    items = "".join(
        f"<li>{escape(name)}: {spell(saved)}{f' in {count} skips' if count > 1 else ''}</li>"
        for name, (count, saved) in sorted(heard.skipped.items(), key=lambda item: -item[1][1])
    )
    line = f"skipped {times} times: {seconds} saved" if times > 1 else f"skipped: {seconds} saved"
    return line, f"<ul style='margin:0'>{items}</ul>"


def _recomputed(heard: Heard) -> tuple[str, str] | None:
    """Return what ran because an input had changed as a line, and as HTML all that had."""
    runs = [*heard.ran.values()]
    changed = [explain_run(run) for run in runs if run.reason.cause is Cause.CHANGED]
    if not changed:
        another = [explain_run(run) for run in runs if run.reason.cause is Cause.ANOTHER]
        return (another[0].headline("ran {}"), another[0].body()) if another else None
    first, *others = changed
    if not others:
        return first.headline("recomputed {}"), first.body()
    also = f"; also {shorten(others[0].name, 16) if len(others) == 1 else f'{len(others)} others'}"
    items = "".join(f"<li>{escape(one.headline('{}'))}{one.body()}</li>" for one in changed)
    return first.headline("recomputed {}", 80 - len(also)) + also, f"<ul style='margin:0'>{items}</ul>"


def _count_figures(message: Any) -> Any:
    """Take note of a picture that pyplot shows: the run that drew it is told that a skip will not."""
    helpers: Any = sys.modules.get("matplotlib._pylab_helpers")
    if helpers is not None and helpers.Gcf.figs and isinstance(message, dict):
        data = message.get("content", {}).get("data", {})
        ledger.displayed += any(kind.startswith("image/") for kind in data)
    return message
