"""The decorator: options are checked here, once, before anything runs."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, Literal, ParamSpec, TypeVar, overload

from ..model.process._late import loading

if TYPE_CHECKING:
    from datetime import timedelta

    from ._decorator import Checkpointed

__all__ = ["checkpoint"]

P = ParamSpec("P")
R = TypeVar("R")


@overload
def checkpoint(function: Callable[P, R], /) -> Checkpointed[P, R]: ...
@overload
def checkpoint(
    *,
    watch: Sequence[object] | None = None,
    produce: Sequence[object] | None = None,
    ignore: Sequence[str] = (),
    name: str | None = None,
    version: object = None,
    expires: str | float | timedelta | None = None,
    store: object = None,
    rng: str = "auto",
    observe: str | None = None,
    keep_if: Callable[[Any], object] | None = None,
    shared: str | Literal[False] | None = None,
    shared_mode: str | None = None,
    shared_timeout: float | str | None = None,
) -> Callable[[Callable[P, R]], Checkpointed[P, R]]: ...
def checkpoint(  # noqa: PLR0913  (the table of options, the same words for both faces)
    function: Any = None,
    /,
    *,
    watch: Sequence[object] | None = None,
    produce: Sequence[object] | None = None,
    ignore: Sequence[str] = (),
    name: str | None = None,
    version: object = None,
    expires: str | float | timedelta | None = None,
    store: object = None,
    rng: str = "auto",
    observe: str | None = None,
    keep_if: Callable[[Any], object] | None = None,
    shared: str | Literal[False] | None = None,
    shared_mode: str | None = None,
    shared_timeout: float | str | None = None,
) -> Any:
    """Return the function with its results kept on disk, so that a rerun costs only what changed.

    A call is a hit when its arguments, its code and all that the code reaches in the project are as they
    were. Otherwise it runs, and its result is kept under the new key; earlier results stay. Exceptions are
    not kept; `None` is. `f(x, __recompute__=True)` runs in any case.

    Args:
        function: a function, method, coroutine function or any other callable.
        watch: inputs besides the parameters: values, names of globals (`"config.STAGE"`), `File("data.csv")`,
            `Dir("images")`, `Env("STAGE")`. None by default.
        produce: `File` and `Dir` that the function writes and that are kept at any size. By default what it writes is
            kept up to 16 MB.
        ignore: parameters and their parts (`"verbose"`, `"args.num_workers"`), and reached globals
            (`"helpers.SESSION"`), that do not count.
        name: what people read, and under which entries are kept; by default the qualified name.
        version: any value that counts like an input: change it to run anew.
        expires: how long a result counts: `"90s"`, `"12h"`, `"1d"`, a number of seconds or a timedelta. For ever by
            default.
        store: a folder, or a `Store`; by default as configured, which is `./.Lutil-checkpoint`.
        rng: `"auto"`, or `"ignore"` to leave random streams out.
        observe: `"auto"` watches what a run reads; `"declared"` watches nothing of it; by default as configured.
        keep_if: a function of the result, or of what a coroutine returns: the result is kept only where it returns
            something true. It is no part of the key.
        shared: URL of a store of your team, `"s3://bucket/prefix"`; False for none; by default as configured.
        shared_mode: `"read"`, `"write"` or `"read-write"`.
        shared_timeout: seconds that a miss waits for the shared store at most, 5 by default.

    Raises:
        NotDecoratableError: a generator function, or no callable at all.
        TypeError: a string where a list is expected, or a `keep_if` that cannot be called.
        ValueError: an item or value that makes no sense.

    Example:
        >>> @checkpoint(ignore=["verbose"])
        ... def mean(numbers, verbose=False):
        ...     return sum(numbers) / len(numbers)
        >>> mean([1, 2, 6])
        3.0
        >>> mean([1, 2, 6], verbose=True)
        3.0
    """
    with loading:  # a script that decorates nothing has nothing to wait for
        from ..model._options import options_of  # noqa: PLC0415
        from ._decorator import decorate  # noqa: PLC0415

    checked = options_of(
        watch=watch,
        produce=produce,
        ignore=ignore,
        name=name,
        version=version,
        expires=expires,
        store=store,
        rng=rng,
        observe=observe,
        keep_if=keep_if,
        shared=shared,
        shared_mode=shared_mode,
        shared_timeout=shared_timeout,
        of_block=False,
    )
    return functools.partial(decorate, options=checked) if function is None else decorate(function, checked)
