"""Linear cost: whatever walks a value looks at each object and each link a bounded number of times."""

from __future__ import annotations

import copy
import dataclasses
import itertools
import pickle
import tracemalloc
from types import SimpleNamespace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from Lutil.checkpoints.fingerprint import digest, parts
from Lutil.checkpoints.fingerprint.readable import _readable_parts
from Lutil.checkpoints.fingerprint.walk import _columns, _cycles, _walker
from Lutil.checkpoints.fingerprint.walk._digest import Teller
from Lutil.checkpoints.model._key import PartKind
from Lutil.checkpoints.state.objects import _mutables
from Lutil.checkpoints.state.objects._mutables import mutables
from Lutil.checkpoints.testing.fingerprint import SimpleResolver, simple_digest


class Looks:
    """How often something was looked at, by the kind of look."""

    def __init__(self):
        self.counts = dict.fromkeys(("entered", "columns", "cycles", "opened", "parts"), 0)

    def total(self):
        return sum(self.counts.values())


@pytest.fixture(scope="module")
def looks():
    """Count every look that is taken at an element, wherever values are walked."""
    found = Looks()
    with pytest.MonkeyPatch.context() as patch:

        def counted(owner, name, kind, much):
            original = getattr(owner, name)

            def call(*args, **kwargs):
                result = original(*args, **kwargs)
                found.counts[kind] += much(result, *args)
                return result

            patch.setattr(owner, name, call)

        counted(_walker.Walker, "_enter", "entered", lambda *_: 1)
        counted(_columns._Columns, "encode", "columns", lambda _result, _self, values, *_: len(values))
        counted(_columns._Columns, "_use", "columns", lambda _result, _self, fields, room: fields + room)
        counted(_cycles, "_refined", "cycles", lambda _result, members, _: sum(1 + len(m.links) for m in members))
        counted(_cycles, "_numbered", "cycles", lambda _result, members, _: sum(1 + len(m.links) for m in members))
        counted(_mutables.Survey, "_meet", "opened", lambda _result, _self, _place, values, _: len(values))
        counted(
            _mutables.Group,
            "__init__",
            "opened",
            lambda _result, group, *_: len(group.values) + len(group.items) + sum(map(len, group.ways)),
        )
        counted(_readable_parts._Tree, "_part", "parts", lambda *_: 1)
        counted(_readable_parts._Tree, "_children", "parts", lambda children, *_: len(children))
        yield found


WALKS = {
    "fingerprint": lambda value: digest(value, SimpleResolver()),
    "survey": lambda value: mutables([value]),
    "parts": lambda value: parts(value, SimpleResolver(), PartKind.ARGUMENT, "value"),
}
MOST = 150
"""Looks for each object and each link: room for columns, the passes over cycles, and a digest for each part."""
FEW = 20_000
"""Looks at anything, however small: the readable parts are two thousand."""


def looked(looks, walk, value):
    before = looks.total()
    WALKS[walk](value)
    return looks.total() - before


class Plain:
    pass


class Slotted:
    __slots__ = ("a", "b", "c", "d")


@dataclasses.dataclass(eq=False)
class Record:
    a: object = None
    b: object = None
    c: object = None
    d: object = None


HOLDERS = [list, dict, tuple, Plain, Slotted, Record, SimpleNamespace, set]


def hold(kind, content, made):
    """Let an object hold what it was drawn to hold; tuples and sets are made of what is there already."""
    if kind is list:
        made.extend(content)
    elif kind is dict:
        made.update(zip("abcdefgh", content, strict=False))
    elif kind is set:
        made.update(item for item in content if isinstance(item, int | Plain | Slotted | Record))
    else:
        for name, item in zip("abcd", content, strict=False):
            setattr(made, name, item)


def linked(spec):
    """Return the objects of a graph: each is drawn as its kind, its leaf, and the numbers of those that it holds."""
    made = [None if kind is tuple else kind() for kind, _, _ in spec]
    for number, (kind, leaf, others) in enumerate(spec):
        if kind is tuple:
            made[number] = (leaf, *(made[other % max(number, 1)] for other in others))
    for item, (kind, leaf, others) in zip(made, spec, strict=True):
        if kind is not tuple:
            hold(kind, [leaf, *(made[other] for other in others)], item)
    return made


GRAPHS = st.integers(1, 14).flatmap(
    lambda count: st.lists(
        st.tuples(st.sampled_from(HOLDERS), st.integers(0, 2), st.lists(st.integers(0, count - 1), max_size=4)),
        min_size=count,
        max_size=count,
    )
)


@settings(max_examples=150, deadline=None)
@given(GRAPHS, st.sampled_from([1, 1, 10, 60]))
def test_walks_of_any_graph_are_linear_in_its_objects_and_links(looks, spec, times):
    value = [linked(spec) for _ in range(times)]
    size = times * sum(2 + len(others) for _, _, others in spec)
    for walk in WALKS:
        assert looked(looks, walk, value) <= MOST * size + FEW, walk


@settings(max_examples=200, deadline=None)
@given(GRAPHS, st.data())
def test_a_copy_of_a_graph_agrees_and_another_leaf_differs(spec, data):
    value = linked(spec)
    first = simple_digest(value)
    twin = pickle.loads(pickle.dumps(value))
    assert simple_digest(twin) == first
    if not any(kind is set for kind, _, _ in spec):  # of a set that holds itself, `deepcopy` makes another graph
        assert simple_digest(copy.deepcopy(value)) == first
    assert simple_digest([value, value]) == simple_digest([value, twin])
    number = data.draw(st.integers(0, len(spec) - 1))
    spec[number] = (spec[number][0], spec[number][1] + 7, spec[number][2])
    assert simple_digest(linked(spec)) != first


def grid(side, ways=4, value=None):
    cells = [[Plain() for _ in range(side)] for _ in range(side)]
    steps = [(0, 1), (1, 0), (0, -1), (-1, 0), (1, 1), (-1, -1), (1, -1), (-1, 1), (2, 0), (0, 2)][:ways]
    for row in range(side):
        for column in range(side):
            cell = cells[row][column]
            cell.value = row * side + column if value is None else value
            for number, (down, right) in enumerate(steps):
                setattr(cell, f"way{number}", cells[(row + down) % side][(column + right) % side])
    return [cell for row in cells for cell in row]


def diamonds(kind, levels, width):
    below = kind([1] * width)
    for _ in range(levels):
        below = kind([below] * width)
    return below


def record(fields, of):
    made = Plain()
    made.__dict__.update((f"field{number}", of) for number in range(fields))
    return made


def doubly_linked(count):
    nodes = [Record(0) for _ in range(count)]
    for one, other in itertools.pairwise(nodes):
        one.b, other.c = other, one
    return nodes[0]


def tree(depth, parent=None):
    node = Record(0, parent)
    node.c = [] if depth == 0 else [tree(depth - 1, node) for _ in range(3)]
    return node


def session(count):
    """Objects as those of a database session: each knows the session, which knows all, and some others."""
    made = SimpleNamespace(new=set(), known={})
    for number in range(count):
        item = Record(made, number)
        made.new.add(item)
        made.known[number] = item
        item.c = [made.known[number // 2], made.known[number // 3]]
    return made


def slots(fields):
    return type("Wide", (), {"__slots__": tuple(f"field{number}" for number in range(fields))})


def filled(cls):
    made = cls()
    for name in cls.__slots__:
        setattr(made, name, 1)
    return made


SHAPES = {
    "nine cells that know four": (lambda: grid(3), 9 * 6),
    "a grid of cells": (lambda: grid(20, 10), 400 * 12),
    "a grid of equal cells": (lambda: grid(20, 8, value=0), 400 * 10),
    "lists shared by layers": (lambda: diamonds(list, 60, 4), 61 * 5),
    "tuples shared by layers": (lambda: diamonds(tuple, 60, 4), 61 * 5),
    "long lists shared by layers": (lambda: diamonds(list, 20, 30), 21 * 31),
    "dictionaries shared by layers": (lambda: diamonds(lambda items: dict(enumerate(items)), 60, 4), 61 * 5),
    "one wide object many times": (lambda: [record(500, 1)] * 500, 1_000),
    "one object with slots many times": (lambda: [filled(slots(300))] * 500, 800),
    "one dictionary many times": (lambda: [{f"key{number}": [number] for number in range(3_000)}] * 1_000, 7_000),
    "one long list many times": (lambda: [list(range(100_000))] * 100, 100_100),
    "one list of lists many times": (lambda: {number: diamonds(list, 5, 12) for number in range(50)}, 50 * 80),
    "objects whose fields share one": (lambda: [record(40, record(40, [])) for _ in range(40)], 40 * 82),
    "a doubly linked list": (lambda: doubly_linked(2_000), 2_000 * 5),
    "a tree that knows its parents": (lambda: tree(6), 1_100 * 6),
    "a session of linked objects": (lambda: session(500), 500 * 10),
    "a clique": (lambda: linked([(list, 0, [*range(60)])] * 60), 60 * 62),
}


@pytest.mark.parametrize("walk", WALKS)
@pytest.mark.parametrize("shape", SHAPES)
def test_walks_of_shared_and_cyclic_values_are_linear(looks, shape, walk):
    make, size = SHAPES[shape]
    assert looked(looks, walk, make()) <= MOST * size + FEW, looks.counts


@pytest.mark.parametrize("walk", WALKS)
def test_walks_of_a_large_grid_need_memory_for_its_objects_only(walk):
    cells = grid(60)
    tracemalloc.start()
    try:
        WALKS[walk](cells)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < (64 << 20) + 3_600 * 6 * 500


def test_a_long_text_that_many_refer_to_is_hashed_once(monkeypatch):
    from Lutil.checkpoints.fingerprint.walk import _scalars

    hashed = []
    original = _scalars.text_digest
    monkeypatch.setattr(_scalars, "text_digest", lambda text: hashed.append(text) or original(text))
    monkeypatch.setattr(_columns, "text_digest", _scalars.text_digest)
    text = "x" * (3 << 20)
    value = [[text] * 50, *({"a": text, "b": [number]} for number in range(50))]
    first = simple_digest(value)
    assert len(hashed) < 25
    again = [["".join(text)] * 50, *({"a": text[:1] + text[1:], "b": [number]} for number in range(50))]
    assert simple_digest(again) == first
    assert not _scalars._held_by_many


def test_depth_is_bounded_by_memory_only_also_on_cycles():
    assert simple_digest(doubly_linked(30_000)) == simple_digest(doubly_linked(30_000))


def test_what_does_not_tell_how_far_it_was_read_is_known_when_it_is_met_again(looks):
    """A run that may have used something up is not kept; finding that out for many objects walks what they share once."""
    shared = [record(3, number) for number in range(300)]
    silent = (number for number in [1])
    holders = [SimpleNamespace(shared=shared, read=silent) for _ in range(200)]
    teller = Teller(SimpleResolver)
    before = looks.total()
    assert [teller.digest(holder) for holder in holders] == [None] * 200
    assert teller.digest(shared) is not None
    assert teller.digest([holders[0]]) is None
    on_a_cycle = SimpleNamespace(read=silent)
    on_a_cycle.me = [on_a_cycle]
    assert teller.digest(on_a_cycle) is None
    assert teller.digest(on_a_cycle.me) is None
    assert looks.total() - before <= MOST * (300 * 5 + 200 * 3)
