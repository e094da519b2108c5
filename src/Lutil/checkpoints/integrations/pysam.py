"""pysam: alignments, variants and sequences that are read by htslib."""

from __future__ import annotations

import os
from collections.abc import Iterator

__all__ = ["ALSO", "READERS"]

READERS = {
    "pysam:AlignmentFile": "filename|filepath_or_object mode * reference_filename index_filename filepath_index",
    "pysam:VariantFile": "filename mode * index_filename",
    "pysam:FastaFile": "filename * filepath_index filepath_index_compressed",
    "pysam:FastxFile": "filename * index",
    "pysam:TabixFile": "filename * index",
    "pysam:BGZFile": "filepath_or_object|name mode",
    "pysam:HFile": "filepath_or_object|name mode",
}


def indexes(path: str) -> Iterator[str]:
    """Yield the indexes that lie beside a file; one that is not there is made of the file."""
    stem = os.path.splitext(path)[0]  # noqa: PTH122 - text
    for index in (*(path + suffix for suffix in (".bai", ".csi", ".tbi", ".crai", ".fai", ".gzi")), stem + ".bai"):
        if os.path.lexists(index):
            yield index


ALSO = {"pysam": indexes}
