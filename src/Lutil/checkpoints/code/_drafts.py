"""Nodes and places while a plan is being made."""

from __future__ import annotations

from collections.abc import Mapping
from types import CodeType
from typing import NamedTuple

import xxhash

from .._key import tagged
from ._plan import Node, Slot

__all__ = ["BUILTIN", "FIRST_PLACE", "NOTHING", "PLACE", "Draft", "Place", "node"]

# In the list of edges, for what is no node: the value of a place, a library's, a builtin's, our own.
PLACE, BUILTIN, NOTHING, _EFFECT = -1, -2, -3, -4
FIRST_PLACE = -10
"""From here down, edges are places until the plan is finished, and slots from then on."""


class Place:
    """A value that is read, and whether all that becomes of it is harmless."""

    __slots__ = ("effect", "number", "slot")

    def __init__(self, slot: Slot, number: int) -> None:
        self.slot = slot
        self.number = number
        self.effect = True


class Draft(NamedTuple):
    """A node that is being made."""

    label: str
    target: object
    code: CodeType | None
    name: str
    text: list[bytes]
    edges: list[int]


def node(draft: Draft, slots: Mapping[int, int]) -> Node:
    """Return a finished node; `slots` says where the places that count stand in the plan."""
    edges = []
    for edge in draft.edges:
        place = FIRST_PLACE - edge
        edges.append(edge if place < 0 else FIRST_PLACE - slots[place] if place in slots else _EFFECT)
    digest = xxhash.xxh3_128_digest(b"".join([tagged(b"x", text) for text in draft.text]))
    read = tuple(dict.fromkeys(FIRST_PLACE - edge for edge in edges if edge <= FIRST_PLACE))
    return Node(draft.label, digest, tuple(edges), read, draft.target, draft.code, draft.name)
