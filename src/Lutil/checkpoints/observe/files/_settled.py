"""What the files of a run come to when it ends."""

from __future__ import annotations

from .._trace import Observed

__all__ = ["Settled"]


class Settled:
    """The inputs among the files, with digests, and what is to be said of the others."""

    def __init__(self) -> None:
        self.inputs: dict[Observed, bytes] = {}
        self.unstable: str | None = None
        self.crowded = 0

    def add(self, observed: Observed, digest: bytes) -> None:
        """Add an input; one that was seen in two states changed in between."""
        if self.inputs.setdefault(observed, digest) != digest:
            self.unstable = observed.name
