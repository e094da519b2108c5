"""distributed: workers and schedulers draw whom they ask, when they ask again, and what they measure."""

from __future__ import annotations

__all__ = ["DRAWS_ASIDE"]

DRAWS_ASIDE = {
    "distributed.comm.core": "random",
    "distributed.scheduler": "random",
    "distributed.utils_comm": "random",
    "distributed.worker": "random",
}
