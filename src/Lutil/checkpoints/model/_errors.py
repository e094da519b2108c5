"""Errors and warnings. An error comes before anything runs; a warning never costs a result.

CheckpointError
├── NotDecoratableError (TypeError)     cannot be cached: generator functions, not callable
├── BlockError (RuntimeError)           this block cannot be skipped where it stands
├── UnknownNameError (NameError)        a watched name is not defined here
├── UnboundNameError (NameError)        a produced name is unbound after the run
├── UnfingerprintableError (TypeError)  a declared input has no state that could be compared
├── HalfRestoredError                   a hit failed midway, and could not be undone
├── NotSavableError                     a value has no stored form (reported as NotSavedWarning)
└── SettingError (ValueError)           an option or setting has a value that makes no sense
    └── SettingTypeError (TypeError)    or one of a type that makes none
CheckpointWarning (UserWarning)
├── ComplexParamsIdentifyWarning        an object is compared by attributes of an unknown kind
├── UnwatchedNameWarning                a block reads a name that its `watch` leaves out
├── UnproducedNameWarning               a block binds a name that its `produce` leaves out and that is used below
├── UnstableInputWarning                a computation misses again and again for one cause
├── SlowInputWarning                    hashing a reached value costs more than 50 ms of CPU per hit
├── InternalErrorWarning                the cache itself failed; the code ran without it
├── NotSavedWarning                     a result was returned but could not be saved
├── DamagedEntryWarning                 an entry was corrupt, and set aside
├── SharedStoreWarning                   a shared store is not read or not written
└── UntrustedWarning                    a file that others own or can write to is not read, or not obeyed
"""

from __future__ import annotations

from .process._interrupts import let_pass
from .secrets._redaction import redacted
from .secrets._shown_text import shown

__all__ = [
    "BlockError",
    "CheckpointError",
    "CheckpointWarning",
    "ComplexParamsIdentifyWarning",
    "DamagedEntryWarning",
    "HalfRestoredError",
    "InternalErrorWarning",
    "NotDecoratableError",
    "NotSavableError",
    "NotSavedWarning",
    "SettingError",
    "SettingTypeError",
    "SharedStoreWarning",
    "SlowInputWarning",
    "UnboundNameError",
    "UnfingerprintableError",
    "UnknownNameError",
    "UnproducedNameWarning",
    "UnstableInputWarning",
    "UntrustedWarning",
    "UnwatchedNameWarning",
    "described",
    "text_of",
]


def text_of(error: BaseException) -> str:
    """Return the text of an error; nothing where making it raises another."""
    try:
        return str(error)
    except Exception as worse:  # noqa: BLE001 - the user's code
        let_pass(worse)
        return ""


def described(error: BaseException) -> str:
    """Return an error as a person reads it: its class, and its text if it has one."""
    return ": ".join(filter(None, (type(error).__name__, text_of(error))))


class CheckpointError(Exception):
    """Base of the errors that this package raises."""

    def __str__(self) -> str:
        return shown(super().__str__())  # names of files and attributes may hold what drives a terminal


class NotDecoratableError(CheckpointError, TypeError):
    """The thing given to `checkpoint` cannot be cached: a generator function, or not a callable."""


class BlockError(CheckpointError, RuntimeError):
    """A block cannot be skipped where it stands: control flow leaves it, or no `with` enters it."""


class UnknownNameError(CheckpointError, NameError):
    """A watched name is not defined where the block stands."""


class UnboundNameError(CheckpointError, NameError):
    """A name that a block promised to produce is unbound after its run."""


class HalfRestoredError(CheckpointError):
    """A hit has changed some of the inputs as its run had, then failed, and what it had changed could not be undone."""


class NotSavableError(CheckpointError):
    """A value has no stored form.

    Attributes:
        path: the way to the part in question, `result['model'].handle`; empty where it is unknown.
        why: what forbids it.
        others: further parts that cannot be saved, each with what forbids it.
    """

    def __init__(self, path: str, why: str, others: tuple[tuple[str, str], ...] = ()) -> None:
        text = f"`{path}` cannot be saved: {why}" if path else why
        alike = [f"`{other}`" for other, reason in others if reason == why]
        told = [f"`{other}`: {reason}" for other, reason in others if reason != why]
        for also in (", ".join(alike), *told):
            text += f"; nor can {also}" if also else ""
        super().__init__(text)
        self.path = path
        self.why = why
        self.others = others

    @property
    def paths(self) -> tuple[str, ...]:
        """The ways to all the parts."""
        return self.path, *(path for path, _ in self.others)

    def __reduce__(self) -> tuple[type[NotSavableError], tuple[str, str, tuple[tuple[str, str], ...]]]:
        return type(self), (self.path, self.why, self.others)


class UnfingerprintableError(CheckpointError, TypeError):
    """A declared input has no state that could be compared.

    Attributes:
        path: the way to it, `args['loader'].source`.
        what: the type that was found there, or why it cannot be compared.
        missing: whether it is a file or folder that cannot be read; then there is nothing to advise.
    """

    def __init__(self, path: str, what: str, missing: bool = False) -> None:  # noqa: FBT001, FBT002 - for pickle
        what = redacted(what)  # may hold the text of an error of the user's
        super().__init__(
            f"{path}: {what}"
            if missing
            else f"`{path}` cannot be compared with earlier runs: {what}. Ways out: pass it by something that can be "
            f'compared, leave it out with ignore=["{path}"], give its class a `__fingerprint__` method, or '
            "register a rule for it with `Lutil.checkpoints.register`"
        )
        self.path = path
        self.what = what
        self.missing = missing

    def __reduce__(self) -> tuple[type[UnfingerprintableError], tuple[str, str, bool]]:
        return type(self), (self.path, self.what, self.missing)


class SettingError(CheckpointError, ValueError):
    """An option or setting has a value that makes no sense."""


class SettingTypeError(SettingError, TypeError):
    """An option or setting has a value of a type that makes no sense: a text where a list is expected."""


class CheckpointWarning(UserWarning):
    """Base of the warnings of this package: a value may be wrong, or work was lost."""


class ComplexParamsIdentifyWarning(CheckpointWarning):
    """An argument or watched object has an attribute of a class that no rule is known for."""


class UnwatchedNameWarning(CheckpointWarning):
    """A block reads a name of its own that an explicit `watch` leaves out of the key."""


class UnproducedNameWarning(CheckpointWarning):
    """A block binds a name that is used below it and that an explicit `produce` leaves out: a skip does not bind it."""


class UnstableInputWarning(CheckpointWarning):
    """A computation misses again and again for the same undeclared input."""


class SlowInputWarning(CheckpointWarning):
    """A reached value costs more than 50 ms of CPU to hash, at every hit."""


class InternalErrorWarning(CheckpointWarning):
    """The cache itself failed. The code ran without it, and its result is right; `LUTIL_STRICT=1` raises instead."""


class NotSavedWarning(CheckpointWarning):
    """A result reached its caller, but it could not be saved."""


class DamagedEntryWarning(CheckpointWarning):
    """An entry could not be used: it was damaged."""


class SharedStoreWarning(CheckpointWarning):
    """A shared store is not read or not written: it cannot be reached, or what is there is not trusted."""


class UntrustedWarning(CheckpointWarning):
    """Entries or settings are not used, because somebody who is not trusted could have written them."""
