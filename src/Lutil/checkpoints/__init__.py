"""Checkpoints: a rerun costs only what changed.

`@checkpoint` keeps the results of a function, `with InlineCheckpoint(...)` what a few lines leave behind;
called or entered again with the same inputs and code, they do not run.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

from .faces._block import InlineCheckpoint
from .faces._checkpoint import checkpoint
from .faces._explain import Explanation
from .faces._register import register
from .faces._store_face import Store
from .model._errors import (
    BlockError,
    CheckpointError,
    CheckpointWarning,
    ComplexParamsIdentifyWarning,
    DamagedEntryWarning,
    HalfRestoredError,
    InternalErrorWarning,
    NotDecoratableError,
    NotSavableError,
    NotSavedWarning,
    SettingError,
    SharedStoreWarning,
    SlowInputWarning,
    UnboundNameError,
    UnfingerprintableError,
    UnknownNameError,
    UnproducedNameWarning,
    UnstableInputWarning,
    UntrustedWarning,
    UnwatchedNameWarning,
)
from .model._markers import Dir, Env, File
from .model._settings import configure

if TYPE_CHECKING:
    from .faces.memory._memory import Memory

__all__ = [
    "BlockError",
    "CheckpointError",
    "CheckpointWarning",
    "ComplexParamsIdentifyWarning",
    "DamagedEntryWarning",
    "Dir",
    "Env",
    "Explanation",
    "File",
    "HalfRestoredError",
    "InlineCheckpoint",
    "InternalErrorWarning",
    "Memory",
    "NotDecoratableError",
    "NotSavableError",
    "NotSavedWarning",
    "SettingError",
    "SharedStoreWarning",
    "SlowInputWarning",
    "Store",
    "UnboundNameError",
    "UnfingerprintableError",
    "UnknownNameError",
    "UnproducedNameWarning",
    "UnstableInputWarning",
    "UntrustedWarning",
    "UnwatchedNameWarning",
    "checkpoint",
    "configure",
    "register",
]


def __getattr__(name: str) -> Any:
    """Load what a hit does not need when it is first asked for."""
    if name != "Memory":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from .faces.memory._memory import Memory  # noqa: PLC0415  (so that a script that does not use it does not load it)

    globals()[name] = Memory
    return Memory


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})


if "IPython" in sys.modules:
    from .ipython import attach

    attach()
