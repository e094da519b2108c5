"""A store without a limit that has become large is named once, with the command that frees most; it loses nothing."""

from __future__ import annotations

import os
import time
import warnings

import pytest

from Lutil.checkpoints import CheckpointWarning, Store, checkpoint, configure
from Lutil.checkpoints.model.process import _notices
from Lutil.checkpoints.store import _budget

MB = 1_000_000


@pytest.fixture
def small(monkeypatch):
    """From 3 MB on a store is large, and each MB is a line."""
    monkeypatch.setattr(_budget, "_A_LOT", 3 * MB)
    monkeypatch.setattr(_budget, "_STEP", MB)


def kept(n):
    @checkpoint(name="kept")
    def kept(n):
        return bytes([n]) * MB

    return kept(n)


def told(numbers):
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        for number in numbers:
            kept(number)
    return [str(one.message) for one in said if issubclass(one.category, CheckpointWarning)]


def test_it_is_said_once_and_again_when_there_is_twice_as_much(small, own_folder):
    (first,) = told(range(10, 14))
    assert f"{own_folder / '.Lutil-checkpoint'} holds 3.0 MB of results" in first
    assert "`lutil prune --max-size 1.5MB` frees 1.5 MB" in first
    assert 'max_size="3.0MB"' in first
    _notices.reset()  # as in another process
    assert told(range(10, 14)) == []
    (second,) = told(range(14, 18))
    assert "holds 6.0 MB" in second or "holds 7.0 MB" in second  # two entries differ by some bytes
    assert len(list(Store(".Lutil-checkpoint").list())) == 8


def test_the_command_is_the_one_that_frees_most(small, own_folder):
    told(range(10, 12))
    for entry in (own_folder / ".Lutil-checkpoint").rglob("*.entry"):
        os.utime(entry, (time.time() - 40 * 86400,) * 2)
    (said,) = told(range(12, 13))
    assert "`lutil prune --older-than 30d` frees 2.0 MB" in said


def test_what_newer_code_has_superseded_is_counted(small, program):
    text = """
        from Lutil.checkpoints import checkpoint
        from Lutil.checkpoints.store import _budget
        _budget._A_LOT, _budget._STEP = 3_000_000, 1_000_000
        @checkpoint
        def kept(n): return bytes([n + ADDED]) * 1_000_000
        for n in NUMBERS: kept(n)
    """
    program.write(text.replace("ADDED", "0").replace("NUMBERS", "(0, 1)"))
    program.run()
    program.write(text.replace("ADDED", "1").replace("NUMBERS", "(0,)"))
    program.run()
    assert "`lutil prune --superseded` frees 2.0 MB" in program.errors


def test_a_store_elsewhere_is_named_in_the_command(small, own_folder):
    @checkpoint(name="kept", store=own_folder / "other place")
    def kept(n):
        return bytes([n]) * MB

    with pytest.warns(CheckpointWarning, match=r"--store '.*/other place'`"):
        for number in range(4):
            kept(number)


def test_a_tenth_of_a_small_disk_is_a_lot(small, monkeypatch):
    monkeypatch.setattr(_budget, "total_bytes", lambda place: 20 * MB)
    (said,) = told(range(10, 13))
    assert "holds 2.0 MB" in said


def test_a_store_that_was_large_before_anybody_counted_is_found_at_the_next_step(small, monkeypatch):
    monkeypatch.setattr(_budget, "_STEP", 1 << 40)  # no process comes that far
    assert told(range(10, 15)) == []
    monkeypatch.setattr(_budget, "_STEP", MB)
    assert len(told(range(15, 16))) == 1


def test_entries_are_listed_only_where_there_seems_to_be_a_lot(small):
    listed = []
    store = Store("s")
    store._budget._unwritten = 0

    def entries():
        listed.append(1)
        return iter(())

    for _ in range(20):
        store._budget.grown(MB // 10, entries)
    assert len(listed) == 1  # nothing was known before the first line
    assert len((store.folder / "v1" / "_budget" / "sizes").read_text().split()) == 2


def test_with_a_limit_nobody_is_told(small):
    configure(max_size="4 MB")
    assert told(range(10, 16)) == []


def test_a_sweep_leaves_the_random_stream_of_the_program_alone(own_folder):
    import random

    random.seed(3)
    configure(max_size="2 MB")
    told(range(10, 16))
    found = random.random()
    random.seed(3)
    assert found == random.random()
