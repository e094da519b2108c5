"""dask: a collection counts by its graph, that is by the tasks which make it and what these are given.

The names of tasks don't count: dask makes some of them by chance (`delayed`), and those that it makes from the content
of tasks know a function by its name only, so that an edit of it would not show.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, Final

__all__ = ["DRAWS_ASIDE", "STANDS_FOR"]


def _collection(value: Any) -> object:
    """Return what a collection is made of: what it says of itself, its outputs, and its tasks in order of discovery."""
    known = [name for name in ("_meta", "chunks", "divisions") if hasattr(type(value), name)]
    about = [getattr(value, name) for name in known]  # what is not there is made by `Delayed` when it is asked for
    graph = _Graph(dict(value.__dask_graph__()))
    outputs = [graph.plain(key) for key in _flat(value.__dask_keys__())]
    return about, outputs, list(graph.tasks())


def _flat(keys: Any) -> Iterator[Any]:
    """Yield the keys of nested lists."""
    waiting = [keys]
    while waiting:
        item = waiting.pop()
        if isinstance(item, list):
            waiting.extend(reversed(item))
        else:
            yield item


class _Graph:
    """Tasks by key, of which those are numbered that were met."""

    def __init__(self, tasks: dict[Any, Any]) -> None:
        self._tasks = tasks
        self._numbers: dict[Any, int] = {}
        self._found: list[Any] = []

    def tasks(self) -> Iterator[object]:
        """Yield the tasks that were met, and those that are met in them."""
        for key in self._found:  # grows meanwhile
            yield self._content(self._tasks[key])

    def plain(self, item: Any) -> object:
        """Return an argument of a task, with the numbers of tasks in the place of their keys."""
        kind = type(item).__name__
        if kind in _KINDS and type(item).__module__ == "dask._task_spec":
            return self._content(item)
        if self._is_key(item):
            return "task", self._number(item)
        if type(item) in (list, tuple):
            return [type(item).__name__, *map(self.plain, item)]
        if type(item) is dict:
            return [(self.plain(key), self.plain(inner)) for key, inner in item.items()]
        return item

    def _content(self, task: Any) -> object:
        kind = type(task).__name__
        if type(task).__module__ != "dask._task_spec":
            return self.plain(task) if type(task) in (list, tuple, dict) or self._is_key(task) else task
        if kind == "DataNode":
            return "data", task.value
        if kind in {"Alias", "TaskRef"}:
            return "reference", self.plain(getattr(task, "target", task.key))
        return kind, task.func, self.plain(task.args), self.plain(task.kwargs)

    def _is_key(self, item: Any) -> bool:
        try:
            return isinstance(item, str | bytes | int | float | tuple) and item in self._tasks
        except TypeError:  # a tuple of what has no hash
            return False

    def _number(self, key: Any) -> int:
        if key not in self._numbers:
            self._numbers[key] = len(self._found)
            self._found.append(key)
        return self._numbers[key]


_KINDS: Final = frozenset({"Task", "DataNode", "Alias", "TaskRef", "List", "Tuple", "Set", "Dict", "NestedContainer"})

STANDS_FOR: Final[dict[str, Callable[[Any], object]]] = {"dask.base.DaskMethodsMixin": _collection}
"""What is compared in the place of values, by the name of their class or one of its bases."""

DRAWS_ASIDE: Final = {"dask.sizeof": "random"}
"""A worker measures its results by samples, while other tasks run."""
