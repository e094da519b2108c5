"""sentencepiece: models and texts that are read in C++."""

from __future__ import annotations

__all__ = ["READERS"]

READERS = {
    "sentencepiece:SentencePieceProcessor.__init__": "model_file",
    "sentencepiece:SentencePieceProcessor.Load": "model_file",
    "sentencepiece:SentencePieceProcessor.load": "model_file",
    "sentencepiece:SentencePieceProcessor.LoadFromFile": "filename|arg",
    "sentencepiece:SentencePieceProcessor.load_from_file": "filename|arg",
    "sentencepiece:SentencePieceTrainer.Train": "_ * input",
    "sentencepiece:SentencePieceTrainer.train": "_ * input",
}
