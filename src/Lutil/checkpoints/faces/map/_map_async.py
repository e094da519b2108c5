"""The map of a coroutine function: items are tasks of the running loop, a few at a time.

In a loop that is not of asyncio, items are awaited one after the other.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing

from ._map_items import Finished, Items, MapItem, into
from ._map_jobs import Done, run_coroutine

__all__ = ["gathered", "yielded"]


async def gathered(items: Items, most: int) -> list[object]:
    """Return the results of all items."""
    results: list[object] = []
    async with aclosing(_finished(items, most)) as found:
        async for one in found:
            items.handed += 1
            into(results, one)
    return results


async def yielded(items: Items, most: int, *, ordered: bool) -> AsyncGenerator[object, None]:
    """Yield the results as they come, or in order."""
    early: dict[int, Finished] = {}
    following = 0
    async with aclosing(_finished(items, most)) as found:
        async for one in found:
            if not ordered:
                items.handed += 1
                yield one.value
                continue
            early[one.place] = one
            while following in early:
                items.handed += 1
                following += 1
                yield early.pop(following - 1).value


async def _finished(items: Items, most: int) -> AsyncGenerator[Finished, None]:
    whole = False
    try:
        async with aclosing(_run(items, most) if _is_asyncio() else _run_in_turn(items)) as found:
            async for one in found:
                yield one
        whole = True
    finally:
        items.close(whole=whole)


def _is_asyncio() -> bool:
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return False
    return True


async def _run(items: Items, most: int) -> AsyncGenerator[Finished, None]:
    """Yield the items as they are done; as `_map` does, with tasks for futures."""
    running: dict[asyncio.Task[Done], MapItem] = {}
    try:
        while items.failure is None and (items.are_left or running):
            for one in items.drained():
                yield one
            if items.has_more:
                items.look()
                await asyncio.sleep(0)  # others of the loop may have waited for long
            while items.to_run and len(running) < most:
                item = items.to_run.popleft()
                running[asyncio.create_task(run_coroutine(items.job(item)))] = item
            await _settle(items, running, wait=not items.ready and not items.has_more)
        while running:
            await _settle(items, running, wait=True)
    finally:
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)
    for one in items.drained():
        yield one
    items.raise_failure()


async def _settle(items: Items, running: dict[asyncio.Task[Done], MapItem], *, wait: bool) -> None:
    """Take what became of the tasks that are over; if asked so and none is, wait for one."""
    if wait and running:
        await asyncio.wait(running, return_when=asyncio.FIRST_COMPLETED)
    for task in [task for task in running if task.done()]:
        _take(items, running.pop(task), task)
    items.progress.show()


def _take(items: Items, item: MapItem, task: asyncio.Task[Done]) -> None:
    error = asyncio.CancelledError() if task.cancelled() else task.exception()
    if error is None:
        items.done(item, task.result())
    else:
        items.fail(item, error)


async def _run_in_turn(items: Items) -> AsyncGenerator[Finished, None]:
    while items.failure is None and items.are_left:
        for one in items.drained():
            yield one
        if items.has_more:
            items.look()
        elif items.to_run:
            await _run_one(items, items.to_run.popleft())
    for one in items.drained():
        yield one
    items.raise_failure()


async def _run_one(items: Items, item: MapItem) -> None:
    try:
        done = await run_coroutine(items.job(item))
    except Exception as error:  # noqa: BLE001  (an item may raise what it likes)
        items.fail(item, error)
    else:
        items.done(item, done)
    items.progress.show()
