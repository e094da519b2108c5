"""The story: look up, run, save, with one function per arrow, and the guard around it.

Whatever fails in here, the body runs once and its result arrives.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..model.process._late import late

if TYPE_CHECKING:
    from ._behind import sharing
    from ._copying import Report, copy, end_of
    from ._final_keys import observed_parts, traces_of
    from ._guard import (
        Outputs,
        answer,
        called,
        called_async,
        closed,
        costs_the_entry,
        dropped,
        opened,
        opened_async,
        put_back,
    )
    from ._pipeline import is_kept, look_up, take
    from ._run import Run

__all__ = [
    "Outputs",
    "Report",
    "Run",
    "answer",
    "called",
    "called_async",
    "closed",
    "copy",
    "costs_the_entry",
    "dropped",
    "end_of",
    "is_kept",
    "look_up",
    "observed_parts",
    "opened",
    "opened_async",
    "put_back",
    "sharing",
    "take",
    "traces_of",
]

if not TYPE_CHECKING:  # there the names are those above, and no others
    __getattr__ = late(
        __name__,
        {
            "._behind": "sharing",
            "._copying": "Report copy end_of",
            "._final_keys": "observed_parts traces_of",
            "._guard": "Outputs answer called called_async closed costs_the_entry dropped opened opened_async put_back",
            "._pipeline": "is_kept look_up take",
            "._run": "Run",
        },
    )
