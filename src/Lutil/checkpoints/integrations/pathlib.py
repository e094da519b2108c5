"""pathlib: a path is its parts; classes that were derived from it remember how it is written, and its hash."""

from __future__ import annotations

__all__ = ["MEMOS"]

_REMEMBERED = (
    "_cached_cparts",
    "_drv",
    "_hash",
    "_lines_cached",
    "_parts",
    "_parts_normcase_cached",
    "_pparts",
    "_raw_paths",
    "_root",
    "_str",
    "_str_normcase_cached",
    "_tail_cached",
)
"""All attributes: each version of Python has some of them, and the parts that make a path again are told besides."""

MEMOS = {"pathlib.PurePath": _REMEMBERED, "pathlib._local.PurePath": _REMEMBERED}
