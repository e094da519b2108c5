"""Functions of one name in several modules: each clears, blesses and explains by what is its own."""

from __future__ import annotations

SOURCE = """
from Lutil.checkpoints import checkpoint
@checkpoint
def load(x):
    return x + {number}
"""


def two_modules(program, main):
    program.write(SOURCE.format(number=1), "a.py")
    program.write(SOURCE.format(number=2), "b.py")
    program.write("import a, b\n" + main)


def test_clear_leaves_the_results_of_a_namesake(program):
    two_modules(
        program, "a.load(1), a.load(2), b.load(1)\nprint(a.load.clear(), a.load.is_cached(1), b.load.is_cached(1))"
    )
    assert program.run() == "2 False True\n"


def test_clear_takes_what_was_made_under_a_former_name_of_the_file(program):
    two_modules(program, "a.load(1)")
    program.run()
    (program.folder / "a.py").rename(program.folder / "c.py")
    program.write("import c\nprint(c.load.is_cached(1), c.load.clear(), c.load.is_cached(1))")
    assert program.run() == "True 1 False\n"


def test_a_namesake_is_no_earlier_version(program):
    two_modules(
        program,
        "a.load(1)\nprint(b.load.explain(1))\ntry:\n    b.load.bless()\nexcept Exception as e:\n    print(type(e).__name__)",
    )
    assert program.run() == "load would run: first run\nCheckpointError\n"


def test_a_function_that_was_moved_is_compared_with_itself(program):
    two_modules(program, "a.load(1)")
    program.run()
    (program.folder / "a.py").write_text("")
    program.write(SOURCE.format(number=3) + "print(load.explain(1))")
    assert program.run() == "load would run: code of `load` changed\n"


BLOCKS = """
import sys, threading
from Lutil.checkpoints import InlineCheckpoint, checkpoint
a = 3
with InlineCheckpoint(
    name="x",
) as first:
    # what it is about

    x = a + {add}
    lock = {extra}
with InlineCheckpoint() as second:
    x = a * 2
@checkpoint
def scores(n):
    return n
with InlineCheckpoint(name="scores") as third:
    y = a * 5
"""


def test_clear_leaves_the_results_of_a_block_of_the_same_name_in_the_same_file(program):
    program.write(BLOCKS.format(add=1, extra="None") + "print(scores(1), scores.clear(), scores.is_cached(1))")
    assert program.run() == "1 1 False\n"
    program.write(BLOCKS.format(add=1, extra="None") + "print(third.hit)")
    assert program.run() == "True\n"


def test_clear_leaves_what_another_file_binds_together_with_other_names(program):
    program.write(
        "from Lutil.checkpoints import InlineCheckpoint\na = 3\nwith InlineCheckpoint() as cp:\n    load, rest = a, 2\n",
        "b.py",
    )
    program.write("import b\n" + SOURCE.format(number=1) + "load(1)\nprint(load.clear())")
    assert program.run() == "1\n"
    program.write("import b\nprint(b.cp.hit)")
    assert program.run() == "True\n"


def test_a_block_is_compared_with_no_other_one_that_still_stands_in_the_file(program):
    program.write(BLOCKS.format(add=1, extra="threading.Lock()") + "print(first.explain())")
    program.run()
    program.write(BLOCKS.format(add=2, extra="threading.Lock()") + "print(first.explain())")
    assert "code of" not in program.run()


def test_a_block_is_compared_with_itself_after_an_edit(program):
    program.write(BLOCKS.format(add=1, extra="None"))
    program.run()
    program.write("# moved\n" + BLOCKS.format(add=2, extra="None") + "print(first.explain(), '|', second.explain())")
    assert program.run().startswith("x ran: code of `x` changed | x was skipped")
