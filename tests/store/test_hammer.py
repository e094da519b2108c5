"""Eight processes that write and read a store with a limit, while others prune, check and delete: no wrong value."""

from __future__ import annotations

import multiprocessing
import os
import pickle
import random
import time

import pytest

from Lutil.checkpoints import Store
from Lutil.checkpoints.model._entry import Header
from Lutil.checkpoints.model._outcome import Miss

pytestmark = pytest.mark.long

KB = 1000
LIMIT = 2000 * KB
NUMBERS = 400
LARGEST = 40 * KB


def body(number):
    return bytes([number % 251]) * (KB + number * 97 % (LARGEST - KB))


def work(folder, seed, turns):
    chance, wrong = random.Random(seed), 0
    store = Store(folder, max_size=LIMIT, min_free=0)
    for _ in range(turns):
        number = chance.randrange(NUMBERS)
        name, key = f"f{number % 7}", f"{number:032x}"
        found = store.get(name, key)
        if isinstance(found, Miss):
            wrong += found.reason.cause == "entry corrupt"
            store.put(name, key, Header(time.time(), chance.random()), pickle.dumps(number), [body(number)], b"{}")
        else:
            wrong += pickle.loads(found.stream) != number or bytes(found.buffers[0]) != body(number)
    os._exit(min(wrong, 100))


def clean(folder, seed, done):
    chance = random.Random(seed)
    store, damaged = Store(folder, max_size=LIMIT, min_free=0), 0
    while not done.is_set():
        what = chance.randrange(4)
        if what == 0:
            store.prune(max_size=chance.randrange(LIMIT))
        elif what == 1:
            damaged += len(store.check(repair=True).damaged)
        elif what == 2:
            store.delete(f"f{chance.randrange(7)}")
        else:
            store.stats(), store.entries()
    os._exit(min(damaged, 100))


def test_budget_prune_and_check_under_eight_writers_and_readers(own_folder):
    context = multiprocessing.get_context("fork" if hasattr(os, "fork") else "spawn")
    folder, done = str(own_folder / "s"), context.Event()
    workers = [context.Process(target=work, args=(folder, seed, 1500)) for seed in range(8)]
    cleaners = [context.Process(target=clean, args=(folder, seed, done)) for seed in range(2)]
    for process in (*workers, *cleaners):
        process.start()
    looker, above, most = Store(folder, read_only=True), 0, 0
    while any(worker.is_alive() for worker in workers):
        held = sum(info.size for info in looker.list())
        most = max(most, held)
        above += held > 1.1 * LIMIT + 8 * LARGEST  # each of the eight may be in the middle of a save
    done.set()
    for process in (*workers, *cleaners):
        process.join(60)
    assert [process.exitcode for process in (*workers, *cleaners)] == [0] * 10
    assert above == 0
    assert most > LIMIT / 4, "there was something to limit"
    assert looker.check().damaged == ()
