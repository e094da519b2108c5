"""Names of instructions and functions that the abstract run of code treats in a way of their own."""

from __future__ import annotations

import sys

from ._refs import Ref

__all__ = [
    "ASKS",
    "BINDS",
    "DYNAMIC",
    "EMPTY",
    "EXTENDS",
    "GETATTR",
    "GIVES",
    "IMPORTERS",
    "LOADS",
    "NULL_LAST",
    "PURE_CALLS",
    "SUBSCRIPT",
    "TABLES",
    "UNFOLLOWED",
]

PURE_CALLS = frozenset({"len", "str", "repr", "int", "float", "bool", "sum", "min", "max", "round", "abs", "type"})
GETATTR = frozenset({Ref("G", "getattr"), Ref("N", "getattr")})  # at module level, where blocks stand, names are N
ASKS = frozenset({"query", "eval"})
"""Methods of frames that are given a text in which names of the caller stand: `df.query("a > @K")`."""

TABLES = frozenset({"sql", "query", "execute"})
"""Functions that are given a text of SQL in which frames of the caller stand: `pl.sql("select a from frame")`."""

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
