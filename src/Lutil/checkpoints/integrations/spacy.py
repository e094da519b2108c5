"""spaCy: pipelines and documents count by the bytes that they say of themselves.

The strings that a vocabulary has met depend on what it was asked before, so of it only its vectors count.
"""

from __future__ import annotations

from typing import Any

__all__ = ["COMPARED"]


_TOKEN = (
    "text", "whitespace_", "tag_", "pos_", "morph", "lemma_", "dep_", "ent_type_", "ent_iob_", "ent_kb_id_", "ent_id_",
    "norm_", "is_sent_start",
)  # fmt: skip


def _pipeline(nlp: Any) -> tuple[Any, ...]:
    pipes = [(name, nlp.get_pipe_meta(name).factory, _pipe(pipe)) for name, pipe in nlp.pipeline]
    tokenizer = nlp.tokenizer.to_bytes(exclude=["vocab"])
    return nlp.lang, nlp.config.to_str(), tokenizer, pipes, sorted(nlp.disabled), _vectors(nlp.vocab)


def _pipe(pipe: Any) -> object:
    if hasattr(pipe, "punct_chars"):  # a set, which is written in an order that depends on the hash seed
        return sorted(pipe.punct_chars)
    return pipe.to_bytes(exclude=["vocab"]) if hasattr(pipe, "to_bytes") else pipe


def _document(doc: Any) -> tuple[Any, ...]:
    tokens = [[str(getattr(token, name)) for name in _TOKEN] + [str(token.head.i)] for token in doc]
    spans = {name: [(s.start, s.end, s.label_, s.kb_id_) for s in group] for name, group in doc.spans.items()}
    return tokens, spans, dict(doc.cats), doc.tensor, doc.user_data


def _vectors(vocab: Any) -> bytes | None:
    found: bytes | None = vocab.vectors.to_bytes() if vocab.vectors.size else None
    return found


COMPARED = {
    "spacy.language.Language": _pipeline,
    "spacy.tokens.doc.Doc": _document,
    "spacy.vocab.Vocab": _vectors,
}
