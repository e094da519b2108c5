"""Waiting for other processes and threads: given up where it may be for ever, by one of all who wait; told; tidy."""

from __future__ import annotations

import io
import logging
import os
import signal
import subprocess
import sys
import threading
import time

import pytest

from Lutil.checkpoints.model._entry import Header
from Lutil.checkpoints.store import FileStore, MemoryStore
from Lutil.checkpoints.store.claims import _locks
from Lutil.checkpoints.store.entries import _disk
from running import SOURCE

KEY = "ab" * 16
posix = pytest.mark.skipif(sys.platform == "win32", reason="signals and flock are POSIX")
linux = pytest.mark.skipif(sys.platform != "linux", reason="what is seen, is seen in /proc")
HOLD = f"""
import sys, time
from Lutil.checkpoints.model._entry import Header
from Lutil.checkpoints.store import FileStore
store = FileStore(sys.argv[1], min_free=0)
claim = store.claim("{KEY}")
claim.acquire()
print("held", flush=True)
exec(sys.stdin.readline())
"""


@pytest.fixture
def holder(tmp_path):
    """Another process that holds the key, until it is told what to do."""
    process = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(tmp_path / "cache")],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(SOURCE)},
    )
    assert process.stdout.readline() == "held\n"
    yield process
    process.kill()
    process.communicate()


@pytest.fixture
def store(tmp_path):
    return FileStore(tmp_path / "cache", min_free=0)


def patient(store, **patience):
    store._claims.patience = store._claims.patience._replace(**patience)
    return store


def files(store):
    return sorted(file.name for file in (store.folder / "v1/_claims").iterdir())


def take(store, computed, name="f"):
    """Compute under a claim unless the entry is there by now; as a face does."""
    claim = store.claim(KEY, name)
    claim.acquire()
    try:
        if store.provenance("f", KEY) is None:
            computed.append(threading.get_ident())
            store.put("f", KEY, Header(0.0, 0.0), b"", [], b"x")
    finally:
        claim.release()


@linux
@posix
def test_of_all_who_give_up_on_a_stopped_holder_one_computes(store, holder):
    holder.send_signal(signal.SIGSTOP)
    computed = []
    threads = [threading.Thread(target=take, args=(store, computed), daemon=True) for _ in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert not any(thread.is_alive() for thread in threads)
    assert len(computed) == 1
    assert files(store) == [KEY]  # that of the stopped one, who loses nothing
    assert store._claims._table == {}


@linux
@posix
def test_processes_that_give_up_on_a_stopped_holder_wait_for_the_one_that_computes(store, holder, tmp_path):
    holder.send_signal(signal.SIGSTOP)
    first = store.claim(KEY)
    first.acquire()
    assert first.waited
    second = FileStore(tmp_path / "cache", min_free=0)
    taken = threading.Event()

    def wait():
        with second.claim(KEY):
            taken.set()

    thread = threading.Thread(target=wait, daemon=True)
    thread.start()
    assert not taken.wait(0.5)
    first.release()
    assert taken.wait(20)
    thread.join(20)


@linux
def test_a_holder_without_cpu_is_given_up_and_loses_nothing(store, holder, caplog):
    caplog.set_level("INFO", "Lutil.checkpoints")
    patient(store, wait=0.3)
    claim = store.claim(KEY, "f")
    claim.acquire()
    store.put("f", KEY, Header(0.0, 0.0), b"", [], b"")
    claim.release()
    assert "has used no CPU for 0 s: it is computed here as well" in caplog.text
    holder.communicate("store.put('f', claim._key, Header(0.0, 0.0), b'', [], b'')\n", timeout=30)
    assert holder.returncode == 0


@linux
def test_a_thread_of_this_process_without_cpu_is_given_up(store):
    patient(store, wait=0.3)
    first = store.claim(KEY)
    first.acquire()
    computed = []
    threads = [threading.Thread(target=take, args=(store, computed), daemon=True) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert len(computed) == 1
    first.release()
    assert files(store) == []


def test_the_claim_of_a_thread_that_has_ended_is_given_up_at_once():
    store = MemoryStore()
    claims = []

    def work():
        claims.append(store.claim(KEY))
        claims[0].acquire()

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    with store.claim(KEY) as claim:
        assert not claim.waited
    claims[0].release()


class Broken(io.StringIO):
    """A stderr that takes nothing."""

    def write(self, _):
        raise OSError(28, "No space left on device")

    def isatty(self):
        raise ValueError("I/O operation on closed file")


@pytest.mark.parametrize("stderr", [None, Broken()], ids=["none", "broken"])
def test_a_waiter_without_a_usable_stderr_goes_on(store, holder, monkeypatch, stderr, caplog):
    monkeypatch.setattr(sys, "stderr", stderr)
    with patient(store, wait=0.3, told_after=0.0, shown_after=0.0).claim(KEY, "f"):
        pass
    assert [record.levelname for record in caplog.records] == ["WARNING"]


def test_a_long_wait_is_told_once_on_stderr_and_at_warning(store, holder, capsys, caplog):
    with patient(store, wait=0.5, told_after=0.1).claim(KEY, "model\nfit"):
        pass
    said = capsys.readouterr().err
    assert said.startswith(r"Lutil.checkpoints: model\nfit: waiting for process " + f"{holder.pid} on ")
    assert said.count("\n") == said.count("this process computes as well") == 1
    (record,) = [record for record in caplog.records if record.levelno >= logging.WARNING]
    assert record.message in said


def test_what_logging_has_written_to_stderr_is_not_written_twice(store, holder, capsys):
    logger = logging.getLogger("Lutil.checkpoints")
    handler = logging.StreamHandler(sys.stderr)
    logger.addHandler(handler)
    try:
        with patient(store, wait=0.5, told_after=0.1).claim(KEY, "f"):
            pass
    finally:
        logger.removeHandler(handler)
    assert capsys.readouterr().err.count("waiting for process") == 1


def test_a_handler_of_the_log_that_raises_costs_nothing(store, holder, monkeypatch, capsys):
    class Raises(logging.Handler):
        def emit(self, record):
            raise RuntimeError

    logger = logging.getLogger("Lutil.checkpoints")
    handler = Raises()
    logger.addHandler(handler)
    try:
        with patient(store, wait=0.5, told_after=0.1, logged_after=9.0).claim(KEY, "f"):
            pass
    finally:
        logger.removeHandler(handler)
    assert "waiting for process" in capsys.readouterr().err


def test_no_wait_at_all_where_none_is_wanted(store, holder):
    with patient(store, wait=0).claim(KEY):
        pass


def test_a_result_that_does_not_fit_leaves_no_claim(tmp_path):
    store = FileStore(tmp_path / "cache", min_free=10**16)
    with store.claim(KEY), pytest.raises(OSError, match="min_free"):
        store.put("f", KEY, Header(0.0, 0.0), b"", [], b"")
    assert files(store) == []


def test_an_interrupt_before_the_first_byte_leaves_no_claim(store, monkeypatch):
    def interrupt(*_):
        raise KeyboardInterrupt

    with store.claim(KEY):
        monkeypatch.setattr(store._disk, "_keep_free", interrupt)
        with pytest.raises(KeyboardInterrupt):
            store.put("f", KEY, Header(0.0, 0.0), b"", [], b"")
    assert files(store) == []


@posix
def test_without_locks_no_claim_is_left_and_old_ones_are_swept(store, monkeypatch):
    def refuse(*_):
        raise OSError(37, "No locks available")

    (store.folder / "v1/_claims").mkdir(parents=True)
    old, young = "a" * 32, "b" * 32
    for name, age in ((old, 3 * 86400), (young, 600)):
        file = store.folder / "v1/_claims" / name
        file.write_text("1\nhost\nplace\n0\n0.0")
        os.utime(file, (time.time() - age,) * 2)
    monkeypatch.setattr(_disk.fcntl, "flock", refuse)
    with store.claim(KEY):
        pass
    assert files(store) == [young]  # its owner may live, for all that can be told


def test_what_a_killed_process_left_is_swept_by_the_next(store, holder, tmp_path):
    holder.kill()
    holder.wait()
    path = store.folder / "v1/_claims" / KEY
    os.utime(path, (time.time() - 120,) * 2)
    with store.claim("cd" * 16):
        assert files(store) == ["cd" * 16]


def test_a_process_that_ends_while_a_thread_computes_leaves_no_claim(program):
    program.write("""
        import threading
        from Lutil.checkpoints.store import FileStore
        store, held = FileStore("cache", min_free=0), threading.Event()
        def work():
            with store.claim("ab" * 16):
                held.set()
                threading.Event().wait(60)
        threading.Thread(target=work, daemon=True).start()
        held.wait()
    """)
    program.run()
    assert [*(program.folder / "cache/v1/_claims").iterdir()] == []


def test_the_note_of_a_claim_says_who_holds_it(store):
    with store.claim(KEY):
        owner = store._claims.locks.owner(KEY)
        assert (owner.pid, owner.thread, owner.is_here) == (os.getpid(), threading.get_native_id(), True)
        assert not owner._replace(place="another machine").is_here
        assert not owner._replace(pid=os.getppid(), place="another machine").is_ancestor
        assert owner._replace(pid=os.getppid()).is_ancestor
    assert not [lock for lock in _locks._held if lock.path.endswith(KEY)]
