"""Where this package lies: code below is ours, and no part of anybody's project."""

from __future__ import annotations

import os
from typing import Final

__all__ = ["HOME"]

HOME: Final = os.path.dirname(os.path.dirname(__file__)) + os.sep  # noqa: PTH120  (compared with the names of files in code)
