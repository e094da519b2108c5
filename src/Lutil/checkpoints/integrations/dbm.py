"""dbm: databases whose files are opened in C."""

from __future__ import annotations

__all__ = ["DATABASES"]

DATABASES = {
    "dbm.gnu:open": "filename flag",
    "dbm.ndbm:open": "filename flag",
}
