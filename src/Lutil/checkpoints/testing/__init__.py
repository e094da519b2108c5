"""The tests that an interface ships, for those who write another implementation of it.

`testing.store`: what every store has to pass; needs pytest.
`testing.fingerprint`: values that must agree and values that must differ, and the laws for values of your own.
"""

from __future__ import annotations

__all__: list[str] = []
