"""Byte code that goes on calling a method that was replaced.

From Python 3.13, a class that was changed a thousand times has no more versions to tell of a change. Most of what byte
code has learnt of a class counts from then on for nothing, and it looks each time; but `owner[key]` remembers the
method by a number of the function, without a version of the class. Other defaults of the function take that number.
"""

from __future__ import annotations

import sys
from types import FunctionType
from typing import Final

__all__ = ["look_up_again"]

_IS_REMEMBERED: Final = sys.version_info >= (3, 13)


def look_up_again(name: str, replaced: object) -> None:
    """Have byte code that has called the method `replaced` of a class look for the one that is there now."""
    if name == "__getitem__" and _IS_REMEMBERED and type(replaced) is FunctionType:
        replaced.__defaults__ = replaced.__defaults__
