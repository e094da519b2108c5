"""llama.cpp: models that are mapped in C++."""

from __future__ import annotations

__all__ = ["READERS"]

READERS = {
    "llama_cpp:Llama.__init__": "model_path * lora_path lora_base",
}
