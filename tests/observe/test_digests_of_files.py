"""Digests of files are remembered by stat, and only where a stat can be trusted."""

# Each change is made when its turn comes.
# ruff: noqa: PLW0108

from __future__ import annotations

import os
import pickle
import tracemalloc
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from Lutil.checkpoints import Dir, Env, File
from Lutil.checkpoints.model._errors import UnfingerprintableError
from Lutil.checkpoints.model._key import PartKind
from Lutil.checkpoints.observe import Mode, Observed, Trace, _marker_digests, marker_digest, marker_parts, present
from Lutil.checkpoints.observe.files import _file_digests

ONE = Trace([Observed(PartKind.FILE, "project:x", Mode.CONTENT)])


class Memory:
    """Notes of a store, which count how often they are asked."""

    def __init__(self):
        self.kept = {}
        self.asked = 0

    def get_note(self, kind, key, /):
        self.asked += 1
        return self.kept.get((kind, key))

    def put_note(self, kind, key, value, /):
        self.kept[(kind, key)] = value


@pytest.fixture
def settled(monkeypatch):
    """Files count as settled at once: tests need not wait for two seconds."""
    monkeypatch.setattr(_file_digests, "SETTLED_NS", -(10**9))


@pytest.fixture(autouse=True)
def forgetful():
    _file_digests.remembered.clear()
    yield
    _file_digests.remembered.clear()


@pytest.fixture
def reads(monkeypatch):
    """Which files were read from their first byte to their last."""
    found = []
    original = _file_digests._read
    monkeypatch.setattr(_file_digests, "_read", lambda path, notes: (found.append(path), original(path, notes))[1])
    return found


def test_a_settled_file_is_read_once(project, settled, reads):
    project.write("x")
    assert present(ONE, None, project.root) == present(ONE, None, project.root)
    assert len(reads) == 1


def test_a_file_that_was_just_written_is_read_again(project, reads):
    """Two writes within one tick of the clock leave the same stat."""
    path = project.write("x", "one")
    stat = path.stat()
    first = present(ONE, None, project.root)
    path.write_text("two")
    os.utime(path, ns=(stat.st_atime_ns, stat.st_mtime_ns))
    assert present(ONE, None, project.root) != first
    assert len(reads) == 2


def test_an_old_time_of_change_does_not_settle_a_file_that_was_just_put_there(project, reads):
    project.write("x", age=1000)
    present(ONE, None, project.root)
    present(ONE, None, project.root)
    assert len(reads) == 2


def test_a_large_file_is_hashed_once_and_not_once_per_process(project, settled, reads):
    project.write("x", b"x" * (_file_digests.NOTED_FROM + 1))
    notes = Memory()
    first = present(ONE, notes, project.root)
    _file_digests.remembered.clear()  # another process
    assert present(ONE, notes, project.root) == first
    assert len(reads) == 1
    project.write("x", b"y" * (_file_digests.NOTED_FROM + 1))
    assert present(ONE, notes, project.root) != first


def test_many_small_files_are_hashed_once_and_not_once_per_process(project, settled, reads):
    names = [f"{number}.txt" for number in range(100)]
    for name in names:
        project.write(name, name)
    (notes, trace) = Memory(), Trace(Observed(PartKind.FILE, f"project:{name}", Mode.CONTENT) for name in names)
    first = present(trace, notes, project.root)
    assert len(reads) == 100
    _file_digests.remembered.clear()  # another process
    assert present(trace, notes, project.root) == first
    assert len(reads) == 100
    project.write("7.txt", "another")
    _file_digests.remembered.clear()
    assert present(trace, notes, project.root) != first
    assert len(reads) == 101
    for key in notes.kept:
        notes.kept[key] = b"no note"
    project.write("7.txt", "7.txt")
    _file_digests.remembered.clear()
    assert present(trace, notes, project.root) == first


def test_a_folder_of_many_small_files_is_hashed_once_and_not_once_per_process(project, settled, reads):
    for number in range(100):
        project.write(f"images/{number}.txt", str(number))
    notes = Memory()
    first = marker_digest(Dir("images"), notes)
    _file_digests.remembered.clear()
    assert marker_digest(Dir("images"), notes) == first
    assert len(reads) == 100


def test_a_note_that_makes_no_sense_is_not_believed(project, settled):
    project.write("x", b"x" * (_file_digests.NOTED_FROM + 1))
    notes = Memory()
    first = present(ONE, notes, project.root)
    for key in notes.kept:
        notes.kept[key] = b"short"
    _file_digests.remembered.clear()
    assert present(ONE, notes, project.root) == first


def test_small_files_take_no_notes(project, settled):
    project.write("x", "small")
    notes = Memory()
    present(ONE, notes, project.root)
    assert (notes.kept, notes.asked) == ({}, 0)


def test_a_large_file_is_digested_in_little_memory(project):
    path = project.path / "x"
    with path.open("wb") as file:
        file.truncate(64 << 20)
    tracemalloc.start()
    try:
        present(ONE, None, project.root)
        assert tracemalloc.get_traced_memory()[1] < 4 << 20
    finally:
        tracemalloc.stop()


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.binary(max_size=64),
    st.sampled_from([0, 1, _file_digests.CHUNK - 1, _file_digests.CHUNK, _file_digests.CHUNK + 1]),
)
def test_the_digest_is_of_the_whole_content(project, data, size):
    whole = (b"\0" * size) + data
    project.write("x", whole)
    first = present(ONE, None, project.root)
    project.write("y", whole)
    assert (
        _file_digests.content(str(project.path / "y"), None)[1]
        == _file_digests.content(str(project.path / "x"), None)[1]
    )
    project.write("x", whole + b"\0")
    assert present(ONE, None, project.root) != first


def test_no_content_has_the_digest_of_a_marker(project):
    for text in (b"missing", b"observed\0missing", b"directory", b"observed\0file"):
        project.write("x", text)
        assert _file_digests.content(str(project.path / "x"), None)[1] not in {
            _file_digests.ABSENT,
            _file_digests.DIRECTORY,
            _file_digests.PLAIN,
            _file_digests.UNREADABLE,
        }


def test_on_a_network_file_system_a_file_is_opened_to_be_asked(project, settled, monkeypatch):
    path = project.write("x")
    present(ONE, None, project.root)
    opened = []
    monkeypatch.setattr(_file_digests, "_remote", {path.stat().st_dev: True})
    monkeypatch.setattr(
        _file_digests.os, "open", lambda *args, original=os.open: (opened.append(args), original(*args))[1]
    )
    present(ONE, None, project.root)
    assert [args[0] for args in opened] == [str(path)]


def test_what_cannot_be_read_gives_no_digest(project, monkeypatch):
    project.write("x")

    def broken(path, notes):
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(_file_digests, "_read", broken)
    assert present(ONE, None, project.root) is None


def test_a_trace_of_ten_files_is_ten_stats(project, settled, monkeypatch):
    trace = Trace(Observed(PartKind.FILE, f"project:{n}", Mode.CONTENT) for n in range(10))
    for n in range(10):
        project.write(str(n), str(n))
    first = present(trace, None, project.root)
    for function in ("open", "lstat", "listdir", "scandir"):
        monkeypatch.delattr(os, function)
    assert present(trace, None, project.root) == first


def test_a_marked_file_counts_by_its_content(project):
    project.write("a.csv", "1")
    first = marker_digest(File("a.csv"))
    project.write("b.csv", "1")
    assert marker_digest(File(project.path / "b.csv"), Memory()) == first
    project.write("a.csv", "2")
    assert marker_digest(File("a.csv")) != first
    assert marker_parts(File("a.csv"))[0][:2] == (PartKind.FILE, "a.csv")


def test_a_marked_folder_counts_by_names_and_contents(project):
    project.write("images/a", "1")
    project.write("images/deep/b", "2")
    first = marker_digest(Dir("images/"))
    assert [part.path for part in marker_parts(Dir("images/"))[0].parts] == ["images/a", "images/deep/b"]
    project.write("images/a", "1", age=100)
    project.write("images/__pycache__/x.pyc", "1")
    assert marker_digest(Dir("images")) == first
    seen = {first}
    for change in (
        lambda: project.write("images/a", "9"),
        lambda: project.write("images/c", ""),
        lambda: (project.path / "images/c").rename(project.path / "images/d"),
        lambda: (project.path / "images/deep/b").unlink(),
    ):
        change()
        seen.add(marker_digest(Dir("images")))
    assert len(seen) == 5


def test_a_marked_folder_that_holds_itself_ends(project):
    project.write("images/a", "1")
    (project.path / "images/again").symlink_to(project.path / "images")
    assert len(marker_parts(Dir("images"))[0].parts) == 1


def test_a_marked_folder_of_very_many_files_counts_by_stat(project, monkeypatch):
    monkeypatch.setattr(_marker_digests, "MOST_FILES", 3)
    for n in range(4):
        project.write(f"images/{n}", str(n))
    first = marker_digest(Dir("images"))
    assert marker_digest(Dir("images")) == first
    assert marker_parts(Dir("images"))[0].preview == "4 files by size and time"
    project.write("images/1", "12")
    assert marker_digest(Dir("images")) != first


@pytest.mark.parametrize(
    ("marker", "says"),
    [
        (File("no.csv"), "there is no such file"),
        (Dir("no"), "there is no such folder"),
        (File("."), "cannot be read as a file"),
        (Dir("file"), "is no folder"),
    ],
)
def test_a_marker_of_what_is_not_there_is_refused_by_name_and_place_and_nothing_is_advised(project, marker, says):
    project.write("file")
    with pytest.raises(UnfingerprintableError) as caught:
        marker_digest(marker)
    assert str(caught.value) == f"{type(marker).__name__}({marker.path!r}): {says}: {Path.cwd() / marker.path}"
    assert str(pickle.loads(pickle.dumps(caught.value))) == str(caught.value)


def test_a_marked_variable_counts_by_its_value_and_shows_none(monkeypatch):
    monkeypatch.delenv("STAGE", raising=False)
    digests = {marker_digest(Env("STAGE"))}
    for value in ("", "dev", "prod", "unset"):
        monkeypatch.setenv("STAGE", value)
        digests.add(marker_digest(Env("STAGE")))
        assert marker_parts(Env("STAGE"))[0].preview == ""
    assert len(digests) == 5
