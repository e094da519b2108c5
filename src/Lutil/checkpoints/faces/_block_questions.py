"""What a block tells about itself after it was entered."""

from __future__ import annotations

from types import CodeType

from ..computation._computation import Computation
from ..computation._stores import stores_of
from ..engine._guard import answer
from ..model import _settings
from ..model._outcome import Cause, Hit, Reason
from ..model._settings import Options
from ..report._ledger import Ran
from ._block_names import Lists
from ._cache_info import NOTHING, CacheInfo, cache_info
from ._explain import Explanation, explain_hit, explain_run

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
        failed = Explanation(self._label(), False, Reason(Cause.FAILED), past=True)  # noqa: FBT003  (a field of a record)
        return answer(self._label, failed, self._explanation, failed)

    def _explanation(self, failed: Explanation) -> Explanation:
        if self._refused:
            return Explanation(self._lists.name, False, Reason(Cause.UNKEPT, self._refused), past=True)  # noqa: FBT003  (a field of a record)
        if self._computation is None or self._past is None:
            return failed._replace(hit=None, reason=None) if self._disabled else failed
        if isinstance(self._past, Ran):
            return explain_run(self._past)
        if self.hit:
            return explain_hit(self._computation, self._past, past=True)
        return Explanation(self._lists.name, False, Reason(Cause.UNSKIPPED), past=True)  # noqa: FBT003  (a field of a record)

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
        return answer(self._label, NOTHING, self._cache_info)

    def _cache_info(self) -> CacheInfo:
        return cache_info(stores_of(self._options.store, _settings.current())[0], self._lists.name)
