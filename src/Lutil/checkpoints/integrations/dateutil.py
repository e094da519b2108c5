"""dateutil: the steps of a calendar that offsets of pandas are made of."""

from __future__ import annotations

from . import attributes_of

__all__ = ["COMPARED"]

COMPARED = {"dateutil.relativedelta.relativedelta": attributes_of}
