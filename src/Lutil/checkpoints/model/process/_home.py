"""Where this package lies: code below is ours, and no part of anybody's project."""

from __future__ import annotations

import os
import sys
from typing import Final

__all__ = ["HOME"]

_PACKAGE: Final = sys.modules[".".join(__name__.split(".")[:2])]
HOME: Final = os.path.dirname(str(_PACKAGE.__file__)) + os.sep  # noqa: PTH120  (compared with the names of files in code)
