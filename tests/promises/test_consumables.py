"""What is used up by being read is never answered from a run that used it up."""

from __future__ import annotations

import pytest

HEAD = """
import collections, csv, itertools, re, sys, warnings
from types import SimpleNamespace
from Lutil.checkpoints import checkpoint, NotSavedWarning
warnings.simplefilter("ignore")
ran = 0
def count():
    global ran
    ran += 1
"""

TAIL = """
print(*[f(0) for _ in range(3)], sep="|")
print(ran)
"""

MOVED = {
    "a list iterator": "it = iter(['a', 'b', 'c'])\ndef take(): return next(it)",
    "a tuple iterator": "it = iter(('a', 'b', 'c'))\ndef take(): return next(it)",
    "a text iterator": "it = iter('abc')\ndef take(): return next(it)",
    "a dict iterator": "it = iter({'a': 1, 'b': 2, 'c': 3})\ndef take(): return next(it)",
    "a reversed list": "it = reversed(['c', 'b', 'a'])\ndef take(): return next(it)",
    "a map": "it = map(str.lower, ['A', 'B', 'C'])\ndef take(): return next(it)",
    "a map over a generator": "it = map(str.lower, (x for x in 'ABC'))\ndef take(): return next(it)",
    "a zip": "it = zip('abc')\ndef take(): return next(it)[0]",
    "a filter": "it = filter(None, ['a', '', 'b', 'c'])\ndef take(): return next(it)",
    "an enumeration": "it = enumerate('abc')\ndef take(): return next(it)[1]",
    "a deque iterator": "it = iter(collections.deque('abc'))\ndef take(): return next(it)",
    "a count": "it = itertools.count(0)\ndef take(): return 'abc'[next(it)]",
    "a chain": "it = itertools.chain('a', 'bc')\ndef take(): return next(it)",
    "a cycle": "it = itertools.cycle('abc')\ndef take(): return next(it)",
    "a generator": "it = (x for x in 'abc')\ndef take(): return next(it)",
    "matches": "it = re.finditer('.', 'abc')\ndef take(): return next(it).group()",
    "a csv reader": "it = csv.reader(['a', 'b', 'c'])\ndef take(): return next(it)[0]",
    "lines of a file": "fh = open('lines.txt')\ndef take(): return fh.readline().strip()",
    "a file as iterator": "fh = open('lines.txt')\ndef take(): return next(fh).strip()",
    "a file of bytes": "fh = open('lines.txt', 'rb')\ndef take(): return fh.readline().strip().decode()",
    "a bound readline": "read = open('lines.txt').readline\ndef take(): return read().strip()",
    "a bound next": "draw = iter('abc').__next__\ndef take(): return draw()",
    "an attribute": "box = SimpleNamespace(it=iter('abc'))\ndef take(): return next(box.it)",
    "an item": "box = {'it': [iter('abc')]}\ndef take(): return next(box['it'][0])",
    "a cell": "def made(it):\n    def take(): return next(it)\n    return take\ntake = made(iter('abc'))",
    "a default": "def take(it=iter('abc')): return next(it)",
}  # fmt: skip


@pytest.mark.parametrize("text", MOVED.values(), ids=MOVED.keys())
def test_a_run_that_used_something_up_is_never_repeated_by_a_hit(program, text):
    (program.folder / "lines.txt").write_text("a\nb\nc\n")
    body = "@checkpoint\ndef f(x):\n    count()\n    return take()\n"
    program.write(f"{HEAD}{text}\n{body}{TAIL}")
    for _ in range(2):
        assert program.run().splitlines() == ["a|b|c", "3"]


def test_what_is_ignored_may_be_used_up(program):
    body = "@checkpoint(ignore=['box.it'])\ndef f(x, box):\n    count()\n    return next(box.it)\n"
    program.write(f"{HEAD}{body}\nprint(*[f(0, SimpleNamespace(it=(c for c in 'abc'))) for _ in range(3)], ran)\n")
    assert program.run() == "a a a 1\n"


NAMED = {
    "a list iterator": "it = iter(['a', 'b'])",
    "a map": "it = map(str.lower, ['A'])",
    "a count": "it = itertools.count(0)",
    "an open file": "it = open('lines.txt')",
    "a file to be written": "it = open('out.txt', 'w')",
    "standard output": "it = sys.stdout",
}


@pytest.mark.parametrize("text", NAMED.values(), ids=NAMED.keys())
def test_what_is_named_and_not_used_up_costs_no_hit(program, text):
    (program.folder / "lines.txt").write_text("a\nb\nc\n")
    body = "@checkpoint\ndef f(x):\n    count()\n    return it if x else 'same'\n"
    program.write(f"{HEAD}{text}\n{body}{TAIL}")
    assert program.run().splitlines() == ["same|same|same", "1"]
    assert program.run().splitlines() == ["same|same|same", "0"]


def test_the_warning_names_what_was_used_up(program):
    text = HEAD.replace('simplefilter("ignore")', 'simplefilter("always")')
    body = "@checkpoint\ndef f(x):\n    return next(it)\n"
    for made in ("iter('abc')", "(x for x in 'abc')"):
        program.write(f"{text}\nit = {made}\n{body}f(0)\n")
        program.run()
        assert "NotSavedWarning" in program.errors
        assert "`it`" in program.errors


def test_position_of_a_file_counts(program):
    (program.folder / "lines.txt").write_text("a\nb\nc\n")
    body = "@checkpoint\ndef f(x):\n    count()\n    return fh.tell()\n"
    program.write(
        f"{HEAD}fh = open('lines.txt')\n{body}\nprint(f(0), f(0), ran)\nfh.readline()\nprint(f(0), f(0), ran)\n"
    )
    assert program.run().splitlines() == ["0 0 1", "2 2 2"]
