"""Names of instructions and functions that the abstract run of code treats in a way of their own."""

from __future__ import annotations

import re
import sys
from collections.abc import Set as AbstractSet

from ._refs import Ref

__all__ = [
    "ASKS",
    "BINDS",
    "CHOOSES",
    "DYNAMIC",
    "EMPTY",
    "EXTENDS",
    "GETATTR",
    "GIVES",
    "IMPORTERS",
    "LOADS",
    "NAMERS",
    "NULL_LAST",
    "PURE_CALLS",
    "SUBSCRIPT",
    "UNFOLLOWED",
    "names_in",
]

PURE_CALLS = frozenset({"len", "str", "repr", "int", "float", "bool", "sum", "min", "max", "round", "abs", "type"})
CHOOSES = frozenset({"min", "max"})
"""Those of them that give what they were given."""
GETATTR = frozenset({Ref("G", "getattr"), Ref("N", "getattr")})  # at module level, where blocks stand, names are N
ASKS = frozenset({"query", "eval"})
"""Methods of frames that are given a text in which names of the caller stand: `df.query("a > @K")`."""

_TABLES = frozenset({"sql", "query", "execute"})
"""Functions that are given a text of SQL in which frames of the caller stand: `pl.sql("select a from frame")`."""
_FORMULAS = frozenset(
    "ols gls wls glsar glm gee ordinal_gee nominal_gee logit probit poisson negativebinomial mnlogit rlm quantreg "  # noqa: SIM905 - a list would take a line for each
    "mixedlm phreg conditional_logit from_formula dmatrices".split()
)
"""Functions that are given a formula in which names of the caller stand: `smf.ols("y ~ scaled(x)", data)`."""
_TERMS = frozenset({"dmatrix", "model_matrix"})
"""Those that may be given one side of it."""
NAMERS = ASKS | _TABLES | _FORMULAS | _TERMS
_AT_NAME = r"@([^\W\d]\w*)"
_TABLE = r"(?i)\b(?:from|join)\s+\"?([^\W\d]\w*)"
_TERM = r"(?<![\w.])(?:[^\W\d]\w*(?=\s*[.(\[])|[A-Z][A-Z\d_]*\b(?!\s*=[^=]))"
"""What is called or looked into, and constants: any other word of a formula is a column."""

UNFOLLOWED = ASKS | {"__subclasses__"}
"""Methods of which only a run can tell what they reach, but for where it can be read off the code."""

GIVES = frozenset({((False, "get"),), ((False, "setdefault"),)})
"""The last steps of refs to methods that give an item of a dict."""
EXTENDS = frozenset({"add", "append", "appendleft", "extend", "extendleft", "insert"})
"""Methods that put more into a list or set."""
EMPTY = frozenset({"BUILD_LIST", "BUILD_MAP", "BUILD_SET"})
"""Instructions that make an empty one."""

IMPORTERS = frozenset({"import_module", "__import__"})
DYNAMIC = frozenset({"eval", "exec", "get_ipython", "globals", "__import__", "import_module"})

LOADS = {
    "LOAD_GLOBAL": "G",
    "LOAD_NAME": "N",
    "LOAD_DEREF": "D",
    "LOAD_CLASSDEREF": "D",
    "LOAD_FAST": "L",
    "LOAD_FROM_DICT_OR_GLOBALS": "N",
    "LOAD_FROM_DICT_OR_DEREF": "D",
}
BINDS = {
    "STORE_GLOBAL": "G",
    "STORE_NAME": "N",
    "STORE_DEREF": "D",
    "STORE_FAST": "L",
    "DELETE_GLOBAL": "G",
}
NULL_LAST = sys.version_info >= (3, 13)
SUBSCRIPT = 26
"""From 3.14 on a subscript is BINARY_OP with this argument."""


def names_in(text: str, called: AbstractSet[str]) -> list[str]:
    """Return the names that stand in a text, as those of `called` that are NAMERS look them up in the caller."""
    found = re.findall(_AT_NAME, text) if called & ASKS else []
    found += re.findall(_TABLE, text) if called & _TABLES else []
    is_formula = called & _TERMS or (called & _FORMULAS and "~" in text)
    return found + (re.findall(_TERM, text) if is_formula else [])
