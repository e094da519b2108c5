"""What a process is given: variables, arguments, a working directory, standard input. What counts, and what is said."""

from __future__ import annotations

import io
import os
import sys
import warnings
from pathlib import Path

import pytest

from Lutil.checkpoints import NotSavedWarning, checkpoint, configure


@pytest.fixture
def ran(own_folder):
    configure(store=own_folder / "store")
    return []


def variable(name):
    return os.environ.get(name, "none")


def test_the_reason_names_the_variable_that_a_helper_read(ran, monkeypatch):
    @checkpoint(name="f")
    def f():
        ran.append(1)
        return variable("STA" + "GE")

    monkeypatch.setenv("STAGE", "mine-one")
    assert f() == f() == "mine-one"
    monkeypatch.setenv("OTHER", "x")
    assert f.is_cached()
    monkeypatch.setenv("STAGE", "mine-two")
    said = str(f.explain())
    assert said == "f would run: environment `os.environ['STAGE']` changed"
    assert f() == "mine-two"
    monkeypatch.setenv("STAGE", "mine-one")
    assert f() == "mine-one"
    assert len(ran) == 2
    stored = b"".join(path.read_bytes() for path in Path("store").rglob("*.entry"))
    assert b"STAGE" in stored


def test_a_variable_that_a_run_read_is_no_news_where_an_argument_changed(ran, monkeypatch):
    @checkpoint(name="f")
    def f(x):
        ran.append(1)
        return variable("STA" + "GE") * x

    monkeypatch.setenv("STAGE", "one")
    f(1)
    assert str(f.explain(2)) == "f would run: argument `x` changed 1 -> 2"


def test_a_variable_that_only_a_run_can_name_can_be_left_out(ran, monkeypatch):
    @checkpoint(ignore=["os.environ['STAGE']"])
    def f():
        ran.append(1)
        return variable("STA" + "GE")

    monkeypatch.setenv("STAGE", "one")
    assert f() == "one"
    monkeypatch.setenv("STAGE", "two")
    assert f() == "one"


def test_who_calls_a_computation_reads_the_variables_that_it_read(ran, monkeypatch):
    @checkpoint
    def inner(name):
        return variable(name)

    @checkpoint
    def outer(name):
        ran.append(1)
        return inner(name)

    monkeypatch.setenv("STAGE", "one")
    assert inner("STAGE") == outer("STAGE") == "one"
    monkeypatch.setenv("STAGE", "two")
    assert outer("STAGE") == "two"
    assert len(ran) == 2


def test_the_working_directory_counts_where_code_names_it(ran, own_folder, monkeypatch):
    @checkpoint
    def by_os():
        ran.append(1)
        return os.getcwd()  # noqa: PTH109  # as people write it

    @checkpoint
    def by_path():
        ran.append(1)
        return Path.cwd() / "x"

    @checkpoint
    def relative():
        ran.append(1)
        return Path("x")

    both = []
    for name in ("a", "b", "a"):
        (own_folder / name).mkdir(exist_ok=True)
        monkeypatch.chdir(own_folder / name)
        both.append((by_os(), by_path(), relative()))
    assert both == [(str(own_folder / n), own_folder / n / "x", Path("x")) for n in "aba"]
    assert len(ran) == 5
    (own_folder / "c").mkdir()
    monkeypatch.chdir(own_folder / "c")
    assert by_os.explain().reason.differences[0].path.startswith("os.getcwd()")


def test_what_is_typed_in_is_read_at_every_run_and_that_is_said_once(ran, monkeypatch):
    @checkpoint
    def f():
        ran.append(1)
        return input()

    @checkpoint
    def g():
        return f()

    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"a\nb\nc\nd\n")))
    with pytest.warns(NotSavedWarning, match="standard input") as told:
        assert [f(), f()] == ["a", "b"]
    assert len(told) == 1
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        assert [g(), g()] == ["c", "d"]


def test_code_that_could_read_standard_input_and_does_not_is_kept(ran, monkeypatch):
    @checkpoint
    def f(path):
        ran.append(1)
        file = sys.stdin if path == "-" else io.StringIO(path)
        return file.read() + str(sys.stdin.isatty())

    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"a\nb\n")))
    assert f("x") == f("x") == "xFalse"
    assert len(ran) == 1
