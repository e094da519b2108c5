"""What a lookup gives: a hit, or a miss with its reason. `None` is a value like any other."""

from __future__ import annotations

import enum
from collections.abc import Callable

from ._key import PartKind
from .process._records import NamedTuple

__all__ = ["Cause", "Difference", "Hit", "Miss", "Reason"]


class Cause(enum.StrEnum):
    """Why a computation ran."""

    FIRST_RUN = "first run"
    CHANGED = "changed"
    RECOMPUTE = "recompute asked"
    DISABLED = "disabled"
    EXPIRED = "expired"
    CORRUPT = "entry corrupt"
    FORMAT = "entry of another format"
    RULES = "Lutil compares by new rules in this version"
    UNREADABLE = "entry unreadable"
    UNTRUSTED = "entry not trusted"
    UNRESOLVED = "a class or function of the entry is not here"
    MISFIT = "an earlier result does not fit these inputs"
    ANOTHER = "another call"
    UNKEPT = "an earlier result was not kept"
    WRITTEN = "what it wrote"
    FAILED = "the cache failed"
    UNSKIPPED = "kept, but it cannot be skipped here"


class Difference(NamedTuple):
    """One thing that changed between the nearest entry and now.

    Attributes:
        kind: what sort of input it is.
        path: which one, down to the smallest part that is known: `df['price'][17]`.
        before, after: short texts of both values; empty where they were not kept. A part that is
            absent on one side has `None` there.
        diff: for code, a unified diff of its source; empty where there is none to show.
        origin: where the new value came from, if another computation made it.
    """

    kind: PartKind
    path: str
    before: str | None = ""
    after: str | None = ""
    diff: str = ""
    origin: Origin | None = None


class Origin(NamedTuple):
    """The computation that made a value which changed.

    Attributes:
        name: of the computation.
        key: of its entry.
        reason: why it made another one than before; what differs there may have an origin of its own.
        within: what differs in the value.
    """

    name: str
    key: str
    reason: Reason
    within: tuple[Difference, ...] = ()


class Reason(NamedTuple):
    """Why a computation ran: the cause, what to say of it, and what changed, the most telling first."""

    cause: Cause
    detail: str = ""
    differences: tuple[Difference, ...] = ()


class Hit(NamedTuple):
    """An entry was found and read.

    Attributes:
        value: what the computation produced; may be `None`.
        key: the final key.
        saved: seconds that the run took when the entry was made.
        put_back: puts back in place what the run changed in its inputs; None where it changed nothing. To be called
            when it is certain that the body is skipped.
    """

    value: object
    key: str
    saved: float
    put_back: Callable[[], None] | None = None


class Miss(NamedTuple):
    """No entry can be used, and why."""

    reason: Reason
