"""Plans, blocks and walks: what they hold, when they are made anew, and what they never do."""

from __future__ import annotations

import argparse
import asyncio.tasks
import builtins
import contextlib
import dataclasses
import dis
import functools
import gc
import importlib.util
import opcode
import os
import subprocess
import sys
import threading
import types
import typing
import warnings
import weakref
from importlib.machinery import EXTENSION_SUFFIXES
from pathlib import Path
from unittest import mock

import numpy as np
import pytest
from _code_programs import key_of, program

from Lutil.checkpoints.bytecode._instructions import decode
from Lutil.checkpoints.bytecode.stack import _abstract_run, _refs, _steps
from Lutil.checkpoints.code import LibraryPolicy, Walk, diff, is_project, reach, reach_block, version_of
from Lutil.checkpoints.code.plan import _walk
from Lutil.checkpoints.model._key import NoteKind, PartKind


def run(text):
    """Run a program of one module and return its names."""
    with program(text) as module:
        return module


def paths(slots):
    return [slot.path for slot in slots]


def notes(plan, kind):
    return [note.path for note in plan.notes if note.kind is kind]


# Places.


def test_slots_say_what_they_are_and_where():
    module = run(
        "import os\nK = 1\nclass A:\n    alpha = 2\n"
        "def make(n):\n    def f(x=[3]): return K, n, A.alpha, x, os.environ['LUTIL_V']\n    return f\nf = make(4)\n"
    )
    slots = {(slot.kind, slot.path) for slot in reach(module.f).slots}

    assert slots == {
        (PartKind.GLOBAL, "K"),
        (PartKind.CELL, "n"),
        (PartKind.ATTRIBUTE, "A.alpha"),
        (PartKind.DEFAULT, "make.<locals>.f(x=)"),
        (PartKind.ENVIRONMENT, "os.environ['LUTIL_V']"),
    }


def test_a_slot_fetches_the_present_value_and_its_absence():
    module = run("K = 1\ndef f(): return K")
    (slot,) = reach(module.f).slots

    assert slot.fetch() == 1
    module.K = 2
    assert slot.fetch() == 2
    del module.K
    with pytest.raises(LookupError):
        slot.fetch()


def test_a_slot_can_be_stored_into_and_cleared():
    module = run("K = 1\nclass A:\n    a = 1\ndef make(n):\n    return lambda: (n, K, A.a)\nf = make(1)")
    plan = reach(module.f)

    for slot in plan.slots:
        slot.store(5)
    assert module.f() == (5, 5, 5)
    for slot in plan.slots:
        slot.clear()
        with pytest.raises(LookupError):
            slot.fetch()


def test_slots_of_other_modules_bear_the_modules_name():
    text = "from helpers import g\ndef f(): return g()\n#: helpers\nK = [1]\ndef g(): return K"
    with program(text) as module:
        plan = reach(module.f)

    assert paths(plan.slots) == ["helpers.K"]
    assert plan.root_slots == ()


def test_root_slots_are_those_that_the_function_itself_reads():
    module = run("K = 1\nL = 2\ndef g(): return L\ndef f(): return K + g()")
    plan = reach(module.f)

    assert paths(plan.root_slots) == ["K"]
    assert paths(plan.slots) == ["K", "L"]


def test_an_item_of_ignore_is_found_with_what_is_left_of_it():
    text = "from helpers import g\ndef f(): return g()\n#: helpers\nCONFIG = {'a': {'b': 1}}\ndef g(): return CONFIG"
    with program(text) as module:
        plan = reach(module.f)
        slot, rest = plan.find("helpers.CONFIG['a']")

    assert (slot.path, rest) == ("helpers.CONFIG", "['a']")
    assert plan.find("helpers.CONFIGS") is None
    assert plan.find("helpers.OTHER") is None


def test_an_effect_is_noted_and_can_be_ignored():
    module = run("calls = []\ndef f(x):\n    calls.append(x)\n    return x")
    plan = reach(module.f)

    assert plan.slots == ()
    assert paths(plan.effects) == ["calls"]
    assert notes(plan, NoteKind.EFFECT) == ["calls"]
    assert plan.find("calls") is not None


def test_an_effect_that_becomes_another_type_is_looked_at_anew():
    module = run("calls = []\ndef f(x):\n    calls.append(x)\n    return x")
    before = reach(module.f)
    module.calls = type("Other", (), {"append": lambda self, x: None})()

    assert before.effects
    assert paths(reach(module.f).slots) == ["calls"]


def test_a_variable_that_looks_like_a_secret_counts_like_any_other():
    module = run("import os\ndef f(): return os.environ['MY_TOKEN'], os.getenv('DB_PASSWORD')")
    plan = reach(module.f)

    assert sorted(paths(plan.slots)) == ["os.environ['DB_PASSWORD']", "os.environ['MY_TOKEN']"]
    assert plan.notes == ()


@pytest.mark.parametrize(
    "body",
    [
        "return eval(x)",
        "exec(x)",
        "return globals()[x]",
        "return getattr(x, y)",
        "return __import__(x)",
        "import importlib\n    return importlib.import_module(x)",
        "return type(x).__subclasses__()",
    ],
)
def test_dynamic_places_are_blind_spots(body):
    plan = reach(run(f"def f(x, y=0):\n    {body}").f)

    assert notes(plan, NoteKind.BLIND_SPOT) == ["f"]


def test_a_name_of_our_own_called_eval_is_no_blind_spot():
    assert reach(run("def eval(x): return x\ndef f(x): return eval(x)").f).notes == ()


@pytest.mark.parametrize("body", ["x.query(y)", "x.eval(f'{y} + 1')"])
def test_texts_in_which_names_may_stand_are_blind_spots_where_pandas_is_loaded(body):
    pytest.importorskip("pandas")

    assert notes(reach(run(f"def f(x, y): return {body}").f), NoteKind.BLIND_SPOT) == ["f"]


def test_a_query_of_a_constant_and_a_call_of_eval_without_a_text_are_no_blind_spots():
    assert reach(run("def f(x): return x.query('a > 1'), x.eval()").f).notes == ()


def test_settings_of_plots_are_a_blind_spot_where_they_are_reached():
    pytest.importorskip("matplotlib")
    plan = reach(run("import matplotlib\ndef f(x): return matplotlib.get_backend()").f)

    assert notes(plan, NoteKind.BLIND_SPOT) == ["matplotlib.rcParams"]


def test_the_representation_of_a_slot_shows_no_values():
    plan = reach(run("import os\nos.environ['LUTIL_V'] = 'hidden'\ndef f(): return os.environ['LUTIL_V']").f)

    assert "hidden" not in repr(plan.slots)


# Plans are kept for as long as they hold.


def test_a_plan_is_the_same_object_while_nothing_changed():
    module = run("def g(): return 1\nclass A: pass\ndef f(): return g(), A(), len([])")

    assert reach(module.f) is reach(module.f)


@pytest.mark.parametrize(
    "change",
    [
        "def g(): return 2",
        "g.__code__ = (lambda: 2).__code__",
        "g.__defaults__ = (True,)",
        "g.__kwdefaults__ = {'b': 1}",
        "A.m = lambda self: 2",
        "A.new = 1",
        "class A: pass",
        "def len(x): return 0",
        "del g",
        "g = 5",
        "h.__wrapped__ = f",
        "D['a'] = f",
        "D = {'a': f}",
    ],
)
def test_a_plan_is_made_anew_when_what_it_looked_up_is_another(change):
    module = run(
        "import functools\ndef g(a=1, *, b=True): return 1\nclass A:\n    def m(self): return 1\n"
        "@functools.wraps(g)\ndef h(): return 1\nD = {'a': g}\ndef f(): return g(), A(), len([]), h(), D['a']()"
    )
    before = reach(module.f).digest
    exec(change, module.__dict__)

    assert reach(module.f).digest != before


def test_a_cell_that_holds_another_function_is_noticed():
    module = run(
        "def make():\n    def g(): return 1\n    def f(): return g()\n"
        "    def change():\n        nonlocal g\n        g = lambda: 2\n    return f, change\nf, change = make()"
    )
    before = reach(module.f).digest
    module.change()

    assert reach(module.f).digest != before


def test_a_change_undone_gives_the_same_digest_again():
    module = run("def g(): return 1\ndef f(): return g()")
    before, kept = reach(module.f).digest, module.g
    module.g = lambda: 2
    between = reach(module.f).digest
    module.g = kept

    assert before == reach(module.f).digest != between


def test_a_data_name_may_become_a_function():
    module = run("K = None\ndef g(): return 1\ndef f(): return K")
    before = key_of(module.f)
    module.K = module.g

    assert key_of(module.f) != before


def test_plans_keep_no_function_alive():
    def make():
        def f(data=None):
            return data

        reach(f)
        return weakref.ref(f)

    held = make()
    gc.collect()

    assert held() is None


def test_many_closures_do_not_pile_up():
    def make(big):
        return lambda: big

    class Big:
        pass

    held = []
    for _ in range(300):
        big = Big()
        held.append(weakref.ref(big))
        reach(make(big))
    del big
    gc.collect()

    assert sum(one() is not None for one in held) <= 64


def test_threads_may_reach_at_once():
    modules = [run(f"def g(): return {n}\ndef f(): return g()") for n in range(50)]
    digests = [[] for _ in range(4)]
    start = threading.Barrier(4)

    def work(out):
        start.wait()
        out.extend(reach(module.f).digest for module in modules)

    threads = [threading.Thread(target=work, args=(out,)) for out in digests]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len({tuple(out) for out in digests}) == 1
    assert len(set(digests[0])) == 50


# What is reached never raises.


def things():
    """Return what is hard to look at; not at module level, where pytest itself would look at it."""

    class Hostile:
        def __getattr__(self, name):
            raise RuntimeError(name)

        def __eq__(self, other):
            raise RuntimeError

        def __hash__(self):
            raise RuntimeError

        def __repr__(self):
            raise RuntimeError

        def __bool__(self):
            raise RuntimeError

    class HostileMeta(type):
        def __getattribute__(cls, name):
            raise RuntimeError(name)

    class HostileClass(metaclass=HostileMeta):
        pass

    class Proxy:
        @property
        def __class__(self):
            raise RuntimeError

    return [
        Hostile(),
        HostileClass,
        Proxy(),
        mock.Mock(),
        mock.MagicMock(),
        mock.call,
        types.SimpleNamespace(__wrapped__=1),
        functools.partial(Hostile, 1),
        property(),
        staticmethod(3),
        type("Odd", (), {"__wrapped__": Hostile(), "__slots__": (), "__module__": 3}),
        type("NoName", (), {"__qualname__": "A\udc80"}),
        types.ModuleType("odd\udc80"),
        weakref.proxy(threading.current_thread()),
        sys,
        object,
        type,
        print,
        [].append,
        "".join,
        int.__add__,
        dict.fromkeys,
        os.environ,
        Ellipsis,
        NotImplemented,
        iter([]),
        (one for one in ()),
        sys.__stderr__,
        threading.Lock(),
        sys._getframe(),
        gc,
        builtins,
        types.MappingProxyType({}),
        lambda: None,
        Path,
        things.__code__,
    ]


@pytest.mark.parametrize("number", range(34))
def test_nothing_that_is_reached_raises(number):
    thing = things()[number]
    space = {"__name__": "main", "thing": thing}
    exec("def f(x=thing): return thing(x), thing.a, thing['a'], thing + 1\ndef g(): return thing.b.c", space)

    for root in (thing, space["f"], space["g"]):
        walk = Walk(reach(root))
        for slot in walk.pending():
            with contextlib.suppress(LookupError):
                slot.fetch()
        walk.code(thing)


def test_reaching_runs_none_of_what_it_finds():
    ran = []
    module = run(
        "class D:\n    def __get__(self, o, t): RAN.append(1)\n"
        "class A:\n    d = D()\n    @property\n    def p(self): RAN.append(2)\n"
        "    def __getattr__(self, name): RAN.append(3)\n    def __repr__(self): RAN.append(4)\n"
        "a = A()\ndef f(): return A.d, A().p, a.x, a\nRAN = None"
    )
    module.RAN = ran
    plan = reach(module.f)
    plan.parts()

    assert ran == []


# Objects that say what stands for them.


def test_an_object_may_name_the_function_that_stands_for_it():
    module = run(
        "def g(x): return x\nclass W:\n    __lutil_own__ = True\n    def __init__(self): self.state = 0\n"
        "    @property\n    def __lutil_reach__(self): return g\n    def __call__(self, x): return g(x)\n"
        "w = W()\ndef f(x): return w(x)\ndef h(x): return g(x)"
    )
    plan = reach(module.f)
    module.w.state = 1

    assert [node.label for node in plan.nodes] == ["f", "g"]
    assert plan.slots == ()
    assert reach(module.f) is plan


def test_our_own_objects_do_not_count():
    module = run("class W:\n    __lutil_own__ = True\nw = W()\ndef f(x): return w")

    assert reach(module.f).slots == ()


# Walks.


def test_a_walk_gives_each_place_once():
    module = run("K = [1]\ndef g(): return K\ndef f(): return K, TABLE\nTABLE = {'g': g}")
    walk = Walk(reach(module.f))

    assert paths(walk.pending()) == ["K", "TABLE"]
    walk.code(module.g)
    assert walk.pending() == []


def test_a_walk_appends_the_plans_of_what_it_meets():
    module = run("L = [1]\ndef g(): return L\ndef f(): return TABLE\nTABLE = {'g': g}")
    walk = Walk(reach(module.f))
    walk.pending()
    before = walk.digest()
    first = walk.code(module.g)

    assert paths(walk.pending()) == ["L"]
    assert walk.digest() != before
    assert walk.code(module.g) == first
    assert len(walk.plans) == 2


def test_a_walk_that_meets_its_root_again_ends():
    module = run("TABLE = {}\ndef f(): return TABLE\nTABLE['f'] = f")

    assert key_of(module.f)


# Blocks.


def block(text, names=None, space=None):
    """Return the plan of a text's code as a block in these names."""
    code = compile(text, "block", "exec")
    offsets = frozenset(one.offset for one in dis.get_instructions(code) if one.opname != "RESUME")
    space = {} if space is None else space
    return reach_block(code, offsets, space if names is None else names, space, "block")


def local_block(body, names, space=None):
    """Return the plan of the body of a `with` in a function."""
    lines = "".join(f"        {line}\n" for line in body.split("\n"))
    made = {}
    exec(f"def f({', '.join(names)}):\n    with cm():\n{lines}    return 0", made)
    code = made["f"].__code__
    inner = [one for one in dis.get_instructions(code) if one.positions.lineno and one.positions.lineno > 2]
    last = max(one.positions.lineno for one in inner)
    offsets = frozenset(one.offset for one in inner if one.positions.lineno < last)
    return reach_block(code, offsets, names, {} if space is None else space, "block")


def test_a_block_reads_data_as_places_and_code_as_code():
    module = run("def clean(x): return x")
    plan = local_block("y = clean(df) + K", {"df": [1], "clean": module.clean}, {"K": 2})

    assert sorted(paths(plan.slots)) == ["K", "df"]
    assert plan.root_slots == plan.slots
    assert [node.label for node in plan.nodes] == ["block", "main.clean"]
    assert {slot.path: slot.fetch() for slot in plan.slots} == {"df": [1], "K": 2}


def test_names_that_a_block_binds_first_are_no_inputs():
    plan = local_block("a = df\nb = a + 1\nfor i in b: c = i", {"df": 1})

    assert paths(plan.slots) == ["df"]


@pytest.mark.parametrize(
    ("body", "read"),
    [
        ("if x: a = 1\ny = a", ["a", "x"]),
        ("if x: a = 1\nelse: a = 2\ny = a", ["x"]),
        ("for a in x: pass\ny = a", ["a", "x"]),
        ("a = 1\ndel a\ny = a", ["a"]),
        ("a += 1", ["a"]),
        ("a = a + x", ["a", "x"]),
        ("try: a = x()\nexcept E: pass\ny = a", ["E", "a", "x"]),
        ("with x as a: y = a", ["x"]),
        ("y = [a for a in x]", ["x"]),
        ("y = [a for i in x]", ["a", "x"]),
        ("a = 1\ny = [a for i in x]", ["x"]),
        ("y = lambda: a", ["a"]),
        ("a.append(x)", ["x"]),
    ],
)
def test_a_block_reads_what_may_be_unbound_by_itself(body, read):
    names = {"x": object(), "a": [], "E": object()}

    if "except" not in body:  # the handler's first instructions bear no line by which to choose them here
        assert sorted(paths(local_block(body, names).slots)) == read
    assert sorted(paths(block(body, names).slots)) == read
    assert sorted(paths(block(body, space=names).slots)) == read


def test_a_blocks_effects_are_apart():
    plan = local_block("calls.append(1)\ny = x", {"calls": [], "x": 1})

    assert paths(plan.slots) == ["x"]
    assert paths(plan.effects) == ["calls"]


def test_a_block_follows_the_names_of_each_run():
    code = compile("y = clean(df)", "block", "exec")
    offsets = frozenset(one.offset for one in dis.get_instructions(code))
    module = run("def clean(x): return x\ndef other(x): return -x")
    first = reach_block(code, offsets, {"df": 1, "clean": module.clean}, module.__dict__, "y")
    second = reach_block(code, offsets, {"df": 2, "clean": module.clean}, module.__dict__, "y")
    third = reach_block(code, offsets, {"df": 2, "clean": module.other}, module.__dict__, "y")

    assert first.digest == second.digest != third.digest
    assert first.nodes is second.nodes
    assert [slot.fetch() for slot in first.slots] == [1]
    assert [slot.fetch() for slot in second.slots] == [2]


def test_a_name_that_comes_to_hide_a_global_is_noticed():
    code = compile("y = clean(1)", "block", "exec")
    offsets = frozenset(one.offset for one in dis.get_instructions(code))
    module = run("def clean(x): return x\ndef other(x): return -x")
    first = reach_block(code, offsets, {}, module.__dict__, "y")
    second = reach_block(code, offsets, {"clean": module.other}, module.__dict__, "y")

    assert first.digest != second.digest


@pytest.mark.parametrize(
    ("before", "after", "same"),
    [
        ("y = x + 1", "y = x + 2", False),
        ("y = x + 1", "z = x + 1", False),
        ("y = g(x, 1)", "y = g(\nx,\n1)", True),
        ("y = x  # one", "y = x  # two", True),
        ("for i in x: y = i", "for i in x:\n    y = i", True),
        ("y = [i for i in x]", "y = [i + 1 for i in x]", False),
        ("y = x and z", "y = x or z", False),
    ],
)
def test_a_blocks_code_counts_as_a_functions_does(before, after, same):
    names = {"x": 1, "z": 2}

    assert (block(before, names).digest == block(after, names).digest) is same


def test_a_block_in_a_loop_or_handler_counts_by_its_body():
    made = {}
    exec(
        "def f(x):\n    with cm():\n        y = [x]\n        z = y\n"
        "def g(x):\n    for i in x:\n        try:\n            with cm():\n"
        "                y = [x]\n                z = y\n"
        "        except E: pass\n",
        made,
    )
    digests = []
    for name, lines in (("f", (3, 4)), ("g", (9, 10))):
        code = made[name].__code__
        inner = [one for one in dis.get_instructions(code) if one.positions.lineno in lines]
        names = {"x": [1]}
        digests.append(reach_block(code, frozenset(one.offset for one in inner), names, {}, "b").digest)

    assert digests[0] == digests[1]


# Parts and source.


def test_parts_hold_the_source_that_is_proved_to_be_the_running_one():
    module = run("def g(x):\n    # why\n    return x\n\ndef f(x):\n    return g(x)\n")
    parts = {part.path: part.kept.decode() for part in reach(module.f).parts()}

    assert parts == {"f": "def f(x):\n    return g(x)\n", "g": "def g(x):\n    # why\n    return x\n"}


def test_source_that_was_edited_since_is_not_shown(tmp_path, monkeypatch):
    file = tmp_path / "edited_since.py"
    file.write_text("def f(x):\n    return x + 1\n")
    monkeypatch.syspath_prepend(tmp_path)
    module = importlib.import_module("edited_since")
    file.write_text("def f(x):\n    return x + 2\n")

    assert [part.kept for part in reach(module.f).parts()] == [b""]


def test_parts_of_equal_code_have_equal_digests():
    one, two = run("def f(x): return x"), run("\n\ndef f(x):\n    return x")

    assert reach(one.f).parts()[0].digest == reach(two.f).parts()[0].digest


def test_a_diff_shows_no_comments_docstrings_or_formatting():
    old = 'def f(x):\n    """Say."""\n    return g(x, 1)  # one\n'
    new = "def f( x ):\n    return g(x,\n       2)\n"

    assert diff(old, new) == " def f(x):\n-    return g(x, 1)\n+    return g(x, 2)"
    assert diff(old, old.replace("# one", "# two")) == ""


def test_what_does_not_parse_is_compared_as_it_is():
    assert diff("x = (", "y = (") == "-x = (\n+y = ("


# Where project code ends.


def test_the_standard_library_and_installed_distributions_are_no_project_code():
    assert not any(map(is_project, (os, sys, functools, np, np.linalg, functools.partial, np.mean, reach, len, int)))


def test_main_and_executed_code_are_project_code():
    space = {"__name__": "anything"}
    exec("def f(): pass", space)

    assert is_project(space["f"])
    assert is_project(sys.modules["__main__"])
    assert is_project(run("def f(): pass"))


@pytest.mark.parametrize(
    ("url", "installer", "project"),
    [
        ('{"url": "file:///src", "dir_info": {}}', "pip", True),
        ('{"url": "file:///src", "dir_info": {"editable": true}}', "uv", True),
        ('{"url": "file:///home/conda/x", "dir_info": {}}', "conda", False),
        ('{"url": "https://x/y.whl", "archive_info": {}}', "pip", False),
        (None, "pip", False),
    ],
)
def test_what_was_installed_from_a_folder_is_project_code(tmp_path, url, installer, project):
    site = tmp_path / "site-packages"
    info = site / "team_tools-1.0.dist-info"
    info.mkdir(parents=True)
    (info / "INSTALLER").write_text(installer)
    (info / "RECORD").write_text("team_tools/__init__.py,,\nsingle.py,,\nteam_tools-1.0.dist-info/RECORD,,\n")
    if url is not None:
        (info / "direct_url.json").write_text(url)
    package, single = types.ModuleType("team_tools.core"), types.ModuleType("single")
    package.__file__, single.__file__ = str(site / "team_tools" / "core.py"), str(site / "single.py")

    assert [is_project(package), is_project(single)] == [project, project]


def test_versions_come_from_the_module_or_the_folder_beside_it(tmp_path, monkeypatch):
    site = tmp_path / "site-packages"
    (site / "odd_tools-3.4.dist-info").mkdir(parents=True)
    (site / "odd_tools.py").write_text("")
    monkeypatch.syspath_prepend(site)
    importlib.import_module("odd_tools")
    numpy = importlib.import_module("numpy")

    assert version_of("numpy") == ("numpy", numpy.__version__)
    assert version_of("odd_tools") == ("odd_tools", "3.4")
    assert version_of("os") is None
    assert version_of("there_is_no_such_module") is None


def test_the_commit_of_a_library_from_a_repository_is_part_of_its_version(tmp_path, monkeypatch):
    info = tmp_path / "site-packages" / "odd_kit-3.4.dist-info"
    info.mkdir(parents=True)
    (info / "RECORD").write_text("odd_kit.py,,\n")
    (info / "direct_url.json").write_text('{"url": "https://x/y", "vcs_info": {"vcs": "git", "commit_id": "0a1b"}}')
    (info.parent / "odd_kit.py").write_text("")
    monkeypatch.syspath_prepend(info.parent)
    importlib.import_module("odd_kit")

    assert version_of("odd_kit") == ("odd_kit", "3.4+0a1b")
    assert LibraryPolicy("minor").count([version_of("odd_kit")]) == (("odd_kit", "3.4"),)


def test_the_libraries_that_reached_code_uses_are_listed():
    with program(
        "import helpers\ndef f(x): return helpers.g(x)\n#: helpers\nimport numpy as np\ndef g(x): return np.mean(x)"
    ) as m:
        assert reach(m.f).libraries == (("numpy", np.__version__),)


def test_a_policy_says_how_much_of_a_version_counts():
    found = [("numpy", "2.1.3"), ("tqdm", "4.67.1"), ("scikit-learn", "1.5.2"), ("openai", "1.2")]

    assert LibraryPolicy().count(found) == (("numpy", "2.1.3"), ("scikit-learn", "1.5.2"))
    assert LibraryPolicy("minor", {"scikit_learn": "ignore"}).count(found) == (("numpy", "2.1"),)
    assert LibraryPolicy("exact", {"scikit-learn": "minor"}).count([("sklearn", "1.5.2")]) == (("sklearn", "1.5"),)
    assert LibraryPolicy("ignore", {"OpenAI": "exact"}).count(found) == (("openai", "1.2"),)


def test_a_library_that_is_patched_with_project_code_reaches_it(monkeypatch):
    module = run("import numpy as np\ndef mine(x): return 1\ndef f(x): return np.mean(x)")
    before = reach(module.f).digest
    monkeypatch.setattr(np, "mean", module.mine)

    assert reach(module.f).digest != before
    assert [node.label for node in reach(module.f).nodes] == ["f", "mine"]


# Across processes.


def in_process(folder, script, *, seed="0", cwd=None):
    """Return what a script prints that can import from a folder."""
    environment = {**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": os.pathsep.join([str(folder), *sys.path])}
    done = subprocess.run(
        [sys.executable, "-W", "ignore", *script],
        env=environment,
        cwd=cwd,
        capture_output=True,
        check=True,
        text=True,
    )
    return done.stdout.split()


SCRIPT = """
import helpers
K = [1]
class A:
    def m(self, x): return helpers.g(x) + K[0]
def f(x): return A().m(x)
if __name__ == "__main__":
    from Lutil.checkpoints.code import reach
    print(reach(f).digest.hex())
"""
HELPERS = "def g(x):\n    return x\n"
PRINT = "from Lutil.checkpoints.code import reach; from {0} import f; print(reach(f).digest.hex())"


def test_a_script_that_is_run_imported_renamed_or_moved_has_one_digest(tmp_path):
    for name, place in (("script", tmp_path / "one"), ("renamed", tmp_path / "two" / "three")):
        place.mkdir(parents=True)
        (place / f"{name}.py").write_text(SCRIPT)
        (place / "helpers.py").write_text(HELPERS)
    one, two = tmp_path / "one", tmp_path / "two" / "three"
    digests = [
        in_process(one, [str(one / "script.py")], seed="1"),
        in_process(one, ["-c", PRINT.format("script")], seed="2"),
        in_process(two, ["-c", PRINT.format("renamed")], seed="3"),
        in_process(two, [str(two / "renamed.py")], cwd="/"),
    ]

    assert len({tuple(digest) for digest in digests}) == 1


def test_a_function_shipped_by_value_has_the_key_it_has_at_home(tmp_path):
    (tmp_path / "home.py").write_text(
        "import sys, cloudpickle\nimport helpers\nK = [1]\n"
        "class A:\n    k = 2\n    def m(self, x): return helpers.g(x) + K[0]\n"
        "def make(n):\n    def f(x, y=(1, [2])): return A().m(x) + n\n    return f\nf = make(3)\n"
        "if __name__ == '__main__':\n    sys.path.insert(0, sys.argv[1])\n    from _code_programs import key_of\n"
        "    cloudpickle.dump(f, open(sys.argv[2], 'wb'))\n    print(key_of(f).replace(' ', ''))\n"
    )
    (tmp_path / "helpers.py").write_text(HELPERS)
    here, file = str(Path(__file__).parent), str(tmp_path / "f.pickle")
    home = in_process(tmp_path, [str(tmp_path / "home.py"), here, file])
    away = in_process(
        tmp_path,
        [
            "-c",
            (
                f"import sys, pickle; sys.path.insert(0, {here!r}); from _code_programs import key_of\n"
                f"print(key_of(pickle.load(open({file!r}, 'rb'))).replace(' ', ''))"
            ),
        ],
    )

    assert home == away


LAZY = "import sys; sys.path.insert(0, {0!r}); from _code_programs import key_of\nimport lazy\n"


def test_a_module_imported_by_a_run_does_not_change_the_key_of_that_run(tmp_path):
    (tmp_path / "lazy.py").write_text(
        "def f():\n    import inner\n    from pack import deep\n    return inner.g(), deep.h()\n"
    )
    (tmp_path / "inner.py").write_text("from innermost import K\ndef g(): return K\n")
    (tmp_path / "innermost.py").write_text("K = 1\n")
    (tmp_path / "pack").mkdir()
    (tmp_path / "pack" / "__init__.py").write_text("")
    (tmp_path / "pack" / "deep.py").write_text("def h(): return 1\n")
    script = LAZY.format(str(Path(__file__).parent)) + (
        "print(key_of(lazy.f)); assert 'inner' not in sys.modules; lazy.f(); print(key_of(lazy.f))"
    )
    first = in_process(tmp_path, ["-c", script])
    (tmp_path / "inner.py").write_text("from innermost import K\n# no change\ndef g(): return K\n")
    commented = in_process(tmp_path, ["-c", script])
    (tmp_path / "innermost.py").write_text("K = 2\n")
    changed = in_process(tmp_path, ["-c", script])
    (tmp_path / "pack" / "deep.py").write_text("def h(): return 2\n")
    deeper = in_process(tmp_path, ["-c", script])

    assert first == commented
    assert [len(set(keys)) for keys in (first, changed, deeper)] == [1, 1, 1]
    assert len({first[0], changed[0], deeper[0]}) == 3


def test_importing_the_room_imports_nothing_slow(tmp_path):
    script = (
        "import sys; import Lutil.checkpoints.code; "
        "print([m for m in ('numpy', 'pandas', 'IPython', 'cloudpickle', 'importlib.metadata', 'rich', "
        "'click', 'tomllib') if m in sys.modules])"
    )

    assert in_process(tmp_path, ["-c", script]) == ["[]"]


# Bytecode.


def test_the_table_of_stack_effects_is_that_of_this_interpreter():
    known = {**_refs.FLOWS, **_refs.TAKES}
    wrong = {}
    for name, (taken, put) in known.items():
        number = opcode.opmap.get(name)
        if number is not None and name != "RETURN_GENERATOR":  # its value is taken off by what follows
            effect = opcode.stack_effect(number, 1 if number >= opcode.HAVE_ARGUMENT else None)
            if effect != put - taken:
                wrong[name] = effect

    assert wrong == {}


def test_every_instruction_of_the_standard_library_is_known():
    names = set()
    for module in (argparse, asyncio.tasks, dataclasses, subprocess, typing):
        for code in functions_of(module):
            names.update(one[1] for one in decode(code))
    known = {*_abstract_run.BY_WAY, *_steps.STEPS}

    assert names - known == set()


def functions_of(module):
    waiting = [compile(Path(module.__file__).read_text("utf-8"), module.__file__, "exec")]
    for code in waiting:
        waiting += [one for one in code.co_consts if isinstance(one, types.CodeType)]
    return waiting[1:]


def formatting(files):
    """Return how many functions there were, and how many differ by formatting alone."""
    file = Path(__file__).parents[2] / "benchmarks" / "code.py"
    spec = importlib.util.spec_from_file_location("benchmark_of_code", file)
    benchmark = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(benchmark)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of compiling other people's files
        return benchmark.formatting(files)


def test_formatting_alone_shows_in_one_function_of_a_thousand_at_most():
    count, differ = formatting(30)

    assert count > 300
    assert differ <= count / 1000


@pytest.mark.long
def test_formatting_alone_hardly_shows_in_the_standard_library():
    count, differ = formatting(10000)

    assert count > 10000
    assert differ <= count / 3000


# Compiled code.


def test_an_extension_module_of_the_project_counts_by_its_file(tmp_path):
    digests = []
    for content in (b"one", b"one", b"two"):
        file = tmp_path / f"fast{EXTENSION_SUFFIXES[0]}"
        file.write_bytes(content)
        os.utime(file, ns=(len(digests), len(digests)))
        text = "import fast\ndef f(x): return fast.solve\ndef g(x): return solve\n#: fast\n"
        with program(text) as module:
            solve = types.FunctionType(dis.dis.__code__, {"__name__": "dis", "__file__": dis.__file__})
            sys.modules["fast"].__file__ = str(file)
            sys.modules["fast"].solve = Compiled("fast", "solve", solve)
            module.solve = sys.modules["fast"].solve
            digests.append((reach(module.f).digest, reach(module.g).digest))

    assert digests[0] == digests[1]
    assert digests[0][0] != digests[2][0]
    assert digests[0][1] != digests[2][1]


class Compiled:
    """Looks like what Cython makes of a function."""

    def __init__(self, module, name, call):
        self.__module__ = module
        self.__qualname__ = name
        self.call = call

    def __call__(self):
        return self.call()


Compiled.__name__ = "cython_function_or_method"


def test_a_loaded_shared_library_counts_by_its_file(tmp_path):
    ctypes = pytest.importorskip("ctypes")
    source = next(Path(sys.base_prefix).rglob("lib-dynload/_json*.so"), None)
    if source is None:
        pytest.skip("no shared library at hand")
    first, second = tmp_path / "one.so", tmp_path / "two.so"
    first.write_bytes(source.read_bytes())
    second.write_bytes(source.read_bytes() + b"more")
    module = run("lib = None\ndef f(x): return lib.solve(x)")
    digests = []
    for file in (first, second):
        module.lib = ctypes.CDLL(str(file))
        digests.append(reach(module.f).digest)

    assert digests[0] != digests[1]


def test_many_functions_of_one_piece_of_code_are_told_apart_without_comparing_each_with_all(monkeypatch):
    looked = []
    monkeypatch.setattr(_walk, "_likeness", lambda plan, like=_walk._likeness: looked.append(1) or like(plan))
    walk = _walk.Walk(reach(lambda: 0))
    held = [[n] for n in range(200)]
    codes = [walk.code(lambda one=one: one) for one in held]
    assert len(set(codes)) == len(walk.plans) - 1 == 200
    assert walk.code(list(walk._known.values())[7][0]) == codes[7]
    assert len(looked) <= 201
