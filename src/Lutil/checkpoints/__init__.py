"""Checkpoints: a rerun costs only what changed.

`@checkpoint` keeps the results of a function, `with InlineCheckpoint(...)` what a few lines leave behind;
called or entered again with the same inputs and code, they do not run.
"""

from __future__ import annotations

import sys

from .faces._block import InlineCheckpoint
from .faces._decorator import checkpoint
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
