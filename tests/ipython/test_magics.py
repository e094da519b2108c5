"""`%%checkpoint` takes the options of a block, `%lutil` shows the store, `%why` tells of a notebook that only skipped."""

from __future__ import annotations

import pytest

from Lutil.checkpoints import Dir, Env, File, SettingError
from Lutil.checkpoints.ipython._line import options_in


@pytest.mark.parametrize(
    ("line", "options"),
    [
        ("", {}),
        ("plots", {"name": "plots"}),
        ("my plots", {"name": "my plots"}),
        ("""--watch data,pca --watch d['b'] --name "my plots" """, {"watch": ["data", "pca", "d['b']"], "name": "my plots"}),
        ("--version=3 --recompute", {"version": 3, "recompute": True}),
        ("--version V", {"version": [7]}),
        ("--version 2024-01", {"version": "2024-01"}),
        ("--expires 1d --rng ignore --observe declared --store kept", {"expires": "1d", "rng": "ignore", "observe": "declared", "store": "kept"}),
        ("--watch \"File('x y.csv'),n\" total", {"watch": [File("x y.csv"), "n"], "name": "total"}),
        ("--produce File('a,b.txt'),Dir(\"out\") --watch Env('HOME')", {"produce": [File("a,b.txt"), Dir("out")], "watch": [Env("HOME")]}),
        ("--ignore log --ignore cfg['a,b']", {"ignore": ["log", "cfg['a,b']"]}),
    ],
)  # fmt: skip
def test_the_options_of_a_block_stand_behind_the_magic(line, options):
    assert options_in(line, {"V": [7]}) == options


def test_keep_if_is_a_name_of_the_notebook_or_an_expression():
    assert options_in("--keep-if good", {"good": len})["keep_if"] is len
    found = options_in("--keep-if 'lambda left: left[\"x\"] > limit'", {"limit": 1})["keep_if"]
    assert [found({"x": 1}), found({"x": 2})] == [False, True]


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("--wach x", "unrecognized arguments: --wach"),
        ("--watch", "--watch: expected one argument"),
        ("--keep-if nothing", "NameError"),
        ("a --name b", "two names, 'a' and 'b'"),
        ("--watch File(path)", r"--watch: File\(path\)"),
        ("--expires", "it takes a name, and --watch, "),
    ],
)
def test_anything_else_is_an_error_that_says_what_there_is(line, says):
    with pytest.raises(SettingError, match=says):
        options_in(line, {})


def test_the_magics_of_a_notebook(notebook):
    cell = "%%checkpoint squares --watch n --ignore seen --keep-if 'lambda left: left[\"rows\"]'\nfrom work import ran\nrows = [ran(i) for i in range(n)]\nseen = 1"
    first = notebook.run(
        "%lutil", "n = 3", cell, "%lutil", "n = 0", cell, cell, "%why", "%%checkpoint --wach n\nx = 1",
        "%%checkpoint --watch m\nx = 1", "%lutil why",
    )  # fmt: skip
    empty, _, ran, table, _, unkept, again, why, misspelt, unknown, more = first
    assert ran.error == unkept.error == "", ran.traceback + unkept.traceback
    assert empty.texts[0].startswith("nothing is kept in ")
    assert notebook.log() == "xxx"
    assert "squares" in table.texts[0]
    assert "<table" in table.shown[0][1]["text/html"]
    assert unkept.line == "recomputed squares: watched `n` changed 3 -> 0"
    assert again.line == ""
    told = why.line or why.texts[0]  # what does not count stands in the shade, as a line does
    assert told.splitlines()[0].endswith("an earlier result was not kept: keep_if said no")
    assert (misspelt.error, more.error) == ("SettingError", "SettingError")
    assert unknown.error == "UnknownNameError"
    _, skipped, said, _, more = notebook.run("n = 3", cell, "%why", cell, "%why")
    assert skipped.line.startswith("skipped: ")
    assert said.texts[0].startswith("nothing ran here: it was skipped: ")
    assert more.texts[0].startswith("nothing ran here: all 2 computations were skipped: ")
    assert notebook.log() == ""
