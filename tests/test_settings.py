"""Settings: argument, configure, environment, [tool.lutil], default, in this order."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import warnings
from datetime import timedelta
from pathlib import Path

import pytest

import Lutil
from Lutil.checkpoints import (
    CheckpointError,
    CheckpointWarning,
    Dir,
    Env,
    File,
    InlineCheckpoint,
    Memory,
    SettingError,
    Store,
    checkpoint,
    configure,
)
from Lutil.checkpoints.model import _settings
from Lutil.checkpoints.model._setting_values import seconds_of
from Lutil.checkpoints.model._settings import current
from Lutil.checkpoints.model._trust import uids_of
from Lutil.checkpoints.model.process import _notices


@checkpoint
def f(x):
    return x


def folders(root):
    return {str(path.parent.relative_to(root)) for path in root.rglob("CACHEDIR.TAG")}


def test_the_default_store_is_that_of_the_working_directory_at_the_moment_of_use(own_folder, monkeypatch):
    f(1)
    (own_folder / "below").mkdir()
    monkeypatch.chdir(own_folder / "below")
    f(1)
    assert folders(own_folder) == {".Lutil-checkpoint", "below/.Lutil-checkpoint"}


def test_each_source_wins_over_the_next(own_folder, monkeypatch):
    (own_folder / "pyproject.toml").write_text('[tool.lutil]\nstore = "by-project"\nlibraries = "minor"\n')
    assert current().store == own_folder / "by-project"
    assert dict(current().libraries)["*"] == "minor"
    below = own_folder / "a" / "b"
    below.mkdir(parents=True)
    monkeypatch.chdir(below)
    assert current().store == own_folder / "by-project"
    monkeypatch.setenv("LUTIL_STORE", str(own_folder / "by-environment"))
    _settings.forget()
    assert current().store == own_folder / "by-environment"
    configure(store="by-call")
    monkeypatch.chdir(own_folder)
    assert current().store == below / "by-call"

    @checkpoint(store=own_folder / "by-argument")
    def g(x):
        return x

    f(1)
    g(1)
    assert folders(own_folder) == {"a/b/by-call", "by-argument"}


def test_the_environment_is_read(program):
    program.write("""
        from Lutil.checkpoints import checkpoint
        @checkpoint
        def f(x):
            print("ran", end=" ")
            return x
        print(f(1))
    """)
    assert program.run(LUTIL_STORE="elsewhere") == "ran 1\n"
    assert program.run(LUTIL_STORE="elsewhere") == "1\n"
    assert program.run(LUTIL_STORE="elsewhere", LUTIL_DISABLE="1") == "ran 1\n"
    assert program.run(LUTIL_STORE="elsewhere", LUTIL_RECOMPUTE="yes") == "ran 1\n"
    assert not (program.folder / ".Lutil-checkpoint").exists()
    assert (program.folder / "elsewhere").is_dir()


@pytest.mark.parametrize(
    ("variable", "says"),
    [
        ("LUTIL_MAXSIZE", "LUTIL_MAXSIZE is no setting: did you mean LUTIL_MAX_SIZE?"),
        ("LUTIL_STROE", "LUTIL_STROE is no setting: did you mean LUTIL_STORE?"),
        ("LUTIL_DISABLED", "LUTIL_DISABLED is no setting: did you mean LUTIL_DISABLE?"),
        ("LUTIL_TRUSTED", "LUTIL_TRUSTED is no setting: did you mean LUTIL_TRUST?"),
        ("LUTIL_MIN_FRE", "LUTIL_MIN_FRE is no setting: did you mean LUTIL_MIN_FREE?"),
        ("LUTIL_HOME", "LUTIL_HOME is no setting, and changes nothing: `lutil where` names those that there are"),
    ],
)
def test_an_unknown_variable_of_ours_is_told_once_and_stops_nothing(monkeypatch, variable, says):
    monkeypatch.setenv(variable, "10B")
    _settings.reread()
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        assert (f(1), f(2)) == (1, 2)
        _settings.reread()
        current()
    assert [(item.category, str(item.message)) for item in told] == [(CheckpointWarning, says)]
    _notices.reset()
    _settings.reread()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert f(3) == 3


def test_several_unknown_variables_are_one_notice(monkeypatch):
    monkeypatch.setenv("LUTIL_STROE", "x")
    monkeypatch.setenv("LUTIL_SHO", "0")
    monkeypatch.setenv("LUTIL_DISABLED", "")  # what is empty is not set
    _settings.reread()
    with pytest.warns(CheckpointWarning, match="LUTIL_SHO is no .* LUTIL_SHOW.; LUTIL_STROE is no") as told:
        current()
    assert len(told) == 1


def test_every_variable_that_the_package_names_is_known(monkeypatch):
    package = Path(Lutil.__file__).parent
    text = "".join(path.read_text() for path in package.rglob("*.py"))
    for name in set(re.findall(r"\bLUTIL_[A-Z_]+[A-Z]\b", text)):
        monkeypatch.setenv(name, {"LUTIL_OBSERVE": "auto", "LUTIL_SHARED_MODE": "read"}.get(name, "1"))
    monkeypatch.delenv("LUTIL_SHARED", raising=False)  # a URL, and here no other value reads as one
    _settings.reread()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert current().explain
    assert _notices._said == {}


@pytest.mark.parametrize(
    ("settings", "says"),
    [
        ({"folder": "x"}, "no setting `folder`"),
        ({"disable": "perhaps"}, "`disable` cannot be 'perhaps'"),
        ({"libraries": "some"}, "`libraries`"),
        ({"min_free": -1}, "`min_free`"),
        ({"wait": "soon"}, "soon"),
        ({"store": 5}, "`store`"),
    ],
)
def test_a_setting_that_makes_no_sense_changes_nothing(settings, says):
    before = current()
    with pytest.raises(SettingError, match=says):
        configure(show=False, **settings)
    assert current() == before


def test_a_project_file_that_cannot_be_read_is_named(own_folder):
    (own_folder / "pyproject.toml").write_text("[tool.lutil\n")
    with pytest.raises(SettingError, match=r"pyproject\.toml"):
        f(1)
    (own_folder / "pyproject.toml").write_text("[tool.other]\n")
    _settings.forget()
    assert f(1) == 1


def test_numbers_in_the_environment_are_numbers_and_what_is_empty_is_not_set(program):
    program.write("""
        from Lutil.checkpoints.model._settings import current
        now = current()
        print(now.min_free, now.wait, now.store.name)
    """)
    assert (
        program.run(LUTIL_MIN_FREE="50000000", LUTIL_WAIT="10", LUTIL_STORE="") == "50000000 10.0 .Lutil-checkpoint\n"
    )


@pytest.mark.parametrize(
    "give",
    [
        lambda: configure(store=""),
        lambda: checkpoint(store=""),
        lambda: InlineCheckpoint(store=""),
        lambda: Store(""),
        lambda: Memory(""),
        lambda: configure(private=""),
    ],
)
def test_an_empty_text_is_no_folder(own_folder, give):
    with pytest.raises(SettingError, match=r"cannot be ''|'' is no folder"):
        give()
    assert list(own_folder.iterdir()) == []


def test_an_empty_text_in_a_project_file_is_no_folder(own_folder):
    (own_folder / "pyproject.toml").write_text('[tool.lutil]\nstore = ""\n')
    with pytest.raises(SettingError, match="`store` cannot be '': a folder is expected"):
        f(1)


URLS = ["s3://bucket/x", "S3://bucket/x", "s3:/bucket/x", "file:///data/x", "foo://x", "https://host/x"]


@pytest.mark.parametrize("url", URLS)
@pytest.mark.parametrize(
    "use",
    [
        lambda url: configure(store=url),
        lambda url: configure(read_from=[url]),
        lambda url: configure(private=url),
        lambda url: checkpoint(store=url)(len),
        Memory,
        Store,
    ],
)
def test_a_url_is_never_made_a_folder(own_folder, url, use):
    with pytest.raises(SettingError, match="URL"):
        use(url)
    assert list(own_folder.iterdir()) == []


@pytest.mark.parametrize("url", ["s3://bucket/x", "S3://bucket/x"])
def test_nor_is_one_that_was_a_path_or_stands_among_folders(own_folder, url):
    for use in (
        lambda: configure(store=Path(url)),
        lambda: Store(Path(url)),
        lambda: configure(read_from=f"one:{url}"),
    ):
        with pytest.raises(SettingError, match="s3://bucket/x"):
            use()


def test_what_to_write_instead_of_a_url_is_said(program):
    with pytest.raises(SettingError, match='shared="s3://bucket/x"'):
        configure(store="s3://bucket/x")
    with pytest.raises(SettingError, match="write s3://bucket/x"):
        configure(store="S3://bucket/x")
    program.write("from Lutil.checkpoints import checkpoint\ncheckpoint(len)([1])\n")
    with pytest.raises(AssertionError, match="LUTIL_SHARED"):
        program.run(LUTIL_STORE="s3://bucket/x")


@pytest.mark.parametrize("path", ["C:/data", "C:\\data", "c:data", "./foo:/x", "/a/s3://b", "a:b", "notes: mine/x"])
def test_a_path_with_a_colon_stays_a_folder(path):
    configure(store=path)
    assert current().store == Path(path).absolute()
    assert Store(path).folder.name == Path(path).name


def test_a_folder_below_home_may_be_written_short(own_folder, monkeypatch):
    monkeypatch.setenv("HOME", str(own_folder / "home"))
    monkeypatch.setenv("USERPROFILE", str(own_folder / "home"))
    assert Store("~/x").folder == own_folder / "home/x"


@pytest.mark.skipif(os.name != "posix", reason="owners are numbers on POSIX")
def test_an_owner_may_be_given_by_number(own_folder):
    configure(trust=[12345])
    assert 12345 in uids_of(current().trust)


@pytest.mark.parametrize("options", [{"max_size": "a lot"}, {"max_size": -1}, {"older_than": "thirty days"}])
def test_what_cannot_be_pruned_by_says_what_is_wanted(own_folder, options):
    f(1)
    with pytest.raises(SettingError):
        Store(own_folder / ".Lutil-checkpoint").prune(**options)


@pytest.mark.parametrize("age", ["30d", timedelta(days=30), 30 * 86400])
def test_an_age_to_prune_by_is_given_like_any_other(own_folder, age):
    f(1)
    assert len(Store(own_folder / ".Lutil-checkpoint").prune(older_than=age, dry_run=True).deleted) == 0


def test_lengths_of_time():
    assert [seconds_of(x) for x in ("90s", "1.5m", "2h", "1d", "1w", 5, timedelta(minutes=1))] == [
        90, 90, 7200, 86400, 604800, 5, 60,
    ]  # fmt: skip
    for wrong in ("1y", "", "d", -1, True, float("nan"), None):
        with pytest.raises(SettingError):
            seconds_of(wrong)


def test_further_stores_are_read_and_never_written(own_folder, monkeypatch):
    configure(store="shared")
    f(1)
    shared = own_folder / "shared"
    before = {path: path.stat().st_mtime_ns for path in shared.rglob("*")}
    configure(store="mine", read_from=[shared])
    assert f.is_cached(1)
    f(1), f(2)
    assert {path: path.stat().st_mtime_ns for path in shared.rglob("*")} == before
    assert len(list((own_folder / "mine").rglob("*.entry"))) == 1


def test_library_versions_count_as_much_as_configured(program):
    program.write('__version__ = "1.2.3"\ndef g(x): return x\n', "site-packages/somelib.py")
    program.write("""
        import sys
        sys.path.insert(0, "site-packages")
        import somelib
        from Lutil.checkpoints import checkpoint, configure
        configure(libraries=sys.argv[1])
        @checkpoint
        def f(x):
            print("ran", end=" ")
            return somelib.g(x)
        f(1)
    """)

    def run(version, rule):
        program.write(f'__version__ = "{version}"\ndef g(x): return x\n', "site-packages/somelib.py")
        return program.run("main.py", rule)

    assert run("1.2.3", "exact") == "ran "
    assert run("1.2.3", "exact") == ""
    assert run("1.2.4", "exact") == "ran "
    assert run("1.2.4", "minor") == "ran "
    assert run("1.2.9", "minor") == ""
    assert run("1.3.0", "minor") == "ran "
    assert run("1.3.0", "ignore") == "ran "
    assert run("2.0", "ignore") == ""


def test_the_folder_brings_its_own_gitignore(own_folder):
    f(1)
    assert Path(".Lutil-checkpoint/.gitignore").read_text().strip() == "*"
    assert Path(".Lutil-checkpoint/CACHEDIR.TAG").read_text().startswith("Signature: 8a477f597d28d172789f06886806bc55")
    assert not os.path.exists(".Lutil-checkpoint/v1/_partial/x")


TAGS = {".gitignore", "CACHEDIR.TAG"}


def tags(folder):
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if path.name in TAGS}


@pytest.mark.parametrize("store", [".", "data"])
def test_a_store_in_a_folder_with_files_of_the_users_hides_none_of_them(own_folder, store):
    folder = own_folder / store
    folder.mkdir(exist_ok=True)
    (folder / "mine.csv").write_text("1,2,3")
    checkpoint(store=store)(lambda x: x)(1)
    assert tags(folder) == {"v1/.gitignore", "v1/CACHEDIR.TAG"}
    assert (folder / "v1/.gitignore").read_text() == "*\n"
    (entry,) = folder.rglob("*.entry")

    def told(*command):
        return subprocess.run(command, cwd=own_folder, check=True, capture_output=True, text=True).stdout

    if shutil.which("git"):
        told("git", "init", "-q")
        shown = told("git", "status", "--short", "-uall")
        assert "mine.csv" in shown
        assert entry.name not in shown
        assert "v1" not in shown
    if sys.platform == "linux" and shutil.which("tar"):
        told("tar", "--exclude-caches", "-cf", "/dev/null", str(folder))
        kept = told("tar", "--exclude-caches", "-cvf", "/dev/null", store)
        assert "mine.csv" in kept
        assert entry.name not in kept
    assert Store(folder).check(repair=True) == (1, (), (), 0)
    assert Store(folder).delete() == 1
    assert tags(folder) == {"v1/.gitignore", "v1/CACHEDIR.TAG"}


@pytest.mark.parametrize(
    ("files", "place"),
    [
        ({}, ""),
        ({"v1@4711/f/ab/x.entry": "", ".probe-12-0a1b2c3d": ""}, ""),
        ({".gitignore": "*\n"}, ""),  # of a store whose tree was removed
        ({".gitignore": "*\n!.gitignore\n"}, "v1/"),
        ({"joblib/f/output.pkl": ""}, "v1/"),
        ({".git/HEAD": ""}, "v1/"),
        ({"v1.csv": ""}, "v1/"),
    ],
)
def test_a_folder_is_left_out_as_a_whole_only_where_all_in_it_is_ours(own_folder, files, place):
    for name, text in files.items():
        (own_folder / "kept" / name).parent.mkdir(parents=True, exist_ok=True)
        (own_folder / "kept" / name).write_text(text)
    (own_folder / "kept").mkdir(exist_ok=True)
    checkpoint(store="kept")(lambda x: x)(1)
    mine = {".gitignore"} & files.keys()
    assert tags(own_folder / "kept") == {f"{place}{name}" for name in TAGS} | mine
    assert {name: (own_folder / "kept" / name).read_text() for name in files} == files


def test_a_store_that_was_left_out_as_a_whole_stays_so(own_folder):
    kept = checkpoint(store="kept")(lambda x: x)
    kept(1)
    (own_folder / "kept/mine.csv").write_text("1,2,3")
    shutil.rmtree(own_folder / "kept/v1")
    kept(1)
    assert tags(own_folder / "kept") >= TAGS


WRONG = {
    "watch": [
        "x",
        [File(None)],
        [File(3)],
        [Dir(3)],
        [Env(None)],
        [Env("")],
        [Env("A=B")],
        File("x"),
        Env("X"),
        3,
        {},
        ["a b"],
    ],
    "produce": ["x", File("x"), 3, [3], ["a b"], [File(3)]],
    "ignore": ["x", 3, [3], ["a b"]],
    "keep_if": [3],
    "expires": ["x", -1, float("nan"), True],
    "name": [3, ""],
    "store": [3, b"x", "", "\0", "file:///tmp/x"],
    "shared": ["x", 3, "ftp://x/y", "file://tmp/x", "file://", "s3://", "https://"],
    "rng": ["x"],
    "observe": ["no"],
}
"""What each option refuses."""


@pytest.mark.parametrize(("option", "value"), [(option, value) for option, values in WRONG.items() for value in values])
def test_each_option_refuses_what_makes_no_sense_with_an_error_of_ours_before_anything_runs(option, value):
    with pytest.raises(CheckpointError, match=rf"(?s){option}|no length of time|folder|a function produces"):
        checkpoint(**{option: value})(len)
    with pytest.raises(CheckpointError, match=rf"(?s){option}|no length of time|folder"):
        InlineCheckpoint(**{option: value})


def test_a_very_long_time_is_for_ever():
    @checkpoint(expires=10**400)
    def f(x):
        return x

    assert f(1) == f(1) == 1


@pytest.mark.parametrize(
    "wrong",
    [
        lambda f: f(1, __recompute__="no"),
        lambda f: f.map([1], __recompute__="no"),
        lambda _: InlineCheckpoint(recompute="no"),
        lambda _: Store(3),
        lambda _: Store("x", max_size="20XB"),
        lambda _: Store("x", wait="soon"),
        lambda _: Store("x").history(most=0),
        lambda _: Store("x").prune(which="ki"),
        lambda _: Store("x").prune(superseded="yes"),
        lambda _: configure(read_from=[3]),
        lambda _: configure(max_size="20XB"),
    ],
)
def test_what_is_asked_in_a_way_that_makes_no_sense_is_refused(wrong):
    with pytest.raises(SettingError, match=r"expected|no length of time"):
        wrong(checkpoint(lambda x: x))


def test_the_url_in_a_message_is_the_one_that_was_given():
    with pytest.raises(SettingError, match=r'^file:///tmp/x is a URL.* shared="file:///tmp/x"'):
        checkpoint(store="file:///tmp/x")(len)


def test_a_store_without_a_folder_is_the_one_in_use_here(own_folder):
    checkpoint(len)([1])
    assert [info.name for info in Store().entries()] == ["len"]


def test_to_wait_for_ever_can_be_said_in_a_variable(monkeypatch):
    monkeypatch.setenv("LUTIL_WAIT", "none")
    _settings.reread()
    assert _settings.current().wait is None
