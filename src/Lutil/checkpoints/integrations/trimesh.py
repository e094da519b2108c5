"""trimesh: meshes by their vertices, faces and what was put on them; all else is worked out and remembered."""

from __future__ import annotations

from typing import Any

__all__ = ["COMPARED"]


def _mesh(mesh: Any) -> tuple[Any, ...]:
    put_on = (dict(mesh.metadata), dict(mesh.face_attributes), dict(mesh.vertex_attributes))
    return _plain(mesh.vertices), _plain(mesh.faces), _seen(mesh.visual), *put_on


def _seen(visual: Any) -> Any:
    if not visual.defined:
        return None
    if visual.kind == "texture":
        return visual
    return visual.kind, visual.face_colors if visual.kind == "face" else visual.vertex_colors


def _plain(array: Any) -> Any:
    """Return an array without the class that tracks its changes."""
    return array.view(type(array).__mro__[-2])


COMPARED = {"trimesh.base.Trimesh": _mesh}
