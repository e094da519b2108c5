"""How a value is walked: depth, cycles, paths, what is refused, what is left out, what is noted."""

from __future__ import annotations

import io
import logging
import sqlite3
import sys
import threading
import tracemalloc
from collections import OrderedDict
from concurrent.futures import Future
from contextlib import closing
from types import SimpleNamespace
from unittest import mock

import pytest

from Lutil.checkpoints.fingerprint import digest, is_atom, register
from Lutil.checkpoints.fingerprint.kinds._handles import _endpoint
from Lutil.checkpoints.model._errors import UnfingerprintableError
from Lutil.checkpoints.testing._examples import Couple, D, L, Own, Plain, Point, crowd, cycle, deep, ring
from Lutil.checkpoints.testing.fingerprint import SimpleResolver


def test_a_hundred_thousand_levels_are_walked_and_the_innermost_one_counts(fp):
    def tower(innermost):
        made = innermost
        for _ in range(100_000):
            made = [made]
        return made

    assert fp(tower(1)) != fp(tower(2))


def test_a_tower_of_mixed_containers_is_walked(fp):
    made = 1
    for _ in range(5_000):
        made = {"k": (Plain([made]),)}
    assert len(fp(made)) == 16


def test_a_cycle_is_a_reference_upward(fp):
    assert fp(cycle()) == fp(cycle())
    assert fp([cycle()]) != fp(cycle())
    assert fp(ring(50)) == fp(ring(50)) != fp(ring(51))


def test_a_graph_in_which_all_know_each_other_is_walked_and_every_member_counts(fp):
    one, other = crowd(30), crowd(30)
    assert fp(one) == fp(other)
    other[17].value = "changed"
    assert fp(one) != fp(other)


def test_sharing_costs_nothing_and_does_not_count(fp):
    shared = [1]
    for _ in range(200):
        shared = [shared, shared]
    assert fp(shared) == fp(shared)


@pytest.mark.parametrize(
    ("value", "path"),
    [
        ({"k": [1, iter([])]}, "args['k'][1]"),
        (Plain(iter([])), "args.value"),
        ([Point(1, 2)] * 20 + [Point(1, iter([]))], "args[20].y"),
        ([{"a": 1, "b": 2}] * 20 + [{"a": 1, "b": iter([])}], "args[20]['b']"),
        ((x for x in ()), "args"),
        (SimpleNamespace(a=open), None),
        ({1: iter([])}, "args[1]"),
        ({i: i for i in range(30)} | {99: iter([])}, "args[99]"),
        (Couple(1, iter([])), "args.y"),
        ([0] * 70_000 + [iter([])], "args[70000]"),
        (D(k=iter([])), "args['k']"),
    ],
)
def test_what_has_no_comparable_state_is_refused_with_the_path_to_it(value, path, resolver):
    if path is None:
        assert digest(value, resolver, path="args")
        return
    with pytest.raises(UnfingerprintableError) as caught:
        digest(value, resolver, path="args")
    assert caught.value.path == path
    assert f"`{path}`" in str(caught.value)


@pytest.mark.parametrize("make", [lambda: iter([1]), lambda: (x for x in ()), lambda: map(abs, []), lambda: zip([])])
def test_iterators_are_refused_and_not_used_up(make, resolver):
    with pytest.raises(UnfingerprintableError, match="used up"):
        digest(make(), resolver)


def test_an_open_file_is_refused_and_a_standard_stream_is_a_handle(tmp_path, resolver, capfd):
    with (tmp_path / "f").open("w") as file, pytest.raises(UnfingerprintableError, match="open file"):
        digest(file, resolver)
    with capfd.disabled():
        digest(sys.__stdout__, resolver)
    assert resolver.notes[-1][0] == "handle"


def test_content_of_streams_in_memory_counts(fp):
    assert fp(io.BytesIO(b"a")) == fp(io.BytesIO(b"a")) != fp(io.BytesIO(b"b"))


def test_lenient_a_leaf_without_state_counts_by_its_type_and_is_noted(resolver):
    one = digest({"k": (x for x in [1])}, resolver, path="g", lenient=True)
    assert resolver.notes == [("blind spot", "g['k']", "builtins.generator")]
    assert one == digest({"k": (x for x in [2])}, resolver, lenient=True)
    assert one != digest({"k": map(abs, [1])}, resolver, lenient=True)


class Broken:
    def __getstate__(self):
        raise RuntimeError("no")


def test_a_class_whose_state_cannot_be_taken_is_refused_with_the_reason(resolver):
    with pytest.raises(UnfingerprintableError, match="RuntimeError: no"):
        digest([Broken()], resolver)
    assert digest([Broken()], resolver, lenient=True)


def test_handles_count_by_type_and_endpoint_never_by_state(fp, resolver, tmp_path):
    locked = threading.Lock()
    locked.acquire()
    assert fp(locked) == fp(threading.Lock()) != fp(threading.RLock())
    assert fp(logging.getLogger("a")) == fp(logging.getLogger("a")) != fp(logging.getLogger("b"))
    one, two = (sqlite3.connect(tmp_path / name) for name in "ab")
    with one, two:
        assert fp(one) != fp(two)
    one.close(), two.close()
    assert {kind for kind, _, _ in resolver.notes} == {"handle"}


def test_a_mock_counts_by_what_it_was_told_to_answer_never_by_what_it_was_asked(fp):
    def client(answer=7):
        made = mock.Mock(spec_set=["send", "get", "rows"])
        made.get.return_value = answer
        made.rows.side_effect = [[1], [2]] if answer is None else KeyError("x")
        return made

    asked = client()
    asked.send(5).then.that()
    asked.get()
    assert fp(client()) == fp(asked) != fp(client(8))
    assert fp(mock.MagicMock(x=1)) != fp(mock.MagicMock(x=2)) != fp(mock.Mock(x=2))
    assert fp(mock.Mock(return_value=None)) != fp(mock.Mock())
    fluent = mock.Mock()
    fluent.where.return_value = fluent
    assert fp(fluent)
    with pytest.raises(UnfingerprintableError, match="iterator"):
        fp(client(None))


def test_what_a_class_of_the_project_adds_to_a_handle_counts_and_what_the_library_keeps_in_it_does_not(fp):
    class Job(threading.Thread):
        def __init__(self, number):
            super().__init__()
            self.number = number
            self.guard = threading.Lock()

        def run(self):
            self.result = self.number + 1

    ran = Job(1)
    assert fp(Job(1)) == fp(ran) != fp(Job(2))
    ran.start(), ran.join()
    assert fp(ran) != fp(Job(1)), "its result is state of its own"


def test_a_future_counts_by_what_it_came_to_and_what_runs_still_is_refused(fp):
    futures = []
    for outcome in (1, 1, 2, KeyError("x")):
        futures.append(Future())
        (futures[-1].set_exception if isinstance(outcome, Exception) else futures[-1].set_result)(outcome)
    one, same, two, failed = futures
    assert fp(one) == fp(same) != fp(two) != fp(failed)
    with pytest.raises(UnfingerprintableError, match="pass its result"):
        fp(Future())


def test_a_database_in_memory_counts_by_its_content(fp):
    def made(*rows):
        connection = sqlite3.connect(":memory:")
        connection.execute("create table t (x)")
        connection.executemany("insert into t values (?)", [(row,) for row in rows])
        return connection

    one, same, two = made(1), made(1), made(2)
    with closing(one), closing(same), closing(two):
        assert fp(one) == fp(same) != fp(two)


def test_a_password_in_an_endpoint_neither_counts_nor_shows(resolver):
    engine = SimpleNamespace(url="postgresql://me:secret@host/db?password=secret")
    assert _endpoint(engine, ("url",)) == "postgresql://host/db?"


@pytest.mark.parametrize(
    ("make", "without", "change"),
    [
        (lambda: SimpleNamespace(lr=1, n=2), ("n",), lambda v: setattr(v, "n", 3)),
        (lambda: SimpleNamespace(o=Plain(1)), ("o.value",), lambda v: setattr(v.o, "value", 3)),
        (lambda: {"a": 1, "b": 2}, ("['b']",), lambda v: v.update(b=3)),
        (lambda: {"a": {"b": 1}}, ("['a']['b']",), lambda v: v["a"].update(b=3)),
        (lambda: {"a": Plain({1: 2})}, ("['a'].value[1]",), lambda v: v["a"].value.update({1: 3})),
        (lambda: Point(1, 2), ("y",), lambda v: setattr(v, "y", 3)),
        (lambda: L([1], tag=1), ("tag",), lambda v: setattr(v, "tag", 3)),
        (lambda: D(a=1, b=2), ("['b']",), lambda v: v.update(b=3)),
        (lambda: [1, 2], ("[1]",), lambda v: v.__setitem__(1, 3)),
    ],
)
def test_what_is_left_out_does_not_count_and_may_be_missing(fp, make, without, change):
    value = make()
    first = fp(value, without=without)
    assert first != fp(value, without=("nothing.of", "['the']['same']", "kind[7]", "x.y.z"))
    change(value)
    assert fp(value, without=without) == first
    assert fp(value) != fp(make())


def test_complex_attributes_are_noted_once_with_their_owner_and_count_all_the_same(resolver):
    class Loader:
        def __init__(self, n):
            self.n = n

    owner = {"model": Plain(Loader(1))}
    one = digest(owner, resolver, path="args")
    assert resolver.notes == [("complex attribute", "args['model'].value", f"{__name__}.{Loader.__qualname__}")]
    assert one != digest({"model": Plain(Loader(2))}, resolver)


@pytest.mark.parametrize(
    "attribute", [1, "a", [1], {"a": 1}, Point(1, 2), Own(1, 2), SimpleNamespace(a=1), len, Plain, threading]
)
def test_attributes_of_known_kinds_are_not_complex(attribute, resolver):
    digest(Plain(attribute), resolver)
    assert not [note for note in resolver.notes if note[0] == "complex attribute"]


def test_what_is_not_an_attribute_is_not_a_complex_one(resolver):
    digest([Plain(1), {"k": Plain(2)}], resolver)
    assert resolver.notes == []


def test_functions_classes_and_modules_go_to_the_resolver(fp):
    class Resolver(SimpleResolver):
        def code(self, value, /):
            return b"changed" if value is Plain else super().code(value)

    assert fp(Plain) != digest(Plain, Resolver())
    assert fp(Plain(1)) != digest(Plain(1), Resolver())
    assert fp([Plain(1)] * 20) != digest([Plain(1)] * 20, Resolver())
    assert fp(Point(1, 2)) == digest(Point(1, 2), Resolver())


def test_rules_are_registered_by_type_by_name_as_decorator_and_found_by_base(fp):
    class Base:
        def __init__(self, key, noise):
            self.key = key
            self.noise = noise

    class Derived(Base):
        pass

    first = fp(Base(1, 2))
    register(Base, lambda value: value.key)
    assert fp(Base(1, 2)) == fp(Base(1, 3)) != first
    assert fp(Derived(1, 2)) == fp(Derived(1, 3)) != fp(Base(1, 2))
    assert fp([Base(1, i) for i in range(20)]) == fp([Base(1, 0)] * 20)

    class Named:
        def __init__(self, key):
            self.key = key
            self.noise = object()

    @register(f"{Named.__module__}.{Named.__qualname__}")
    def rule(value):
        return value.key

    assert rule(Named(4)) == 4
    assert fp(Named(1)) == fp(Named(1)) != fp(Named(2))


def test_a_rule_that_makes_no_sense_is_refused():
    with pytest.raises(TypeError):
        register(Plain, 3)
    with pytest.raises(ValueError, match=r"module\.Class"):
        register("Plain", len)


def test_a_class_with_a_method_of_its_own_says_what_counts(fp):
    assert fp(Own(1, "cache")) == fp(Own(1, "other")) != fp(Own(2, "cache"))


@pytest.mark.parametrize("value", [None, True, 1, 1.5, 1j, "a", b"a", (1, "a"), frozenset({1}), ..., range(3), len])
def test_atoms_are_atoms(value):
    assert is_atom(value)


@pytest.mark.parametrize("value", [[], {}, set(), bytearray(), ([],), Plain(), object, lambda: 0, (1,) * 1000])
def test_what_may_change_or_is_long_is_no_atom(value):
    assert not is_atom(value)


def test_long_lists_are_encoded_with_little_extra_memory(fp):
    values = [str(i) for i in range(1_000_000)]
    mixed = [i if i % 3 else (i,) for i in range(300_000)]
    text = "é" * 20_000_000
    raw = [bytes(1000)] * 100_000
    fp([1] * 10)
    for value in (values, mixed, text, raw):
        tracemalloc.start()
        fp(value)
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert peak < 64 << 20


def test_values_met_by_chance_at_the_same_address_are_not_confused(fp):
    """Rules make temporary objects; what is remembered by identity has to live as long as the memory of it."""

    class Many:
        def __init__(self, i):
            self.i = i

        def __getstate__(self):
            return [[self.i, i] for i in range(3)]

    one = [Many(i) for i in range(2000)]
    other = [Many(i) for i in range(2000)]
    other[1500].i = -1
    assert fp(one) != fp(other)
    assert deep(3) == [[[[]]]]


def test_a_view_of_a_dictionary_counts_by_its_kind_and_what_it_shows_in_order(fp):
    one, other = {"a": 1, "b": 2}, {"b": 2, "a": 1}
    for made in (dict, OrderedDict):
        views = [fp(view) for d in (made(one), made(other)) for view in (d.keys(), d.values(), d.items())]
        assert len(set(views)) == 6
        assert views[:3] == [fp(view) for view in (made(one).keys(), made(one).values(), made(one).items())]
    assert fp(one.keys()) != fp(["a", "b"])
