"""MuJoCo: models that are read in C."""

from __future__ import annotations

__all__ = ["READERS"]

READERS = {
    "mujoco:MjModel.from_xml_path": "filename",
    "mujoco:MjModel.from_binary_path": "filename",
    "mujoco:MjSpec.from_file": "filename",
}
