"""What a run leaves: inputs that it changed, memos that it filled, files that it wrote, the value that it returned.

The room takes snapshots before a run, tells the difference after it, and puts it back on a hit. It guarantees that
a change is put back whole, into the same objects, or that the result is not kept. It never runs anybody's code to
look at a value, and never sees how entries are stored.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..model.process._late import late

if TYPE_CHECKING:
    from ._after_states import MisfitError, Watcher
    from ._filled_memos import Keeping, kept_digest
    from ._produced import made_by
    from ._returned_value import Returned, check_returned, is_project_module, is_shown_by_pickle, previews_of
    from ._written_files import Outputs, keep, leave, leave_failed, outputs_of, produced_paths

__all__ = [
    "Keeping",
    "MisfitError",
    "Outputs",
    "Returned",
    "Watcher",
    "check_returned",
    "is_project_module",
    "is_shown_by_pickle",
    "keep",
    "kept_digest",
    "leave",
    "leave_failed",
    "made_by",
    "outputs_of",
    "previews_of",
    "produced_paths",
]

if not TYPE_CHECKING:  # there the names are those above, and no others
    __getattr__ = late(
        __name__,
        {
            "._after_states": "MisfitError Watcher",
            "._filled_memos": "Keeping kept_digest",
            "._produced": "made_by",
            "._returned_value": "Returned check_returned is_project_module is_shown_by_pickle previews_of",
            "._written_files": "Outputs keep leave leave_failed outputs_of produced_paths",
        },
    )
