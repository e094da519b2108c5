"""Nodes and places while a plan is being made."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import CodeType, FunctionType

import xxhash

from ...bytecode.stack._refs import Chain, RefMode
from ...model._key import tagged
from ...model.process._records import NamedTuple
from ._plan import PlanNode, Slot

__all__ = [
    "BUILTIN",
    "FIRST_PLACE",
    "NOTHING",
    "PLACE",
    "DraftPlace",
    "NodeDraft",
    "attribute_read",
    "full_name",
    "node",
]

# In the list of edges, for what is no node: the value of a place, a library's, a builtin's, our own.
PLACE, BUILTIN, NOTHING, _EFFECT = -1, -2, -3, -4
FIRST_PLACE = -10
"""From here down, edges are places until the plan is finished, and slots from then on."""


def full_name(value: FunctionType | type) -> bytes:
    """Return what code can ask a function or class for as its name: also one that it was given after its definition."""
    name, path = value.__name__, value.__qualname__
    given = path if path.rpartition(".")[2] == name else f"{path} named {name}"
    return given.encode("utf-8", "surrogatepass")


class DraftPlace:
    """A value that is read: whether all that becomes of it is harmless, and whether only attributes of it are read.

    Attributes:
        shown: whether a harmless one is only handed to print and the like, and not changed.
        reads: how a dict is read, as `Slot.reads`.
        attribute: whether it is an attribute that is an effect as far as the code of this plan goes.
        bound: whether all that becomes of the place is that it is bound anew.
    """

    __slots__ = ("attribute", "bound", "effect", "number", "only", "reads", "shown", "slot")

    def __init__(self, slot: Slot, number: int) -> None:
        self.slot = slot
        self.number = number
        self.effect = self.shown = self.bound = True
        self.only: set[str] | None = set()  # None: it is used in another way
        self.reads: set[str] = set()
        self.attribute = False

    def used(self, *, effect: bool, shown: bool, attribute: str, bound: bool = False) -> None:
        """Take note of one more use: whether it is harmless, and of which attribute, if of no more than that."""
        self.effect = self.effect and effect
        self.bound = self.bound and bound
        self.shown = self.shown and shown
        if self.only is not None:
            self.only = {*self.only, attribute} if attribute else None


class NodeDraft(NamedTuple):
    """A node that is being made."""

    label: str
    target: object
    code: CodeType | None
    name: str
    text: list[bytes]
    edges: list[int]


def attribute_read(rest: Chain, modes: Iterable[RefMode]) -> str:
    """Return which attribute of a value a use reads, or nothing where it uses the value in another way.

    A method that is called (`config.copy()`) sees the whole value.
    """
    if not rest or rest[0][0]:
        return ""
    reads = len(rest) > 1 or all(mode.what in {"value", "test", "sink"} for mode in modes)
    return str(rest[0][1]) if reads else ""


def node(draft: NodeDraft, slots: Mapping[int, int]) -> PlanNode:
    """Return a finished node; `slots` says where the places that count stand in the plan."""
    edges = []
    for edge in draft.edges:
        place = FIRST_PLACE - edge
        edges.append(edge if place < 0 else FIRST_PLACE - slots[place] if place in slots else _EFFECT)
    digest = xxhash.xxh3_128_digest(b"".join([tagged(b"x", text) for text in draft.text]))
    read = tuple(dict.fromkeys(FIRST_PLACE - edge for edge in edges if edge <= FIRST_PLACE))
    return PlanNode(draft.label, digest, tuple(edges), read, draft.target, draft.code, draft.name)
