"""P1: what threads, tasks and signal handlers tell a run counts, and what they do meanwhile is no change of the run's."""

from __future__ import annotations

import asyncio
import multiprocessing
import threading

import pytest

from Lutil.checkpoints import checkpoint

ran: list[object] = []
SWITCH = threading.Event()


@pytest.fixture(autouse=True)
def nothing_ran():
    ran.clear()
    SWITCH.clear()


class Job:
    def __init__(self, switch):
        self.switch = switch


def below(switch):
    return switch


def held(switch):
    return Job(switch)


EVENTS = [threading.Event, asyncio.Event, multiprocessing.Event]


@pytest.mark.parametrize("passed", [below, held])
@pytest.mark.parametrize("made", EVENTS)
def test_whether_an_event_is_set_counts(made, passed):
    @checkpoint(ignore=["ran"])
    def told(given):
        ran.append(1)
        return (given.switch if isinstance(given, Job) else given).is_set()

    event = made()
    assert [told(passed(event)), told(passed(event))] == [False, False]
    event.set()
    assert [told(passed(event)), told(passed(event))] == [True, True]
    assert told(passed(made())) is False
    assert len(ran) == 2


def test_whether_an_event_of_the_module_is_set_counts():
    @checkpoint(ignore=["ran"])
    def told():
        ran.append(1)
        return SWITCH.is_set()

    assert [told(), told()] == [False, False]
    SWITCH.set()
    assert [told(), told()] == [True, True]
    assert len(ran) == 2


@pytest.mark.parametrize("made", EVENTS)
def test_an_event_that_a_run_sets_is_set_by_the_hit(made):
    @checkpoint(ignore=["ran"])
    def done(event, begun):
        ran.append(1)
        event.set()
        begun.clear()

    for _ in range(2):
        event, begun = made(), made()
        begun.set()
        done(event, begun)
        assert (event.is_set(), begun.is_set()) == (True, False)
    assert len(ran) == 1


@pytest.mark.parametrize("lock", [True, False])
@pytest.mark.parametrize("made", [("Value", "i", 3), ("Array", "d", [1.0, 2.0])])
def test_what_processes_share_counts_and_is_changed_by_the_hit(made, lock):
    @checkpoint(ignore=["ran"])
    def changed(shared):
        ran.append(1)
        if hasattr(shared, "value"):
            shared.value += 2
        else:
            shared[1] += 2

    kind, *args = made
    first, second = (getattr(multiprocessing, kind)(*args, lock=lock) for _ in range(2))
    changed(first)
    assert content(first) != content(second)
    changed(second)
    assert content(first) == content(second)
    assert len(ran) == 1
    changed(second)
    assert len(ran) == 2


def content(shared):
    return bytes(memoryview(getattr(shared, "get_obj", lambda: shared)()))
