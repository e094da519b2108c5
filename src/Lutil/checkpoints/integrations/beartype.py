"""beartype: functions that are generated around others, with addresses in their names."""

from __future__ import annotations

from typing import Final

__all__ = ["MARK", "OPTIONS"]

MARK: Final = "__beartype_wrapper"
"""The attribute of such a function; the one that it was generated from is its `__wrapped__`."""
OPTIONS: Final = "__beartype_conf"
"""The default of a parameter that holds the options; its text says them."""
