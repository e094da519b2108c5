"""The readable parts of a value: a tree with a digest each, deep enough to name what changed.

It costs a bounded number of looks at each object: what is long and met again in another place has its digest there,
and its parts where it was met first.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from xxhash import xxh3_128_digest

from ...model._errors import UnfingerprintableError
from ...model._identity import identity
from ...model._key import NoteKind, Part, PartKind, Resolver
from ...model.process._asking import of_class
from ...model.process._interrupts import let_pass
from ...model.process._records import NamedTuple
from ...model.secrets._redaction import named_before, path_names_secret
from ...model.secrets._secret_names import key_names_secret
from ..kinds._frames import frame_columns
from ..kinds._handles import is_handle
from ..kinds._objects import PlainRule, without
from ..walk._digest import digest
from ..walk._elements import count_of, elements_of, items_of
from ..walk._scalars import LEAVES
from ..walk._walker import Walker
from ._preview import preview
from ._sensitive import Finder, is_secret_type
from ._small_contents import keep_array, keep_sequence, keep_text

__all__ = ["parts"]

PARTS = 2_000
KEPT = 65_536
"""Bytes of content that are kept in all the parts of one input."""

_DEPTH = 8
_LONG = 64
"""Elements of what is divided into parts once only."""
_SHORT = 1024
_ROWS = 65_536
_ELIDED = "…".encode()
"""Stands in lines that are kept for what is too long, and for a secret."""

Children = list[tuple[str, Any]]


class _QuietResolver:
    """A resolver for walks of parts: what they meet has been noted when the whole was walked."""

    __slots__ = ("code", "library")

    def __init__(self, resolver: Resolver) -> None:
        self.code: Callable[[object], bytes] = resolver.code
        self.library: Callable[[str], None] = resolver.library

    def note(self, kind: NoteKind, path: str, what: str, /) -> None:
        """Take no note."""


def parts(  # noqa: PLR0913 - one slot or option each
    value: object,
    resolver: Resolver,
    kind: PartKind,
    path: str,
    *,
    lenient: bool = False,
    without: tuple[str, ...] = (),
) -> Part:
    """Return the readable tree of a value: what it is made of, with a digest and a short text each.

    The tree has at most some two thousand parts and keeps at most 64 KB of content, whatever the size of the
    value: a column of a large frame is divided into blocks of rows.

    Raises:
        UnfingerprintableError: a part has no comparable state, and `lenient` is not set.
    """
    leaf = LEAVES.get(type(value))
    if leaf is not None and not _is_kept_text(value, KEPT):
        return Part(kind, path, xxh3_128_digest(leaf(value)), preview(value), hidden=Finder().hides(value))
    whole = digest(value, _QuietResolver(resolver), path=path, lenient=lenient, without=without)
    return _Tree(resolver, kind, lenient=lenient, without=(value, without)).root(value, path, whole)


class _Tree:
    """One tree in the making, with what is left of its limits."""

    def __init__(
        self, resolver: Resolver, kind: PartKind, *, lenient: bool, without: tuple[object, tuple[str, ...]]
    ) -> None:
        self.kind = kind
        self.kept = KEPT
        self._resolver = _QuietResolver(resolver)
        self._walker = Walker(self._resolver, lenient=lenient)
        if without[1]:
            self._walker.leave_out(*without)
        self._active: set[int] = set()
        self._finder = Finder()
        self._named: set[str] = set()
        self._divided: set[int] = set()
        self._alive: list[list[Any]] = []

    def root(self, value: object, path: str, whole: bytes) -> Part:
        """Return the tree of a value whose digest is known."""
        return self._part(value, path, PARTS, 0, whole)

    def _digest(self, value: object) -> bytes:
        try:
            return self._walker.digest(value)
        except UnfingerprintableError:
            self._walker = Walker(self._resolver, lenient=True)
            return digest(value, self._resolver, lenient=True)

    def _part(self, value: object, path: str, budget: int, depth: int, whole: bytes | None = None) -> Part:
        if type(value) is _Rows:
            hidden = self._finder.hides(value.rows)
            return Part(self.kind, path, self._digest(value.rows), preview(value.rows), hidden=hidden)
        own = self._digest(value) if whole is None else whole
        if is_secret_type(type(value)):
            return Part(self.kind, path, own, hidden=True)
        rows: Any = value if type(value) is list or type(value) is tuple else ()  # a class may compare as it likes
        named = named_before(rows)
        hidden = bool(named) or (type(value) in LEAVES and self._finder.hides(value))
        if identity(value) in self._active or identity(value) in self._divided:
            return Part(self.kind, path, own, preview(value), hidden=hidden or self._finder.hides(value))
        try:
            kept = b"" if hidden else self._keep(value)
            children = self._children(value, budget) if depth < _DEPTH and not kept else []
        except Exception as error:  # noqa: BLE001 - the user's code: what cannot be looked at has no parts
            let_pass(error)
            return Part(self.kind, path, own, preview(value), hidden=hidden or self._finder.hides(value))
        if len(children) > _LONG or _is_long(value):
            self._divided.add(identity(value))
        self._active.add(identity(value))
        self._named |= {path + children[place][0] for place in named if place < len(children)}
        below = self._below(path, children, budget, depth)
        self._active.discard(identity(value))
        if not hidden:
            inside = _ELIDED in kept if kept else not below and self._finder.hides(value)
            hidden = inside or any(part.hidden for part in below)
        return Part(self.kind, path, own, preview(value), kept, below, hidden)

    def _below(self, path: str, children: Children, budget: int, depth: int) -> tuple[Part, ...]:
        if not children:
            return ()
        self._alive.append(children)  # the walker knows what it has seen by identity
        if len(children) > budget:
            return tuple(self._groups(path, children, max(budget, 1)))
        each = (budget - len(children)) // len(children)
        return tuple(self._child(child, path, way, each, depth) for way, child in children)

    def _child(self, child: Any, path: str, way: str, budget: int, depth: int) -> Part:
        if _names_secret(way) or path + way in self._named:
            return Part(self.kind, path + way, self._digest(child), hidden=True)
        return self._part(child, path + way, budget, depth + 1)

    def _groups(self, path: str, children: Children, budget: int) -> Iterator[Part]:
        """Yield one part for several children each, where there are too many of them."""
        if budget < 16:  # so few groups would name nothing
            return
        step = -(-len(children) // budget)
        for start in range(0, len(children), step):
            group = children[start : start + step]
            rows = [child for _, child in group]
            self._alive.append(rows)
            hidden = any(_names_secret(way) or self._finder.hides(child) for way, child in group)
            yield Part(self.kind, f"{path}{_span(group)}", self._digest(rows), hidden=hidden)  # by columns, where alike

    def _keep(self, value: Any) -> bytes:
        """Return the content of a small array or a sequence of leaves, while there is room."""
        kept = b""
        cls = type(value)
        if self._walker.skip and identity(value) in self._walker.skip:
            return kept  # it would show what does not count
        if (cls is list or cls is tuple) and value and LEAVES.keys() >= set(map(type, value)):
            kept = keep_sequence(value, self.kept)
        elif _is_kept_text(value, self.kept):
            kept = keep_text(value, self.kept)
        elif _is(value, "numpy", "ndarray"):
            kept = keep_array(value, self.kept)
        elif _is(value, "torch", "Tensor"):
            kept = _keep_tensor(value, self.kept)
        elif _is(value, "pandas", "Index"):
            kept = keep_sequence(value.tolist(), self.kept) if len(value) * 8 <= self.kept else b""
        elif _is(value, "pandas", "api.extensions.ExtensionArray"):
            kept = keep_sequence(value.tolist(), self.kept) if value.nbytes <= self.kept else b""
        self.kept -= len(kept)
        return kept

    def _children(self, value: Any, budget: int) -> Children:  # noqa: PLR0911 - one per kind
        left_out = self._walker.skip.get(identity(value), frozenset())
        if is_handle(value):
            return []
        if issubclass(type(value), dict):
            return [(_step_to(key), item) for key, item in items_of(value) if key not in left_out]
        fields = of_class(type(value), "_fields")
        if issubclass(type(value), tuple) and fields:
            return [(f".{n}", v) for n, v in zip(fields, elements_of(value), strict=False) if n not in left_out]
        if issubclass(type(value), list | tuple):
            items = list(elements_of(value))
            if left_out:
                return [(f"[{index}]", item) for index, item in enumerate(items) if index not in left_out]
            if LEAVES.keys() >= set(map(type, items)):
                return _blocks(items, budget, _SHORT)
            return [(f"[{index}]", item) for index, item in enumerate(items)]
        found = _table(value, budget)
        if found is None:
            found = _module(value) or self._attributes(value)
        return [(way, child) for way, child in found if way.lstrip(".") not in left_out]

    def _attributes(self, value: Any) -> Children:
        rule = self._walker.rule(type(value))
        if isinstance(rule, PlainRule) and rule.by_attributes(value):
            state = without(rule.state(value), self._walker.skip.get(identity(value), frozenset()))
            return [(f".{name}", state[name]) for name in sorted(state, key=_own_last)]
        if type(value).__name__ == "SimpleNamespace":
            return [(f".{name}", item) for name, item in sorted(vars(value).items())]
        return []


class _SecretStep(str):
    """A step whose key, which is no text, says that its value must not be seen."""

    __slots__ = ()


def _step_to(key: object) -> str:
    step = f"[{preview(key, 40)}]"
    return _SecretStep(step) if type(key) is not str and key_names_secret(key) else step


def _names_secret(way: str) -> bool:
    """Return whether a step is an attribute or a key with the name of a secret; most steps are numbers."""
    return type(way) is _SecretStep or ((way[:1] != "[" or way[1:2] in "'\"") and path_names_secret(way))


def _is_long(value: Any) -> bool:
    """Return whether a value has so many elements that even looking at their types takes long."""
    return issubclass(type(value), list | tuple | dict) and count_of(value) > _LONG


def _own_last(name: object) -> tuple[bool, str]:
    """Return by what attributes are ordered: what a class keeps for itself mostly follows from the others."""
    return str(name)[:2] == "__", str(name)


def _is_kept_text(value: object, limit: int) -> bool:
    """Return whether a value is a text that a preview does not show whole, and that there is room for."""
    return type(value) is str and 60 < len(value) <= limit // 4


def _span(group: Children) -> str:
    first, last = group[0][0], group[-1][0]
    return (
        f"{first[:-1]}:{int(last[1:-1]) + 1}]" if first[1:-1].isdigit() and last[1:-1].isdigit() else f"{first}…{last}"
    )


def _is(value: object, module: str, name: str) -> bool:
    """Return whether a value is of a class of a library, without importing it."""
    place: Any = sys.modules.get(module)
    for step in name.split("."):
        place = getattr(place, step, None)
    return isinstance(place, type) and issubclass(type(value), place)


def _keep_tensor(value: Any, limit: int) -> bytes:
    if value.numel() * value.element_size() > limit or str(value.layout) != "torch.strided":
        return b""
    try:
        return keep_array(value.detach().cpu().numpy(), limit)
    except (TypeError, RuntimeError):  # no such numbers in numpy
        return b""


class _Rows(NamedTuple):
    """Some rows of something long: they have a digest, but no parts of their own."""

    rows: Any


def _blocks(value: Any, budget: int, step: int = _ROWS) -> Children:
    """Return blocks of rows: 65,536 of them, or as many more as keeps the number of blocks in its limit."""
    rows = len(value)
    while rows > step * max(budget, 1):
        step *= 2
    if rows <= step:
        return []
    return [
        (f"[{start}:{min(start + step, rows)}]", _Rows(value[start : start + step])) for start in range(0, rows, step)
    ]


def _table(value: Any, budget: int) -> Children | None:  # noqa: PLR0911 - one per kind
    """Return the parts of an array, frame, series or table; None for anything else."""
    if _is(value, "pandas", "DataFrame"):
        names: Sequence[object] = list(value.columns)
        columns = zip(names, frame_columns(value), strict=True)
        about = [(".columns", value.columns), (".index", value.index), (".attrs", value.attrs)]
        return [*about, *((f"[{name!r}]", column) for name, column in columns)]
    if _is(value, "pandas", "Series"):
        return [(".name", value.name), (".index", value.index), (".attrs", value.attrs), (".array", value.array)]
    if _is(value, "pandas", "MultiIndex"):
        return [(f".levels[{level}]", value.get_level_values(level)) for level in range(value.nlevels)]
    if _is(value, "pandas", "Index"):
        return []
    if _is(value, "polars", "DataFrame"):
        return [(f"[{column.name!r}]", column) for column in value.get_columns()]
    if _is(value, "pyarrow", "Table"):
        return [(".schema", value.schema), *((f"[{n!r}]", value.column(i)) for i, n in enumerate(value.column_names))]
    array = _is(value, "numpy", "ndarray") or _is(value, "polars", "Series") or _is(value, "pyarrow", "ChunkedArray")
    if array or _is(value, "torch", "Tensor") or _is(value, "pandas", "api.extensions.ExtensionArray"):
        return _blocks(value, budget) if getattr(value, "shape", (1,)) != () else []
    return None


def _module(value: Any) -> Children | None:
    """Return the parts of a torch module by the names that its users know: `model.layers.3.weight`."""
    if not _is(value, "torch", "nn.Module"):
        return None
    own = {name: item for name, item in vars(value).items() if not name.startswith("_")}
    inner = {**value._parameters, **value._buffers, **value._modules}  # noqa: SLF001 - with those that are None
    return [(f".{name}", item) for name, item in {**own, **inner}.items()]
