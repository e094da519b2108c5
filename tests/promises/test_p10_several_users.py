"""P10: several users of one store: who hits what, nobody overwrites anybody, and a new store is private."""

from __future__ import annotations

import os
import stat

import pytest

from Lutil.checkpoints.model._entry import Header, Stored
from Lutil.checkpoints.model._outcome import Cause, Miss
from Lutil.checkpoints.store import FileStore
from other_users import ALICE, BOB, Machine, as_root, owned

KEY = "ab" + "0" * 30

pytestmark = as_root


@pytest.fixture
def machine():
    found = Machine()
    yield found
    found.close()


def put(store, stream=b"stream"):
    store.put("f", KEY, Header(1.5, 0.25), stream, [b"buffer" * 20], b"readable")


def cause(found):
    assert isinstance(found, Miss)
    return found.reason.cause


@pytest.mark.parametrize("umask", ["002", "022", "077"])
@pytest.mark.parametrize("trusting", [False, True])
def test_users_of_one_store_hit_what_they_trust_and_overwrite_nothing(machine, umask, trusting):
    shared = machine.shared("cache", 0o2775)
    trust = {ALICE: [BOB], BOB: [ALICE]} if trusting else {ALICE: [], BOB: []}
    read = machine.folder / "data.csv"
    read.write_text("1,2,3")

    def call(user, *calls):
        found = machine.call(user, shared, calls, reads=[read], umask=umask, trust=trust[user])
        assert found["said"] == []
        assert found["values"] == [*([x] for x in calls), "1,2,3"]
        return found["ran"]

    assert call(ALICE, 1) == [1, str(read)]
    before = owned(shared)
    assert call(BOB, 1, 2) == ([2] if trusting else [1, 2, str(read)])
    assert call(ALICE, 1, 2) == ([] if trusting else [2])
    assert call(BOB, 1, 2) == []
    after = owned(shared)
    assert {path: after[path] for path in before} == before
    for path, (owner, _) in after.items():
        assert owner == (BOB if path.is_relative_to(shared / f"v1@{BOB}") else ALICE)
    assert {path.name for path in shared.iterdir() if path.is_dir()} == {"v1", f"v1@{BOB}"}
    assert stat.S_IMODE((shared / "v1").stat().st_mode) == 0o2755
    assert {stat.S_IMODE(path.stat().st_mode) for path in shared.rglob("*.entry")} == {0o644}


@pytest.mark.parametrize("umask", ["000", "077", "177"])
def test_a_new_store_is_private_and_works_whatever_the_umask(machine, umask):
    home = machine.shared("home", 0o755)
    ran = [machine.call(ALICE, home / "store", [1], umask=umask)["ran"] for _ in range(2)]
    assert ran == [[1], []]
    assert {stat.S_IMODE(path.stat().st_mode) for path in (home / "store").rglob("*") if path.is_dir()} == {0o700}
    assert stat.S_IMODE((home / "store").stat().st_mode) == 0o700


COMMANDS = [["ls"], ["stats"], ["check"], ["show", "f"], ["why"], ["prune", "--max-size", "1GB"], ["rm", "f", "--yes"]]


def test_a_command_says_why_it_reads_nothing_of_a_store(machine):
    private, readable, common = (machine.shared(name, mode) for name, mode in STORES.items())
    for store in (private, readable, common):
        machine.call(ALICE, store, [1])
    machine.call(BOB, common, [1])

    def told(store, **environment):
        return machine.lutil(BOB, *([*words, "--store", store] for words in COMMANDS), **environment)

    for store, way_out in ((private, "Permission denied"), (readable, f"LUTIL_TRUST={ALICE}")):
        for code, said in told(store):
            assert (code, len(said.splitlines())) == (1, 1)
            assert f"user {ALICE}" in said
            assert way_out in said
    assert [code for code, _ in told(readable, LUTIL_TRUST=str(ALICE))[:4]] == [0] * 4
    assert [code for code, _ in told(common)] == [0] * len(COMMANDS)


STORES = {"private": 0o700, "readable": 0o755, "common": 0o2777}


def test_what_somebody_has_kept_who_is_not_trusted_is_not_copied_and_that_is_said(machine):
    common, mine = machine.shared("common", 0o2777), machine.shared("mine", 0o755)
    machine.call(ALICE, common, [1])
    ((code, said),) = machine.lutil(BOB, ["copy", common, machine.folder / "target"])
    assert (code, len(said.splitlines())) == (1, 1)
    assert f"LUTIL_TRUST={ALICE}" in said
    machine.call(BOB, common, [2])
    ((code, said),) = machine.lutil(ALICE, ["copy", common, mine], LUTIL_TRUST=str(BOB))
    assert (code, said.strip()) == (0, "2 copied, 0 were there")  # those of both


def test_what_cannot_be_deleted_is_said_and_not_counted(machine):
    commands = [["rm", "f", "--yes"], ["prune", "--max-size", "0B"], ["prune", "--max-size", "0B", "--json"]]
    for number, words in enumerate(commands):
        store = machine.shared(f"cache{number}", 0o2775)
        machine.call(ALICE, store, [1, 2])
        entries = sorted(store.rglob("*.entry"))
        size = entries[1].stat().st_size
        entries[0].parent.chmod(0o555)
        ((code, said),) = machine.lutil(ALICE, [*words, "--store", store])
        assert (code, [path.exists() for path in entries]) == (1, [True, False])
        assert "Permission denied" in said
        if "--json" not in words:
            assert said.startswith(f"deleted 1 entry, {size} B\n")
            assert "1 entry could not be deleted" in said


def test_what_others_have_kept_cannot_be_deleted_and_that_is_said(machine):
    store = machine.shared("cache", 0o2775)
    machine.call(ALICE, store, [1])
    ((code, said),) = machine.lutil(BOB, ["rm", "f", "--yes", "--store", store], LUTIL_TRUST=str(ALICE))
    assert (code, said.splitlines()[0]) == (1, "deleted 0 entries, 0 B")
    assert "another user" in said


@pytest.mark.parametrize("trust", [["owner"], [ALICE], [str(ALICE)]])
def test_the_owner_of_the_folder_can_be_trusted_by_that_word(machine, trust):
    shared = machine.shared("cache", 0o2775)
    machine.call(ALICE, shared, [1])
    assert machine.call(BOB, shared, [1], trust=trust)["ran"] == []


def test_a_new_store_is_private_whatever_the_umask(machine):
    for umask in ("000", "002", "022", "077"):
        home = machine.shared(f"home{umask}", 0o755)
        machine.call(ALICE, home / "cache", [1], umask=umask)
        modes = {stat.S_IMODE(path.stat().st_mode) for path in [home / "cache", *(home / "cache").rglob("*")]}
        assert modes == {0o700, 0o600}


@pytest.mark.parametrize(
    ("root", "folder", "file"),
    [(0o755, 0o755, 0o644), (0o777, 0o755, 0o644), (0o2770, 0o2750, 0o640), (0o711, 0o711, 0o600)],
)
def test_a_folder_that_exists_says_who_may_read(machine, root, folder, file):
    shared = machine.shared("cache", root)
    machine.call(ALICE, shared, [1], umask="077")
    assert stat.S_IMODE(shared.stat().st_mode) == root
    assert {stat.S_IMODE(path.stat().st_mode) for path in shared.rglob("*") if path.is_dir()} == {folder}
    assert {stat.S_IMODE(path.stat().st_mode) for path in shared.rglob("*") if path.is_file()} == {file}


def test_a_store_that_may_not_be_written_to_costs_no_result(machine):
    shared = machine.shared("cache", 0o755)
    machine.call(ALICE, shared, [1])
    found = machine.call(BOB, shared, [1])
    assert (found["ran"], found["values"]) == ([1], [[1]])
    assert len(found["said"]) == 1
    assert "not kept" in found["said"][0]


def test_root_has_a_tree_of_its_own_in_a_store_of_somebody_else(machine):
    shared = machine.shared("cache", 0o755)
    machine.call(ALICE, shared, [1])
    assert machine.call(0, shared, [1])["ran"] == [1]
    assert machine.call(0, shared, [1])["ran"] == []
    assert machine.call(0, shared, [1], trust=["owner"])["ran"] == []
    assert {path.name for path in shared.iterdir() if path.is_dir()} == {"v1", "v1@0"}


def test_what_somebody_else_put_into_our_tree_is_one_notice_with_a_way_out(machine):
    shared = machine.shared("cache", 0o2775)
    machine.call(ALICE, shared, [1, 2, 3])
    os.chown(shared / "v1", BOB, -1)
    found = machine.call(ALICE, shared, [1, 2, 3])
    assert found["ran"] == [1, 2, 3]
    (said,) = found["said"]
    assert f"belongs to user {BOB}" in said
    assert f"trust=[{BOB}]" in said
    assert f"LUTIL_TRUST={BOB}" in said


def test_a_tree_of_ours_that_others_exchange_is_not_followed(machine):
    """Others can write to the root: the tree is exchanged after its folders were found to be ours."""
    shared = machine.shared("cache", 0o777, owner=0)
    store = FileStore(shared, min_free=0)
    put(store)
    assert isinstance(store.get("f", KEY), Stored)
    assert store.trusted().tree == str(shared / "v1")
    (shared / "v1").rename(machine.folder / "moved")
    (shared / "v1").symlink_to(machine.folder / "moved")
    assert isinstance(store.get("f", KEY), Miss)
    with pytest.raises(OSError, match="link"):
        put(store, b"other")
    assert cause(FileStore(shared).get("f", KEY)) is Cause.UNTRUSTED


def test_a_read_only_store_of_somebody_else_says_whom_to_trust(machine):
    shared = machine.shared("cache", 0o755)
    machine.call(ALICE, shared, [1])
    (entry,) = (shared / "v1/f").rglob("*.entry")
    found = FileStore(shared, read_only=True).get("f", entry.stem)
    assert cause(found) is Cause.UNTRUSTED
    assert f"trust=[{ALICE}]" in found.reason.detail
    assert isinstance(FileStore(shared, read_only=True, trust=["owner"]).get("f", entry.stem), Stored)
    with pytest.raises(OSError, match="only read"):
        FileStore(shared, read_only=True, trust=["owner"]).delete()


def test_only_our_own_entries_are_listed_for_deletion(machine):
    shared = machine.shared("cache", 0o2777)
    machine.call(ALICE, shared, [1, 2])
    machine.call(BOB, shared, [1])
    store = FileStore(shared, trust=[ALICE, BOB], min_free=0)
    put(store)
    assert len(list(store.list())) == 4
    assert store.stats().entries == 1
    assert [info.key for info in store.prune(older_than=0.0, dry_run=True).deleted] == [KEY]
    assert store.delete() == 1
    assert len(list(shared.rglob("*.entry"))) == 3
