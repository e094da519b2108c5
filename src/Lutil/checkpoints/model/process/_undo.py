"""Several changes that are made all, or none of them."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator

from .._errors import HalfRestoredError

__all__ = ["Undo", "all_or_nothing"]

Undo = Callable[[Callable[[], object]], None]
"""Takes what undoes a change, before the change is made."""


@contextlib.contextmanager
def all_or_nothing() -> Iterator[Undo]:
    """Within it, whatever is raised undoes the changes that were made so far; an interrupt does so as well.

    Raises:
        HalfRestoredError: something could not be undone.
    """
    steps: list[Callable[[], object]] = []
    try:
        yield steps.append
    except BaseException as error:
        stuck: list[Exception] = []
        for step in reversed(steps):  # each of them, whatever becomes of the others
            try:
                step()
            except Exception as worse:  # noqa: BLE001  (a setter of the user's may raise what it likes)
                stuck.append(worse)
        if stuck:
            what = f"a hit failed midway ({type(error).__name__}: {error}), and the inputs that it had changed"
            raise HalfRestoredError(f"{what} could not all be brought back: {stuck[0]!r}") from error
        raise
