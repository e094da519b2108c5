"""What a cell displays: passed on and recorded while it runs, shown again when it is skipped.

Nothing is held back: a training prints its progress as ever. The streams, the publisher of displays and the
formatter of results stay the objects that they are, with one method of each wrapped while the cell runs.
"""

from __future__ import annotations

import contextlib
import importlib
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from types import TracebackType
from typing import Any, Final, Self

__all__ = ["Output", "flush_figures", "replay", "show_as_pictures"]

Output = tuple[str, Any, Any]
"""Kind, content, metadata: ("stdout" or "stderr", text, None), ("display" or "result", data by type, metadata),
("update", data by type, (metadata, identity of the display))."""

_WIDGET: Final = "application/vnd.jupyter.widget-view+json"
"""A view of a widget that lives in the kernel: in another kernel there is none to be seen."""


class OutputRecorder:
    """Records what is displayed between enter and exit, and when."""

    def __init__(self, shell: Any) -> None:
        self._shell = shell
        self._found: list[tuple[float, Output, object]] = []
        self._wrapped = contextlib.ExitStack()
        self._formatting = False
        self._clearing = False

    def __enter__(self) -> Self:
        shell = self._shell
        for name in ("stdout", "stderr"):
            self._wrap(getattr(sys, name), "write", self._writer(name))
        self._wrap(shell.display_pub, "publish", self._publisher)
        self._wrap(shell.display_pub, "clear_output", self._clearer)
        self._wrap(shell.display_formatter, "format", self._formatter)
        return self

    def __exit__(
        self, exc_type: type[BaseException] | None, exc: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._wrapped.close()

    def show(self, value: object) -> None:
        """Display the value of a last expression, as the shell does."""
        self._formatting = True
        try:
            sys.displayhook(value)
        finally:
            self._formatting = False

    def since(self, moment: float) -> list[Output]:
        """Return what was displayed from a moment of `time.perf_counter` on, joined where it is one text."""
        joined: list[Output] = []
        for at, (kind, content, metadata), _ in self._found:
            if at < moment:
                continue
            if joined and kind in ("stdout", "stderr") and joined[-1][0] == kind:
                joined[-1] = (kind, joined[-1][1] + [content], None)
            else:
                joined.append((kind, [content] if kind in ("stdout", "stderr") else content, metadata))
        return [
            (kind, overwritten("".join(content)), None) if type(content) is list else (kind, content, metadata)
            for kind, content, metadata in joined
        ]

    def _wrap(self, holder: Any, name: str, wrapper: Callable[[Any], Any]) -> None:
        """Let one method of one object tell us of its calls, until the exit."""
        before = vars(holder).get(name) if hasattr(holder, "__dict__") else None
        try:
            setattr(holder, name, wrapper(getattr(holder, name)))
        except AttributeError:  # a stream that takes no attributes: it is shown, but not again
            return
        if before is None:
            self._wrapped.callback(lambda: vars(holder).pop(name, None))
        else:
            self._wrapped.callback(setattr, holder, name, before)

    def _add(self, output: Output, identity: object = None) -> None:
        if self._clearing:
            self._found.clear()
            self._clearing = False
        self._found.append((time.perf_counter(), output, identity))

    def _writer(self, kind: str) -> Callable[[Any], Any]:
        def wrapper(write: Any) -> Any:
            def written(text: Any) -> Any:
                if type(text) is str and text:
                    self._add((kind, text, None))
                return write(text)

            return written

        return wrapper

    def _publisher(self, publish: Any) -> Any:
        def published(data: Any, metadata: Any = None, *args: Any, **options: Any) -> Any:
            identity = (options.get("transient") or {}).get("display_id")
            shown = _movable(data), dict(metadata or {})
            if not options.get("update"):
                self._add(("display", *shown), identity)
            elif not self._update(identity, shown):
                self._add(("update", shown[0], (shown[1], identity)))
            return publish(data, metadata, *args, **options)

        return published

    def _update(self, identity: object, shown: tuple[Any, Any]) -> bool:
        """Replace a display of this cell where it stands; tell whether there is one."""
        found = False
        for place, (at, output, own) in enumerate(self._found):
            if own == identity and output[0] == "display":
                self._found[place] = (at, ("display", *shown), own)
                found = True
        return found

    def _clearer(self, clear: Any) -> Any:
        def cleared(wait: bool = False, *args: Any, **options: Any) -> Any:  # noqa: FBT001, FBT002  (IPython's own)
            if not wait:
                self._found.clear()
            self._clearing = bool(wait)
            return clear(wait, *args, **options)

        return cleared

    def _formatter(self, format_: Any) -> Any:
        def formatted(value: Any, *args: Any, **options: Any) -> Any:
            found = format_(value, *args, **options)
            if self._formatting:
                self._formatting = False
                if found[0]:
                    self._add(("result", _movable(found[0]), dict(found[1] or {})))
            return found

        return formatted


def _movable(data: Any) -> dict[str, Any]:
    """Return what of a display another kernel can show."""
    kept = dict(data)
    if len(kept) > 1:
        kept.pop(_WIDGET, None)
    return kept


def overwritten(text: str) -> str:
    r"""Return what is left to be seen of a text in which carriage returns overwrite what stood before.

    A progress bar that was drawn a thousand times is kept as it was drawn last.

    Example:
        >>> overwritten(" 10 %\r 50 %\r100 %\ndone\n")
        '100 %\ndone\n'
    """
    if "\r" not in text:
        return text
    lines = []
    for line in text.replace("\r\n", "\n").split("\n"):
        seen = ""
        for piece in line.split("\r"):
            seen = piece + seen[len(piece) :]
        lines.append(seen)
    return "\n".join(lines)


def flush_figures() -> None:
    """Show the figures that are open in a notebook now: they belong to the cell that drew them."""
    backend: Any = sys.modules.get("matplotlib_inline.backend_inline")
    if backend is not None:
        backend.flush_figures()


def show_as_pictures(values: Iterable[object]) -> None:
    """Have a notebook show figures as pictures from now on, if there is one: it does so once pyplot has a backend."""
    figure: Any = getattr(sys.modules.get("matplotlib.figure"), "Figure", ())
    if any(isinstance(value, figure) for value in values):
        plt: Any = importlib.import_module("matplotlib.pyplot")
        plt.draw_if_interactive()


def replay(shell: Any, outputs: Sequence[Output]) -> None:
    """Display again what a cell displayed when it ran."""
    for kind, content, metadata in outputs:
        if kind in ("stdout", "stderr"):
            getattr(sys, kind).write(content)
        elif kind == "update":
            shell.display_pub.publish(content, metadata[0], transient={"display_id": metadata[1]}, update=True)
        elif kind == "result" and sys.displayhook is shell.displayhook:
            hook: Any = shell.displayhook
            hook.start_displayhook()
            hook.write_output_prompt()
            hook.write_format_data(content, metadata)
            hook.finish_displayhook()
        else:
            shell.display_pub.publish(content, metadata)
