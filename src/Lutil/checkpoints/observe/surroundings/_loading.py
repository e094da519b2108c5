"""Modules that a run loads: of libraries, told as soon as each is whole, so that its first read is seen already.

Of a module that is imported by a name which is worked out, that it is: no code names it.
"""

from __future__ import annotations

import contextlib
import importlib
import sys
from typing import TYPE_CHECKING, Any

from .._callers import counts
from .._trace import Mode

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from importlib.machinery import ModuleSpec
    from types import ModuleType

    from .._active_runs import Current

__all__ = ["loading_standins", "unwatch_loading", "watch_loading"]


def _importing(original: Callable[..., ModuleType], current: Current) -> Callable[..., ModuleType]:
    def import_module(name: str, package: str | None = None) -> ModuleType:
        module = original(name, package)
        run = current()
        if run is not None and counts(sys._getframe(1)):  # noqa: SLF001  # who imports decides whether it counts
            run.got(Mode.MODULE, module.__name__)
            run.tell()
        return module

    return import_module


def loading_standins(only: str = "") -> Iterator[tuple[Any, str, Callable[..., Any]]]:
    """Yield the stand-ins: where each goes, and how it is made of the function that is there."""
    if not only:
        yield importlib, "import_module", _importing


class _Watcher:
    """A finder that finds what the others find, and has the loader tell when it has done."""

    def __init__(self, waited_for: Callable[[str], bool], loaded: Callable[[str], None]) -> None:
        self._waited_for = waited_for
        self._loaded = loaded

    def find_spec(
        self, name: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Return the spec of a library that is waited for; None for all others."""
        if not self._waited_for(name):
            return None
        for finder in list(sys.meta_path):
            find = getattr(finder, "find_spec", None)
            spec: ModuleSpec | None = find(name, path, target) if find is not None and finder is not self else None
            if spec is not None:
                # A loader that takes no attributes loads as ever; its library is seen from the next run on.
                with contextlib.suppress(AttributeError):
                    self._tell_after(spec.loader, name)
                return spec
        return None

    def _tell_after(self, loader: Any, name: str) -> None:
        run = loader.exec_module

        def exec_module(module: ModuleType) -> None:
            with contextlib.suppress(AttributeError):
                del loader.exec_module  # the loader is as it was before anything of the library runs
            run(module)
            self._loaded(name)

        loader.exec_module = exec_module


_watchers: list[_Watcher] = []


def watch_loading(waited_for: Callable[[str], bool], loaded: Callable[[str], None]) -> None:
    """From now on, `loaded` is called with the name of each module that is waited for, right after it was executed."""
    watcher = _Watcher(waited_for, loaded)
    _watchers.append(watcher)
    sys.meta_path.insert(0, watcher)


def unwatch_loading() -> None:
    """Nobody is told any more."""
    while _watchers:
        watcher = _watchers.pop()
        with contextlib.suppress(ValueError):  # somebody has replaced the list meanwhile
            sys.meta_path.remove(watcher)
