"""Programs for the equivalence test: what they have in common, and how the rest of them is drawn."""

from __future__ import annotations

import textwrap
from typing import NamedTuple

from hypothesis import strategies as st

__all__ = ["FINALE", "PRELUDE", "Pair", "programs"]

PRELUDE = """\
import os
import random
from collections import OrderedDict, deque
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
import numpy as np
import pandas as pd
from Lutil.checkpoints import InlineCheckpoint, checkpoint

class Thing:
    shared = [0]
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
    @checkpoint
    def join(self, other, y=1):
        ran("join")
        self.other = other
        touch(other)
        if y == 2:
            self.items = [y]
        if y == 0 and hasattr(self, "extra"):
            del self.extra
        return self.items

@dataclass
class Row:
    n: int = 0
    tags: list = field(default_factory=list)

class Slotted:
    __slots__ = ("n", "rows")
    def __init__(self):
        self.n = 0
        self.rows = [Row()]

def ran(name):
    CALLS.append(name)

def fail(y):
    if y == 2:
        FAILED.append(y)
        raise ValueError(y)

def touch(x):
    if isinstance(x, OrderedDict):
        x.move_to_end(next(iter(x)))
    elif isinstance(x, (list, deque)):
        x.append(len(x))
    elif isinstance(x, dict):
        x["n"] = x.get("n", 0) + 1
    elif isinstance(x, set):
        x.add(len(x) + 7)
    elif isinstance(x, Thing):
        x.n += 1
        x.items.append(x.n)
    elif isinstance(x, Row):
        x.n += 1
        x.tags.append(x.n)
    elif isinstance(x, Slotted):
        x.n += 1
        touch(x.rows[0])
    elif isinstance(x, np.ndarray):
        x += 1
    elif isinstance(x, pd.DataFrame):
        x["c" + str(len(x.columns))] = range(len(x))
    elif isinstance(x, np.random.Generator):
        x.random()
    elif isinstance(x, tuple):
        for part in x:
            touch(part)

def inside(x):
    if isinstance(x, dict):
        return [*x.values()]
    return [*x] if isinstance(x, (list, tuple, deque)) else []

def make():
    box, gen, count = [0], np.random.default_rng(11), 0
    @checkpoint
    def cellular(y):
        nonlocal count
        ran("cellular")
        count += y
        box.append(y + len(box))
        return [float(gen.random()), box, count]
    return cellular, lambda: (list(box), gen.bit_generator.state, count)

def remembered(y):
    if y not in MEMO:
        MEMO[y] = y * y
    return MEMO[y]

def read(name):
    return Path(name).read_text()

def in_a_thread(name):
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(read, name).result()

@checkpoint
def reader(name):
    ran("reader")
    return [read(name)]

@checkpoint
def gathered(x, acc=[0]):
    ran("gathered")
    acc.append(len(acc))
    return acc

def local(x, y):
    before = [y]
    with InlineCheckpoint():
        ran("local")
        z = [x, before]
        before.append(random.random())
        w = {"y": y}
    w["z"] = z
    return w, before

def listed(x, y):
    with InlineCheckpoint(watch=["x", "y"], produce=["z"]):
        ran("listed")
        touch(x)
        z = (x, [y])
    return z

CALLS, MEMO, FAILED = [], {}, []
ITEMS, STATE, ARR, THING, COUNT = [1], {"n": 0, "k": [1]}, np.arange(3.0), Thing(), 1
GEN, PYGEN = np.random.default_rng(7), random.Random(7)
DEEP = {"a": [ITEMS, {"b": [1]}], "q": deque([1], 3), "s": {1}, "rows": [Row(n) for n in range(2)]}
Path("data.txt").write_text("0")
Path("chain.txt").write_text("0")
os.makedirs("d", exist_ok=True)
random.seed(1)
np.random.seed(1)
cellular, peek = make()
L0, D0, T0, A0, R0, V0, V1 = [1], {"n": 0}, Thing(), np.zeros(4), np.random.default_rng(3), 0, 1
L1, W0, F0, Q0, S0 = L0, A0[1:3], pd.DataFrame({"a": [1, 2]}), deque([1]), {1}
O0, P0, X0 = OrderedDict(a=1, b=L0), Slotted(), {"l": L0, "in": [{"l": L0}, (D0, [0])]}
"""
FINALE = """\
in_the_cell = peek()
in_the_class = Thing.shared
in_the_default = gathered.__wrapped__.__defaults__
on_common_memory = [isinstance(a, np.ndarray) and np.shares_memory(a, W0) for a in (A0, V0, V1)]
"""
NAMES = ("L0", "L1", "D0", "T0", "A0", "W0", "F0", "Q0", "S0", "O0", "P0", "X0", "R0", "V0", "V1")
READ = (*NAMES, "ITEMS", "STATE", "ARR", "THING", "DEEP", "GEN", "PYGEN", "COUNT")

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
    "s.extend(inside(x))",
    "for part in inside(x): touch(part)",
    "touch(ITEMS); s.append(len(ITEMS))",
    "touch(STATE); s.append(STATE['n'])",
    "STATE['k'].append(y); s.append(len(STATE['k']))",
    "STATE['k'] = s; s.append(len(STATE))",
    "STATE['k'] = []; s.append(len(STATE))",
    "del ITEMS[1 : y + 1]; s.append(len(ITEMS))",
    "touch(ARR); s.append(float(ARR.sum()))",
    "ARR[:1] = y; s.append(ARR)",
    "touch(THING); s.append(THING.n)",
    "THING.items = s; s.append(THING.n)",
    "Thing.shared.append(y); s.append(len(Thing.shared))",
    "touch(DEEP['a'][1]['b']); touch(DEEP['q']); s.append(len(DEEP['q']))",
    "touch(DEEP['s']); touch(DEEP['rows'][0]); s.append(DEEP['rows'])",
    "DEEP['a'].append(x); s.append(len(DEEP['a']))",
    "COUNT = COUNT * 2 + y; s.append(COUNT)",
    "ITEMS = [sum(ITEMS) + 100, *ITEMS]; s.append(len(ITEMS))",  # never an equal: that would leave the name as it was
    "s.append(ITEMS)",
    "s.append(THING.step(y))",
    "s.append(THING.join(x, y))",
    "s.append(cellular(y))",
    "s.append(gathered(x))",
    "s.append(local(x, y))",
    "s.append(listed(x, y))",
    "s.append(remembered(y))",
    "s.append(read('data.txt'))",
    "s.append(reader('data.txt'))",
    "s.append(in_a_thread('data.txt'))",
    "s.append(reader('chain.txt'))",
    "s.append(sorted(os.listdir('d')))",
    "s.append(Path('late.txt').exists())",
    "Path('out.txt').write_text(str(y)); s.append(Path('out.txt').read_text())",
    "print('working', y, s)",
    "fail(y)",
]
RETURNS = [
    "s",
    "(s, x)",
    "x",
    "{'a': s, 'b': s}",
    "np.arange(3.0) + len(s)",
    "x[:1] if isinstance(x, np.ndarray) else s",
    "pd.DataFrame({'n': [len(s)]})",
    "len(s)",
    "None",
    "[s, ITEMS, STATE]",
    "DEEP",
    "DEEP['a']",
    "GEN",
    "Row(len(s), s)",
]
BINDING = ["{V} = random.random()", "{V} = [{X}, {X}]", "{V} = T0.step({n})", "{V} = T0.join({X}, {n})",
           "{V} = cellular({n})", "{V} = {X}", "{V} = gathered({X})", "{V} = local({X}, {n})", "{V} = listed({X}, {n})",
           "{V} = reader('data.txt')", "{V} = reader('chain.txt')"]  # fmt: skip
CALLING = [
    "{V} = f0({X})",
    "{V} = f1({X}, {n})",
    "{V} = f2({X})",
    "{V} = f2(GEN)",
    "{V} = f1(ITEMS)",
    "{V} = f1(DEEP)",
    "{V} = f0({X}, y={n})",
    "{V} = f2(({X}, {X}))",
]
CHANGING = [
    "touch({X})",
    "touch(ITEMS)",
    "touch(STATE)",
    "touch(THING)",
    "touch(DEEP)",
    "D0['k'] = {X}",
    "D0['new'] = {n}",
    "D0.pop('k', None)",
    "T0.items = L0",
    "T0.extra = {X}",
    "X0['in'][0]['more'] = {X}",
    "P0.rows.append({X})",
    "del L0[:{n}]",
    "A0[1] = {n}",
    "F0.loc[0, 'a'] = {n}",
    "F0['new'] = {n}",
    "random.random()",
    "np.random.rand()",
    "GEN.random()",
    "random.seed({n})",
    "np.random.seed({n})",
]
REBINDING = ["L1 = L0", "L0 = [1]", "D0 = {{'n': 0}}", "T0 = Thing()", "A0 = np.zeros(4)", "W0 = A0[:2]",
             "F0 = pd.DataFrame({{'a': [1, 2]}})", "R0 = np.random.default_rng(3)", "L0, L1 = [L1], L0", "COUNT = COUNT + {n}",
             "X0 = {{'l': L0, 'in': [{{}}, L1]}}", "P0 = Slotted()", "held = [{X}]; {V} = held; del held"]  # fmt: skip
OUTSIDE = ["Path('data.txt').write_text('{n}')", "Path('late.txt').touch()", "Path('d', '{n}').touch()",
           "Path('chain.txt').write_text(str({V})[:1])", "del {V}; {V} = {n}", "Thing.shared.append({n})"]  # fmt: skip


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
    if kind == "call" and draw(st.booleans()):
        line = filled(draw, draw(st.sampled_from(CALLING)))
        return f"try:\n    {line}\nexcept ValueError as error:\n    V0 = str(error)"
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
