"""`%%checkpoint` in a real kernel: a cell is skipped in another kernel, and shows what it showed."""

from __future__ import annotations

SHOWING = """%%checkpoint
import sys, time
from IPython.display import HTML, clear_output, display
from work import ran
time.sleep(0.06)
total = ran(start) + 1
print("first")
clear_output()
print("total", total)
print("warned", file=sys.stderr)
for percent in range(0, 101, 10):
    print(f"\\r{percent:3} %", end="")
print()
display(HTML("<b>bold</b>"), metadata={"k": 1})
handle = display("before", display_id="mine")
display("after", display_id="mine", update=True)
del handle
{"total": total}
"""

PLOT = """%%checkpoint
import matplotlib.pyplot as plt
figure, axes = plt.subplots(figsize=(1, 1))
lines = axes.plot([1, 2])
del figure, axes, lines
"""


def test_a_skipped_cell_shows_all_that_it_showed_in_another_kernel_and_binds_its_names(notebook):
    cells = ["start = 3", SHOWING, "total, 'time' in globals()", "%matplotlib inline", PLOT]
    _, first, names, _, plot = notebook.run(*cells)
    assert first.error == plot.error == "", first.traceback + plot.traceback
    assert notebook.log() == "x"
    _, second, names_again, _, plot_again = notebook.run(*cells)
    assert notebook.log() == ""
    assert first.stdout == "total 4\n" + "".join(f"\r{n:3} %" for n in range(0, 101, 10)) + "\n"
    assert second.stdout == "total 4\n100 %\n"
    assert second.stderr == first.stderr == "warned\n"
    assert [kind for kind, _ in second.shown] == ["display_data", "display_data", "execute_result"]
    assert second.shown == first.shown
    assert second.texts[1:] == ["'after'", "{'total': 4}"]
    assert names.texts == names_again.texts == ["(4, True)"]
    assert first.line == ""
    assert second.line.startswith("skipped: ")
    assert second.line.endswith(" ms saved")
    # The figure belongs to the cell that drew it, so nobody has to be told that a skip will not draw.
    assert plot.stderr == ""
    assert "image/png" in plot.shown[0][1]
    assert plot_again.shown == plot.shown


def test_a_changed_input_or_an_edit_runs_the_cell_again_and_going_back_does_not(notebook):
    def cell(text):
        return f"%%checkpoint\nfrom work import ran\nresult = ran({text})\nprint(result)"

    seen = notebook.run(
        "a = 1", cell("a"), "a = 2", cell("a"), cell("a + 10"), "a = 1", cell("a"), "# a comment".join([cell("a"), ""])
    )
    assert [one.stdout for one in seen] == ["", "1\n", "", "2\n", "12\n", "", "1\n", "1\n"]
    assert notebook.log() == "xxx"
    assert seen[1].line == ""
    assert seen[3].line == "recomputed result: watched `a` changed 1 -> 2"
    assert seen[4].line.startswith("recomputed result: code of `result` changed")
    assert seen[6].line.startswith("skipped: ")
    assert seen[7].line.startswith("skipped: ")


def test_why_says_in_full_why_the_last_run_took_place(notebook):
    nothing, _, _, _, why, _ = notebook.run(
        "%why",
        "def helper(x):\n    return x + 1\n@checkpoint\ndef f(x):\n    return helper(x)\n_ = f(1)",
        "def helper(x):\n    return x + 2",
        "for n in [1, 1, 2, 3]: f(n)",
        "%why",
        "%why nonsense",
    )
    assert nothing.texts == ["nothing ran here yet"]
    # Nobody had asked for the reason of the last turn of the loop when it ran: it is found out now.
    assert why.texts[0].startswith("f ran: argument `x` changed 2 -> 3")
    assert "<details open" in why.shown[0][1]["text/html"]


def test_a_cell_that_raises_keeps_nothing_and_leaves_the_notebook_as_it_was(notebook):
    failing = "%%checkpoint\nfrom work import ran\nprint('on the way')\nran(1)\nvalue = 1 / zero"
    seen = notebook.run(
        "import sys; zero = 0",
        failing,
        failing,
        "before = (sys.stdout.write, get_ipython().display_pub.publish)\n"
        "try:\n    get_ipython().run_cell_magic('checkpoint', '', '1 / zero')\nexcept ZeroDivisionError: pass\n"
        "before == (sys.stdout.write, get_ipython().display_pub.publish), '_lutil_block' in globals()",
        "%%checkpoint\nawait something()",
        "%%checkpoint\nreturn 3",
        "%%checkpoint\n",
        "%%checkpoint\nshown = 1\nshown;",
        "%%checkpoint another name\nother = 2\nother",
        "%why",
        "%%checkpoint --wach other\nvalue = 1",
    )
    assert seen[1].error == seen[2].error == "ZeroDivisionError"
    assert "value = 1 / zero" in seen[1].traceback.replace("\x1b", "") or "zero" in seen[1].traceback
    assert notebook.log() == "xx"
    assert seen[3].texts == ["(True, False)"]
    assert seen[4].error == seen[5].error == "SyntaxError"
    assert "with InlineCheckpoint():" in seen[4].traceback
    assert [seen[6].error, seen[7].error, seen[8].error] == ["", "", ""]
    assert seen[7].shown == []
    assert seen[8].texts == ["2"]
    assert seen[9].texts[0].startswith("another name ran: first run")
    assert seen[10].error == "SettingError"
    assert "--watch" in seen[10].traceback


def test_magics_and_shell_commands_of_a_cell_are_part_of_it(notebook):
    cell = "%%checkpoint\nfrom work import ran\n!echo from the shell\nplace = %pwd\nlisted = ran(5)\nlisted"
    (first,) = notebook.run(cell)
    second, captured = notebook.run(cell, "%%capture out\n" + cell)
    assert first.error == second.error == captured.error == ""
    assert notebook.log() == "x"
    assert "from the shell" in second.stdout
    assert second.texts == ["5"]
    assert (captured.stdout, captured.shown) == ("", [])
    assert captured.line.startswith("skipped: ")


def test_a_cell_whose_names_stand_in_texts_of_the_shell_asks_for_the_lists(notebook):
    """They are neither seen as inputs nor bound by a hit: a skip would be stale, or leave them unbound."""
    hidden = {
        "%time y = a * 10": "%time",
        "%%time\ny = a * 10": "%%time",
        "%%capture y\nprint(a)": "%%capture",
        "if a:\n    y = %timeit -o -n1 -r1 a": "%timeit",
        "y = !echo {a}": "!echo ...",
        "!echo $a": "!echo ...",
        "%run program.py": "%run",
        "get_ipython().run_cell('y = a')": "get_ipython().run_cell",
    }
    seen = notebook.run("a = 1", *(f"%%checkpoint\n{text}" for text in hidden))
    assert [cell.error for cell in seen[1:]] == ["BlockError"] * len(hidden)
    for cell, said in zip(seen[1:], hidden.values(), strict=True):
        assert f"since `{said}` has names in its text" in cell.traceback
    block = "with InlineCheckpoint({}) as cp:\n    %time y = a * 10\n    z = a\nz, cp.hit"
    seen = notebook.run("a = 10", block.format(""), block.format("watch=['a'], produce=['z']"), "z")
    assert [cell.error for cell in seen] == ["", "BlockError", "", ""]
    assert seen[2].texts == ["(10, False)"]
    plain = ["%matplotlib inline\nx = 1", "!echo hi\nx = 2", "x = !echo hi", "%load_ext autoreload\nx = 4"]
    seen = notebook.run(*(f"%%checkpoint\n{text}" for text in plain))
    assert [cell.error for cell in seen] == [""] * len(plain)
    assert "echo" not in "".join(cell.traceback for cell in seen)


def test_a_figure_of_a_skipped_cell_is_shown_as_a_picture_by_the_cells_below(notebook):
    cells = [
        "%%checkpoint\nimport matplotlib.pyplot as plt\nfig, ax = plt.subplots(figsize=(1, 1))\nax.plot([1, 2])",
        "fig",
    ]
    for line in ("", "skipped"):
        cell, below = notebook.run(*cells)
        assert cell.line.startswith(line)
        assert "image/png" in below.shown[0][1], below.texts
