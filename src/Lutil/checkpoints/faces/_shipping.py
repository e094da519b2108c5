"""How a checkpointed function travels: by name where its name leads back to it, else by value; its store goes along.

In the process that pickled it, what comes back is the function itself. In any other one it keeps its results where
they were kept when it was pickled, wherever that process stands.
"""

from __future__ import annotations

import importlib
import operator
import os
import sys
import weakref
from types import FrameType
from typing import Any, Final

from ..computation import stores_of
from ..model import _settings
from ..model.process._late import loading
from ._function_like import own_attributes

__all__ = ["reduced"]

_SHARING: Final = ("shared", "shared_mode", "shared_timeout")
_alive: Final[weakref.WeakValueDictionary[tuple[int, str], Any]] = weakref.WeakValueDictionary()
"""What this process has pickled by value. A forked child is another process: its globals may differ by then."""


def reduced(function: Any, asks: FrameType) -> tuple[Any, ...]:
    """Return how a checkpointed function is pickled.

    Args:
        function: what is pickled.
        asks: the frame that asks for it: what it wants decides between name and value.
    """
    by_cloudpickle = "cloudpickle" in _module_of(asks)
    compares = _compares(asks)
    store = None if compares else _store_of(function)
    shared = dict.fromkeys(_SHARING) if compares else _shared_of(function)
    found = None if by_cloudpickle and _wanted_by_value(function.__module__, asks) else _leads_to(function)
    if found is not None and (found is function or compares or found._elsewhere.get(str(store)) is function):  # noqa: SLF001
        function._shipped.add((os.getpid(), str(store)))  # noqa: SLF001  (this file keeps it)
        return _by_name, (function.__module__, function.__qualname__, store)
    if not by_cloudpickle and not compares:
        with loading:
            import cloudpickle  # noqa: PLC0415  (only what has no name of its own needs it)

        return cloudpickle.loads, (cloudpickle.dumps(function),)
    state = {
        "function": function._function,  # noqa: SLF001
        "options": function._options._replace(store=store, **shared),  # noqa: SLF001
        "attributes": own_attributes(function),
    }
    return _made, (type(function), None if compares else _token(function)), state, None, None, _fill


def _module_of(frame: FrameType | None) -> str:
    return "" if frame is None else str(frame.f_globals.get("__name__", ""))


def _compares(asks: FrameType) -> bool:
    """Return whether this is joblib.hash: where results are kept is no part of what a function is."""
    return any(_module_of(frame).endswith("joblib.hashing") for frame in (asks, asks.f_back))


def _wanted_by_value(module: str, asks: FrameType) -> bool:
    """Return whether cloudpickle is to take what is in this module by value: a worker has another `__main__`.

    Ray has a copy of cloudpickle, with a list of modules of its own.
    """
    if module == "__main__":
        return True
    registry: set[str] = asks.f_globals.get("list_registry_pickle_by_value", set)()
    return any(module == name or module.startswith(f"{name}.") for name in registry)


def _store_of(function: Any) -> object:
    """Return the store that a function uses now, as an absolute folder where it is one."""
    given, settings = function._options.store, _settings.current()  # noqa: SLF001
    if given is not None and settings.private is None:
        return given
    folder = getattr(stores_of(None, settings)[0], "folder", None)
    return None if folder is None else str(folder)


def _shared_of(function: Any) -> dict[str, Any]:
    """Return the shared store that a function uses now: a worker may have neither these settings nor this disk."""
    settings, options = _settings.current(), function._options  # noqa: SLF001
    given = {name: getattr(options, name) for name in _SHARING}
    return {name: getattr(settings, name) if settings.shared and one is None else one for name, one in given.items()}


def _leads_to(function: Any) -> Any:
    """Return what the function's name leads to if that is the function, wherever either keeps its results."""
    found = _find(function.__module__, function.__qualname__)
    if found is function:
        return found
    if type(found) is not type(function) or found._function is not function._function:  # noqa: SLF001
        return None
    given, options = found._options, function._options  # noqa: SLF001
    same = all(a is b for name, a, b in zip(given._fields, given, options, strict=True) if name != "store")
    return found if same else None


def _find(module: object, name: str) -> Any:
    try:
        return operator.attrgetter(name)(sys.modules.get(str(module)))
    except AttributeError:
        return None


def _by_name(module: str, name: str, store: object) -> Any:
    """Return the checkpointed function of that name, with the store that it had where it was pickled."""
    importlib.import_module(module)
    found = _find(module, name)
    if not hasattr(type(found), "__lutil_reach__"):
        raise AttributeError(f"{module}.{name} is no checkpointed function here")
    at = str(store)
    if store is None or (os.getpid(), at) in found._shipped or str(found._options.store) == at:  # noqa: SLF001
        return found
    if at not in found._elsewhere:  # noqa: SLF001
        found._elsewhere[at] = type(found)(found._function, found._options._replace(store=store))  # noqa: SLF001
    return found._elsewhere[at]  # noqa: SLF001


def _token(function: Any) -> str:
    """Return a name for the function that nothing else has, in any process."""
    if function._token is None:  # noqa: SLF001
        function._token = os.urandom(16).hex()  # noqa: SLF001
    _alive[os.getpid(), function._token] = function  # noqa: SLF001
    return str(function._token)  # noqa: SLF001


def _made(kind: Any, token: str | None) -> Any:
    """Return the function that was pickled by value, if this process did it and still has it; else an empty one."""
    alive = None if token is None else _alive.get((os.getpid(), token))
    return object.__new__(kind) if alive is None else alive


def _fill(function: Any, state: dict[str, Any]) -> None:
    if not hasattr(function, "_function"):
        function.__setstate__(state)
        vars(function).update(state["attributes"])
