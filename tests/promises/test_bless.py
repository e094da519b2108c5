"""An edit that its author declares harmless: results from before it count again, until that is taken back."""

from __future__ import annotations

SOURCE = """
from Lutil.checkpoints import checkpoint
def helper(x):
    return x {body}
@checkpoint
def f(x):
    print("ran", end=" ")
    return helper(x)
"""


def test_a_blessed_edit_keeps_the_results_of_the_code_before_it(program):
    program.write(SOURCE.format(body="+ 1") + "print(f(1), f(2))")
    assert program.run() == "ran ran 2 3\n"
    program.write(SOURCE.format(body="- -1") + "print(f.bless())")
    said = program.run()
    assert "-    return x + 1" in said
    assert "+    return x - -1" in said
    program.write(SOURCE.format(body="- -1") + "print(f(1), f(2), f(3))")
    assert program.run() == "ran 2 3 4\n"
    program.write(SOURCE.format(body="+ 2 - 1") + "f.bless()\nprint(f(1), f(3))")
    assert program.run() == "2 4\n"
    program.write(SOURCE.format(body="- -1") + "b = f.bless\nprint(f(1))")
    assert program.run() == "2\n"


def test_a_blessing_can_be_taken_back(program):
    program.write(SOURCE.format(body="+ 1") + "print(f(1))")
    program.run()
    program.write(
        SOURCE.format(body="- -1") + "b = f.bless()\nhit = f.is_cached(1)\nb.undo()\nprint(hit, f.is_cached(1))"
    )
    assert program.run() == "True False\n"


def test_without_an_earlier_version_there_is_nothing_to_bless(program):
    program.write(SOURCE.format(body="+ 1") + "f(1)\nf.bless()")
    program.run(check=False)
    assert "CheckpointError" in program.errors
    assert "earlier version" in program.errors
