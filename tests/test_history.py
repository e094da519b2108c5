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
