"""P1: which of Python's own functions and classes stands under a name counts, wherever code finds it."""

from __future__ import annotations

import functools
import types

import pytest

from Lutil.checkpoints import checkpoint

CHOSEN = len
TABLE = {"chosen": len}
SPACE = types.SimpleNamespace(chosen=len)
PART = functools.partial(map, len)


class Holder:
    chosen = staticmethod(len)


def by_name(x):
    return CHOSEN(x)


def by_table(x):
    return TABLE["chosen"](x)


def by_attribute(x):
    return SPACE.chosen(x)


def by_class(x):
    return Holder.chosen(x)


def by_partial(x):
    return list(PART([x]))


def by_default(x, chosen=len):
    return chosen(x)


def closed_over(chosen):
    def inner(x):
        return chosen(x)

    return inner


def choose(chosen, monkeypatch):
    names = globals()
    monkeypatch.setitem(names, "CHOSEN", chosen)
    monkeypatch.setitem(TABLE, "chosen", chosen)
    monkeypatch.setattr(SPACE, "chosen", chosen)
    monkeypatch.setattr(Holder, "chosen", staticmethod(chosen))
    monkeypatch.setitem(names, "PART", functools.partial(map, chosen))
    monkeypatch.setattr(by_default, "__defaults__", (chosen,))


OWN = [len, repr, str, tuple, sorted]
WAYS = [by_name, by_table, by_attribute, by_class, by_partial, by_default, closed_over(len)]


@pytest.mark.filterwarnings("ignore::Lutil.checkpoints.UnstableInputWarning")
@pytest.mark.parametrize("way", WAYS)
def test_another_function_of_pythons_own_under_the_same_name_runs(way, monkeypatch):
    """That it is one of Python's own says nothing of which one it is."""
    ran = []

    @checkpoint(name=f"through {way.__qualname__}", ignore=["ran"])
    def called(x):
        ran.append(1)
        return repr(way(x))

    for chosen in OWN:
        choose(chosen, monkeypatch)
        if way.__closure__:
            monkeypatch.setattr(way.__closure__[0], "cell_contents", chosen)
        assert called(["a"]) == called(["a"]) == repr(way(["a"]))
    assert len(ran) == len(OWN)


def made_by_default(chosen):
    def inner(x, chosen=chosen):
        return chosen(x)

    return inner


def made_by_class(chosen):
    class Local:
        run = staticmethod(chosen)

        def __call__(self, x):
            return self.run(x)

    return Local


@pytest.mark.parametrize("make", [closed_over, made_by_default, made_by_class])
def test_functions_that_hold_another_function_of_pythons_own_are_other_arguments(make):
    ran = []

    @checkpoint(name=f"takes {make.__name__}", ignore=["ran"])
    def taken(value):
        ran.append(1)
        return len(ran)

    assert [taken(make(chosen)) for chosen in OWN] == [taken(make(chosen)) for chosen in OWN] == [1, 2, 3, 4, 5]


def test_functions_of_a_library_that_hold_pythons_own_are_other_arguments():
    funcy = pytest.importorskip("funcy")
    ran = []

    @checkpoint(ignore=["ran"])
    def taken(value):
        ran.append(1)
        return len(ran)

    assert [taken(funcy.compose(chosen, by_class)) for chosen in OWN] == [1, 2, 3, 4, 5]
