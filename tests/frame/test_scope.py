"""Names are read and written as the block's own code would."""

from __future__ import annotations

import asyncio
import gc
import sys
import weakref

import pytest
from frame_support import RAN, Skipped, define

from Lutil.checkpoints.frame import UNBOUND, bound, namespace, read, write
from Lutil.checkpoints.model._errors import BlockError, UnknownNameError

HERE = sys._getframe
LOCALS_CAN_BE_DELETED = sys.version_info < (3, 12)
CELLS_CAN_BE_DELETED = sys.version_info < (3, 13)


@pytest.fixture(autouse=True)
def _nothing_ran():
    RAN.clear()
    yield
    assert RAN == []


WRITES = {
    "unbound before": ("def f():\n    with S(values={'x': 41}): x = ran()\n    return x + 1", 42),
    "bound before": ("def f():\n    x = 'old'; y = [1]; z = y\n    with S(values={'x': 1}): x = ran()\n    return x, y is z", (1, True)),
    "argument": ("def f(x=7):\n    with S(values={'x': 2}): x = ran()\n    return x", 2),
    "deleted before": ("def f():\n    x = 1\n    del x\n    with S(values={'x': 2}): x = ran()\n    return x", 2),
    "cell": ("def f():\n    x = 0\n    g = lambda: x\n    with S(values={'x': 3}): x = ran()\n    return x, g()", (3, 3)),
    "unbound cell": ("def f():\n    with S(values={'x': 3}): x = ran()\n    return x, (lambda: x)()", (3, 3)),
    "nonlocal": (
        "def f():\n    x = 0\n    def g():\n        nonlocal x\n        with S(values={'x': 9}): x = ran()\n    g()\n    return x", 9,
    ),
    "global": ("gx = 0\ndef f():\n    global gx\n    with S(values={'gx': 9}): gx = ran()\n    return gx, globals()['gx']", (9, 9)),
    "global of a function in the block": (
        "def f():\n    with S(values={'gy': 9}):\n        def g():\n            global gy\n            gy = ran()\n        g()\n    return gy", 9,
    ),
    "generator": ("def h():\n    for i in range(3):\n        with S(values={'x': i}): x = ran()\n        yield x\n        del x\ndef f():\n    return list(h())", [0, 1, 2]),
    "class": ("def f():\n    class K:\n        a = 2\n        with S(values={'b': 3}) as c: b = ran(a)\n        d = b\n    return K.b, K.d", (3, 3)),
    "global in a class": (
        "def f():\n    class K:\n        global kg\n        with S(values={'kg': 5}): kg = ran()\n    return kg, hasattr(K, 'kg')", (5, False),
    ),
    "beside a comprehension": (
        "def f():\n    x = 10\n    with S(values={'y': 1}): y = [ran(x) for x in range(3)]\n    return x, y, [x for x in [y]]", (10, 1, [1]),
    ),
    "comprehension of a cell": (
        "def f():\n    x = 10\n    g = lambda: x\n    with S(values={'y': 1}): y = [(lambda: x) for x in range(3)]\n    return x, y, g()", (10, 1, 10),
    ),
    "module": ("with S(values={'m': 5}): m = ran()\ndef f():\n    return m", 5),
    "import": ("def f():\n    with S(values={'os': 1}):\n        import os\n    return os", 1),
    "definition": ("def f():\n    with S(values={'g': 1, 'K': 2}):\n        def g(): pass\n        class K: pass\n    return g, K", (1, 2)),
    "loop variable": ("def f():\n    with S(values={'i': 1}):\n        for i in ran(): pass\n    return i", 1),
    "300 locals": (
        "def f():\n" + "".join(f"    v{i} = {i}\n" for i in range(300)) + "    with S(values={'v299': 0, 'v0': 1}):\n        v299 = v0 = ran()\n    return v299, v0, v298", (0, 1, 298),
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", WRITES)
def test_a_skip_binds_names_as_its_block_would(name):
    source, result = WRITES[name]
    space = define(source)
    assert space["f"]() == result
    assert space["f"]() == result


@pytest.mark.parametrize("name", WRITES)
def test_writes_survive_a_trace_function_that_looks_at_locals(name):
    source, result = WRITES[name]
    seen = []

    def tracer(frame, event, arg):
        seen.append(frame.f_locals)
        return tracer

    before = sys.gettrace()
    sys.settrace(tracer)
    try:
        assert define(source)["f"]() == result
        assert sys.gettrace() is tracer
    finally:
        sys.settrace(before)


def test_coroutines_have_names_of_their_own():
    space = define("""
        import asyncio
        async def f(k):
            await asyncio.sleep(0)
            with S(values={"x": k * 2}):
                x = await ran()
            await asyncio.sleep(0)
            return x
        async def main():
            return await asyncio.gather(*[f(i) for i in range(4)])
    """)
    assert asyncio.run(space["main"]()) == [0, 2, 4, 6]


def test_a_custom_namespace_is_written_through():
    class Logged(dict):
        def __setitem__(self, name, value):
            super().__setitem__(name, value)
            log.append(name)

    log = []
    local = Logged()
    exec("with S(values={'x': 4}): x = ran()", {"S": Skipped}, local)
    assert local["x"] == 4
    assert log == ["x"]


UNBINDS = {
    "global": "gone = 1\ndef f():\n    global gone\n    with S(unbind=['gone']):\n        del gone\n    return 'gone' in globals()",
    "module": "gone = 1\nwith S(unbind=['gone']):\n    del gone\ndef f():\n    return 'gone' in globals()",
    "class": "def f():\n    class K:\n        gone = 1\n        with S(unbind=['gone']):\n            del gone\n    return hasattr(K, 'gone')",
    "not bound": "def f():\n    with S(unbind=['gone']):\n        gone = ran()\n        del gone\n    return 'gone' in locals()",
}
UNBINDS_LOCAL = {
    "local": "def f():\n    gone, kept = 1, 2\n    with S(unbind=['gone']):\n        del gone\n    return 'gone' in locals() or kept != 2",
    "cell": "def f():\n    gone = 1\n    g = lambda: gone\n    with S(unbind=['gone']):\n        del gone\n    return 'gone' in locals()",
    "beside a write": "def f():\n    gone, x = 1, 2\n    with S(values={'x': 3}, unbind=['gone']):\n        x = ran()\n        del gone\n    return 'gone' in locals() or x != 3",
}


@pytest.mark.parametrize("name", UNBINDS)
def test_a_skip_unbinds_names(name):
    assert define(UNBINDS[name])["f"]() is False


@pytest.mark.parametrize("name", UNBINDS_LOCAL)
def test_bound_locals_are_unbound_where_python_allows_it_and_refused_elsewhere(name):
    if CELLS_CAN_BE_DELETED if name == "cell" else LOCALS_CAN_BE_DELETED:
        assert define(UNBINDS_LOCAL[name])["f"]() is False
    else:
        with pytest.raises(BlockError, match="`gone` would have to be deleted"):
            define(UNBINDS_LOCAL[name])["f"]()


def test_writing_an_impossible_unbinding_changes_nothing():
    if LOCALS_CAN_BE_DELETED:
        pytest.skip("it is possible here")
    x, gone = 1, 2
    with pytest.raises(BlockError):
        write(HERE(), {"x": 5}, ["gone"])
    assert (x, gone) == (1, 2)


@pytest.mark.parametrize(
    "source",
    [
        "def f():\n    with S(values={'nope': 1}): ran()\nf()",
        "nope = 1\ndef f():\n    with S(values={'nope': 1}): ran(nope)\nf()",
        "nope = 1\nwith S(values={'nope': 1}): nope.x = ran()",
        "def f():\n    nope = 1\n    with S(values={'nope': 1}): ran(nope)\n    nope = 2\nf()",
        "with S(values={'nope': 1}): x = [nope for nope in ran()]",
        "def f():\n    nope = 1\n    class K:\n        nonlocal nope\n        with S(values={'nope': 1}): nope = ran()\nf()",
    ],
)
def test_names_that_the_block_cannot_bind_are_refused_with_their_place(source):
    with pytest.raises(BlockError, match=r"`nope` .*<frame test \d+>:\d+"):
        define(source)


def test_reading_resolves_as_python_does():
    space = define("""
        g1, shadowed, len = "global", "global", "global len"
        def outer():
            free, unbound_cell = "free", None
            del unbound_cell
            def f(argument, shadowed="local"):
                local = "local"
                cell = "cell"
                (lambda: (cell, free, unbound_cell))
                if argument is None:
                    later = 1
                return look()
            return f
        class K:
            attribute = shadowed
            found = look()
        def make():
            around = "around"
            hidden = "around"
            class Q:
                hidden = "class"
                taken = (around, hidden)
                found = look()
                class R:
                    nested = around
                    found = look()
            return Q
    """, look=_look)  # fmt: skip
    found = space["outer"]()(1)
    assert [found[n] for n in ("local", "argument", "cell", "free", "g1", "len", "shadowed", "max", "outer")] == [
        "local", 1, "cell", "free", "global", "global len", "local", max, space["outer"],
    ]  # fmt: skip
    assert found["later"] is found["unbound_cell"] is found["nowhere"] is UNBOUND
    assert space["K"].found["attribute"] == "global"
    assert space["K"].found["local"] is UNBOUND
    made = space["make"]()
    assert (made.found["around"], made.found["hidden"]) == ("around", "class")
    assert made.R.found["around"] == "around"


NAMES = ("local", "argument", "cell", "free", "g1", "len", "shadowed", "max", "outer", "later", "unbound_cell", "nowhere",
         "attribute", "around", "hidden")  # fmt: skip


def _look():
    frame = sys._getframe(1)
    names = namespace(frame)
    found = {}
    for name in NAMES:
        found[name] = names.get(name, UNBOUND)
        assert (name in names) == (found[name] is not UNBOUND) == (name in set(names))
        if found[name] is UNBOUND:
            with pytest.raises(UnknownNameError, match=f"`{name}` is not (bound|defined) at") as caught:
                read(frame, name)
            assert caught.value.name == name
            with pytest.raises(KeyError):
                names[name]
        else:
            assert read(frame, name) is found[name] is names[name]
    assert len(names) == len(list(names))
    return found


def test_bound_looks_where_the_block_would_bind():
    def look():
        frame, found = sys._getframe(1), []
        for name in ("x", "y", "max", "taken", "z", "min"):
            found.append(bound(frame, name))  # noqa: PERF401 - a comprehension has a frame of its own on 3.11
        return found

    space = define("""
        max = taken = 1
        def f():
            global taken
            x = 1
            if not x:
                max = y = 2
            return look()
        class K:
            z = 1
            found = look()
    """, look=look)  # fmt: skip
    assert space["f"]() == [True, False, False, True, False, False]
    assert space["K"].found == [False, False, False, False, True, False]


def test_own_tells_none_from_unbound():
    def f(x=None):
        names = namespace(HERE(0))
        if not names:
            y = 1
            del y
        return names.own("x", UNBOUND), names.own("y", UNBOUND), names.own("max", UNBOUND)

    assert f() == (None, UNBOUND, UNBOUND)


def test_a_module_is_told_from_all_else():
    space = define("""
        here = look()
        class K:
            here = look()
        def f():
            return look()
    """, look=lambda: namespace(sys._getframe(1)).module)  # fmt: skip
    assert (space["here"], space["K"].here, space["f"]()) == (True, False, False)


def test_the_dictionary_that_locals_returned_is_left_alone():
    def f():
        a = 1
        mine = locals()
        read(HERE(0), "a")
        write(HERE(0), {"a": 2})
        return a, "a" in mine

    assert f() == (2, True)


def test_no_reference_is_kept_after_reading_and_writing():
    class Big:
        pass

    def f():
        x, big = 0, Big()
        gone = weakref.ref(big)
        frame = HERE(0)
        names = namespace(frame)
        assert names["big"] is big
        del names
        write(frame, {"x": 5})
        del big
        gc.collect()
        return x == 5 and gone()

    assert f() is None


def test_another_threads_write_to_a_shared_cell_survives():
    """Only the names given are written back, not the whole snapshot that older Pythons take."""
    shared = 0

    def f():
        nonlocal shared
        x = 0

        class Values(dict):
            def items(self):
                nonlocal shared
                shared = 1  # as another thread might, in the middle of the write
                return super().items()

        frame = HERE(0)
        frame.f_locals  # noqa: B018 - an older snapshot is there already
        write(frame, Values(x=7))
        return x, shared

    assert f() == (7, 1)
