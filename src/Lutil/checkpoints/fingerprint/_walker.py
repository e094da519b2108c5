"""The walk: from a value to its digest, without recursion, so that its depth is bounded by memory only.

Every container becomes a node with a digest of its own, made from its head and the codes of its children.
A node that is met again is not walked again (the same array twice costs once), but its code is the same as
that of an equal copy: identity never counts. A node that is met *inside itself* counts as a reference
upward, by so many levels.

Nodes that lie on a cycle have no code of their own, so they are walked at each meeting. Where that would
grow without end (a graph of objects that all know each other) the walk starts again as a graph: each object
once, then colours that are refined until equal objects, and only they, have equal colours.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import Any

from xxhash import xxh3_128, xxh3_128_digest

from .._errors import UnfingerprintableError
from .._identity import identity
from .._interrupts import let_pass
from .._key import NoteKind, Resolver
from ._classes import LIBRARIES, bears_another_name, is_standard, libraries_of, own_content, type_name
from ._consumables import consumed
from ._cycles import Cycles
from ._nodes import BACK, CHUNK, DIGEST, UP, Node, Rule, named, packed, size
from ._objects import PlainRule
from ._registry import find_rule
from ._scalars import LEAVES
from ._without import left_out

__all__ = ["GraphWalker", "TangledError", "Walker"]

_REMEMBERED = 1 << 17
_TANGLED = 2_000
_ROUNDS = 64
_OPEN = -1


class TangledError(Exception):
    """The value is a graph in which the ways from one object to another are too many to be walked."""


class _Frame:
    """A node that is being walked."""

    __slots__ = ("batch", "cycle", "done", "hasher", "key", "known", "low", "mark", "node", "out", "rest")

    def __init__(self, node: Node, key: int, level: int) -> None:
        self.node = node
        self.key = key
        self.low = level
        self.cycle = 0
        self.mark = 0
        self.known: bytes | int = _OPEN
        self.rest: Iterator[object] = iter(node.children)
        self.batch: Iterator[object] = self.rest if node.unordered else islice(self.rest, CHUNK)
        self.out: list[bytes] = []
        self.hasher: xxh3_128 | None = None
        self.done = 0

    def refill(self) -> bool:
        """Return whether there may be more children; what is encoded so far is hashed and let go."""
        if self.batch is self.rest:
            return False
        if self.hasher is None:
            self.hasher = xxh3_128(self.node.head)
        self.hasher.update(b"".join(self.out))
        self.done += len(self.out)
        self.out.clear()
        self.batch = islice(self.rest, CHUNK)
        return True

    def digest(self) -> bytes:
        if self.hasher is not None:
            self.hasher.update(b"".join(self.out))
            return self.hasher.digest()
        if self.node.unordered:
            self.out.sort()
        return xxh3_128_digest(self.node.head + b"".join(self.out))


class Walker:
    """One walk, or several over the same values: what is met again is not encoded again.

    It holds as long as nothing that was walked has been changed since.

    Attributes:
        untold: whether something was met that is used up by being read and does not tell how far it has been.
    """

    __slots__ = (
        "_complex",
        "_cycles",
        "_keep",
        "_libraries",
        "_limit",
        "_owners",
        "_path",
        "_rules",
        "_seen",
        "_stack",
        "_tangles",
        "_types",
        "columnar",
        "lenient",
        "resolver",
        "skip",
        "untold",
    )

    def __init__(
        self, resolver: Resolver, path: str = "value", *, lenient: bool = False, columnar: bool = True
    ) -> None:
        self.resolver = resolver
        self.columnar = columnar
        self.skip: dict[int, frozenset[object]] = {}
        self._path = path
        self.lenient = lenient
        self.untold = False
        self._stack: list[_Frame] = []
        self._seen: dict[int, bytes | int] = {}
        self._limit = _REMEMBERED
        self._keep: list[object] = []
        self._rules: dict[type, Rule] = {}
        self._types: dict[type, bytes] = {}
        self._libraries: set[str] = set()
        self._complex: set[type] = set()
        self._tangles = 0
        self._cycles = Cycles()
        self._owners: list[object] = []

    def begin(self) -> None:
        """Begin another walk over values of which some may have been met: its own limits and findings hold for it."""
        self._tangles = 0
        self.untold = False

    def digest(self, value: object) -> bytes:
        """Return the 16 bytes that stand for a value."""
        code = self.code(value)
        return code[1:] if code[:1] == DIGEST else xxh3_128_digest(code)

    def code(self, value: object) -> bytes:
        """Return the code of a value, by walking everything below it."""
        leaf = LEAVES.get(type(value))
        if leaf is not None:
            return leaf(value)
        stack = self._stack
        leaves = LEAVES
        entered = self._enter(value)
        if isinstance(entered, bytes):
            return entered
        stack.append(entered)
        while True:
            frame = stack[-1]
            append = frame.out.append
            for child in frame.batch:
                leaf = leaves.get(type(child))
                if leaf is not None:
                    append(leaf(child))
                    continue
                entered = self._enter(child)
                if isinstance(entered, bytes):
                    append(entered)
                    continue
                stack.append(entered)
                break
            else:
                if len(frame.out) >= CHUNK and frame.refill():
                    continue
                code = self._leave(frame)
                stack.pop()
                if not stack:
                    return code
                stack[-1].out.append(code)

    def _enter(self, value: Any) -> bytes | _Frame:
        level = len(self._stack)
        if type(value) is Node:
            return _Frame(value, 0, level)
        key = identity(value)
        met = self._seen.get(key)
        if met is not None:
            code = self._again(key, met, level)
            if code is not None:
                return code
        cls = type(value)
        rule = self._rules.get(cls) or self.rule(cls)
        if isinstance(rule, PlainRule) and not rule.known and level and self._stack[-1].node.attributes:
            self.complex_attribute(cls)
        try:
            opened = rule(value, self)
        except (UnfingerprintableError, TangledError, MemoryError, RecursionError):
            raise
        except Exception as error:
            let_pass(error)
            if self.lenient:  # the story takes the whole place for a blind spot
                raise
            opened = self.refuse(value, f"{type_name(cls)} raised {type(error).__name__}: {error}")
        if isinstance(opened, bytes):
            self._remember(key, opened)
            return opened
        self._remember(key, level)
        frame = _Frame(opened, key, level)
        frame.cycle = self._cycles.enter(key)
        frame.mark = self._cycles.mark()
        frame.known = met if isinstance(met, bytes) else _OPEN
        return frame

    def _again(self, key: int, met: bytes | int, level: int) -> bytes | None:
        """Return the code of a node that is met again; None if it has none here, so that it is walked again."""
        if isinstance(met, bytes):
            if not self._cycles.inside(key):
                return met
        elif met != _OPEN:
            top = self._stack[-1]
            top.low = min(top.low, met)
            return UP + size(level - met)
        self._tangles += 1
        if self._tangles > _TANGLED:
            raise TangledError
        return None

    def _leave(self, frame: _Frame) -> bytes:
        code = DIGEST + frame.digest()
        level = len(self._stack) - 1
        if frame.key:
            closed = frame.low >= level
            self._cycles.leave(frame.key, frame.cycle, frame.mark, closed=closed)
            self._seen[frame.key] = code if closed else frame.known
        if frame.node.temporary:
            self._keep.append(frame.node.children)
        if level and frame.low < level:
            above = self._stack[-2]
            above.low = min(above.low, frame.low)
        return code

    def _remember(self, key: int, met: bytes | int) -> None:
        """Remember what was met; forget what is finished when that grows large, so that memory is bounded."""
        self._seen[key] = met
        if len(self._seen) > self._limit:
            active = {frame.key: level for level, frame in enumerate(self._stack) if frame.key}
            self._seen = {**active, key: met}
            self._keep.clear()
            self._cycles.forget()
            self._limit = len(self._seen) * 2 + _REMEMBERED

    def rule(self, cls: type) -> Rule:
        """Return the rule for instances of a class, and note the library it comes from."""
        rule = self._rules.get(cls)
        if rule is None:
            rule = find_rule(cls)
            self._rules[cls] = rule
            for top in libraries_of(cls):
                self._library(top)
        return rule

    def _library(self, top: str) -> None:
        if top not in self._libraries:
            self._libraries.add(top)
            self.resolver.library(top)

    def type_code(self, cls: type) -> bytes:
        """Return a code for a class: its name where it is Python's or a known library's, else its code."""
        code = self._types.get(cls)
        if code is None:
            top = cls.__module__.partition(".")[0]
            if top in LIBRARIES:
                self._library(top)
                code = named("type", f"{cls.__module__}.{cls.__qualname__}".encode())
            elif is_standard(cls):
                code = named("type", f"{cls.__module__}.{cls.__qualname__}".encode())
            else:
                code = packed(b"k", self.resolver.code(cls))
                if bears_another_name(cls):
                    code += self._made_class(cls)
            self._types[cls] = code
        return code

    def _made_class(self, cls: type) -> bytes:
        """Return the code of what a class holds that the standard library made for others, under its own name."""
        walker = Walker(self.resolver, lenient=True)
        walker._types[cls] = named("type", cls.__qualname__.encode())
        return DIGEST + walker.digest((cls.__bases__, own_content(cls)))

    def code_of(self, value: object) -> bytes:
        """Return what the resolver says of a function, class or module."""
        return self.resolver.code(value)

    def path(self) -> str:
        """Return how a person writes the way to what is being walked."""
        return self._path + "".join(frame.node.label(frame.done + len(frame.out)) for frame in self._stack)

    def refuse(self, value: object, why: str = "") -> bytes:
        """Raise, or, if lenient, return a code by type and note a blind spot."""
        cls = type(value)
        name = type_name(cls)
        if not self.lenient:
            raise UnfingerprintableError(self.path(), why or f"{name} has no state that could be compared")
        self.note(NoteKind.BLIND_SPOT, name)
        self.untold = self.untold or consumed(cls)
        return packed(b"k", self.type_code(cls))

    def complex_attribute(self, cls: type) -> None:
        """Take note, once per class, that the object being walked has an attribute of it."""
        if cls not in self._complex:
            self._complex.add(cls)
            owner = self._path + "".join(frame.node.label(frame.done + len(frame.out)) for frame in self._stack[:-1])
            self.resolver.note(NoteKind.COMPLEX_ATTRIBUTE, owner, cls.__qualname__)

    def note(self, kind: NoteKind, what: str) -> None:
        """Take note of something at the present path."""
        self.resolver.note(kind, self.path(), what)

    def leave_out(self, value: object, without: tuple[str, ...]) -> None:
        """Let these parts of the value not count; one that is missing is no error."""
        for owner, step in left_out(value, without):
            self.skip[identity(owner)] = self.skip.get(identity(owner), frozenset()) | {step}
            self._owners.append(owner)
        self.columnar = False


class GraphWalker(Walker):
    """A walk that meets every object once and leaves behind the graph that they make."""

    __slots__ = ("_nodes", "_numbers")

    def __init__(self, resolver: Resolver, path: str, *, lenient: bool) -> None:
        super().__init__(resolver, path, lenient=lenient, columnar=False)
        self._limit = 1 << 62
        self._nodes: list[tuple[bytes, list[bytes], bool]] = []
        self._numbers: dict[int, int] = {}

    def _enter(self, value: Any) -> bytes | _Frame:
        number = self._numbers.get(identity(value))
        if number is not None:
            return BACK + size(number)
        entered = super()._enter(value)
        if isinstance(entered, _Frame):
            entered.key = len(self._nodes)
            entered.batch = entered.rest  # never let go in parts: the colours need all the codes
            self._nodes.append((entered.node.head, entered.out, entered.node.unordered))
            self._numbers[identity(value)] = entered.key
            self._keep.append(value)
        return entered

    def _leave(self, frame: _Frame) -> bytes:
        if frame.node.temporary:
            self._keep.append(frame.node.children)
        return BACK + size(frame.key)

    def digest(self, value: object) -> bytes:
        """Return the digest of the graph seen from a value, the same for every graph that unfolds alike."""
        code = self.code(value)
        if code[:1] != BACK:
            return xxh3_128_digest(code)
        root = int.from_bytes(code[1:], "little")
        colours = [xxh3_128_digest(head) for head, _, _ in self._nodes]
        distinct = 0
        for _ in range(_ROUNDS):
            colours = [self._refined(node, colours) for node in self._nodes]
            if len(set(colours)) == distinct:
                break
            distinct = len(set(colours))
        return xxh3_128_digest(colours[root] + b"".join(sorted(set(colours))))

    @staticmethod
    def _refined(node: tuple[bytes, list[bytes], bool], colours: list[bytes]) -> bytes:
        head, pieces, unordered = node
        codes = [colours[int.from_bytes(p[1:], "little")] if p[:1] == BACK else p for p in pieces]
        return xxh3_128_digest(head + b"".join(sorted(codes) if unordered else codes))
