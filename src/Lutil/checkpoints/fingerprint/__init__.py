"""Values: what they are worth comparing by, and how they are brought back to an earlier state.

This room knows a value and gives its digest, its readable parts, and its after-states. It guarantees that
equal values have equal digests in every process, under every hash seed, on every supported interpreter,
however they are laid out and whatever they share; and that what has no comparable state is said, with the
path to it, never guessed. It never sees code (functions, classes and modules found in a value are handed to
the resolver) and never a store.
"""

from __future__ import annotations

from ._before import After, Before, restore
from ._differences import differences
from ._digest import digest
from ._handles import is_handle
from ._holders import holder_of
from ._memory import overlapping
from ._mutables import mutables
from ._parts import parts
from ._preview import preview
from ._registry import comes_back, register
from ._scalars import is_atom
from ._states import put, restorable, take
from ._within import kinds_of, reachable

__all__ = [
    "After",
    "Before",
    "comes_back",
    "differences",
    "digest",
    "holder_of",
    "is_atom",
    "is_handle",
    "kinds_of",
    "mutables",
    "overlapping",
    "parts",
    "preview",
    "put",
    "reachable",
    "register",
    "restorable",
    "restore",
    "take",
]
