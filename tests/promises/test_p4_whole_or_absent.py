"""P4: whatever happens to the folder, the worst is a recomputation; what was computed reaches the caller."""

from __future__ import annotations

import os
import pickle
import shutil
import threading
import time
import warnings
from pathlib import Path

import pytest

from Lutil.checkpoints import DamagedEntryWarning, InlineCheckpoint, NotSavedWarning, UntrustedWarning, checkpoint
from Lutil.checkpoints.computation import _recipe
from Lutil.checkpoints.engine._pipeline import look_up
from Lutil.checkpoints.model._entry import Header
from Lutil.checkpoints.store import FileStore

FOLDER = Path(".Lutil-checkpoint")
calls: list[object] = []


def entries():
    return sorted(FOLDER.rglob("*.entry"))


@checkpoint
def double(x):
    calls.append(x)
    return [x, x]


@pytest.fixture(autouse=True)
def no_calls():
    calls.clear()


def test_the_folder_may_be_deleted_at_any_moment():
    assert double(1) == [1, 1]
    shutil.rmtree(FOLDER)
    assert double(1) == [1, 1]
    assert double(1) == [1, 1]
    assert calls == [1, 1]


def test_the_folder_may_be_deleted_while_something_runs():
    @checkpoint
    def remove(x):
        shutil.rmtree(FOLDER, ignore_errors=True)
        calls.append(x)
        return x

    assert remove(1) == 1
    assert remove(1) == 1
    assert calls == [1]


@pytest.mark.parametrize("damage", ["flip", "cut", "empty", "foreign"])
def test_a_damaged_entry_is_set_aside_said_once_and_recomputed(damage):
    double(1)
    (entry,) = entries()
    data = entry.read_bytes()
    middle = data.index(b"\x80\x05") + 1  # in the pickle stream
    entry.write_bytes(
        {
            "flip": data[:middle] + bytes([data[middle] ^ 1]) + data[middle + 1 :],
            "cut": data[: len(data) // 2],
            "empty": b"",
            "foreign": b"hello",
        }[damage]
    )
    with pytest.warns(DamagedEntryWarning, match="set aside"):
        assert double(1) == [1, 1]
    assert double(1) == [1, 1]
    assert calls == [1, 1]
    assert list(FOLDER.rglob("*.corrupt"))


def test_every_flipped_byte_gives_the_right_value_or_a_recomputation(recwarn):
    double(7)
    (entry,) = entries()
    data = entry.read_bytes()
    for position in range(0, len(data), 7):
        entry.write_bytes(data[:position] + bytes([data[position] ^ 0x10]) + data[position + 1 :])
        assert double(7) == [7, 7]


class Mark:
    """Leaves a file behind when it is unpickled."""

    def __reduce__(self):
        return Path.touch, (Path("unpickled"),)


def entry_of(x, value):
    """Put an entry of `double(x)` that holds a value; return its file."""
    computation = double._computation((x,), {})
    look_up(computation)
    stream = pickle.dumps((value,), 5)
    computation.stores[0].put("double", computation.key, Header(time.time(), 1.0), stream, [], b"{}")
    return next(FOLDER.rglob(f"{computation.key}.entry"))


def test_bytes_that_fail_their_digest_are_never_unpickled():
    entry = entry_of(1, Mark())
    double(1)
    assert Path("unpickled").exists(), "an entry that is whole is unpickled"
    Path("unpickled").unlink()
    data = entry.read_bytes()
    start = data.index(b"\x80\x05")
    for position in (*range(8, 60), *range(start, start + data[start:].index(b".") + 1)):
        entry.write_bytes(data[:position] + bytes([data[position] ^ 0x01]) + data[position + 1 :])
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            assert double(1) == [1, 1]
        assert not Path("unpickled").exists(), position


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root can give files away")
def test_bytes_of_a_stranger_are_never_unpickled():
    entry = entry_of(1, Mark())
    os.chown(entry, 12345, -1)
    with pytest.warns(UntrustedWarning, match="12345"):
        assert double(1) == [1, 1]
    assert not Path("unpickled").exists()


def test_two_versions_of_python_share_a_folder_and_each_has_its_own(monkeypatch):
    for version in [(3, 11), (3, 99), (3, 11), (3, 99)]:
        monkeypatch.setattr(_recipe.sys, "version_info", version)
        double._forget_recipe()
        assert double(1) == [1, 1]
    assert calls == [1, 1]
    assert len(entries()) == 2


@pytest.mark.parametrize("seconds", [-86400 * 365, -60, 60, 86400 * 365])
def test_a_clock_that_jumps_costs_no_hit(monkeypatch, seconds):
    double(1)
    for file in FOLDER.rglob("*"):
        os.utime(file, (time.time() + seconds, time.time() + seconds))
    assert double(1) == [1, 1]
    now = time.time
    monkeypatch.setattr(time, "time", lambda: now() + seconds)
    assert double(1) == [1, 1]
    double(2)
    assert calls == [1, 2]
    assert FileStore(FOLDER).check(repair=True).damaged == ()


def test_what_cannot_be_pickled_is_returned_with_one_warning():
    @checkpoint
    def opened(x):
        calls.append(x)
        return {"lock": threading.Lock(), "x": x}

    with pytest.warns(NotSavedWarning, match=r"lock") as said:
        assert opened(1)["x"] == 1
        assert opened(1)["x"] == 1
    assert len(said) == 1
    assert calls == [1, 1]


@pytest.mark.skipif(os.geteuid() == 0 if hasattr(os, "geteuid") else True, reason="root may write everywhere")
def test_a_read_only_folder_costs_the_entry_not_the_result(tmp_path):
    place = tmp_path / "locked"
    place.mkdir(mode=0o500)

    @checkpoint(store=place / "cache")
    def f(x):
        return x

    with pytest.warns(NotSavedWarning):
        assert f(1) == 1


def test_a_folder_that_cannot_be_made_costs_the_entry_not_the_result(tmp_path):
    (tmp_path / "file").write_text("in the way")

    @checkpoint(store=tmp_path / "file" / "cache")
    def f(x):
        return x

    with pytest.warns(NotSavedWarning, match="file"):
        assert f(1) == 1


def test_a_full_disk_costs_the_entry_not_the_result(tmp_path):
    from Lutil.checkpoints import configure

    configure(min_free=1 << 60)

    @checkpoint
    def f(x):
        return x

    with pytest.warns(NotSavedWarning, match="free"):
        assert f(1) == 1


def test_exceptions_are_not_kept_and_none_is():
    @checkpoint
    def f(x):
        calls.append(x)
        if x < 0:
            raise ValueError(x)

    for _ in range(2):
        assert f(1) is None
        with pytest.raises(ValueError, match="-1"):
            f(-1)
    assert calls == [1, -1, -1]


def test_an_unsavable_block_keeps_its_names():
    for _ in range(2):
        with pytest.warns(NotSavedWarning) if not calls else InlineCheckpoint(watch=[], produce=["z"], ignore=["lock"]):
            with InlineCheckpoint(watch=[], produce=["lock"]):
                calls.append(1)
                lock = threading.Lock()
            z = 1
        assert lock is not None
    assert calls == [1, 1]
    assert z == 1
