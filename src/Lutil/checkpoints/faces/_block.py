"""The second face: `with InlineCheckpoint(...)`. It finds names and values; the story does the rest."""

from __future__ import annotations

import sys
import weakref
from collections import ChainMap
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from types import CodeType, FrameType, TracebackType
from typing import TYPE_CHECKING, Any, Final, Literal, Self

from .. import code, engine, observe, report
from .. import computation as computations
from .. import frame as frames
from ..model import _settings
from ..model._dotted_names import parse
from ..model._errors import (
    BlockError,
    CheckpointError,
    CheckpointWarning,
    NotSavedWarning,
    SettingTypeError,
    UnfingerprintableError,
)
from ..model._identity import identity
from ..model._key import Absent, PartKind
from ..model._markers import MARKERS
from ..model._options import remembered_options
from ..model._outcome import Hit
from ..model._setting_values import flag_of
from ..model._settings import Settings
from ..model.process._interrupts import is_interrupt
from ..model.process._late import is_being_loaded
from ..model.process._notices import notice
from ._block_names import (
    Lists,
    check_lists,
    check_unread,
    defined_here,
    left_as_before,
    lists_of,
    name_the_unlisted,
    own_places,
    parts_of,
    parts_of_code,
    path_of,
)
from ._block_questions import BlockQuestions
from ._block_values import import_again, left_values, watched_value

if TYPE_CHECKING:
    from ..code import Plan
    from ..computation import Computation, Recipe
    from ..engine import Outputs, Run
    from ..report._ledger import Ran

__all__ = ["InlineCheckpoint"]

_known: Final[dict[tuple[frames.Block, int], tuple[Lists, Recipe]]] = {}
"""By block and identity of the options, which the recipe keeps alive: equal options may count differently."""
_sources: Final[weakref.WeakKeyDictionary[frames.Block, bytes]] = weakref.WeakKeyDictionary()
_UNKNOWN: Final = Lists("block", (), ())
_KEPT: Final = 512  # recipes; a notebook makes a new block each time that a cell runs


class InlineCheckpoint(BlockQuestions):
    """A `with` block whose results are kept: entered again with the same inputs and code, it does not run.

    On a hit no statement of the block runs; the produced names are bound to what an earlier run left, and
    what that run changed in its inputs is changed again. On an exception nothing is kept.

    Args:
        watch: what the block depends on: names, attributes (`"f.a"`), constant subscripts (`"d['b']"`),
            `File(...)`, `Dir(...)`, `Env(...)`. Left out, every data name that the block reads.
        produce: names, attributes and subscripts that it leaves behind, and files that it writes and that are to be
            kept at any size: `File(...)`, `Dir(...)`. Left out, all that it assigns.
        ignore: names, dotted parts and reached globals that do not count.
        name: for people; by default the first name that it produces.
        version: any value; counts like an input.
        expires: `"1d"` or a timedelta.
        store: a folder, or a `Store`.
        rng: `"auto"`, or `"ignore"` to leave random streams out.
        observe, shared, shared_mode, shared_timeout: as for `checkpoint`; by default as configured.
        keep_if: a function of what the block produced, as a dictionary by name: that is kept only where it returns
            something true. It is no part of the key. Where it raises, nothing is kept, and one notice says so.
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
        UnfingerprintableError: on entry, where a value in `watch` cannot be compared. Without `watch`, a block that
            reads such a value runs each time, and one notice says so.
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
        produce: Sequence[object] | None = None,
        ignore: Sequence[str] = (),
        name: str | None = None,
        version: object = None,
        expires: object = None,
        store: object = None,
        rng: str = "auto",
        observe: str | None = None,
        keep_if: Callable[[dict[str, Any]], object] | None = None,
        shared: str | Literal[False] | None = None,
        shared_mode: str | None = None,
        shared_timeout: float | str | None = None,
        recompute: bool = False,
    ) -> None:
        rest = {
            "name": name, "version": version, "expires": expires, "store": store, "rng": rng, "observe": observe,
            "keep_if": keep_if, "shared": shared, "shared_mode": shared_mode, "shared_timeout": shared_timeout,
        }  # fmt: skip
        self._options = remembered_options(watch, produce, ignore, rest)
        for item in self._options.watch or ():
            if not isinstance(item, (str, *MARKERS)):
                raise SettingTypeError(f"watch: an item must be a name, File(...), Dir(...) or Env(...), not {item!r}")
        self._recompute = flag_of("recompute", recompute)
        self.hit = False
        self._frame: FrameType | None = None
        self._block: frames.Block | None = None
        self._code: CodeType | None = None
        self._computation: Computation | None = None
        self._run: Run | None = None
        self._skip: frames.Skip | None = None
        self._outcome: Hit | None = None
        self._refused = ""
        self._past: Hit | Ran | None = None
        self._lists, self._disabled = _UNKNOWN, False
        self._module: dict[str, object] = {}
        self._foreign: dict[str, object] = {}

    def __reduce__(self) -> tuple[Any, ...]:
        """Come back as one that was skipped: with a block around it, or in another process, it does not run."""
        return _skipped_along, ()

    def __enter__(self) -> Self:
        """Look the block up; on a hit arrange that it is skipped, otherwise let it run."""
        frame = sys._getframe(1)  # noqa: SLF001  (the block's own frame)
        self.hit = self._disabled = False
        self._frame, self._code = frame, frame.f_code  # no block keeps code alive, and a cell's ends with its statement
        self._block = self._run = self._skip = self._outcome = self._past = self._computation = None
        self._lists, self._module, self._refused = _UNKNOWN, frame.f_globals, ""
        try:
            entry = engine.opened(self._label, self._resolve, (frame,), self._recompute, self._settle)
        except UnfingerprintableError as error:
            self._go_without(error)
            entry = None
        except AttributeError as error:
            if not is_being_loaded(error):
                raise
            entry = None  # a handler of a signal that has interrupted the first block of the process: the next has it
        if isinstance(entry, Hit):
            self._past = entry._replace(value=None, put_back=None)
            self._arm(frame, entry)
        else:
            self._run = entry
        return self

    def _settle(self, entry: Hit | Run) -> None:
        frame, block = self._frame, self._block
        if not isinstance(entry, Hit) and frame is not None and block is not None:
            self._past = entry.ran
            if self._options.produce is None:
                self._foreign = parts_of_code(block, self._module, frames.namespace(frame), self._lists)

    def _go_without(self, error: UnfingerprintableError) -> None:
        """Let a block run that reads what cannot be compared, where nobody has declared that it does.

        Raises:
            UnfingerprintableError: the user has declared it.
        """
        by_option = self._options.version is not None and error.path.startswith("version")
        if self._options.watch is not None or by_option:
            raise error
        self._refused = f"`{error.path}` cannot be compared"
        name = self._lists.name
        notice(NotSavedWarning, name, "uncompared", f"{name} runs each time and is not kept: {error}")

    def _arm(self, frame: FrameType, outcome: Hit) -> None:
        """The last thing of an entry that is a hit: nothing of ours may run between this and the body."""
        skip = frames.Skip()
        try:
            block: Any = self._block  # found by `_resolve`, where there is a hit
            unbound = self._unbound(outcome.value)
            frames.check_writable(frame, block, (), unbound)
            check_unread(block, unbound)
            self._outcome, self._skip, self.hit = outcome, skip, True
            skip.arm(frame, block)
        except BaseException as error:
            self._outcome = self._skip = None
            self.hit = False
            skip.restore()
            if isinstance(error, BlockError):
                # Inside a tracing function nothing can be skipped: the body runs, and its result is right.
                text = f"{self._lists.name} runs although its results are kept: {error}"
                notice(CheckpointWarning, self._lists.name, "skip", text)
            elif not isinstance(error, Exception) or not engine.costs_the_entry(self._label, error):
                raise

    def __exit__(
        self, exc_type: type[BaseException] | None, exc: BaseException | None, traceback: TracebackType | None
    ) -> bool | None:  # to a type checker, `bool` says that names of the block may be unbound below it
        """Bind what a hit brought, or keep what the run left."""
        skip, frame, block, outcome = self._skip, self._frame, self._block, self._outcome
        self._frame = self._skip = self._outcome = None
        if skip is None or frame is None or block is None or outcome is None:
            run, self._run = self._run, None
            if run is not None and exc_type is not None:
                engine.dropped(run)
            elif run is not None and frame is not None and block is not None:
                engine.closed(run, partial(self._left, run, frame, block))
            return False
        try:
            self.hit = skip.fired(exc_type)  # a debugger can make Python forget the event: then the body has run
            if self.hit:
                self._bind(frame, block, outcome)
            return self.hit
        finally:
            skip.restore()  # last: nothing of ours may run under a tracer that is back in its place

    def _left(self, run: Run, frame: FrameType, block: frames.Block) -> Outputs:
        """Return what the run has left, and why that cannot be kept."""
        outputs = self._collect(run, frame)
        for name in left_as_before(run.computation, frames.namespace(frame), block):
            before = run.earlier.get(name) or run.computation.earlier(name)
            run.recorder.count(observe.Observed(PartKind.EARLIER, name, observe.Mode.VALUE), before)
        return outputs, defined_here(outputs, frame)

    @property
    def watch(self) -> tuple[str, ...]:
        """What is watched: the list that was given, or the data names that the block was seen to read."""
        if self._options.watch is not None:
            return tuple(path_of(item) for item in self._options.watch)
        return engine.answer(self._label, (), self._seen_to_read)

    def _seen_to_read(self) -> tuple[str, ...]:
        if self._computation is None or self._block is None:
            return ()
        own = [item for place, item in enumerate(self._computation.reached) if self._computation.is_own(place)]
        order = {name: place for place, name in enumerate(self._block.reads)}
        own.sort(key=lambda item: order.get(parse("watch", item.slot.path).root, len(order)))
        return tuple(dict.fromkeys(path for item in own for path in item.paths()))

    @property
    def produce(self) -> tuple[str, ...]:
        """What is produced: the list that was given, or names, attributes and subscripts that the block assigns.

        Of the latter those are named that can be read off its source; what it changes in any other way comes back too.
        """
        if self._options.produce is not None or self._block is None:
            return *(self._options.produce or ()), *map(repr, self._options.files)
        parts = engine.answer(self._label, {}, parts_of, self._block, self._module, self._lists.produced)
        return *self._lists.produced, *parts

    # How a block becomes a computation.

    def _source(self) -> bytes:
        """Return the text of a block that runs, so that a later edit can be shown."""
        block: Any = self._block
        known = _sources.get(block)
        if known is None:
            found = frames.block_source(block, self._module)
            known = _sources[block] = found.text.encode("utf-8", "surrogatepass") if found is not None else b""
        return known

    def _resolve(self, frame: FrameType) -> Computation | None:
        """Find the block; resolve the watched names to values, and what its code reaches to a plan."""
        block = self._block = frames.find_block(frame)
        settings = _settings.current()
        names = frames.namespace(frame)
        known = _known.get((block, identity(self._options)))
        self._lists = lists_of(block, self._options, names) if known is None else known[0]
        self._disabled = settings.disable
        if settings.disable:
            return None
        space: Mapping[str, object] = frame.f_globals if names.module else names
        if block.target in block.reads:  # bound by the time that the body reads it: to this object
            space = ChainMap({str(block.target): self}, names)  # type: ignore[arg-type]  # it is only read
        plan = code.reach_block(block.code, block.offsets, space, frame.f_globals, self._lists.name)
        recipe = self._recipe(frame, block, plan, settings)
        values = [watched_value(self._options, item.path, names, recipe.where) for item in recipe.inputs]
        stores = computations.stores_of(self._options.store, settings)
        computation = computations.Computation(recipe, plan, values, settings, stores)
        if self._lists.uncertain:
            computation.old = {name: names.own(name, Absent.ABSENT) for name in self._lists.uncertain}
        computation.produced = frozenset(self._lists.produced)
        computation.source = self._source
        computation.needed = partial(frames.read_below, block)
        self._computation = computation
        return computation

    def _recipe(self, frame: FrameType, block: frames.Block, plan: Plan, settings: Settings) -> Recipe:
        """Return what all entries of this block share, checked when it is made."""
        options, name, produced = self._options, self._lists.name, self._lists.produced
        known = _known.get((block, identity(options)))
        if known is not None and known[1].plan.nodes is plan.nodes and known[1].settings is settings:
            return known[1]
        check_lists(frame, block, options)
        given = [(path_of(item), not isinstance(item, str)) for item in options.watch or ()]
        inputs = [computations.Input(PartKind.WATCHED, path, marker=marker) for path, marker in given]
        own = own_places(plan, block, options, self._lists.uncertain)
        helpers = {place for node in plan.nodes[1:] for place in node.slots}
        recipe = computations.make_recipe(
            name=name,
            where=frames.location(frame),
            options=options,
            settings=settings,
            plan=plan,
            inputs=inputs,
            slots=[place for place in range(len(computations.places_of(plan))) if place in helpers or place in own],
            own=own,
            writes=block.writes,
        )
        report.met_block(recipe.salt, recipe.where)
        name_the_unlisted(plan, block, recipe, produced)
        if len(_known) >= _KEPT:
            _known.clear()
        _known[block, identity(options)] = self._lists, recipe
        return recipe

    # What comes out of a block.

    def _collect(self, run: Run, frame: FrameType) -> dict[str, object]:
        """Return the values of the produced names after a run.

        Raises:
            UnboundNameError: one of them is not bound; the run is not kept then.
        """
        return left_values(self._options, self._lists, frames.namespace(frame), self._foreign, run.computation)

    def _unbound(self, outputs: Any) -> list[str]:
        """Return the names that no list mentions and that the run left unbound."""
        if self._options.produce is not None:
            return []
        return [name for name in self._lists.produced if name not in outputs]

    def _bind(self, frame: FrameType, block: frames.Block, outcome: Hit) -> None:
        """Put back what the run changed, then bind what it produced, whole names first."""
        outputs: Any = outcome.value
        items = {text: parse("produce", text) for text in outputs}
        whole = {items[text].root: value for text, value in outputs.items() if not items[text].steps}
        if block.target is not None:
            whole[block.target] = self
        try:
            import_again(block, whole)
            if outcome.put_back is not None:
                outcome.put_back()
            frames.write(frame, whole, self._unbound(outputs))
        except Exception as error:
            if is_interrupt(error) or isinstance(error, CheckpointError):
                raise
            # It is skipped by now, and Python has no way back into it.
            what = f"{self._label()} was skipped, and what is kept cannot be bound: {type(error).__name__}: {error}"
            raise BlockError(f"{what}; enter it with recompute=True") from error
        parts = [(item, outputs[text]) for text, item in items.items() if item.steps]
        if parts:
            names = frames.namespace(frame)
            for item, value in parts:
                item.set(names[item.root], value)


def _skipped_along() -> InlineCheckpoint:
    """Return what stands for a block that was skipped with the one around it."""
    found = InlineCheckpoint()
    found.hit = True
    return found
