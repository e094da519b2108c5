"""What a native reader was given, told to the run: paths, folders, patterns, and files that a text of SQL names."""

# Paths are text here, as audit events give them: a `Path` costs microseconds.
# ruff: noqa: PTH100, PTH111, PTH112, PTH113, PTH118, PTH120, PTH207

from __future__ import annotations

import glob
import itertools
import os
import re
from typing import TYPE_CHECKING, Any, Final

from ...integrations import table
from ...model.process._records import NamedTuple
from .._audit_hook import unquoted
from .._trace import Mode
from ._kernel_opens import opens

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .._active_runs import WatchedRun

__all__ = ["Parameters", "tell_database", "tell_files", "tell_query", "tell_written"]

_MODE: Final = re.compile(r"[wxa][bhczuU0-9]*[-+]?|r\+b?|rw")
"""How a file is opened that is written to; `w-` is `x`."""
_REMOTE: Final = "://"
_LOCAL: Final = re.compile("file:(?://(?:localhost)?)?(?=/)", re.IGNORECASE)
_OPTIONS: Final = re.compile(r"\?\w+=")
"""What follows a path that names a format, too: `train.txt?format=libsvm`."""
_MOST: Final = 100_000
_DEEPEST: Final = 3
_LONGEST: Final = 4096
_MEMORY: Final = ":memory:"


class Parameters(NamedTuple):
    """Which parameters of a function name files.

    Attributes:
        places: by position, without `self`; a name for each.
        names: of all that may be given by name.
        mode: the position of the one that says how the file is opened; -1 if there is none.
    """

    places: tuple[int, ...]
    names: frozenset[str]
    mode: int

    @classmethod
    def of(cls, text: str) -> Parameters:
        """Return what a table of a library says, such as `"_ source|path * index"`."""
        ordered, _, by_name = text.partition("*")
        words = ordered.split()
        mode = words.index("mode") if "mode" in words else -1
        places = tuple(place for place, word in enumerate(words) if word not in {"_", "mode"})
        names = [name for word in (*words, *by_name.split()) for name in word.split("|")]
        return cls(places, frozenset(names) - {"_", "mode"}, mode)

    def given(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> list[Any]:
        """Return what is given for them."""
        found = [args[place] for place in self.places if place < len(args)]
        return found + [value for name, value in kwargs.items() if name in self.names]

    def opened_for(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> str:
        """Return how a file is opened; `r` where nobody says so."""
        if self.mode < 0:
            return "r"
        mode = kwargs.get("mode", args[self.mode] if len(args) > self.mode else "r")
        return mode if isinstance(mode, str) and _MODE.fullmatch(mode) else "r"


def tell_files(
    run: WatchedRun, parameters: Parameters, args: tuple[Any, ...], kwargs: dict[str, Any], library: str
) -> None:
    """Tell the run of the files that a reader is about to read, or to write as its mode says."""
    mode = parameters.opened_for(args, kwargs)
    for value in parameters.given(args, kwargs):
        _tell(run, value, mode, library)


def tell_written(
    run: WatchedRun, parameters: Parameters, args: tuple[Any, ...], kwargs: dict[str, Any], _library: str
) -> None:
    """Tell the run of the files that are about to be written."""
    for value in parameters.given(args, kwargs):
        _tell(run, value, "w", "")


def tell_database(
    run: WatchedRun, parameters: Parameters, args: tuple[Any, ...], kwargs: dict[str, Any], _library: str
) -> None:
    """Tell the run of a database that is about to be opened: what is there is read, what is not is made."""
    for value in parameters.given(args, kwargs):
        for path in _texts(value):
            if not path.startswith(_MEMORY) and "\0" not in path:
                _database(run, os.path.abspath(os.path.expanduser(path)))


def _database(run: WatchedRun, path: str) -> None:
    if os.path.isdir(path):
        _folder(run, path)
    elif os.path.lexists(path):
        run.files.read(path)
        _tell_also(run, (f"{path}.wal", f"{path}-wal"))  # its last changes
    else:
        run.files.write(path, keeps=True)
        run.files.made(f"{path}.wal")


def _texts(value: Any, depth: int = _DEEPEST) -> Iterator[str]:
    """Yield the paths that a value is or holds; an open file is none: its opening was told."""
    if isinstance(value, (list, tuple, set, frozenset, dict)):
        items = value.values() if isinstance(value, dict) else value
        if depth and _is_text(next(iter(items), None), depth):  # a list of numbers may be long
            for item in items:
                yield from _texts(item, depth - 1)
    elif isinstance(value, os.PathLike) or (isinstance(value, (str, bytes)) and len(value) <= _LONGEST):
        text = _plain(os.fsdecode(value))
        if text and _REMOTE not in text and "\n" not in text and "\0" not in text:
            yield text


def _is_text(value: Any, depth: int) -> bool:
    """Return whether a value is a path, or a container that begins with one."""
    if isinstance(value, (list, tuple, dict)) and depth:
        return _is_text(next(iter(value.values() if isinstance(value, dict) else value), None), depth - 1)
    return isinstance(value, (str, bytes, os.PathLike))


def _tell(run: WatchedRun, value: Any, mode: str, library: str) -> None:
    for text in _texts(value):
        path = os.path.abspath(os.path.expanduser(text))
        if os.path.isdir(path):
            _folder(run, path)
        elif _has_wildcard(path) and not os.path.lexists(path):
            _pattern(run, path, library)
        else:
            if mode[:1] not in {"w", "x"}:
                _read(run, path, library)
            if mode != "r":
                run.files.write(path, keeps=mode[:1] in {"a", "r"}, new=mode in {"x", "w-"})


def _read(run: WatchedRun, path: str, library: str) -> None:
    run.files.read(path)
    opens.near(os.path.dirname(path))
    if also := table(library, "ALSO").get(library):
        known, waiting = {path: None}, [path]
        while waiting and len(known) < _MOST:
            if os.path.isfile(one := waiting.pop()):
                news = [other for name in also(one) if (other := os.path.normpath(name)) not in known]
                known |= dict.fromkeys(news)
                waiting += news
        del known[path]
        _tell_also(run, known)


def _tell_also(run: WatchedRun, paths: Any) -> None:
    """Tell the run of files that a reader reads if they are there."""
    for path in paths:
        if os.path.isfile(path):
            run.files.read(path)
        else:
            run.files.test(path, None, Mode.EXISTING)


def _has_wildcard(path: str) -> bool:
    return any(letter in path for letter in "*?[")


def _plain(text: str) -> str:
    """Return a path without what an address says besides: `file://`, and the format of what lies there."""
    if address := _LOCAL.match(text):
        text = text[address.end() :]
        text = text if os.path.lexists(text) else unquoted(text)
    if (options := _OPTIONS.search(text)) and not os.path.lexists(text):
        text = text[: options.start()]
    return text


def _folder(run: WatchedRun, path: str) -> None:
    for count, (folder, _inner, files) in enumerate(os.walk(path)):
        run.files.list(folder)
        for name in files:
            run.files.read(os.path.join(folder, name))
        if count > _MOST:
            run.blind(path, "has more folders than are looked into")
            return


def _pattern(run: WatchedRun, path: str, library: str) -> None:
    head = path
    while _has_wildcard(head):
        head = os.path.dirname(head)
    run.files.list(head)
    for found in glob.iglob(path, recursive=True):
        run.files.list(os.path.dirname(found))
        if os.path.isfile(found):
            _read(run, found, library)


_LITERAL: Final = re.compile(
    r"""--[^\n]*|/\*.*?\*/|\$(?P<tag>\w*)\$(?P<dollar>.*?)\$(?P=tag)\$|'(?P<one>(?:[^']|'')*)'|"(?P<two>(?:[^"]|"")*)\"""",
    re.DOTALL,
)
"""A comment, or a text in SQL: `$$…$$`, `'…'`, or `"…"`, which is a name, and may be that of a file."""
_OUTPUT: Final = re.compile(r"\b(?:copy\b.*\bto|export\s+database)\s*$", re.IGNORECASE | re.DOTALL)
_DATABASE: Final = re.compile(
    r"\battach\s+(?:or\s+replace\s+)?(?:database\s+)?(?:if\s+not\s+exists\s+)?$", re.IGNORECASE
)
_OF_FOLDER: Final = re.compile(r"(?:\bimport\s+database\s*|_scan\s*\(\s*)$", re.IGNORECASE)


def tell_query(
    run: WatchedRun, parameters: Parameters, args: tuple[Any, ...], kwargs: dict[str, Any], library: str
) -> None:
    """Tell the run of the files that a statement names, or the values that are put into it.

    Every text in the statement that is the name of a file counts, whatever stands around it: there are more ways to
    read one than can be known (`FROM 'a.csv'`, `read_csv(['a.csv'])`, a view, a macro, a variable, an extension's).
    """
    first = parameters.given(args, kwargs)[:1]
    for query in first:
        text = query if isinstance(query, str) else getattr(query, "query", None)
        if isinstance(text, str):
            _tell_statements(run, text, library)
    for value in (*args, *kwargs.values()):
        if value is not (first or [None])[0]:
            for text in _put_in(value):
                if _is_there(text):
                    _tell(run, text, "r", library)


def _put_in(value: Any) -> Iterator[str]:
    """Yield the texts among values that are put into a statement, whatever stands beside them."""
    if isinstance(value, (list, tuple, dict)):
        for item in itertools.islice(value.values() if isinstance(value, dict) else value, _LONGEST):
            yield from _texts(item)
    else:
        yield from _texts(value)


def _tell_statements(run: WatchedRun, text: str, library: str) -> None:
    start = 0
    for found in _LITERAL.finditer(text):
        name = found["one"].replace("''", "'") if found["one"] is not None else found["two"] or found["dollar"]
        if not name:
            continue
        start = max(start, text.rfind(";", 0, found.start()) + 1)
        before = text[start : found.start()]
        if _OUTPUT.search(before):
            _tell_output(run, name)
        elif _DATABASE.search(before):
            for path in _texts(name):
                if not path.startswith(_MEMORY):
                    _database(run, os.path.abspath(os.path.expanduser(path)))
        elif any(map(_is_there, _texts(name))) or (_OF_FOLDER.search(before) and os.path.isdir(name)):
            _tell(run, name, "r", library)


def _tell_output(run: WatchedRun, name: str) -> None:
    for text in _texts(name):
        path = os.path.abspath(os.path.expanduser(text))
        if os.path.lexists(path) and not os.path.isdir(path):
            run.files.write(path, keeps=False)
        else:  # a file or a folder, whatever the statement makes
            run.files.made(path)
            run.files.written.setdefault(path)


def _is_there(text: str) -> bool:
    """Return whether a text is the name of a file, or of several: a word of the data is hardly ever."""
    if text.endswith(("/", os.sep)):
        return os.path.isdir(text)
    path = os.path.expanduser(text)
    if os.path.isfile(path):
        return True
    parts = "/" in text or "." in text
    return parts and _has_wildcard(text) and next(glob.iglob(path, recursive=True), None) is not None
