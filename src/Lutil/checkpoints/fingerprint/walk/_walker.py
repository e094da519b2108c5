"""The walk: from a value to its digest, without recursion, so that its depth is bounded by memory only.

Every container becomes a node with a digest of its own, made from its head and the codes of its children.
Identity never counts: an object that is met again has the code of an equal copy. Cycles do count, as the shape
that the objects on them make (`_cycles`).

Guarantees:

- Each object is opened once in a walk, and each link followed once, in whatever way objects refer to each other:
  what is finished is remembered with its code, and objects that lead to each other are found in the same pass
  (Tarjan's strongly connected components) and coded together. Lists may look at what they hold a bounded number
  of times besides (`_columns`).
- It takes some 200 bytes for each object, and nothing for numbers and texts.
- What an object raises when it is looked at is `UnfingerprintableError` with the path to it; if lenient, the object
  counts by its type, and the walk goes on.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any

from xxhash import xxh3_128, xxh3_128_digest

from ...integrations import is_made_to_hold
from ...integrations.ray import made_of
from ...model._errors import SettingError, UnfingerprintableError, described
from ...model._identity import identity
from ...model._key import NoteKind, Resolver
from ...model.process._interrupts import let_pass
from ..kinds._consumables import consumed
from ..kinds._objects import PlainRule
from ._class_state import (
    LIBRARIES,
    bears_another_name,
    is_standard,
    libraries_of,
    module_name,
    own_content,
    qualified_name,
    type_name,
)
from ._cycles import Member, knot_codes
from ._nodes import BACK, CHUNK, DIGEST, Node, Rule, named, packed
from ._registry import find_rule
from ._scalars import LEAVES, walk_begins, walk_ends
from ._without import left_out

__all__ = ["Walker"]

_DEEPEST = 100_000  # what is made to be looked at may make more without end; what is there ends
_ENDLESS = f"what its class gives to be compared is nested more than {_DEEPEST} levels deep, or never ends"


class _Frame:
    """A node that is being walked, or that waits for the rest of its cycle.

    Attributes:
        index: its place among the nodes that are not finished.
        low: the smallest index that it leads to, as far as is known.
        links: the indices of the unfinished nodes that it refers to.
        untold: whether something is below it that is used up by being read, and does not tell how far.
    """

    __slots__ = ("batch", "done", "hasher", "index", "key", "links", "low", "node", "out", "rest", "untold")

    def __init__(self, node: Node, key: int, index: int) -> None:
        self.node = node
        self.key = key
        self.index = self.low = index
        self.links: list[int] = []
        self.untold = False
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

    def wait(self, digest: bytes) -> None:
        """Keep nothing but what tells this node apart from others on its cycle."""
        self.out = [digest]
        self.batch = self.rest = iter(())
        self.node.children = ()


class Walker:
    """One walk, or several over the same values: what is met again is not encoded again.

    It holds as long as nothing that was walked has been changed since.

    Attributes:
        untold: whether something was met in the last walk that is used up by being read and does not tell how far it
            has been.
    """

    __slots__ = (
        "_complex",
        "_keep",
        "_libraries",
        "_met_silent",
        "_open",
        "_owners",
        "_path",
        "_rules",
        "_seen",
        "_silent",
        "_stack",
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
        self._open: list[_Frame] = []
        self._seen: dict[int, bytes | int] = {}
        self._silent: set[int] = set()
        self._met_silent = False
        self._keep: list[object] = []
        self._rules: dict[type, Rule] = {}
        self._types: dict[type, bytes] = {}
        self._libraries: set[str] = set()
        self._complex: set[type] = set()
        self._owners: list[object] = []

    def digest(self, value: object) -> bytes:
        """Return the 16 bytes that stand for a value."""
        code = self.code(value)
        return code[1:] if code[:1] == DIGEST else xxh3_128_digest(code)

    def code(self, value: object) -> bytes:
        """Return the code of a value, by walking everything below it."""
        leaf = LEAVES.get(type(value))
        if leaf is not None:
            return leaf(value)
        self._met_silent = False
        walk_begins()
        try:
            entered = self._enter(value)
            if isinstance(entered, bytes):
                return entered
            self._stack.append(entered)
            return self._walk()
        except BaseException:
            self._seen = {key: met for key, met in self._seen.items() if isinstance(met, bytes)}
            self._stack.clear()
            self._open.clear()
            raise
        finally:
            self.untold = self._met_silent
            walk_ends()

    def _walk(self) -> bytes:
        stack = self._stack
        leaves = LEAVES
        while True:
            frame = stack[-1]
            append = frame.out.append
            child: object = frame.node
            try:
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
            except (UnfingerprintableError, SettingError, MemoryError):
                raise
            except Exception as error:  # noqa: BLE001 - the user's code: the next child is another
                let_pass(error)
                append(self._raised(child, error))

    def _enter(self, value: Any) -> bytes | _Frame:
        if type(value) is Node:
            return self._begin(value, 0)
        key = identity(value)
        met = self._seen.get(key)
        if met is not None:
            return self._again(key, met)
        cls = type(value)
        try:
            rule = self._rules.get(cls) or self.rule(cls)
            if isinstance(rule, PlainRule) and not rule.known and self._stack and self._stack[-1].node.attributes:
                self.complex_attribute(cls)
            opened = rule(value, self)
        except (UnfingerprintableError, SettingError, MemoryError, RecursionError):
            raise
        except Exception as error:  # noqa: BLE001 - the user's code; any failure means: no state
            let_pass(error)
            opened = self._raised(value, error)
        entered = opened if isinstance(opened, bytes) else self._begin(opened, key)
        self._seen[key] = entered if isinstance(entered, bytes) else entered.index
        if self.untold:
            self._note_silent(key, entered)
        return entered

    def _note_silent(self, key: int, entered: bytes | _Frame) -> None:
        """Let what holds something that does not tell how far it has been read be known for that as well."""
        self.untold = False
        self._met_silent = True
        if isinstance(entered, _Frame):
            entered.untold = True
            return
        self._silent.add(key)
        if self._stack:
            self._stack[-1].untold = True

    def _begin(self, node: Node, key: int) -> _Frame:
        if node.temporary and len(self._stack) > _DEEPEST:
            if not self.lenient:
                raise UnfingerprintableError(self._path, _ENDLESS)
            self.resolver.note(NoteKind.BLIND_SPOT, self._path, _ENDLESS)
            node.children = ()
        frame = _Frame(node, key, len(self._open))
        self._open.append(frame)
        return frame

    def _again(self, key: int, met: bytes | int) -> bytes:
        """Return the code of a node that is met again, or what marks a link to one that is not finished."""
        if isinstance(met, bytes):
            if self._silent and key in self._silent:
                self._note_silent(key, met)
            return met
        self._link(self._stack[-1], met, met)
        return BACK

    @staticmethod
    def _link(frame: _Frame, index: int, low: int) -> None:
        frame.links.append(index)
        frame.low = min(frame.low, low)

    def _leave(self, frame: _Frame) -> bytes:
        """Return the code of a node that was walked to its end; what lies on a cycle waits for all of it."""
        index = frame.index
        if frame.node.temporary:
            self._keep_alive(frame.node.children)
        if frame.untold and len(self._stack) > 1:
            self._stack[-2].untold = True
        digest = frame.digest()
        if frame.low < index:
            frame.wait(digest)
            self._link(self._stack[-2], index, frame.low)
            return BACK
        if not frame.links:
            self._open.pop()
            return self._finish(frame, digest)
        frame.wait(digest)
        knot = self._open[index:]
        del self._open[index:]
        members = [Member(f.out[0], [link - index for link in f.links], f.node.unordered) for f in knot]
        silent = any(f.untold for f in knot)
        codes = knot_codes(members)
        for member, found in zip(knot, codes, strict=True):
            member.untold = silent
            self._finish(member, found)
        return DIGEST + codes[0]

    def _finish(self, frame: _Frame, digest: bytes) -> bytes:
        code = DIGEST + digest
        if frame.key:
            self._seen[frame.key] = code
            if frame.untold:
                self._silent.add(frame.key)
        return code

    def _keep_alive(self, children: Iterable[object]) -> None:
        """Keep what was made for this walk as long as it is remembered by identity."""
        if not isinstance(children, list | tuple):
            self._keep.append(children)
        elif kept := [child for child in children if type(child) not in LEAVES]:
            self._keep.append(kept)

    def _raised(self, value: object, error: Exception) -> bytes:
        """Raise what tells where the user's code raised something, or, if lenient, return a code by type."""
        name = "something that is made only when it is read" if type(value) is Node else type_name(type(value))
        if not self.lenient:
            raise UnfingerprintableError(self.path(), f"{name} raised {described(error)}") from error
        self.note(NoteKind.BLIND_SPOT, f"{name} raises when it is looked at: counts by its type only")
        self.untold = consumed(type(value))
        return named("raises", name.encode("utf-8", "surrogatepass"))

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
            top = module_name(cls).partition(".")[0]
            if top in LIBRARIES:
                self._library(top)
                code = named("type", type_name(cls).encode())
            elif is_standard(cls):
                code = named("type", type_name(cls).encode())
            else:
                counted = cls.__bases__[0] if is_made_to_hold(cls) else made_of(cls)
                code = packed(b"k", self.resolver.code(counted))
                if bears_another_name(cls):
                    code += self._made_class(cls)
            self._types[cls] = code
        return code

    def _made_class(self, cls: type) -> bytes:
        """Return the code of what a class holds that the standard library made for others, under its own name."""
        walker = Walker(self.resolver, lenient=True)
        walker._types[cls] = named("type", qualified_name(cls).encode())
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
            self.note(NoteKind.COMPLEX_ATTRIBUTE, type_name(cls))

    def note(self, kind: NoteKind, what: str) -> None:
        """Take note of something at the present path."""
        self.resolver.note(kind, self.path(), what)

    def leave_out(self, value: object, without: tuple[str, ...]) -> None:
        """Let these parts of the value not count; one that is missing is no error."""
        for owner, step in left_out(value, without, self._path):
            self.skip[identity(owner)] = self.skip.get(identity(owner), frozenset()) | {step}
            self._owners.append(owner)
        self.columnar = False
