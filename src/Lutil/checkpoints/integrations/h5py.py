"""h5py: files that are opened by the HDF5 library."""

from __future__ import annotations

__all__ = ["READERS"]

READERS = {
    "h5py:File.__init__": "name mode",
    "h5py:is_hdf5": "fname",
}
