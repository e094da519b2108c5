"""dateutil: the steps of a calendar that offsets of pandas are made of."""

from __future__ import annotations

__all__ = ["COMPARED"]

COMPARED = {"dateutil.relativedelta.relativedelta": vars}
