"""A store with a limit keeps to it, gives up what is least worth keeping, and never returns a wrong value."""

from __future__ import annotations

import multiprocessing
import os
import pickle
import time

import pytest

from Lutil.checkpoints import NotSavedWarning, Store, checkpoint, configure
from Lutil.checkpoints.model._entry import Header
from Lutil.checkpoints.model._outcome import Miss
from Lutil.checkpoints.store import _budget

KB = 1000


def put(store, number, size=10 * KB, cost=1.0):
    key = f"{number:032x}"
    store.put("f", key, Header(time.time(), cost), pickle.dumps(number), [bytes([number % 256]) * size], b"{}")
    return key


def held(store):
    return sum(info.size for info in store.list())


def keys(store):
    return {int(info.key, 16) for info in store.list()}


def test_without_a_limit_nothing_is_deleted_and_small_saves_are_not_counted_one_by_one(own_folder):
    store = Store("s")
    store._budget._unwritten = 0
    for number in range(30):
        put(store, number)
    assert len(keys(store)) == 30
    assert not (own_folder / "s" / "v1" / "_budget").exists()


def test_a_save_beyond_the_limit_leaves_nine_tenths_of_it(own_folder):
    store = Store("s", max_size=100 * KB)
    for number in range(30):
        put(store, number)
        assert held(store) <= 110 * KB
    assert held(store) >= 70 * KB


def test_what_saves_least_for_its_bytes_goes_first(own_folder):
    store = Store("s", max_size=100 * KB)
    dear = {put(store, number, cost=100.0) for number in range(5)}
    for number in range(5, 40):
        put(store, number, cost=0.01)
    assert dear <= {info.key for info in store.list()}


def test_what_nobody_uses_is_worth_less_as_time_goes_by(own_folder):
    store = Store("s", max_size=100 * KB)
    old = [put(store, number, cost=2.0) for number in range(4)]
    for key in old:
        os.utime(own_folder / "s" / "v1" / "f" / key[:2] / f"{key}.entry", (time.time() - 90 * 86400,) * 2)
    for number in range(4, 12):
        put(store, number, cost=1.0)
    assert not keys(store) & {0, 1, 2, 3}


def test_an_entry_whose_key_is_claimed_stays(own_folder):
    store = Store("s", max_size=100 * KB)
    key = put(store, 1, cost=0.0)
    claim = store.claim(key)
    claim.acquire()
    for number in range(2, 40):
        put(store, number)
    assert 1 in keys(store)
    claim.release()


def test_one_process_sweeps_at_a_time(own_folder):
    store = Store("s", max_size=50 * KB)
    put(store, 1)
    with store._tree.folder(f"{store._home}/_budget", make=True) as folder:
        descriptor = folder.open("sweeper", _budget._LOCK)
    assert _budget.try_lock(descriptor)
    for number in range(2, 12):
        put(store, number)
    assert len(keys(store)) == 11
    os.close(descriptor)
    put(store, 12)
    assert held(store) <= 50 * KB


def test_the_sum_counts_what_other_processes_save_and_is_set_right_by_a_sweep(own_folder):
    one, other = Store("s", max_size=100 * KB), Store("s", max_size=100 * KB)
    for number in range(20):
        put(one if number % 2 else other, number)
        assert held(one) <= 110 * KB
    assert abs(max(one._budget._total, other._budget._total) - held(one)) <= 40 * KB


def test_a_result_larger_than_the_limit_is_returned_and_said_once(own_folder):
    configure(max_size="1 kB")

    @checkpoint
    def large(n):
        return bytes(n)

    with pytest.warns(NotSavedWarning, match="max_size"):
        assert large(5000) == bytes(5000)
    assert large(5000) == bytes(5000)


def test_a_mapped_result_is_whole_after_its_entry_has_gone(own_folder):
    np = pytest.importorskip("numpy")
    configure(max_size="40 MB")

    @checkpoint
    def ones(n, value):
        return np.full(n, value)

    ones(4_000_000, 1.0)
    mapped = ones(4_000_000, 1.0)
    for number in range(3):
        ones(4_000_000, float(number + 2))
    assert (mapped == 1.0).all()


def hammer(folder, seed):
    store = Store(folder, max_size=300 * KB, min_free=0)
    wrong = 0
    for turn in range(40):
        number = (turn * 7 + seed * 13) % 90
        put(store, number)
        found = store.get("f", f"{(number * 5) % 90:032x}")
        if not isinstance(found, Miss):
            value = pickle.loads(found.stream)
            wrong += value != (number * 5) % 90 or bytes(found.buffers[0]) != bytes([value % 256]) * 10 * KB
    os._exit(wrong)


def test_eight_writers_and_readers_keep_to_the_limit_and_see_no_wrong_value(own_folder):
    context = multiprocessing.get_context("fork" if hasattr(os, "fork") else "spawn")
    workers = [context.Process(target=hammer, args=(str(own_folder / "s"), seed)) for seed in range(8)]
    for worker in workers:
        worker.start()
    looker, most = Store("s", read_only=True), 0
    while any(worker.is_alive() for worker in workers):
        most = max(most, held(looker))
    assert [worker.exitcode for worker in workers] == [0] * 8
    assert most <= 1.1 * 300 * KB + 8 * 11 * KB  # each of the eight may be in the middle of a save
    assert looker.check().damaged == ()
