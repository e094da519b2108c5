"""What a process is given beside files: environment variables, arguments of its script, standard input.

Reads of `os.environ` all end in a few methods of its class. Whose read it is, is decided by who names the environment:
a library that names it reads for itself, one that does not was handed it. Libraries that make settings of variables
read them for whoever calls them. Arguments are read by those that parse them where none are given.
"""

from __future__ import annotations

import functools
import os
import sys
from typing import TYPE_CHECKING, Any, Final

from .._active_runs import Current, WatchedRun, innermost
from .._audit_hook import typed
from .._callers import IMPORTERS, PLUMBING, by_us, is_library
from ._variables import variable_name

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import CodeType, FrameType
from .._loaded_modules import loaded_of

__all__ = ["PARSERS", "parser_standins", "process_standins"]

StandIn = tuple[Any, str, "Callable[..., Any]"]

_NAMES: Final = frozenset(("environ", "environb", "getenv", "getenvb", "expandvars", "expanduser", "home"))
_SEARCH: Final = "get_exec_path"
_STARTER: Final = "subprocess"
"""Where a program is looked for is no input of who starts it, nor is the environment that it inherits."""
_SETTINGS: Final = frozenset(
    """
    pydantic pydantic_settings decouple environs environ dotenv dynaconf omegaconf hydra everett confuse marshmallow
    typed_settings prettyconf envparse goodconf configargparse jsonargparse click typer
    """.split()  # noqa: SIM905  # names read best as words in lines
)


def _is_for_project(frame: FrameType | None) -> bool:
    """Return whether project code reads the environment, itself or by what it has handed it to."""
    for_settings = False
    while frame is not None:
        code, name = frame.f_code, frame.f_globals.get("__name__") or ""
        if (ours := by_us(frame)) is not None:
            return ours
        if name in IMPORTERS or name == _STARTER or code.co_name == _SEARCH:
            return False
        if not is_library(code):
            return True
        if name.partition(".")[0] in _SETTINGS or name == "starlette.config":
            for_settings = True
        elif name not in PLUMBING and (for_settings or _names_environment(code)):
            return False
        frame = frame.f_back
    return True


def _names_environment(code: CodeType) -> bool:
    return not _NAMES.isdisjoint(code.co_names)


def _told(run: WatchedRun, key: Any, value: Any, frame: FrameType) -> None:
    if isinstance(key, (str, bytes)):
        name = variable_name(key)
        if not run.environment.knows(name) and _is_for_project(frame):
            run.environment.variable(name, None if value is None else os.fsdecode(value))
            run.tell()
        if run.environment.knows(name):
            run.environment.settled.add(key)


def _getting(original: Callable[..., Any], current: Current) -> Callable[..., Any]:
    def getting(self: Any, key: Any) -> Any:
        run = innermost()
        if run is not None and run.active and type(key) is str and key in run.environment.settled:
            return original(self, key)
        run = current()
        if run is None or not _is_environment(self):
            return original(self, key)
        value = None
        try:
            value = original(self, key)
        finally:
            _told(run, key, value, sys._getframe(1))  # noqa: SLF001  # who reads decides whether it counts
        return value

    return getting


def _iterating(original: Callable[..., Any], current: Current) -> Callable[..., Any]:
    def iterating(self: Any) -> Any:
        run = current()
        frame = sys._getframe(1)  # noqa: SLF001  # who reads decides whether it counts
        if run is not None and _is_environment(self) and _is_for_project(frame):
            run.environment.names()
            run.tell()
        return original(self)

    return iterating


def _setting(original: Callable[..., Any], current: Current) -> Callable[..., Any]:
    def setting(self: Any, key: Any, *value: Any) -> Any:
        run = current()
        if run is not None and isinstance(key, (str, bytes)) and _is_environment(self):
            run.environment.set(variable_name(key))
            run.tell()
        return original(self, key, *value)

    return setting


_READERS: Final = frozenset(("read", "readline", "readlines", "buffer", "detach", "__iter__", "__next__"))


class StandardInput:
    """Stands for standard input, does all that it does, and tells the run that is on where it is read."""

    __slots__ = ("__weakref__", "_current", "_original")
    __lutil_own__ = True

    def __init__(self, original: Any, current: Current) -> None:
        self._original = original
        self._current = current

    def _told(self) -> Any:
        run = self._current()
        if run is not None:
            typed(run, (), sys._getframe(2))  # noqa: SLF001  # who reads decides whether it counts
            run.tell()
        return self._original

    def __getattr__(self, name: str) -> Any:
        return getattr(self._told() if name in _READERS else self._original, name)

    def __setattr__(self, name: str, value: Any) -> None:
        if name in {"_current", "_original"}:
            object.__setattr__(self, name, value)
        else:
            setattr(self._original, name, value)

    @property  # type: ignore[misc]  # what it says to `isinstance`
    def __class__(self) -> Any:
        return type(self._original)

    def __iter__(self) -> Any:
        return iter(self._told())

    def __next__(self) -> Any:
        return next(self._told())

    def __enter__(self) -> Any:
        self._told().__enter__()
        return self

    def __exit__(self, *error: object) -> Any:
        return self._original.__exit__(*error)

    def __eq__(self, other: object) -> bool:
        return other is self or other is self._original or other == self._original

    def __hash__(self) -> int:
        return hash(self._original)

    def __repr__(self) -> str:
        return repr(self._original)


_ENVIRONMENT: Final = type(os.environ)


def _is_environment(mapping: object) -> bool:
    """Return whether this is the environment, or what somebody has put in its place."""
    return type(mapping) is _ENVIRONMENT or mapping is os.environ


def process_standins(only: str = "") -> Iterator[StandIn]:
    """Yield the stand-ins for the environment and for standard input: where each goes, and how it is made."""
    if only:
        return
    for kind in dict.fromkeys((_ENVIRONMENT, type(os.environ))):
        yield kind, "__getitem__", _getting
        yield kind, "__iter__", _iterating
        yield kind, "__setitem__", _setting
        yield kind, "__delitem__", _setting
    if sys.stdin is not None and type(sys.stdin) is not StandardInput:
        yield sys, "stdin", StandardInput


PARSERS: Final = {
    "argparse": (("ArgumentParser.parse_known_args", 1), ("ArgumentParser._parse_known_args2", 1)),
    "optparse": (("OptionParser._get_args", 1),),
    "click.core": (("BaseCommand.main", 1), ("Command.main", 1)),
    "typer.core": (("TyperCommand.main", 1), ("TyperGroup.main", 1)),
    "fire": (("Fire", 1),),
    "ipykernel.kernelbase": (("Kernel._input_request", -1),),
}
"""Functions that read the arguments of the script where they are given none, and which of theirs that is. The kernel
of a notebook asks for input in a way of its own."""
_ARGUMENT: Final = ("args", "command")


def _are_none_given(args: tuple[Any, ...], kwargs: dict[str, Any]) -> bool:
    return args[0] is None if args else all(kwargs.get(name) is None for name in _ARGUMENT)


def _parsing(place: int, original: Callable[..., Any], current: Current) -> Callable[..., Any]:
    def parsing(*args: Any, **kwargs: Any) -> Any:
        run = current()
        if run is not None:
            frame = sys._getframe(1)  # noqa: SLF001  # who reads decides whether it counts
            if place < 0:
                typed(run, (), frame)
            elif _are_none_given(args[place:], kwargs) and _is_for_project(frame):
                run.environment.arguments()
            run.tell()
        return original(*args, **kwargs)

    return parsing


def parser_standins(only: str = "") -> Iterator[StandIn]:
    """Yield the stand-ins for what parses arguments, of the libraries that are loaded or of one of them."""
    for module, found in loaded_of(PARSERS, only):
        for path, place in found:
            *classes, name = path.split(".")
            owner: Any = module
            for part in classes:
                owner = getattr(owner, "__dict__", {}).get(part)
            if callable(getattr(owner, "__dict__", {}).get(name)):
                yield owner, name, functools.partial(_parsing, place)
