"""P1: what passes for an effect counts where it tells the computation something: what is listened to, begun with, set."""

from __future__ import annotations

import textwrap

import pytest

SHOWN = {
    "a file of its own": "b = io.StringIO(); print(K, file=b); return b.getvalue()",
    "a helper that is listened to": """
        with contextlib.redirect_stdout(io.StringIO()) as b:
            say()
        return b.getvalue()""",
    "a stream that is put in place": """
        old, sys.stdout = sys.stdout, io.StringIO()
        try:
            say()
            return sys.stdout.getvalue()
        finally:
            sys.stdout = old""",
    "warnings": """
        with warnings.catch_warnings(record=True) as found:
            warnings.simplefilter("always")
            warnings.warn(K)
        return str(found[0].message)""",
    "a log": """
        class Kept(logging.Handler):
            def emit(self, record): found.append(record.getMessage())
        found, log = [], logging.getLogger("mine")
        log.handlers, log.propagate = [Kept()], False
        log.warning(K)
        log.handlers = []
        return found""",
}


@pytest.mark.parametrize("how", SHOWN)
def test_what_is_shown_counts_where_the_code_looks_at_it(program, how):
    text = f"""
import contextlib, io, logging, sys, warnings
from Lutil.checkpoints import checkpoint
K = "first"
def say(): print(K)
@checkpoint
def f():
{textwrap.indent(textwrap.dedent(SHOWN[how].lstrip(chr(10))), "    ")}
print(f())
"""
    program.write(text)
    first = [program.run(), program.run()]
    program.write(text.replace("first", "second"))
    assert first[0] == first[1]
    assert program.run() == first[0].replace("first", "second")


START = """
    from Lutil.checkpoints import checkpoint, InlineCheckpoint
    class Base:
        value, items = {start}, []
    class Ema(Base):
        def update(self, v): self.value = self.value * 0.5 + v
        def more(self, v): self.value += v
        def grow(self, v): self.items = self.items + [v]
    @checkpoint
    def made():
        print("ran", end=" ")
        e = Ema()
        e.update(1), e.more(2), e.grow(3)
        return e
    @checkpoint
    def changed(e):
        print("ran", end=" ")
        e.more(1)
    with InlineCheckpoint():
        print("ran", end=" ")
        e = Ema()
        e.update(4)
    first, second = made(), Ema()
    changed(second)
    print(first.value, first.items, second.value, e.value)
"""


def test_what_an_attribute_of_an_instance_begins_with_counts(program):
    """It flows into the instance, which is a result, or an input that the run changes."""
    for start, ran in ((0, 3), (100, 3), (0, 0)):
        program.write(START.format(start=start))
        told = f"{start / 2 + 3} [3] {start + 1} {start / 2 + 4}"
        assert program.run() == "ran " * ran + told + "\n"


def test_a_counter_of_a_class_is_no_input(program):
    program.write("""
        from Lutil.checkpoints import checkpoint
        class Counts:
            calls = made = seen = 0
            @classmethod
            def count(cls): cls.made += 1
            def note(self): type(self).calls += 1; self.__class__.seen += 1
        @checkpoint
        def f(x):
            print("ran", end=" ")
            Counts.count(), Counts().note()
            return x
        print(f(1), f(1), f(2))
    """)
    assert program.run() == "ran ran 1 1 2\n"
    assert program.run() == "1 1 2\n"


GROWING = {
    "counted": "N[k] = N.get(k, 0) + v; return N[k]",
    "counted by name": "n = N.get(k, 0) + v; N[k] = n; return N[k]",
    "added to": "N.setdefault(k, 0); N[k] += v; return N[k]",
    "asked first": "if k not in N: N[k] = 0\n        N[k] += v; return N[k]",
    "grouped": "N.setdefault(k, []).append(v); return len(N[k])",
    "grouped by a default": "D[k].append(v); return len(D[k])",
    "counted by a default": "C[k] += v; return C[k]",
    "counted in an object": "return held.add(k, v)",
    "grouped in an object": "return held.put(k, v)",
    "counted in a class": "return Held.count(k, v)",
}
HELD = """
    class Held:
        all = {}
        def __init__(self): self.some, self.kept = {}, {}
        def add(self, k, v):
            self.some[k] = self.some.get(k, 0) + v
            return self.some[k]
        def put(self, k, v):
            self.some.setdefault(k, []).append(v)
            return len(self.some[k])
        @classmethod
        def count(cls, k, v):
            cls.all[k] = cls.all.get(k, 0) + v
            return cls.all[k]
        def keep(self, k, v):
            if k not in self.kept: self.kept[k] = v
            return self.kept[k]
    held = Held()
"""


@pytest.mark.parametrize("how", GROWING)
def test_a_dict_whose_items_a_run_reads_and_makes_more_of_is_state(program, how):
    program.write(f"""
    from collections import Counter, defaultdict
    from Lutil.checkpoints import checkpoint
    N, D, C = {{}}, defaultdict(list), Counter(){HELD}
    @checkpoint
    def f(k, v):
        print("ran", end=" ")
        {GROWING[how]}
    print(f("a", 1), f("a", 1), f("b", 1), f("a", 1), N or dict(D) or dict(C) or held.some or Held.all)
    """)
    told = program.run()
    assert told.startswith("ran ran ran ran 1 2 1 3 {'a': ")
    assert program.run() == told.removeprefix("ran ran ran ran ")


KEEPING = {
    "by a test": "if k not in N: N[k] = v\n        return N[k]",
    "by what it gives": "if (n := N.get(k)) is None: n = N[k] = v\n        return n",
    "a table in a table": "N.setdefault(k, {})[v] = v; return N[k][v]",
    "in an object": "return held.keep(k, v)",
    "a run that is counted": "N[k] = N.get(k, 0) + 1; return v",
    "a run that is counted by a default": "C[k] += 1; return v",
    "a run that is listed": "N.setdefault(k, []).append(v); return v",
}


@pytest.mark.parametrize("how", KEEPING)
def test_a_dict_that_keeps_what_was_worked_out_or_counts_runs_is_not(program, how):
    program.write(f"""
    from collections import Counter
    from Lutil.checkpoints import checkpoint
    N, C = {{}}, Counter(){HELD}
    @checkpoint
    def f(k, v):
        print("ran", end=" ")
        {KEEPING[how]}
    print(f("a", 1), f("a", 1), f("b", 2), f("a", 1))
    """)
    assert [program.run(), program.run()] == ["ran ran 1 1 2 1\n", "1 1 2 1\n"]
