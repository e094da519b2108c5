"""A computation: a call or a block, with its inputs at hand and its key.

The room knows values and code through the machines, brings their digests together, and says under which key and in
which stores the entries lie. It never sees what a run does, nor bytes of an entry.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..model.process._late import late

if TYPE_CHECKING:
    from ._bulk import Bulk, Keyed
    from ._computation import Computation
    from ._reached import Reached
    from ._recipe import Input, Recipe, fetch, is_below, joined, make_recipe, places_of
    from ._resolver import Walking, narrowed
    from ._sealing import hidden_paths, keep_key, readable
    from ._stores import stores_of, tell_refused, tell_refused_after

__all__ = [
    "Bulk",
    "Computation",
    "Input",
    "Keyed",
    "Reached",
    "Recipe",
    "Walking",
    "fetch",
    "hidden_paths",
    "is_below",
    "joined",
    "keep_key",
    "make_recipe",
    "narrowed",
    "places_of",
    "readable",
    "stores_of",
    "tell_refused",
    "tell_refused_after",
]

if not TYPE_CHECKING:  # there the names are those above, and no others
    __getattr__ = late(
        __name__,
        {
            "._bulk": "Bulk Keyed",
            "._computation": "Computation",
            "._reached": "Reached",
            "._recipe": "Input Recipe fetch is_below joined make_recipe places_of",
            "._resolver": "Walking narrowed",
            "._sealing": "hidden_paths keep_key readable",
            "._stores": "stores_of tell_refused tell_refused_after",
        },
    )
