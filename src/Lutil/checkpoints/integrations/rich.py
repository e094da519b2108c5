"""rich: styles remember how they are written."""

from __future__ import annotations

__all__ = ["MEMOS"]

MEMOS = {"rich.style.Style": ("_ansi", "_hash", "_link_id", "_style_definition")}
