"""How long it is right to wait: for whom, by what he does. Time and processes are made up, so nothing waits."""

from __future__ import annotations

import time

import pytest

from Lutil.checkpoints.store.claims._holder import Watch
from Lutil.checkpoints.store.claims._holding import Patience
from Lutil.checkpoints.store.claims._processes import NOWHERE, Machine, Status

PID, THREAD, CHILD, OTHER = 10, 11, 12, 13


class World:
    """Processes that use CPU as they are told to, and a clock that is set."""

    def __init__(self):
        self.now = 1000.0
        self.rates = {PID: 0.0}  # CPU seconds per second
        self.cpu = {PID: 5.0, THREAD: 1.0}
        self.thread_rate = 0.0
        self.children = set()
        self.stopped = self.gone = self.linked = False
        self.asked = 0
        self.machine = Machine(True, self.status, self.used, lambda *_: self.cpu[THREAD], self.connected)

    def status(self, pid):
        return None if self.gone else Status(self.stopped, self.cpu[pid])

    def used(self, pid):
        pids = {pid} | (self.children if pid == PID else set())
        return {pid: self.cpu.setdefault(pid, 0.0) for pid in pids}

    def connected(self, pid, thread):
        self.asked += 1
        return self.linked

    def watch(self, patience=None, *, since=None, usual=0.0, machine=None, pid=PID, thread=THREAD):
        started = time.time() - 10_000 if since is None else since
        chosen = patience or Patience()
        return Watch(machine or self.machine, chosen, pid, thread, started, lambda: usual, lambda: self.now)

    def pass_time(self, watch, seconds, behind=(), step=0.25):
        """Let time go on and the holder be looked at, until it is given up; return why, and after how long."""
        began = self.now
        while self.now < began + seconds:
            if why := watch.enough(lambda: behind):
                return why, self.now - began
            self.now += step
            for pid, rate in self.rates.items():
                self.cpu[pid] = self.cpu.get(pid, 0.0) + rate * step
            self.cpu[THREAD] += self.thread_rate * step
        return watch.enough(lambda: behind), self.now - began


@pytest.fixture
def world():
    return World()


def test_a_stopped_holder_is_given_up_at_once(world):
    world.stopped = True
    assert world.watch().enough(list) == "is stopped"


def test_a_holder_that_is_stopped_later_is_given_up_at_the_next_look(world):
    watch = world.watch()
    assert world.pass_time(watch, 100)[0] == ""
    world.stopped = True
    assert world.pass_time(watch, 1)[0] == "is stopped"


def test_a_dead_owner_whose_lock_lives_on_is_given_up_at_the_second_look(world):
    world.gone = True
    watch = world.watch()
    assert watch.enough(list) == ""
    assert world.pass_time(watch, 1) == ("is gone", 0.25)


@pytest.mark.parametrize("busy", [PID, CHILD])
def test_a_holder_is_waited_for_while_it_or_a_descendant_uses_cpu(world, busy):
    world.children = {CHILD}
    world.rates[busy] = 0.05
    assert world.pass_time(world.watch(), 10_000)[0] == ""


def test_a_holder_without_cpu_is_given_up_after_wait(world):
    why, after = world.pass_time(world.watch(), 1000)
    assert why == "has used no CPU for 300 s"
    assert 300 <= after < 303


def test_cpu_that_only_polls_is_none(world):
    world.rates[PID] = 0.003
    assert world.pass_time(world.watch(), 1000)[0] == "has used no CPU for 300 s"


def test_idleness_counts_from_when_the_holder_stopped_using_cpu(world):
    watch = world.watch()
    world.rates[PID] = 0.5
    assert world.pass_time(watch, 1000)[0] == ""
    world.rates[PID] = 0.0
    assert 296 <= world.pass_time(watch, 1000)[1] < 303


def test_a_holder_that_waits_for_somebody_busy_is_waited_for(world):
    world.rates[OTHER] = 1.0
    assert world.pass_time(world.watch(), 1000, behind=(OTHER,))[0] == ""


def test_an_idle_holder_is_waited_for_until_twice_what_its_last_run_took(world, monkeypatch):
    watch = world.watch(since=time.time(), usual=600.0)
    assert world.pass_time(watch, 1000)[0] == ""
    later = time.time() + 1201
    monkeypatch.setattr(time, "time", lambda: later)
    assert world.pass_time(watch, 10)[0] == "has used no CPU for 300 s"


def test_without_a_limit_an_idle_holder_is_waited_for(world):
    assert world.pass_time(world.watch(Patience(wait=None)), 10_000, step=10)[0] == ""


def test_a_short_limit_is_kept(world):
    why, after = world.pass_time(world.watch(Patience(wait=0.2)), 10, step=0.01)
    assert why
    assert 0.2 <= after < 0.3


def test_an_idle_holder_that_is_connected_to_us_is_given_up_after_seconds(world):
    world.linked = True
    why, after = world.pass_time(world.watch(), 1000)
    assert why == "seems to wait for an answer from this process"
    assert 3 <= after < 5


def test_a_busy_thread_that_is_connected_to_us_is_waited_for(world):
    world.linked, world.thread_rate = True, 1.0
    world.rates[PID] = 1.0
    assert world.pass_time(world.watch(), 1000)[0] == ""


def test_a_thread_that_waits_for_us_is_given_up_however_busy_its_process_is(world):
    world.linked = True
    world.rates[PID] = 1.0
    assert 3 <= world.pass_time(world.watch(), 1000)[1] < 5


def test_a_task_that_is_connected_to_us_is_given_up_however_busy_its_loop_is(world):
    world.linked = True
    world.rates[PID] = 1.0
    assert 3 <= world.pass_time(world.watch(thread=0), 1000)[1] < 5


def test_a_holder_whose_child_computes_is_waited_for_though_it_is_connected(world):
    world.linked, world.children = True, {CHILD}
    world.rates[CHILD] = 1.0
    assert world.pass_time(world.watch(), 1000)[0] == ""
    assert world.asked == 0


def test_connections_are_looked_for_every_few_seconds_only(world):
    world.pass_time(world.watch(), 30)
    assert 5 <= world.asked <= 10


@pytest.mark.parametrize("unseen", ["another machine", "no system that tells"])
def test_a_holder_that_cannot_be_seen_is_waited_for_as_long_as_wait(world, unseen):
    watch = world.watch(pid=0) if unseen == "another machine" else world.watch(machine=NOWHERE)
    why, after = world.pass_time(watch, 1000)
    assert why == "cannot be looked at from here"
    assert 300 <= after <= 301


def test_a_holder_that_cannot_be_seen_has_twice_what_its_last_run_took(world):
    assert world.pass_time(world.watch(pid=0, since=time.time(), usual=1e6), 1000)[0] == ""


def test_what_the_holder_does_is_said_in_words(world):
    watch = world.watch()
    world.rates[PID] = 1.0
    world.pass_time(watch, 30)
    assert watch.doing() == "it uses CPU: this process waits as long as it does"
    world.rates[PID] = 0.0
    world.pass_time(watch, 60)
    assert watch.doing() == "it has used no CPU for 60 s: this process computes as well after 300 s of that"
    assert "cannot be seen from here" in world.watch(pid=0).doing()
