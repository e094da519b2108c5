"""pyvips: images that are read by libvips."""

from __future__ import annotations

__all__ = ["READERS"]

READERS = {
    "pyvips:Image.new_from_file": "vips_filename",
}
