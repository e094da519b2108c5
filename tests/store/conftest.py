"""Two machines, and servers between them."""

from __future__ import annotations

import contextlib
import os

import pytest
from shared_support import BUCKET, Machine, Proxy, make_bucket, s3_server

from Lutil.checkpoints.store.shared import _uploads, flush

GIVEN = os.environ.get("LUTIL_TEST_S3", "")
NAMES = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_REGION")
CREDENTIALS = {name: os.environ[name] if GIVEN else "us-east-1" for name in NAMES}


@pytest.fixture
def ada(tmp_path, monkeypatch):
    yield Machine(tmp_path, monkeypatch, "ada")
    flush(20)
    _uploads._queue.left.clear()  # said at the exit of a program


@pytest.fixture
def bob(tmp_path, monkeypatch, ada):
    return Machine(tmp_path, monkeypatch, "bob")


@pytest.fixture
def folder_url(tmp_path):
    return (tmp_path / "bucket").as_uri()


@pytest.fixture(scope="session")
def s3():
    """Host and port of a server that speaks S3: moto's, in this process, or one that `make test-s3` has started."""
    with contextlib.nullcontext() if GIVEN else s3_server() as place:
        host, port = GIVEN.removeprefix("http://").split(":") if GIVEN else place
        make_bucket(f"http://{host}:{port}", CREDENTIALS)
        yield host, int(port)


@pytest.fixture
def proxy(s3, monkeypatch):
    """A server that speaks S3 behind a proxy."""
    between = Proxy(*s3)
    for name, value in {**CREDENTIALS, "AWS_ENDPOINT_URL": between.endpoint}.items():
        monkeypatch.setenv(name, value)
    yield between
    between.stop()


@pytest.fixture
def s3_url():
    """A place of its own in the bucket."""
    return f"s3://{BUCKET}/team-{os.urandom(4).hex()}"
