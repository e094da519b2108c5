"""What the tests of this room share: a resolver that remembers, and a digest that uses it."""

from __future__ import annotations

import pytest

from Lutil.checkpoints.fingerprint import digest
from Lutil.checkpoints.testing.fingerprint import SimpleResolver


@pytest.fixture
def resolver():
    return SimpleResolver()


@pytest.fixture
def fp(resolver):
    return lambda value, **options: digest(value, resolver, **options)
