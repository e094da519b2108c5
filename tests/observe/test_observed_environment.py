"""Environment variables, arguments and standard input that a run was seen to read, and whose read it was."""

# Programs read in all the ways that users do, and what they read with is looked up while a run is on.
# ruff: noqa: S607, PLW0108

from __future__ import annotations

import argparse
import io
import os
import shutil
import string
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from Lutil.checkpoints.model._key import PartKind
from Lutil.checkpoints.observe import EMPTY, Recorder, Trace, present_parts


@pytest.fixture(autouse=True)
def variables(monkeypatch):
    for name in list(os.environ):
        if name.startswith("APP_"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("APP_A", "1")
    monkeypatch.setenv("APP_B", "2")
    return monkeypatch


def seen(run):
    return {observed.name for observed in run.trace.names}


def looked_up():
    return os.environ.get("APP_" + "A")


READS = {
    "by its name": lambda: os.environ["APP_A"],
    "by get": looked_up,
    "by getenv": lambda: os.getenv("APP_A"),
    "in bytes": lambda: os.environb[b"APP_A"],
    "by in": lambda: "APP_A" in os.environ,
    "by expandvars": lambda: os.path.expandvars("$APP_A/x"),
    "by a bound method": lambda: list(map(os.environ.get, ["APP_A"])),
    "by a template": lambda: string.Template("$APP_A").substitute(os.environ),
}


@pytest.mark.parametrize("how", READS)
def test_a_variable_that_is_read_is_an_input_and_no_other_is(how, project, variables):
    run = project.observe(READS[how])
    assert seen(run) == {"APP_A"}
    assert project.present(run) == run.digest
    variables.setenv("APP_B", "3")
    assert project.present(run) == run.digest
    variables.setenv("APP_A", "3")
    assert project.present(run) != run.digest
    variables.delenv("APP_A")
    assert project.present(run) != run.digest


def test_a_variable_that_is_read_is_an_input_however_often_the_class_was_changed(program):
    # Python 3.13 tells code of no change after the thousandth: in a long session that would be a stale result.
    assert program("""
            import os
            from Lutil.checkpoints.observe import Recorder

            def read():
                return os.environ["APP_A"], os.environ.get("APP_B")

            def seen():
                recorder = Recorder(root=os.getcwd())
                recorder.start()
                try:
                    read()
                finally:
                    trace = recorder.stop().trace
                return sorted(observed.name for observed in trace.names)

            kind = type(os.environ)
            method = kind.__getitem__
            for _ in range(2000):
                kind.__getitem__ = method
                kind.__getitem__  # looked up: it has a version again
            for _ in range(100):
                read()
            print(seen())
            for _ in range(100):
                read()
            print(seen(), kind.__getitem__ is method)
        """).splitlines() == ["['APP_A', 'APP_B']", "['APP_A', 'APP_B'] True"]


def test_a_variable_that_is_not_set_is_an_input_by_that(project, variables):
    run = project.observe(lambda: os.environ.get("APP_" + "C"))
    assert project.present(run) == run.digest
    variables.setenv("APP_C", "")
    assert project.present(run) != run.digest


def test_names_of_all_variables_count_without_their_values(project, variables):
    run = project.observe(lambda: [name for name in os.environ if name.startswith("APP_")])
    assert seen(run) == {"os.environ"}
    variables.setenv("APP_A", "3")
    variables.setenv("TERM", "other")
    variables.setenv("SSH_AGENT", "other")
    assert project.present(run) == run.digest
    variables.setenv("NEW_API_KEY", "x")
    assert project.present(run) != run.digest


def test_all_variables_count_but_for_those_of_the_session(project, variables):
    variables.setenv("TERM", "one")
    variables.setenv("MY_TOKEN", "one")
    run = project.observe(lambda: dict(os.environ))
    assert {"APP_A", "APP_B", "MY_TOKEN", "os.environ"} <= seen(run)
    assert seen(run).isdisjoint({"TERM", "HOME", "PATH"})
    assert [note.path for note in run.notes] == ["os.environ"]
    variables.setenv("APP_B", "3")
    assert project.present(run) != run.digest


def test_a_variable_of_the_session_counts_where_it_is_asked_for(project, variables):
    variables.setenv("TERM", "one")
    assert seen(project.observe(lambda: os.environ.get("TERM"))) == {"TERM"}
    assert seen(project.observe(Path.home)) == {"HOME"}


def test_what_the_run_itself_has_set_is_no_input(project):
    def body():
        os.environ["APP_A"] = "3"
        os.environ["APP_C"] = "3"
        del os.environ["APP_B"]
        return os.environ["APP_A"], os.environ.get("APP_B"), [name for name in os.environ if name == "APP_C"]

    run = project.observe(body)
    assert seen(run) == {"os.environ"}
    assert project.present(run) == run.digest
    del os.environ["APP_C"]
    assert project.present(run) == run.digest


def test_what_was_read_before_it_was_set_is_an_input_as_it_was(project, variables):
    run = project.observe(lambda: os.environ.pop("APP_A"))
    assert project.present(run) != run.digest
    variables.setenv("APP_A", "1")
    assert project.present(run) == run.digest
    assert run.unstable is None


def test_a_variable_that_another_thread_changes_meanwhile_is_unstable(project):
    def body():
        os.environ["APP_B"] = "2"
        read = os.environ["APP_A"]
        other.start()
        other.join()
        return read

    def change():
        os.environ["APP_A"] = "3"

    started = threading.Event()
    go = threading.Event()
    old = threading.Thread(target=lambda: (started.set(), go.wait(), change()))
    old.start()
    started.wait()
    other = threading.Thread(target=lambda: (go.set(), old.join()))
    assert project.observe(body).unstable == "os.environ['APP_A']"


def test_a_secret_variable_counts_and_does_not_appear(project, variables):
    variables.setenv("APP_TOKEN", "sk-1")
    run = project.observe(lambda: os.environ["APP_TOKEN"])
    assert seen(run) == {"APP_TOKEN"}
    assert run.notes == ()
    assert "sk-1" not in repr(run)
    variables.setenv("APP_TOKEN", "sk-2")
    assert project.present(run) != run.digest


OTHERS = {
    "shutil": lambda: shutil.which("no-such-program"),
    "a program that inherits it": lambda: subprocess.run(["true"], check=True, env=os.environ),
    "a program that is looked for": lambda: subprocess.run(["true"], check=True),
    "an import": lambda: Library.read(),
    "a size of the terminal": shutil.get_terminal_size,
}


class Library:
    code = compile("def read():\n    import os\n    return os.environ.get('APP_A')", "/x/site-packages/lib.py", "exec")
    space: dict = {"__name__": "lib"}  # noqa: RUF012
    exec(code, space)
    read = staticmethod(space["read"])


@pytest.mark.parametrize("who", OTHERS)
def test_what_a_library_reads_for_itself_does_not_count(who, project):
    run = project.observe(OTHERS[who])
    assert not [observed for observed in run.trace.names if observed.kind is PartKind.ENVIRONMENT]


def test_what_a_library_for_settings_reads_counts_for_the_project_that_asks_it(project):
    text = "import os\ndef config(name): return os.environ.get(name)"
    space = {"__name__": "decouple"}
    exec(compile(text, "/x/site-packages/decouple.py", "exec"), space)
    assert seen(project.observe(lambda: space["config"]("APP_A"))) == {"APP_A"}
    between = {"__name__": "lib", "config": space["config"]}
    exec(compile("def read(): return config('APP_A')", "/x/site-packages/lib.py", "exec"), between)
    assert seen(project.observe(lambda: between["read"]())) == set()


def test_what_is_in_the_key_already_is_not_observed_once_more(project):
    run = project.observe(looked_up, known=frozenset({"os.environ['APP_A']"}))
    assert run.trace == EMPTY


def test_an_inner_run_and_an_inner_hit_tell_those_that_enclose_them(project):
    outer, inner = Recorder(root=project.root), Recorder(root=project.root)
    outer.start()
    inner.start()
    looked_up()
    found = inner.stop()
    assert seen(outer.stop()) == {"APP_A"}
    outer = Recorder(root=project.root)
    outer.start()
    outer.add(found.trace, [part.digest for part in found.parts])
    assert seen(outer.stop()) == {"APP_A"}


def test_parts_name_a_variable_as_code_does_and_show_no_value(project):
    run = project.observe(looked_up)
    assert [(part.path, part.preview) for part in run.parts] == [("os.environ['APP_A']", "")]
    again = Trace.from_bytes(run.trace.to_bytes())
    assert present_parts(again, None, project.root) == run.parts


def test_the_environment_is_as_it_was_when_nothing_runs(project):
    before = dict(vars(type(os.environ)))
    stdin = sys.stdin
    project.observe(looked_up)
    assert dict(vars(type(os.environ))) == before
    assert sys.stdin is stdin


def parsed(*given):
    parser = argparse.ArgumentParser()
    parser.add_argument("--k", type=int)
    return parser.parse_args(*given).k


def test_arguments_of_the_script_count_where_none_are_given_to_the_parser(project, monkeypatch):
    monkeypatch.setattr(sys, "argv", ["main.py", "--k", "1"])
    run = project.observe(parsed)
    assert seen(run) == {"sys.argv"}
    assert seen(project.observe(lambda: parsed(None))) == {"sys.argv"}
    assert seen(project.observe(lambda: parsed(["--k", "3"]))) == set()
    assert seen(project.observe(lambda: parsed([]))) == set()
    monkeypatch.setattr(sys, "argv", ["other.py", "--k", "1"])
    assert project.present(run) == run.digest
    monkeypatch.setattr(sys, "argv", ["main.py", "--k", "7"])
    assert project.present(run) != run.digest


def test_arguments_that_the_run_itself_has_set_are_no_input(project, monkeypatch):
    monkeypatch.setattr(sys, "argv", ["main.py", "--k", "1"])
    inner = []

    def body():
        sys.argv = ["x", "--k", "3"]
        inner.append(project.observe(parsed))

    assert seen(project.observe(body)) == set()
    assert seen(inner[0]) == {"sys.argv"}


def test_arguments_that_are_parsed_and_taken_away_are_an_input_as_they_were(project, monkeypatch):
    monkeypatch.setattr(sys, "argv", ["main.py", "--k", "1"])

    def body():
        parsed()
        sys.argv[1:] = []

    run = project.observe(body)
    assert run.unstable is None
    sys.argv[1:] = ["--k", "1"]
    assert project.present(run) == run.digest


STDIN = {
    "input": input,
    "read": lambda: sys.stdin.read(),
    "readline": lambda: sys.stdin.readline(),
    "a loop": lambda: list(sys.stdin),
    "next": lambda: next(sys.stdin),
    "bytes": lambda: sys.stdin.buffer.read(),
}


@pytest.mark.parametrize("how", STDIN)
def test_what_was_read_from_standard_input_is_used_up(how, project, monkeypatch):
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"a\nb\n")))
    run = project.observe(STDIN[how])
    assert run.used_up == "standard input"


def test_standard_input_is_what_it_was_and_may_be_asked_what_it_is(project, monkeypatch):
    stdin = io.TextIOWrapper(io.BytesIO(b"a\n"), encoding="utf-8")
    monkeypatch.setattr(sys, "stdin", stdin)

    def body():
        assert isinstance(sys.stdin, io.TextIOBase)
        assert sys.stdin == stdin
        assert not sys.stdin.isatty()
        assert not sys.stdin.closed
        return sys.stdin.encoding

    assert project.observe(body).used_up == ""
    assert sys.stdin is stdin
