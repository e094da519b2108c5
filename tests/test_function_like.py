"""A decorated function behaves like the function: where libraries ask, copy, pickle, bind, wrap and read it."""

from __future__ import annotations

import abc
import asyncio
import copy
import dataclasses
import doctest
import functools
import gc
import inspect
import multiprocessing
import pickle
import pydoc
import sys
import types
import typing
import weakref
from types import SimpleNamespace
from unittest import mock

import cloudpickle
import numpy as np
import pytest

from Lutil.checkpoints import InlineCheckpoint, NotDecoratableError, checkpoint, configure

ran: list[object] = []


@pytest.fixture(autouse=True)
def nothing_ran():
    ran.clear()


@checkpoint
def double(x: int, *, k: int = 2) -> int:
    """Multiply.

    >>> double(2)
    4
    """
    return x * k


@checkpoint
async def later(x: int) -> int:
    return x


@checkpoint
def factorial(n: int) -> int:
    return 1 if n < 2 else n * factorial(n - 1)


def local(k):
    @checkpoint
    def inner(x):
        return x + k

    return inner


class Model:
    def __init__(self, k=3):
        self.k = k

    @checkpoint
    def times(self, x: int, y: int = 1) -> int:
        """Multiply by what it has."""
        return x * y * self.k

    @checkpoint
    @classmethod
    def named(cls, x):
        return cls.__name__, x

    @property
    @checkpoint
    def size(self):
        return self.k

    cached = functools.cached_property(checkpoint(lambda self: self.k + 1))
    again = functools.partialmethod(times, 2)
    length = checkpoint(len)


FUNCTIONS = {"module": double, "coroutine": later, "local": local(1), "lambda": checkpoint(lambda x: x + 1)}
each = pytest.mark.parametrize("function", FUNCTIONS.values(), ids=FUNCTIONS)


@each
def test_a_copy_of_it_is_itself_wherever_it_is(function):
    assert copy.copy(function) is copy.deepcopy(function) is function
    assert copy.deepcopy({"a": [SimpleNamespace(f=function)]})["a"][0].f is function


@each
@pytest.mark.parametrize("dumps", [pickle.dumps, pickle._dumps, cloudpickle.dumps])
def test_what_comes_out_of_a_pickle_in_one_process_is_itself(function, dumps):
    assert pickle.loads(dumps(function)) is function
    configure(store="elsewhere")
    assert pickle.loads(dumps(function)) is function
    assert pickle.loads(dumps({"a": function, "b": function}))["b"] is function


@each
def test_it_passes_for_the_function_that_it_wraps(function):
    inner = function.__wrapped__
    assert inspect.isfunction(function)
    assert inspect.iscoroutinefunction(function) == inspect.iscoroutinefunction(inner)
    names = [
        "__code__",
        "__globals__",
        "__closure__",
        "__defaults__",
        "__kwdefaults__",
        "__annotations__",
        "__builtins__",
    ]
    names += ["__module__", "__name__", "__qualname__", "__doc__"] + ["__type_params__"] * (sys.version_info >= (3, 12))
    for name in names:
        assert getattr(function, name) == getattr(inner, name), name
        assert name in dir(function)
    for ask in (inspect.signature, inspect.getsource, inspect.getfile, inspect.getfullargspec, typing.get_type_hints):
        assert ask(function) == ask(inner), ask
    assert pydoc.render_doc(function).startswith("Python Library Documentation: function")
    assert "is_cached" in dir(function)
    assert weakref.ref(function)() is function


@each
def test_the_program_may_set_attributes_on_it(function):
    function.calls = 0
    function.calls += 1
    assert (function.calls, vars(function)["calls"]) == (1, 1)
    del function.calls
    assert not hasattr(function, "calls")


def test_doctests_in_it_are_found():
    assert [test.name for test in doctest.DocTestFinder().find(double, "double") if test.examples] == ["double"]
    module = sys.modules[__name__]
    assert doctest.DocTestFinder()._from_module(module, double)


def test_what_is_no_function_does_not_pass_for_one():
    assert not inspect.isfunction(checkpoint(len))
    assert not hasattr(checkpoint(functools.partial(pow, 2)), "__code__")


def test_a_bound_method_is_like_a_bound_method():
    model, other = Model(), Model()
    method = model.times
    assert inspect.ismethod(method)
    assert str(inspect.signature(method)) == "(x: 'int', y: 'int' = 1) -> 'int'"
    assert (method.__doc__, method.__name__) == ("Multiply by what it has.", "times")
    assert (method.__qualname__, method.__module__) == ("Model.times", __name__)
    assert method.__self__ is model
    assert method.__func__ is Model.times is vars(Model)["times"]
    assert method == model.times
    assert hash(method) == hash(model.times)
    assert method != other.times
    assert weakref.WeakMethod(method)() == method
    assert copy.copy(method) == method
    assert copy.deepcopy(method).__self__ is not model
    assert pickle.loads(pickle.dumps(method))(2) == 6
    assert {name for name, _ in inspect.getmembers(Model, inspect.isfunction)} >= {"times", "__init__"}
    assert (method(5), method.is_cached(5), method.is_cached(6)) == (15, True, False)


def test_it_binds_where_what_it_wraps_does():
    assert Model().length([1, 2]) == 2
    assert Model().again() == Model().times(2)
    assert (Model().size, Model().cached) == (3, 4)
    assert Model.named(1) == Model().named(1) == ("Model", 1)
    assert Model.named.is_cached(1)

    class Derived(Model):
        def times(self, x):
            return super().times(x) + 1

    assert Derived().times(2) == 7
    assert Derived.named(1) == ("Derived", 1)


def test_abstract_methods_stay_abstract_in_either_order():
    class Base(abc.ABC):
        @abc.abstractmethod
        @checkpoint
        def first(self): ...

        @checkpoint
        @abc.abstractmethod
        def second(self): ...

    assert Base.__abstractmethods__ == {"first", "second"}


def test_decorators_of_the_standard_library_take_it():
    @functools.singledispatch
    @checkpoint
    def kind(x):
        return "other"

    @kind.register
    @checkpoint
    def _(x: int):
        return "number"

    assert (kind(""), kind(1)) == ("other", "number")
    assert functools.lru_cache(double)(2) == checkpoint(functools.lru_cache(double.__wrapped__))(2) == 4
    assert functools.partial(double, k=3)(2) == 6
    assert inspect.signature(functools.wraps(double)(lambda *args: args)) == inspect.signature(double)

    @dataclasses.dataclass
    class Holder:
        function: object = double

    assert copy.deepcopy(Holder(double)).function is dataclasses.asdict(Holder(double))["function"] is double


def test_a_mock_of_it_has_its_signature():
    with pytest.raises(TypeError, match="missing a required argument: 'x'"):
        mock.create_autospec(double)()
    with mock.patch.object(Model, "times", autospec=True, return_value=9):
        assert Model().times(1) == 9
    assert Model().times(1) == 3


def test_a_refused_call_fails_as_the_function_would():
    for call in (double, Model().times):
        with pytest.raises(TypeError) as ours:
            call()
        with pytest.raises(TypeError) as plain:
            call.__wrapped__(*([Model()] if call is not double else []))
        assert str(ours.value) == str(plain.value)


def test_recursion_through_the_decorated_name():
    assert factorial(5) == 120
    assert factorial.is_cached(3)


class Awaited:
    async def __call__(self, x):
        ran.append(x)
        return x


class Yielding:
    def __call__(self):
        yield 1


def test_callable_objects_are_what_their_call_is():
    awaited = checkpoint(Awaited())
    assert asyncio.run(awaited(1)) == asyncio.run(awaited(1)) == 1
    assert ran == [1]
    with pytest.raises(NotDecoratableError):
        checkpoint(Yielding())


def test_pickling_it_keeps_nothing_alive():
    functions = [local(k) for k in range(5)]
    for function in functions:
        pickle.loads(pickle.dumps(function))
        pickle.loads(cloudpickle.dumps(function))
    watched = [weakref.ref(function) for function in functions]
    del functions, function
    gc.collect()
    assert [one() for one in watched] == [None] * 5


def of_child(function, x):
    return function(x), pickle.loads(pickle.dumps(function)) is function


@pytest.mark.parametrize("way", ["fork", "spawn"])
def test_other_processes_get_it(way):
    if way not in multiprocessing.get_all_start_methods():
        pytest.skip(f"no {way} here")
    with multiprocessing.get_context(way).Pool(1) as pool:
        assert pool.starmap(of_child, [(double, 2), (local(1), 2), (Model().times, 2)]) == [
            (4, True),
            (3, True),
            (6, False),  # as any bound method
        ]


REDEFINED = """
import cloudpickle, os, pickle, sys
from Lutil.checkpoints import checkpoint
K = 1
@checkpoint
def f(x): return x + K + f.extra
f.extra = 10
data = cloudpickle.dumps(f)
print(pickle.loads(data) is f, f(1), end=" ", flush=True)
pid = os.fork()
if not pid:
    K = 100
    print(pickle.loads(data)(1), flush=True)  # what was shipped, not what this process has made of it since
    os._exit(0)
os.waitpid(pid, 0)
"""


def test_by_value_means_by_value_in_another_process(program):
    program.write(REDEFINED)
    assert program.run() == "True 12 12\n"


def test_where_results_are_kept_is_no_part_of_a_hash(own_folder, monkeypatch):
    joblib = pytest.importorskip("joblib")
    before = joblib.hash(double), joblib.hash([Model().times])
    (own_folder / "deeper").mkdir()
    monkeypatch.chdir("deeper")
    configure(store="elsewhere")
    assert (joblib.hash(double), joblib.hash([Model().times])) == before
    assert joblib.hash(double) != joblib.hash(factorial)


def test_estimators_take_it(own_folder):
    pytest.importorskip("sklearn")
    import joblib
    from sklearn.base import clone
    from sklearn.preprocessing import FunctionTransformer

    transformer = clone(FunctionTransformer(double))
    assert transformer.func is double
    joblib.dump(transformer, own_folder / "model")
    assert joblib.load(own_folder / "model").func is double
    assert transformer.fit_transform(np.ones((1, 1))).tolist() == [[2.0]]


def test_validate_call_takes_it_above_and_below():
    pydantic = pytest.importorskip("pydantic")

    @pydantic.validate_call
    @checkpoint
    def above(x: int):
        ran.append(x)
        return x + 1

    @checkpoint
    @pydantic.validate_call
    def below(x: int):
        ran.append(x)
        return x + 1

    assert above("3") == above(3) == below("3") == below("3") == 4
    assert ran == [3, 3]


def test_what_validate_call_is_told_counts():
    pydantic = pytest.importorskip("pydantic")

    def make(**options):
        @checkpoint
        @pydantic.validate_call(**options)
        def f(x: int) -> str:
            ran.append(options)
            return x

        return f

    assert make()(1) == make()(1) == 1
    assert ran == [{}]
    with pytest.raises(pydantic.ValidationError):
        make(validate_return=True)(1)
    with pytest.raises(pydantic.ValidationError):
        make(config={"strict": True})("1")


def test_click_commands_take_it():
    click = pytest.importorskip("click")
    from click.testing import CliRunner

    @click.command()
    @click.option("--x", type=int)
    @checkpoint
    def grow(x):
        """Says more."""
        return x + 1

    @click.command()
    @checkpoint
    @click.argument("x", type=int)
    def shrink(x):
        return x - 1

    run = CliRunner().invoke
    assert run(grow, ["--x", "3"], standalone_mode=False).return_value == 4
    assert run(shrink, ["3"], standalone_mode=False).return_value == 2
    assert "Says more." in run(grow, ["--help"]).output


def test_typer_commands_take_it():
    typer = pytest.importorskip("typer")
    from typer.testing import CliRunner

    app = typer.Typer()

    @app.command()
    @checkpoint
    def show(x: int, flag: bool = False):
        print(x, flag)

    assert CliRunner().invoke(app, ["3", "--flag"]).output == "3 True\n"


def test_ray_takes_it():
    ray = pytest.importorskip("ray")
    assert ray.remote(double)._function is double


ATTRIBUTES = {
    "plain": lambda f: f,
    "checkpointed": checkpoint,
    "twice": lambda f: checkpoint(checkpoint(f)),
    "lru_cache": functools.lru_cache,
    "over lru_cache": lambda f: checkpoint(functools.lru_cache(f)),
    "partial": functools.partial,
}


@pytest.mark.parametrize("decorate", ATTRIBUTES.values(), ids=ATTRIBUTES)
def test_attributes_of_functions_count_where_they_are_read(decorate):
    @decorate
    def settings():
        pass

    class Space:
        method = decorate(lambda self: None)

    @checkpoint
    def of_global(x):
        ran.append("global")
        return settings.limit

    @checkpoint
    def of_class(x):
        ran.append("class")
        return Space.method.limit

    @checkpoint
    def of_argument(f):
        ran.append("argument")
        return f.limit

    @checkpoint
    def with_default(x):
        ran.append("default")
        return getattr(settings, "late", 0)

    for limit in (1, 2, 2, 1):
        settings.limit = vars(Space)["method"].limit = limit
        assert of_global(1) == of_class(1) == of_argument(settings) == limit
    assert sorted(ran) == ["argument", "argument", "class", "class", "global", "global"]
    assert with_default(1) == 0
    settings.late = 5
    assert with_default(1) == with_default(1) == 5


def test_its_own_attribute_counts_and_so_in_a_block():
    @checkpoint
    def own(x):
        ran.append(x)
        return x, own.limit

    read = []
    for limit in (1, 2, 2):
        own.limit = limit
        assert own(5) == (5, limit)
        with InlineCheckpoint(produce=["got"]):
            got = own.limit
        read.append(got)
    assert ran == [5, 5]
    assert read == [1, 2, 2]


def test_attributes_that_a_run_itself_makes_do_not_run_it_again():
    @checkpoint
    def helper():
        pass

    @checkpoint
    def f(x):
        ran.append(x)
        helper.calls = getattr(helper, "calls", 0) + 1
        f.calls = getattr(f, "calls", 0) + 1
        if not hasattr(helper, "memo"):
            helper.memo = {}
        helper.memo[x] = x
        return helper.memo[x]

    assert f(1) == f(1) == f(1) == 1
    assert ran == [1]


class Scaled:
    def __init__(self, k):
        self.k = k

    def __call__(self, x):
        return self.k * x


def test_what_a_checkpointed_callable_is_bound_to_counts_where_it_is_reached():
    def using(helper):
        @checkpoint
        def f(x):
            return helper(x)

        return f

    for k in (1, 2):
        made = [Model(k).times, checkpoint(Model(k).times), checkpoint(Scaled(k)), checkpoint(checkpoint(Scaled(k)))]
        assert [using(one)(1) for one in made] == [k] * 4
        assert [one(1) for one in made] == [k] * 4


HELD = """
from Lutil.checkpoints import checkpoint
import lib, sys
@checkpoint
def use(f):
    print("ran", end=" ")
    return f(2)
print(use(lib.f), use(lib.f))
"""


def test_as_an_argument_it_counts_by_its_code_not_by_its_store(program):
    def edit(text):
        program.write(f"from Lutil.checkpoints import checkpoint\n@checkpoint\ndef f(x): return {text}\n", "lib.py")

    program.write(HELD)
    edit("x + 1")
    assert program.run() == "ran 3 3\n"
    edit("x + 2")
    assert program.run() == "ran 4 4\n"
    edit("x + 1")
    assert program.run() == "3 3\n"


def test_pickled_inside_of_an_expression_it_counts_by_its_code():
    polars = pytest.importorskip("polars")

    @checkpoint
    def use(expression):
        ran.append(1)
        return 1

    def made(k):
        function = checkpoint(lambda x: [x, k][1])
        return polars.col("a").map_elements(function, return_dtype=polars.Int64)

    use(made(1)), use(made(1))
    assert len(ran) == 1
    use(made(2))
    assert len(ran) == 2


def test_it_is_no_other_type():
    assert isinstance(double, types.FunctionType)
    assert type(double) is not types.FunctionType
    assert isinstance(double, type(double))
