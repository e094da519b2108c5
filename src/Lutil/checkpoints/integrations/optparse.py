"""optparse: `NO_DEFAULT` is a tuple of texts that options compare by identity."""

from __future__ import annotations

__all__ = ["IDENTICAL"]

IDENTICAL = {
    "optparse.Option": ("optparse.NO_DEFAULT",),
    "optparse.OptionContainer": ("optparse.NO_DEFAULT",),
}
