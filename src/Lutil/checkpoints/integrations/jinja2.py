"""jinja2: an environment keeps the templates that it has loaded."""

from __future__ import annotations

__all__ = ["MEMOS"]

MEMOS = {"jinja2.environment.Environment": ("cache",)}
