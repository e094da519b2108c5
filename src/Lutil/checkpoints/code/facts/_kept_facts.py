"""Facts about code, kept beside the entries: reading bytecode is most of what the first call in a process waits for.

    v1/_notes/code/<file>     for each source file, what is known of the functions in it that were reached

They are found by the whole content of the code object, and kept under the rules by which they were worked out: an edit,
another Python or another version of this package finds none, and nothing here can be stale. They hold names and
constants that code mentions: of code that has anything to do with secrets nothing is kept.

Advisory like every note: what is lost, damaged or not to be trusted is worked out again.
"""

from __future__ import annotations

import atexit
import functools
import io
import marshal
import os
import pickle
import sys
import weakref
from collections.abc import Collection, Iterator
from types import CodeType
from typing import Any, Final, Protocol

from xxhash import xxh3_64_hexdigest, xxh3_128_digest

from .... import __version__
from ...bytecode._nested import all_code
from ...model._key import FORMAT_VERSION
from ...model.process._interrupts import let_pass
from ...model.process._limits import make_room
from ...model.secrets._redaction import conceals, names_secret

__all__ = ["keep_facts_in", "known_facts", "learn_facts", "write_facts"]

_KIND: Final = "code"
_MOST_FILES: Final = 4096
_MOST_ROWS: Final = 1024
"""Functions of one file; the oldest go, which edits have left behind."""


class _Notes(Protocol):
    @property
    def folder(self) -> object: ...
    def get_note(self, kind: str, key: str) -> bytes | None: ...
    def put_note(self, kind: str, key: str, note: bytes) -> None: ...


_place: Final[list[weakref.ref[_Notes]]] = []
"""The store that was opened last, if any. A store keeps a descriptor: who has left it behind is not to keep it."""
_shelves: Final[dict[str, dict[bytes, bytes]]] = {}
"""By source file and by content of the code, the facts as they are kept."""
_fresh: Final[dict[str, None]] = {}
"""The files of which something is not written yet: a run asks for that, and goes through no others."""


def keep_facts_in(notes: _Notes) -> None:
    """From here on, facts are kept in a store."""
    if not _place:
        atexit.register(write_facts)
    _place[:] = [weakref.ref(notes)]


def known_facts(code: CodeType, offsets: Collection[int] | None = None, what: str = "") -> Any:
    """Return the facts about code, or about a block of it, that an earlier process has worked out; else None.

    Args:
        code: a code object.
        offsets: of the block.
        what: which facts, where they are not those of `_code_facts`.
    """
    shelf = _shelf_of(code.co_filename)
    if not shelf:
        return None
    try:
        row = shelf.get(_content(code, offsets, what))
        return None if row is None else _FactsUnpickler(io.BytesIO(row)).load()
    except Exception as error:  # noqa: BLE001  (a row that cannot be read is no row; what is no constant has none)
        let_pass(error)
        return None


def learn_facts(code: CodeType, facts: object, offsets: Collection[int] | None = None, what: str = "") -> None:
    """Take note of the facts about code, or about a block of it, for later processes."""
    shelf = _shelf_of(code.co_filename)
    if shelf is None:
        return
    try:
        if any(map(_is_delicate, _texts(code))):
            return
        shelf[_content(code, offsets, what)] = pickle.dumps(facts, 5)
        _fresh[code.co_filename] = None
    except Exception as error:  # noqa: BLE001  (a tool has put something into the code that is no constant)
        let_pass(error)


def write_facts() -> None:
    """Write what is not written yet. Never raises OSError."""
    notes = _place[0]() if _fresh and _place else None
    if notes is None or not os.path.isdir(str(notes.folder)):  # noqa: PTH112  (no folder is made for it)
        return
    for file in list(_fresh):
        _fresh.pop(file, None)  # another thread may do the same, here and below
        rows = _shelves.get(file)
        if rows is None:  # room was made for others
            continue
        for oldest in list(rows)[:-_MOST_ROWS]:
            rows.pop(oldest, None)
        notes.put_note(_KIND, _key(file), marshal.dumps((_rules(), rows)))


def _shelf_of(file: str) -> dict[bytes, bytes] | None:
    """Return what is known of a file's functions; None where nothing is kept, as of a cell of a notebook."""
    shelf = _shelves.get(file)
    notes = _place[0]() if shelf is None and _place else None
    if notes is not None and os.path.isfile(file):  # noqa: PTH113  (strings, for speed)
        shelf = _read(notes.get_note(_KIND, _key(file)))
        make_room(_shelves, _MOST_FILES)
        _shelves[file] = shelf
    return shelf


def _read(data: bytes | None) -> dict[bytes, bytes]:
    if not data:
        return {}
    try:
        rules, rows = marshal.loads(data)  # noqa: S302  (sealed by the store; bytes by bytes)
    except (ValueError, EOFError, TypeError):
        return {}
    return rows if rules == _rules() and type(rows) is dict else {}


def _key(file: str) -> str:
    return f"{sys.implementation.cache_tag}-{xxh3_64_hexdigest(file.encode('utf-8', 'surrogatepass'))}"


@functools.cache
def _rules() -> bytes:
    """Return what stands for the rules by which facts are worked out: Python, and the files that do it."""
    here = os.path.dirname(os.path.abspath(__file__))  # noqa: PTH100, PTH120  (strings, for speed)
    rooms = (here, f"{here}/../../bytecode", f"{here}/../../bytecode/stack")
    files = [(one.name, one.stat().st_size, one.stat().st_mtime_ns) for room in rooms for one in _sources(room)]
    return repr((sys.version, __version__, FORMAT_VERSION, sorted(files))).encode()


def _sources(room: str) -> Iterator[os.DirEntry[str]]:
    with os.scandir(room) as found:
        yield from (one for one in found if one.name.endswith(".py"))


def _content(code: CodeType, offsets: Collection[int] | None = None, what: str = "") -> bytes:
    """Return the digest of all that facts depend on: what the code does, not where it stands.

    Version 2 of marshal writes equal constants alike, whoever else refers to them; sets are sorted.
    """
    consts = tuple([_content(one) if isinstance(one, CodeType) else one for one in code.co_consts])
    counts = code.co_argcount, code.co_posonlyargcount, code.co_kwonlyargcount, code.co_flags
    names = code.co_names, code.co_varnames, code.co_freevars, code.co_cellvars, code.co_name
    content = code.co_code, code.co_exceptiontable, counts, names, consts
    return xxh3_128_digest(marshal.dumps((content, None if offsets is None else tuple(sorted(offsets)), what), 2))


def _texts(code: CodeType) -> Iterator[str]:
    """Yield the names and texts in code, and in what is defined in it."""
    for one in all_code(code):
        yield from one.co_names
        yield from one.co_varnames
        yield from (text for text in one.co_consts if isinstance(text, str))


def _is_delicate(text: str) -> bool:
    return names_secret(text) or conceals(text)


class _FactsUnpickler(pickle.Unpickler):
    """Reads facts, and runs nothing."""

    def find_class(self, module: str, name: str) -> Any:
        if (module, name) not in _CLASSES:
            raise pickle.UnpicklingError(f"no part of facts: {module}.{name}")
        return super().find_class(module, name)


_FACTS: Final = __name__.rpartition(".")[0] + "._facts"
_REFS: Final = __name__.rpartition(".code.")[0] + ".bytecode.stack._refs"
_CLASSES: Final = frozenset(
    {(_FACTS, "Facts"), (_FACTS, "Use"), (_REFS, "Ref"), (_REFS, "RefMode")}
    | {("builtins", name) for name in ("Ellipsis", "complex", "slice")}  # constants that are no atoms of a pickle
)
