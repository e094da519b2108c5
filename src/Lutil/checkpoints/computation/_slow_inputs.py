"""Reached values that cost much to hash, at every hit: named once, with ways out that cannot make a result stale."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from typing import Any, Final

from .. import fingerprint
from ..model._errors import SlowInputWarning
from ..model.process._limits import make_room
from ..model.process._notices import notice
from ..model.secrets._redaction import path_names_secret

__all__ = ["SLOW", "name_the_slow"]

SLOW: Final = 0.05
"""Seconds of CPU from which on a value is named."""
_MEASURED: Final = 3
"""Times that this is looked into for a computation: on a busy machine anything seems slow."""
_MOST: Final = 4096
_measured: Final[dict[str, int]] = {}


def name_the_slow(name: str, reached: Iterable[Any], digest_of: Callable[[Any, object], bytes]) -> None:
    """Say which values cost much CPU to hash; that others kept the machine busy says nothing of them.

    Args:
        name: of the computation that reads them.
        reached: its reached values, with their slots.
        digest_of: hashes one of them.
    """
    if _measured.get(name, 0) >= _MEASURED:
        return
    make_room(_measured, _MOST)
    _measured[name] = _measured.get(name, 0) + 1
    for item in reached:
        start = time.thread_time()
        digest_of(item, item.value)
        seconds = time.thread_time() - start
        if seconds > SLOW:
            path = item.slot.path
            said = "" if path_names_secret(path) else f" ({fingerprint.preview(item.value)})"
            notice(
                SlowInputWarning,
                name,
                path,
                f"{name} reads `{path}`{said}, and hashing it costs {seconds * 1000:.0f} ms of CPU per call; pass the "
                "function only what it needs of it, keep it in a file and pass `File(...)`, or give its class a "
                "cheaper rule (`__fingerprint__`, or `register`)",
            )
