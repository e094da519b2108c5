"""`@checkpoint`: what it takes, what it refuses, and how the decorated thing behaves."""

from __future__ import annotations

import argparse
import asyncio
import collections
import dataclasses
import functools
import inspect
import multiprocessing
import os
import pickle
import random
import re
import types
import warnings
from concurrent.futures import ProcessPoolExecutor
from typing import NamedTuple

import numpy as np
import pytest

from Lutil.checkpoints import (
    ComplexParamsIdentifyWarning,
    Env,
    File,
    NotDecoratableError,
    SettingError,
    UnfingerprintableError,
    UnknownNameError,
    checkpoint,
    configure,
)
from Lutil.checkpoints.model.process import _notices

ran: list[object] = []


@pytest.fixture(autouse=True)
def nothing_ran():
    ran.clear()


@checkpoint
def add(a, b=2, *rest, scale=1, **more):
    """Add."""
    ran.append((a, b))
    return (a + b + sum(rest)) * scale + sum(more.values())


@checkpoint
async def later(x):
    ran.append(x)
    await asyncio.sleep(0)
    return [x]


class Model:
    factor = 3

    def __init__(self, x):
        self.x = x

    @checkpoint
    def times(self, y):
        ran.append(y)
        return self.x * y * self.factor

    @staticmethod
    @checkpoint
    def static(y):
        ran.append(y)
        return y

    @checkpoint
    @staticmethod
    def static_inside(y):
        ran.append(y)
        return y

    @classmethod
    @checkpoint
    def made(cls, y):
        ran.append(y)
        return cls.factor * y


def test_one_call_has_one_key_however_it_is_written():
    results = [add(1), add(1, 2), add(a=1), add(b=2, a=1), add(1, scale=1)]
    assert results == [3] * 5
    assert len(ran) == 1
    assert add(1, 2, 3, scale=2, q=1, p=2) == add(1, 2, 3, q=1, scale=2, p=2) == 15
    assert len(ran) == 2


def test_a_wrong_call_fails_as_the_function_itself_would():
    with pytest.raises(TypeError, match=r"^add\(\) missing 1 required positional argument: 'a'"):
        add()


def test_it_looks_like_the_function():
    assert add.__name__ == "add"
    assert add.__doc__ == "Add."
    assert str(inspect.signature(add)) == "(a, b=2, *rest, scale=1, **more)"
    assert inspect.iscoroutinefunction(later)
    assert not inspect.iscoroutinefunction(add)
    assert add.__wrapped__(1) == 3


def test_coroutine_functions_are_kept():
    async def main():
        return [await later(1), await later(1), await later(2)]

    assert asyncio.run(main()) == [[1], [1], [2]]
    assert ran == [1, 2]


def test_methods_are_keyed_by_the_state_of_the_instance():
    assert Model(2).times(5) == Model(2).times(y=5) == 30
    assert Model(3).times(5) == 45
    assert len(ran) == 2
    assert Model(2).times.is_cached(5)
    assert not Model(2).times.is_cached(6)
    assert "times" in str(Model(2).times.explain(6))


@pytest.mark.parametrize("name", ["static", "static_inside"])
def test_static_methods(name):
    assert getattr(Model, name)(4) == getattr(Model(1), name)(4) == 4
    assert len(ran) == 1


def test_class_methods():
    assert Model.made(4) == Model(1).made(4) == 12
    assert len(ran) == 1


class Callable:
    def __init__(self, k):
        self.k = k

    def __call__(self, x):
        ran.append(x)
        return x + self.k


def test_any_callable_can_be_kept():
    matrix = np.arange(4.0).reshape(2, 2) + np.eye(2)
    invert = checkpoint(np.linalg.inv)
    np.testing.assert_array_equal(invert(matrix), invert(matrix))
    assert invert.is_cached(matrix)
    assert checkpoint(functools.partial(pow, 2))(5) == 32
    assert checkpoint(Callable(1))(1) == checkpoint(Callable(1))(1) == 2
    assert len(ran) == 1
    assert checkpoint(Callable(2))(1) == 3
    assert checkpoint(lambda x: x + 1)(1) == 2
    assert checkpoint(Model(3).times.__func__.__wrapped__)(Model(3), 1) == 9
    assert checkpoint(len)([1, 2]) == 2


def test_what_cannot_be_kept_is_refused_at_decoration():
    def generate():
        yield 1

    async def generate_async():
        yield 1

    for thing in (generate, generate_async, functools.partial(generate)):
        with pytest.raises(NotDecoratableError, match="generator"):
            checkpoint(thing)
    with pytest.raises(NotDecoratableError, match="callable"):
        checkpoint(5)
    with pytest.raises(TypeError):
        checkpoint(generate)


@pytest.mark.parametrize(
    ("options", "error", "says"),
    [
        ({"ignore": "verbose"}, TypeError, r"ignore takes a list.*ignore=\['verbose'\]"),
        ({"watch": "data"}, TypeError, "watch takes a list"),
        ({"ignore": ["a b"]}, ValueError, "'a b' is no name"),
        ({"expires": "soon"}, SettingError, "length of time"),
        ({"rng": "maybe"}, SettingError, "rng"),
        ({"produce": ["x"]}, ValueError, "only File"),
        ({"store": 5}, SettingError, "store"),
    ],
)
def test_bad_options_are_refused_before_anything_runs(options, error, says):
    with pytest.raises(error, match=says):
        checkpoint(**options)(ran.append)(1)
    assert ran == []


def test_ignored_parameters_and_their_parts_do_not_count():
    @checkpoint(ignore=["verbose", "args.workers", "args.io['log']"])
    def f(x, args, verbose=False):
        ran.append(x)
        return x

    make = types.SimpleNamespace
    for workers in (1, 2):
        f(1, make(workers=workers, lr=0.1, io={"log": workers, "k": 1}), verbose=bool(workers))
    assert len(ran) == 1
    f(1, make(workers=1, lr=0.2, io={"log": 1, "k": 1}))
    assert len(ran) == 2


NOISE = 1


SESSION = {"n": 1, "m": {"k": 1}}


def test_an_ignored_global_covers_its_parts_where_only_those_are_read():
    @checkpoint(ignore=["SESSION"])
    def f(x):
        ran.append(x)
        return SESSION["n"] * 0 + SESSION["m"]["k"] * 0 + x

    f(1)
    SESSION["n"] += 1
    f(1)
    assert ran == [1]


@dataclasses.dataclass
class Config:
    rate: int = 1
    verbose: bool = False


CONFIG = Config()


def test_a_misspelt_part_of_what_has_fixed_attributes_is_an_error():
    @checkpoint(ignore=["args.outputdir"])
    def of_argument(args):
        return args.rate

    @checkpoint(ignore=["CONFIG.verbos"])
    def of_global():
        return CONFIG.rate

    with pytest.raises(SettingError, match="a Namespace has no `outputdir`; it has `rate`, `output_dir`"):
        of_argument(argparse.Namespace(rate=1, output_dir="a"))
    with pytest.raises(SettingError, match="a Config has no `verbos`"):
        of_global()


def test_ignored_globals_do_not_count_and_a_misspelt_one_is_an_error():
    global NOISE

    @checkpoint(ignore=["NOISE"])
    def f(x):
        ran.append(x)
        return x + 0 * NOISE

    f(1)
    NOISE += 1
    f(1)
    assert len(ran) == 1

    @checkpoint(ignore=["NOSE"])
    def g(x):
        ran.append(x)
        return x + NOISE

    with pytest.raises(SettingError, match=r"`NOSE`.*`NOISE`"):
        g(1)
    assert len(ran) == 1


THRESHOLD = types.SimpleNamespace(value=1)


def test_watched_values_names_and_markers_count(own_folder, monkeypatch):
    @checkpoint(watch=["THRESHOLD.value", File("data.txt"), Env("STAGE"), 5])
    def f(x):
        ran.append(x)
        return x

    (own_folder / "data.txt").write_text("1")
    f(1), f(1)
    assert len(ran) == 1
    (own_folder / "data.txt").write_text("2")
    f(1)
    assert len(ran) == 2
    monkeypatch.setenv("STAGE", "test")
    f(1)
    assert len(ran) == 3
    THRESHOLD.value += 1
    f(1), f(1)
    assert len(ran) == 4

    with pytest.raises(UnknownNameError, match="MISSING"):
        checkpoint(watch=["MISSING"])(lambda x: x)(1)


def test_version_is_a_salt():
    def make(version):
        @checkpoint(version=version)
        def f(x):
            ran.append(version)
            return x

        return f

    for version in (1, 1, True, 1.0, "1", [1]):
        make(version)(0)
    assert ran == [1, True, 1.0, "1", [1]]


def test_an_argument_that_cannot_be_compared_is_an_error_with_the_path():
    with pytest.raises(UnfingerprintableError, match=r"a\['rows'\]"):
        add({"rows": (n for n in range(3))})
    assert ran == []


class Plain:
    def __init__(self):
        self.other = Other()


class Other:
    def __init__(self):
        self.k = 1


@dataclasses.dataclass
class Config:
    lr: float = 0.1


def test_a_complex_attribute_is_warned_of_once_in_the_words_of_the_design():
    @checkpoint
    def f(x):
        return 1

    with pytest.warns(ComplexParamsIdentifyWarning) as said:
        f(Plain())
        f(Plain())
    assert len(said) == 1
    text = str(said[0].message)
    assert re.match(
        r"A complicated object is an attribute of <\S+\.Plain object at 0x[0-9a-f]+>, it may cause mistake when detecting "
        r"whether there is checkpoint for this call\. `x\.other` is of class \S+\.Other, ",
        text,
    )
    assert "__fingerprint__" in text
    assert "register" in text
    assert 'ignore=["x.other"]' in text


def test_a_complex_attribute_is_told_by_its_path_in_lists_and_slots_too():
    class Slotted:
        __slots__ = ("other",)

        def __init__(self):
            self.other = Other()

    @checkpoint
    def f(x):
        return 1

    for value in [Plain() for _ in range(20)], [Slotted() for _ in range(20)], {"a": [Plain()]}:
        _notices.reset()
        with pytest.warns(ComplexParamsIdentifyWarning) as said:
            f(value)
        assert len(said) == 1
        path = "x['a'][0].other" if isinstance(value, dict) else "x[0].other"
        assert f"`{path}` is of class" in str(said[0].message)
        assert "object at 0x" in str(said[0].message)


COMPLEX = """
import sys
from Lutil.checkpoints import checkpoint
class Engine:
    def __init__(self): self.hp = 3
class Car:
    def __init__(self): self.engine = Engine()
class Van(Car):
    def __repr__(self): raise OSError("nobody is to ask")
@checkpoint
def f(x, n=0): return 1
@checkpoint
def g(x): return 1
f(Car())
f(Car(), 1)
g(Van())
"""


def test_a_complex_attribute_is_told_once_for_its_class_and_not_on_a_later_hit(program):
    program.write(COMPLEX)
    program.run("-W", "always", "main.py")
    assert program.errors.count("A complicated object is an attribute of <__main__.Car object at 0x") == 1
    assert program.errors.count("ComplexParams") == 1
    program.run("-W", "always", "main.py")
    assert "ComplexParams" not in program.errors
    assert "skipped" not in program.errors


def test_data_sets_and_loaders_of_torch_are_no_complex_attributes():
    data_set = type("Dataset", (), {"__module__": "torch.utils.data.dataset"})
    loader = type("DataLoader", (), {"__module__": "torch.utils.data.dataloader"})

    class Rows(data_set):
        def __init__(self):
            self.rows = [1, 2]

    class Job:
        def __init__(self):
            self.data, self.loader, self.stream = Rows(), loader(), random.Random(3)

    @checkpoint
    def f(job):
        return 1

    with warnings.catch_warnings():
        warnings.simplefilter("error", ComplexParamsIdentifyWarning)
        assert f(Job()) == 1


def test_basic_types_containers_arrays_frames_dataclasses_namespaces_and_estimators_do_not_warn():
    import pandas as pd
    from sklearn.linear_model import LinearRegression
    from sklearn.pipeline import make_pipeline

    @checkpoint
    def f(x):
        return 1

    class Holder:
        def __init__(self, value):
            self.value = value

    values = [
        1,
        "a",
        [1, {2: (3,)}],
        np.zeros(3),
        pd.DataFrame({"a": [1]}),
        Config(),
        types.SimpleNamespace(a=Config()),
    ]
    values += [make_pipeline(LinearRegression()), LinearRegression(), functools.partial(len), Config]
    for value in values:
        f(value)
        f(Holder(value))


def test_disable_and_recompute_by_settings():
    configure(disable=True)
    add(7), add(7)
    assert len(ran) == 2
    assert not add.is_cached(7)
    configure(disable=False)
    add(7), add(7)
    assert len(ran) == 3
    configure(recompute=True)
    add(7)
    assert len(ran) == 4


def test_forget_and_clear():
    add(1), add(2)
    assert add.forget(1)
    assert not add.forget(1)
    assert (add.is_cached(1), add.is_cached(2)) == (False, True)
    assert add.clear() == 1
    assert not add.is_cached(2)


def in_another_folder(function, folder, x):
    os.chdir(folder)
    return function(x), function.is_cached(x)


def test_it_pickles_by_reference_and_takes_its_absolute_store_along(own_folder, tmp_path_factory):
    add(5)
    assert pickle.loads(pickle.dumps(add))(5) == 7
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("fork")) as pool:
        assert pool.submit(in_another_folder, add, elsewhere, 5).result() == (7, True)
    assert len(ran) == 1
    assert not (elsewhere / ".Lutil-checkpoint").exists()
    bound = pickle.loads(pickle.dumps(Model(2).times))
    assert bound(1) == 6


SHIPPED = """
import cloudpickle, subprocess, sys, os
from Lutil.checkpoints import checkpoint
K = 3
def helper(x): return x + K
@checkpoint
def f(x):
    print("ran", end=" ")
    return helper(x)
print(f(1), end=" ", flush=True)
data = cloudpickle.dumps(f)
os.mkdir("elsewhere")
code = "import sys, pickle; f = pickle.loads(bytes.fromhex(sys.stdin.read())); print(f(1), f(2))"
print(subprocess.run([sys.executable, "-c", code], input=data.hex(), text=True, capture_output=True, cwd="elsewhere", check=True).stdout, end="")
print(f(2))
"""


def test_a_function_of_a_script_shipped_by_cloudpickle_has_the_same_key_there(program):
    program.write(SHIPPED)
    # At home f(1) runs; in the worker f(1) hits and f(2) runs; back home f(2) hits. All in the store of home.
    assert program.run() == "ran 4 ran 4 5\n5\n"
    assert list((program.folder / "elsewhere").iterdir()) == []


def test_two_closures_share_an_entry_only_if_they_are_equal():
    def make(k):
        @checkpoint
        def f(x):
            ran.append(k)
            return x + k

        return f

    assert [make(1)(1), make(1)(1), make(2)(1)] == [2, 2, 3]
    assert ran == [1, 2]
    first, second = checkpoint(lambda x: x + 1), checkpoint(lambda x: x + 2)
    assert (first(1), second(1)) == (2, 3)


def test_typed_callers_are_told_what_the_function_takes(program):
    program.write("""
        from Lutil.checkpoints import checkpoint
        @checkpoint
        def f(a: int, b: str = "") -> list[int]: return [a]
        @checkpoint(ignore=["b"])
        def g(a: int, b: str = "") -> list[int]: return [a]
        class A:
            @checkpoint
            def m(self, a: int) -> str: return ""
        reveal_type(f(1, "x"))
        reveal_type(f(1, __recompute__=True))
        reveal_type(g(1))
        reveal_type(A().m(1))
        f("a")
    """)
    pytest.importorskip("mypy")
    found = program.run("-m", "mypy", "--strict", "main.py", check=False).replace("builtins.", "")
    assert found.count('list[int]"') == 3
    assert found.count('is "str"') == 1
    assert "Found 1 error" in found


@pytest.mark.parametrize("disabled", [False, True])
def test_a_question_about_a_call_that_the_function_would_refuse_is_refused_in_its_name(disabled):
    @checkpoint
    def area(width, height=1): return width * height  # fmt: skip

    configure(disable=disabled)
    for ask in (area.explain, area.is_cached, area.forget, area):
        with pytest.raises(TypeError, match=r"area\(\) missing 1 required positional argument: 'width'"):
            ask()
        with pytest.raises(TypeError, match=r"area\(\) got an unexpected keyword argument 'depth'"):
            ask(1, depth=2)


class Pair(NamedTuple):
    x: object
    y: object


class Rows(list):
    pass


class Row(tuple):
    __slots__ = ()


@pytest.mark.parametrize(
    ("item", "make"),
    [
        ("t[1]", lambda v: [1, v]),
        ("t[1]", lambda v: (1, v)),
        ("t[1]", lambda v: (1, [v])),
        ("t[-1]", lambda v: [1, v]),
        ("t[-1]", lambda v: (1, v)),
        ("t[1]", lambda v: Pair(1, v)),
        ("t[1]", lambda v: Rows([1, v])),
        ("t[1]", lambda v: Row([1, v])),
        ("t[0][1]", lambda v: ((1, v),)),
        ("t['a'][1]", lambda v: {"a": (1, v)}),
        ("t[1].x", lambda v: (1, Pair(v, 2))),
        ("t[1]", lambda v: collections.deque([1, v])),
        ("t[1]", lambda v: {1: v}),
    ],
)
def test_items_of_sequences_can_be_ignored(item, make):
    @checkpoint(ignore=[item])
    def f(t):
        return 1

    f(make(2))
    assert f.is_cached(make(3))


def test_an_item_of_further_arguments_can_be_ignored_and_the_others_count():
    @checkpoint(ignore=["args[1]"], name="f")
    def f(*args):
        return 1

    f(1, 2)
    assert f.is_cached(1, 3)
    assert not f.is_cached(1, 2, 3)
    assert str(f.explain(7, 3)) == "f would run: argument `args[0]` changed 1 -> 7"


@pytest.mark.parametrize(
    ("item", "value"),
    [("t[1]", np.arange(3)), ("t['a']", [1]), ("t[True]", {True: 1}), ("t[1.5]", {1.5: 1})],
)
def test_an_item_that_cannot_be_left_out_is_refused(item, value):
    @checkpoint(ignore=[item])
    def f(t):
        ran.append(1)

    with pytest.raises(SettingError, match=re.escape(item)):
        f(value)
    assert not ran
