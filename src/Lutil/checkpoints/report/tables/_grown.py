"""A store without a limit that has become large: said once, with the command that frees most. Nothing is deleted."""

from __future__ import annotations

import shlex
import time
from collections import defaultdict
from typing import TYPE_CHECKING, Any, Final

from ...model import _settings
from ...model._errors import CheckpointWarning
from ...model._quantities import size
from ...model.process._notices import notice_after
from .._history import superseded

if TYPE_CHECKING:
    from ...model._entry import EntryInfo

__all__ = ["tell_grown"]

_LOOKS: Final = 5000
"""Entries whose readable part is read to find out what is superseded."""
_OLD: Final = 30 * 86400.0
_WORTH: Final = 0.1
"""The share of a store that a command has to free."""


def tell_grown(store: Any) -> None:
    """Say that a store holds a lot, where a save has found that out."""
    total = getattr(store, "grown", 0)
    if not total:
        return
    store.grown = 0
    command, freed = _best(store, total)
    notice_after(
        CheckpointWarning,
        "",
        f"size of {store.folder}",
        f"{store.folder} holds {size(total)} of results, and nothing is deleted unless you say so: `{command}` frees "
        f'{size(freed)}; max_size="{_whole(total)}" in [tool.lutil], or LUTIL_MAX_SIZE, sets a limit',
    )


def _best(store: Any, total: int) -> tuple[str, int]:
    """Return the command that frees most, and how many bytes; where none is worth it, the one that halves the store."""
    found = list(store.list())
    before = time.time() - _OLD
    old = sum(info.size for info in found if max(info.used, info.created) < before)
    options = [(_superseded(store, found), "--superseded"), (old, "--older-than 30d")]
    freed, option = max(options, key=lambda pair: pair[0])
    if freed < _WORTH * total:
        freed, option = total - total // 2, f"--max-size {_whole(total // 2)}"
    place = "" if store.folder == _settings.current().store else f" --store {shlex.quote(str(store.folder))}"
    return f"lutil prune {option}{place}", freed


def _superseded(store: Any, found: list[EntryInfo]) -> int:
    """Return the bytes of superseded entries, as far as they are found in some thousands; the largest names first."""
    by_name: dict[str, list[EntryInfo]] = defaultdict(list)
    for info in found:
        by_name[info.name].append(info)
    is_superseded, freed, looks = superseded(store), 0, 0
    for infos in sorted(by_name.values(), key=lambda infos: -sum(info.size for info in infos)):
        if looks + len(infos) <= _LOOKS:
            looks += len(infos)
            freed += sum(info.size for info in infos if is_superseded(info))
    return freed


def _whole(count: int) -> str:
    """Return bytes in a form that commands and settings take."""
    return size(count).replace(" ", "")
