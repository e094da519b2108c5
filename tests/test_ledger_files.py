"""The ledger of a store: each process writes a file of its own, and readers put old ones together."""

from __future__ import annotations

import json
import os
import time

import pytest

from Lutil.checkpoints import Store, checkpoint, configure
from Lutil.checkpoints.report import _ledger_history as lines
from Lutil.checkpoints.report import _ledger_writer as writer


@pytest.fixture
def store(own_folder):
    configure(store=own_folder / "kept")
    yield Store(own_folder / "kept")
    writer._books.clear()


def files(store):
    return sorted((store.folder / "v1" / "_ledger").glob("*"))


@checkpoint
def squared(x):
    return [x * x]


def test_a_run_is_written_as_it_ends_and_skips_now_and_then(store):
    squared(1)
    assert lines.history(store.ledger).total()[:2] == (0, 1)
    squared(1)
    assert lines.history(store.ledger).total().hits == 0
    for book in writer._books.values():
        book.due = 0.0
    squared(1)
    assert lines.history(store.ledger).total().hits == 2


def test_workers_of_a_pool_write_their_skips_though_they_run_no_atexit(program):
    program.write("""
        from concurrent.futures import ProcessPoolExecutor
        from Lutil.checkpoints import checkpoint
        @checkpoint
        def squared(x): return [x * x]
        if __name__ == "__main__":
            squared(1)
            with ProcessPoolExecutor(2) as pool:
                list(pool.map(squared, [1] * 6))
    """)
    program.run()
    assert lines.history(Store(program.folder / ".Lutil-checkpoint").ledger).total()[:2] == (6, 1)


def test_a_store_that_was_removed_gets_a_new_file_and_a_foreign_descriptor_none(store, own_folder):
    import shutil

    squared(1)
    shutil.rmtree(store.folder)
    squared(2)
    assert len(files(store)) == 1
    (book,) = [book for book in writer._books.values() if getattr(book.store, "folder", None) == store.folder]
    descriptor = book.files._open[1].number
    mine = os.open(own_folder / "mine.txt", os.O_WRONLY | os.O_CREAT)
    os.dup2(mine, descriptor)  # as a program does that closes all it finds open
    try:
        squared(3)
    finally:
        os.close(mine)
        os.close(descriptor)
    assert (own_folder / "mine.txt").read_bytes() == b""
    assert lines.history(store.ledger).total().runs == 2


def test_old_files_are_put_together_and_say_the_same(store):
    squared(1)
    place = files(store)[0].parent
    for number in range(70):
        file = place / f"host-{number}-0000000{number % 10}.jsonl"
        head = {"script": "s.py", "host": "host", "pid": number, "start": 1.0, "python": "3.11.7"}
        run = {"t": 1e9, "run": "f", "where": "", "key": "", "why": "first run", "cost": 1.0, "over": 0.5, "lost": ""}
        told = [head, run, {"t": 1e9, "hits": {"f": [2, 4.0]}}]
        file.write_text("".join(json.dumps(line) + "\n" for line in told) + "{cut sho")
        os.utime(file, (1e9, 1e9))
    before = lines.history(store.ledger)
    assert before.by_name["f"] == lines.Tally(140, 70, 280.0, 105.0)
    assert lines.put_together(store.ledger) == 70
    after = lines.history(store.ledger)
    assert (after.by_name, after.by_day) == (before.by_name, before.by_day)
    assert len(files(store)) == 2
    assert lines.put_together(store.ledger) == 0


def test_a_disk_that_takes_no_ledger_costs_no_result(store, monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device")

    squared(1)
    monkeypatch.setattr(os, "write", full)
    assert squared(1) == [1]


def test_a_line_of_another_version_is_passed_over(store):
    squared(1)
    with files(store)[0].open("a") as file:
        file.write('{"t": "never", "hits": 3}\n{"new": 1}\nnot json\n')
    assert lines.history(store.ledger).total().runs == 1
    assert time.time() - lines.history(store.ledger).runs[0].time < 3600
