"""A round trip as the store makes it: buffers come back as new writable memory."""

from __future__ import annotations

import pytest

from Lutil.checkpoints.codec import decode, encode


@pytest.fixture
def trip():
    def trip(value, given=(), present=None, resolve=None, project=lambda module: module in ("__main__", "project")):
        encoded = encode(value, given=given, is_project=project)
        buffers = [bytearray(buffer) for buffer in encoded.buffers]
        here = (given if present is None else present)[: encoded.given]
        return decode(encoded.stream, buffers, given=here, resolve=resolve, plain=encoded.plain)

    return trip
