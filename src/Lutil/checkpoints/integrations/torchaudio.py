"""torchaudio: sounds that are read in C++."""

from __future__ import annotations

__all__ = ["READERS"]

READERS = {
    "torchaudio:load": "uri|filepath",
    "torchaudio:info": "uri|filepath",
}
