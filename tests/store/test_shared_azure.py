"""A shared store in Azure's blobs, as far as its emulator tells: run by `make test-azure`."""

from __future__ import annotations

import os

import pytest
from shared_support import share

pytestmark = pytest.mark.skipif("LUTIL_TEST_AZURE" not in os.environ, reason="make test-azure starts the emulator")


def test_what_one_computes_the_other_has(ada, bob):
    share(ada, bob, f"{os.environ['LUTIL_TEST_AZURE']}/{os.urandom(4).hex()}")
