"""What a block tells about itself after it was entered."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .. import computation, engine
from ..model import _settings
from ..model._outcome import Cause, Hit, Reason
from ..model._settings import Options
from ..model.process._late import loading

if TYPE_CHECKING:
    from types import CodeType

    from ..computation import Computation
    from ..report._ledger import Ran
    from ._block_names import Lists
    from ._cache_info import CacheInfo
    from ._explain import Explanation

__all__ = ["BlockQuestions"]


class BlockQuestions:
    """The questions that a block answers; it finds the answers while it is entered."""

    hit: bool
    _options: Options
    _lists: Lists
    _code: CodeType | None
    _computation: Computation | None
    _past: Hit | Ran | None
    _refused: str
    _disabled: bool

    def _label(self) -> str:
        """Return what the block is called, as far as it is known."""
        return self._options.name or self._lists.name

    def explain(self) -> Explanation:
        """Say whether the block was skipped when it was entered last, and if not, what had changed.

        Raises:
            RuntimeError: it has not been entered yet.

        Example:
            >>> n = 3
            >>> with InlineCheckpoint() as cp:
            ...     squares = [i * i for i in range(n)]
            >>> print(cp.explain())
            squares ran: first run
        """
        if self._code is None:
            raise RuntimeError("this block has not been entered yet, so there is nothing to explain")
        with loading:
            from ._explain import Explanation  # noqa: PLC0415  (no hit needs it)

        failed = Explanation(self._label(), False, Reason(Cause.FAILED), past=True)  # noqa: FBT003  (a field of a record)
        return engine.answer(self._label, failed, self._explanation, failed)

    def _explanation(self, failed: Explanation) -> Explanation:
        from ._explain import explain_hit, explain_run  # noqa: PLC0415  (loaded by the caller)

        if self._refused:
            return failed._replace(reason=Reason(Cause.UNKEPT, self._refused))
        if self._computation is None or self._past is None:
            return failed._replace(hit=None, reason=None) if self._disabled else failed
        if not isinstance(self._past, Hit):
            return explain_run(self._past)
        if self.hit:
            return explain_hit(self._computation, self._past, past=True)
        return failed._replace(reason=Reason(Cause.UNSKIPPED))

    def cache_info(self) -> CacheInfo:
        """Return how often blocks of this name were skipped and run, and what is kept of them.

        Raises:
            RuntimeError: it has not been entered yet, so it has no name.

        Example:
            >>> n = 3
            >>> with InlineCheckpoint() as cp:
            ...     cubes = [i ** 3 for i in range(n)]
            >>> cp.cache_info().misses
            1
        """
        if self._code is None:
            raise RuntimeError("this block has not been entered yet, so nothing is known of it")
        with loading:
            from ._cache_info import NOTHING  # noqa: PLC0415  (no hit needs it)

        return engine.answer(self._label, NOTHING, self._cache_info)

    def _cache_info(self) -> CacheInfo:
        from ._cache_info import cache_info  # noqa: PLC0415  (loaded by the caller)

        return cache_info(computation.stores_of(self._options.store, _settings.current())[0], self._lists.name)
