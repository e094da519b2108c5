"""The map of a coroutine function: items are tasks of the running loop, a few at a time.

In a loop that is not of asyncio, items are awaited one after the other.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import aclosing

from ._map_items import Finished, Item, Items, into
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


async def yielded(items: Items, most: int, *, ordered: bool) -> AsyncIterator[object]:
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


async def _finished(items: Items, most: int) -> AsyncIterator[Finished]:
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


async def _run(items: Items, most: int) -> AsyncIterator[Finished]:
    """Yield the items as they are done; as `_map._run`, with tasks for futures."""
    running: dict[asyncio.Task[Done], Item] = {}
    try:
        while items.failure is None:
            while items.ready:
                yield items.ready.popleft()
            if items.has_more:
                items.look()
                await asyncio.sleep(0)  # others of the loop may have waited for long
            while items.to_run and len(running) < most:
                item = items.to_run.popleft()
                running[asyncio.create_task(run_coroutine(items.job(item)))] = item
            if items.ready or items.has_more or (items.to_run and not running):
                continue
            if not running:
                return
            await _settle_some(items, running)
        while running:
            await _settle_some(items, running)
    finally:
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)
    while items.ready:
        yield items.ready.popleft()
    if items.failure is not None:
        raise items.failure[1]


async def _settle_some(items: Items, running: dict[asyncio.Task[Done], Item]) -> None:
    over, _ = await asyncio.wait(running, return_when=asyncio.FIRST_COMPLETED)
    for task in over:
        item = running.pop(task)
        if task.cancelled():
            items.fail(item, asyncio.CancelledError())
        elif (error := task.exception()) is not None:
            items.fail(item, error)
        else:
            items.done(item, task.result())
    items.progress.show()


async def _run_in_turn(items: Items) -> AsyncIterator[Finished]:
    while items.failure is None:
        while items.ready:
            yield items.ready.popleft()
        if items.has_more:
            items.look()
        elif items.to_run:
            item = items.to_run.popleft()
            try:
                done = await run_coroutine(items.job(item))
            except Exception as error:  # noqa: BLE001  (an item may raise what it likes)
                items.fail(item, error)
            else:
                items.done(item, done)
            items.progress.show()
        else:
            return
    while items.ready:
        yield items.ready.popleft()
    if items.failure is not None:
        raise items.failure[1]
