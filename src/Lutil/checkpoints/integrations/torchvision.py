"""torchvision: images and films that are read in C++."""

from __future__ import annotations

__all__ = ["READERS"]

READERS = {
    "torchvision.io:read_image": "path",
    "torchvision.io:read_file": "path",
    "torchvision.io:read_video": "filename",
}
