"""What a block watches, produces and is called: as it was told, or as it is read off the block's code."""

from __future__ import annotations

import io
from collections.abc import Callable, Collection, Mapping
from types import BuiltinFunctionType, FrameType, FunctionType, ModuleType
from typing import TYPE_CHECKING, Any, Final

from .. import code
from .. import computation as computations
from .. import frame as frames
from ..model._dotted_names import parse
from ..model._errors import BlockError, CheckpointWarning, NotSavableError, UnproducedNameWarning, UnwatchedNameWarning
from ..model._key import Absent, PartKind
from ..model._markers import Env
from ..model._settings import Options
from ..model.process._notices import notice
from ..model.process._records import NamedTuple
from ..model.secrets._redaction import names_secret

if TYPE_CHECKING:
    from ..code import Plan, Slot
    from ..computation import Computation, Recipe

__all__ = [
    "Lists",
    "check_lists",
    "check_unread",
    "defined_here",
    "is_left",
    "left_as_before",
    "lists_of",
    "name_the_unlisted",
    "own_places",
    "parts_of",
    "parts_of_code",
    "path_of",
]

_NO_DATA: Final = (ModuleType, type, FunctionType, BuiltinFunctionType)


class Lists(NamedTuple):
    """What is fixed of a block before anything is looked up.

    Attributes:
        name: for people, and for the folder of its entries.
        produced: the list that was given; without one, all names that the block assigns, but those it keeps to itself.
        uncertain: names without a list that the block binds on some ways through it only.
    """

    name: str
    produced: tuple[str, ...]
    uncertain: tuple[str, ...]


def lists_of(block: frames.Block, options: Options, names: frames.Namespace) -> Lists:
    """Return what a block produces and is called: after its first product, else after the first data it reads."""
    produced = options.produce
    if produced is None:
        private = frames.private_names(block)
        # A name that nobody can write is a tool's: pytest rewrites `assert` with some.
        left = (name for name in block.writes if name.isidentifier() and name not in private)
        produced = tuple(name for name in left if name not in options.ignore)
    maybe = tuple(one for one in produced if one in frames.sometimes(block))
    passing = [one for one in maybe if one in frames.deleted(block)]  # like `error` in `except ... as error`
    first = next((one for one in produced if one not in passing), "")
    name = options.name or first or _first_data(block, names) or "block"
    return Lists(name, produced, maybe)


def _first_data(block: frames.Block, names: frames.Namespace) -> str:
    """Return the first name that a block reads and that stands for data: the model that it fits in place."""
    found = ((name, names.get(name)) for name in block.reads if name != block.target)
    return next((name for name, value in found if value is not None and not isinstance(value, _NO_DATA)), "")


def check_lists(frame: Any, block: frames.Block, options: Options) -> None:
    """See that what a block is to produce can be read off it, and bound by a hit.

    Raises:
        BlockError: it cannot.
    """
    if options.produce is None and (way := frames.unlisted(block)):
        raise BlockError(
            f"{frames.location(frame)}: what this block produces cannot be read off it, since it may bind names "
            f"by {way}; give the list: produce=[...]"
        )
    if (options.produce is None or options.watch is None) and (said := frames.said_to_the_shell(block)):
        raise BlockError(
            f"{frames.location(frame)}: what this block reads and produces cannot be read off it, since `{said}` has "
            "names in its text; write that as plain Python (a cell magic may stand above %%checkpoint), or say with "
            "both lists that they do not matter: watch=[...], produce=[...]"
        )
    items = [parse("produce", text) for text in options.produce or ()]
    frames.check_writable(frame, block, [item.root for item in items if not item.steps])


def check_unread(block: frames.Block, unbound: Collection[str]) -> None:
    """See that no name which a hit leaves unbound is read by the code below, as it may be by now.

    Raises:
        BlockError: one is.
    """
    if unbound and (read := set(frames.read_below(block)).intersection(unbound)):
        what = "which an earlier run left unbound, or as a closed file"
        raise BlockError(f"the code below reads `{min(read)}`, {what}")


def own_places(plan: Plan, block: frames.Block, options: Options, uncertain: Collection[str]) -> frozenset[int]:
    """Return which reached places the block's own names are; none with an explicit list, which is the user's word.

    Without one, what the block only changes (`rows.append(x)`) counts as well: it comes back as an after-state.
    """
    if options.watch is not None or not plan.nodes:
        return frozenset()
    effects = range(len(plan.slots), len(plan.slots) + len(plan.effects))
    places = computations.places_of(plan)
    changed = (place for place in effects if _is_of_block(places[place], block))
    own = (*plan.nodes[0].slots, *changed)
    # What is bound under an inner `with` is bound, but for an exception that is swallowed. The value from before counts
    # where a run has left it (`left_as_before`): else a rerun cell would be another computation for what it has bound.
    passed = {block.target, *(frames.swallowed(block).intersection(uncertain) if uncertain else ())}
    return frozenset(place for place in own if places[place].path not in passed)


def _is_of_block(slot: Slot, block: frames.Block) -> bool:
    """Tell whether what is only written to is a name that the block reads, or is in it (`table['rows']`).

    What belongs to a function, class or module (`step.calls`) may as well be the log of a helper.
    """
    return slot.path.partition("[")[0] in block.reads


def parts_of(block: frames.Block, module: dict[str, object], produced: tuple[str, ...]) -> dict[str, bool]:
    """Return the attributes and subscripts that a block assigns of what it does not bind itself.

    Each with whether every way through the block assigns it.
    """
    source = frames.block_source(block, module)
    found = frames.assigned_parts(source.node) if source is not None else {}
    return {part: certain for part, certain in found.items() if parse("produce", part).root not in produced}


def parts_of_code(
    block: frames.Block, module: dict[str, object], names: frames.Namespace, lists: Lists
) -> dict[str, object]:
    """Return the parts of modules, classes and functions that a block without a list assigns: no after-states.

    Each with what it is before the block, `UNBOUND` for those that every way through it assigns.
    """
    found: dict[str, object] = {}
    for text, certain in parts_of(block, module, lists.produced).items():
        item = parse("produce", text)
        root = names.get(item.root, frames.UNBOUND)
        if isinstance(root, _NO_DATA) and not names_secret(text.rpartition(".")[2]):
            found[text] = frames.UNBOUND if certain else item.get_or(root, frames.UNBOUND)
    return found


def left_as_before(computation: Computation, names: frames.Namespace, block: frames.Block) -> list[str]:
    """Return the names whose value from before a run counts, since it left them though on other ways it binds them.

    Only an object that is another one tells that a name was bound: 9 is 9. So does the name beside it.
    """
    same = {name for name, value in computation.old.items() if names.own(name, Absent.ABSENT) is value}
    if not same:
        return []
    elsewhere = code.bound_below(computation.plans()).union(block.later_writes)
    return sorted(same - frames.bound_with(block, computation.old.keys() - same - elsewhere))


def name_the_unlisted(plan: Plan, block: frames.Block, recipe: Recipe, produced: tuple[str, ...]) -> None:
    """Say once what explicit lists leave out although it matters: names that are read, and names that are used below.

    Only what the block and the code below it show by themselves is named.
    """
    options = recipe.options
    if options.watch is not None:
        watched = {parse("watch", item.path).root for item in recipe.inputs if not item.marker}
        watched |= {parse("produce", text).root for text in produced}  # `f.b` as a product reads `f`
        variables = {item.name for item in options.watch if isinstance(item, Env)}
        for slot in plan.root_slots:
            listed = slot.kind is PartKind.ENVIRONMENT and slot.name in variables
            if not listed and parse("watch", slot.path).root not in watched and slot.path not in options.ignore:
                _tell(recipe, UnwatchedNameWarning, slot.path, _UNWATCHED)
    if options.produce is not None:
        bound = {parse("produce", text).root for text in produced}
        for name in frames.read_below(block):
            if name not in bound and name not in options.ignore:
                _tell(recipe, UnproducedNameWarning, name, _UNPRODUCED)


_UNWATCHED: Final = (
    "{where}: the block reads `{name}`, which is not in `watch`: a change of it goes unseen; "
    'add "{name}" to watch, or to ignore if it does not matter'
)
_UNPRODUCED: Final = (
    "{where}: the block binds `{name}`, which is read below it and is not in `produce`: a skip leaves it as it was; "
    'add "{name}" to produce, or to ignore if it does not matter'
)


def _tell(recipe: Recipe, category: type[CheckpointWarning], name: str, text: str) -> None:
    notice(category, recipe.name, name, text.format(where=recipe.where, name=name))


def is_left(name: str, value: object, read_below: Callable[[], Collection[str]]) -> bool:
    """Tell whether what no list mentions is worth keeping: it is bound, and no closed file that nothing below reads."""
    if value is frames.UNBOUND:
        return False
    return not (isinstance(value, io.IOBase) and value.closed) or name in read_below()


def defined_here(outputs: Mapping[str, object], frame: FrameType) -> NotSavableError | None:
    """Return why outputs cannot be kept: some are functions or classes that the block defines by running."""
    module = frame.f_globals.get("__name__")
    kinds = (FunctionType, type)
    own = [name for name, value in outputs.items() if isinstance(value, kinds) and value.__module__ == module]
    own = [name for name in own if outputs[name].__qualname__ == name]  # type: ignore[attr-defined]  # it is one of these
    if not own:
        return None
    why = "the block itself defines it; define functions and classes above the block"
    return NotSavableError(own[0], why, tuple((name, why) for name in own[1:]))


def path_of(item: object) -> str:
    """Return how an item of a list is called: a name, or a marker as it is written."""
    return item if isinstance(item, str) else repr(item)
