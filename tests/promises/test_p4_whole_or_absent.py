"""P4: whatever happens to the folder, the worst is a recomputation; what was computed reaches the caller."""

from __future__ import annotations

import os
import shutil
import threading
from pathlib import Path

import pytest

from Lutil.checkpoints import DamagedEntryWarning, InlineCheckpoint, NotSavedWarning, checkpoint

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
