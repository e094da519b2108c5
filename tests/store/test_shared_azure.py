"""A shared store in Azure's blobs, as far as its emulator tells: run by `make test-azure`."""

from __future__ import annotations

import os

import pytest

from Lutil.checkpoints import checkpoint
from Lutil.checkpoints.engine import _sharing
from Lutil.checkpoints.store.shared import flush

pytestmark = pytest.mark.skipif("LUTIL_TEST_AZURE" not in os.environ, reason="make test-azure starts the emulator")


def test_what_one_computes_the_other_has(ada, bob):
    url = f"{os.environ['LUTIL_TEST_AZURE']}/{os.urandom(4).hex()}"

    @checkpoint
    def f(size):
        return os.urandom(size)

    sizes = (10, 3_000_000, 20_000_000)
    bob.trusts(ada)
    ada.use(url)
    results = [f(size) for size in sizes]
    flush()
    (shared,) = _sharing._opened.values()
    assert shared.creates
    bob.use(url, shared_mode="read")
    assert [f(size) for size in sizes] == results
