"""soundfile: sounds that are read by libsndfile."""

from __future__ import annotations

__all__ = ["READERS"]

READERS = {
    "soundfile:read": "file",
    "soundfile:info": "file",
    "soundfile:SoundFile.__init__": "file mode",
}
