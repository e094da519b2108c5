"""A checkpointed method of one instance."""

from __future__ import annotations

import copy
from functools import partial
from types import MethodType
from typing import TYPE_CHECKING, Any, Generic, ParamSpec, TypeVar, overload

from ..model._identity import identity
from ._function_like import OfFunction
from .map._mapped import Mapped

if TYPE_CHECKING:
    from ._explain import Explanation

__all__ = ["Bound", "BoundToClass"]

Q = ParamSpec("Q")
R = TypeVar("R")


class Bound(Mapped[R], Generic[Q, R]):
    """A checkpointed method of one instance; it offers what `Checkpointed` offers, and passes for a bound method."""

    __lutil_own__ = True
    __lutil_method__ = True  # reached, it counts as a bound method does: the function, and what it is bound to

    __annotations__ = OfFunction({})  # as in `FunctionLike`: the class is given a dict once somebody asks for it
    __slots__ = ("__dict__", "__func__", "__self__", "__weakref__")

    def __init__(self, function: Any, instance: object) -> None:  # a `Checkpointed`, whose file knows this one
        self.__func__ = function
        self.__self__ = instance
        self.__dict__ = function.__dict__  # so its name, module and docstring are those of the function

    @property  # type: ignore[misc]  # nobody sets it
    def __class__(self) -> Any:
        """What it passes for."""
        return MethodType

    def __fingerprint__(self) -> tuple[object, ...]:
        """What counts of this object where it is a value."""
        return self.__func__, self.__self__

    def __getattr__(self, name: str) -> Any:
        found = getattr(self.__func__, name)
        return partial(found, self.__self__) if name in self.__func__.__lutil_calls__ else found

    def __dir__(self) -> list[str]:
        """Return what it offers, and what a bound method has."""
        return sorted({*dir(type(self)), *dir(self.__func__)})

    def __copy__(self) -> Bound[Q, R]:
        """Return itself."""
        return self

    def __deepcopy__(self, memo: dict[int, Any]) -> Bound[Q, R]:
        """Return the method of a copy of the instance, as a bound method does."""
        return Bound(self.__func__, copy.deepcopy(self.__self__, memo))

    @overload
    def __call__(self, /, *args: Q.args, **kwargs: Q.kwargs) -> R: ...
    @overload
    def __call__(self, /, *args: Any, __recompute__: bool, **kwargs: Any) -> R: ...
    def __call__(self, /, *args: Any, **kwargs: Any) -> Any:
        """Call the method."""
        return self.__func__(self.__self__, *args, **kwargs)

    def __eq__(self, other: object) -> bool:
        return type(other) is Bound and self.__func__ is other.__func__ and self.__self__ is other.__self__

    def __hash__(self) -> int:
        return hash((identity(self.__func__), identity(self.__self__)))

    def __repr__(self) -> str:
        return f"<bound {self.__func__!r} of {self.__self__!r}>"

    def __reduce__(self) -> tuple[Any, ...]:
        return getattr, (self.__self__, self.__func__.__name__)

    def is_cached(self, /, *args: Q.args, **kwargs: Q.kwargs) -> bool:
        """Tell whether this call would be a hit."""
        found: bool = self.__func__.is_cached(self.__self__, *args, **kwargs)
        return found

    def explain(self, /, *args: Q.args, **kwargs: Q.kwargs) -> Explanation:
        """Say whether this call would be a hit, and if not, what changed."""
        found: Explanation = self.__func__.explain(self.__self__, *args, **kwargs)
        return found

    def forget(self, /, *args: Q.args, **kwargs: Q.kwargs) -> bool:
        """Delete the entry of this call; tell whether there was one."""
        found: bool = self.__func__.forget(self.__self__, *args, **kwargs)
        return found


class BoundToClass(classmethod):  # type: ignore[type-arg]
    """A class method over a checkpointed function; it offers what `Bound` offers, also from Python 3.13 on."""

    def __get__(self, instance: Any, owner: type | None = None) -> Any:
        """Bind to the class."""
        return Bound(self.__func__, type(instance) if owner is None else owner)
