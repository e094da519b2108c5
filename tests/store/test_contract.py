"""The shipped suite, passed by both stores, and by a file store that reads and never maps."""

from __future__ import annotations

from Lutil.checkpoints.store import FileStore, MemoryStore
from Lutil.checkpoints.testing.store import StoreTests


class TestFileStore(StoreTests):
    def new_store(self, tmp_path):
        return FileStore(tmp_path / ".Lutil-checkpoint", min_free=0)

    def raw_entries(self, store):
        return len(list(store.folder.rglob("*.entry")))


class TestFileStoreWithoutMaps(TestFileStore):
    def new_store(self, tmp_path):
        store = super().new_store(tmp_path)
        store._local = False
        return store


class TestMemoryStore(StoreTests):
    def new_store(self, tmp_path):
        return MemoryStore()

    def raw_entries(self, store):
        return len(store._entries)
