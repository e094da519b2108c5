"""The names that a block reads and writes, read off its instructions."""

from __future__ import annotations

import builtins
import contextlib

import pytest
from frame_support import Found, Plain, define
from hypothesis import given, settings
from hypothesis import strategies as st

from Lutil.checkpoints.frame import bound_with


def names_of(body, *, inside=True, before=""):
    """Return what the block with this body reads and writes, without running the body."""
    text = "".join(f"        {line}\n" for line in body.splitlines())
    if inside:
        source = f"def f():\n    {before or 'pass'}\n    with F():\n        raise KeyError\n{text}"
        space = define(source.replace("        raise KeyError\n", "        stop_here()\n"), stop_here=_stop)
        _expect_stop(space["f"])
    else:
        source = f"{before or 'pass'}\nwith F():\n        stop_here()\n{text}"
        _expect_stop(lambda: define(source, stop_here=_stop))
    block = Found.last
    return {name for name in block.reads if not hasattr(builtins, name)} - {"stop_here"}, set(block.writes)


class _Stopped(Exception):  # noqa: N818 - it is no error
    pass


def _stop():
    raise _Stopped


def _expect_stop(function):
    try:
        function()
    except _Stopped:
        return
    raise AssertionError("the block was not entered")


CASES = [
    ("x = a + 1", {"a"}, {"x"}),
    ("t = a\ny = t + 1", {"a"}, {"t", "y"}),
    ("x += 1", {"x"}, {"x"}),
    ("del x", {"x"}, {"x"}),
    ("x = 1\ndel x\ny = x", {"x"}, {"x", "y"}),
    ("if c:\n    x = 1\ny = x", {"c", "x"}, {"x", "y"}),
    ("if c:\n    x = 1\nelse:\n    x = 2\ny = x", {"c"}, {"x", "y"}),
    ("for i in r:\n    acc += i", {"r", "acc"}, {"i", "acc"}),
    ("acc = 0\nfor i in r:\n    acc += i\nz = i", {"r", "i"}, {"acc", "i", "z"}),
    ("while c:\n    x = 1\nelse:\n    y = x", {"c", "x"}, {"x", "y"}),
    ("while True:\n    x = g()\n    if x: break\ny = x", {"g"}, {"x", "y"}),
    ("try:\n    x = g()\nexcept KeyError as e:\n    y = e\nz = x", {"g", "x"}, {"x", "e", "y", "z"}),
    ("try:\n    x = g()\nfinally:\n    y = x", {"g", "x"}, {"x", "y"}),
    ("x = [i for i in r if i]", {"r"}, {"x"}),
    ("x = [i for i in r]\ny = i", {"r", "i"}, {"x", "y"}),
    ("i = 1\nx = [i for i in r]\ny = i", {"r"}, {"i", "x", "y"}),
    ("x = {i: [j for j in i if q] for i in r}", {"r", "q"}, {"x"}),
    ("x = [(lambda: i + k) for i in r]", {"r", "k"}, {"x"}),
    ("x = [z for x in r for z in x]", {"r"}, {"x"}),
    ("x = [w := i for i in r]", {"r"}, {"x", "w"}),
    ("x = list(i + k for i in r)", {"r", "k"}, {"x"}),
    ("x = sorted(r, key=lambda v: v[k])", {"r", "k"}, {"x"}),
    ("def h(p, q=d):\n    return p + outer + h(q)", {"d", "outer"}, {"h"}),
    ("@deco\ndef h():\n    return h, deep", {"deco", "deep"}, {"h"}),
    ("def h():\n    def k():\n        return z\n    z = 1\n    return k, w", {"w"}, {"h"}),
    ("class K(base):\n    u = v\n    w = u\n    def m(self):\n        return K, free, __class__", {"base", "v", "free"}, {"K"}),
    ("class K:\n    u = u", {"u"}, {"K"}),
    ("import os.path as p, sys\nfrom re import sub as s", set(), {"p", "sys", "s"}),
    ("with o as fh:\n    x = fh", {"o"}, {"fh", "x"}),
    ("a.b = c\nd[e] = f2", {"a", "c", "d", "e", "f2"}, set()),
    ("a, (b, *c) = d", {"d"}, {"a", "b", "c"}),
    ("match s:\n    case {'k': v, **rest}:\n        x = v\n    case [u, *us] if g:\n        x = u", {"s", "g"}, {"v", "rest", "x", "u", "us"}),
    ("x: int = a\ny: str", {"a"}, {"x"}),
    ("assert a, b", {"a", "b"}, set()),
    ("x = f'{a}{b!r:>{w}}'", {"a", "b", "w"}, {"x"}),
    ("x = (y := a) + y", {"a"}, {"x", "y"}),
    ("x = a and (y := b) or y", {"a", "b", "y"}, {"x", "y"}),
    ("for x in r:\n    pass\nelse:\n    x = 1\ny = x", {"r"}, {"x", "y"}),
]  # fmt: skip


@pytest.mark.parametrize(("body", "reads", "writes"), CASES)
@pytest.mark.parametrize("inside", [True, False])
def test_reads_and_writes(body, reads, writes, inside):
    assert names_of(body, inside=inside) == (reads, writes)


def test_an_intermediate_result_is_no_input_even_when_it_is_bound_already():
    reads, _ = names_of("t = a\nb = t * 2", before="t = a = 0")
    assert reads == {"a"}


def test_what_defined_functions_may_bind_later_is_kept_apart():
    space = define("""
        def f():
            total = 0
            with F() as c:
                def add():
                    nonlocal total
                    global calls
                    total += 1
                    calls = 1
                add()
            return c.block, total
    """)
    block, total = space["f"]()
    assert total == 1
    assert block.writes == ("add",)
    assert set(block.later_writes) == {"total", "calls"}
    assert set(block.reads) == {"total"}


def test_cells_and_globals_of_the_block_itself_are_names():
    space = define("""
        g1 = 1
        def f():
            cell = 0
            def get():
                return cell
            global g2
            with F() as c:
                cell = cell + g1
                g2 = cell
            return c.block
    """)
    block = space["f"]()
    assert block.reads == ("cell", "g1")
    assert block.writes == ("cell", "g2")


def lines(depth=0):
    name = st.sampled_from("abcd")
    simple = st.one_of(
        st.tuples(name, name).map(lambda pair: "{} = {}".format(*pair)),
        st.tuples(name, name).map(lambda pair: "{} = [{} for b in (1, 2)]".format(*pair)),
        st.tuples(name, name).map(lambda pair: "{0} = [{0} + {1} for {0} in (1, 2)]".format(*pair)),
        st.tuples(name, name, name).map(lambda trio: "{} = (lambda {}: {})(1)".format(*trio)),
        st.tuples(name, name).map(lambda pair: "{} = [({} := c) for i in (1, 2)]".format(*pair)),
        name.map("{0} = ({0}, 1)".format),
        name.map("{} = 1".format),
        name.map("del {}".format),
        name.map("{} += 1".format),
        st.just("fail()"),
    )
    if depth == 2:
        return simple
    inner = st.lists(lines(depth + 1), min_size=1, max_size=3).map(
        lambda parts: "\n".join("    " + line for part in parts for line in part.splitlines())
    )
    return st.one_of(
        simple,
        st.tuples(name, inner, inner).map(lambda three: "if {}:\n{}\nelse:\n{}".format(*three)),
        st.tuples(name, inner).map(lambda two: "for {} in (1, 2):\n{}".format(*two)),
        st.tuples(inner, name, inner).map(lambda three: "try:\n{}\nexcept Exception as {}:\n{}".format(*three)),
        st.tuples(inner, inner).map(lambda two: "try:\n{}\nfinally:\n{}".format(*two)),
        st.tuples(name, inner).map(lambda two: "while fail({}):\n{}\n    break".format(*two)),
        inner.map("with A():\n{}".format),
    )


class Recorder(dict):
    """A namespace that knows which names were looked up before the program had bound them."""

    def __init__(self, *args, **names):
        super().__init__(*args, **names)
        self.read, self.written, self.mine, self.recording = set(), set(), set(), False

    def __getitem__(self, name):
        if self.recording and name in "abcd" and name not in self.mine:
            self.read.add(name)
        return super().__getitem__(name)

    def __setitem__(self, name, value):
        if self.recording:
            self.written.add(name)
            self.mine.add(name)
        super().__setitem__(name, value)

    def __delitem__(self, name):
        if self.recording:
            if name not in self.mine:
                self.read.add(name)
            self.written.add(name)
            self.mine.discard(name)
        super().__delitem__(name)


class Choice:
    """Raises at every third call, so that handlers run too."""

    calls = 0

    def __call__(self, value=False):
        self.calls += 1
        if self.calls % 3 == 0:
            raise ValueError
        return value


@settings(max_examples=150, deadline=None)
@given(st.lists(lines(), min_size=1, max_size=4).map("\n".join))
def test_whatever_a_run_reads_or_writes_is_named(body):
    """Compared with a run that records every lookup; and the same body in a function has the same names."""
    text = "".join(f"    {line}\n" for line in body.splitlines())
    source = f"with F() as c:\n    start()\n{text}"
    space = Recorder(a=1, b=2, c=3, d=4)

    def start():
        space.recording = True

    outside = {"F": Found, "start": start, "fail": Choice(), "A": Plain}
    with contextlib.suppress(Exception):  # many of these programs fail; what they did before counts
        exec(compile(source, "<generated>", "exec"), outside, space)
    block = Found.last
    shown = set("abcd")
    # Functions see globals, not this namespace: what only a lambda reads is not recorded, and may be named all the same.
    if ":=" not in body:  # in a comprehension it makes its name a global, past this namespace
        assert space.read - {"c"} <= set(block.reads), body
        assert space.written & shown - {"c"} <= set(block.writes), body
    inner = define("def f():\n" + "".join(f"    {line}\n" for line in source.splitlines()), start=_stop)
    _expect_stop(inner["f"])
    assert set(Found.last.reads) & shown == set(block.reads) & shown, body
    assert set(Found.last.writes) & shown == set(block.writes) & shown, body


TOGETHER = [
    ("for i in r:\n    last = i", {"last": {"i", "last"}, "i": {"i", "last"}}),
    ("for i in r:\n    if c: break\n    last = i", {"last": {"i", "last"}, "i": {"i"}}),
    ("if c:\n    x = 1\n    y = 2\nelse:\n    y = 3", {"x": {"x", "y"}, "y": {"y"}}),
    ("try:\n    x = g()\n    y = 1\nexcept KeyError as e:\n    z = 2", {"x": {"x"}, "y": {"x", "y"}, "z": {"e", "z"}}),
    ("while c:\n    x = g()\n    del y", {"x": {"x", "y"}, "y": {"x", "y"}}),
    ("with A():\n    x = g()\n    y = 1", {"x": {"x"}, "y": {"x", "y"}}),
    ("if c:\n    x = [i for i in r]", {"x": {"x"}}),
]


@pytest.mark.parametrize(("body", "together"), TOGETHER)
def test_names_that_are_bound_on_the_same_ways_tell_of_each_other(body, together):
    names_of(body)
    assert {name: set(bound_with(Found.last, [name])) for name in together} == together


@settings(max_examples=300, deadline=None)
@given(st.lists(lines(), min_size=1, max_size=4).map("\n".join))
def test_whatever_a_run_binds_is_bound_with_all_that_it_is_said_to_tell_of(body):
    text = "".join(f"    {line}\n" for line in body.splitlines())
    space = Recorder(a=1, b=2, c=3, d=4)

    def start():
        space.recording = True

    outside = {"F": Found, "start": start, "fail": Choice(), "A": Plain}
    code = compile(f"with F():\n    start()\n{text}", "<generated>", "exec")
    try:
        exec(code, outside, space)
    except Exception:  # noqa: BLE001 - a run that fails is not kept
        return
    if ":=" not in body:
        for name in space.written:
            assert bound_with(Found.last, [name]) <= space.written, (name, body)
