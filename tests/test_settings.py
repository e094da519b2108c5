"""Settings: argument, configure, environment, [tool.lutil], default, in this order."""

from __future__ import annotations

import os
from datetime import timedelta
from pathlib import Path

import pytest

from Lutil.checkpoints import Memory, SettingError, Store, checkpoint, configure
from Lutil.checkpoints.model._setting_values import seconds_of
from Lutil.checkpoints.model._settings import current
from Lutil.checkpoints.model._trust import uids_of


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
    from Lutil.checkpoints.model import _settings

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
    from Lutil.checkpoints.model import _settings

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


def test_an_empty_folder_is_none(own_folder):
    with pytest.raises(SettingError, match="folder"):
        configure(store="")


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
