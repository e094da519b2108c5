"""Checkpoints: a rerun costs only what changed.

`@checkpoint` keeps the results of a function, `with InlineCheckpoint(...)` what a few lines leave behind;
called or entered again with the same inputs and code, they do not run.
"""

from __future__ import annotations

import sys

from ._decorator import checkpoint
from ._errors import (
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
from ._inline import InlineCheckpoint
from ._register import register
from ._settings import configure
from .explain import Explanation
from .observe import Dir, Env, File
from .store import FileStore as Store

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

if "IPython" in sys.modules:
    from .ipython import attach

    attach()
