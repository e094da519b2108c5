"""The audit hook: what Python tells of files, folders and processes, judged and handed to the run that is on.

A hook cannot be taken away again, and is called for many thousand events that are no business of ours; so it is
installed by the first run of a process only, and nearly everything is thrown out first (`_auditing`). It must never
raise: an error here would become an error of the user's `open`.
"""

# Paths are text here, as audit events give them: a `Path` costs microseconds.
# ruff: noqa: PTH100, PTH117, PTH119

from __future__ import annotations

import os
import re
import sys
import time
from typing import TYPE_CHECKING, Any, Final

from ..model._identity import place_of
from ..model.process import _function_changes
from ..model.process._interrupts import let_pass
from ..model.process._limits import make_room
from ..model.process._log import log
from ._active_runs import WatchedRun, current
from ._auditing import PROBE, once
from ._callers import IMPORTERS, PLUMBING, beyond, by_us, counts, is_for_project, is_library, leaves
from ._trace import Mode
from .files._kernel_opens import opens

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import FrameType

__all__ = [
    "PROGRAM",
    "TOOL",
    "TYPED",
    "absolute",
    "install",
    "loaded_at",
    "recording",
    "typed",
    "unquoted",
]

_WRITING: Final = os.O_WRONLY | os.O_RDWR
_NO_FILE: Final = getattr(os, "O_DIRECTORY", 0) | getattr(os, "O_TMPFILE", 0)

_LOADERS: Final = IMPORTERS | {"runpy"}
_loaded: Final[dict[str, float]] = {}
_SINCE: Final = time.time()
_MOST_LOADED: Final = 10_000

recording = [0]
"""How many runs are on in this process. A list: its address is known to the hook once and for all."""


def loaded_at(file: str) -> float:
    """Return when a file was last executed as a module, seconds since the epoch; before that is not known earlier."""
    return _loaded.get(file, _SINCE)


def absolute(path: Any) -> str | None:
    """Return an absolute path, or None for a descriptor and what else names no file."""
    if isinstance(path, int) or path is None:
        return None
    text = os.fsdecode(path)
    return os.path.normpath(text) if os.path.isabs(text) else os.path.abspath(text)


def _opened(run: WatchedRun, args: tuple[Any, ...], frame: FrameType) -> None:
    path = absolute(args[0])
    mode, flags = args[1], args[2]
    if path is None or (isinstance(flags, int) and _NO_FILE and flags & _NO_FILE):
        return
    letters = mode if isinstance(mode, str) else ""
    writes = bool(flags & _WRITING) or not frozenset("wxa+").isdisjoint(letters)
    if not (leaves(frame) if writes else counts(frame, path)):
        if writes and by_us(frame) is None:
            run.files.put_aside(path)
        return
    empties = bool(flags & os.O_TRUNC) or not frozenset("wx").isdisjoint(letters)
    unsure = not letters and not os.path.isabs(args[0])
    may_empty = unsure and empties
    empties = empties and not unsure  # `os.open(name, dir_fd=...)` says nothing of the folder: this may be another file
    reads = not writes or (not empties and ("+" in letters or bool(flags & os.O_RDWR)))
    if reads and counts(frame, path):
        run.files.read(path)
    if writes:
        new = bool(flags & os.O_EXCL) or "x" in letters
        appends = "a" in letters or bool(flags & os.O_APPEND)
        run.files.write(path, keeps=not empties, new=new, appends=appends, may_empty=may_empty)


def _listed(run: WatchedRun, args: tuple[Any, ...], frame: FrameType) -> None:
    path = absolute("." if args[0] is None else args[0])
    if path is not None and (counts(frame) or _looks_for_modules(frame)):
        run.files.list(path)
        opens.near(path)  # native code may read what is found in it


def _looks_for_modules(frame: FrameType | None) -> bool:
    """Return whether project code asks which modules a folder holds, such as those of plugins."""
    lister = beyond(frame, PLUMBING)
    asked = lister is not None and lister.f_globals.get("__name__") == "pkgutil"
    return asked and is_for_project(lister, PLUMBING | {"pkgutil"})


def _globbed(run: WatchedRun, args: tuple[Any, ...], frame: FrameType) -> None:
    # A pattern with a wildcard lists folders, which is told by itself; one without only asks whether a file is there.
    path = absolute(args[0])
    if path is not None and not any(letter in path for letter in "*?[") and counts(frame):
        run.files.test(path, _lstat(path), "existing")


def _lstat(path: str) -> os.stat_result | None:
    try:
        return _real_lstat(path)
    except (OSError, ValueError):
        return None


_real_lstat = os.lstat


def _connected(run: WatchedRun, args: tuple[Any, ...], frame: FrameType) -> None:
    database = args[0]
    if isinstance(database, int) or not counts(frame):
        return
    text = os.fsdecode(database)
    read_only = False
    if text.startswith("file:"):
        text, _, query = text[5:].partition("#")[0].partition("?")
        read_only = "mode=ro" in query or "immutable=1" in query
        if "mode=memory" in query:
            return
        text = re.sub("^//(localhost)?(?=/)", "", text)
        text = unquoted(text)
    if not text or text.startswith(":memory:"):
        return
    path = absolute(text)
    if path is None:
        return
    if os.path.lexists(path):
        run.files.read(path)
        if not read_only:
            run.files.may_change(path)
        if _has_log(path):
            log = f"{path}-wal"
            run.files.test(log, _lstat(log), "stat")  # readers touch it, too
    elif not read_only:
        run.files.write(path, keeps=True)


def _linked_to(run: WatchedRun, args: tuple[Any, ...], frame: FrameType) -> None:
    """Take note of a shared library that the project loads: its code is in that file."""
    name = next((arg for arg in reversed(args) if isinstance(arg, (str, bytes, os.PathLike))), None)
    if name and counts(frame) and os.sep in os.fsdecode(name):
        run.files.read(os.path.abspath(os.fsdecode(name)))


def unquoted(text: str) -> str:
    """Return what an address says in `%20` and the like; `urllib.parse` takes ms to import."""
    return os.fsdecode(re.sub(b"%([0-9A-Fa-f]{2})", lambda m: bytes.fromhex(m[1].decode()), os.fsencode(text)))


def _has_log(database: str) -> bool:
    """Return whether a database of SQLite has its last changes in a file beside it."""
    with open(database, "rb") as file:  # noqa: PTH123  # text, as audit events give it
        return file.read(19)[18:] == b"\2"


def _within(path: Any, descriptor: Any) -> str | None:
    """Return an absolute path, or None where it is relative to a folder that is known by descriptor only."""
    if isinstance(descriptor, int) and descriptor >= 0 and not os.path.isabs(path):
        return None
    return absolute(path)


def _made(run: WatchedRun, args: tuple[Any, ...], frame: FrameType) -> None:
    path = _within(args[0], args[2])
    if path is not None and leaves(frame):
        run.files.made(path)


def _linked(run: WatchedRun, args: tuple[Any, ...], frame: FrameType) -> None:
    path = _within(args[1], args[-1])
    if path is not None and leaves(frame):
        run.files.linked(path, _within(args[0], args[2]) if len(args) > 3 else None)  # `os.link`


def _removed(run: WatchedRun, args: tuple[Any, ...], frame: FrameType) -> None:
    path = _within(args[0], args[1])
    if path is not None and counts(frame):
        run.files.removed(path)


def _renamed(run: WatchedRun, args: tuple[Any, ...], frame: FrameType) -> None:
    source, target = _within(args[0], args[2]), _within(args[1], args[3])
    if source is not None and target is not None and leaves(frame):
        run.files.renamed(source, target)


def _truncated(run: WatchedRun, args: tuple[Any, ...], frame: FrameType) -> None:
    path = absolute(args[0])
    if path is not None and leaves(frame):
        if args[1]:
            run.files.read(path)
        run.files.write(path, keeps=bool(args[1]))


def _temporary(run: WatchedRun, args: tuple[Any, ...], _frame: FrameType) -> None:
    path = absolute(args[0])
    if path is not None:
        run.files.temporary.setdefault(path)


TOOL: Final = "tool"
PROGRAM: Final = "program"
"""A library starts tools of its own (`lscpu`, `git --version`); a program that the project starts reads its data."""
_STARTERS: Final = frozenset(("subprocess", "os", "asyncio", "IPython"))
"""Packages on the way between a program and who has it started: a line `!cat a.txt` is the user's own."""


def _started(run: WatchedRun, args: tuple[Any, ...], frame: FrameType) -> None:
    starter: FrameType | None = frame
    while starter is not None and (starter.f_globals.get("__name__") or "").partition(".")[0] in _STARTERS:
        starter = starter.f_back
    if starter is None or not counts(starter):
        return
    run.blind(TOOL if is_library(starter.f_code) else PROGRAM, f"starts {_program(args)}")


def _program(args: tuple[Any, ...]) -> str:
    """Return the name of the program in the arguments of an audit event."""
    command = args[0] if args and isinstance(args[0], (str, bytes, os.PathLike)) else ""
    if os.path.basename(os.fsdecode(command)) == "sh" and len(args) > 1 and isinstance(args[1], list):
        command = args[1][-1]
    words = os.fsdecode(command).split()  # `TOKEN=abc curl …` starts curl
    return os.path.basename(next((word for word in words if "=" not in word), "a process"))


TYPED: Final = "standard input"
_DEBUGGERS: Final = frozenset(("pdb", "bdb", "cmd", "code", "ipdb", "IPython"))


def typed(run: WatchedRun, _args: tuple[Any, ...], frame: FrameType | None) -> None:
    """Take note that the run reads what is typed in or piped to it, but for the commands that a debugger is given."""
    if counts(frame) and frame and (frame.f_globals.get("__name__") or "").partition(".")[0] not in _DEBUGGERS:
        run.blind(TYPED, "is read: it is used up by that, so the result is not kept")


def _reached_out(run: WatchedRun, args: tuple[Any, ...], frame: FrameType) -> None:
    address = args[1] if len(args) > 1 else ""
    host = address[0] if isinstance(address, tuple) and address else address
    if counts(frame):
        run.blind("network", f"connects to {host!s:.60}")


def _unpickled(run: WatchedRun, args: tuple[Any, ...], frame: FrameType) -> None:
    module, name = args
    if type(module) is str and module not in sys.stdlib_module_names and counts(frame):
        run.got(Mode.CLASS, f"{module}:{name}")


def _told(path: Any) -> None:
    """Take note that it is Python who opens a file, in whatever thread: the net is for what it does not tell of."""
    try:
        if (name := absolute(path)) is not None:
            opens.told[name] = None
    except (TypeError, ValueError, OSError):  # no path, or no working directory any more
        return


def _altering(args: tuple[Any, ...]) -> None:
    if args[1] in _function_changes.ATTRIBUTES:
        _function_changes.tell(args[0])


def _loading(args: tuple[Any, ...]) -> None:
    if _is_module(args[0]) and not args[0].co_filename.startswith("<"):  # those are texts, such as cells
        make_room(_loaded, _MOST_LOADED)
        _loaded[args[0].co_filename] = time.time()


def _is_module(code: Any) -> bool:
    return getattr(code, "co_name", "") == "<module>"


def _executed(run: WatchedRun, args: tuple[Any, ...], frame: FrameType) -> None:
    code = args[0]
    if _is_module(code) and not is_library(code) and (mode := _way_of_loading(frame)):
        file = os.path.abspath(code.co_filename) if mode == Mode.DIRECT else code.co_filename
        run.got(mode, file, _place_of_loader(frame))


def _place_of_loader(frame: FrameType | None) -> str:
    while frame is not None and is_library(frame.f_code):
        frame = frame.f_back
    return "" if frame is None else place_of(frame.f_code)


def _way_of_loading(frame: FrameType | None) -> str:
    """Return whether a module is loaded that was looked for by its name, or one by its place; nothing if none is."""
    mode = ""
    while frame is not None and (name := frame.f_globals.get("__name__") or "") in _LOADERS:
        if name in IMPORTERS or frame.f_code.co_name == "run_module":
            mode = mode or Mode.DIRECT
        if frame.f_code.co_name == "_find_and_load":
            return Mode.PLACE
        frame = frame.f_back
    return mode


_HANDLERS: Final[dict[str, Callable[[WatchedRun, tuple[Any, ...], FrameType], None]]] = {
    "open": _opened,
    "os.listdir": _listed,
    "os.scandir": _listed,
    "glob.glob": _globbed,
    "sqlite3.connect": _connected,
    "sqlite3.load_extension": _linked_to,
    "ctypes.dlopen": _linked_to,
    "os.mkdir": _made,
    "os.symlink": _linked,
    "os.link": _linked,
    "os.remove": _removed,
    "os.rmdir": _removed,
    "os.rename": _renamed,
    "os.truncate": _truncated,
    "tempfile.mkstemp": _temporary,
    "tempfile.mkdtemp": _temporary,
    "os.system": _started,
    "os.posix_spawn": _started,
    "os.spawn": _started,
    "os.startfile": _started,
    "subprocess.Popen": _started,
    "socket.connect": _reached_out,
    "builtins.input": typed,
    "pickle.find_class": _unpickled,
    "exec": _executed,
}
_ALWAYS: Final[dict[str, Callable[[tuple[Any, ...]], None]]] = {
    PROBE: lambda _args: _function_changes.told_from_now_on(),
    "object.__setattr__": _altering,
    "object.__delattr__": _altering,
    "exec": _loading,
}
"""What is taken note of also while no run is on."""
_WANTED: Final = frozenset((*_HANDLERS, *_ALWAYS))


def _hook(
    event: str,
    args: tuple[Any, ...],
    _wanted: frozenset[str] = _WANTED,
    _recording: list[int] = recording,
) -> None:
    if event not in _wanted:
        return
    if event in _ALWAYS:
        _ALWAYS[event](args)
    if not _recording[0] or event not in _HANDLERS:
        return
    if event == "open" and opens.up[0]:
        _told(args[0])
    run = current()
    if run is None:
        return
    try:
        _HANDLERS[event](run, args, sys._getframe(1))  # noqa: SLF001  # who reads decides whether it counts
        run.tell()
    except Exception as error:  # noqa: BLE001  # an error of ours must not become an error of the user's `open`
        let_pass(error)
        run.blind("audit hook", f"could not follow {event}")
        log.debug("audit event %s", event, exc_info=error)


def install() -> bool:
    """Have the hook called from now on, for good; return whether it is. The caller holds a lock."""
    return once(_hook, recording, tuple(_HANDLERS), tuple(_ALWAYS))
