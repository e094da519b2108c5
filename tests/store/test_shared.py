"""A shared store by itself: what is written comes back, signed; who may do what; what an attacker can do."""

from __future__ import annotations

import _thread
import hashlib
import os
import random
import stat
import threading
import time
import weakref

import numpy as np
import pytest
from shared_support import Machine

from Lutil.checkpoints import SettingError, Store
from Lutil.checkpoints.model._entry import Header, Stored
from Lutil.checkpoints.model._key import Part, PartKind
from Lutil.checkpoints.model._outcome import Miss
from Lutil.checkpoints.model._provenance import Provenance
from Lutil.checkpoints.store.shared import (
    PublicKey,
    Signer,
    _remote,
    distrust,
    key_folder,
    load_signer,
    new_signer,
    received_from,
    trust,
    trusted_keys,
)
from Lutil.checkpoints.store.shared._hashing import Hashing
from Lutil.checkpoints.store.shared._pieces import packed, unpacked
from Lutil.checkpoints.store.shared._signed_objects import (
    ForgedError,
    Manifest,
    object_name,
    payload_name,
    seal,
    unseal,
)

KEY, OTHER = "0123456789abcdef" * 2, "fedcba9876543210" * 2
HEADER = Header(created=1.5, cost=0.25)


def put(machine: Machine, key=KEY, stream=b"stream", buffers=(b"buffer",), name="f", **facts) -> None:
    """Keep an entry on a machine; `facts` are more fields of its provenance."""
    facts = Provenance(name, "f.py:1", 1.5, 0.25, "3.11", **{"parts": (), **facts})
    machine.local.put(name, key, HEADER, stream, buffers, facts.to_bytes())


def put_led(machine: Machine, final: str, trace: str) -> None:
    """Keep an entry to which a trace under `KEY` leads."""
    facts = Provenance("f", "f.py:1", 1.5, 0.25, "3.11", (), key=KEY, trace=trace)
    machine.local.put("f", final, HEADER, b"stream", [], facts.to_bytes())


def fetched(machine: Machine, url, key=KEY, name="f", **options) -> Stored | Miss:
    shared = machine.shared(url, **options)
    for way in shared.ask([(name, key)]).get((name, key), ()):
        if shared.receive(way, machine.local):
            break
    return machine.local.get(name, key)


def bucket_file(tmp_path, name):
    return tmp_path / "bucket" / name


# -- what is written comes back ------------------------------------------------------------------------------------


@pytest.mark.parametrize("size", [0, 10, 70_000, 2_000_000])
@pytest.mark.parametrize("kind", ["same", "random"])
def test_an_entry_comes_back_byte_for_byte(ada, bob, folder_url, tmp_path, size, kind):
    bob.trusts(ada)
    data = bytes(size) if kind == "same" else os.urandom(size)
    put(ada, stream=b"stream", buffers=[data, b"small", data])
    assert ada.shared(folder_url).publish(ada.local, "f", KEY) == ""
    found = fetched(bob, folder_url)
    assert [bytes(one) for one in found.buffers] == [data, b"small", data]
    entry = next(ada.store.rglob("*.entry")).read_bytes()
    assert next(bob.store.rglob("*.entry")).read_bytes() == entry
    stored = sum(file.stat().st_size for file in (tmp_path / "bucket").rglob("*") if file.is_file())
    if kind == "same":
        assert stored < 70_000  # zeros shrink
    else:
        assert stored < (1 if size > 1 << 20 else 2) * size * 1.1 + 20_000  # large ones are stored once


def test_two_signers_share_the_bytes_of_equal_results_and_have_an_object_each(ada, bob, folder_url, tmp_path):
    data = os.urandom(2_000_000)
    for machine in (ada, bob):
        put(machine, buffers=[data])
        machine.shared(folder_url).publish(machine.local, "f", KEY)
    assert len(list(bucket_file(tmp_path, "v1/_payloads").rglob("*/*"))) == 1
    assert len(list(bucket_file(tmp_path, f"v1/f/01/{KEY}").iterdir())) == 2


def test_memory_is_a_store_as_well(ada, bob):
    bob.trusts(ada)
    put(ada)
    ada.shared("memory://here").publish(ada.local, "f", KEY)
    assert isinstance(fetched(bob, "memory://here"), Stored)
    assert isinstance(fetched(bob, "memory://elsewhere", OTHER), Miss)


def test_names_of_any_kind_are_told_apart(ada, bob, folder_url):
    bob.trusts(ada)
    names = ["f", "F", "a/b\\c:d", "../../etc", "x" * 500, "naïve 名前 🙂", ""]
    for name in names:
        put(ada, stream=name.encode(), name=name)
        ada.shared(folder_url).publish(ada.local, name, KEY)
    for name in names:
        assert bytes(fetched(bob, folder_url, name=name).stream) == name.encode()


def test_an_entry_that_was_fetched_is_not_ones_own(ada, bob, folder_url):
    bob.trusts(ada)
    put(ada)
    ada.shared(folder_url).publish(ada.local, "f", KEY)
    fetched(bob, folder_url)
    assert received_from(bob.local, "f", KEY) == ada.key.raw
    bob.local.put("f", KEY, HEADER._replace(created=9.0), b"stream", [], b"")
    assert received_from(bob.local, "f", KEY) == b""  # he has computed it himself since


def test_many_keys_are_fetched_at_once(ada, bob, folder_url):
    bob.trusts(ada)
    keys = [f"{number:032x}" for number in range(30)]
    for key in keys:
        put(ada, key)
        ada.shared(folder_url).publish(ada.local, "f", key)
    there = bob.shared(folder_url).get_many(bob.local, "f", [*keys, OTHER])
    assert there == set(keys)
    assert sorted(info.key for info in bob.local.list("f")) == keys


def test_what_a_secret_went_into_is_published_only_if_told(ada, folder_url):
    secret = Part(PartKind.ARGUMENT, "password", b"\0" * 16, hidden=True)
    plain = Part(PartKind.ENVIRONMENT, "os.environ['HOME']", b"\0" * 16, hidden=True)
    put(ada, parts=(secret,))
    put(ada, OTHER, parts=(plain,))
    assert "secret" in ada.shared(folder_url).publish(ada.local, "f", KEY)
    assert ada.shared(folder_url).publish(ada.local, "f", OTHER) == ""
    assert ada.shared(folder_url, secrets=True).publish(ada.local, "f", KEY) == ""


@pytest.mark.parametrize("kept", [b"x" * 1000, random.Random(1).randbytes(1000), b""], ids=["same", "random", "none"])
def test_a_piece_comes_back_and_shrinks_where_that_halves_it(kept):
    piece, stored = packed(kept)
    assert bytes(unpacked(piece, stored)) == kept
    assert piece.packed == (kept == b"x" * 1000)


def test_a_piece_never_unpacks_to_more_than_was_signed():
    piece, stored = packed(bytes(10_000_000))
    for lie in (piece._replace(size=10), piece._replace(size=20_000_000), piece._replace(stored=5)):
        with pytest.raises(ForgedError):
            unpacked(lie, stored)


def test_what_is_hashed_beside_the_transfer_is_all_of_it_in_its_order():
    chunks = [random.Random(number).randbytes(number * 5_000) for number in range(40)]
    with Hashing() as hashing:
        for chunk in chunks:
            hashing.update(chunk)
        assert hashing.hexdigest() == hashlib.sha256(b"".join(chunks)).hexdigest()


def test_hashing_that_is_left_early_ends_its_thread_and_lets_the_chunks_go():
    chunk = np.zeros(1_000_000, np.uint8)
    gone, before = weakref.ref(chunk), _thread._count()
    with pytest.raises(KeyError), Hashing() as hashing:
        hashing.update(chunk)
        raise KeyError
    del chunk, hashing
    while _thread._count() > before or gone() is not None:
        time.sleep(0.01)


def test_traces_are_kept_newest_first_and_not_without_end():
    manifest = Manifest("f", KEY, 0.0)
    for number in range(20):
        manifest = manifest.with_trace(b"%d" % number, f"{number}")
    for number in range(100):
        manifest = manifest.with_trace(b"10", f"{number}")
    assert [trace for trace, _ in manifest.traces][:2] == [b"10", b"19"]
    assert len(manifest.traces) == 16
    assert manifest.traces[0][1][:2] == ("99", "98")
    assert len(manifest.traces[0][1]) == 64


# -- keys ------------------------------------------------------------------------------------------------------------


def test_a_key_is_private_and_is_not_made_twice(ada):
    assert stat.S_IMODE((key_folder() / "key").stat().st_mode) == 0o600
    with pytest.raises(SettingError, match="there already"):
        new_signer()
    assert load_signer().public == ada.key
    assert [path.name for path in key_folder().iterdir()] == ["key"]


def test_of_many_who_make_a_key_at_once_one_does(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "new"))
    made, start = [], threading.Barrier(8)

    def make():
        start.wait()
        try:
            made.append(new_signer().public)
        except SettingError:
            return

    threads = [threading.Thread(target=make) for _ in range(8)]
    [thread.start() for thread in threads], [thread.join() for thread in threads]
    assert made == [load_signer().public]


@pytest.mark.parametrize("file", ["key", "trusted"])
def test_a_file_of_keys_that_others_can_write_is_not_obeyed(ada, bob, file):
    ada.trusts(bob)
    (key_folder() / file).chmod(0o666)
    with pytest.raises(SettingError, match=file):
        load_signer() if file == "key" else trusted_keys()


def test_a_private_key_that_others_can_read_is_not_used(ada):
    ada.enter()
    (key_folder() / "key").chmod(0o640)
    with pytest.raises(SettingError, match="chmod 600"):
        load_signer()


def test_keys_come_from_the_environment(ada, bob, monkeypatch):
    bob.enter()
    monkeypatch.setenv("LUTIL_SIGNING_KEY", (signer := Signer(bytes(range(32)))).text)
    monkeypatch.setenv("LUTIL_TRUSTED_KEYS", f"ci={ada.key.text}, {bob.key.text}")
    assert load_signer().public == signer.public
    assert {key.name: key.raw for key in trusted_keys().values()} == {"ci": ada.key.raw, "": bob.key.raw}


@pytest.mark.parametrize(
    "text", ["", "lutil-pub-", "lutil-pub-" + "A" * 42, "lutil-pub-" + "!" * 43, "ssh-ed25519 AAAA"]
)
def test_what_is_no_key_is_refused_and_a_private_one_is_not_repeated(text, monkeypatch):
    with pytest.raises(SettingError):
        PublicKey.parse(text)
    private = Signer(bytes(32)).text
    with pytest.raises(SettingError, match="private") as error:
        PublicKey.parse(private)
    assert private not in str(error.value)
    monkeypatch.setenv("LUTIL_SIGNING_KEY", "lutil-key-hunter2")
    with pytest.raises(SettingError, match="LUTIL_SIGNING_KEY") as error:
        load_signer()
    assert "hunter2" not in str(error.value)


def test_whom_one_trusts_no_more_is_not_read_any_more(ada, bob, folder_url):
    bob.trusts(ada)
    put(ada), put(ada, OTHER)
    for key in (KEY, OTHER):
        ada.shared(folder_url).publish(ada.local, "f", key)
    assert isinstance(fetched(bob, folder_url), Stored)
    bob.enter()
    assert distrust("ada") == [ada.key._replace(name="ada")]
    assert isinstance(fetched(bob, folder_url, OTHER), Miss)
    with pytest.raises(SettingError, match="ada"):
        distrust("ada")


def test_what_was_fetched_from_whom_one_trusts_no_more_can_be_deleted(ada, bob, folder_url):
    bob.trusts(ada)
    put(ada), put(bob, OTHER)
    ada.shared(folder_url).publish(ada.local, "f", KEY)
    assert isinstance(fetched(bob, folder_url), Stored)
    bob.enter()
    store = Store(bob.store)
    assert store.prune(distrusted=True).deleted == ()
    distrust("ada")
    assert [info.key for info in store.prune(distrusted=True, dry_run=True).deleted] == [KEY]
    assert [info.key for info in store.prune(distrusted=True, which=lambda info: info.key == OTHER).deleted] == [
        KEY,
        OTHER,
    ]
    assert not [*store.list()]


@pytest.mark.parametrize("others", [0, 1, 3])
def test_a_thousand_keys_take_thirty_two_rounds_of_questions(ada, bob, folder_url, monkeypatch, others):
    """A round: all who may ask at once have asked, and wait for their answers."""
    bob.trusts(ada)
    [trust(Signer(bytes([number] * 32)).public) for number in range(1, others)]
    if not others:
        distrust("ada")
    keys = [f"{number:032x}" for number in range(1000)]
    writer = ada if others else bob
    put(writer, keys[-1])
    writer.shared(folder_url).publish(writer.local, "f", keys[-1])
    shared, asked = bob.shared(folder_url, timeout=600.0), _remote.Remote._asked
    count = 1000 * (1 + others)
    gate, state = threading.Condition(), {"left": count, "asking": 0, "rounds": 0}

    def in_step(client, name, largest):
        with gate:
            state["asking"] += 1
            mine = state["rounds"]
            if state["asking"] == min(_remote.at_once(count), state["left"]):
                state["left"] -= state["asking"]
                state["asking"], state["rounds"] = 0, mine + 1
                gate.notify_all()
            assert gate.wait_for(lambda: state["rounds"] > mine, 300)
        return asked(client, name, largest)

    monkeypatch.setattr(_remote.Remote, "_asked", staticmethod(in_step))
    assert shared.get_many(bob.local, "f", keys) == {keys[-1]}
    assert (state["left"], state["rounds"]) == (0, 32)


def test_without_a_key_ci_reads_only_and_a_person_gets_one(tmp_path, monkeypatch, ada, folder_url):
    put(ada)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "empty"))
    monkeypatch.setenv("CI", "true")
    from Lutil.checkpoints.store.shared import SharedStore

    with pytest.raises(SettingError, match="LUTIL_SIGNING_KEY"):
        SharedStore(folder_url).publish(ada.local, "f", KEY)
    monkeypatch.delenv("CI")
    assert SharedStore(folder_url).publish(ada.local, "f", KEY) == ""
    assert load_signer() is not None


def test_many_who_publish_first_at_once_make_one_key(ada, folder_url, tmp_path, monkeypatch):
    from Lutil.checkpoints.store.shared import SharedStore

    keys = [f"{number:032x}" for number in range(8)]
    for key in keys:
        put(ada, key)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "new"))
    shared, start, why = SharedStore(folder_url), threading.Barrier(8), []

    def publish(key):
        start.wait()
        try:
            why.append(shared.publish(ada.local, "f", key))
        except SettingError as error:
            why.append(str(error))

    threads = [threading.Thread(target=publish, args=(key,)) for key in keys]
    [thread.start() for thread in threads], [thread.join() for thread in threads]
    assert why == [""] * 8
    assert len({path.name for path in bucket_file(tmp_path, "v1/f").rglob("*/*/*")}) == 1


def test_many_who_publish_traces_of_one_key_at_once_lose_none(ada, folder_url):
    from xxhash import xxh3_64_hexdigest

    finals = [f"{number:032x}" for number in range(12)]
    for number, final in enumerate(finals):
        trace = b"trace of %d" % (number % 3)
        ada.local.put_trace("f", KEY, trace)
        put_led(ada, final, trace=xxh3_64_hexdigest(trace))
    shared, start = ada.shared(folder_url), threading.Barrier(12)

    def publish(final):
        start.wait()
        shared.publish(ada.local, "f", final)

    threads = [threading.Thread(target=publish, args=(final,)) for final in finals]
    [thread.start() for thread in threads], [thread.join() for thread in threads]
    (way,) = ada.shared(folder_url).ask([("f", KEY)])["f", KEY]
    assert sorted(final for _, keys in way.manifest.traces for final in keys) == finals
    assert len(way.manifest.traces) == 3


# -- the attacker: somebody who can write to the bucket, and whom nobody trusts ---------------------------------------


@pytest.fixture
def published(ada, bob, folder_url):
    """Ada has published two results; Bob trusts her."""
    bob.trusts(ada)
    put(ada, buffers=[bytes(1000), os.urandom(2_000_000)])
    put(ada, OTHER, stream=b"other")
    for key in (KEY, OTHER):
        ada.shared(folder_url).publish(ada.local, "f", key)


def place(tmp_path, ada, key=KEY):
    return bucket_file(tmp_path, object_name("f", key, ada.key.short))


def is_miss_said_once(bob, folder_url, says):
    shared = bob.shared(folder_url)
    bob.said.clear()
    for _ in range(2):
        ways = shared.ask([("f", KEY)]).get(("f", KEY), ())
        assert not any(shared.receive(way, bob.local) for way in ways)
    assert isinstance(bob.local.get("f", KEY), Miss)
    assert not list(bob.store.rglob("_partial/*"))
    assert len(bob.said) == 1
    assert says in bob.said[0]


def test_every_flipped_byte_of_a_small_object_is_a_miss(ada, bob, published, folder_url, tmp_path):
    file = place(tmp_path, ada)
    whole = file.read_bytes()
    for at in range(len(whole)):
        broken = bytearray(whole)
        broken[at] ^= 1
        with pytest.raises(ForgedError):
            unseal(bytes(broken), ada.key, "f", KEY)
    file.write_bytes(whole[:-1])
    is_miss_said_once(bob, folder_url, "signed")


@pytest.mark.parametrize("length", [0, 1, 50, 107, 120, 300])
def test_an_object_that_is_cut_short_is_a_miss(ada, bob, published, folder_url, tmp_path, length):
    file = place(tmp_path, ada)
    file.write_bytes(file.read_bytes()[:length])
    is_miss_said_once(bob, folder_url, "not read")


def test_an_object_of_another_key_is_a_miss(ada, bob, published, folder_url, tmp_path):
    """The result of older code, served in the place of today's."""
    place(tmp_path, ada).write_bytes(place(tmp_path, ada, OTHER).read_bytes())
    is_miss_said_once(bob, folder_url, "was signed for 'f' and the key fedc")


def test_an_object_of_another_name_is_a_miss(ada, bob, published, folder_url, tmp_path):
    put(ada, name="g")
    ada.shared(folder_url).publish(ada.local, "g", KEY)
    other = bucket_file(tmp_path, object_name("g", KEY, ada.key.short))
    place(tmp_path, ada).write_bytes(other.read_bytes())
    is_miss_said_once(bob, folder_url, "was signed for 'g'")


def test_an_object_that_somebody_else_has_signed_is_a_miss(ada, bob, published, folder_url, tmp_path, monkeypatch):
    eve = Machine(tmp_path, monkeypatch, "eve")
    put(eve, stream=b"evil")
    eve.shared(folder_url).publish(eve.local, "f", KEY)
    theirs = bucket_file(tmp_path, object_name("f", KEY, eve.key.short))
    place(tmp_path, ada).write_bytes(theirs.read_bytes())
    is_miss_said_once(bob, folder_url, f"signed by {eve.key.text}")


def test_what_somebody_unknown_has_signed_is_not_even_asked_for(ada, bob, folder_url, tmp_path, monkeypatch):
    eve = Machine(tmp_path, monkeypatch, "eve")
    put(eve, stream=b"evil")
    eve.shared(folder_url).publish(eve.local, "f", KEY)
    assert isinstance(fetched(bob, folder_url), Miss)
    assert bob.said == []


@pytest.mark.parametrize("how", ["flipped", "longer", "shorter", "gone", "swapped"])
def test_a_payload_that_was_tampered_with_is_a_miss_and_the_next_save_heals_it(
    ada, bob, published, folder_url, tmp_path, how
):
    (file,) = bucket_file(tmp_path, "v1/_payloads").rglob("*/*")
    whole = file.read_bytes()
    changed = {
        "flipped": whole[:1000] + b"\0" + whole[1001:],
        "longer": whole + b"x",
        "shorter": whole[:-1],
        "swapped": os.urandom(len(whole)),
    }
    file.unlink() if how == "gone" else file.write_bytes(changed[how])
    says = "is not there" if how == "gone" else "is not what was signed"
    shared = bob.shared(folder_url)
    (way,) = shared.ask([("f", KEY)])["f", KEY]
    assert not shared.receive(way, bob.local)
    assert says in bob.said[-1]
    assert isinstance(bob.local.get("f", KEY), Miss)
    put(bob, buffers=[bytes(1000), whole])  # he computes it himself
    shared.publish(bob.local, "f", KEY)
    assert file.read_bytes() == whole


def test_nothing_is_unpickled_before_its_signature_was_checked(ada, bob, published, folder_url, tmp_path):
    class Bomb:
        def __reduce__(self):
            return os.mkdir, (str(tmp_path / "exploded"),)

    import pickle

    eve = Signer(os.urandom(32))
    small = pickle.dumps(Bomb())
    piece, stored = packed(small)
    evil = seal(Manifest("f", KEY, 0.0, (piece,), small=bytes(stored)), eve)
    place(tmp_path, ada).write_bytes(evil)
    is_miss_said_once(bob, folder_url, "signed by")
    assert not (tmp_path / "exploded").exists()


def test_who_introduces_themselves_cannot_drive_a_terminal_or_stand_for_others(
    ada, bob, published, folder_url, tmp_path
):
    eve, other = Signer(os.urandom(32)), Signer(os.urandom(32))
    folder = bucket_file(tmp_path, "v1/_signers")
    (folder / eve.public.short).write_bytes(seal(Manifest("\x1b[2Jada" + "x" * 500, "", 0.0), eve))
    (folder / other.public.short).write_bytes(seal(Manifest("ada", "", 0.0), eve))
    (folder / "00000000").write_bytes(b"garbage")
    (stranger,) = bob.shared(folder_url).strangers()
    assert stranger.raw == eve.public.raw
    assert "\x1b" not in stranger.name
    assert len(stranger.name) == 80


def test_an_object_without_end_is_not_read(ada, bob, published, folder_url, tmp_path):
    with place(tmp_path, ada).open("r+b") as file:
        file.truncate(10 << 30)
    assert bob.shared(folder_url).ask([("f", KEY)]) == {}


def test_a_name_cannot_be_locked(ada, bob, folder_url, tmp_path):
    """Garbage that lies in the place of an object before its owner writes it is replaced."""
    bob.trusts(ada)
    put(ada, buffers=[(data := os.urandom(2_000_000))])
    before = place(tmp_path, ada)
    before.parent.mkdir(parents=True)
    before.write_bytes(b"garbage")
    ada.shared(folder_url).publish(ada.local, "f", KEY)
    assert bytes(fetched(bob, folder_url).buffers[0]) == data


def test_payload_names_are_digests_of_what_is_stored(ada, published, tmp_path):
    import hashlib

    (file,) = bucket_file(tmp_path, "v1/_payloads").rglob("*/*")
    assert bucket_file(tmp_path, payload_name(hashlib.sha256(file.read_bytes()).hexdigest())) == file
