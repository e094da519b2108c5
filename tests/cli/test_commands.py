"""The command line shows, steers and cleans a store; in a pipe a record is a line, and nothing is unpickled."""

from __future__ import annotations

import json
import os
import pickle
import subprocess
import sys

import pytest

from Lutil.checkpoints import Store
from Lutil.checkpoints.observe import filter_missing

pytestmark = pytest.mark.usefixtures("filled")

PROGRAM = """
    import sys
    from Lutil.checkpoints import checkpoint

    @checkpoint
    def features(rows, bins=20):
        return [row % bins for row in rows]

    @checkpoint
    def unkept(n):
        return (i for i in range(n))

    features([1, 22, 43]); features([1, 22, 43]); features([1, 22, 43], bins=30); unkept(3)
"""


@pytest.fixture
def filled(program, own_folder):
    program.write(PROGRAM)
    program.run()
    return own_folder


def lutil(*words, check=True, **environment):
    done = subprocess.run(
        [sys.executable, "-m", "Lutil", *words],
        capture_output=True, text=True, check=False, env={**os.environ, **environment},
    )  # fmt: skip
    if check:
        assert done.returncode == 0, done.stderr
    return done


def told(*words):
    return json.loads(lutil(*words, "--json").stdout)


def test_ls_names_each_computation_on_a_line_with_tabs():
    (line,) = lutil("ls").stdout.splitlines()
    name, entries, _, hits, *_ = line.split("\t")
    assert (name, entries, hits) == ("features", "2", "1")


def test_ls_of_a_name_lists_its_entries_with_their_inputs():
    lines = lutil("ls", "features").stdout.splitlines()
    assert sorted(line.split("\t")[-1] for line in lines) == ["rows=[1, 22, 43], bins=20", "rows=[1, 22, 43], bins=30"]


def test_show_tells_inputs_cost_and_a_preview_by_name_or_by_the_beginning_of_a_key():
    key = told("ls", "features")["entries"][0]["key"]
    by_key = told("show", key[:8])["entry"]
    assert by_key["key"] == key
    assert by_key["result"] == {"result": "[1, 22, 13]"}
    assert {"kind": "argument", "path": "bins", "value": "30"}.items() <= by_key["inputs"][-1].items()
    assert "argument rows\t[1, 22, 43]" in lutil("show", "features").stdout


def test_no_command_unpickles_an_entry(own_folder):
    class Bomb:
        def __reduce__(self):
            return os.mkdir, (str(own_folder / "exploded"),)

    from Lutil.checkpoints.model._entry import Header

    store = Store(".Lutil-checkpoint")
    store.put("bomb", "0" * 32, Header(created=0.0, cost=1.0), pickle.dumps(Bomb()), [], b"{}")
    for words in (["ls"], ["ls", "features"], ["why"], ["stats"], ["check"], ["prune", "--max-size", "1MB"], ["where"]):
        lutil(*words)
    lutil("show", "bomb", check=False)
    assert not (own_folder / "exploded").exists()


def test_why_tells_what_changed_and_what_was_not_kept():
    lines = [line.split("\t") for line in lutil("why").stdout.splitlines()]
    assert [line[1] for line in lines] == ["unkept", "features", "features"]
    assert "cannot pickle 'generator' object" in lines[0][3]
    assert [line[3] for line in lines[1:]] == ["argument `bins` changed 20 -> 30", "first run"]
    assert len(lutil("why", "features", "-n", "1").stdout.splitlines()) == 1


def test_why_tells_what_changed_of_runs_that_were_explained_as_they_ran(program):
    program.write(PROGRAM.replace("bins=30", "bins=31"))
    program.run(LUTIL_EXPLAIN="1")
    (line,) = lutil("why", "features", "-n", "1").stdout.splitlines()
    assert "argument `bins`" in line.split("\t")[3]


def test_diff_compares_two_entries_of_one_name():
    one, other = (entry["key"] for entry in told("ls", "features")["entries"])
    assert "argument bins: 30 -> 20" in lutil("diff", one, other).stdout
    (difference,) = told("diff", one, other)["differences"]
    assert (difference["path"], difference["before"], difference["after"]) == ("bins", "30", "20")


def test_stats_add_up_all_processes(program):
    program.run()
    total = told("stats")["total"]
    assert (total["hits"], total["runs"]) == (4, 4)  # 1 and 3 skipped; 3 and 1 run


def test_rm_deletes_what_is_named_and_asks_nobody_in_a_pipe():
    key = told("ls", "features")["entries"][0]["key"]
    assert lutil("rm", key[:10]).stdout.startswith("deleted 1 entry")
    assert lutil("rm", "features").stdout.startswith("deleted 1 entry")
    assert lutil("ls").stdout == ""


def test_prune_by_size_age_and_version(program):
    program.write(PROGRAM.replace("row % bins", "row % bins + 0.5"))
    program.run()
    assert len(told("ls", "features")["entries"]) == 4
    dry = told("prune", "--superseded", "--dry-run")
    assert len(dry["deleted"]) == 2
    assert len(told("ls", "features")["entries"]) == 4
    lutil("prune", "--superseded")
    assert len(told("ls", "features")["entries"]) == 2
    assert told("prune", "--older-than", "30d")["deleted"] == []
    assert len(told("prune", "--max-size", "0 B")["deleted"]) == 2


def test_prune_wants_to_be_told_what_may_go():
    done = lutil("prune", check=False)
    assert done.returncode == 2
    assert "--max-size" in done.stderr


def test_check_finds_a_flipped_bit_and_its_exit_code_says_so(own_folder):
    assert "2 entries read, 0 damaged" in lutil("check").stdout
    entry = next((own_folder / ".Lutil-checkpoint").rglob("*.entry"))
    data = bytearray(entry.read_bytes())
    data[-3] ^= 1
    entry.write_bytes(data)
    done = lutil("check", check=False)
    assert done.returncode == 1
    assert entry.name in done.stdout
    lutil("check", "--fix", check=False)
    assert lutil("check").returncode == 0


def test_where_says_which_audit_hook_is_in_use(own_folder):
    assert "audit hook: in Python" in lutil("where", LUTIL_NO_EXTENSIONS="1").stdout
    assert json.loads(lutil("where", "--json", LUTIL_NO_EXTENSIONS="1").stdout)["audit_hook"] == {
        "filter": False, "why": "LUTIL_NO_EXTENSIONS is set",
    }  # fmt: skip
    if not filter_missing():
        assert "audit hook: the filter in C" in lutil("where").stdout


def test_where_names_the_source_of_each_value(own_folder):
    (own_folder / "pyproject.toml").write_text("[tool.lutil]\nstore = 'kept'\n")
    settings = json.loads(lutil("where", "--json", LUTIL_WAIT="9").stdout)["settings"]
    assert settings["store"] == {
        "value": str(own_folder / "kept"), "from": f"[tool.lutil] of {own_folder / 'pyproject.toml'}",
    }  # fmt: skip
    assert settings["wait"]["from"] == "LUTIL_WAIT"
    assert settings["disable"]["from"] == "default"


def test_run_runs_a_script_as_python_would_under_the_given_settings(program, own_folder):
    program.write("import sys; print(sys.argv, __name__, sys.path[0])\n" + PROGRAM.replace("\n    ", "\n"), "other.py")
    found = lutil("run", "--explain", "--store", "elsewhere", "other.py", "--flag", "x")
    assert found.stdout.strip() == f"['other.py', '--flag', 'x'] __main__ {own_folder}"
    assert "running features: first run" in found.stderr
    assert (own_folder / "elsewhere" / "v1" / "features").is_dir()


def test_run_passes_the_exit_code_on(program):
    program.write("raise SystemExit(7)", "seven.py")
    assert lutil("run", "seven.py", check=False).returncode == 7


def test_an_error_is_one_line():
    done = lutil("show", "nothing-of-that-name", check=False)
    assert done.returncode == 1
    assert len(done.stderr.splitlines()) == 1
    assert lutil("ls", "--store", "no-such-folder", check=False).returncode == 1


@pytest.mark.parametrize(
    "words", [("ls", "--store", ""), ("run", "--store", "", "x.py"), ("copy", "", "other"), ("copy", "other", "")]
)
def test_an_empty_text_is_no_folder(own_folder, words):
    (own_folder / "other").mkdir()
    done = lutil(*words, check=False)
    assert done.returncode == (1 if "copy" in words else 2)
    assert "'' is no folder" in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_the_store_is_named_before_the_command_or_after_it(own_folder):
    (own_folder / ".Lutil-checkpoint").rename("elsewhere")
    assert lutil("--store", "elsewhere", "ls").stdout == lutil("ls", "--store", "elsewhere").stdout != ""
    assert lutil("--store", "elsewhere", "ls", "--store", ".").stdout == ""
    assert lutil("--store", "elsewhere", "show", "features").stdout
    (said,) = lutil("--store", "elsewhere", "copy", "a", "b", check=False).stderr.splitlines()
    assert "copy takes no --store" in said
    assert lutil("--store", "elsewhere", "nothing", check=False).returncode == 2
    words = {"COMP_WORDS": "lutil --store elsewhere show fea", "COMP_CWORD": "4"}
    assert "features" in lutil(_LUTIL_COMPLETE="bash_complete", **words).stdout


def test_a_file_in_the_place_of_the_store_is_said(own_folder):
    (own_folder / ".Lutil-checkpoint").rename("elsewhere")
    assert lutil("ls").stdout == ""  # there is none yet
    (own_folder / ".Lutil-checkpoint").mkdir()
    assert lutil("ls").stdout == ""
    (own_folder / ".Lutil-checkpoint").rmdir()
    (own_folder / ".Lutil-checkpoint").touch()
    for words in (["ls"], ["stats"], ["check"], ["show", "f"], ["prune", "--outdated"], ["rm", "f"], ["why"]):
        done = lutil(*words, check=False)
        assert done.returncode == 1
        (said,) = done.stderr.splitlines()
        assert ".Lutil-checkpoint is no folder" in said
    lutil("where")


@pytest.mark.skipif(sys.platform == "win32", reason="there a working directory cannot be deleted")
@pytest.mark.parametrize("word", ["ls", "where", "why", "stats"])
def test_a_deleted_working_directory_is_said(own_folder, word):
    gone = own_folder / "gone"
    gone.mkdir()
    text = f"import os, sys, runpy; os.rmdir(os.getcwd()); sys.argv[1:] = [{word!r}]; runpy.run_module('Lutil', run_name='__main__')"
    done = subprocess.run([sys.executable, "-c", text], cwd=gone, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert done.stderr == "lutil: the working directory is gone: go to another, or name the store with --store\n"


def test_a_name_of_nothing_is_an_error_of_one_line(own_folder):
    for words in (
        ["why"],
        ["ls"],
        ["show"],
        ["rm"],
        ["ls", "--json"],
        ["why", "--json"],
        ["copy", ".Lutil-checkpoint", "out"],
    ):
        done = lutil(*words, "featrues", check=False)
        assert (done.returncode, len(done.stderr.splitlines()[-1:])) == (1, 1)
        assert "featrues" in done.stderr.splitlines()[-1]
    assert "featrues" not in lutil("why", "features").stderr


def test_why_wants_a_number_of_runs():
    for count in ("-1", "0"):
        assert lutil("why", "-n", count, check=False).returncode == 2


@pytest.mark.skipif(os.name != "posix", reason="the shell is POSIX's")
@pytest.mark.parametrize("words", ["ls", "where", "show features", "check", "why --json"])
def test_a_closed_output_is_no_traceback(words):
    command = f'exec "{sys.executable}" -m Lutil {words} >&-'
    done = subprocess.run(["/bin/sh", "-c", command], stderr=subprocess.PIPE, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


def test_names_are_completed():
    done = lutil(_LUTIL_COMPLETE="bash_complete", COMP_WORDS="lutil show fea", COMP_CWORD="2")
    assert "features" in done.stdout


def test_a_full_pipe_is_no_error():
    reader, writer = os.pipe()
    os.close(reader)
    command = [sys.executable, "-m", "Lutil", "ls"]
    done = subprocess.run(command, stdout=writer, stderr=subprocess.PIPE, text=True, check=False)
    os.close(writer)
    assert done.stderr == ""
