"""A program leaves the same behind without a cache, with an empty one, with a full one, and with that of its neighbour.

Programs are generated: draws, calls of checkpointed functions, blocks, changes in place of arguments, globals and
cells, files, prints. Compared is all that can be seen afterwards: values, sharing, streams. Effects are left out.
"""

from __future__ import annotations

import os
import tempfile
import textwrap
from pathlib import Path
from typing import NamedTuple

import pytest
from equivalence_support import Runner
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from running import SOURCE

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="programs are run in forked children")

PRELUDE = """\
import random
from pathlib import Path
import numpy as np
from Lutil.checkpoints import InlineCheckpoint, checkpoint

class Thing:
    def __init__(self):
        self.n = 0
        self.items = [5]
        self.rng = np.random.default_rng(9)
    @checkpoint
    def step(self, y):
        ran("step")
        self.n += y
        self.items.append(float(self.rng.random()))
        return self

def ran(name):
    CALLS.append(name)

def touch(x):
    if isinstance(x, list):
        x.append(len(x))
    elif isinstance(x, dict):
        x["n"] = x.get("n", 0) + 1
    elif isinstance(x, Thing):
        x.n += 1
        x.items.append(x.n)
    elif isinstance(x, np.ndarray):
        x += 1
    elif isinstance(x, np.random.Generator):
        x.random()

def make():
    box, gen = [0], np.random.default_rng(11)
    @checkpoint
    def cellular(y):
        ran("cellular")
        box.append(y + len(box))
        return [float(gen.random()), box]
    return cellular, lambda: (list(box), gen.bit_generator.state)

def remembered(y):
    if y not in MEMO:
        MEMO[y] = y * y
    return MEMO[y]

CALLS, MEMO = [], {}
ITEMS, STATE, ARR, THING, COUNT = [1], {"n": 0, "k": [1]}, np.arange(3.0), Thing(), 1
GEN, PYGEN = np.random.default_rng(7), random.Random(7)
Path("data.txt").write_text("0")
random.seed(1)
np.random.seed(1)
cellular, peek = make()
L0, D0, T0, A0, R0, V0, V1 = [1], {"n": 0}, Thing(), np.zeros(2), np.random.default_rng(3), 0, 1
L1 = L0
"""
FINALE = "in_the_cell = peek()\n"
NAMES = ("L0", "L1", "D0", "T0", "A0", "R0", "V0", "V1")
READ = (*NAMES, "ITEMS", "STATE", "ARR", "THING", "GEN", "PYGEN", "COUNT")

BODY = [
    "s.append(random.random())",
    "s.append(float(np.random.rand()))",
    "s.append(float(GEN.random()))",
    "s.append(PYGEN.random())",
    "random.seed(y)",
    "np.random.seed(3)",
    "touch(x)",
    "touch(x); s.append(x)",
    "s.append(x)",
    "touch(ITEMS); s.append(len(ITEMS))",
    "touch(STATE); s.append(STATE['n'])",
    "STATE['k'].append(y); s.append(len(STATE['k']))",
    "STATE['k'] = s; s.append(len(STATE))",
    "touch(ARR); s.append(float(ARR.sum()))",
    "touch(THING); s.append(THING.n)",
    "THING.items = s; s.append(THING.n)",
    "COUNT = COUNT * 2 + y; s.append(COUNT)",
    "ITEMS = [*ITEMS, y]; s.append(len(ITEMS))",
    "s.append(ITEMS)",
    "s.append(THING.step(y))",
    "s.append(cellular(y))",
    "s.append(remembered(y))",
    "s.append(Path('data.txt').read_text())",
    "s.append(Path('late.txt').exists())",
    "Path('out.txt').write_text(str(y)); s.append(Path('out.txt').read_text())",
    "print('working', y, s)",
]
RETURNS = [
    "s",
    "(s, x)",
    "x",
    "{'a': s, 'b': s}",
    "np.arange(3.0) + len(s)",
    "len(s)",
    "None",
    "[s, ITEMS, STATE]",
    "GEN",
]
BINDING = ["{V} = random.random()", "{V} = [{X}, {X}]", "{V} = T0.step({n})", "{V} = cellular({n})", "{V} = {X}"]
CALLING = [
    "{V} = f0({X})",
    "{V} = f1({X}, {n})",
    "{V} = f2({X})",
    "{V} = f2(GEN)",
    "{V} = f1(ITEMS)",
    "{V} = f0({X}, y={n})",
]
CHANGING = [
    "touch({X})",
    "touch(ITEMS)",
    "touch(STATE)",
    "touch(THING)",
    "D0['k'] = {X}",
    "D0['new'] = {n}",
    "T0.items = L0",
    "random.random()",
    "np.random.rand()",
    "GEN.random()",
    "random.seed({n})",
    "np.random.seed({n})",
]
REBINDING = ["L1 = L0", "L0 = [1]", "D0 = {{'n': 0}}", "T0 = Thing()", "A0 = np.zeros(2)", "R0 = np.random.default_rng(3)",
             "L0, L1 = [L1], L0", "COUNT = COUNT + {n}"]  # fmt: skip
OUTSIDE = ["Path('data.txt').write_text('{n}')", "Path('late.txt').touch()"]


def filled(draw, template):
    """Return a statement with its names and numbers drawn."""
    return template.format(
        V=draw(st.sampled_from(("V0", "V1"))), X=draw(st.sampled_from(NAMES)), n=draw(st.integers(0, 2))
    )


@st.composite
def functions(draw):
    """Return three checkpointed functions; a later one may call the earlier ones."""
    made = []
    for number in range(3):
        calls = [f"s.append(f{inner}({argument}))" for inner in range(number) for argument in ("x", "y", "ITEMS")]
        body = draw(st.lists(st.sampled_from(BODY + calls), min_size=1, max_size=4))
        lines = ["global COUNT, ITEMS", f"ran('f{number}')", "s = [y]", *body]
        lines.append(f"return {draw(st.sampled_from(RETURNS))}")
        made.append(f"@checkpoint\ndef f{number}(x, y=1):\n" + textwrap.indent("\n".join(lines), "    ") + "\n")
    return made


@st.composite
def statements(draw):
    """Return one statement of a program."""
    kind = draw(st.sampled_from(["call"] * 4 + ["block"] * 3 + ["bind", "change", "change", "rebind", "outside"]))
    if kind == "block":
        listed = draw(st.booleans())
        first = filled(draw, draw(st.sampled_from(BINDING + CALLING)))
        changes = st.sampled_from(CHANGING if listed else CHANGING + REBINDING + CALLING)
        body = [first, *(filled(draw, template) for template in draw(st.lists(changes, max_size=2)))]
        lists = f"watch={list(READ)}, produce=[{first[:2]!r}]" if listed else ""
        lines = ["ran('block')", *body]
        return f"with InlineCheckpoint({lists}):\n" + textwrap.indent("\n".join(lines), "    ")
    pool = {"call": CALLING, "bind": BINDING, "change": CHANGING, "rebind": REBINDING, "outside": OUTSIDE}[kind]
    return filled(draw, draw(st.sampled_from(pool)))


class Pair(NamedTuple):
    """A program and a neighbour of it, without what all programs have in common."""

    program: str
    neighbour: str

    def __repr__(self):
        return f"\n{self.program}\n--- and its neighbour\n{self.neighbour}"


@st.composite
def programs(draw):
    """Return a program and a neighbour of it: one statement of its main part is left out, said twice or another."""
    head = draw(functions())
    main = draw(st.lists(statements(), min_size=2, max_size=8))
    at = draw(st.integers(0, len(main) - 1))
    how = draw(st.sampled_from(["leave out", "twice", "another"]))
    other = {"leave out": [], "twice": [main[at]] * 2, "another": [draw(statements())] if how == "another" else []}[how]
    return Pair("\n".join(head + main), "\n".join(head + main[:at] + other + main[at + 1 :]))


@pytest.fixture(scope="module")
def runner():
    """Run programs in forked children."""
    made = Runner(SOURCE)
    yield made
    made.close()


def check(runner, program, neighbour):
    """Run both programs in all ways, and see that nothing can be told from what they leave."""
    with tempfile.TemporaryDirectory(prefix="equivalence ") as place:
        folder = Path(place)

        def run(text, **environment):
            (folder / "main.py").write_text(f"{PRELUDE}{text}\n{FINALE}")
            (folder / "late.txt").unlink(missing_ok=True)
            return runner(folder, **environment)

        plain = run(program, LUTIL_DISABLE="1")
        cold = run(program)
        same(cold, plain, "with an empty cache")
        warm = run(program)
        same(warm, plain, "with a full cache")
        if not any(text.startswith("NotSaved") for text in cold["said"]):
            assert not warm["ran"], f"a needless run of {warm['ran']}"
        plain = run(neighbour, LUTIL_DISABLE="1")
        same(run(neighbour), plain, "with the cache of its neighbour")


def same(found, plain, how):
    """See that a run left what the plain one has left."""
    differing = {name: (plain["left"].get(name), value) for name, value in found["left"].items()
                 if plain["left"].get(name) != value}  # fmt: skip
    assert not differing, f"{how}: {differing}\n{found['said']}\n{found['where']}"
    assert found["left"].keys() == plain["left"].keys(), how


FOUND = {
    "a memo is filled beside a global that gets a part of the result": """
@checkpoint
def f0(x, y=1):
    ran('f0')
    s = [y]
    THING.items = s; s.append(THING.n)
    s.append(remembered(y))
    return s
V0 = f0(L0)
V0 = f0(L0)
""",
    "an argument that is a tuple comes back": """
@checkpoint
def f1(x, y=1):
    ran('f1')
    return [y], x
V1 = f1(L0, 0)
V0 = f1(V1, 0)
""",
    "a block draws after calls that drew": """
@checkpoint
def f0(x, y=1):
    ran('f0')
    return random.random()
V0 = f0(L0)
V0 = f0(L0)
with InlineCheckpoint():
    ran('block')
    V0 = random.random()
V1 = random.random()
""",
}
"""Programs that told the difference once, at their smallest."""


@pytest.mark.parametrize("name", FOUND)
def test_a_program_that_told_the_difference_once_tells_it_no_more(runner, name):
    check(runner, FOUND[name], FOUND[name] + "V0 = 5\n")


QUIET = [HealthCheck.too_slow, HealthCheck.function_scoped_fixture, HealthCheck.data_too_large]


@settings(
    max_examples=60,
    deadline=None,
    derandomize=True,
    report_multiple_bugs=False,
    suppress_health_check=QUIET,
    database=None,
)
@given(pair=programs())
def test_a_program_leaves_the_same_behind_with_and_without_a_cache(runner, pair):
    check(runner, *pair)


@pytest.mark.long
@settings(max_examples=1000, deadline=None, report_multiple_bugs=False, suppress_health_check=QUIET, database=None)
@given(pair=programs())
def test_a_thousand_programs_leave_the_same_behind_with_and_without_a_cache(runner, pair):
    check(runner, *pair)
