"""The tests that every store has to pass. Subclass `StoreTests`, say how one is made, and let pytest run it.

    class TestMyStore(StoreTests):
        def new_store(self, tmp_path):
            return MyStore(tmp_path)

        def raw_entries(self, store):
            return how_many_entries_are_there_by_another_way_than_the_store

`pytest` is needed where this is used, and only there.
"""

# ruff: noqa: D102, S101  # a test's name states its claim, and tests assert

from __future__ import annotations

import asyncio
import threading
import time
from abc import ABC, abstractmethod
from pathlib import Path
from typing import Any

import pytest

from ..model._entry import EntryStore, Header, Stored
from ..model._outcome import Cause, Miss

__all__ = ["StoreTests"]

KEY = "0123456789abcdef" * 2
OTHER = "fedcba9876543210" * 2
HEADER = Header(created=1.5, cost=0.25, given=3, plain=False, until=7e9, rules=1)
NAMES = [
    "f",
    "Model.fit",
    "model.fit",
    "outer.<locals>.f",
    "con",
    "_notes",
    ".hidden",
    "a/b\\c:d",
    "x" * 500,
    "x" * 501,
    "naïve 名前 🙂",
    "%41",
    "A",
    "",
    "~",
    "a~deadbeef",
]


class StoreTests(ABC):
    """What a store promises, as tests."""

    @abstractmethod
    def new_store(self, tmp_path: Path) -> EntryStore:
        """Return an empty store."""

    @abstractmethod
    def raw_entries(self, store: Any) -> int:
        """Return how many entries there are, found without asking the store."""

    @pytest.fixture
    def store(self, tmp_path: Path) -> Any:
        """An empty store."""
        return self.new_store(tmp_path)

    def put(self, store: EntryStore, name: str = "f", key: str = KEY, stream: bytes = b"stream") -> None:
        """Put an entry with two buffers."""
        store.put(name, key, HEADER, stream, [b"", bytearray(b"buffer")], b"readable")

    def test_what_is_not_there_is_a_first_run(self, store: EntryStore) -> None:
        found = store.get("f", KEY)
        assert isinstance(found, Miss)
        assert found.reason.cause is Cause.FIRST_RUN
        assert store.provenance("f", KEY) is None
        assert store.traces("f", KEY) == []
        assert list(store.list()) == []
        assert store.delete() == 0

    def test_an_entry_comes_back_as_it_was_put(self, store: Any) -> None:
        self.put(store)
        found = store.get("f", KEY)
        assert isinstance(found, Stored)
        assert found.header == HEADER
        assert bytes(found.stream) == b"stream"
        assert [bytes(buffer) for buffer in found.buffers] == [b"", b"buffer"]
        assert store.provenance("f", KEY) == b"readable"
        assert self.raw_entries(store) == 1

    @pytest.mark.parametrize("size", [0, 1, 63, 64, 65, 40_000, 3_000_000])
    def test_segments_of_any_size_come_back(self, store: EntryStore, size: int) -> None:
        data = bytes(range(256)) * (size // 256 + 1)
        store.put("f", KEY, HEADER, data[:size], [data[:size], b"x", bytearray(data[:size])], data[:size])
        found = store.get("f", KEY)
        assert isinstance(found, Stored)
        assert bytes(found.stream) == data[:size]
        assert [bytes(buffer) for buffer in found.buffers] == [data[:size], b"x", data[:size]]
        assert store.provenance("f", KEY) == data[:size]

    @pytest.mark.parametrize("size", [1, 3_000_000])
    def test_buffers_are_writable_and_private(self, store: EntryStore, size: int) -> None:
        store.put("f", KEY, HEADER, b"s", [bytes(size)], b"")
        for _ in range(2):
            found = store.get("f", KEY)
            assert isinstance(found, Stored)
            view = memoryview(found.buffers[0])
            assert view[0] == 0
            view[0] = 7

    def test_many_buffers_come_back(self, store: EntryStore) -> None:
        buffers = [str(index).encode() for index in range(3000)]
        store.put("f", KEY, HEADER, b"s", buffers, b"")
        found = store.get("f", KEY)
        assert isinstance(found, Stored)
        assert [bytes(buffer) for buffer in found.buffers] == buffers

    def test_a_second_put_replaces_the_first(self, store: Any) -> None:
        self.put(store)
        self.put(store, stream=b"second")
        found = store.get("f", KEY)
        assert isinstance(found, Stored)
        assert bytes(found.stream) == b"second"
        assert self.raw_entries(store) == 1

    def test_names_of_any_kind_are_told_apart_and_listed(self, store: EntryStore) -> None:
        for name in NAMES:
            self.put(store, name, stream=name.encode())
        for name in NAMES:
            found = store.get(name, KEY)
            assert isinstance(found, Stored)
            assert bytes(found.stream) == name.encode()
            assert [info.key for info in store.list(name)] == [KEY]
        assert sorted(info.name for info in store.list()) == sorted(NAMES)

    def test_delete_takes_one_entry_or_all_of_a_name_or_all(self, store: Any) -> None:
        for name in "fgh":
            self.put(store, name)
            self.put(store, name, OTHER)
        assert store.delete("f", KEY) == 1
        assert store.delete("f", KEY) == 0
        assert isinstance(store.get("f", KEY), Miss)
        assert isinstance(store.get("f", OTHER), Stored)
        assert store.delete("g") == 2
        assert self.raw_entries(store) == 3
        assert store.delete() == 3
        assert self.raw_entries(store) == 0

    def test_list_yields_the_newest_first(self, store: EntryStore) -> None:
        self.put(store)
        time.sleep(0.02)
        self.put(store, key=OTHER)
        assert [info.key for info in store.list("f")] == [OTHER, KEY]

    def test_traces_come_back_newest_first_and_never_more_than_16(self, store: EntryStore) -> None:
        for index in range(20):
            store.put_trace("f", KEY, b"trace %d" % index)
            time.sleep(0.012)
        store.put_trace("f", OTHER, b"of another key")
        assert store.traces("f", KEY) == [b"trace %d" % index for index in range(19, 3, -1)]

    def test_a_trace_put_twice_is_one(self, store: EntryStore) -> None:
        store.put_trace("f", KEY, b"trace")
        store.put_trace("f", KEY, b"trace")
        assert store.traces("f", KEY) == [b"trace"]

    def test_a_free_claim_is_had_at_once_and_can_be_released_twice(self, store: EntryStore) -> None:
        claim = store.claim(KEY)
        claim.release()
        claim.acquire()
        assert not claim.waited
        claim.release()
        claim.release()

    def test_a_claim_of_ones_own_does_not_block(self, store: EntryStore) -> None:
        outer, inner = store.claim(KEY), store.claim(KEY)
        outer.acquire()
        inner.acquire()
        inner.release()
        outer.release()

    def test_of_many_threads_one_computes(self, store: EntryStore) -> None:
        computed: list[int] = []
        start = threading.Barrier(8)

        def work(index: int) -> None:
            start.wait()
            claim = store.claim(KEY)
            claim.acquire()
            try:
                if isinstance(store.get("f", KEY), Miss):
                    time.sleep(0.05)
                    computed.append(index)
                    self.put(store)
            finally:
                claim.release()

        _run_all([threading.Thread(target=work, args=(index,)) for index in range(8)])
        assert len(computed) == 1

    def test_when_the_one_fails_the_next_takes_over(self, store: EntryStore) -> None:
        entered = threading.Event()
        waited: list[bool] = []
        first = store.claim(KEY)
        first.acquire()

        def work() -> None:
            claim = store.claim(KEY)
            entered.set()
            claim.acquire()
            waited.append(claim.waited)
            claim.release()

        thread = threading.Thread(target=work)
        thread.start()
        entered.wait()
        time.sleep(0.05)
        assert waited == []
        first.release()
        thread.join(5)
        assert waited == [True]

    def test_of_many_coroutines_one_computes_and_the_loop_goes_on(self, store: EntryStore) -> None:
        computed: list[int] = []
        ticks: list[int] = []

        async def work(index: int) -> None:
            claim = store.claim(KEY)
            await claim.acquire_async()
            try:
                if isinstance(store.get("f", KEY), Miss):
                    await asyncio.sleep(0.1)
                    computed.append(index)
                    self.put(store)
            finally:
                claim.release()

        async def tick() -> None:
            for index in range(5):
                ticks.append(index)
                await asyncio.sleep(0.01)

        async def main() -> None:
            await asyncio.gather(tick(), *(work(index) for index in range(20)))

        asyncio.run(main())
        assert len(computed) == 1
        assert len(ticks) == 5

    def test_two_that_wait_for_each_other_do_not_deadlock(self, store: EntryStore) -> None:
        both = threading.Barrier(2)

        def work(first: str, second: str) -> None:
            outer, inner = store.claim(first), store.claim(second)
            outer.acquire()
            both.wait()
            inner.acquire()
            inner.release()
            outer.release()

        _run_all([threading.Thread(target=work, args=pair) for pair in ((KEY, OTHER), (OTHER, KEY))])


def _run_all(threads: list[threading.Thread]) -> None:
    for thread in threads:
        thread.daemon = True
        thread.start()
    for thread in threads:
        thread.join(20)
    assert not any(thread.is_alive() for thread in threads)
