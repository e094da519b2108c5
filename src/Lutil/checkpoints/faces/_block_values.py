"""The values of a block: those that it watches, before its body, and those that it has left, after a run."""

from __future__ import annotations

import contextlib
import importlib
from collections.abc import Mapping
from types import ModuleType
from typing import TYPE_CHECKING

from .. import frame as frames
from ..model._dotted_names import parse
from ..model._errors import UnknownNameError
from ..model._settings import Options
from ._block_names import Lists, is_left, path_of

if TYPE_CHECKING:
    from ..computation import Computation

__all__ = ["import_again", "left_values", "watched_value"]


def watched_value(options: Options, path: str, names: Mapping[str, object], where: str) -> object:
    """Return the watched value of a path.

    Raises:
        UnknownNameError: it is not defined here.
    """
    for marker in options.watch or ():
        if not isinstance(marker, str) and path_of(marker) == path:
            return marker
    item = parse("watch", path)
    try:
        return item.get(names[item.root])
    except (LookupError, AttributeError, TypeError) as error:
        raise UnknownNameError(f"{where}: watch: `{path}` is not defined here") from error


def import_again(block: frames.Block, whole: Mapping[str, object]) -> None:
    """Load the submodules that a skipped block would have loaded below the packages that it binds."""
    packages = {name for name, value in whole.items() if isinstance(value, ModuleType)}
    for name in frames.submodules(block) if packages else ():
        if name.partition(".")[0] in packages:
            with contextlib.suppress(ImportError):  # relative, or gone: whoever needs it will say so
                importlib.import_module(name)


def left_values(
    options: Options,
    lists: Lists,
    names: frames.Namespace,
    foreign: Mapping[str, object],
    computation: Computation,
) -> dict[str, object]:
    """Return the values of the produced names after a run.

    Args:
        options: of the block.
        lists: what it produces.
        names: its namespace as the run has left it.
        foreign: what parts of other objects held before, which it may have set.
        computation: that was run.

    Raises:
        UnboundNameError: one of them is not bound; the run is not kept then.
    """
    found: dict[str, object] = {}
    for text in lists.produced:
        item = parse("produce", text)
        value = names.get(item.root, frames.UNBOUND) if item.steps else names.own(item.root, frames.UNBOUND)
        if options.produce is not None or is_left(text, value, computation.needed or tuple):
            found[text] = item.get_produced(value, frames.UNBOUND, computation.recipe.where)
    for text, before in foreign.items():
        item = parse("produce", text)
        value = item.get_or(names.get(item.root, frames.UNBOUND), frames.UNBOUND)
        if value is not frames.UNBOUND and value is not before:
            found[text] = value
    return found
