"""Items of `watch` and `produce`: a name, and the way from its value to a part: `f.a`, `f.f.b`, `d['b']`."""

from __future__ import annotations

import functools
from keyword import iskeyword
from typing import TYPE_CHECKING, Any

from ._errors import SettingError, SettingTypeError, UnboundNameError
from .process._late import loading
from .process._records import NamedTuple

if TYPE_CHECKING:
    import ast

__all__ = ["Item", "parse"]


class Item(NamedTuple):
    """One parsed item.

    Attributes:
        text: as its writer would write it, in one normal form.
        root: the name that it starts from.
        steps: the way on from there: `(".", attribute)` or `("[]", constant)`.
    """

    text: str
    root: str
    steps: tuple[tuple[str, Any], ...] = ()

    def get(self, value: object) -> object:
        """Return the part of the root's value; raises AttributeError, LookupError or TypeError where it is not."""
        for kind, key in self.steps:
            value = getattr(value, key) if kind == "." else value[key]  # type: ignore[index]
        return value

    def get_or(self, value: object, default: object) -> object:
        """Return the part of the root's value, or the default where it is not there."""
        try:
            return self.get(value)
        except (AttributeError, LookupError, TypeError):
            return default

    def get_produced(self, value: object, unbound: object, where: str) -> object:
        """Return the part of the root's value after a run.

        Raises:
            UnboundNameError: it is not there; the root's value is `unbound` where the root itself is not.
        """
        try:
            if value is not unbound:
                return self.get(value)
            problem: Exception | None = None
        except (AttributeError, LookupError, TypeError) as error:
            problem = error
        raise UnboundNameError(f"{where}: `{self.text}` is in `produce`, but the block left it unbound") from problem

    def set(self, value: object, part: object) -> None:
        """Bind the part below the root's value, as the block would have done."""
        for kind, key in self.steps[:-1]:
            value = getattr(value, key) if kind == "." else value[key]  # type: ignore[index]
        kind, key = self.steps[-1]
        if kind == ".":
            setattr(value, key, part)
        else:
            value[key] = part  # type: ignore[index]


@functools.lru_cache(1024)
def parse(option: str, text: object) -> Item:
    """Return the item that a text names.

    Args:
        option: `watch`, `produce` or `ignore`, for the message.
        text: what the user wrote.

    Raises:
        SettingTypeError: it is no text.
        SettingError: it is neither a name nor attributes and constant subscripts of one.

    Example:
        >>> parse("watch", 'd["b"].c').text
        "d['b'].c"
    """
    if not isinstance(text, str):
        raise SettingTypeError(f"{option}: an item must be a string that names something, not {text!r}")
    item = _parse(text)
    if item is None:
        raise SettingError(
            f"{option}: {text!r} is no name; write a name, attributes of it (`f.a`) or constant subscripts (`d['b']`)"
        )
    return item


@functools.lru_cache(1024)  # a block in a loop has its lists read at every turn
def _parse(text: str) -> Item | None:
    if text.isascii() and text.isidentifier() and not iskeyword(text):
        return Item(text, text)
    with loading:
        import ast  # noqa: PLC0415  (3 ms, and most items are plain names)

    try:
        node: ast.expr = ast.parse(text.strip(), mode="eval").body
    except (SyntaxError, ValueError):
        return None
    steps: list[tuple[str, Any]] = []
    while not isinstance(node, ast.Name):
        if isinstance(node, ast.Attribute):
            steps.append((".", node.attr))
        elif isinstance(node, ast.Subscript) and (constant := _constant(node.slice)):
            steps.append(("[]", constant[0]))
        else:
            return None
        node = node.value
    steps.reverse()
    written = "".join(f".{key}" if kind == "." else f"[{key!r}]" for kind, key in steps)
    return Item(node.id + written, node.id, tuple(steps))


def _constant(node: ast.expr) -> tuple[object] | None:
    from ast import literal_eval  # noqa: PLC0415  (loaded by the caller)

    try:
        value = literal_eval(node)
        hash(value)
    except (ValueError, TypeError):
        return None
    else:
        return (value,)
