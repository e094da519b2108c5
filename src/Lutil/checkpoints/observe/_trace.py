"""Names of what a run observed, as values and as bytes.

The bytes are one line of UTF-8 whose fields end in NUL, which no path can hold: `trace 1`, then kind, mode
and name of each. A name is a path relative to the project folder (`project:data/x.csv`), an absolute path, or
the name of a random stream or an environment variable.
"""

# Paths are text here, as audit events give them: a `Path` costs microseconds.
# ruff: noqa: PTH118

from __future__ import annotations

import functools
import os
from typing import TYPE_CHECKING, Final

from ..model._key import PartKind
from ..model.process._records import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["ALL_VARIABLES", "ARGUMENTS", "EMPTY", "PROJECT", "Mode", "Observed", "Trace", "path_of"]

PROJECT: Final = "project:"
_MAGIC: Final = "trace 1"
ALL_VARIABLES: Final = "os.environ"
ARGUMENTS: Final = "sys.argv"
"""Names for all environment variables and for the arguments of the script, which no variable has."""


class Mode:
    """How an observed thing is compared. What follows a word after a blank belongs to it."""

    CONTENT: Final = "content"
    STAT: Final = "stat"  # size and time of change
    SIZE: Final = "size"
    EXISTING: Final = "existing"  # missing, a file or a directory
    MADE: Final = "made "  # by a run, from then on: content, or the digest that follows where it is gone
    LINK: Final = "link"  # where a link leads to
    NAMES: Final = "names"  # of a folder, or of all variables; `names without a/b`: but for those
    STATS: Final = "stats"  # names, sizes and times of a folder
    TREE: Final = "tree"  # names and contents of all files below a folder
    VALUE: Final = "value"  # of an environment variable, the arguments of the script, or a name of the caller
    STATE: Final = "state"
    RESULTS: Final = "results"  # of a function that keeps them
    CLASS: Final = "class"  # of the script, that a pickle names
    MODULE: Final = "module"
    PLACE: Final = "place"  # of a file that is loaded as a module
    DIRECT: Final = "direct"  # the same, where nothing has looked for it by the name of a module
    ORDINAL: Final = "ordinal"  # of the computation, for a stream that nobody seeded


class Observed(NamedTuple):
    """The name of one thing that a run read, and how it is compared.

    Attributes:
        kind: FILE, LISTING, ENVIRONMENT, MEMO, CODE, EARLIER or STREAM.
        name: `project:data/x.csv`, `/data/x.csv`, `STAGE`, `sys.argv`, `load_config`, `numpy`, `random`, `torch.cpu`.
        mode: one of the words of `Mode`.
    """

    kind: PartKind
    name: str
    mode: str

    @property
    def shown(self) -> str:
        """The name as a person would write it."""
        if self.kind is not PartKind.ENVIRONMENT or self.name in (ALL_VARIABLES, ARGUMENTS):
            return self.name
        return f"os.environ[{self.name!r}]"


class Trace:
    """What a run observed, by name only, in one fixed order. Frozen; equal by its bytes.

    Example:
        >>> trace = Trace([Observed(PartKind.FILE, "project:a.csv", "content")])
        >>> Trace.from_bytes(trace.to_bytes()) == trace
        True
    """

    __slots__ = ("_bytes", "_plan", "has_ordinal", "names")

    names: tuple[Observed, ...]
    has_ordinal: bool
    """Whether it names a stream that nobody had seeded, so that the ordinal of a call matters."""

    def __init__(self, names: Iterable[Observed] = ()) -> None:
        self.names = tuple(sorted(set(names)))
        self.has_ordinal = any(mode == Mode.ORDINAL for _kind, _name, mode in self.names)
        fields = [_MAGIC]
        for kind, name, mode in self.names:
            fields += (kind.value, mode, name)
        self._bytes = "\0".join(fields).encode("utf-8", "surrogateescape")
        self._plan: tuple[str, tuple[str, ...]] | None = None

    def to_bytes(self) -> bytes:
        """Return bytes from which `from_bytes` makes an equal trace."""
        return self._bytes

    @staticmethod
    def from_bytes(data: bytes) -> Trace:
        """Return the trace that these bytes were made from.

        Raises:
            ValueError: they are not those of a trace.
        """
        return _parsed(bytes(data))

    def paths(self, root: str) -> tuple[str, ...]:
        """Return where each named thing lies today, in order; remembered for the last root."""
        plan = self._plan
        if plan is None or plan[0] != root:
            plan = self._plan = (root, tuple(path_of(name, root) for _kind, name, _mode in self.names))
        return plan[1]

    def __bool__(self) -> bool:
        return bool(self.names)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Trace) and self._bytes == other._bytes

    def __hash__(self) -> int:
        return hash(self._bytes)

    def __repr__(self) -> str:
        return f"Trace({list(self.names)!r})"

    def __reduce__(self) -> tuple[object, tuple[bytes]]:
        return Trace.from_bytes, (self._bytes,)


@functools.lru_cache(maxsize=512)
def _parsed(data: bytes) -> Trace:
    magic, *fields = data.decode("utf-8", "surrogateescape").split("\0")
    if magic != _MAGIC or len(fields) % 3:
        raise ValueError("not the bytes of a trace")
    triples = zip(fields[::3], fields[1::3], fields[2::3], strict=True)
    trace = Trace(Observed(PartKind(kind), name, mode) for kind, mode, name in triples)
    if trace.to_bytes() != data:
        raise ValueError("not the bytes of a trace")
    return trace


def path_of(name: str, root: str) -> str:
    """Return the absolute path that a name stands for when the project lies in `root`."""
    if not name.startswith(PROJECT):
        return name
    inner = name[len(PROJECT) :]
    return root if inner == "." else os.path.join(root, *inner.split("/"))  # text, microseconds


EMPTY: Final = Trace()
