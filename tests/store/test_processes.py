"""Many processes: one computes, the dead are succeeded, and what is killed while writing leaves no half entry."""

from __future__ import annotations

import multiprocessing
import os
import random
import shutil
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from Lutil.checkpoints.model._entry import Header, Stored
from Lutil.checkpoints.model._outcome import Miss
from Lutil.checkpoints.store import FileStore
from Lutil.checkpoints.store.claims import _locks
from Lutil.checkpoints.store.entries import _disk

KEYS = [f"{index:02x}" + "0" * 30 for index in range(5)]
posix = pytest.mark.skipif(sys.platform == "win32", reason="fork and flock are POSIX")

START = """
import os, random, sys, time
from Lutil.checkpoints.model._entry import Header
from Lutil.checkpoints.model._outcome import Miss
from Lutil.checkpoints.store import FileStore
folder, seed = sys.argv[1], int(sys.argv[2])
store = FileStore(folder + "/cache", min_free=0)
KEYS = [f"{index:02x}" + "0" * 30 for index in range(5)]
"""
HAMMER = (
    START
    + """
keys = KEYS * 3
random.Random(seed).shuffle(keys)
for key in keys:
    if isinstance(store.get("f", key), Miss):
        claim = store.claim(key)
        claim.acquire()
        try:
            if isinstance(store.get("f", key), Miss):
                inside = os.open(f"{folder}/inside-{key}", os.O_CREAT | os.O_EXCL)
                count = int(open(f"{folder}/count-{key}").read())
                time.sleep(0.05)
                with open(f"{folder}/log", "a") as log:
                    log.write(key + "\\n")
                with open(f"{folder}/count-{key}", "w") as file:
                    file.write(str(count + 1))
                store.put("f", key, Header(0.0, 0.0), key.encode(), [], b"")
                os.close(inside)
                os.unlink(f"{folder}/inside-{key}")
        finally:
            claim.release()
    assert bytes(store.get("f", key).stream) == key.encode()
"""
)
HOLD = (
    START
    + """
claim = store.claim(KEYS[0])
claim.acquire()
print("held", flush=True)
time.sleep(60)
"""
)
WRITE = (
    START
    + """
print("go", flush=True)
picks = random.Random(seed)
while True:
    key = picks.choice(KEYS)
    stream = (key * picks.choice([1, 50, 20000])).encode()
    claim = store.claim(key)
    claim.acquire()
    store.put("f", key, Header(0.0, 2.0 if picks.random() < 0.1 else 0.0), stream, [stream], key.encode())
    store.put_trace("f", key, stream[:100])
    claim.release()
"""
)


def patient(folder, **patience):
    """Return a store whose claims wait for other times than usual."""
    store = FileStore(folder / "cache", min_free=0)
    store._claims.patience = store._claims.patience._replace(**patience)
    return store


def start(program, folder, seed=0):
    return subprocess.Popen([sys.executable, "-c", program, str(folder), str(seed)], stdout=subprocess.PIPE)


def test_eight_processes_compute_each_key_once(tmp_path):
    for key in KEYS:
        (tmp_path / f"count-{key}").write_text("0")
    workers = [start(HAMMER, tmp_path, seed) for seed in range(8)]
    assert [worker.wait(60) for worker in workers] == [0] * 8
    for worker in workers:
        worker.stdout.close()
    assert sorted((tmp_path / "log").read_text().split()) == KEYS
    assert [(tmp_path / f"count-{key}").read_text() for key in KEYS] == ["1"] * len(KEYS)
    assert list((tmp_path / "cache/v1/_claims").iterdir()) == []
    assert list((tmp_path / "cache/v1").glob("_partial/*")) == []


RACE = (
    START
    + """
claims = store._claims
claims.patience = claims.patience._replace(in_vain=1000)  # here all wait for their turn, whatever the others leave
count = f"{folder}/count"
for number in range(40):
    claim = store.claim(KEYS[0])
    claim.acquire()
    inside = os.open(f"{folder}/inside", os.O_CREAT | os.O_EXCL)
    before = int(open(count).read())
    time.sleep(0)
    with open(count, "w") as file:
        file.write(str(before + 1))
    os.close(inside)
    os.unlink(f"{folder}/inside")
    if (number + seed) % 2:
        store.put("f", KEYS[0], Header(0.0, 0.0), b"", [], b"")  # the claim becomes the entry
    claim.release()
"""
)


def test_under_a_claim_no_update_is_lost_whether_it_becomes_an_entry_or_not(tmp_path):
    (tmp_path / "count").write_text("0")
    workers = [start(RACE, tmp_path, seed) for seed in range(4)]
    assert [worker.wait(60) for worker in workers] == [0] * 4
    for worker in workers:
        worker.stdout.close()
    assert (tmp_path / "count").read_text() == "160"
    assert list((tmp_path / "cache/v1/_claims").iterdir()) == []


READ_AND_WRITE = (
    START
    + """
picks = random.Random(seed)
until = time.monotonic() + 1.5
print("go", flush=True)
while time.monotonic() < until:
    key = picks.choice(KEYS)
    found = store.get("f", key)
    assert isinstance(found, Miss) or bytes(found.stream) == key.encode()
    claim = store.claim(key)
    claim.acquire()
    store.put("f", key, Header(0.0, 0.0), key.encode(), [], key.encode())
    store.put_trace("f", key, key.encode())
    claim.release()
    assert store.traces("f", key) in ([], [key.encode()])
"""
)


def test_the_folder_or_any_part_of_it_may_be_removed_while_others_read_and_write(tmp_path):
    workers = [start(READ_AND_WRITE, tmp_path, seed) for seed in range(3)]
    for worker in workers:
        worker.stdout.readline()
    picks = random.Random(4)  # parts, no secrets
    while any(worker.poll() is None for worker in workers):
        folder = tmp_path / "cache"
        parts = [
            folder,
            folder / "v1",
            folder / "v1/_claims",
            folder / "v1/_partial",
            folder / "v1/f",
            *folder.rglob("*.entry"),
        ]
        part = picks.choice(parts)
        shutil.rmtree(part, ignore_errors=True) if part.suffix != ".entry" else part.unlink(missing_ok=True)
        time.sleep(0.002)
    assert [worker.wait(20) for worker in workers] == [0] * 3
    for worker in workers:
        worker.stdout.close()
    assert FileStore(tmp_path / "cache").check().damaged == ()


def test_the_claim_of_a_killed_process_is_free_within_a_second(tmp_path):
    holder = start(HOLD, tmp_path)
    assert holder.stdout.readline() == b"held\n"
    store = FileStore(tmp_path / "cache", min_free=0)
    owner = store._claims.locks.owner(KEYS[0])
    assert owner.pid == holder.pid
    taken = threading.Event()

    def wait():
        claim = store.claim(KEYS[0])
        claim.acquire()
        assert claim.waited
        taken.set()
        claim.release()

    thread = threading.Thread(target=wait)
    thread.start()
    assert not taken.wait(0.3)
    holder.kill()
    holder.communicate()
    assert taken.wait(1)
    thread.join()


def storm(folder, kills, seed):
    """Kill writers at random instants; whatever they leave has to be whole."""
    picks = random.Random(seed)  # moments, no secrets
    store = FileStore(folder / "cache", min_free=0)
    for number in range(kills):
        writer = start(WRITE, folder, number)
        writer.stdout.readline()
        time.sleep(picks.random() * 0.05)
        writer.kill()
        writer.communicate()
        for key in KEYS:
            found = store.get("f", key)
            if isinstance(found, Stored):
                assert bytes(found.stream) == key.encode() * (len(found.stream) // len(key))
                assert bytes(found.buffers[0]) == bytes(found.stream)
                assert store.provenance("f", key) == key.encode()
            else:
                assert found.reason.cause == "first run"
            assert all(trace in key.encode() * 50 for trace in store.traces("f", key))
            claim = store.claim(key)
            claim.acquire()
            claim.release()
    assert store.check().damaged == ()
    (folder / "cache/v1/_partial").mkdir(parents=True, exist_ok=True)
    for file in (folder / "cache/v1/_partial").iterdir():
        os.utime(file, (1000, 1000))
    store.check(repair=True)
    assert list((folder / "cache/v1/_partial").iterdir()) == []


def test_killed_writers_leave_whole_entries_only(tmp_path):
    storm(tmp_path, 12, 1)


@pytest.mark.long
def test_five_hundred_killed_writers_leave_whole_entries_only(tmp_path):
    storm(tmp_path, 500, 2)


@posix
@pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")
def test_a_forked_child_neither_inherits_claims_nor_waits_for_its_parent(tmp_path):
    store = FileStore(tmp_path / "cache", min_free=0)
    claim = store.claim(KEYS[0])
    claim.acquire()
    fork = multiprocessing.get_context("fork")
    answers = fork.SimpleQueue()

    def child():
        own = store.claim(KEYS[0])
        own.acquire()
        own.release()
        other = store.claim(KEYS[1])
        other.acquire()
        other.release()
        answers.put((len(_locks._held), store._claims._table))

    process = fork.Process(target=child)
    process.start()
    process.join(20)
    assert process.exitcode == 0
    assert answers.get() == (0, {})
    assert store._claims.locks.owner(KEYS[0]).pid == os.getpid()
    claim.release()
    assert store._claims.locks.owner(KEYS[0]) is None


@posix
@pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")
def test_a_claim_does_not_outlive_its_owner_in_a_forked_child(tmp_path):
    program = (
        START
        + """
claim = store.claim(KEYS[0])
claim.acquire()
if os.fork() == 0:
    print(os.getpid(), flush=True)
    time.sleep(30)
time.sleep(30)
"""
    )
    parent = start(program, tmp_path)
    child = int(parent.stdout.readline())
    try:
        parent.kill()
        parent.wait()
        lock = _locks.OsLock(str(tmp_path / "cache/v1/_claims" / KEYS[0]))
        assert lock.try_acquire()
        lock.release()
    finally:
        os.kill(child, 9)
        parent.stdout.close()


def test_processes_that_would_wait_for_each_other_both_go_on(tmp_path):
    program = (
        START
        + """
first, second = (KEYS[0], KEYS[1]) if seed else (KEYS[1], KEYS[0])
outer, inner = store.claim(first), store.claim(second)
outer.acquire()
print("held", flush=True)
sys.stdin.readline()
inner.acquire()
inner.release()
outer.release()
"""
    )
    both = [
        subprocess.Popen(
            [sys.executable, "-c", program, str(tmp_path), str(seed)], stdout=subprocess.PIPE, stdin=subprocess.PIPE
        )
        for seed in range(2)
    ]
    for process in both:
        assert process.stdout.readline() == b"held\n"
    for process in both:
        process.stdin.write(b"\n")
        process.stdin.flush()
    assert [process.wait(20) for process in both] == [0, 0]
    for process in both:
        process.stdout.close()
        process.stdin.close()


def test_a_wait_has_an_end_where_one_is_set(tmp_path):
    holder = start(HOLD, tmp_path)
    holder.stdout.readline()
    store = FileStore(tmp_path / "cache", min_free=0, wait=0.2)
    claim = store.claim(KEYS[0])
    claim.acquire()
    claim.release()
    holder.kill()
    holder.communicate()


def test_without_locks_there_are_no_claims_between_processes_and_the_log_says_so_once(tmp_path, monkeypatch, caplog):
    store = FileStore(tmp_path / "cache", min_free=0)

    def refuse(*_):
        raise OSError(38, "Function not implemented")

    if sys.platform != "win32":
        monkeypatch.setattr(_disk.fcntl, "flock", refuse)
    caplog.set_level("INFO", "Lutil.checkpoints")
    for key in KEYS:
        claim = store.claim(key)
        claim.acquire()
        claim.release()
    if sys.platform != "win32":
        assert [record.message.startswith("no claims between processes") for record in caplog.records] == [True]


@pytest.mark.parametrize("variable", ["OMPI_COMM_WORLD_SIZE", "PMI_SIZE"])
def test_inside_mpi_nobody_waits(tmp_path, monkeypatch, variable):
    store = FileStore(tmp_path / "cache", min_free=0)
    claim = store.claim(KEYS[0])
    claim.acquire()
    monkeypatch.setenv(variable, "2")
    done = threading.Event()

    def work():
        other = store.claim(KEYS[0])
        other.acquire()
        done.set()
        other.release()

    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    assert done.wait(5)
    claim.release()


def test_a_process_holds_a_bounded_number_of_locks(tmp_path, monkeypatch):
    monkeypatch.setattr(_locks, "_MOST", 3)
    monkeypatch.setattr(_locks, "_held", type(_locks._held)())
    store = FileStore(tmp_path / "cache", min_free=0)
    claims = [store.claim(f"{index:032x}") for index in range(6)]
    for claim in claims:
        claim.acquire()
    assert len(list((tmp_path / "cache/v1/_claims").iterdir())) == 3
    for claim in claims:
        claim.release()
    assert list((tmp_path / "cache/v1/_claims").iterdir()) == []


def test_who_waits_for_a_thread_that_waits_for_its_workers_computes(tmp_path):
    store = patient(tmp_path, stalled_after=0.3)
    claim = store.claim(KEYS[0])
    claim.acquire()

    def work():
        inner = store.claim(KEYS[0])
        inner.acquire()
        inner.release()

    worker = threading.Thread(target=work, daemon=True)
    worker.start()
    worker.join(20)
    assert not worker.is_alive()
    claim.release()


def test_a_waiter_says_for_whom_it_waits(tmp_path, caplog):
    caplog.set_level("INFO", "Lutil.checkpoints")
    holder = start(HOLD, tmp_path)
    holder.stdout.readline()
    store = patient(tmp_path, wait=0.3, logged_after=0.0)
    claim = store.claim(KEYS[0])
    claim.acquire()
    claim.release()
    holder.kill()
    holder.communicate()
    assert f"process {holder.pid}" in caplog.text


def test_claims_of_the_dead_are_swept_when_nobody_holds_them(tmp_path):
    folder = tmp_path / "cache/v1/_claims"
    folder.mkdir(parents=True)
    for name in ("d" * 32, "e" * 32):
        Path(folder / name).write_text("1\nhost\n0.0")
        os.utime(folder / name, (1000, 1000))
    store = FileStore(tmp_path / "cache", min_free=0)
    claim = store.claim(KEYS[0])
    claim.acquire()
    claim.release()
    assert list(folder.iterdir()) == []
    assert isinstance(store.get("f", KEYS[0]), Miss)
    store.put("f", KEYS[0], Header(0.0, 0.0), b"", [], b"")
