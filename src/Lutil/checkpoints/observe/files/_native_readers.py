"""Readers in native code that raise no audit event: those that the tables of `integrations/` name, and their paths.

What is in no table is seen by the net in `_kernel_opens`, where the system has one; else it is a blind spot that the
documentation names.
"""

from __future__ import annotations

import functools
import sys
from typing import TYPE_CHECKING, Any, Final

from ...integrations import LIBRARIES, table
from ...model.process._interrupts import let_pass
from ...model.process._log import log
from ...model.process._records import NamedTuple
from ._kernel_opens import opens
from ._native_arguments import Parameters, tell_database, tell_files, tell_query, tell_written

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import CodeType, FrameType

    from .._active_runs import Current, WatchedRun

__all__ = ["Lent", "is_native", "native_standins"]

_TABLES: Final[dict[str, Callable[[WatchedRun, Parameters, tuple[Any, ...], dict[str, Any], str], None]]] = {
    "READERS": tell_files,
    "WRITERS": tell_written,
    "DATABASES": tell_database,
    "QUERIES": tell_query,
}


class Lent:
    """Stands for a reader, which may be a class: another function is called, all else is the reader's."""

    def __init__(self, original: Any, call: Callable[..., Any]) -> None:
        self._original = original
        self._call = call

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return self._call(*args, **kwargs)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._original, name)

    def __instancecheck__(self, value: object) -> bool:
        return isinstance(value, self._original)

    def __subclasscheck__(self, cls: type) -> bool:
        return issubclass(cls, self._original)

    def __mro_entries__(self, _bases: tuple[Any, ...]) -> tuple[Any, ...]:
        return (self._original,)

    def __or__(self, other: Any) -> Any:
        return self._original | other

    def __ror__(self, other: Any) -> Any:
        return other | self._original


class _NativeReader(NamedTuple):
    """A function of a library that reads or writes.

    Attributes:
        library: the file of `integrations/` that names it.
        module: where it is found.
        path: its name there, with those of the classes around it.
        table: which of the tables names it.
        parameters: those of its parameters that name files.
    """

    library: str
    module: str
    path: tuple[str, ...]
    table: str
    parameters: Parameters


@functools.lru_cache(maxsize=256)
def _readers(library: str) -> dict[str, tuple[_NativeReader, ...]]:
    """Return what a library has, by the module where it is found."""
    found: dict[str, list[_NativeReader]] = {}
    for name in _TABLES:
        for function, parameters in table(library, name).items():
            module, _, path = function.partition(":")
            reader = _NativeReader(library, module, tuple(path.split(".")), name, Parameters.of(parameters))
            found.setdefault(module, []).append(reader)
    return {module: tuple(readers) for module, readers in found.items()}


@functools.lru_cache(maxsize=4096)
def is_native(module: str) -> bool:
    """Return whether a module has native readers."""
    library = module.partition(".")[0]
    return library in LIBRARIES and module in _readers(library)


_IN_PLACE: Final = compile("__lutil_call__(*__lutil_args__, **__lutil_kwargs__)", "<as its caller>", "eval")


def _caller(frame: FrameType | None) -> FrameType | None:
    """Return the frame that has called a stand-in, which may have been lent."""
    while frame is not None and frame.f_code is _LENDING:
        frame = frame.f_back
    return frame


_LENDING: Final[CodeType] = Lent.__call__.__code__


def _called_in_place(call: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """Call a function as its caller has: DuckDB looks for `FROM df` among the names of the frame that calls it."""
    frame = _caller(sys._getframe(2))  # noqa: SLF001  # whose names are looked for
    if frame is None:
        return call(*args, **kwargs)
    given = {"__lutil_call__": call, "__lutil_args__": args, "__lutil_kwargs__": kwargs}
    return eval(_IN_PLACE, frame.f_globals, {**frame.f_locals, **given})  # noqa: S307  # a constant of ours


def _reading(reader: _NativeReader, skipped: int, original: Callable[..., Any], current: Current) -> Callable[..., Any]:
    """Return a function that tells the run what it is given, but for the first few arguments, and does the same."""
    tell, parameters, library = _TABLES[reader.table], reader.parameters, reader.library

    def told(args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        run = current()
        if run is not None:
            try:
                tell(run, parameters, args[skipped:], kwargs, library)
                if reason := opens.refusal():
                    what = f"what it reads besides, in native code, is not seen here ({reason}): declare it, "
                    run.blind(library, f"{what}watch=[File(...)]")
                run.tell()
            except Exception as error:  # noqa: BLE001  # an error of ours must not become an error of the user's reader
                let_pass(error)
                name = f"{reader.module}.{'.'.join(reader.path)}"
                run.blind(name, "what it was given could not be followed")
                log.debug("native reader %s", name, exc_info=error)

    if reader.table == "QUERIES":

        def querying(*args: Any, **kwargs: Any) -> Any:
            told(args, kwargs)
            return _called_in_place(original, args, kwargs)

        return querying

    def reading(*args: Any, **kwargs: Any) -> Any:
        told(args, kwargs)
        return original(*args, **kwargs)

    return reading


def native_standins(only: str = "") -> Iterator[tuple[Any, str, Callable[..., Any]]]:
    """Yield the stand-ins for the readers of libraries that are loaded, or of one of their modules."""
    libraries = {only.partition(".")[0]} & LIBRARIES if only else LIBRARIES & sys.modules.keys()
    for library in libraries:
        for module_name, readers in _readers(library).items():
            module = sys.modules.get(module_name)
            if module is not None and only in {"", module_name}:
                for reader in readers:
                    yield from _standin(module, reader)


def _standin(module: Any, reader: _NativeReader) -> Iterator[tuple[Any, str, Callable[..., Any]]]:
    *classes, name = reader.path
    if not classes:
        if name in vars(module):  # a function that a library offers lazily is left as it is: nobody has used it yet
            yield module, name, _maker(reader, 0)
        return
    owner = module
    for part in classes:
        owner = getattr(owner, "__dict__", {}).get(part)
    if isinstance(owner, type):
        found = next((vars(base)[name] for base in owner.__mro__ if name in vars(base)), None)
        if found is not None:
            yield owner, name, _maker(reader, 0 if isinstance(found, staticmethod) else 1)


@functools.lru_cache(maxsize=4096)
def _maker(reader: _NativeReader, skipped: int) -> Callable[..., Any]:
    return functools.partial(_reading, reader, skipped)
