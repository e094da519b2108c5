"""Codes for objects that refer to each other in cycles: the shape of the graph counts, not where it is entered.

A *knot* is a set of objects each of which leads to each other one (a strongly connected component). It reaches this
file as a list of nodes: a label (what the object holds besides its links within the knot), its links as numbers
of other nodes, and whether the order of these links is an accident, as in a set.

Guarantees:

- Nodes of two knots have equal codes exactly if an isomorphism of the knots takes one node to the other. So a deep
  copy has the code of its original, a ring of five equal objects that of no other ring, and the code of an object
  depends neither on the object that the walk met first nor on what else was walked.
- The work is at most some hundred passes over nodes and links, usually two: a pass finds nodes that no other is
  like; one numbering that starts at such a node describes the whole knot. Where all nodes are alike (a torus of
  equal cells) each further numbering either halves the candidates, as a symmetry, or rules one out.

Two limits, for knots in which nearly everything looks alike from everywhere and yet is not symmetrical. Without
sets, once the passes are used up, the description starts at the node that the walk met first: it never takes two
different knots for one, but may take two equal ones for different. With sets, once they are used up, nodes count by
what they look like from all distances, and how many look like that: two different regular graphs, each node of
which holds equal values and a set of neighbours, may then be taken for one.
"""

from __future__ import annotations

from array import array
from collections import Counter
from collections.abc import Iterable, Sequence

from xxhash import xxh3_128, xxh3_128_digest

from ...model.process._records import NamedTuple

__all__ = ["Member", "knot_codes"]

_ROUNDS = 32
"""Passes that refine colours, and numberings that are tried."""
_SMALL = 4_096
"""Nodes that may be passed over while the orders of sets are searched, beside that."""


class Member(NamedTuple):
    """One node of a knot.

    Attributes:
        label: the digest of what it holds, with a mark in the place of each link.
        links: the nodes it refers to, in its order.
        unordered: whether that order is an accident.
    """

    label: bytes
    links: Sequence[int]
    unordered: bool


def knot_codes(members: Sequence[Member]) -> list[bytes]:
    """Return 16 bytes for each node of a knot.

    Example:
        >>> one, other = Member(b"1", [1], False), Member(b"2", [0], False)
        >>> knot_codes([one, other]) == [*reversed(knot_codes([Member(b"2", [1], False), Member(b"1", [0], False)]))]
        True
    """
    if len(members) == 1:
        return [xxh3_128_digest(b"@" + members[0].label)]
    if any(member.unordered for member in members):
        return _with_sets(members)
    colours = [member.label for member in members]
    candidates = _rarest(colours)
    for _ in range(_ROUNDS):
        if len(candidates) == 1:
            break
        refined = _refined(members, colours)
        if len(set(refined)) == len(set(colours)):
            break
        colours = refined
        candidates = _rarest(colours)
    return _described(members, candidates)


def _rarest(colours: Sequence[bytes]) -> list[int]:
    """Return the nodes of the colour that the fewest nodes have."""
    counts = Counter(colours)
    _, rarest = min((count, colour) for colour, count in counts.items())
    return [node for node, colour in enumerate(colours) if colour == rarest]


def _refined(members: Sequence[Member], colours: Sequence[bytes]) -> list[bytes]:
    """Return colours that tell apart what leads to different colours."""
    found = []
    for (_, links, unordered), colour in zip(members, colours, strict=True):
        below: Iterable[bytes] = map(colours.__getitem__, links)
        found.append(xxh3_128_digest(colour + b"".join(sorted(below) if unordered else below)))
    return found


def _described(members: Sequence[Member], candidates: Sequence[int]) -> list[bytes]:
    """Return codes from the least of the descriptions that start at a candidate."""
    symmetry = _Symmetry(len(members))
    tried: dict[bytes, int] = {}
    met: set[int] = set()
    for candidate in candidates:
        if symmetry.of(candidate) in met:
            continue
        if len(tried) == _ROUNDS:
            tried = {}
            break
        order, form = _numbered(members, candidate)
        if form in tried:
            symmetry.join(order, _numbered(members, tried[form])[0])
            met = {symmetry.of(node) for node in tried.values()}
        else:
            tried[form] = candidate
            met.add(symmetry.of(candidate))
    if tried:
        form = min(tried)
        order, _ = _numbered(members, tried[form])
    else:  # too many that look alike and are not: never stale, though an equal knot may be entered elsewhere
        order, form = _numbered(members, 0)
        symmetry = _Symmetry(len(members))
    codes = [b""] * len(members)
    first: dict[int, int] = {}
    for number, node in enumerate(order):
        place = first.setdefault(symmetry.of(node), number)
        codes[node] = xxh3_128_digest(b"@" + form + place.to_bytes(8, "little"))
    return codes


def _numbered(members: Sequence[Member], root: int) -> tuple[list[int], bytes]:
    """Return the nodes as they are met level by level from one of them, and the digest of the knot in these terms."""
    order = [root]
    numbers = [-1] * len(members)
    numbers[root] = 0
    told = array("q")
    hasher = xxh3_128()
    for node in order:
        label, links, _ = members[node]
        hasher.update(label)
        told.append(len(links))
        for link in links:
            if numbers[link] < 0:
                numbers[link] = len(order)
                order.append(link)
            told.append(numbers[link])
    hasher.update(told)
    return order, hasher.digest()


class _Symmetry:
    """Which nodes known symmetries take to each other."""

    __slots__ = ("_up",)

    def __init__(self, count: int) -> None:
        self._up = list(range(count))

    def of(self, node: int) -> int:
        """Return the node that stands for all those."""
        up = self._up
        while up[node] != node:
            up[node] = node = up[up[node]]
        return node

    def join(self, order: Sequence[int], other: Sequence[int]) -> None:
        """Take note of the symmetry that takes each node of an order to that of the other."""
        for one, image in zip(order, other, strict=True):
            self._up[self.of(one)] = self.of(image)


def _with_sets(members: Sequence[Member]) -> list[bytes]:
    """Return codes where sets are among the nodes: the least of all the ways to tell apart what looks alike."""
    passes = max(_ROUNDS, _SMALL // len(members))
    start = _stable(members, [member.label for member in members], passes)
    if start is None:
        return _coloured(members, [member.label for member in members], _ROUNDS)
    spent, colours = start
    waiting = [colours]
    found: dict[bytes, list[list[int]]] = {}
    while waiting:
        colours = waiting.pop()
        cells = Counter(colours)
        if len(cells) == len(members):
            order = sorted(range(len(members)), key=colours.__getitem__)
            found.setdefault(_told(members, order), []).append(order)
            continue
        _, cell = min((count, colour) for colour, count in cells.items() if count > 1)
        for node in (node for node, colour in enumerate(colours) if colour == cell):
            apart = [*colours]
            apart[node] = xxh3_128_digest(b"!" + cell)
            refined = _stable(members, apart, passes - spent)
            if refined is None:
                return _coloured(members, [member.label for member in members], _ROUNDS)
            spent += refined[0]
            waiting.append(refined[1])
    form = min(found)
    places = [len(members)] * len(members)
    for order in found[form]:
        for number, node in enumerate(order):
            places[node] = min(places[node], number)
    return [xxh3_128_digest(b"@" + form + place.to_bytes(8, "little")) for place in places]


def _stable(members: Sequence[Member], colours: list[bytes], passes: int) -> tuple[int, list[bytes]] | None:
    """Return how many passes it took until no more nodes could be told apart, and the colours; None if too many."""
    distinct = len(set(colours))
    for spent in range(1, passes + 1):
        refined = _refined(members, colours)
        if len(set(refined)) == distinct:
            return spent, colours
        colours, distinct = refined, len(set(refined))
    return None


def _told(members: Sequence[Member], order: Sequence[int]) -> bytes:
    """Return the digest of a knot with its nodes in this order."""
    numbers = {node: number for number, node in enumerate(order)}
    told = array("q")
    for node in order:
        links = [numbers[link] for link in members[node].links]
        told.append(len(links))
        told.extend(sorted(links) if members[node].unordered else links)
    return xxh3_128_digest(b"".join([members[node].label for node in order]) + told.tobytes())


def _coloured(members: Sequence[Member], colours: list[bytes], passes: int) -> list[bytes]:
    """Return codes by what nodes look like, and by how many look how."""
    for _ in range(passes):
        refined = _refined(members, colours)
        if len(set(refined)) == len(set(colours)):
            break
        colours = refined
    form = xxh3_128_digest(b"".join(sorted(colours)))
    return [xxh3_128_digest(b"@" + form + colour) for colour in colours]
