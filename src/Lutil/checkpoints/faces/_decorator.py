"""The first face: `@checkpoint`. It finds the names and values of a call; the story does the rest."""

from __future__ import annotations

import functools
import sys
from collections.abc import Callable, Sequence
from types import FunctionType, MethodType
from typing import TYPE_CHECKING, Any, Concatenate, Generic, ParamSpec, TypeVar, overload

from .. import report
from ..code import reach
from ..computation import Computation, Input, Recipe, make_recipe, stores_of
from ..engine import answer, closed, dropped, look_up, opened, opened_async
from ..model import _settings
from ..model._dotted_names import Item, parse
from ..model._errors import NotDecoratableError, UnknownNameError
from ..model._key import PartKind
from ..model._markers import MARKERS
from ..model._outcome import Cause, Hit, Reason
from ..model._setting_values import flag_of
from ..model._settings import Options, Settings
from ..model.process._late import loading
from ._autoreload import follow_autoreload
from ._bound_method import Bound, BoundToClass
from ._function_like import COPIED, FunctionLike, plain_attributes
from ._signature import Binder, binder_of, innermost, makes_coroutine, makes_generator
from .map._mapped import Mapped

if TYPE_CHECKING:
    from ._cache_info import CacheInfo
    from ._explain import Explanation

__all__ = ["Checkpointed", "CheckpointedCoroutine", "decorate"]

P = ParamSpec("P")
Q = ParamSpec("Q")
R = TypeVar("R")
S = TypeVar("S")
T = TypeVar("T")


class Checkpointed(FunctionLike, Mapped[R], Generic[P, R]):
    """A callable whose results are kept: called again with the same inputs and code, it does not run.

    Made by `checkpoint`. It passes for the function that it wraps, which is `__wrapped__`.
    """

    __lutil_own__ = True  # its own state is no input of anything
    __lutil_calls__ = frozenset[str]()  # further methods that take the arguments of a call

    __slots__ = (  # so that `__dict__` is that of a function, with what the program sets on it
        *("__dict__", "__weakref__", "_binder", "_binds", "_declared", "_elsewhere", "_function", "_name", "_options"),
        *("_recipe", "_settings", "_shipped", "_stores", "_token", "_watched"),
    )

    def __init__(self, function: Callable[P, R], options: Options) -> None:
        self.__wrapped__: Callable[P, R]
        self.__name__: str
        self.__qualname__: str
        self._function: Callable[P, R] = function
        functools.update_wrapper(self, function, COPIED)
        self._binds = hasattr(type(function), "__get__") and not isinstance(function, MethodType)
        self._elsewhere: dict[str, Checkpointed[P, R]] = {}
        self._shipped: set[tuple[int, str]] = set()
        self._token: str | None = None
        self._options = options
        self._watched = tuple(parse("watch", i) if isinstance(i, str) else i for i in options.watch or ())
        given = {f"watch[{n}]": i for n, i in enumerate(self._watched) if not isinstance(i, (Item, *MARKERS))}
        self._declared = given if options.version is None else {"version": options.version, **given}
        self._name = options.name or _name_of(function)
        self._settings: Settings | None = None
        self._stores: tuple[Any, ...] = ()
        self._recipe: Recipe | None = None
        self._binder: Binder = binder_of(function)
        follow_autoreload(Checkpointed)

    @property
    def __lutil_reach__(self) -> Callable[P, R]:
        """What counts of this object where other code reaches it: the function, not the wrapper."""
        return self._function

    @property
    def __lutil_declares__(self) -> tuple[tuple[dict[str, Any], str], ...]:
        """What else counts where other code reaches it, as places: `version`, and watched values and globals."""
        names = getattr(innermost(self._function), "__globals__", {})
        watched = [(names, item.root) for item in self._watched if isinstance(item, Item) and item.root in names]
        return *((self._declared, name) for name in self._declared), *watched

    def __fingerprint__(self) -> tuple[object, ...]:
        """What counts of this object where it is a value: the same, and what the program has set on it."""
        watched = {item.text: self._read(item) for item in self._watched if isinstance(item, Item)}
        return self._function, plain_attributes(self), self._declared, watched

    @overload
    def __call__(self, /, *args: P.args, **kwargs: P.kwargs) -> R: ...
    @overload
    def __call__(self, /, *args: Any, __recompute__: bool, **kwargs: Any) -> R: ...
    def __call__(self, /, *args: Any, **kwargs: Any) -> Any:
        """Return the result of an earlier run where all inputs and the code are as they were, else run."""
        recompute = flag_of("__recompute__", kwargs.pop("__recompute__", False)) if kwargs else False
        # `called` written out: a hit counts the call of it, and a recursion its frame.
        entry = opened(self._name, self._computation, (args, kwargs), recompute)
        if isinstance(entry, Hit):
            return entry.value
        if entry is None:
            return self._function(*args, **kwargs)
        try:
            result = self._function(*args, **kwargs)
        except BaseException:
            dropped(entry)
            raise
        closed(entry, lambda: (result, None))
        return result

    @overload
    def __get__(self, instance: None, owner: type) -> Checkpointed[P, R]: ...
    @overload
    def __get__(self: Checkpointed[Concatenate[S, Q], R], instance: S, owner: type | None = None) -> Bound[Q, R]: ...
    def __get__(self, instance: Any, owner: Any = None) -> Any:
        """Bind to an instance, if what is wrapped does."""
        return Bound(self, instance) if instance is not None and self._binds else self

    def __repr__(self) -> str:
        return f"<checkpoint {self._name}>"

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickle by name where the name leads back here, else by value; the absolute store goes along."""
        asks = sys._getframe(1)  # noqa: SLF001
        with loading:
            from ._shipping import reduced  # noqa: PLC0415  (no hit needs it)

        return reduced(self, asks)

    def __setstate__(self, state: dict[str, Any]) -> None:
        type(self).__init__(self, state["function"], state["options"])

    def is_cached(self, /, *args: P.args, **kwargs: P.kwargs) -> bool:
        """Tell whether a call with these arguments would be a hit; nothing runs and nothing is put back.

        Example:
            >>> @checkpoint
            ... def square(x): return x * x
            >>> square.is_cached(3), square(3), square.is_cached(3)
            (False, 9, True)
        """
        return self._ask(_would_hit, False, args, kwargs)  # noqa: FBT003  (what holds otherwise)

    def explain(self, /, *args: P.args, **kwargs: P.kwargs) -> Explanation:
        """Say whether a call with these arguments would be a hit, and if not, what changed since the nearest.

        Nothing runs. The text is one line; `details()` of it is the whole.

        Example:
            >>> @checkpoint
            ... def cube(x): return x ** 3
            >>> print(cube.explain(2))
            cube would run: first run
        """
        with loading:
            from ._explain import Explanation, explain_computation  # noqa: PLC0415  (no hit needs it)

        unknown = Explanation(self._name, False, Reason(Cause.FAILED))  # noqa: FBT003  (a field of a record)
        return self._ask(functools.partial(explain_computation, name=self._name), unknown, args, kwargs)

    def forget(self, /, *args: P.args, **kwargs: P.kwargs) -> bool:
        """Delete the entry of a call with these arguments; tell whether there was one."""
        return self._ask(_forget, False, args, kwargs)  # noqa: FBT003  (what holds otherwise)

    def bless(self) -> report.Blessing:
        """Results of the code, or of the library versions, as they were before the last change count again.

        For an edit that you know to be harmless. What is returned says as text what changed, and takes it back with
        `undo()`. Nothing is blessed unless you call this; it holds for what the function reaches by name, not for
        classes that are met in its arguments.

        Raises:
            CheckpointError: there is no entry of an earlier version.
        """
        settings = _settings.current()
        self._refresh(settings)
        assert self._recipe is not None  # noqa: S101  (made by _refresh)
        blessing = report.bless(self._recipe, self._stores[0], self._forget_recipe)
        self._forget_recipe()
        return blessing

    def _forget_recipe(self) -> None:
        self._recipe = None

    def cache_info(self) -> CacheInfo:
        """Return how often this function was skipped and ran, in this process and in all, and what is kept of it.

        Example:
            >>> @checkpoint
            ... def double(x): return 2 * x
            >>> double(1), double(1), double(2)
            (2, 2, 4)
            >>> info = double.cache_info()
            >>> info.hits, info.misses, info.entries
            (1, 2, 2)
        """
        with loading:
            from ._cache_info import NOTHING, cache_info  # noqa: PLC0415  (no hit needs it)

        store = functools.partial(stores_of, self._options.store)
        return answer(self._name, NOTHING, lambda: cache_info(store(_settings.current())[0], self._name))

    def clear(self) -> int:
        """Delete all entries of this function, of all versions of its code; return how many there were.

        A function of the same name in another module keeps its own.
        """
        store = functools.partial(stores_of, self._options.store)
        return answer(
            self._name, 0, lambda: report.clear(store(_settings.current())[0], self._name, _where(self._function))
        )

    def _computation(
        self,
        args: tuple[Any, ...],
        kwargs: dict[str, Any],
        kind: type[Computation] = Computation,
        recipe: Recipe | None = None,
    ) -> Computation | None:
        """Resolve the names of a call to values; None where caching is disabled, or the function refuses the call.

        A `recipe` is known where many calls are made at one moment.
        """
        if recipe is None:
            settings = _settings.current()
            if settings.disable:
                return None
            recipe = self._refresh(settings)
        try:
            values: Sequence[object] = self._binder.bind(*args, **kwargs)
        except TypeError:  # the function itself says it better, in its own name
            return None
        if len(recipe.inputs) != len(values) or self._watched:
            values = self._chosen(recipe, values)
        return kind(recipe, recipe.plan, values, recipe.settings, self._stores)

    def _ask(
        self, question: Callable[[Computation | None], T], otherwise: T, args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> T:
        """Answer a question about a call; raises TypeError where the function would refuse it."""
        found = answer(self._name, None, lambda: (self._computation(args, kwargs),))
        if found is None:
            return otherwise
        if found[0] is None:
            self._binder.bind(*args, **kwargs)
        return answer(self._name, otherwise, question, found[0])

    def _refresh(self, settings: Settings) -> Recipe:
        """Return the recipe that holds for the present settings and code."""
        if settings is not self._settings:
            self._stores = stores_of(self._options.store, settings)
            self._recipe = None
            self._settings = settings
        plan = reach(self._function)
        recipe = self._recipe
        if recipe is None or recipe.plan is not plan:
            recipe = self._make_recipe(settings, plan)
            self._recipe = recipe = recipe._replace(blessed=report.blessed_salts(recipe, self._stores[0]))
        return recipe

    def _make_recipe(self, settings: Settings, plan: Any) -> Recipe:
        self._binder = binder_of(self._function)
        inputs = [Input(PartKind.ARGUMENT, name) for name in self._binder.names]
        for position, item in enumerate(self._watched):
            path = item.text if isinstance(item, Item) else f"watch[{position}]"
            inputs.append(Input(PartKind.WATCHED, path, marker=isinstance(item, MARKERS)))
        return make_recipe(
            name=self._name,
            where=_where(self._function),
            options=self._options,
            settings=settings,
            plan=plan,
            inputs=inputs,
        )

    def _chosen(self, recipe: Recipe, values: Sequence[object]) -> list[object]:
        """Return the values of all inputs that are not ignored, the watched ones at the end."""
        found = dict(zip(self._binder.names, values, strict=True))
        for position, item in enumerate(self._watched):
            if isinstance(item, Item):
                found[item.text] = self._read(item)
            else:
                found[f"watch[{position}]"] = item
        return [found[item.path] for item in recipe.inputs]

    def _read(self, item: Item) -> object:
        names = getattr(innermost(self._function), "__globals__", {})
        try:
            return item.get(names[item.root])
        except (LookupError, AttributeError, TypeError) as error:
            raise UnknownNameError(f"{self._name}: watch: `{item.text}` is not defined in its module") from error


class CheckpointedCoroutine(Checkpointed[P, R]):
    """The same for a coroutine function: awaited again, it does not run."""

    def __init__(self, function: Callable[P, R], options: Options) -> None:
        super().__init__(function, options)
        with loading:
            import inspect  # noqa: PLC0415  (7 ms; whoever runs coroutines has it)

        if not inspect.iscoroutinefunction(self) and hasattr(inspect, "markcoroutinefunction"):  # 3.12
            inspect.markcoroutinefunction(self)

    async def __call__(self, /, *args: Any, **kwargs: Any) -> Any:  # type: ignore[override]
        recompute = flag_of("__recompute__", kwargs.pop("__recompute__", False)) if kwargs else False
        function: Any = self._function
        entry = await opened_async(self._name, self._computation, (args, kwargs), recompute)
        if isinstance(entry, Hit):
            return entry.value
        if entry is None:
            return await function(*args, **kwargs)
        try:
            result = await function(*args, **kwargs)
        except BaseException:
            dropped(entry)
            raise
        closed(entry, lambda: (result, None))
        return result


def decorate(function: Any, options: Options, kinds: tuple[type, type] | None = None) -> Any:
    """Return the checkpointed function, of one of two kinds: for functions, and for coroutine functions."""
    if isinstance(function, (staticmethod, classmethod)):
        wrapped = decorate(function.__func__, options, kinds)
        return staticmethod(wrapped) if isinstance(function, staticmethod) else BoundToClass(wrapped)
    if not callable(function):
        raise NotDecoratableError(f"checkpoint takes a callable, not {function!r}")
    inner = function
    while isinstance(inner, functools.partial):
        inner = inner.func
    called = [inner]
    if not isinstance(inner, FunctionType):  # a callable object is what its class says
        called.append(getattr(type(inner), "__call__", None))  # noqa: B004
    if any(map(makes_generator, called)):
        raise NotDecoratableError(
            f"`{_name_of(inner)}` is a generator function: what it yields cannot be kept without being consumed; "
            "return a list, or decorate the function that makes one item"
        )
    kinds = kinds or (Checkpointed, CheckpointedCoroutine)
    return kinds[any(map(makes_coroutine, called))](function, options)


def _would_hit(computation: Computation | None) -> bool:
    return computation is not None and isinstance(look_up(computation, peek=True), Hit)


def _forget(computation: Computation | None) -> bool:
    if computation is None:
        return False
    outcome = look_up(computation, peek=True)
    return isinstance(outcome, Hit) and computation.stores[0].delete(computation.recipe.name, outcome.key) > 0


def _name_of(function: Any) -> str:
    while isinstance(function, functools.partial):
        function = function.func
    name = getattr(function, "__qualname__", None) or type(function).__qualname__
    return str(name).replace("<locals>.", "")


def _where(function: Any) -> str:
    code = getattr(innermost(function), "__code__", None)
    return "" if code is None else f"{code.co_filename}:{code.co_firstlineno}"
