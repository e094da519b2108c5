"""The guard: whatever goes wrong inside of the cache, the body runs once and its result arrives.

One place around look up, run and save, for functions, coroutines, methods and blocks. A face resolves its names inside
of it, and runs its body outside:

    opened      a hit; or a run that is watched; or neither, and then the body runs without the cache
    closed      the body has run: keep what it left
    dropped     the body has raised
    called      all three around one call, for faces to whom a hit is no matter of a tenth of a microsecond
    answer      a question about a computation, or something that is to be told

What is raised inside of it is one of four things:

    a mistake of the user's     raised: `CheckpointError`, or a warning of ours that a filter makes an error
    an interrupt                passes through untouched (`_interrupts`)
    a limit of the system       no descriptor, no memory, no stack left: costs the entry, `NotSavedWarning`
    anything else               a failure of ours: costs the entry, `InternalErrorWarning`; `strict` raises it
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Awaitable, Callable, Sequence
from typing import TYPE_CHECKING, Any, ParamSpec, Self, TypeVar

from .. import report
from ..computation import Computation
from ..model import _settings
from ..model._errors import (
    CheckpointError,
    CheckpointWarning,
    InternalErrorWarning,
    NotSavableError,
    NotSavedWarning,
    UnfingerprintableError,
    text_of,
)
from ..model._outcome import Hit
from ..model.process._interrupts import is_interrupt, suppressed
from ..model.process._late import is_being_loaded, loading
from ..model.process._log import log
from ..model.process._notices import notice_after
from ._pipeline import look_up

if TYPE_CHECKING:
    from ._run import Run

__all__ = [
    "Outputs",
    "answer",
    "called",
    "called_async",
    "closed",
    "costs_the_entry",
    "dropped",
    "opened",
    "opened_async",
    "put_back",
]

P = ParamSpec("P")
T = TypeVar("T")
U = TypeVar("U")
Name = str | Callable[[], str]
"""What a computation is called, or what tells it: a block has no name before it is found."""
Outputs = tuple[object, NotSavableError | None]
"""What a body has left, and why the face knows that it cannot be kept."""

_LENGTH = 200  # characters of an error that a notice quotes


def _runs() -> Any:
    """Return what begins and ends runs, which no hit needs."""
    with loading:
        from . import _miss_to_entry  # noqa: PLC0415

    return _miss_to_entry


def put_back(entry: Hit | Run) -> None:
    if isinstance(entry, Hit) and entry.put_back is not None:
        entry.put_back()


def opened(
    name: Name,
    resolve: Callable[..., Computation | None],
    given: Sequence[Any],
    recompute: bool,  # noqa: FBT001  (by position, as all here: a hit counts each tenth of a microsecond)
    settle: Callable[[Hit | Run], None] = put_back,
) -> Hit | Run | None:
    """Look a computation up; return a hit, or a run that has begun, or None: the body runs without the cache.

    What the run of a hit changed in its inputs is changed by then as well, all of it or nothing.

    Args:
        name: of the computation.
        resolve: finds the names and values of a face; returns None where nothing is to be kept.
        given: what it is called with.
        recompute: whether to run in any case.
        settle: what else a face has to do before its body runs or is skipped.
    """
    entry: Hit | Run | None = None
    try:
        computation = resolve(*given)
        if computation is None:
            return None
        outcome = look_up(computation, recompute=recompute)
        if isinstance(outcome, Hit) and outcome.put_back is None:
            return outcome
        entry = outcome if isinstance(outcome, Hit) else _runs().begin(computation, outcome)
        settle(entry)
    except BaseException as error:
        _leave(entry)
        if not costs_the_entry(name, error):
            raise
        return None
    return entry


async def opened_async(
    name: Name,
    resolve: Callable[..., Computation | None],
    given: Sequence[Any],
    recompute: bool,  # noqa: FBT001  (the same)
    settle: Callable[[Hit | Run], None] = put_back,
) -> Hit | Run | None:
    """Do the same in a coroutine, whose loop goes on while it waits for who computes the same."""
    entry: Hit | Run | None = None
    try:
        computation = resolve(*given)
        if computation is None:
            return None
        outcome = look_up(computation, recompute=recompute)
        entry = outcome if isinstance(outcome, Hit) else await _runs().begin_async(computation, outcome)
        settle(entry)
    except BaseException as error:
        _leave(entry)
        if not costs_the_entry(name, error):
            raise
        return None
    return entry


def _leave(entry: Hit | Run | None) -> None:
    """Leave nothing of a run behind that does not come about."""
    if entry is not None and not isinstance(entry, Hit):
        with suppressed():  # the failure before it is the one to be told
            entry.drop()


def closed(run: Run, collect: Callable[[], Outputs]) -> None:
    """End a run whose body has run: keep what it left, or say why not.

    Raises:
        UnboundNameError: a name that a block promised to produce is unbound.
    """
    try:
        _runs().finish(run, *collect())
    except Exception as error:
        name = run.computation.recipe.name
        _ended(run, name)
        if not costs_the_entry(name, error, ran=True):
            raise
        answer(name, None, report.remember_unkept, run.computation, _text(error))
    except BaseException:
        run.drop()
        raise


def dropped(run: Run) -> None:
    """End a run whose body has raised: that exception is what the caller hears of."""
    _ended(run, run.computation.recipe.name)


def _ended(run: Run, name: str) -> None:
    try:
        _runs().abandon(run)
    except Exception as error:
        if not costs_the_entry(name, error, ran=True):
            raise


class _Body:
    """Within it, the body of a call runs: what it leaves as `result` is kept; where it raises, its run is dropped.

    Args:
        entry: its run; None where it runs without the cache.
    """

    __slots__ = ("_entry", "result")

    def __init__(self, entry: Run | None) -> None:
        self._entry = entry
        self.result: Any = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if self._entry is None:
            return
        if kind is not None:
            dropped(self._entry)
        else:
            closed(self._entry, lambda: (self.result, None))


def called(  # noqa: PLR0913, PLR0917  (as `opened`, and what is called)
    function: Callable[..., Any],
    args: tuple[Any, ...],
    kwargs: dict[str, Any],
    name: Name,
    resolve: Callable[..., Computation | None],
    recompute: bool,  # noqa: FBT001  (the same)
    settle: Callable[[Hit | Run], None] = put_back,
) -> tuple[Any, Hit | Run | None]:
    """Return the result of a call, from an earlier run or from its own; and the hit or the run that it is of, if any.

    Raises:
        BaseException: whatever the function raises.
    """
    entry = opened(name, resolve, (args, kwargs), recompute, settle)
    if isinstance(entry, Hit):
        return entry.value, entry
    with _Body(entry) as body:
        body.result = function(*args, **kwargs)
    return body.result, entry


async def called_async(  # noqa: PLR0913, PLR0917  (the same)
    function: Callable[..., Awaitable[Any]],
    args: tuple[Any, ...],
    kwargs: dict[str, Any],
    name: Name,
    resolve: Callable[..., Computation | None],
    recompute: bool,  # noqa: FBT001  (the same)
    settle: Callable[[Hit | Run], None] = put_back,
) -> tuple[Any, Hit | Run | None]:
    """Do the same with a coroutine function."""
    entry = await opened_async(name, resolve, (args, kwargs), recompute, settle)
    if isinstance(entry, Hit):
        return entry.value, entry
    with _Body(entry) as body:
        body.result = await function(*args, **kwargs)
    return body.result, entry


def answer(name: Name, otherwise: U, question: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T | U:
    """Return the answer to a question; what holds otherwise, where the cache cannot tell."""
    try:
        return question(*args, **kwargs)
    except Exception as error:
        if not costs_the_entry(name, error):
            raise
        return otherwise


def costs_the_entry(name: Name, error: BaseException, *, ran: bool = False) -> bool:
    """Say once that a computation goes without the cache; return False for what has to be raised instead."""
    if not isinstance(error, Exception) or is_interrupt(error):
        return False
    if is_being_loaded(error):  # a handler of a signal has interrupted that: the next call has it
        log.info("%s: the cache is being loaded", name if isinstance(name, str) else name(), exc_info=error)
        return True
    limit = _is_limit(error)
    if not limit and (isinstance(error, (CheckpointError, CheckpointWarning)) or _is_strict()):
        return False
    try:
        _tell(name if isinstance(name, str) else name(), error, limit=limit, ran=ran)
    except (MemoryError, RecursionError) as worse:  # there is not even enough left to say so
        if is_interrupt(worse):
            raise
    return True


def _is_limit(error: Exception) -> bool:
    """Tell whether the system has no more of what it takes, here or while a value was looked at."""
    if isinstance(error, UnfingerprintableError):
        return isinstance(error.__cause__ or error.__context__, (MemoryError, RecursionError))
    return isinstance(error, (MemoryError, RecursionError)) or (isinstance(error, OSError) and error.errno is not None)


def _tell(name: str, error: Exception, *, limit: bool, ran: bool) -> None:
    what = "the result is returned but not kept" if ran else "it runs without the cache"
    log.info("%s: %s", name, what, exc_info=error)
    if limit:
        notice_after(NotSavedWarning, name, type(error).__name__, f"{name}: {what}: {_text(error)}")
        return
    notice_after(
        InternalErrorWarning,
        name,
        type(error).__name__,
        f"{name}: {what}, which failed: {_text(error)}. LUTIL_STRICT=1 raises this; please report it with the "
        "traceback, which the log has (logging.getLogger('Lutil.checkpoints') at INFO)",
    )


def _text(error: Exception) -> str:
    """Return an error on one line."""
    said = " ".join(text_of(error).split())
    said = said if len(said) <= _LENGTH else said[: _LENGTH - 1] + "…"
    return f"{type(error).__name__}: {said}" if said else type(error).__name__


def _is_strict() -> bool:
    """Tell whether failures are to be raised; by the environment alone where the settings themselves fail."""
    with contextlib.suppress(CheckpointError, OSError):
        return _settings.current().strict
    return os.environ.get("LUTIL_STRICT", "") not in {"", "0"}
