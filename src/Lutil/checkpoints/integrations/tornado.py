"""tornado: its loop spreads periodic calls by chance."""

from __future__ import annotations

__all__ = ["DRAWS_ASIDE"]

DRAWS_ASIDE = {"tornado.ioloop": "random"}
