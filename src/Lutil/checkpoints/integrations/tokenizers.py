"""tokenizers: counted by their own text form, with the truncation and padding that somebody has set."""

from __future__ import annotations

from typing import Any

__all__ = ["COMPARED", "READERS", "content"]


def content(tokenizer: Any) -> dict[str, Any]:
    """Return what a tokenizer says of itself."""
    import json  # noqa: PLC0415 - slow, and only where the user has what needs it

    found: dict[str, Any] = json.loads(tokenizer.to_str())
    return found


COMPARED = {"tokenizers.Tokenizer": content}


READERS = {
    "tokenizers:Tokenizer.from_file": "path",
    "tokenizers:Tokenizer.train": "files",
    "tokenizers.models:BPE.from_file": "vocab merges",
    "tokenizers.models:BPE.read_file": "vocab merges",
    "tokenizers.models:WordPiece.from_file": "vocab",
    "tokenizers.models:WordPiece.read_file": "vocab",
    "tokenizers.models:WordLevel.from_file": "vocab",
    "tokenizers.models:WordLevel.read_file": "vocab",
}
