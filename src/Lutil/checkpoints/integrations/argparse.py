"""argparse: `SUPPRESS` is a text that parsers compare by identity."""

from __future__ import annotations

__all__ = ["IDENTICAL"]

IDENTICAL = {
    "argparse.Action": ("argparse.SUPPRESS",),
    "argparse._ActionsContainer": ("argparse.SUPPRESS",),
}
