"""What engines do to code and to the process, and what is the same computation all the same."""

from __future__ import annotations

import builtins
import inspect

import pytest

from Lutil.checkpoints import checkpoint

ran = []


@checkpoint
def told(x):
    ran.append(x)
    print("told", x)
    return x


def own_print(*args, **kwargs):
    """A print of the project's own."""


def test_what_a_library_puts_in_the_place_of_print_prints(monkeypatch):
    rich = pytest.importorskip("rich")
    ran.clear()
    told(1)
    monkeypatch.setattr(builtins, "print", rich.print)
    assert told.is_cached(1)
    monkeypatch.setattr(builtins, "print", own_print)
    assert not told.is_cached(1)


class Model:
    def __init__(self, k):
        self.k = k

    @checkpoint
    def times(self, x):
        ran.append(x)
        self.k += 1
        return self.k * x


@checkpoint
def traced(x, *, k=1):
    ran.append(x)
    return x * k


def test_a_parameter_that_only_a_signature_has_is_none():
    ran.clear()
    assert traced(2) == 2
    signature = inspect.signature(traced)
    added = inspect.Parameter("_ray_trace_ctx", inspect.Parameter.KEYWORD_ONLY, default=None)
    traced.__wrapped__.__signature__ = signature.replace(parameters=[*signature.parameters.values(), added])
    again = checkpoint(traced.__wrapped__)
    assert (again(2, k=1), ran) == (2, [2])


class Actor(Model):
    """As Ray derives a class for its actors."""

    __ray_actor_class__ = Model

    def __ray_ready__(self):
        return True


class Derived(Model):
    """As anybody may."""


def test_an_actor_of_ray_is_what_its_class_was_made_of():
    ran.clear()
    assert Model(2).times(3) == 9
    actor = Actor(2)
    assert actor.times(3) == 9
    assert (ran, actor.k) == ([3], 3)
    assert not Derived(2).times.is_cached(3)


SHIPPED = """
import importlib, pickle, subprocess, sys
from work import f
copy = importlib.import_module(sys.argv[1])
cloudpickle = copy.cloudpickle if hasattr(copy, "cloudpickle") else copy
print(f(1), pickle.loads(cloudpickle.dumps(f)) is f)
cloudpickle.register_pickle_by_value(sys.modules["work"])
data = cloudpickle.dumps(f)
print(pickle.loads(data) is f)
there = "import sys, pickle; f = pickle.loads(bytes.fromhex(sys.stdin.read())); print(f.is_cached(1), f(1))"
print(subprocess.run([sys.executable, "-c", there], input=data.hex(), text=True, capture_output=True, cwd="/").stdout)
"""


@pytest.mark.parametrize("copy", ["cloudpickle", "ray.cloudpickle"])
def test_what_a_copy_of_cloudpickle_is_to_take_by_value_it_does(program, copy):
    pytest.importorskip(copy.partition(".")[0])
    program.write("from Lutil.checkpoints import checkpoint\n@checkpoint\ndef f(x):\n    return x + 1\n", "work.py")
    program.write(SHIPPED)
    assert program.run("main.py", copy).split() == ["2", "True", "True", "True", "2"]
