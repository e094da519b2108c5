"""The net under all else: files that native code of this process opens, as the kernel tells them (Linux, fanotify).

For the time of a run a few folders are watched: the project's, the working directory, and those that texts of the
computation name. The kernel tells of each opening in them, to an unprivileged listener with the number of the process
only for its own. What Python opened is known by the audit hook; what is left over was opened by native code. It counts
as read by the runs that were on, unless it was written meanwhile: the kernel tells that, too.

Guarantees
    No thread, no function replaced; between runs nothing is watched, and one descriptor is kept, as closing it is slow.
    A system that has no such listener, or refuses it (macOS, Windows, some containers, some file systems), has no net;
    what it would have seen is a blind spot there. Never raises.
"""

# Paths are text here, as audit events give them: a `Path` costs microseconds.
# ruff: noqa: PTH100, PTH109, PTH111, PTH112, PTH114, PTH116, PTH118, PTH119, PTH120

from __future__ import annotations

import contextlib
import os
import re
import struct
import sys
from importlib.machinery import EXTENSION_SUFFIXES
from types import ModuleType
from typing import TYPE_CHECKING, Any, Final

from ...model.process._late import loading
from ...model.process._log import log

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from .._active_runs import WatchedRun

__all__ = ["Opens", "is_quiet", "opens"]

_OPEN: Final = 0x20
_CHANGED: Final = 0x2 | 0x80 | 0x100  # modified, moved here, made
_OVERFLOW: Final = 0x4000
_MASK: Final = _OPEN | _CHANGED | 0x08000000  # of the files in a folder
_INIT: Final = 0x1 | 0x2 | 0x400 | 0x800  # close at exec, do not block, tell folders and names
_ADD: Final = 0x1
_REMOVE: Final = 0x2
_HERE: Final = -100
_EVENT: Final = struct.Struct("=IBBHQii")
_INFO: Final = struct.Struct("=BBHiiIi")
_MOST_FOLDERS: Final = 24
_LONGEST: Final = 10_000
_NAMES: Final = re.compile(r"""[^\s'"`<>|=(),;\0]*/[^\s'"`<>|=(),;\0]*""")
"""What may be the name of a file within a text, such as a statement."""
_CODE: Final = (".so", ".dylib", ".py", ".pyc", ".pyd")
_SIDES: Final = ("-wal", "-shm", "-journal")
"""Files that SQLite keeps beside one that the hook has told of."""
_LOCKS: Final = re.compile(r"(?:^|[._-])(?:lock|lck)(?:[._-]|$)", re.IGNORECASE)
_BY_US, _BY_OTHERS = 1, 2

_QUIET: Final = frozenset(
    """
    Lutil numpy pandas scipy sklearn matplotlib PIL xxhash cloudpickle kiwisolver contourpy psutil yaml _yaml msgpack
    orjson simplejson ujson regex zmq tornado markupsafe cffi _cffi_backend pydantic pydantic_core rpds
    charset_normalizer aiohttp frozenlist multidict yarl propcache greenlet gevent uvloop httptools numexpr bottleneck
    dateutil pytz six bcrypt cryptography nacl debugpy _pydevd_bundle _pydevd_frame_eval coverage zstandard lz4 brotli
    _brotli wrapt IPython ipykernel joblib threadpoolctl tqdm attr attrs click rich pytest _pytest hypothesis pluggy
    numba llvmlite statsmodels patsy sympy mpmath gmpy2 networkx requests urllib3 certifi idna jinja2 packaging
    setuptools pkg_resources typing_extensions pyparsing cycler tenacity seaborn plotly sqlalchemy psycopg psycopg2
    """.split()  # noqa: SIM905  # names read best as words in lines
)
"""Libraries without native code, or whose native code opens no files: nothing of theirs needs a net."""


def is_quiet(module: str) -> bool:
    """Return whether a module, or what it is a part of, is known to open files by Python only."""
    top = module.partition(".")[0]
    return top in _QUIET or top in sys.stdlib_module_names or top.endswith("__mypyc")


def _file_of(module: object) -> str:
    """Return the file of a module; one that is loaded lazily stays as it is."""
    if not issubclass(type(module), ModuleType):
        return ""
    try:
        return str(ModuleType.__getattribute__(module, "__dict__").get("__file__"))
    except Exception:  # noqa: BLE001  # what somebody has put among the modules may raise what it likes
        return ""


class Opens:
    """The listener of this process, and what it has told.

    Attributes:
        up: whether it listens. A list: whoever asks often asks a fixed place.
        told: paths that Python opened meanwhile, whoever did it.
    """

    def __init__(self) -> None:
        self.up = [False]
        self.told: dict[str, None] = {}
        self._file: int | None = None
        self._stat: os.stat_result | None = None
        self._library: Any = None
        self._refused = ""
        self._folders: dict[bytes, str] = {}
        self._tried: set[str] = set()
        self._native = False
        self._searched = 0
        self._inside: dict[str, tuple[int, frozenset[str]]] = {}

    def refusal(self) -> str:
        """Return why there is no net here; nothing if there is one, or none was needed yet."""
        return self._refused

    def is_needed(self) -> bool:
        """Return whether a library is loaded whose native code may open files."""
        if not self._native and len(sys.modules) != self._searched:
            self._searched = len(sys.modules)
            self._native = any(
                _file_of(module).endswith(_SUFFIXES) and not is_quiet(name)
                for name, module in list(sys.modules.items())
            )
        return self._native

    def start(self, root: str, texts: Callable[[], Iterable[str]]) -> None:
        """Listen to what happens in the project folder, the working directory, and folders that these texts name."""
        try:
            if not self._refused and self._listener():
                self.up[0] = True
                homes = [root]
                with contextlib.suppress(OSError):  # it is gone
                    homes.append(os.getcwd())
                for folder in self.folders_of(texts(), *homes):
                    self.near(folder)
        except Exception as error:  # noqa: BLE001  # an error of ours must not become one of the user's
            self._refuse(error)

    def near(self, folder: str) -> None:
        """Listen to what happens in one more folder, if we listen at all."""
        if not self.up[0] or folder in self._tried or len(self._tried) >= _MOST_FOLDERS:
            return
        self._tried.add(folder)
        handle = self._handle(folder)
        if handle and handle not in self._folders and self._mark(_ADD, folder):
            self._folders[handle] = folder

    def stop(self) -> None:
        """Listen to nothing any more."""
        self.up[0] = False
        if self._folders and self._is_ours():
            for folder in list(self._folders.values()):
                self._mark(_REMOVE, folder)
        self._folders.clear()
        self._tried.clear()
        self.told.clear()

    def forget(self) -> None:
        """In a process made by fork: leave the listener to the parent."""
        if self._file is not None and self._is_ours():
            os.close(self._file)
        refused = self._refused
        self.__init__()  # type: ignore[misc]  # all anew
        self._refused = refused

    def count(self, runs: Iterable[WatchedRun]) -> None:
        """Tell the runs that are on what native code has opened since they were last told."""
        if not self.up[0]:
            return
        try:
            opened, lost = self._news() if self._is_ours() else ({}, True)
            for run in list(runs):
                if lost:
                    run.blind("native code", "opened more files than could be followed")
                for path, changed in opened.items():
                    if path not in run.files.opened and not self._is_python(path):
                        _count(run, path, changed)
                run.tell()
        except Exception as error:  # noqa: BLE001  # as above
            self._refuse(error)

    def _is_python(self, path: str) -> bool:
        """Return whether Python opened a file under another of its names."""
        with contextlib.suppress(OSError, ValueError):
            st = os.stat(path)
            for told in list(self.told):
                if os.path.basename(told) == os.path.basename(path) or os.path.islink(told):
                    with contextlib.suppress(OSError, ValueError):
                        if os.path.samestat(os.stat(told), st):
                            return True
            return False
        return True  # it is gone

    def _news(self) -> tuple[dict[str, int], bool]:
        """Return what native code of this process has opened, with who changed it, and whether some of it is lost.

        What others changed before it was opened first is what they made for the run: no change of an input.
        """
        opened: dict[str, int] = {}
        changed: dict[str, int] = {}
        lost, own = False, os.getpid()
        for mask, process, handle, name in self._events():
            lost = lost or bool(mask & _OVERFLOW)
            folder = self._folders.get(handle)
            if folder is None or not name:
                continue
            path = os.path.join(folder, os.fsdecode(name))
            if process == own and mask & _OPEN and path not in self.told:
                opened.setdefault(path, 0)
            if mask & _CHANGED and (process == own or path in opened):
                changed[path] = changed.get(path, 0) | (_BY_US if process == own else _BY_OTHERS)
        return {path: changed.get(path, 0) for path in opened}, lost

    def _events(self) -> Iterable[tuple[int, int, bytes, bytes]]:
        while self._file is not None:
            try:
                data = os.read(self._file, 1 << 16)
            except OSError:  # nothing more is there
                return
            start = 0
            while start < len(data):
                size, _version, _, _head, mask, _file, process = _EVENT.unpack_from(data, start)
                handle = name = b""
                if size > _EVENT.size:
                    _kind, _pad, length, _f, _g, count, _type = _INFO.unpack_from(data, start + _EVENT.size)
                    body = start + _EVENT.size + _INFO.size
                    handle = data[body : body + count]
                    name = data[body + count : start + _EVENT.size + length].split(b"\0", 1)[0]
                yield mask, process, handle, name
                start += size

    def _listener(self) -> bool:
        """Return whether there is a listener; made when it is first needed."""
        if self._file is not None:
            if self._is_ours():
                return True
            self._refused, self._file = "its descriptor was closed", None
            return False
        if not sys.platform.startswith("linux"):
            self._refused = f"{sys.platform} tells of no openings"
            return False
        try:
            with loading:
                import ctypes  # noqa: PLC0415  # slow; what has native code has nearly always loaded it

            self._library = ctypes.CDLL(None, use_errno=True)
            file: int = self._library.fanotify_init(_INIT, os.O_RDONLY)
            if file >= 0:
                self._file, self._stat = file, os.fstat(file)
            else:
                self._refused = os.strerror(ctypes.get_errno())
        except (OSError, ImportError, AttributeError) as error:
            self._refused = str(error)
        if self._refused:
            log.debug("no net under native readers: %s", self._refused)
        return not self._refused

    def _is_ours(self) -> bool:
        """Return whether the descriptor is the listener's still: programs close all that they find, and open others."""
        try:
            return self._file is not None and os.path.samestat(os.fstat(self._file), self._stat)  # type: ignore[arg-type]
        except OSError:
            return False

    def _refuse(self, error: Exception) -> None:
        self.up[0] = False
        self._refused = str(error) or type(error).__name__
        log.debug("the net under native readers is gone", exc_info=error)

    def _mark(self, how: int, folder: str) -> bool:
        import ctypes  # noqa: PLC0415  # the listener has loaded it

        mask = ctypes.c_uint64(_MASK)
        done: int = self._library.fanotify_mark(self._file, how, mask, _HERE, os.fsencode(folder))
        return done == 0

    def _handle(self, folder: str) -> bytes:
        """Return what the kernel calls a folder in what it tells; nothing where its file system has no such names."""
        import ctypes  # noqa: PLC0415  # as above

        handle = ctypes.create_string_buffer(struct.pack("=Ii", 128, 0), 8 + 128)
        mount = ctypes.c_int()
        if self._library.name_to_handle_at(_HERE, os.fsencode(folder), handle, ctypes.byref(mount), 0x400):
            return b""
        (size,) = struct.unpack_from("=I", handle)
        return handle.raw[8 : 8 + size]

    def folders_of(self, texts: Iterable[str], *homes: str) -> list[str]:
        """Return the folders of files that texts name, or that they name themselves, after the homes."""
        found = dict.fromkeys(homes)
        inside = {home: self._names_in(home) for home in homes}
        for text in texts:
            for home in homes:
                if text in inside[home]:
                    found[os.path.join(home, text)] = None
            if os.sep in text and len(text) <= _LONGEST:
                for name in _NAMES.findall(text):
                    path = os.path.abspath(os.path.expanduser(name))
                    for folder in (os.path.dirname(path), path):
                        if folder not in found and os.path.isdir(folder):
                            found[folder] = None
        found.pop(os.sep, None)
        return list(found)

    def _names_in(self, home: str) -> frozenset[str]:
        """Return the names of the folders in one, read anew when it has changed."""
        try:
            time = os.stat(home).st_mtime_ns
            known = self._inside.get(home)
            if known is None or known[0] != time:
                with os.scandir(home) as entries:
                    names = frozenset(entry.name for entry in entries if entry.is_dir())
                self._inside = {**self._inside, home: (time, names)} if len(self._inside) < _MOST_FOLDERS else {}
                return names
            return known[1]
        except OSError:
            return frozenset()


_SUFFIXES: Final = tuple(EXTENSION_SUFFIXES)


def _count(run: WatchedRun, path: str, by: int) -> None:
    """Let a file that native code has opened count for a run."""
    files = run.files
    if path.endswith((*_CODE, *_SIDES)) or _LOCKS.search(os.path.basename(path)):
        return
    if not files.places.verdict(path) or files.is_own(path):
        return
    if by & _BY_US:
        files.own.setdefault(path)
        files.written.setdefault(path)
        return
    files.read(path)
    if by:
        files.raced(path)


opens: Final = Opens()

if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=opens.forget)
