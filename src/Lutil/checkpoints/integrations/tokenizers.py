"""tokenizers: counted by their own text form, with the truncation and padding that somebody has set."""

from __future__ import annotations

from typing import Any

__all__ = ["COMPARED", "content"]


def content(tokenizer: Any) -> dict[str, Any]:
    """Return what a tokenizer says of itself."""
    import json  # noqa: PLC0415 - slow, and only where the user has what needs it

    found: dict[str, Any] = json.loads(tokenizer.to_str())
    return found


COMPARED = {"tokenizers.Tokenizer": content}
