"""`lutil key`, `copy`, `push` and `where`, in this process: what they do and say."""

from __future__ import annotations

import itertools
import json
import os
import zipfile

import pytest
from click.testing import CliRunner

from Lutil.checkpoints import Store, checkpoint, configure
from Lutil.checkpoints.cli import _cleaning, _key_commands, _reading, _running, _sharing_commands  # noqa: F401  # each adds its commands
from Lutil.checkpoints.cli._group import lutil
from Lutil.checkpoints.model import _settings
from Lutil.checkpoints.store.shared import Signer, flush, load_signer, trusted_keys


def run(*arguments, fails=False):
    """Return what a command wrote to stdout and stderr."""
    done = CliRunner().invoke(lutil, [str(one) for one in arguments])
    assert (done.exit_code != 0) == fails, done.output
    return done.output


@pytest.fixture(autouse=True)
def own_keys(own_folder, monkeypatch):
    monkeypatch.setenv("XDG_CONFIG_HOME", str(own_folder / "config"))


@pytest.fixture
def filled(own_folder):
    """A store with a large result, one that read a file, and one with a long name."""
    (own_folder / "pyproject.toml").touch()
    (own_folder / "data.txt").write_text("hello")
    configure(store="one")

    @checkpoint(name="large")
    def large(size):
        return os.urandom(size)

    @checkpoint(name="read")
    def read(path):
        with open(path) as file:
            return file.read()

    @checkpoint(name="x" * 300)
    def long(x):
        return x

    def call():
        return large(2_000_000), read("data.txt"), long(1)

    call.result = call()
    return call


def entries(folder):
    return sorted((info.name, info.key) for info in Store(folder).list())


def hits(call, folder):
    """Whether all results of a store are found, and nothing runs."""
    _settings.forget()
    configure(store=folder, min_free="1000000 T")  # what would run could not be kept
    return call() == call.result


def test_keys_are_made_shown_trusted_and_distrusted():
    assert run("key", "new").splitlines()[0] == (mine := load_signer().public).text
    assert "already" in run("key", "new", fails=True)
    other = Signer(bytes(32)).public
    run("key", "trust", other.text, "--name", "ci")
    assert [key.name for key in trusted_keys().values()] == ["ci"]
    shown = json.loads(run("key", "show", "--json"))
    assert shown["key"] == mine.text
    assert shown["trusted"] == [{"key": other.text, "name": "ci"}]
    assert mine.text in run("key", "show")
    assert run("key", "show", "--private").strip() == load_signer().text
    run("key", "distrust", "ci")
    assert trusted_keys() == {}
    assert "no key" in run("key", "trust", "nonsense", fails=True)


@pytest.mark.parametrize(
    "way", [["two"], ["results.zip", "two"], ["file://{}/bucket", "two"], ["memory://a", "memory://b", "c.zip", "two"]]
)
def test_a_store_is_the_same_after_each_way(filled, own_folder, way):
    stops = ["one", *(stop.format(own_folder) for stop in way)]
    run("key", "new")
    for source, target in itertools.pairwise(stops):
        assert "3 copied, 0 were there" in run("copy", source, target)
        assert "0 copied, 3 were there" in run("copy", source, target)
    assert entries("two") == entries("one")
    assert hits(filled, "two")


def test_what_is_missing_is_copied_and_of_the_names_that_are_given(filled):
    run("copy", "one", "two", "read")
    assert [name for name, _ in entries("two")] == ["read"]
    assert "2 copied, 1 were there" in run("copy", "one", "two")


def test_copying_goes_on_where_it_was_cut_off(filled, own_folder, monkeypatch):
    from Lutil.checkpoints.store import FileStore

    whole, count = FileStore.receive, []

    def fail(self, *arguments):
        count.append(1)
        if len(count) == 2:
            raise OSError("cut off")
        whole(self, *arguments)

    monkeypatch.setattr(FileStore, "receive", fail)
    assert "cut off" in run("copy", "one", "two", fails=True)
    assert "2 copied, 1 were there" in run("copy", "one", "two")


def test_an_archive_that_is_cut_off_stays_as_it_was(filled, own_folder, monkeypatch):
    run("key", "new")
    run("copy", "one", "results.zip", "read")
    before = (own_folder / "results.zip").read_bytes()
    from Lutil.checkpoints.store.shared import SharedStore

    def fail(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(SharedStore, "_put_payload", fail)
    run("copy", "one", "results.zip", fails=True)
    assert (own_folder / "results.zip").read_bytes() == before
    assert [path.name for path in own_folder.glob("*results*")] + [p.name for p in own_folder.glob(".results*")] == [
        "results.zip"
    ]


def test_what_nobody_who_is_trusted_has_signed_is_not_unpacked(filled, own_folder, monkeypatch):
    run("key", "new")
    run("copy", "one", "results.zip")
    text = load_signer().public.text
    monkeypatch.setenv("XDG_CONFIG_HOME", str(own_folder / "another"))
    run("key", "new")
    for target in ("two", "memory://left", "passed.zip"):
        said = run("copy", "results.zip", target)
        assert "0 copied" in said
        assert "objects of" in said
        assert f"lutil key trust {text}" in said  # whose they are, and the way out
    (left,) = json.loads(run("copy", "results.zip", "two", "--json"))["passed"]
    assert (left["key"], left["objects"] >= 3) == (text, True)
    assert entries("two") == []
    run("key", "trust", text)
    assert "3 copied" in run("copy", "results.zip", "two")
    assert "3 left out" in run("copy", "two", "again.zip")  # they are somebody else's, who has signed them


def test_who_has_signed_is_told_of_an_archive_that_came_from_another(filled, own_folder, monkeypatch):
    run("key", "new")
    run("copy", "one", "results.zip")
    run("copy", "results.zip", "again.zip")
    text = load_signer().public.text
    monkeypatch.setenv("XDG_CONFIG_HOME", str(own_folder / "another"))
    assert f"lutil key trust {text}" in run("copy", "again.zip", "two")


def test_a_name_of_which_there_is_nothing_is_an_error_and_the_others_are_copied(filled, own_folder):
    run("key", "new")
    for source, target in itertools.pairwise(("one", "two", "two.zip", "memory://named", "three")):
        said = run("copy", source, target, "read", "raed", fails=True)
        assert "1 copied, 0 were there" in said
        assert f"raed: nothing of that name is kept in {source}" in said
    configure(shared="memory://pushed")
    assert "raed" in run("push", "raed", fails=True)


def test_a_damaged_entry_is_not_copied(filled, own_folder):
    entry = next((own_folder / "one").rglob("*.entry"))
    entry.write_bytes(entry.read_bytes()[:-5])
    assert "2 copied, 0 were there, 1 left out" in run("copy", "one", "two")


def test_push_publishes_what_was_not_yet_with_what_leads_to_it(filled, own_folder):
    run("key", "new")
    configure(shared=(own_folder / "bucket").as_uri())
    assert "3 copied, 0 were there" in run("push")
    assert "0 copied, 3 were there" in run("push")
    objects = [path for path in (own_folder / "bucket/v1/read").rglob("*") if path.is_file()]
    index = min(objects, key=lambda path: path.stat().st_size)
    index.unlink()  # its entry is there, and nothing leads to it
    assert "1 copied, 2 were there" in run("push", "--store", "one")
    _settings.forget()
    configure(store="two", shared=(own_folder / "bucket").as_uri(), shared_mode="read")
    assert filled() == filled.result
    flush()


def test_push_says_what_is_missing_to_do_so(filled):
    assert "no store is shared" in run("push", fails=True)
    configure(shared="memory://x", shared_mode="read")
    assert "only read" in run("push", fails=True)


@pytest.mark.parametrize("what", ["nowhere", "nowhere.zip"])
def test_a_source_that_is_not_there_is_named(what):
    assert what in run("copy", what, "two", fails=True)


def test_where_shows_how_the_shared_store_is(own_folder, monkeypatch):
    run("key", "new")
    assert "shared store" not in run("where")
    configure(shared=(own_folder / "bucket").as_uri())
    told = json.loads(run("where", "--json"))["shared"]
    assert told["answers"]
    assert told["signs"] == load_signer().public.text
    assert load_signer().public.text in run("where")
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "x")
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:1")
    configure(shared="s3://bucket", shared_timeout=1)
    assert not json.loads(run("where", "--json"))["shared"]["answers"]


def test_what_is_damaged_in_a_shared_store_is_named_and_the_rest_is_copied(filled, own_folder):
    run("key", "new")
    url = (own_folder / "bucket").as_uri()
    run("copy", "one", url)
    (broken,) = (path for path in (own_folder / "bucket/v1/large").rglob("*") if path.is_file())
    broken.write_bytes(broken.read_bytes()[:-1])
    said = run("copy", url, "two", fails=True)
    assert "2 copied, 0 were there" in said
    assert "is not read" in said
    assert len(entries("two")) == 2


@pytest.mark.parametrize("url", ["S3://bucket/x", "s3:/bucket/x", "foo://x", "s3:/bucket/x.zip"])
def test_what_was_meant_as_a_url_becomes_no_folder(filled, own_folder, url):
    before = sorted(own_folder.iterdir())
    for words in (["copy", "one", url], ["copy", url, "two"], ["run", "--store", url, "x.py"], ["ls", "--store", url]):
        assert "URL" in run(*words, fails=True)
    assert sorted(own_folder.iterdir()) == before


def zip_of(path, *names):
    with zipfile.ZipFile(path, "w") as file:
        for name in names:
            file.writestr(name, "text")
    return path.read_bytes()


def test_a_file_that_is_no_archive_of_ours_is_never_replaced(filled, own_folder):
    run("key", "new")
    run("copy", "one", "results.zip", "read")
    whole = (own_folder / "results.zip").read_bytes()
    others = zip_of(own_folder / "documents.zip", "letter.txt")
    for data in (b"my notes\n", whole[:-30], whole[:-1], others, b"PK\x05\x06"):
        (own_folder / "notes.zip").write_bytes(data)
        for way in (("one", "notes.zip"), ("results.zip", "notes.zip")):
            (said,) = run("copy", *way, fails=True).splitlines()
            assert "notes.zip is no archive of entries" in said
            assert "name another file" in said
        assert "notes.zip" in run("copy", "notes.zip", "two", fails=True)
        assert (own_folder / "notes.zip").read_bytes() == data
    assert not list(own_folder.glob(".notes*"))


def test_an_empty_file_and_an_empty_archive_are_filled(filled, own_folder):
    run("key", "new")
    (own_folder / "empty.zip").touch()
    zip_of(own_folder / "without.zip")
    for name in ("empty.zip", "without.zip"):
        assert "3 copied" in run("copy", "one", name)
        assert "0 copied, 3 were there" in run("copy", "one", name)


def test_an_archive_with_a_flipped_byte_is_read_in_part_or_refused_in_one_line(own_folder):
    run("key", "new")
    configure(store="one")

    def drawn(size):
        return os.urandom(size)

    for name in ("some", "more"):
        checkpoint(name=name)(drawn)(300_000)
    run("copy", "one", "whole.zip")
    data = (own_folder / "whole.zip").read_bytes()
    start = data.index(b"PK\x01\x02")
    last = data.rindex(b"PK\x03\x04")
    places = [*range(60), *range(60, start, start // 60), *range(last, last + 60), *range(start, len(data))]
    total = len(entries("one"))
    for place in places:
        flipped = bytearray(data)
        flipped[place] ^= 1 << place % 8
        (own_folder / "flip.zip").write_bytes(flipped)
        done = CliRunner().invoke(lutil, ["copy", "flip.zip", f"memory://flipped-{place}"])
        assert isinstance(done.exception, (SystemExit, type(None))), (place, done.exception)
        whole = f"{total} copied, 0 were there" in done.output
        assert whole or (done.exit_code and "flip.zip" in done.output), (place, done.output)  # what is left out is said
        CliRunner().invoke(lutil, ["copy", "one", "flip.zip"])
        done = CliRunner().invoke(lutil, ["copy", "one", "flip.zip"])
        assert isinstance(done.exception, (SystemExit, type(None))), (place, done.exception)
        assert done.exit_code == 0 or (own_folder / "flip.zip").read_bytes() == flipped
        assert done.exit_code == 0 or len(done.output.splitlines()) == 1


def test_what_is_whole_of_a_damaged_archive_goes_to_another(filled, own_folder):
    run("key", "new")
    run("copy", "one", "flip.zip")
    data = bytearray((own_folder / "flip.zip").read_bytes())
    data[data.index(b"v1/_payloads/") + 1000] ^= 1
    (own_folder / "flip.zip").write_bytes(data)
    assert "nothing is added to it" in run("copy", "one", "flip.zip", fails=True)
    for target in ("two", "again.zip"):
        said = run("copy", "flip.zip", target, fails=True)
        assert "2 copied, 0 were there, 1 left out" in said
        assert "not what was signed" in said
    assert "1 copied, 2 were there" in run("copy", "one", "again.zip")
