"""tenacity: what decides about another attempt; the rest of the state counts attempts, for each thread apart."""

from __future__ import annotations

from typing import Final

__all__ = ["SHOWN"]

SHOWN: Final[dict[str, tuple[str, ...]]] = {
    "tenacity.BaseRetrying": (
        "sleep",
        "stop",
        "wait",
        "retry",
        "before",
        "after",
        "before_sleep",
        "reraise",
        "retry_error_cls",
        "retry_error_callback",
        "enabled",
    ),
}
"""Attributes that are all of the state, by the name of the class."""
