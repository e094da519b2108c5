"""P7: objects that lead to each other, in any containers, are after a hit what a run would have left, object by object."""

from __future__ import annotations

import collections
import random
from typing import Any

import numpy as np
import pandas as pd
import pytest

from Lutil.checkpoints import checkpoint

pytestmark = pytest.mark.filterwarnings("ignore")
ran: list[object] = []


class Plain:
    """An object that is known by its number."""

    def __init__(self, number):
        self.number = number
        self.held: Any = []


class Slotted(Plain):
    """Has an attribute in a slot."""

    __slots__ = ("extra",)


class WithState(Plain):
    """Says itself what its state is."""

    def __getstate__(self):
        return {"number": self.number, "held": self.held}

    def __setstate__(self, state):
        self.__dict__.update(state)


def in_array(items):
    array = np.empty(len(items), dtype=object)
    array[:] = items
    return array


CONTAINERS = {
    "list": list,
    "tuple": tuple,
    "deque": collections.deque,
    "names": lambda items: {f"k{place}": item for place, item in enumerate(items)},
    "keys": lambda items: {item: place for place, item in enumerate(hashable(items))},
    "ordered": lambda items: collections.OrderedDict((item, place) for place, item in enumerate(hashable(items))),
    "set": lambda items: {*hashable(items)},
    "frozen set": lambda items: frozenset(hashable(items)),
    "series": lambda items: pd.Series([item for item in items if isinstance(item, Plain)], dtype=object),
    "array": lambda items: in_array([item for item in items if isinstance(item, Plain)]),
}
SEQUENCES = (list, tuple, collections.deque)
TABLES = (pd.Series, np.ndarray)


def hashable(items):
    return [item for item in items if isinstance(item, Plain | frozenset)]


def name_of(item):
    """Return a text that no two elements of a set share."""
    if isinstance(item, Plain):
        return f"#{item.number}"
    return f"({' '.join(sorted(map(name_of, item)))})" if isinstance(item, frozenset) else repr(item)


def parts_of(value):
    """Return what a value holds, in an order of its own."""
    if isinstance(value, Plain):
        return [value.held]
    if isinstance(value, dict):
        return [*value, *value.values()]
    if isinstance(value, set | frozenset):
        return sorted(value, key=name_of)
    if isinstance(value, TABLES):
        return value.tolist()
    return list(value) if isinstance(value, SEQUENCES) else []


def world(seed):
    """Return some objects, containers that hold them and each other, and a few of all that as arguments."""
    chance = random.Random(seed)
    objects = [chance.choice([Plain, Plain, Slotted, WithState])(number) for number in range(chance.randint(2, 6))]
    pool: list[Any] = [*objects]
    for _ in range(chance.randint(2, 8)):
        items = [chance.choice(pool) for _ in range(chance.randint(1, 4))]
        if chance.random() < 0.2:
            chance.choice(objects).held = items if chance.random() < 0.5 else chance.choice(pool)
        else:
            pool.append(CONTAINERS[chance.choice([*CONTAINERS])](items))
    return objects, pool, [chance.choice(pool) for _ in range(chance.randint(1, 3))]


def described(values):
    """Return what values are, each object with a number where it is met again: equal texts are equal graphs."""
    met: dict[int, int] = {}

    def tell(value):
        if not isinstance(value, (Plain, dict, set, frozenset, *SEQUENCES, *TABLES)):
            return repr(value)
        if not isinstance(value, tuple | frozenset):
            if id(value) in met:
                return f"#{met[id(value)]}"
            met[id(value)] = len(met)
        beside = value.number if isinstance(value, Plain) else ""
        return f"{type(value).__name__}{beside}({', '.join(map(tell, parts_of(value)))})"

    return [tell(value) for value in values]


def everything_in(value):
    found, seen, waiting = [], set(), [value]
    while waiting:
        one = waiting.pop()
        if isinstance(one, (Plain, dict, set, frozenset, *SEQUENCES, *TABLES)) and id(one) not in seen:
            seen.add(id(one))
            found.append(one)
            waiting += parts_of(one)
    return found


def change(value, other, chance):
    """Change a value somehow; another may be in it afterwards."""
    thing = other if isinstance(other, Plain) else chance.choice([3, "x"])
    if isinstance(value, Plain) and isinstance(value.held, list):
        value.held.append(other)
    elif isinstance(value, Plain):
        value.number += 100
    elif isinstance(value, list | collections.deque):
        value.append(other)
    elif isinstance(value, set):
        value.add(thing)
    elif isinstance(value, dict):
        value[thing] = other
    elif isinstance(value, TABLES) and len(value):
        (value.iloc if isinstance(value, pd.Series) else value)[0] = thing


@checkpoint(ignore=["ran"])
def step(arguments, seed):
    ran.append(1)
    chance = random.Random(seed)
    there = everything_in(arguments)
    for _ in range(chance.randint(0, 3)):
        change(chance.choice(there), chance.choice(there), chance)
    results = [chance.choice(there) for _ in range(chance.randint(1, 3))]
    return results if chance.random() < 0.7 else results[0]


def after_a_step(seed):
    objects, pool, arguments = world(seed)
    result = step(arguments, seed)
    return described([objects, arguments, result, pool])


def differences(seeds):
    """Return the seeds of which a hit left something else than the run, and how many hits there were."""
    different, hits = [], 0
    for seed in seeds:
        ran.clear()
        one, other = after_a_step(seed), after_a_step(seed)
        hits += len(ran) == 1
        if one != other:
            different.append(seed)
    return different, hits


def test_a_hit_leaves_each_object_as_the_run_did():
    different, hits = differences(range(250))
    assert different == []
    assert hits > 225


@pytest.mark.long
def test_a_hit_leaves_each_object_as_the_run_did_in_thousands_of_graphs():
    begin = random.SystemRandom().randrange(10**9)
    different, hits = differences(range(begin, begin + 5_000))
    assert different == []
    assert hits > 4_500
