"""transformers: each call of a fast tokenizer sets truncation and padding of the one inside: these do not count."""

from __future__ import annotations

from typing import Any

from . import attributes_of
from .tokenizers import content

__all__ = ["COMPARED"]


def _fast_tokenizer(tokenizer: Any) -> dict[str, Any]:
    state = attributes_of(tokenizer)
    inner = state.pop("_tokenizer", None)
    if inner is not None:
        told = content(inner)
        state["_tokenizer"] = {name: item for name, item in told.items() if name not in {"truncation", "padding"}}
    return state


COMPARED = {
    "transformers.tokenization_utils_fast.PreTrainedTokenizerFast": _fast_tokenizer,
    "transformers.tokenization_utils_tokenizers.TokenizersBackend": _fast_tokenizer,
}
