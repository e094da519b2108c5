"""Bound arguments: whatever way a call is written, the same arguments give the same values in one order.

A function with the signature of the wrapped one, which returns its arguments, lets the interpreter do
the binding at its own speed: 0.2 us where `inspect.Signature.bind` takes 5.

What a plain function is called with is read off its code: `inspect` takes 7 ms to load, and is asked about all others.
"""

from __future__ import annotations

import keyword
from collections.abc import Callable
from types import FunctionType
from typing import Any, Final, TypeGuard

from ..model.process._late import loading
from ..model.process._records import NamedTuple

__all__ = ["Binder", "binder_of", "innermost", "makes_coroutine", "makes_generator"]


class Binder(NamedTuple):
    """How the calls of one function are brought to one form.

    Attributes:
        names: of the parameters, in order; `*args` and `**kwargs` are one each; the order of the latter
            counts, as the function can see it.
        bind: takes a call's arguments, returns their values in the order of `names`, defaults filled in.
            Raises TypeError for a call that the function would refuse.
    """

    names: tuple[str, ...]
    bind: Callable[..., tuple[Any, ...]]


class _Parameter(NamedTuple):
    """One parameter; its kind is the number that `inspect.Parameter.kind` is."""

    name: str
    kind: int
    default: object


_POSITIONAL, _USUAL, _ARGS, _KEYWORD, _KWARGS = range(5)
_STARS: Final = {_ARGS: "*", _KWARGS: "**"}
_NO_DEFAULT: Final = object()
_VARARGS, _VARKEYWORDS, _GENERATOR, _COROUTINE, _ASYNC_GENERATOR = 0x04, 0x08, 0x20, 0x80, 0x200  # `inspect.CO_...`


def binder_of(function: Callable[..., object]) -> Binder:
    """Return how calls of any callable are bound; one without a signature takes `*args` and `**kwargs`."""
    try:
        parameters = _parameters_of(function) if _is_plain(function) else _told_parameters(function)
    except (ValueError, TypeError):  # a C function that does not tell
        return Binder(("args", "kwargs"), lambda *args, **kwargs: (args, kwargs))
    if any(keyword.iskeyword(parameter.name) or not parameter.name.isidentifier() for parameter in parameters):
        return Binder(("args", "kwargs"), lambda *args, **kwargs: (args, kwargs))
    name = getattr(function, "__qualname__", type(function).__qualname__)
    return Binder(tuple(parameter.name for parameter in parameters), _compile(parameters, name))


def makes_generator(function: object) -> bool:
    """Tell whether a call returns a generator, of either kind."""
    if _is_plain(function):
        return bool(function.__code__.co_flags & (_GENERATOR | _ASYNC_GENERATOR))
    with loading:
        import inspect  # noqa: PLC0415  (see above)

    return inspect.isgeneratorfunction(function) or inspect.isasyncgenfunction(function)


def makes_coroutine(function: object) -> bool:
    """Tell whether a call returns a coroutine."""
    if _is_plain(function):
        return bool(function.__code__.co_flags & _COROUTINE)
    with loading:
        import inspect  # noqa: PLC0415  (see above)

    return inspect.iscoroutinefunction(function)


def innermost(function: Any) -> Any:
    """Return what a function wraps, and that in turn, to the end; raises ValueError for a circle."""
    if not hasattr(function, "__wrapped__"):
        return function
    with loading:
        from inspect import unwrap  # noqa: PLC0415  (see above)

    return unwrap(function)


def _is_plain(function: Any) -> TypeGuard[FunctionType]:
    """Tell whether code and defaults say all of a function: nothing was set on it, such as `__signature__`."""
    return type(function) is FunctionType and not function.__dict__


def _parameters_of(function: FunctionType) -> list[_Parameter]:
    """Return the parameters of a function as `inspect.signature` does, read off its code."""
    code = function.__code__
    usual, only, positional = code.co_argcount, code.co_kwonlyargcount, code.co_posonlyargcount
    names = iter(code.co_varnames)
    given = function.__defaults__ or ()
    first = usual - len(given)
    found = []
    for place, name in zip(range(usual), names):  # noqa: B905  (what is left of the names comes next)
        default = _NO_DEFAULT if place < first else given[place - first]
        found.append(_Parameter(name, _POSITIONAL if place < positional else _USUAL, default))
    defaults = function.__kwdefaults__ or {}
    named = [_Parameter(name, _KEYWORD, defaults.get(name, _NO_DEFAULT)) for _, name in zip(range(only), names)]  # noqa: B905
    if code.co_flags & _VARARGS:
        found.append(_Parameter(next(names), _ARGS, _NO_DEFAULT))
    found += named
    if code.co_flags & _VARKEYWORDS:
        found.append(_Parameter(next(names), _KWARGS, _NO_DEFAULT))
    return found


def _told_parameters(function: Callable[..., object]) -> list[_Parameter]:
    """Return the parameters that any callable says it has."""
    with loading:
        import inspect  # noqa: PLC0415  (see above)

    told = [one for one in inspect.signature(function).parameters.values() if _takes(function, one.name, one.kind)]
    return [_Parameter(p.name, int(p.kind), _NO_DEFAULT if p.default is p.empty else p.default) for p in told]


def _takes(function: object, name: str, kind: int) -> bool:
    """Return whether a function has a parameter of its signature: Ray adds one of its own to methods of actors."""
    if kind != _KEYWORD or not isinstance(function, FunctionType):
        return True
    code = function.__code__
    names = code.co_varnames[: code.co_argcount + code.co_kwonlyargcount]
    return bool(code.co_flags & _VARKEYWORDS) or name in names


def _compile(parameters: list[_Parameter], name: str) -> Callable[..., tuple[Any, ...]]:
    defaults: dict[str, object] = {}
    heads: list[str] = []
    starred = False
    for position, parameter in enumerate(parameters):
        if parameter.kind == _KEYWORD and not starred:
            heads.append("*")
            starred = True
        starred = starred or parameter.kind == _ARGS
        text = _STARS.get(parameter.kind, "") + parameter.name
        if parameter.default is not _NO_DEFAULT:
            defaults[f"_default_{position}"] = parameter.default
            text += f"=_default_{position}"
        heads.append(text)
        following = parameters[position + 1].kind if position + 1 < len(parameters) else None
        if parameter.kind == _POSITIONAL and following != _POSITIONAL:
            heads.append("/")
    returned = "".join(f"{p.name}," for p in parameters)
    if {p.name for p in parameters} & set(defaults):  # a parameter would hide what the text needs
        return _slowly(parameters)
    namespace: dict[str, Any] = dict(defaults)
    exec(f"def bind({', '.join(heads)}):\n return ({returned})", namespace)  # noqa: S102  (identifiers only)
    bind: Callable[..., tuple[Any, ...]] = namespace["bind"]
    bind.__qualname__ = name  # what a call is refused by
    return bind


def _slowly(parameters: list[_Parameter]) -> Callable[..., tuple[Any, ...]]:
    with loading:
        from inspect import Parameter, Signature, _ParameterKind  # noqa: PLC0415  (few functions have such names)

    given = [Parameter.empty if p.default is _NO_DEFAULT else p.default for p in parameters]
    told = [Parameter(p.name, _ParameterKind(p.kind), default=d) for p, d in zip(parameters, given, strict=True)]
    signature = Signature(told)

    def bind(*args: Any, **kwargs: Any) -> tuple[Any, ...]:
        bound = signature.bind(*args, **kwargs)
        bound.apply_defaults()
        return tuple(bound.arguments.values())

    return bind
