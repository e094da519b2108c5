"""What is said: why a computation runs, what earlier runs were, what is not kept, what cannot be seen.

The room reads earlier entries and the ledger. It never decides whether something is a hit.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..model.process._late import late

if TYPE_CHECKING:
    from ._blessing import Blessing, bless, blessed_salts
    from ._blind_spots import tell_unseen, unseeded
    from ._changed_settings import settings_now, tell_set
    from ._complex_params import tell_complex
    from ._figures import figures, tell_drawn
    from ._history import clear, last_cost, met_block, notes_of
    from ._not_kept import check_wanted, remember_unkept, tell_unkept, why_unkept
    from ._reasons import announce, explained, refine, titled, values_of, way_out
    from ._recent_runs import announce_library, remember
    from .tables._grown import tell_grown

__all__ = [
    "Blessing",
    "announce",
    "announce_library",
    "bless",
    "blessed_salts",
    "check_wanted",
    "clear",
    "explained",
    "figures",
    "last_cost",
    "met_block",
    "notes_of",
    "refine",
    "remember",
    "remember_unkept",
    "settings_now",
    "tell_complex",
    "tell_drawn",
    "tell_grown",
    "tell_set",
    "tell_unkept",
    "tell_unseen",
    "titled",
    "unseeded",
    "values_of",
    "way_out",
    "why_unkept",
]

if not TYPE_CHECKING:  # there the names are those above, and no others
    __getattr__ = late(
        __name__,
        {
            "._blessing": "Blessing bless blessed_salts",
            "._blind_spots": "tell_unseen unseeded",
            "._changed_settings": "settings_now tell_set",
            "._complex_params": "tell_complex",
            "._figures": "figures tell_drawn",
            "._history": "clear last_cost met_block notes_of",
            "._not_kept": "check_wanted remember_unkept tell_unkept why_unkept",
            "._reasons": "announce explained refine titled values_of way_out",
            "._recent_runs": "announce_library remember",
            ".tables._grown": "tell_grown",
        },
    )
