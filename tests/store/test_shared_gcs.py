"""A shared store in Google Cloud Storage, as far as a server of S3 tells: Google's XML API is the same but for some headers.

The emulators among the packages speak its JSON API, which obstore does not use. Here a proxy stands between the client for
Google and moto, and translates: `x-goog-if-generation-match: 0` is `If-None-Match: *`, and a signature is another.
"""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from shared_support import BUCKET, share

from Lutil.checkpoints import checkpoint
from Lutil.checkpoints.engine import copy, end_of
from Lutil.checkpoints.store.shared import flush

SIGNED = "AWS4-HMAC-SHA256 Credential=me/20261201/us-east-1/s3/aws4_request, SignedHeaders=host, Signature=none"
"""Moto lets somebody write who says who they are, and checks nothing of it."""


@pytest.fixture
def gcs(proxy, monkeypatch, tmp_path):
    """A place of its own in a bucket of Google's; gives its URL, and what asks for each object."""

    def translate(handler):
        del handler.headers["Authorization"]
        handler.headers["Authorization"] = SIGNED
        if handler.headers.get("x-goog-if-generation-match") == "0":
            handler.headers["If-None-Match"] = "*"
        return False

    account = tmp_path / "account.json"
    empty = {"client_email": "", "private_key": "", "private_key_id": ""}
    account.write_text(json.dumps({"gcs_base_url": proxy.endpoint, "disable_oauth": True, **empty}))
    monkeypatch.setenv("GOOGLE_SERVICE_ACCOUNT", str(account))
    proxy.before = translate
    return f"gs://{BUCKET}/team-{os.urandom(4).hex()}", proxy


def test_what_one_computes_the_other_has(ada, bob, gcs):
    share(ada, bob, gcs[0])


def test_what_a_run_read_takes_two_questions_and_no_listing(ada, bob, gcs, own_folder):
    url, proxy = gcs
    runs = []

    @checkpoint
    def read(path):
        runs.append(path)
        return Path(path).read_text()

    (own_folder / "pyproject.toml").touch()
    (own_folder / "data.txt").write_text("one")
    bob.trusts(ada)
    ada.use(url)
    assert read("data.txt") == "one"
    flush()
    bob.use(url, shared_mode="read")
    proxy.seen.clear()
    assert read("data.txt") == "one"
    assert runs == ["data.txt"]
    assert len(proxy.gets()) == 4  # of each of two signers
    assert not any("list-type" in path for path in proxy.gets())


def test_copy_lists_and_moves_entries(ada, gcs, tmp_path):
    url, _ = gcs

    @checkpoint
    def f(x):
        return x * 2

    ada.use(url)
    f(1), f(2)
    flush()
    with end_of(url) as source, end_of(str(tmp_path / "copied"), write=True) as target:
        report = copy(source, target, (), lambda size: None)
    assert report.copied == 2
    assert len(list((tmp_path / "copied").rglob("*.entry"))) == 2


def test_a_server_that_forbids_is_said_once(ada, gcs):
    url, proxy = gcs

    @checkpoint
    def f(x):
        return x * 2

    def forbid(handler):
        handler.give(403, {}, b"<Error><Code>AccessDenied</Code></Error>")
        return True

    proxy.before = forbid
    ada.use(url)
    with pytest.warns(UserWarning, match="is not written") as said:
        assert [f(n) for n in range(3)] == [0, 2, 4]
        flush()
    assert len([one for one in said if "gs://" in str(one.message)]) == 1
