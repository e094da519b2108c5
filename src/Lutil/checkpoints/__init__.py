"""Checkpoints: a rerun costs only what changed.

`@checkpoint` keeps the results of a function, `with InlineCheckpoint(...)` what a few lines leave behind;
called or entered again with the same inputs and code, they do not run.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from .model.process._late import late

if TYPE_CHECKING:
    from .faces._block import InlineCheckpoint
    from .faces._checkpoint import checkpoint
    from .faces._explain import Explanation
    from .faces._register import register
    from .faces._store_face import Store
    from .faces.memory._memory import Memory
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

if not TYPE_CHECKING:  # there the names are those above, and no others
    __getattr__ = late(
        __name__,
        {
            ".faces._block": "InlineCheckpoint",
            ".faces._checkpoint": "checkpoint",
            ".faces._explain": "Explanation",
            ".faces._register": "register",
            ".faces._store_face": "Store",
            ".model._errors": (
                "BlockError CheckpointError CheckpointWarning ComplexParamsIdentifyWarning DamagedEntryWarning "
                "HalfRestoredError InternalErrorWarning NotDecoratableError NotSavableError NotSavedWarning "
                "SettingError SharedStoreWarning SlowInputWarning UnboundNameError UnfingerprintableError "
                "UnknownNameError UnproducedNameWarning UnstableInputWarning UntrustedWarning UnwatchedNameWarning"
            ),
            ".model._markers": "Dir Env File",
            ".model._settings": "configure",
            ".faces.memory._memory": "Memory",
        },
    )


def __dir__() -> list[str]:
    """Return the names that there are, loaded or not."""
    return sorted({*globals(), *__all__})


if "IPython" in sys.modules:
    from .ipython import attach

    attach()
