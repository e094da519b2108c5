"""P3: every version of the code keeps its results; a lookup never deletes."""

from __future__ import annotations

from pathlib import Path

SOURCE = """
from Lutil.checkpoints import InlineCheckpoint, checkpoint
@checkpoint
def f(x):
    print("ran f")
    return x {op} 1
with InlineCheckpoint(watch=[], produce=["y"]):
    print("ran block")
    y = f(5) {op} 2
print(y)
"""


def test_an_edit_undone_hits_at_once(program):
    for operator, runs in (("+", 2), ("-", 2), ("+", 0), ("-", 0)):
        program.write(SOURCE.format(op=operator))
        assert program.run().count("ran") == runs


def test_all_versions_are_on_disk_and_clear_removes_them(program):
    for operator in "+-*":
        program.write(SOURCE.format(op=operator))
        program.run()
    entries = list(Path(program.folder, ".Lutil-checkpoint").rglob("*.entry"))
    assert len(entries) == 6
    program.write(SOURCE.format(op="+") + "print(f.clear())\nprint(f.is_cached(5))")
    assert program.run().splitlines()[-2:] == ["3", "False"]


def test_recompute_overwrites_only_its_own_entry(program):
    program.write("""
        from Lutil.checkpoints import checkpoint
        n = 0
        @checkpoint
        def f(x):
            global n
            n += 1
            return x
        f(1), f(2), f(1, __recompute__=True), f(1), f(2)
        print(n)
    """)
    assert program.run() == "3\n"
