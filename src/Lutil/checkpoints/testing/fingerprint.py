"""The conformance suite of fingerprints: what must agree, what must differ, and how both are checked.

`check` runs all pairs that must agree or differ against a digest; `check_values` runs the laws that hold for
any values against values of your own, after you have registered a rule for them:

    from Lutil.checkpoints import register
    from Lutil.checkpoints.testing.fingerprint import check_values

    register(Mesh, lambda mesh: (mesh.points, mesh.faces))
    assert check_values([Mesh(1), Mesh(2)]) == []
"""

from __future__ import annotations

import copy
import functools
import importlib
import itertools
import pickle
import warnings
from collections.abc import Callable, Hashable, Iterator, Sequence
from typing import Any

from ..fingerprint import digest
from ..model.process._records import NamedTuple
from ._table import DISTINCT, EQUAL, PICKLED, PRELUDE

__all__ = ["Pair", "SimpleResolver", "check", "check_values", "pairs", "simple_digest"]


class SimpleResolver:
    """A resolver for tests: functions and classes by their qualified names, notes and libraries in lists."""

    def __init__(self) -> None:
        self.notes: list[tuple[str, str, str]] = []
        self.libraries: list[str] = []

    def code(self, value: object, /) -> bytes:
        """Return the qualified name of a function or class, or the name of a module."""
        return str(getattr(value, "__qualname__", None) or getattr(value, "__name__", "")).encode()

    def library(self, module: str, /) -> None:
        """Remember the module."""
        self.libraries.append(module)

    def note(self, kind: object, path: str, what: str, /) -> None:
        """Remember the note."""
        self.notes.append((str(kind), path, what))


def simple_digest(value: object) -> bytes:
    """Return the digest of a value, with functions and classes taken by name."""
    return digest(value, SimpleResolver())


class Pair(NamedTuple):
    """Two values, as expressions, and whether their digests must agree.

    Attributes:
        group: the library that they come from.
        left, right: expressions over the names that `make` provides.
        agree: what must be.
    """

    group: str
    left: str
    right: str
    agree: bool

    def make(self) -> tuple[object, object]:
        """Return both values, newly made."""
        names = _names(self.group)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # some of the values are deprecated, and people have them all the same
            return self._made(names)

    def _made(self, names: dict[str, Any]) -> tuple[object, object]:
        return eval(self.left, names), eval(self.right, names)  # noqa: S307 - the expressions of our own table


@functools.cache
def _names(group: str) -> dict[str, Any]:
    names: dict[str, Any] = {}
    exec(PRELUDE[group], names)  # noqa: S102 - the imports of our own table
    return names


def _available(group: str) -> bool:
    try:
        importlib.import_module(group)
    except ImportError:
        return False
    return True


def pairs(*groups: str) -> Iterator[Pair]:
    """Yield all pairs of the suite, or those of some libraries, for the libraries that are installed.

    Every expression must agree with itself, made anew, also pickled where that is what such values are made for;
    those of one set differ from each other.
    """
    for group in filter(_available, groups or DISTINCT):
        yield from (Pair(group, left, right, agree=True) for left, right in EQUAL.get(group, ()))
        for lines in DISTINCT[group]:
            again = "pickle.loads(pickle.dumps({}, 5))" if group in PICKLED else "{}"
            yield from (Pair(group, line, again.format(line), agree=True) for line in lines)
            yield from (Pair(group, left, right, agree=False) for left, right in itertools.combinations(lines, 2))


def check(digest_of: Callable[[object], Hashable] = simple_digest, *groups: str) -> list[str]:
    """Return how a digest breaks the suite, one line for each pair; nothing if it conforms.

    Args:
        digest_of: the digest.
        groups: the libraries whose values are looked at; all that are installed, if none is named.

    Example:
        >>> len(check(lambda value: 0)) > 300
        True
    """
    known: dict[tuple[str, str], Hashable] = {}

    def known_digest(group: str, expression: str) -> Hashable:
        key = (group, expression)
        if key not in known:
            known[key] = digest_of(Pair(*key, expression, agree=True).make()[0])
        return known[key]

    broken = []
    for pair in pairs(*groups):
        right = digest_of(pair.make()[1]) if pair.agree else known_digest(pair.group, pair.right)
        if (known_digest(pair.group, pair.left) == right) is not pair.agree:
            verdict = "must agree" if pair.agree else "must differ"
            broken.append(f"{pair.group}: {pair.left}  and  {pair.right}  {verdict}")
    return broken


def check_values(
    values: Sequence[object], digest_of: Callable[[object], Hashable] = simple_digest, *, pickled: bool = True
) -> list[str]:
    """Return how a digest breaks the laws for these values, which must all be different; nothing if it holds.

    Each value must agree with itself, its deep copy and, if `pickled`, its unpickled self; as an element of a
    list it must show; and no two of them may agree.

    Example:
        >>> check_values([1, 1.0, True])
        []
    """
    broken = []
    found = [digest_of(value) for value in values]
    for index, value in enumerate(values):
        copies = {"itself": value, "its deep copy": copy.deepcopy(value)}
        if pickled:
            copies["its unpickled self"] = pickle.loads(pickle.dumps(value, 5))  # noqa: S301 - just made
        broken += [f"[{index}] and {name} must agree" for name, c in copies.items() if digest_of(c) != found[index]]
        if digest_of([value, 0]) != digest_of([copies["its deep copy"], 0]):
            broken.append(f"[{index}] and its deep copy must agree inside a list")
    for (i, one), (j, other) in itertools.combinations(enumerate(found), 2):
        if one == other:
            broken.append(f"[{i}] and [{j}] must differ")
    return broken
