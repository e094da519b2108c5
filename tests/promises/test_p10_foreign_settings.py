"""P10: a project file that somebody else owns or can write to says nothing; what is refused is said once."""

from __future__ import annotations

import os
import warnings
from pathlib import Path

import pytest

from Lutil.checkpoints import UntrustedWarning, checkpoint, configure
from Lutil.checkpoints.model import _settings
from Lutil.checkpoints.model._settings import current
from other_users import as_root, posix

STRANGER = 12345
TEXT = '[tool.lutil]\nstore = "by-project"\ntrust = ["nobody"]\n'

pytestmark = posix


@checkpoint
def f(x):
    return x


@pytest.fixture
def project(own_folder):
    """A folder with a project file, as its owner has made it."""
    (own_folder / "pyproject.toml").write_text(TEXT)
    (own_folder / "pyproject.toml").chmod(0o644)
    own_folder.chmod(0o755)
    return own_folder


def obeyed():
    _settings.forget()
    return current().store.name == "by-project" and current().trust == ("nobody",)


def test_a_project_file_of_ones_own_is_obeyed(project):
    assert obeyed()
    assert current().refused == ""


@as_root
@pytest.mark.parametrize("place", [".", "pyproject.toml"])
def test_settings_of_somebody_else_are_not_obeyed(project, place):
    os.chown(project / place, STRANGER, -1)
    assert not obeyed()
    assert current().trust == ()
    assert f"belongs to user {STRANGER}" in current().refused
    assert str(project / "pyproject.toml") in current().refused


@pytest.mark.parametrize("place", [".", "pyproject.toml"])
@pytest.mark.parametrize("bit", [0o020, 0o002])
def test_settings_that_others_can_write_are_not_obeyed(project, place, bit):
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        os.chown(project / place, 0, 12100)  # a group of several
    path = project / place
    path.chmod(path.stat().st_mode | bit)
    assert obeyed() == (bit == 0o020 and _private(path))
    if current().refused:
        assert f"chmod go-w {path}" in current().refused.replace("/.", "")


def _private(path):
    import grp
    import pwd

    try:
        group, user = grp.getgrgid(path.stat().st_gid), pwd.getpwuid(path.stat().st_uid)
    except KeyError:
        return False
    return group.gr_name == user.pw_name


@as_root
@pytest.mark.parametrize("place", [".", "pyproject.toml"])
def test_a_group_that_is_the_users_alone_is_nobody_else(project, place):
    """Many systems give each user a group of the same name, and let it write to all that the user makes."""
    os.chown(project / place, 0, 0)
    (project / place).chmod(0o775)
    assert obeyed()


def test_a_file_of_ones_own_in_a_folder_like_tmp_is_obeyed(project):
    project.chmod(0o1777)
    assert obeyed()


@as_root
def test_a_file_of_somebody_else_in_a_folder_like_tmp_is_not(project):
    project.chmod(0o1777)
    os.chown(project / "pyproject.toml", STRANGER, -1)
    assert not obeyed()


@as_root
def test_a_link_that_somebody_else_made_is_not_obeyed(project):
    (project / "pyproject.toml").rename(project / "mine.toml")
    (project / "pyproject.toml").symlink_to("mine.toml")
    assert obeyed()
    os.lchown(project / "pyproject.toml", STRANGER, -1)
    assert not obeyed()


@as_root
@pytest.mark.parametrize("trust", [str(STRANGER), "owner"])
@pytest.mark.parametrize("way", ["environment", "call"])
def test_whom_one_names_is_obeyed(project, monkeypatch, trust, way):
    for place in (".", "pyproject.toml"):
        os.chown(project / place, STRANGER, -1)
    _settings.forget()
    if way == "environment":
        monkeypatch.setenv("LUTIL_TRUST", trust)
    else:
        configure(trust=[trust])
    assert current().store == project / "by-project"
    assert current().trust == (trust,)


@as_root
def test_under_sudo_the_settings_of_the_caller_are_obeyed(project, monkeypatch):
    for place in (".", "pyproject.toml"):
        os.chown(project / place, STRANGER, -1)
    monkeypatch.setenv("SUDO_UID", str(STRANGER))
    assert obeyed()


@as_root
def test_a_refusal_is_one_notice_and_the_program_runs(project):
    os.chown(project / "pyproject.toml", STRANGER, -1)
    _settings.forget()
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        assert [f(1), f(1), f(2)] == [1, 1, 2]
    (notice,) = said
    assert notice.category is UntrustedWarning
    assert f"LUTIL_TRUST={STRANGER}" in str(notice.message)
    assert (project / ".Lutil-checkpoint").is_dir()


@as_root
def test_a_foreign_file_without_settings_of_ours_is_no_news(project):
    (project / "pyproject.toml").write_text("[tool.other]\n")
    os.chown(project / "pyproject.toml", STRANGER, -1)
    _settings.forget()
    assert current().refused == ""


def test_a_pipe_in_the_place_of_a_project_file_is_passed_by(own_folder, monkeypatch):
    below = own_folder / "below"
    below.mkdir()
    os.mkfifo(below / "pyproject.toml")
    (own_folder / "pyproject.toml").write_text('[tool.lutil]\nstore = "above"\n')
    own_folder.chmod(0o755)
    monkeypatch.chdir(below)
    _settings.forget()
    assert current().store == own_folder / "above"


@as_root
def test_many_refused_entries_are_one_notice(own_folder):
    configure(store="cache")
    assert [f(x) for x in range(8)] == list(range(8))
    for entry in Path("cache").rglob("*.entry"):
        os.chown(entry, STRANGER, -1)
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        assert [f(x) for x in range(8)] == list(range(8))
    (notice,) = said
    assert notice.category is UntrustedWarning
    assert f"trust=[{STRANGER}]" in str(notice.message)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert [f(x) for x in range(8)] == list(range(8))


@as_root
def test_a_folder_of_somebody_else_in_the_place_of_ours_is_one_notice(own_folder):
    Path("cache").mkdir()
    Path("cache/v1").mkdir()
    os.chown("cache/v1", STRANGER, -1)
    configure(store="cache")
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        assert [f(x) for x in range(3)] == list(range(3))
    (notice,) = said
    assert notice.category is UntrustedWarning
    assert list(Path("cache").rglob("*.entry")) == []
