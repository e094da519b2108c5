"""Open3D: shapes that are read in C++."""

from __future__ import annotations

__all__ = ["READERS"]

READERS = {
    "open3d.io:read_point_cloud": "filename",
    "open3d.io:read_triangle_mesh": "filename",
    "open3d.io:read_image": "filename",
    "open3d.io:read_line_set": "filename",
    "open3d.io:read_voxel_grid": "filename",
    "open3d.io:read_pinhole_camera_parameters": "filename",
}
