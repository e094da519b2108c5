"""Entries as bytes under string keys: atomic, claimed, checked, limited.

Knows: files, folders, locks, digests of segments. Never sees: values, code, fingerprints.

Guarantees, whoever is killed when:
- `get` gives an entry as it was written, or a miss with its reason; nothing of a damaged, foreign or
  untrusted file reaches a caller, and a file system that fails is a miss.
- `put` leaves a whole entry or none, and raises OSError where it left none.
- Of all threads, coroutines and processes of a machine that claim a key, one has it; when it dies the next
  one has it. No claim is waited for where waiting could be a deadlock (`_claims` says why).
- Nothing is deleted but by `delete` and `prune`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..model.process._late import late

if TYPE_CHECKING:
    from ._file_store import FileStore
    from ._memory_store import MemoryStore
    from ._upkeep import CheckReport, NameStats, PruneReport, StoreStats
    from .entries._glance import Glance
    from .entries._tree import Trusted

__all__ = ["CheckReport", "FileStore", "Glance", "MemoryStore", "NameStats", "PruneReport", "StoreStats", "Trusted"]

if not TYPE_CHECKING:  # there the names are those above, and no others
    __getattr__ = late(
        __name__,
        {
            "._file_store": "FileStore",
            "._memory_store": "MemoryStore",
            "._upkeep": "CheckReport NameStats PruneReport StoreStats",
            ".entries._glance": "Glance",
            ".entries._tree": "Trusted",
        },
    )
