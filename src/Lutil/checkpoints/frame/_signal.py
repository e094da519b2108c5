"""What a skip and a block share: the private exception, and who is armed."""

from __future__ import annotations

__all__ = ["ARMED", "BlockSkippedError"]


class BlockSkippedError(BaseException):
    """Raised at the first instruction of a block that is skipped, swallowed by its `__exit__`; never seen outside.

    Not an `Exception`, so that nothing between the two takes it for a failure.
    """


ARMED: dict[int, object] = {}
"""The armed skip of each frame, by the id of the frame (3.12 and later)."""
