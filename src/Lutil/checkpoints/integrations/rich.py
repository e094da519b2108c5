"""rich: styles remember how they are written, and number their links from where chance has it."""

from __future__ import annotations

__all__ = ["AT_RANDOM", "MEMOS"]

MEMOS = {"rich.style.Style": ("_ansi", "_hash", "_link_id", "_style_definition")}

AT_RANDOM = frozenset({"rich.style"})
