"""scipy: distributions of the new kind remember what they worked out, and their constructor gives another class.

So do diagrams and operators. Pickles of a tree hold memory between its nodes that nobody has written to.
"""

from __future__ import annotations

from typing import Any

__all__ = ["COMPARED", "MADE_PLAINLY", "MEMOS"]

_DISTRIBUTION = "scipy.stats._distribution_infrastructure.UnivariateDistribution"

MEMOS = {
    _DISTRIBUTION: (
        "_constant_cache",
        "_method_cache",
        "_moment_central_cache",
        "_moment_raw_cache",
        "_moment_standardized_cache",
        "_support_cache",
    ),
    "scipy.sparse.linalg._interface.LinearOperator": ("_MatrixLinearOperator__adj",),
    "scipy.spatial._qhull.Voronoi": ("_ridge_dict",),
}


def _tree(tree: Any) -> tuple[Any, ...]:
    return tree.data, tree.indices, tree.boxsize, tree.leafsize, tree.size


COMPARED = {"scipy.spatial._ckdtree.cKDTree": _tree}
MADE_PLAINLY = frozenset({_DISTRIBUTION})
