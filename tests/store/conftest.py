"""Two machines, and servers between them."""

from __future__ import annotations

import pytest
from shared_support import BUCKET, Machine, Proxy, make_bucket, s3_server

from Lutil.checkpoints.store.shared import _uploads, flush


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
    with s3_server() as place:
        yield place


@pytest.fixture
def proxy(s3, monkeypatch):
    """A server that speaks S3 behind a proxy, with an empty bucket."""
    between = Proxy(*s3)
    make_bucket(f"{s3[0]}:{s3[1]}")
    for name, value in {
        "AWS_ACCESS_KEY_ID": "somebody",
        "AWS_SECRET_ACCESS_KEY": "something",
        "AWS_REGION": "us-east-1",
        "AWS_ENDPOINT_URL": between.endpoint,
    }.items():
        monkeypatch.setenv(name, value)
    yield between
    between.stop()


@pytest.fixture
def s3_url():
    return f"s3://{BUCKET}/team"
