"""Ray as an executor of `concurrent.futures`, which Ray itself does not offer."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Executor, Future
from typing import Any

__all__ = ["RayExecutor"]


class RayExecutor(Executor):
    """Runs what is submitted as tasks of Ray, which is started here if it was not.

    Raises:
        ImportError: Ray is not installed.
    """

    def __init__(self) -> None:
        import ray  # noqa: PLC0415  (only who asks for it has it)

        if not ray.is_initialized():
            ray.init()
        self._ray: Any = ray
        self._task = ray.remote(_call)
        self._max_workers = max(1, int(ray.cluster_resources().get("CPU", 1)))

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        """Return the future of a task; called off before the task is over, it ends as cancelled."""
        future: Future[Any] = Future()
        reference = self._task.remote(fn, args, kwargs)

        def settle(done: Future[Any]) -> None:
            if not future.set_running_or_notify_cancel():
                return
            error: Any = done.exception()
            if error is None:
                future.set_result(done.result())
            else:
                future.set_exception(getattr(error, "cause", None) or error)  # as it was raised by the task

        reference.future().add_done_callback(settle)
        future.add_done_callback(lambda over: self._ray.cancel(reference) if over.cancelled() else None)
        return future


def _call(function: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    return function(*args, **kwargs)
