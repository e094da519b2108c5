"""Letting a coroutine's loop go on while something takes its time."""

from __future__ import annotations

import _thread
from collections.abc import Callable
from typing import Any, TypeVar

from ..claims._loops import new_alarm

__all__ = ["aside"]

T = TypeVar("T")
_POLL = 60.0


async def aside(job: Callable[[], T]) -> T:
    """Return what a job gives, done by a thread while the loop goes on; where no loop is known, by this one."""
    alarm = new_alarm()
    if alarm is None:
        return job()
    came: list[Any] = []

    def work() -> None:
        try:
            came.append((job(), None))
        except BaseException as error:  # noqa: BLE001  (raised where it is waited for)
            came.append((None, error))
        try:
            alarm.ring()
        except RuntimeError:
            return  # its loop is over, and nobody waits any more

    _thread.start_new_thread(work, ())
    while not came:
        await alarm.wait(_POLL)
    result, error = came[0]
    if error is not None:
        raise error
    return result  # type: ignore[no-any-return]  # what the job gave
