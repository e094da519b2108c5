"""For any nested value: a copy agrees, a mutation differs, and nothing but the value counts."""

from __future__ import annotations

import copy
import datetime as dt
import pickle

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from Lutil.checkpoints.fingerprint import digest, parts, preview
from Lutil.checkpoints.fingerprint.walk._columns import SHORT
from Lutil.checkpoints.fingerprint.walk._walker import Walker
from Lutil.checkpoints.model._key import PartKind
from Lutil.checkpoints.state.objects._changes import After, Before, restore
from Lutil.checkpoints.state.objects._mutables import mutables
from Lutil.checkpoints.state.objects._object_states import put, take
from Lutil.checkpoints.testing._examples import Couple, L, Plain, Point
from Lutil.checkpoints.testing.fingerprint import SimpleResolver, simple_digest

ATOMS = (
    st.none()
    | st.booleans()
    | st.integers(-(2**70), 2**70)
    | st.floats()
    | st.text(max_size=5)
    | st.binary(max_size=5)
    | st.complex_numbers()
    | st.datetimes(timezones=st.none() | st.just(dt.UTC))
    | st.dates()
)
KEYS = st.text(max_size=3) | st.integers(0, 3) | st.booleans()


def nested(inner):
    return (
        st.lists(inner, max_size=SHORT + 3)
        | st.lists(inner, max_size=3).map(tuple)
        | st.dictionaries(KEYS, inner, max_size=SHORT + 2)
        | st.lists(st.fixed_dictionaries({"a": inner, "b": inner}), min_size=SHORT, max_size=SHORT + 2)
        | st.lists(st.tuples(inner, inner), min_size=SHORT, max_size=SHORT + 2)
        | st.builds(Plain, inner)
        | st.builds(Point, inner, inner)
        | st.builds(Couple, inner, inner)
        | st.lists(st.builds(Point, inner, inner), min_size=SHORT, max_size=SHORT + 1)
        | st.lists(inner, max_size=2).map(L)
        | st.frozensets(KEYS, max_size=4)
        | st.sets(KEYS, max_size=4)
    )


VALUES = st.recursive(ATOMS, nested, max_leaves=12)
FEW = settings(
    max_examples=120, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)


def same(one, other):
    """Compare by type and content, as exactly as the digest does."""
    return simple_digest(one) == simple_digest(other)


def leaves(value):
    """Yield (holder, key) of each place of a value that can be assigned to."""
    stack = [value]
    while stack:
        item = stack.pop()
        inner = []
        if isinstance(item, list):
            inner = list(enumerate(item))
        elif isinstance(item, dict):
            inner = list(item.items())
        elif hasattr(item, "__dict__"):
            inner = list(vars(item).items())
            item = vars(item)
        elif isinstance(item, tuple):
            stack.extend(item)
        for key, below in inner:
            yield item, key
            stack.append(below)


@FEW
@given(VALUES)
def test_copies_and_unpickled_selves_agree(value):
    first = simple_digest(value)
    assert simple_digest(copy.deepcopy(value)) == first
    assert simple_digest(pickle.loads(pickle.dumps(value))) == first


@FEW
@given(VALUES, st.data())
def test_any_single_mutation_differs(value, data):
    places = list(leaves(value))
    if not places:
        return
    first = simple_digest(value)
    holder, key = data.draw(st.sampled_from(places))
    old = holder[key]
    new = data.draw(ATOMS)
    holder[key] = new
    changed = simple_digest(value)
    holder[key] = old
    assert (changed == first) == same(old, new)
    assert simple_digest(value) == first


@FEW
@given(VALUES, VALUES)
def test_two_values_agree_only_if_their_pickles_do(one, other):
    """The pickle of an unpickled value depends on content only, as far as sharing goes: a second opinion."""
    if same(one, other):
        assert repr(one) == repr(other) or "object at" in repr(one) or "{" in repr(one)
    assert same([one, other], [copy.deepcopy(one), copy.deepcopy(other)])


@FEW
@given(VALUES)
def test_an_object_met_twice_counts_like_two_copies(value):
    assert same([value, value], [value, copy.deepcopy(value)])
    assert same([value] * SHORT, [copy.deepcopy(value) for _ in range(SHORT)])


@FEW
@given(VALUES, VALUES)
def test_a_walker_used_again_gives_what_a_fresh_one_gives(one, other):
    walker = Walker(SimpleResolver())
    both, single = [one, other], [other]  # alive as long as the walker
    walker.digest(both)
    assert walker.digest(both) == simple_digest(both)
    assert walker.digest(single) == simple_digest(single)


@FEW
@given(VALUES)
def test_a_preview_is_short_and_parts_carry_the_digest_of_the_whole(value):
    assert len(preview(value)) <= 80
    part = parts(value, SimpleResolver(), PartKind.ARGUMENT, "x")
    assert part.digest == digest(value, SimpleResolver())
    assert part == parts(copy.deepcopy(value), SimpleResolver(), PartKind.ARGUMENT, "x")


@FEW
@given(VALUES, st.data())
def test_what_a_run_changed_comes_back_in_place_in_an_equal_value(value, data):
    root = [value]
    twin = copy.deepcopy(root)
    numbered = mutables([twin])
    identities = list(map(id, numbered))
    before = Before({"x": root}, SimpleResolver)
    assert len(before.numbered) == len(numbered)
    places = list(leaves(root))
    for holder, key in data.draw(st.lists(st.sampled_from(places), max_size=3)) if places else ():
        if (isinstance(holder, dict) and key in holder) or (isinstance(holder, list) and key < len(holder)):
            holder[key] = data.draw(ATOMS)
    after = before.after()
    if not isinstance(after, After):
        return
    restore(numbered, linked(after.states, before.numbered, numbered))
    assert same(root, twin)
    assert list(map(id, numbered)) == identities


def linked(states, old, new):
    """Return states in which the objects of one value are replaced by those of another, as a codec does."""
    memo = {id(a): b for a, b in zip(old, new, strict=True)}
    memo = {key: b for key, b in memo.items() if [id(a) for a in old].count(key) == 1}
    return {number: copy.deepcopy(state, dict(memo)) for number, state in states.items()}


@FEW
@given(VALUES)
def test_taking_and_putting_back_changes_nothing(value):
    first = simple_digest(value)
    for item in mutables([value]):
        state = take(item)
        assert state is not item
        put(item, state)
    assert simple_digest(value) == first


GROUPS = [list, tuple, set, frozenset, lambda items: dict(enumerate(items))]
GRAPHS = st.integers(1, 5).flatmap(
    lambda count: st.lists(
        st.tuples(st.integers(0, 1), st.lists(st.integers(0, count - 1), max_size=3), st.integers(0, len(GROUPS) - 1)),
        min_size=count,
        max_size=count,
    )
)


def graph(spec, order):
    """Make objects that know each other; the order in which they are made changes that of the sets they are in."""
    made = {number: Plain(spec[number][0]) for number in order}
    for number, (_, others, kind) in enumerate(spec):
        made[number].other = GROUPS[kind]([made[other] for other in others])
    return [made[number] for number in range(len(spec))]


@settings(FEW, max_examples=400)
@given(GRAPHS, st.data())
def test_objects_on_cycles_count_alike_whichever_of_them_is_met_first(spec, data):
    one = graph(spec, range(len(spec)))
    other = graph(spec, data.draw(st.permutations(range(len(spec)))))
    assert same(one[0], other[0])
    assert same(one, other)
    assert same(one, [copy.deepcopy(node) for node in one])
    other[data.draw(st.integers(0, len(spec) - 1))].value += 2
    assert not same(one, other)
