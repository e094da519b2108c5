"""The second face: `with InlineCheckpoint(...)`. It finds names and values; the story does the rest."""

from __future__ import annotations

import io
import sys
import weakref
from collections import ChainMap
from collections.abc import Mapping, Sequence
from types import FrameType, FunctionType, TracebackType
from typing import Any, Final, Self

from . import _settings
from ._computation import MARKERS, Computation
from ._errors import BlockError, CheckpointWarning, NotSavableError, UnknownNameError, UnwatchedNameWarning
from ._items import parse
from ._key import Absent, PartKind
from ._notices import notice
from ._options import remembered_options
from ._outcome import Hit, Miss
from ._pipeline import Run, abandon, begin, finish, look_up
from ._recipe import Input, Recipe, make_recipe, places_of
from ._settings import Options, Settings
from ._stores import stores_of
from .code import Plan, reach_block
from .explain import Explanation, explain_computation
from .frame import (
    UNBOUND,
    Block,
    Skip,
    block_source,
    check_writable,
    find_block,
    location,
    namespace,
    private_names,
    sometimes,
    unlisted,
    write,
)

__all__ = ["InlineCheckpoint"]

_recipes: Final[dict[tuple[Block, int], Recipe]] = {}
"""By block and identity of the options, which the recipe keeps alive: equal options may count differently."""
_sources: Final[weakref.WeakKeyDictionary[Block, bytes]] = weakref.WeakKeyDictionary()
_KEPT: Final = 512  # recipes; a notebook makes a new block each time that a cell runs


class InlineCheckpoint:
    """A `with` block whose results are kept: entered again with the same inputs and code, it does not run.

    On a hit no statement of the block runs; the produced names are bound to what an earlier run left, and
    what that run changed in its inputs is changed again. On an exception nothing is kept.

    Args:
        watch: what the block depends on: names, attributes (`"f.a"`), constant subscripts (`"d['b']"`),
            `File(...)`, `Dir(...)`, `Env(...)`. Left out, every data name that the block reads.
        produce: names, attributes and subscripts that it leaves behind. Left out, all that it assigns.
        ignore: names, dotted parts and reached globals that do not count.
        name: for people; by default the first name that it produces.
        version: any value; counts like an input.
        expires: `"1d"` or a timedelta.
        store: a folder, or a `Store`.
        rng: `"auto"`, or `"ignore"` to leave random streams out.
        recompute: run in any case, and overwrite.

    Attributes:
        hit: whether the block was skipped.
        watch, produce: what was watched and produced, given or read off the block.

    Raises:
        TypeError: a string where a list is expected.
        ValueError: an item that names nothing.
        BlockError: on entry, where the block cannot be skipped: `return`, `yield`, `break` or `continue`
            leave it, or a produced name is never assigned in it.
        UnknownNameError: on entry, where a watched name is not defined.
        UnfingerprintableError: on entry, where a watched value cannot be compared.
        UnboundNameError: after the run, where a produced name was not bound.

    Example:
        >>> numbers = [3, 1, 2]
        >>> with InlineCheckpoint(watch=["numbers"], produce=["ordered"]) as cp:
        ...     ordered = sorted(numbers)
        >>> ordered, cp.hit
        ([1, 2, 3], False)
    """

    __lutil_own__ = True

    def __init__(  # noqa: PLR0913  (the table of options, the same words for both faces)
        self,
        *,
        watch: Sequence[object] | None = None,
        produce: Sequence[str] | None = None,
        ignore: Sequence[str] = (),
        name: str | None = None,
        version: object = None,
        expires: object = None,
        store: object = None,
        rng: str = "auto",
        recompute: bool = False,
    ) -> None:
        rest = {"name": name, "version": version, "expires": expires, "store": store, "rng": rng}
        self._options = remembered_options(watch, produce, ignore, rest)
        for item in self._options.watch or ():
            if not isinstance(item, (str, *MARKERS)):
                raise TypeError(f"watch: an item must be a name, File(...), Dir(...) or Env(...), not {item!r}")
        self._recompute = recompute
        self.hit = False
        self._frame: FrameType | None = None
        self._block: Block | None = None
        self._computation: Computation | None = None
        self._run: Run | None = None
        self._skip: Skip | None = None
        self._outcome: Hit | None = None

    def __enter__(self) -> Self:
        """Look the block up; on a hit arrange that it is skipped, otherwise let it run."""
        frame = sys._getframe(1)  # noqa: SLF001  (the block's own frame)
        block = find_block(frame)
        settings = _settings.current()
        self.hit = False
        self._frame, self._block = frame, block
        self._run = self._skip = self._outcome = None
        if settings.disable:
            return self
        computation = self._resolve(frame, block, settings)
        outcome = look_up(computation, recompute=self._recompute)
        if isinstance(outcome, Miss):
            computation.source = self._source(frame, block)
        run = outcome if isinstance(outcome, Hit) else begin(computation, outcome)
        if isinstance(run, Hit):
            self._arm(frame, block, run)
        else:
            self._run = run
        return self

    def _arm(self, frame: FrameType, block: Block, outcome: Hit) -> None:
        """The last thing of an entry that is a hit: nothing of ours may run between this and the body."""
        skip = Skip()
        try:
            check_writable(frame, block, (), self._unbound(outcome.value))
            self._outcome, self._skip, self.hit = outcome, skip, True
            skip.arm(frame, block)
        except BaseException as error:
            self._outcome = self._skip = None
            self.hit = False
            skip.restore()
            if not isinstance(error, BlockError):  # an interrupt
                raise
            # Inside a tracing function nothing can be skipped: the body runs, and its result is right.
            notice(CheckpointWarning, self._name, "skip", f"{self._name} runs although its results are kept: {error}")

    def __exit__(
        self, exc_type: type[BaseException] | None, exc: BaseException | None, traceback: TracebackType | None
    ) -> bool:
        """Bind what a hit brought, or keep what the run left."""
        skip, frame, block, outcome = self._skip, self._frame, self._block, self._outcome
        self._frame = self._skip = self._outcome = None
        if skip is None or frame is None or block is None or outcome is None:
            run, self._run = self._run, None
            if run is not None and frame is not None:
                self._end(run, frame, exc_type)
            return False
        try:
            self.hit = skip.fired(exc_type)  # a debugger can make Python forget the event: then the body has run
            if self.hit:
                self._bind(frame, block, outcome)
            return self.hit
        finally:
            skip.restore()  # last: nothing of ours may run under a tracer that is back in its place

    def _end(self, run: Run, frame: FrameType, exc_type: type[BaseException] | None) -> None:
        if exc_type is not None:
            abandon(run)
            return
        try:
            outputs = self._collect(run, frame)
        except BaseException:
            abandon(run)
            raise
        names, computation = namespace(frame), run.computation
        computation.left = any(names.own(name, Absent.ABSENT) is value for name, value in computation.old.items())
        finish(run, outputs, _defined_here(outputs, frame))

    def explain(self) -> Explanation:
        """Say whether the block would be a hit with what it was entered with, and if not, what changed.

        Raises:
            RuntimeError: it has not been entered yet.
        """
        if self._computation is None:
            raise RuntimeError("this block has not been entered yet, so there is nothing to explain")
        return explain_computation(self._computation, self._name)

    @property
    def watch(self) -> tuple[str, ...]:
        """What is watched: the list that was given, or the data names that the block was seen to read."""
        if self._options.watch is not None:
            return tuple(_path(item) for item in self._options.watch)
        if self._computation is None:
            return ()
        own = (item for place, item in enumerate(self._computation.reached) if self._computation.is_own(place))
        return tuple(dict.fromkeys(path for item in own for path in item.paths()))

    @property
    def produce(self) -> tuple[str, ...]:
        """What is produced: the list that was given, or the names that the block was seen to assign."""
        if self._options.produce is not None or self._block is None:
            return self._options.produce or ()
        return _assigned(self._block, self._options)

    # How a block becomes a computation.

    @property
    def _name(self) -> str:
        if self._options.name:
            return self._options.name
        produced = self.produce
        return produced[0] if produced else "block"

    def _source(self, frame: FrameType, block: Block) -> bytes:
        """Return the text of a block that runs, so that a later edit can be shown."""
        known = _sources.get(block)
        if known is None:
            found = block_source(frame, block)
            known = _sources[block] = found.text.encode("utf-8", "surrogatepass") if found is not None else b""
        return known

    def _resolve(self, frame: FrameType, block: Block, settings: Settings) -> Computation:
        """Resolve the watched names to values, and what the block's code reaches to a plan."""
        names = namespace(frame)
        space: Mapping[str, object] = frame.f_globals if names.module else names
        if block.target in block.reads:  # bound by the time that the body reads it: to this object
            space = ChainMap({str(block.target): self}, names)  # type: ignore[arg-type]  # it is only read
        plan = reach_block(block.code, block.offsets, space, frame.f_globals, self._name)
        recipe = self._recipe(frame, block, plan, settings)
        values = [self._read(item.path, names, recipe.where) for item in recipe.inputs]
        computation = Computation(recipe, plan, values, settings, stores_of(self._options.store, settings))
        maybe = sometimes(block)
        if maybe:
            names_left = [name for name in self.produce if name in maybe]
            computation.old = {name: names.own(name, Absent.ABSENT) for name in names_left}
        computation.produced = frozenset(self.produce)
        self._computation = computation
        return computation

    def _recipe(self, frame: FrameType, block: Block, plan: Plan, settings: Settings) -> Recipe:
        """Return what all entries of this block share, checked when it is made."""
        options = self._options
        known = _recipes.get((block, id(options)))
        if known is not None and known.plan.nodes is plan.nodes and known.settings is settings:
            return known
        if options.produce is None and (way := unlisted(block)):
            raise BlockError(
                f"{location(frame)}: what this block produces cannot be read off it, since it may bind names by {way}; "
                "give the list: produce=[...]"
            )
        items = [parse("produce", text) for text in options.produce or ()]
        check_writable(frame, block, [item.root for item in items if not item.steps])
        watched = options.watch or ()
        inputs = [Input(PartKind.WATCHED, _path(item), marker=not isinstance(item, str)) for item in watched]
        own = _own(plan, block, listed=options.watch is not None)
        helpers = {place for node in plan.nodes[1:] for place in node.slots}
        slots = [place for place in range(len(places_of(plan))) if place in helpers or place in own]
        recipe = make_recipe(
            name=self._name,
            label=self._name,
            where=location(frame),
            options=options,
            settings=settings,
            plan=plan,
            inputs=inputs,
            slots=slots,
            own=own,
        )
        if options.watch is not None:
            self._name_the_unwatched(plan, recipe)
        if len(_recipes) >= _KEPT:
            _recipes.clear()
        _recipes[block, id(options)] = recipe
        return recipe

    def _name_the_unwatched(self, plan: Plan, recipe: Recipe) -> None:
        """Say once which data names the block itself reads that its `watch` leaves out of the key."""
        watched = {parse("watch", item.path).root for item in recipe.inputs if not item.marker}
        watched |= {parse("produce", text).root for text in self.produce}  # `f.b` as a product reads `f`
        for path in [slot.path for slot in plan.root_slots]:
            if parse("watch", path).root not in watched and path not in self._options.ignore:
                notice(
                    UnwatchedNameWarning,
                    self._name,
                    path,
                    f"{recipe.where}: the block reads `{path}`, which is not in `watch`: a change of it goes unseen; "
                    f'add "{path}" to watch, or to ignore if it does not matter',
                )

    def _read(self, path: str, names: Mapping[str, object], where: str) -> object:
        """Return the watched value of that path.

        Raises:
            UnknownNameError: it is not defined here.
        """
        for marker in self._options.watch or ():
            if not isinstance(marker, str) and _path(marker) == path:
                return marker
        item = parse("watch", path)
        try:
            return item.get(names[item.root])
        except (LookupError, AttributeError, TypeError) as error:
            raise UnknownNameError(f"{where}: watch: `{path}` is not defined here") from error

    # What comes out of a block.

    def _collect(self, run: Run, frame: FrameType) -> dict[str, object]:
        """Return the values of the produced names after a run.

        Raises:
            UnboundNameError: one of them is not bound; the run is not kept then.
        """
        names = namespace(frame)
        found: dict[str, object] = {}
        for text in self.produce:
            item = parse("produce", text)
            value = names.get(item.root, UNBOUND) if item.steps else names.own(item.root, UNBOUND)
            if self._options.produce is not None or _is_left(value):
                found[text] = item.get_produced(value, UNBOUND, run.computation.recipe.where)
        return found

    def _unbound(self, outputs: Any) -> list[str]:
        """Return the names that no list mentions and that the run left unbound."""
        if self._options.produce is not None:
            return []
        return [name for name in self.produce if name not in outputs]

    def _bind(self, frame: FrameType, block: Block, outcome: Hit) -> None:
        """Put back what the run changed, then bind what it produced, whole names first."""
        if outcome.put_back is not None:
            outcome.put_back()
        outputs: Any = outcome.value
        items = {text: parse("produce", text) for text in outputs}
        whole = {items[text].root: value for text, value in outputs.items() if not items[text].steps}
        if block.target is not None:
            whole[block.target] = self
        write(frame, whole, self._unbound(outputs))
        parts = [(item, outputs[text]) for text, item in items.items() if item.steps]
        if parts:
            names = namespace(frame)
            for item, value in parts:
                item.set(names[item.root], value)


def _is_left(value: object) -> bool:
    """Tell whether what no list mentions is worth keeping: it is bound, and no file that is closed already."""
    return value is not UNBOUND and not isinstance(value, InlineCheckpoint) and not _is_closed(value)


def _is_closed(value: object) -> bool:
    return isinstance(value, io.IOBase) and value.closed


def _defined_here(outputs: Mapping[str, object], frame: FrameType) -> NotSavableError | None:
    """Return why outputs cannot be kept: one is a function or class that the block defines, by executing its body."""
    module = frame.f_globals.get("__name__")
    for name, value in outputs.items():
        if isinstance(value, (FunctionType, type)) and value.__module__ == module and value.__qualname__ == name:
            return NotSavableError(name, "the block itself defines it; define functions and classes above the block")
    return None


def _path(item: object) -> str:
    return item if isinstance(item, str) else repr(item)


def _own(plan: Plan, block: Block, *, listed: bool) -> frozenset[int]:
    """Return which reached places the block's own names are; none with an explicit list, which is the user's word.

    Without one, what the block only changes (`rows.append(x)`) counts as well: it comes back as an after-state.
    """
    if listed or not plan.nodes:
        return frozenset()
    effects = range(len(plan.slots), len(plan.slots) + len(plan.effects))
    changed = (place for place in effects if places_of(plan)[place].path in block.reads)
    own = (*plan.nodes[0].slots, *changed)
    return frozenset(place for place in own if places_of(plan)[place].path != block.target)


def _assigned(block: Block, options: Options) -> tuple[str, ...]:
    """Return the names that a block without a list produces: all that it assigns, but those it keeps to itself."""
    private = private_names(block)
    return tuple(name for name in block.writes if name not in private and name not in options.ignore)
