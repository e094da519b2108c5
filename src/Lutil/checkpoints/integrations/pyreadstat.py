"""pyreadstat: tables of SPSS, SAS and Stata that are read in C."""

from __future__ import annotations

__all__ = ["READERS"]

READERS = {
    "pyreadstat:read_sav": "filename_path",
    "pyreadstat:read_zsav": "filename_path",
    "pyreadstat:read_sas7bdat": "filename_path",
    "pyreadstat:read_xport": "filename_path",
    "pyreadstat:read_dta": "filename_path",
    "pyreadstat:read_por": "filename_path",
    "pyreadstat:read_sas7bcat": "filename_path|catalog_file",
}
