"""scipy: distributions of the new kind remember what they worked out, and their constructor gives another class."""

from __future__ import annotations

__all__ = ["MADE_PLAINLY", "MEMOS"]

_DISTRIBUTION = "scipy.stats._distribution_infrastructure.UnivariateDistribution"

MEMOS = {
    _DISTRIBUTION: (
        "_constant_cache",
        "_method_cache",
        "_moment_central_cache",
        "_moment_raw_cache",
        "_moment_standardized_cache",
        "_support_cache",
    )
}
MADE_PLAINLY = frozenset({_DISTRIBUTION})
