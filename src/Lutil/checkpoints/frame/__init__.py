"""The caller's frame: where its `with` block is, skipping it, reading and writing its names.

Knows: frames, code objects, CPython's bytecode and tracing, source text where it is proved to be the running code.
Guarantees: on a hit no statement of the body runs; names are read and written as the block's own code would;
whatever cannot be skipped is refused at entry, before anything runs; tracers are left as they were found.
Never sees: keys, stores, codecs, or what the values mean.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..model.process._late import late

if TYPE_CHECKING:
    from ._assigned_parts import assigned_parts
    from ._block_facts import Block, find_block
    from ._block_source import BlockSource, block_source
    from ._location import location
    from ._private import (
        bound_with,
        deleted,
        private_names,
        read_below,
        said_to_the_shell,
        sometimes,
        submodules,
        swallowed,
        unlisted,
    )
    from ._scope import UNBOUND, Namespace, bound, check_writable, namespace, read, write
    from ._skip import Skip

__all__ = [
    "UNBOUND",
    "Block",
    "BlockSource",
    "Namespace",
    "Skip",
    "assigned_parts",
    "block_source",
    "bound",
    "bound_with",
    "check_writable",
    "deleted",
    "find_block",
    "location",
    "namespace",
    "private_names",
    "read",
    "read_below",
    "said_to_the_shell",
    "sometimes",
    "submodules",
    "swallowed",
    "unlisted",
    "write",
]

if not TYPE_CHECKING:  # there the names are those above, and no others
    __getattr__ = late(
        __name__,
        {
            "._assigned_parts": "assigned_parts",
            "._block_facts": "Block find_block",
            "._block_source": "BlockSource block_source",
            "._location": "location",
            "._private": "bound_with deleted private_names read_below said_to_the_shell sometimes submodules swallowed "
            "unlisted",
            "._scope": "UNBOUND Namespace bound check_writable namespace read write",
            "._skip": "Skip",
        },
    )
