"""tokenizers: files that are read in Rust."""

from __future__ import annotations

__all__ = ["READERS"]

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
