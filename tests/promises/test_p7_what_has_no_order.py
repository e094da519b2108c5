"""P7: elements of sets, keys and cells of tables are the same objects after a hit, and changed where a run changes them."""

from __future__ import annotations

import collections
import subprocess
import sys
import textwrap
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
import pytest

from Lutil.checkpoints import NotSavedWarning, checkpoint
from Lutil.checkpoints.state import _after_states
from Lutil.checkpoints.state.objects._mutables import mutables

ran: list[object] = []


@pytest.fixture(autouse=True)
def nothing_ran():
    ran.clear()


class Plain:
    """Hashed by its identity."""

    def __init__(self, number):
        self.number = number
        self.seen = []


@dataclass(frozen=True)
class Frozen:
    """Hashed by what it holds, and a list aside."""

    number: int
    seen: list = field(default_factory=list, hash=False, compare=False)


class Derived(set):
    """A set with attributes of its own."""


def beside(items):
    frame = pd.DataFrame({"n": [1.0]})
    frame.attrs["items"] = items
    return frame


HELD = {
    "what a frame has beside it": beside,
    "a set": set,
    "a frozen set": frozenset,
    "keys of a dictionary": dict.fromkeys,
    "keys of a counter": lambda items: collections.Counter({item: item.number for item in items}),
    "a derived set": Derived,
    "a set of tuples": lambda items: {(item, "x") for item in items},
    "keys that are tuples": lambda items: {(item.number, item): 0 for item in items},
    "a frozen set in a tuple": lambda items: (1, frozenset(items)),
    "a set of frozen sets": lambda items: {frozenset(items), frozenset({1})},
    "an attribute": lambda items: [Derived(items)],
    "a series": pd.Series,
    "a frame": lambda items: pd.DataFrame({"n": [1.0] * len(items), "o": items}),
    "an index": lambda items: pd.Series(range(len(items)), index=pd.Index(items, dtype=object)),
    "two levels of an index": lambda items: pd.Series(
        range(len(items)), index=pd.MultiIndex.from_arrays([range(len(items)), items])
    ),
}


def items_of(value):
    """Return the objects, wherever they are, by their number."""
    found, waiting = {}, [value]
    while waiting:
        one = waiting.pop()
        if isinstance(one, Plain | Frozen):
            found[one.number] = one
        elif isinstance(one, pd.DataFrame):
            waiting += [one[name].tolist() for name in one] + [one.attrs]
        elif isinstance(one, pd.Series):
            waiting += [one.tolist(), one.index.tolist()]
        elif isinstance(one, dict):
            waiting += [*one.keys(), *one.values()]
        elif isinstance(one, list | tuple | set | frozenset):
            waiting += one
    return found


@checkpoint(ignore=["ran"])
def picked(value, *, change_it, change_them):
    ran.append(1)
    items = items_of(value)
    if change_them:
        items[2].seen.append(5)
    if change_it == "filled":
        value.add(9) if isinstance(value, set) else value.__setitem__("more", 1)
    return items[2]


CHANGES = [(kind, change, False) for kind in HELD for change in (False, True)]
CHANGES += [
    (kind, change, "filled")
    for kind in ("a set", "a derived set", "keys of a dictionary", "a series", "a frame", "an index")
    for change in (False, True)
]


@pytest.mark.parametrize("cls", [Plain, Frozen])
@pytest.mark.parametrize(("kind", "change_them", "change_it"), CHANGES)
def test_what_is_in_an_input_is_the_same_object_after_a_hit(kind, cls, change_it, change_them):
    for _ in range(2):
        items = [cls(number) for number in (1, 2, 3)]
        value = HELD[kind](items)
        found = picked(value, change_it=change_it, change_them=change_them)
        assert found is items[1]
        assert items_of(value) == {1: items[0], 2: items[1], 3: items[2]}
        assert all(items_of(value)[item.number] is item for item in items)
        assert [item.seen for item in items] == [[], [5] if change_them else [], []]
    assert ran == [1]


@checkpoint(ignore=["ran"])
def both(listed, found):
    ran.append(1)
    (one,) = [item for item in found if item.number == 2]
    one.number = 7
    return one


@pytest.mark.parametrize("holding", [set, frozenset, dict.fromkeys])
def test_what_is_in_a_list_and_in_a_set_is_one_object_after_a_hit(holding):
    for _ in range(2):
        items = [Plain(number) for number in (1, 2)]
        assert both(items, holding(items)) is items[1]
        assert items[1].number == 7
    assert ran == [1]


@checkpoint(ignore=["ran"])
def first_of(found):
    ran.append(1)
    return min(found, key=lambda item: item.number)


def test_a_result_that_holds_one_of_several_equal_elements_is_not_kept():
    with pytest.warns(NotSavedWarning, match="one of several equal elements of a set"):
        assert first_of(found := {Plain(1), Plain(1)}) in found
    assert first_of({Plain(1), Plain(1)}) is not None
    assert ran == [1, 1]


def test_equal_elements_that_a_result_does_not_hold_are_no_reason_to_run_again():
    @checkpoint(ignore=["ran"])
    def total(found, kept):
        ran.append(1)
        kept.append(sum(item.number for item in found))
        return kept

    for _ in range(2):
        kept = []
        assert total({Plain(1), Plain(1), Plain(2)}, kept) is kept == [4]
    assert ran == [1]


def test_the_order_of_elements_is_that_of_what_they_are():
    orders = [
        [item.number for item in mutables([{*map(Plain, numbers)}]) if type(item) is Plain]
        for numbers in ([1, 2, 3, 4], [4, 3, 2, 1], [2, 4, 1, 3])
    ]
    assert len({*map(tuple, orders)}) == 1
    assert sorted(orders[0]) == [1, 2, 3, 4]


def test_elements_that_hold_each_other_are_told_apart_by_what_they_hold():
    for _ in range(2):
        items = [Plain(number) for number in range(50)]
        for item in items:
            item.seen = {*items}
        assert first_of({*items}) is items[0]
    assert ran == [1]


PROGRAM = """
import sys
from Lutil.checkpoints import checkpoint

class Job:
    def __init__(self, name, run):
        self.name, self.run, self.done = name, run, []

def quick(x): return x + 1
def slow(x): return x + 2

@checkpoint
def chosen(jobs):
    print("runs")
    job = next(job for job in jobs if job.name == "b")
    job.done.append(job.run(1))
    return job

order = sys.argv[1]
made = {name: Job(name, {"a": quick, "b": slow, "c": quick}[name]) for name in order}
job = chosen({*made.values()})
print(job is made["b"], [made[name].done for name in "abc"])
"""


def test_elements_are_the_same_in_other_processes(tmp_path):
    (tmp_path / "program.py").write_text(textwrap.dedent(PROGRAM))
    said = [
        subprocess.run(
            [sys.executable, "program.py", order],
            cwd=tmp_path, env={"PYTHONHASHSEED": seed}, capture_output=True, text=True, check=True,
        ).stdout.split("\n")
        for order, seed in (("abc", "1"), ("cab", "2"), ("bca", "3"))
    ]  # fmt: skip
    line = "True [[], [3], []]"
    assert said == [["runs", line, ""], [line, ""], [line, ""]]


def test_a_large_set_of_objects_that_lead_to_each_other_is_told_in_one_pass():
    """A walk for each element would open each object as often as there are elements."""

    class Counted(Plain):
        opened = 0

        def __getattribute__(self, name):
            if name == "__dict__":
                Counted.opened += 1
            return object.__getattribute__(self, name)

    counts = []
    for size in (100, 400):
        items = [Counted(number) for number in range(size)]
        for one, other in zip(items, [*items[1:], items[0]], strict=True):
            one.seen = other
        Counted.opened = 0
        mutables([{*items}])
        counts.append(Counted.opened)
    assert counts[1] <= 5 * counts[0]


def test_cells_of_an_array_of_records_look_at_it_after_a_hit():
    @checkpoint
    def row(records):
        return records[1]

    for make in (np.array, np.rec.array):
        for _ in range(2):
            records = make([(1, 2.0), (3, 4.0)], dtype=[("a", int), ("b", float)])
            row(records)["a"] = 9
            assert records["a"].tolist() == [1, 9]


class Leaving(Plain):
    """Says what its state is, and leaves something out."""

    def __getstate__(self):
        return {"number": self.number}

    def __setstate__(self, state):
        self.__init__(state["number"])


HIDDEN = {
    "all attributes": (Plain, vars),
    "all attributes, in a list": (Plain, lambda item: [1, {"its": vars(item)}]),
    "what a state leaves out": (Leaving, lambda item: item.seen),
    "what a state copies": (lambda number: np.polynomial.Polynomial([number]), lambda value: value.coef),
}


@pytest.mark.parametrize(("make", "take"), HIDDEN.values(), ids=HIDDEN)
def test_what_a_hit_could_not_find_in_an_input_is_not_kept(make, take):
    @checkpoint(ignore=["ran"])
    def taken(value):
        ran.append(1)
        return take(value)

    with pytest.warns(NotSavedWarning, match="an input holds it where a hit could not find it"):
        taken(make(1))
    taken(make(1))
    assert ran == [1, 1]


class Endless(dict):
    """Has a way of its own to be gone through, which does not end."""

    def __iter__(self):
        while True:
            yield object()


@pytest.mark.parametrize("cls", [Endless, type("EndlessSet", (set,), {"__iter__": Endless.__iter__})])
def test_what_a_class_gives_out_is_not_what_it_holds(cls):
    item = Plain(1)
    value = cls()
    value.add(item) if isinstance(value, set) else value.__setitem__(item, 1)
    assert item in mutables([value])


def test_numbers_of_an_earlier_version_are_not_taken_for_those_of_now(monkeypatch):
    """They would lead to other objects: a change would be put back in one that the run had left alone."""
    with monkeypatch.context() as earlier:
        earlier.setattr(_after_states, "_NUMBERED", b"by order 1 ")
        for change in (False, True):
            picked({Plain(1), Plain(2)}, change_it=False, change_them=change)
    for change in (False, True):
        items = [Plain(1), Plain(2)]
        assert picked({*items}, change_it=False, change_them=change) is items[1]
        assert [item.seen for item in items] == [[], [5] if change else []]
    assert ran == [1] * 4


def test_attributes_that_an_input_holds_as_well_are_the_same_object_after_a_hit():
    @checkpoint(ignore=["ran"])
    def taken(value, attributes):
        ran.append(1)
        return [vars(value), attributes]

    for _ in range(2):
        value = Plain(1)
        found = taken(value, vars(value))
        assert found[0] is found[1] is vars(value)
    assert ran == [1]
