"""P10: only bytes that this user, or somebody whom this user named, has written are ever unpickled.

Nothing outside of the store is written, followed or deleted, whatever somebody puts in the place of our files.
"""

from __future__ import annotations

import contextlib
import errno
import os
import shutil
import socket
import stat
import threading
import warnings
from pathlib import Path

import pytest

from Lutil.checkpoints import checkpoint, configure
from Lutil.checkpoints.model._entry import Header, Stored
from Lutil.checkpoints.model._outcome import Cause, Miss
from Lutil.checkpoints.store import FileStore
from other_users import as_root, owned, posix

KEY = "ab" + "0" * 30
OTHER = "cd" + "1" * 30
HEADER = Header(1.5, 0.25)
STRANGER = 12345

pytestmark = posix


@pytest.fixture
def store(tmp_path):
    return FileStore(tmp_path / "cache", min_free=0)


def put(store, stream=b"stream", key=KEY, name="f"):
    store.put(name, key, HEADER, stream, [b"buffer" * 20], b"readable")
    return Path(store._path(name, key))


def cause(found):
    assert isinstance(found, Miss)
    return found.reason.cause


# Owner and mode of each file and folder.


@as_root
@pytest.mark.parametrize("place", ["v1", "v1/f", "v1/f/ab", f"v1/f/ab/{KEY}.entry"])
def test_what_belongs_to_a_stranger_is_not_read(store, place):
    put(store)
    os.chown(store.folder / place, STRANGER, -1)
    found = FileStore(store.folder).get("f", KEY)
    assert cause(found) is Cause.UNTRUSTED
    assert f"user {STRANGER}" in found.reason.detail
    assert str(store.folder / place) in found.reason.detail
    assert isinstance(FileStore(store.folder, trust=[STRANGER]).get("f", KEY), Stored)


@pytest.mark.parametrize("place", ["v1", "v1/f", "v1/f/ab", f"v1/f/ab/{KEY}.entry"])
@pytest.mark.parametrize("bit", [0o020, 0o002])
def test_what_others_can_write_to_is_not_read_and_is_ours_again_after_a_run(store, place, bit):
    put(store)
    path = store.folder / place
    several(path)
    path.chmod(path.stat().st_mode | bit)
    fresh = FileStore(store.folder, min_free=0)
    found = fresh.get("f", KEY)
    assert cause(found) is Cause.UNTRUSTED
    assert "chmod go-w" in found.reason.detail
    assert fresh.provenance("f", KEY) is None
    put(fresh, b"again")
    assert bytes(fresh.get("f", KEY).stream) == b"again"
    owned(store.folder)


def several(path):
    """Give a file to a group that is not its owner's alone: that one is nobody else."""
    if os.geteuid() == 0:
        os.chown(path, -1, 12100)
    elif path.group() == path.owner():
        pytest.skip("only root can give files to another group")


def test_folders_that_only_a_private_group_can_write_to_are_read_without_a_notice(store):
    """An earlier version made them so, on systems that give each user a group."""
    put(store)
    for place in ("v1", "v1/f", "v1/f/ab"):
        (store.folder / place).chmod(0o775)
    found = FileStore(store.folder, min_free=0).get("f", KEY)
    assert isinstance(found, Stored) == (store.folder.group() == store.folder.owner())


def test_a_hit_in_the_same_process_asks_for_the_mode_each_time(store):
    path = put(store)
    assert isinstance(store.get("f", KEY), Stored)
    path.chmod(0o666)
    assert cause(store.get("f", KEY)) is Cause.UNTRUSTED


@pytest.mark.parametrize("others", [0o666, 0o620])
def test_traces_and_notes_that_others_can_write_to_are_not_read(store, others, caplog):
    store.put_trace("f", KEY, b"trace")
    store.put_note("kind", "key", b"note")
    for file in [*store.folder.rglob("*.trace"), *(store.folder / "v1/_notes").rglob("*")]:
        if file.is_file():
            file.chmod(others)
    fresh = FileStore(store.folder, min_free=0)
    assert fresh.traces("f", KEY) == []
    assert fresh.traces("f", KEY) == []
    assert fresh.get_note("kind", "key") is None
    assert len(caplog.messages) == 2
    assert all("chmod go-w" in said for said in caplog.messages)
    fresh.put_trace("f", KEY, b"new")
    assert FileStore(store.folder).traces("f", KEY) == [b"new"]


# Links, pipes and second names, at each place.

PLACES = ["v1", "v1/f", "v1/f/ab", f"v1/f/ab/{KEY}.entry", f"v1/f/ab/{KEY}.trace", "v1/_partial", "v1/_claims",
          "v1/_notes", ".gitignore", "CACHEDIR.TAG"]  # fmt: skip


def contents(folder):
    found = {path.relative_to(folder): path.lstat() for path in folder.rglob("*")}
    return {path: (one.st_ino, one.st_mode, one.st_size, one.st_mtime_ns, one.st_nlink) for path, one in found.items()}


def use(store):
    """Do all that a store can do; a refusal may cost what is kept, and raises nothing but OSError."""
    found = store.get("f", KEY)
    store.traces("f", KEY)
    store.get_note("kind", "key")
    claim = store.claim(KEY)
    claim.acquire()
    steps = (
        lambda: put(store, b"new"),
        lambda: store.put_trace("f", KEY, b"another"),
        lambda: store.put_note("kind", "key", b"new"),
        claim.release,
        lambda: store.check(repair=True),
        lambda: store.prune(older_than=0.0),
        store.stats,
        lambda: list(store.list()),
        store.delete,
    )
    for step in steps:
        try:
            step()
        except OSError as error:
            assert error.errno in (errno.ELOOP, errno.EACCES, errno.EISDIR, errno.ENOTDIR), error  # noqa: PT017
    return found


@pytest.mark.parametrize("place", PLACES)
def test_no_link_in_a_store_is_followed(store, tmp_path, place):
    put(store)
    store.put_trace("f", KEY, b"trace")
    store.put_note("kind", "key", b"note")
    (store.folder / "v1/_partial").mkdir(exist_ok=True)
    (store.folder / "v1/_claims").mkdir(exist_ok=True)
    outside = tmp_path / "outside"
    outside.mkdir()
    target = outside / "target"
    (store.folder / place).rename(target)
    if target.is_dir():
        for name in ("thesis.tex", "1-0-0123abcd", KEY, f"{KEY}.entry"):
            (target / name).write_text("mine")
    (store.folder / place).symlink_to(target)
    for path in outside.rglob("*"):
        os.utime(path, (1000, 1000))
    before = contents(outside)
    found = use(FileStore(store.folder, min_free=0))
    assert contents(outside) == before
    if place in PLACES[:4]:
        assert cause(found) is Cause.UNTRUSTED
        assert "link" in found.reason.detail


@pytest.mark.parametrize("place", PLACES[3:5])
@pytest.mark.parametrize("kind", ["pipe", "socket", "folder", "link to nothing", "device"])
def test_no_other_thing_is_read_in_the_place_of_a_file(store, place, kind):
    put(store)
    store.put_trace("f", KEY, b"trace")
    path = store.folder / place
    path.unlink()
    if kind == "pipe":
        os.mkfifo(path)
    elif kind == "socket":
        here = Path.cwd()
        os.chdir(path.parent)  # names of sockets are short
        with socket.socket(socket.AF_UNIX) as made:
            made.bind(path.name)
        os.chdir(here)
    elif kind == "folder":
        path.mkdir()
    elif kind == "link to nothing":
        path.symlink_to(store.folder / "nothing")
    elif os.geteuid() == 0:
        os.mknod(path, 0o600 | stat.S_IFCHR, os.makedev(1, 5))
    else:
        pytest.skip("only root makes devices")
    before = path.lstat()
    fresh = FileStore(store.folder, min_free=0)
    if place.endswith("entry"):
        assert cause(fresh.get("f", KEY)) in (Cause.UNTRUSTED, Cause.UNREADABLE)
    else:
        assert fresh.traces("f", KEY) == []
    fresh.delete()
    assert path.lstat() == before


def test_a_claim_with_a_second_name_elsewhere_is_never_written_to(store, tmp_path):
    put(store)
    (store.folder / "v1/_claims").mkdir()
    mine = tmp_path / ".bashrc"
    mine.write_text("mine")
    for key in (OTHER, "ef" * 16):
        os.link(mine, store.folder / "v1/_claims" / key)
    os.utime(mine, (1000, 1000))
    fresh = FileStore(store.folder, min_free=0)
    claim = fresh.claim(OTHER)
    claim.acquire()
    put(fresh, b"new", key=OTHER)
    claim.release()
    assert mine.read_text() == "mine"
    assert isinstance(fresh.get("f", OTHER), Stored)


def test_a_claim_that_others_could_write_to_does_not_become_an_entry(store):
    put(store)
    (store.folder / "v1/_claims").mkdir(exist_ok=True)
    left = store.folder / "v1/_claims" / OTHER
    left.write_text("")
    left.chmod(0o666)
    with left.open("r+b") as theirs:
        claim = store.claim(OTHER)
        claim.acquire()
        path = put(store, b"new", key=OTHER)
        claim.release()
        theirs.write(b"written by somebody who had it open")
    assert bytes(store.get("f", OTHER).stream) == b"new"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_trace_with_a_second_name_elsewhere_is_replaced_and_not_written_to(store, tmp_path):
    store.put_trace("f", KEY, b"one")
    (path,) = store.folder.rglob("*.trace")
    os.link(path, tmp_path / "second")
    before = (tmp_path / "second").read_bytes()
    store.put_trace("f", KEY, b"two")
    assert (tmp_path / "second").read_bytes() == before
    assert store.traces("f", KEY) == [b"two", b"one"]


def test_copies_by_second_names_are_hits(store, tmp_path):
    """`cp -al` makes backups: nobody else can give a file of ours a second name in our own folders."""
    path = put(store)
    os.link(path, tmp_path / "backup.entry")
    assert isinstance(FileStore(store.folder).get("f", KEY), Stored)


@as_root
def test_only_files_with_our_names_and_owner_are_swept(store):
    put(store)
    store.put_note("kind", "key", b"note")
    for folder, names in (
        ("_partial", ["1-0-0123abcd", "2-0-0123abcd", "thesis.tex"]),
        ("_claims", [KEY, OTHER, "photo.jpg"]),
    ):
        (store.folder / "v1" / folder).mkdir(exist_ok=True)
        for name in names:
            path = store.folder / "v1" / folder / name
            path.write_text("x")
            path.chmod(0o600)
            os.utime(path, (1000, 1000))
        os.chown(store.folder / "v1" / folder / names[0], STRANGER, -1)
    fresh = FileStore(store.folder, min_free=0)
    fresh.check(repair=True)
    claim = fresh.claim("ef" * 16)
    claim.acquire()
    left = {path.name for folder in ("_partial", "_claims") for path in (store.folder / "v1" / folder).iterdir()}
    claim.release()
    assert left == {"1-0-0123abcd", "thesis.tex", KEY, "photo.jpg", "ef" * 16}


def test_a_tree_that_is_exchanged_for_a_link_again_and_again_is_never_followed(tmp_path):
    """Others can write to the root, and exchange the tree between any two of our steps."""
    (tmp_path / "outside").mkdir()
    put(FileStore(tmp_path / "outside/evil", min_free=0), b"evil")
    evil = tmp_path / "outside/evil/v1"
    (evil / "_claims").mkdir()
    (evil / "_partial/1-0-0123abcd").write_text("mine")
    (evil / "_claims" / OTHER).write_text("mine")
    for path in [evil, *evil.rglob("*")]:
        os.utime(path, (1000, 1000))
    before = contents(tmp_path / "outside")
    root = tmp_path / "cache"
    root.mkdir()
    root.chmod(0o777)
    put(FileStore(root, min_free=0), b"good")
    over = threading.Event()

    def exchange():
        try:
            for _ in range(200):
                (root / "v1").rename(root / "moved")
                try:
                    (root / "v1").symlink_to(evil)
                    (root / "v1").unlink()
                    (root / "moved").rename(root / "v1")
                except OSError:  # the store has made itself another one
                    shutil.rmtree(root / "moved")
        finally:
            over.set()

    thread = threading.Thread(target=exchange)
    thread.start()
    seen = set()
    while not over.is_set():
        store = FileStore(root, min_free=0)
        found = store.get("f", KEY)
        seen.add(bytes(found.stream) if isinstance(found, Stored) else found.reason.cause)
        claim = store.claim(OTHER)
        claim.acquire()
        with contextlib.suppress(OSError):
            put(store, b"new", key=OTHER)
        claim.release()
        store.check(repair=True)
        store.delete("f", OTHER)
    thread.join()
    assert seen <= {b"good", Cause.FIRST_RUN, Cause.UNTRUSTED}
    assert contents(tmp_path / "outside") == before


def test_the_root_may_be_a_link(tmp_path):
    (tmp_path / "fast disk").mkdir()
    (tmp_path / "cache").symlink_to(tmp_path / "fast disk")
    store = FileStore(tmp_path / "cache", min_free=0)
    put(store)
    assert isinstance(FileStore(tmp_path / "cache").get("f", KEY), Stored)
    assert store.check(repair=True).damaged == ()
    assert store.delete() == 1


# Whose an entry is.


def test_swapped_entries_are_recomputed(tmp_path):
    configure(store="cache")
    ran = []

    @checkpoint
    def f(i):
        ran.append(i)
        return {"i": i}

    f(1), f(2)
    one, two = sorted((tmp_path / "cache/v1").rglob("*.entry"))
    one.rename(tmp_path / "t")
    two.rename(one)
    (tmp_path / "t").rename(two)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        assert (f(1), f(2)) == ({"i": 1}, {"i": 2})
    assert sorted(ran) == [1, 1, 2, 2]
