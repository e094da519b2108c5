"""The quiet line under a cell: what was skipped, or why it ran again; never in scripts."""

from __future__ import annotations

SETUP = """
import time
from work import ran
@checkpoint
def slow(x, bins=20):
    time.sleep(0.01)
    return ran(x)
"""


def test_a_cell_says_what_it_skipped_and_the_first_reason_for_which_it_ran_again(notebook):
    seen = notebook.run(
        SETUP,
        "_ = [slow(n) for n in range(5)]",
        "_ = [slow(n) for n in range(5)]",
        "_ = slow(0)",
        "_ = [slow(n, bins=30) for n in range(3)]",
        "_ = [slow(n, bins=30) for n in range(4)]",
        "_ = slow(0, __recompute__=True)",
        "%%capture\n%%time\n_ = slow(1)",
        "configure(show=False)\n_ = slow(1)",
        "_ = slow(1)",
        "configure(show=True)\n_ = slow(1)",
        "_ = slow(1); raise ValueError",
        "exec('_ = slow(1)')\nget_ipython().run_cell('_ = slow(2)')\nNone",
    )
    lines = [one.line for one in seen]
    assert lines[:2] == ["", ""]
    assert lines[2].startswith("skipped 5 times: ")
    assert lines[3].startswith("skipped: ")
    assert lines[4] == "recomputed slow: argument `bins` changed 20 -> 30"
    assert lines[5].splitlines()[0].startswith("skipped 3 times: ")
    assert lines[5].splitlines()[1] == "ran slow: another call, argument `x` differs 2 -> 3"
    assert lines[6] == ""  # it was asked for
    assert lines[7].startswith("skipped: ")
    assert lines[8] == lines[9] == ""
    assert lines[10] == ""  # it was off when the cell began
    assert lines[11].startswith("skipped: ")
    assert lines[12].startswith("skipped 2 times: ")
    assert all("slow" in one.page for one in seen[2:6])
    assert all(one.page.count("<details") == len(one.line.splitlines()) for one in seen)
    (off,) = notebook.run(SETUP + "_ = slow(0)", LUTIL_SHOW="0")
    assert off.line == ""


def test_a_run_that_draws_is_told_once_that_a_skip_will_not(notebook):
    block = "with InlineCheckpoint():\n    {body}\n    value = {value}"
    seen = notebook.run(
        "%matplotlib inline\nimport matplotlib.pyplot as plt",
        block.format(body="plt.hist([1, 2, 2])", value=1),
        block.format(body="plt.hist([1, 2, 2]); plt.show()", value=2),
        "with InlineCheckpoint(name='other'):\n    plt.plot([1, 2]); plt.show()\n    shown = 3",
        "with InlineCheckpoint(name='none'):\n    total = sum([1, 2])",
        "figure, axes = plt.subplots()\nwith InlineCheckpoint(name='more'):\n    more = axes.plot([1, 2]) and 4",
        "with InlineCheckpoint(name='shows'):\n    display('a text')\n    text = 5",
    )
    said = [one.stderr.count("a skip will not") for one in seen]
    assert said == [0, 1, 0, 1, 0, 1, 0]
    assert "keep plotting outside" in seen[1].stderr


def test_a_script_says_nothing_though_it_imports_ipython(program):
    program.write("""
        import IPython
        from Lutil.checkpoints import checkpoint
        @checkpoint
        def f(x):
            return x + 1
        print(f(1), f(1))
    """)
    assert program.run() == "2 2\n"
    assert program.run() == "2 2\n"
    assert program.errors == ""
