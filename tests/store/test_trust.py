"""File systems that keep no owners or modes, entries in the place of others, and entries of earlier versions."""

from __future__ import annotations

import os
import shutil
import struct
import sys
from pathlib import Path

import pytest
from xxhash import xxh3_128_digest

from Lutil.checkpoints.model._entry import Header, Stored
from Lutil.checkpoints.model._key import FORMAT_VERSION
from Lutil.checkpoints.model._outcome import Cause, Miss
from Lutil.checkpoints.store import FileStore
from Lutil.checkpoints.store.entries import _folders

KEY = "ab" + "0" * 30
OTHER = "cd" + "1" * 30
HEADER = Header(1.5, 0.25)
posix = pytest.mark.skipif(sys.platform == "win32", reason="owners and modes are POSIX")
as_root = pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root can give files away")


@pytest.fixture
def store(tmp_path):
    return FileStore(tmp_path / "cache", min_free=0)


def put(store, stream=b"stream", key=KEY, **header):
    store.put("f", key, HEADER._replace(**header), stream, [b"buffer" * 20], b"readable")
    return Path(store._path("f", key))


def pretend(monkeypatch, *, owner=None, mode=None):
    """Let each new file and folder come back with another owner or mode, as some file systems do."""
    opened, made = _folders.Folder.open, _folders.Folder.make

    def change(path, descriptor=None):
        target = path if descriptor is None else descriptor
        if owner is not None:
            os.chown(target, owner, -1)
        if mode is not None:
            os.chmod(target, mode)  # noqa: PTH101  # a path or a descriptor

    def open_(self, name, flags, permissions=0o600):
        descriptor = opened(self, name, flags, permissions)
        if flags & os.O_CREAT:
            change(None, descriptor)
        return descriptor

    def make(self, name, permissions):
        new = made(self, name, permissions)
        if new:
            change(f"{self.path}/{name}")
        return new

    monkeypatch.setattr(_folders.Folder, "open", open_)
    monkeypatch.setattr(_folders.Folder, "make", make)
    monkeypatch.setattr(_folders.Folder, "set_mode", lambda *_: None)
    monkeypatch.setattr(os, "fchmod", lambda *_: None)


@posix
def test_where_modes_mean_nothing_they_are_not_looked_at(tmp_path, monkeypatch, caplog):
    caplog.set_level("INFO", "Lutil.checkpoints")
    pretend(monkeypatch, mode=0o777)
    (tmp_path / "cache").mkdir()
    (tmp_path / "cache").chmod(0o777)
    store = FileStore(tmp_path / "cache", min_free=0)
    put(store)
    store.put_trace("f", KEY, b"trace")
    assert isinstance(store.get("f", KEY), Stored)
    fresh = FileStore(tmp_path / "cache", min_free=0)
    assert isinstance(fresh.get("f", KEY), Stored)
    assert fresh.traces("f", KEY) == [b"trace"]
    claim = fresh.claim(KEY)
    claim.acquire()
    put(fresh, b"again")
    claim.release()
    assert bytes(fresh.get("f", KEY).stream) == b"again"
    found = fresh.trusted()
    assert (found.owners_count, found.modes_count) == (True, False)
    assert len([said for said in caplog.messages if "does not keep owners or modes" in said]) == 2  # once per store
    assert list(Path(found.root).glob(".probe*")) == []


@as_root
def test_where_owners_mean_nothing_trust_is_that_of_the_root(tmp_path, monkeypatch):
    """Root in a container, on a network file system that shows its files as those of nobody."""
    pretend(monkeypatch, owner=65534)
    folder = tmp_path / "cache"
    folder.mkdir()
    os.chown(folder, 65534, -1)
    for stream in (b"one", b"two"):
        store = FileStore(folder, min_free=0)
        put(store, stream)
        assert bytes(store.get("f", KEY).stream) == stream
        assert bytes(FileStore(folder, min_free=0).get("f", KEY).stream) == stream
    found = FileStore(folder).trusted()
    assert found.tree == f"{folder}/v1"
    assert (found.owners_count, found.modes_count) == (False, True)


@as_root
def test_where_owners_mean_nothing_and_the_root_is_anothers_that_one_has_to_be_trusted(tmp_path, monkeypatch):
    pretend(monkeypatch, owner=65534)
    folder = tmp_path / "cache"
    folder.mkdir()
    os.chown(folder, 1000, -1)
    store = FileStore(folder, min_free=0)
    put(store)
    assert store.get("f", KEY).reason.cause is Cause.UNTRUSTED
    for _ in range(2):
        trusting = FileStore(folder, min_free=0, trust=["owner"])
        put(trusting)
        assert isinstance(trusting.get("f", KEY), Stored)


@posix
def test_an_ordinary_folder_keeps_owners_and_modes(store):
    put(store)
    found = store.trusted()
    assert found == (str(store.folder), f"{store.folder}/v1", frozenset({os.geteuid()}), True, True)


@posix
def test_a_folder_that_is_made_again_by_somebody_else_is_looked_at_again(tmp_path):
    store = FileStore(tmp_path / "cache", min_free=0)
    put(store)
    if os.geteuid() != 0:
        pytest.skip("only root can give folders away")
    (tmp_path / "cache").rename(tmp_path / "old")
    (tmp_path / "cache").mkdir(mode=0o777)
    os.chown(tmp_path / "cache", 12345, -1)
    put(store)
    assert [path.name for path in (tmp_path / "cache").iterdir() if path.is_dir()] == ["v1@0"]
    assert isinstance(store.get("f", KEY), Stored)


# Whose an entry is.


def test_an_entry_under_another_key_or_name_is_damaged(store):
    put(store, b"one")
    put(store, b"two", OTHER)
    one, two = Path(store._path("f", KEY)), Path(store._path("f", OTHER))
    elsewhere = Path(store._path("g", KEY))
    elsewhere.parent.mkdir(parents=True)
    shutil.copy(one, elsewhere)
    one.rename(one.with_name("kept"))
    two.rename(one)
    fresh = FileStore(store.folder, min_free=0)
    for name, key in (("f", KEY), ("g", KEY)):
        assert fresh.provenance(name, key) is None
        found = fresh.get(name, key)
        assert found.reason.cause is Cause.CORRUPT
        assert "another name or key" in found.reason.detail
        assert fresh.get(name, key).reason.cause is Cause.FIRST_RUN
    assert len(list(store.folder.rglob("*.corrupt"))) == 2


def test_traces_and_notes_of_another_key_are_not_read(store):
    store.put_trace("f", KEY, b"one")
    store.put_note("files", "/a", b"one")
    (trace,) = store.folder.rglob("*.trace")
    other = Path(store._path("f", OTHER)).with_suffix(".trace")
    other.parent.mkdir()
    shutil.copy(trace, other)
    note, place = store._note("files", "/a"), Path(store._note("files", "/b"))
    place.parent.mkdir(parents=True, exist_ok=True)
    shutil.copy(note, place)
    fresh = FileStore(store.folder)
    assert fresh.traces("f", OTHER) == []
    assert fresh.get_note("files", "/b") is None
    assert (fresh.traces("f", KEY), fresh.get_note("files", "/a")) == ([b"one"], b"one")


# Earlier versions.


def of_format_1(stream=b"stream", provenance=b"readable"):
    """Return the bytes of an entry as the first version wrote it."""
    rest = struct.pack("<HIIdddQ16sQ16s", 1, 0, 0, 1.5, 0.25, float("inf"), len(stream), xxh3_128_digest(stream),
                       len(provenance), xxh3_128_digest(provenance))  # fmt: skip
    head = struct.pack("<8sH", b"\x89Lutil\r\n", 1) + xxh3_128_digest(rest) + rest
    gap = -len(head) % 64
    body = stream + bytes(-len(stream) % 64)
    return head + bytes(gap) + body + provenance


def test_an_entry_of_the_first_format_is_a_miss_that_can_be_read_and_pruned(store):
    path = put(store)
    path.write_bytes(of_format_1())
    found = store.get("f", KEY)
    assert isinstance(found, Miss)
    assert found.reason.cause is Cause.FORMAT
    assert store.provenance("f", KEY) == b"readable"
    assert store.header("f", KEY).rules == 1
    assert store.prune(outdated=False).deleted == ()
    assert [info.key for info in store.prune(outdated=True, dry_run=True).deleted] == [KEY]
    assert [info.key for info in store.prune(outdated=True).deleted] == [KEY]
    assert not path.exists()


@pytest.mark.parametrize("size", [*range(0, 140, 7), 150])
def test_a_piece_of_an_old_entry_is_a_miss(store, size):
    path = put(store)
    path.write_bytes(of_format_1()[:size])
    assert isinstance(store.get("f", KEY), Miss)
    store.provenance("f", KEY)
    store.prune(outdated=True)


def test_entries_of_older_rules_are_pruned_and_others_stay(store):
    path = put(store, rules=FORMAT_VERSION - 1)
    assert store.header("f", KEY).rules == FORMAT_VERSION - 1
    assert len(store.prune(outdated=True).deleted) == 1
    assert not path.exists()
    path = put(store)
    assert store.prune(outdated=True).deleted == ()
    assert path.exists()


def test_an_entry_of_a_later_format_is_neither_read_nor_pruned(store):
    path = put(store)
    data = bytearray(path.read_bytes())
    data[8] += 1
    path.write_bytes(data)
    assert store.get("f", KEY).reason.cause is Cause.FORMAT
    assert store.provenance("f", KEY) is None
    assert store.prune(outdated=True).deleted == ()
    assert path.exists()
