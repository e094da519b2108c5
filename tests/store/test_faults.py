"""Whatever happens to the files: the entry as it was written, or a miss with its reason. Never an exception."""

from __future__ import annotations

import errno
import os
import pickle
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from Lutil.checkpoints.model._entry import Header, Stored
from Lutil.checkpoints.model._outcome import Cause, Miss
from Lutil.checkpoints.store import FileStore
from Lutil.checkpoints.store.entries import _disk, _reader, _segments

KEY = "ab" + "0" * 30
HEADER = Header(1.5, 0.25, 3, plain=False)
posix = pytest.mark.skipif(sys.platform == "win32", reason="owners and modes are POSIX")


@pytest.fixture
def store(tmp_path):
    return FileStore(tmp_path / "cache", min_free=0)


def put(store, stream=b"stream", buffers=(b"buffer" * 20, b"buffer"), key=KEY, **header):
    store.put("f", key, HEADER._replace(**header), stream, list(buffers), b"readable")
    return Path(store._path("f", key))


def cause(found):
    assert isinstance(found, Miss)
    return found.reason.cause


def partials(store):
    return list((store.folder / "v1/_partial").iterdir())


@pytest.mark.parametrize("buffers", [(), (b"buffer" * 20, bytearray(7))])
def test_every_flipped_byte_is_a_miss_or_changes_nothing_that_is_read(store, buffers):
    path = put(store, buffers=buffers)
    good = path.read_bytes()
    want = store.get("f", KEY)
    reader = FileStore(store.folder, read_only=True)
    harmless = 0
    for position in range(len(good)):
        path.write_bytes(good[:position] + bytes([good[position] ^ 0x10]) + good[position + 1 :])
        found = reader.get("f", KEY)
        if isinstance(found, Miss):
            assert found.reason.cause in (Cause.CORRUPT, Cause.FORMAT)
        else:
            assert found.header == want.header
            assert bytes(found.stream) == bytes(want.stream)
            assert list(map(bytes, found.buffers)) == list(map(bytes, want.buffers))
            assert reader.provenance("f", KEY) in (b"readable", None)
            harmless += 1
    # What a hit does not read: the provenance with its digest, and the gaps between segments.
    assert 0 < harmless < 63 * (len(buffers) + 2) + len(b"readable")


def test_every_truncation_is_corrupt(store):
    path = put(store)
    good = path.read_bytes()
    reader = FileStore(store.folder, read_only=True)
    for size in range(len(good)):
        path.write_bytes(good[:size])
        assert cause(reader.get("f", KEY)) is Cause.CORRUPT


def test_a_flipped_bit_in_a_mapped_segment_is_a_miss(store):
    path = put(store, buffers=[bytes(3 << 20)])
    assert isinstance(store.get("f", KEY), Stored)
    data = bytearray(path.read_bytes())
    data[2 << 20] ^= 1
    path.write_bytes(data)
    assert cause(store.get("f", KEY)) is Cause.CORRUPT


def test_a_damaged_entry_is_set_aside_and_can_be_put_again(store):
    path = put(store)
    path.write_bytes(path.read_bytes()[:-1])
    found = store.get("f", KEY)
    assert cause(found) is Cause.CORRUPT
    (aside,) = path.parent.glob("*.corrupt")
    assert str(aside) in found.reason.detail
    assert cause(store.get("f", KEY)) is Cause.FIRST_RUN
    put(store)
    assert isinstance(store.get("f", KEY), Stored)
    assert store.stats().damaged == 1


def test_an_entry_that_was_replaced_meanwhile_is_not_set_aside(store):
    path = put(store)
    before = path.stat()
    os.utime(path, ns=(0, 5))
    assert cause(store._aside(str(path), "damaged", before)) is Cause.CORRUPT
    assert isinstance(store.get("f", KEY), Stored)


def test_a_newer_format_is_left_alone(store):
    path = put(store)
    data = bytearray(path.read_bytes())
    data[8] += 1
    path.write_bytes(data)
    assert cause(store.get("f", KEY)) is Cause.FORMAT
    assert path.read_bytes() == data


@settings(max_examples=300, deadline=None)
@given(data=st.binary(max_size=400), cut=st.integers(0, 400), head=st.booleans())
def test_the_reader_gives_a_miss_for_any_bytes(data, cut, head):
    folder = tempfile.mkdtemp()
    try:
        store = FileStore(folder, min_free=0)
        path = put(store)
        good = path.read_bytes()
        path.write_bytes(good[:cut] + data if head else data + good[cut:])
        found = store.get("f", KEY)
        assert isinstance(found, Miss) or bytes(found.stream) == b"stream"
        assert store.provenance("f", KEY) in (b"readable", None)
    finally:
        shutil.rmtree(folder)


def test_bytes_that_fail_their_digest_are_never_given_to_pickle(store, monkeypatch):
    path = put(store, stream=pickle.dumps(1))
    path.write_bytes(path.read_bytes().replace(pickle.dumps(1), pickle.dumps(2)))
    assert cause(store.get("f", KEY)) is Cause.CORRUPT


@posix
@pytest.mark.parametrize("kind", ["folder", "pipe", "link to nothing", "link to itself", "file above"])
def test_foreign_things_in_the_place_of_an_entry_are_misses(store, kind):
    path = put(store)
    path.unlink()
    if kind == "folder":
        path.mkdir()
    elif kind == "pipe":
        os.mkfifo(path)
    elif kind == "link to nothing":
        path.symlink_to("nothing")
    elif kind == "link to itself":
        path.symlink_to(path)
    else:
        path.parent.rmdir()
        path.parent.write_bytes(b"")
    assert isinstance(store.get("f", KEY), Miss)


@pytest.mark.parametrize("number", [errno.EACCES, errno.EPERM, errno.ESTALE, errno.EIO])
@pytest.mark.parametrize("call", ["_open", "_read"])
def test_a_file_system_that_fails_is_a_miss(store, monkeypatch, number, call):
    put(store)

    def fail(*_):
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(_reader, call, fail)
    assert cause(store.get("f", KEY)) is Cause.UNREADABLE


@posix
@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root can give files away")
def test_only_entries_of_trusted_owners_are_read(store):
    path = put(store)
    store.put_trace("f", KEY, b"trace")
    store.put_note("kind", "key", b"note")
    for file in store.folder.rglob("*"):
        os.chown(file, 12345, -1)
    found = FileStore(store.folder).get("f", KEY)
    assert cause(found) is Cause.UNTRUSTED
    assert "12345" in found.reason.detail
    assert path.exists()
    assert FileStore(store.folder).traces("f", KEY) == []
    assert FileStore(store.folder).get_note("kind", "key") is None
    friend = FileStore(store.folder, trust=[12345])
    assert isinstance(friend.get("f", KEY), Stored)
    assert friend.traces("f", KEY) == [b"trace"]


@posix
@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root can give files away")
def test_in_a_folder_that_others_may_write_to_each_hit_asks_for_the_owner(store):
    path = put(store)
    for folder in (path.parent, path.parent.parent, path.parent.parent.parent, store.folder):
        folder.chmod(0o777)
    assert isinstance(store.get("f", KEY), Stored)
    os.chown(path, 12345, -1)
    assert cause(store.get("f", KEY)) is Cause.UNTRUSTED


def test_a_full_disk_leaves_nothing_behind_and_says_so(store, monkeypatch):
    put(store)
    monkeypatch.setattr(_disk, "_JOINED", 0)
    written = os.write
    size = len(Path(store._path("f", KEY)).read_bytes())
    for room in range(0, size, 37):
        left = [room]

        def short(descriptor, data, left=left):
            data = bytes(data)[: left[0]]
            if not data:
                raise OSError(errno.ENOSPC, "No space left on device")
            left[0] -= len(data)
            return written(descriptor, data)

        monkeypatch.setattr(os, "write", short)
        with pytest.raises(OSError, match="No space left"):
            put(store, stream=b"other!", key="cd" + "1" * 30)
        monkeypatch.setattr(os, "write", written)
        assert partials(store) == []
        assert cause(store.get("f", "cd" + "1" * 30)) is Cause.FIRST_RUN
    assert isinstance(store.get("f", KEY), Stored)


def test_writes_that_are_cut_short_are_continued(store, monkeypatch):
    written = os.write
    monkeypatch.setattr(os, "write", lambda descriptor, data: written(descriptor, bytes(data)[:3]))
    put(store)
    assert isinstance(store.get("f", KEY), Stored)


def test_an_interrupt_in_mid_write_leaves_nothing_behind(store, monkeypatch):
    put(store)

    def interrupt(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "write", interrupt)
    with pytest.raises(KeyboardInterrupt):
        put(store, stream=b"other")
    assert partials(store) == []
    assert bytes(store.get("f", KEY).stream) == b"stream"


def test_nothing_is_written_when_too_little_would_stay_free(tmp_path):
    store = FileStore(tmp_path / "cache", min_free=1 << 60)
    with pytest.raises(OSError, match="min_free") as caught:
        put(store)
    assert caught.value.errno == errno.ENOSPC
    assert not (tmp_path / "cache").exists()


def test_the_folder_may_vanish_between_any_two_uses(store):
    for _ in range(3):
        put(store)
        store.put_trace("f", KEY, b"trace")
        claim = store.claim(KEY)
        claim.acquire()
        shutil.rmtree(store.folder)
        assert cause(store.get("f", KEY)) is Cause.FIRST_RUN
        assert store.traces("f", KEY) == []
        put(store)
        claim.release()
        assert (store.folder / ".gitignore").read_bytes() == b"*\n"
        assert (store.folder / "CACHEDIR.TAG").read_bytes().startswith(b"Signature: 8a477f597d28d172789f06886806bc55")
        assert isinstance(store.get("f", KEY), Stored)


def test_the_folder_may_vanish_before_the_rename(store, monkeypatch):
    put(store)
    replaced = os.replace
    times = []

    def vanish(*places, **folders):
        if len(times) < 2:
            times.append(1)
            shutil.rmtree(store.folder)
        return replaced(*places, **folders)

    monkeypatch.setattr(os, "replace", vanish)
    put(store, stream=b"second")
    assert bytes(store.get("f", KEY).stream) == b"second"


def test_a_read_only_store_is_never_written_to(store):
    path = put(store)
    os.utime(path, (0, 0))
    reader = FileStore(store.folder, read_only=True)
    before = {file: file.stat() for file in store.folder.rglob("*")}
    assert isinstance(reader.get("f", KEY), Stored)
    claim = reader.claim(KEY)
    claim.acquire()
    claim.release()
    reader.put_note("kind", "key", b"note")
    for refused in (lambda: put(reader), lambda: reader.put_trace("f", KEY, b""), reader.delete):
        with pytest.raises(OSError, match="only read from"):
            refused()
    assert [file for file in store.folder.rglob("*") if before.pop(file).st_mtime_ns != file.stat().st_mtime_ns] == []
    assert before == {}
    assert path.stat().st_atime <= 0 or path.stat().st_atime > time.time() - 100  # relatime is the system's own


@posix
def test_recency_is_the_time_of_access_and_no_change_of_the_file(store):
    path = put(store)
    os.utime(path, (1000, 2000))
    store.get("f", KEY)
    assert path.stat().st_mtime == 2000
    assert abs(path.stat().st_atime - time.time()) < 100


def test_a_damaged_trace_or_note_is_none(store):
    put(store)
    store.put_trace("f", KEY, b"trace")
    store.put_note("files", "/a/path of any kind", b"note")
    assert store.get_note("files", "/a/path of any kind") == b"note"
    for file in [*store.folder.rglob("*.trace"), *(store.folder / "v1/_notes").rglob("*")]:
        if file.is_file():
            file.write_bytes(file.read_bytes()[:-1] + b"!")
    assert FileStore(store.folder).traces("f", KEY) == []
    assert store.get_note("files", "/a/path of any kind") is None


def test_a_trace_added_by_somebody_else_is_seen(store):
    store.put_trace("f", KEY, b"one")
    folder = Path(store._path("f", KEY)).parent
    os.utime(folder, (1000, 1000))
    assert store.traces("f", KEY) == [b"one"]
    FileStore(store.folder, min_free=0).put_trace("f", KEY, b"two")
    assert sorted(store.traces("f", KEY)) == [b"one", b"two"]


def test_partial_files_are_swept_when_their_writer_is_gone_and_never_before(store):
    put(store)
    partial = store.folder / "v1/_partial"
    child = subprocess.Popen(
        [
            sys.executable,
            "-c",
            f"""
import os, time
from Lutil.checkpoints.store.entries import _disk
held = os.open({str(partial / "1-0-0000000a")!r}, os.O_RDWR | os.O_CREAT)
_disk.try_lock(held)
open({str(partial / "1-0-0000000b")!r}, "w").close()
print("ready", flush=True)
time.sleep(60)
""",
        ],
        stdout=subprocess.PIPE,
    )
    try:
        child.stdout.readline()
        for file in partial.iterdir():
            os.utime(file, (1000, 1000))
        assert store.check(repair=True).swept == (1 if sys.platform != "win32" else 0)
        assert [file.name for file in partial.iterdir()] == ["1-0-0000000a"]
    finally:
        child.kill()
        child.communicate()
    assert store.check(repair=True).swept == 1
    assert partials(store) == []


def test_check_reports_and_only_repairs_on_request(store):
    path = put(store)
    put(store, key="cd" + "1" * 30)
    path.write_bytes(path.read_bytes()[:-1])
    foreign = path.parent / "mine.txt"
    foreign.write_text("mine")
    report = store.check()
    assert (report.entries, [info.key for info, _ in report.damaged]) == (2, [KEY])
    assert report.foreign == (str(foreign),)
    assert path.exists()
    store.check(repair=True)
    assert not path.exists()
    assert foreign.exists()
    assert store.check().damaged == ()


def test_prune_takes_what_is_old_then_what_is_cheapest_per_byte(store):
    costs = {"aa": 9.0, "bb": 0.1, "cc": 5.0, "dd": 0.2}
    for index, (start, cost) in enumerate(costs.items()):
        path = put(store, stream=bytes(10_000), key=start + "0" * 30, cost=cost)
        os.utime(path, (1000 + index, 1000 + index))
    sizes = store.stats().size
    plan = store.prune(max_size=sizes - 1, dry_run=True)
    assert [info.key[:2] for info in plan.deleted] == ["bb"]
    assert store.stats().entries == 4
    assert store.prune(max_size=sizes - 1) == plan
    assert store.stats().entries == 3
    assert [info.key[:2] for info in store.prune(which=lambda info: info.key[:2] == "cc").deleted] == ["cc"]
    store.get("f", "dd" + "0" * 30)
    assert [info.key[:2] for info in store.prune(older_than=3600).deleted] == ["aa"]
    assert store.prune().deleted == ()


def test_a_store_survives_pickling(store):
    put(store)
    again = pickle.loads(pickle.dumps(store))
    assert isinstance(again.get("f", KEY), Stored)
    assert again.folder == store.folder


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="limits of Linux")
def test_a_thousand_mapped_results_live_at_ulimit_256(tmp_path):
    program = """
import resource, sys, os
resource.setrlimit(resource.RLIMIT_NOFILE, (256, 256))
from Lutil.checkpoints.model._entry import Header
from Lutil.checkpoints.store import FileStore
store = FileStore(sys.argv[1], min_free=0)
store.put("f", "ab" * 16, Header(0.0, 0.0), b"s", [bytes(1 << 20)], b"")
live = [store.get("f", "ab" * 16).buffers[0] for _ in range(1000)]
assert all(type(buffer) is memoryview for buffer in live)
live[3][0] = 1
assert live[4][0] == 0
print(len(os.listdir("/proc/self/fd")))
"""
    done = subprocess.run([sys.executable, "-c", program, str(tmp_path)], capture_output=True, text=True, check=True)
    assert int(done.stdout) < 20


def test_without_room_for_a_map_large_segments_are_read(store, monkeypatch):
    put(store, buffers=[bytes(2 << 20)])
    monkeypatch.setattr(_segments, "mapped", lambda *_: None)
    found = store.get("f", KEY)
    assert type(found.buffers[0]) is bytearray
    assert len(found.buffers[0]) == 2 << 20


def test_a_kept_entry_is_read_again_when_its_file_is_another_or_gone(store):
    path = put(store, b"one", ())
    os.utime(path, (time.time(), 0))
    assert store.get("f", KEY) is store.get("f", KEY)
    put(store, b"two", ())
    assert bytes(store.get("f", KEY).stream) == b"two"
    path.unlink()
    assert store.get("f", KEY).reason.cause is Cause.FIRST_RUN


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root gives files away")
def test_a_kept_entry_is_asked_for_its_owner_each_time(store):
    path = put(store, b"one", ())
    os.utime(path, (time.time(), 0))
    assert store.get("f", KEY) is store.get("f", KEY)
    os.chown(path, 54322, -1)
    assert store.get("f", KEY).reason.cause is Cause.UNTRUSTED
