"""What a rule gives to the walker: a finished code, or a node whose children are still to be walked.

A *code* is canonical bytes that say where they end: a tag of one byte, then a fixed number of bytes or a
length and that many. Codes may therefore be joined without running together. A node becomes a code too,
`DIGEST` and 16 bytes, once all its children have theirs.

    tag  what follows                      tag  what follows
    N T F E I  nothing: the singletons     s b  length, UTF-8 or bytes
    i f c      8, 8, 16 bytes              S B  length, digest: the same where they are large
    j          length, an int of any size  t    length, name, length, payload: value types by name
    D          digest of a node            h    a handle, by type and endpoint
    G          nothing: the mark of a link within a cycle, which counts in the digest of the cycle
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from struct import Struct
from typing import Any, Protocol

from xxhash import xxh3_128_digest

from ...model._key import NoteKind, Resolver

__all__ = [
    "BACK",
    "CHUNK",
    "DIGEST",
    "Context",
    "Label",
    "Node",
    "Rule",
    "attribute_label",
    "digested",
    "index_label",
    "key_label",
    "named",
    "packed",
    "silent_label",
    "size",
]

CHUNK = 8_192
"""Elements that are encoded at once: few enough that lists of them are not asked of the system each time."""

DIGEST = b"D"
BACK = b"G"

Label = Callable[[int], str]

size = Struct("<q").pack
"""Eight bytes for a length or count."""


def packed(tag: bytes, payload: bytes) -> bytes:
    """Return a code: the tag, the length, the payload."""
    return tag + size(len(payload)) + payload


def named(name: str, payload: bytes = b"") -> bytes:
    """Return the code of a value of a type that has no tag of its own."""
    raw = name.encode("utf-8", "surrogatepass")
    return b"t" + size(len(raw)) + raw + size(len(payload)) + payload


def digested(content: bytes) -> bytes:
    """Return the code of a node whose content is complete."""
    return DIGEST + xxh3_128_digest(content)


def index_label(index: int) -> str:
    """Return how a person writes the element at this position."""
    return f"[{index}]"


def silent_label(_index: int) -> str:
    """Return nothing: the node is not a level that a person would write."""
    return ""


def key_label(keys: Sequence[object], show: Callable[[object], str]) -> Label:
    """Return labels `['a']` for the values of a mapping; its text is made only when it is asked for."""
    return lambda index: f"[{show(keys[index])}]" if index < len(keys) else ""


def attribute_label(names: Sequence[str]) -> Label:
    """Return labels `.name` for the attributes of an object."""
    return lambda index: f".{names[index]}" if index < len(names) else ""


class Node:
    """A value whose children are still to be walked.

    Attributes:
        head: canonical bytes of its type, counts and whatever of its content is encoded already.
        children: values or further nodes, in an order that is a function of the value; may be lazy.
        label: how a person writes the way from here to a child.
        unordered: whether the order of the children is an accident, as in a set.
        attributes: whether the children are attributes of a plain object.
        temporary: whether the children exist only for this walk, so that they must be kept alive while
            they are remembered by identity.
    """

    __slots__ = ("attributes", "children", "head", "label", "temporary", "unordered")

    def __init__(  # noqa: PLR0913 - one slot or option each
        self,
        head: bytes,
        children: Iterable[object],
        label: Label = index_label,
        *,
        unordered: bool = False,
        attributes: bool = False,
        temporary: bool = False,
    ) -> None:
        self.head = head
        self.children = children
        self.label = label
        self.unordered = unordered
        self.attributes = attributes
        self.temporary = temporary


class Context(Protocol):
    """What the walker offers to the rules."""

    resolver: Resolver
    columnar: bool
    lenient: bool
    untold: bool
    skip: dict[int, frozenset[object]]

    def type_code(self, cls: type, /) -> bytes:
        """Return a code that stands for a class."""

    def code_of(self, value: object, /) -> bytes:
        """Return a code that stands for a function, class or module."""

    def rule(self, cls: type, /) -> Rule:
        """Return the rule for instances of a class."""

    def refuse(self, value: object, why: str = "", /) -> bytes:
        """Raise `UnfingerprintableError` with the present path, or, if lenient, return a code by type."""

    def complex_attribute(self, cls: type, /) -> None:
        """Take note that the object being walked has an attribute of a class without a rule."""

    def note(self, kind: NoteKind, what: str, /) -> None:
        """Take note of something at the present path."""


Rule = Callable[[Any, Context], "bytes | Node"]
