"""Values: what they are worth comparing by.

This room knows a value and gives its digest and its readable parts. It guarantees that
equal values have equal digests in every process, under every hash seed, on every supported interpreter,
however they are laid out and whatever they share; and that what has no comparable state is said, with the
path to it, never guessed. It never sees code (functions, classes and modules found in a value are handed to
the resolver) and never a store.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..model.process._late import late

if TYPE_CHECKING:
    from .kinds._handles import is_handle
    from .readable._holders import holder_of
    from .readable._part_diff import differences
    from .readable._preview import preview
    from .readable._readable_parts import parts
    from .walk._digest import digest, leaf_digest
    from .walk._registry import comes_back, register
    from .walk._scalars import is_atom

__all__ = [
    "comes_back",
    "differences",
    "digest",
    "holder_of",
    "is_atom",
    "is_handle",
    "leaf_digest",
    "parts",
    "preview",
    "register",
]

if not TYPE_CHECKING:  # there the names are those above, and no others
    __getattr__ = late(
        __name__,
        {
            ".kinds._handles": "is_handle",
            ".readable._holders": "holder_of",
            ".readable._part_diff": "differences",
            ".readable._preview": "preview",
            ".readable._readable_parts": "parts",
            ".walk._digest": "digest leaf_digest",
            ".walk._registry": "comes_back register",
            ".walk._scalars": "is_atom",
        },
    )
