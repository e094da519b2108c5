"""Knots: nodes that lead to each other have equal codes exactly if an isomorphism takes one to the other."""

from __future__ import annotations

import itertools
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from Lutil.checkpoints.fingerprint.walk import _cycles
from Lutil.checkpoints.fingerprint.walk._cycles import Member, knot_codes


def is_knot(links):
    """Tell whether each node leads to each other one."""
    for start in range(len(links)):
        met, waiting = {start}, [start]
        while waiting:
            for link in links[waiting.pop()]:
                if link not in met:
                    met.add(link)
                    waiting.append(link)
        if len(met) < len(links):
            return False
    return True


def made(labels, links, unordered):
    return [
        Member(str((label, len(to), bool(loose))).encode(), to, bool(loose))
        for label, to, loose in zip(labels, links, unordered, strict=True)
    ]


def image_of(member, order):
    links = [order[link] for link in member.links]
    return member.label, sorted(links) if member.unordered else links


def isomorphisms(one, other):
    """Yield what takes each node of a knot to one of another, found by trying all orders."""
    if len(one) != len(other):
        return
    plain = [(m.label, sorted(m.links) if m.unordered else list(m.links)) for m in other]
    for order in itertools.permutations(range(len(one))):
        if all(image_of(one[node], order) == plain[order[node]] for node in range(len(one))):
            yield order


KNOTS = (
    st.integers(1, 5)
    .flatmap(
        lambda n: st.tuples(
            st.lists(st.integers(0, 1), min_size=n, max_size=n),
            st.lists(st.lists(st.integers(0, n - 1), min_size=1, max_size=3), min_size=n, max_size=n),
            st.lists(st.sampled_from([0, 0, 0, 1]), min_size=n, max_size=n),
        )
    )
    .filter(lambda spec: is_knot(spec[1]))
    .map(lambda spec: made(*spec))
)


@settings(max_examples=600, deadline=None)
@given(KNOTS, KNOTS)
def test_codes_of_knots_agree_exactly_if_nodes_are_isomorphic(one, other):
    codes, others = knot_codes(one), knot_codes(other)
    for left, right, left_codes, right_codes in ((one, one, codes, codes), (one, other, codes, others)):
        related = {(node, order[node]) for order in isomorphisms(left, right) for node in range(len(left))}
        agree = {
            (a, b) for a, b in itertools.product(range(len(left)), range(len(right))) if left_codes[a] == right_codes[b]
        }
        assert agree == related


@settings(max_examples=300, deadline=None)
@given(KNOTS, st.data())
def test_codes_of_a_knot_do_not_depend_on_the_order_of_its_nodes(knot, data):
    order = data.draw(st.permutations(range(len(knot))))
    place = {node: number for number, node in enumerate(order)}
    turned = [knot[node]._replace(links=[place[link] for link in knot[node].links]) for node in order]
    codes = knot_codes(knot)
    assert knot_codes(turned) == [codes[node] for node in order]


def torus(width, height):
    def at(row, column):
        return row % height * width + column % width

    around = [(0, 1), (1, 0), (0, -1), (-1, 0)]
    return [
        Member(b"cell", [at(row + down, column + right) for down, right in around], False)
        for row in range(height)
        for column in range(width)
    ]


def ring(count, ones=()):
    return [
        Member(b"1" if node in ones else b"0", [(node + 1) % count, (node - 1) % count], False) for node in range(count)
    ]


SHAPES = {
    "ring": lambda: ring(3_000),
    "ring of another size": lambda: ring(3_001),
    "ring with a gap": lambda: ring(3_000, {0}),
    "ring with two gaps": lambda: ring(3_000, {0, 1000}),
    "ring with two gaps further apart": lambda: ring(3_000, {0, 1001}),
    "square torus": lambda: torus(60, 60),
    "long torus": lambda: torus(30, 120),
    "Fibonacci word": lambda: ring(*fibonacci()),
}


def fibonacci():
    """Return a ring in which few places look different, however far one looks."""
    word, longer = "0", "01"
    while len(word) < 2_000:
        word, longer = longer, longer + word
    return len(word), {place for place, letter in enumerate(word) if letter == "1"}


@pytest.fixture
def passes(monkeypatch):
    """Return the passes over all nodes, as they are made."""
    made = []
    for name in ("_refined", "_numbered"):
        original = getattr(_cycles, name)

        def counted(members, other, original=original):
            made.append(len(members))
            return original(members, other)

        monkeypatch.setattr(_cycles, name, counted)
    return made


@pytest.mark.parametrize("shape", SHAPES)
def test_a_bounded_number_of_passes_describes_a_knot(shape, passes):
    knot = SHAPES[shape]()
    codes = knot_codes(knot)
    assert len(passes) <= 4 * _cycles._ROUNDS
    shuffled = list(range(len(knot)))
    random.Random(5).shuffle(shuffled)
    place = {node: number for number, node in enumerate(shuffled)}
    turned = [knot[node]._replace(links=[place[link] for link in knot[node].links]) for node in shuffled]
    assert knot_codes(turned) == [codes[node] for node in shuffled]


def test_knots_of_different_shape_have_nothing_in_common():
    met = [set(knot_codes(make())) for make in SHAPES.values()]
    assert all(one.isdisjoint(other) for one, other in itertools.combinations(met, 2))
    assert len(set(knot_codes(torus(60, 60)))) == 1, "all cells of a torus are alike"
    assert len(set(knot_codes(ring(3_000, {0})))) == 3_000


def graph_of_sets(edges):
    nodes = sorted({node for edge in edges for node in edge})
    return [Member(b"node", [b if a == node else a for a, b in edges if node in (a, b)], True) for node in nodes]


def test_regular_graphs_of_sets_differ():
    prism = graph_of_sets([(0, 1), (1, 2), (2, 0), (3, 4), (4, 5), (5, 3), (0, 3), (1, 4), (2, 5)])
    bipartite = graph_of_sets([(a, b) for a in range(3) for b in range(3, 6)])
    assert set(knot_codes(prism)).isdisjoint(knot_codes(bipartite))
    assert len(set(knot_codes(prism))) == len(set(knot_codes(bipartite))) == 1
