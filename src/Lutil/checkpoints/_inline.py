"""The second face: `with InlineCheckpoint(...)`. It finds names and values; the story does the rest."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from types import FrameType, TracebackType
from typing import Any, Final

from . import _settings
from ._computation import MARKERS, Computation, Input, Recipe, make_recipe
from ._errors import BlockError, CheckpointWarning, UnboundNameError, UnknownNameError, UnwatchedNameWarning
from ._items import parse
from ._key import PartKind
from ._notices import notice
from ._options import options_of
from ._outcome import Hit
from ._pipeline import Run, abandon, begin, finish, look_up
from ._settings import Options, Settings
from ._stores import stores_of
from .code import Plan, reach_block
from .explain import Explanation, explain_computation
from .frame import Block, Skip, check_writable, find_block, location, namespace, write

__all__ = ["InlineCheckpoint"]

_recipes: Final[dict[tuple[Block, Options], Recipe]] = {}
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
        self._options = options_of(
            watch=watch,
            produce=produce,
            ignore=ignore,
            name=name,
            version=version,
            expires=expires,
            store=store,
            rng=rng,
        )
        for item in self._options.watch or ():
            if not isinstance(item, (str, *MARKERS)):
                raise TypeError(f"watch: an item must be a name, File(...), Dir(...) or Env(...), not {item!r}")
        self._recompute = recompute
        self.hit = False
        self.watch: tuple[str, ...] = tuple(str(item) for item in self._options.watch or ())
        self.produce: tuple[str, ...] = self._options.produce or ()
        self._frame: FrameType | None = None
        self._block: Block | None = None
        self._computation: Computation | None = None
        self._run: Run | None = None
        self._skip: Skip | None = None
        self._outputs: Mapping[str, object] = {}

    def __enter__(self) -> InlineCheckpoint:
        """Look the block up; on a hit arrange that it is skipped, otherwise let it run."""
        frame = sys._getframe(1)  # noqa: SLF001  (the block's own frame)
        block = find_block(frame)
        settings = _settings.current()
        self.hit = False
        self._frame, self._block, self._run, self._skip = frame, block, None, None
        computation = self._resolve(frame, block, settings)
        if settings.disable:
            return self
        outcome = look_up(computation, recompute=self._recompute)
        run = outcome if type(outcome) is Hit else begin(computation, outcome)
        if type(run) is Hit:
            self._arm(frame, block, run)
        else:
            self._run = run
        return self

    def _arm(self, frame: FrameType, block: Block, outcome: Hit) -> None:
        """The last thing of an entry that is a hit: nothing of ours may run between this and the body."""
        self._outputs = outcome.value  # type: ignore[assignment]
        self.hit = True
        self._skip = Skip()
        try:
            self._skip.arm(frame, block)
        except BlockError as error:  # inside a tracing function nothing can be skipped: run, uncached
            self.hit = False
            self._skip = None
            notice(CheckpointWarning, self._name, "skip", f"{self._name} runs although its results are kept: {error}")

    def __exit__(
        self, exc_type: type[BaseException] | None, exc: BaseException | None, traceback: TracebackType | None
    ) -> bool:
        """Bind what a hit brought, or keep what the run left."""
        skip, frame, block = self._skip, self._frame, self._block
        if skip is not None and frame is not None and block is not None:
            try:
                if not skip.fired(exc_type):
                    return False
                self._bind(frame, block, self._outputs)
                return True
            finally:
                self._frame = self._skip = None
                skip.restore()  # last: nothing of ours may run under a tracer that is back in its place
        run, self._run = self._run, None
        try:
            if run is not None and frame is not None:
                if exc_type is None:
                    finish(run, self._collect(run, frame))
                else:
                    abandon(run)
        finally:
            self._frame = None
        return False

    def explain(self) -> Explanation:
        """Say whether the block would be a hit with what it was entered with, and if not, what changed.

        Raises:
            RuntimeError: it has not been entered yet.
        """
        if self._computation is None:
            raise RuntimeError("this block has not been entered yet, so there is nothing to explain")
        return explain_computation(self._computation, self._name)

    # How a block becomes a computation.

    @property
    def _name(self) -> str:
        return self._options.name or (self.produce[0] if self.produce else "block")

    def _resolve(self, frame: FrameType, block: Block, settings: Settings) -> Computation:
        """Resolve the watched names to values, and what the block's code reaches to a plan."""
        names = namespace(frame)
        space = frame.f_globals if frame.f_locals is frame.f_globals else names
        plan = reach_block(block.code, block.offsets, space, frame.f_globals, self._name)
        recipe = self._recipe(frame, block, plan, settings)
        values = [self._read(item.path, names, recipe.where) for item in recipe.inputs]
        computation = Computation(recipe, plan, values, settings, stores_of(self._options.store, settings))
        self._computation = computation
        return computation

    def _recipe(self, frame: FrameType, block: Block, plan: Plan, settings: Settings) -> Recipe:
        """Return what all entries of this block share, checked when it is made."""
        options = self._options
        known = _recipes.get((block, options))
        if known is not None and known.plan.nodes is plan.nodes and known.settings is settings:
            return known
        items = [parse("produce", text) for text in options.produce or ()]
        check_writable(frame, block, [item.root for item in items if not item.steps])
        inputs = [Input(PartKind.WATCHED, _path(item), marker=not isinstance(item, str)) for item in options.watch or ()]
        counted = _counted(plan, listed=options.watch is not None)
        recipe = make_recipe(
            self._name, location(frame), options, settings, plan, inputs, slots=counted, label=self._name
        )
        if options.watch is not None:
            self._name_the_unwatched(plan, recipe)
        if len(_recipes) >= _KEPT:
            _recipes.clear()
        _recipes[block, options] = recipe
        return recipe

    def _name_the_unwatched(self, plan: Plan, recipe: Recipe) -> None:
        """Say once which data names the block itself reads that its `watch` leaves out of the key."""
        watched = {parse("watch", item.path).root for item in recipe.inputs if not item.marker}
        for path in [slot.path for slot in plan.root_slots]:
            if path not in watched and path not in self._options.ignore:
                notice(
                    UnwatchedNameWarning,
                    self._name,
                    path,
                    f"{recipe.where}: the block reads `{path}`, which is not in `watch`, so a change of it goes unseen; "
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
        where = run.computation.recipe.where
        found: dict[str, object] = {}
        try:
            for text in self.produce:
                item = parse("produce", text)
                if item.root not in names:
                    raise UnboundNameError(f"{where}: `{item.root}` is in `produce`, but the block left it unbound")
                found[text] = item.get_produced(names[item.root], where)
        except BaseException:
            abandon(run)
            raise
        return found

    def _bind(self, frame: FrameType, block: Block, outputs: Mapping[str, object]) -> None:
        """Bind what a hit brought as the block would have done, whole names first."""
        items = {text: parse("produce", text) for text in outputs}
        whole = {items[text].root: value for text, value in outputs.items() if not items[text].steps}
        if block.target is not None:
            whole[block.target] = self
        write(frame, whole)
        parts = {text: item for text, item in items.items() if item.steps}
        if parts:
            names = namespace(frame)
            for text, item in parts.items():
                item.set(names[item.root], outputs[text])


def _path(item: object) -> str:
    return item if isinstance(item, str) else repr(item)


def _counted(plan: Plan, *, listed: bool) -> list[int]:
    """Return which reached places count: with an explicit list, not those that only the block itself reads."""
    if not listed:
        return list(range(len(plan.slots)))
    helpers = {place for node in plan.nodes[1:] for place in node.slots}
    return [place for place in range(len(plan.slots)) if place in helpers or place not in plan.nodes[0].slots]
