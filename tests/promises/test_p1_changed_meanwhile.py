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


@pytest.mark.parametrize("made", [threading.Event, asyncio.Event])
def test_an_event_that_a_run_makes_comes_back_as_it_was_left(made):
    @checkpoint(ignore=["ran"])
    def begun(job):
        ran.append(1)
        job.switch, done = made(), made()
        done.set()
        return done

    for _ in range(2):
        job = Job(None)
        assert begun(job).is_set()
        assert not job.switch.is_set()
        job.switch.set()
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


THREADED = """
    import asyncio, signal, threading
    from Lutil.checkpoints import InlineCheckpoint, checkpoint
    meet = threading.Barrier(2, timeout=20)
    stop, sessions, conf, seen = False, [], {{"rate": 1}}, []
    class Job:
        limit = 10
        def __init__(self): self.cancelled, self.sessions, self.steps, self.switch = False, [], 0, threading.Event()
        def cancel(self): self.cancelled = True
        def open(self): self.sessions.append("a")
        def step(self): self.steps += 1
        def halt(self): self.switch.set()
        def is_over(self): return self.cancelled or self.switch.is_set() or stop
    job = Job()
    def stop_all():
        global stop
        stop = True
    def change():
        {change}
    def by_thread():
        meet.wait()
        change()
        meet.wait()
    def meanwhile():
        meet.wait()
        meet.wait()
    @checkpoint
    def work(job):
        print("ran")
        job.step()
        meanwhile()
        job.step()
        return [job.is_over(), len(job.sessions) if Job.limit > 100 else 0, conf["rate"], sum(map(len, seen))]
    def once(job):
        thread = threading.Thread(target=by_thread)
        thread.start()
        print(work(job), job.steps, job.cancelled, job.sessions, job.switch.is_set(), stop, conf, Job.limit)
        meet.abort()
        thread.join()
    if __name__ == "__main__":
        once(job)
"""
CHANGES = [
    "stop_all()",
    "job.cancel()",
    "job.halt()",
    "conf['rate'] = 2",
    "conf.update(rate=2)",
    "Job.limit = 11",
    "job.cancelled = 'now'",
]


@pytest.mark.parametrize("change", CHANGES)
def test_a_result_is_not_kept_where_another_thread_changed_what_it_may_depend_on(program, change):
    program.write(THREADED.format(change=change))
    first = program.run()
    assert "ran" in first
    assert "changed it while this ran" in program.errors
    assert program.run(check=False) == first


def test_a_run_that_changes_its_inputs_itself_is_kept_beside_other_threads(program):
    program.write(THREADED.format(change="pass"))
    first = program.run()
    assert first.startswith("ran\n[False, 0, 1, 0] 2 False")
    assert program.errors == ""
    text = THREADED.format(change="pass").replace("thread.start()", "")
    program.write(text.replace("thread.join()", ""))
    assert program.run() == first.removeprefix("ran\n")
    assert program.errors == ""


def test_what_a_run_does_in_less_usual_ways_is_its_own_beside_other_threads(program):
    program.write("""
        import threading
        from operator import setitem
        from Lutil.checkpoints import checkpoint
        LEFT, STATE = [1], {"n": 0, "log": []}
        class Base:
            def apply(self, x):
                self._before(x)
                return x
        class Counting(Base):
            last = None
            def __init__(self): self.seen, self.old, self._level, self.callbacks = [], 1, 0, {}
            def _before(self, x): self.seen.append(x)
            @property
            def level(self): return self._level
            @level.setter
            def level(self, to): self._level = to
            def __iadd__(self, x):
                self.total = x
                return self
            def on_end(self): self.ended = True
        def bump(): STATE["n"] += 1; STATE["log"].append(STATE["n"])
        @checkpoint
        def work(c, table):
            global LEFT
            print("ran")
            c.apply(2)
            del c.old
            c.level = 5
            c += 3
            Counting.last = 7
            c.on_end()
            setitem(table, "a", 1)
            bump()
            LEFT = [*LEFT, STATE["n"]]
            return Counting.last
        def beside():
            with lock: pass
        lock = threading.Lock()
        lock.acquire()
        threading.Thread(target=beside).start()
        c, table = Counting(), {}
        print(work(c, table), sorted(vars(c).items()), table, STATE, LEFT, Counting.last)
        lock.release()
    """)
    first = program.run()
    assert first.startswith("ran\n7 ")
    assert program.errors == ""
    assert program.run() == first.removeprefix("ran\n")


SIGNALLED = """
    import signal
    from Lutil.checkpoints import InlineCheckpoint, checkpoint
    stop = False
    class Job:
        stopped = False
    job = Job()
    def on_signal(*_):
        global stop
        stop, job.stopped = True, True
    signal.signal(signal.SIGTERM, on_signal)
    def steps(count):
        done = []
        for number in range(count):
            if stop or job.stopped:
                break
            done.append(number)
            if number == 2 and {signalled}:
                signal.raise_signal(signal.SIGTERM)
        return done
    @checkpoint
    def work(count):
        return steps(count)
    print(work(5), stop, job.stopped)
    stop = job.stopped = False
    with InlineCheckpoint():
        found = steps(6)
    print(found, stop, job.stopped)
"""


def test_a_partial_result_that_a_signal_has_cut_short_is_not_kept(program):
    program.write(SIGNALLED.format(signalled="True"))
    first = program.run()
    assert first == "[0, 1, 2] True True\n[0, 1, 2] True True\n"
    assert program.errors.count("changed it while this ran") == 2
    program.write(SIGNALLED.format(signalled="False"))
    assert program.run() == "[0, 1, 2, 3, 4] False False\n[0, 1, 2, 3, 4, 5] False False\n"


def test_what_a_task_changes_while_a_coroutine_waits_is_no_change_of_the_run(program):
    program.write("""
        import asyncio
        from Lutil.checkpoints import checkpoint
        class Job:
            def __init__(self): self.cancelled, self.done = False, []
            def cancel(self): self.cancelled = True
        @checkpoint
        async def work(job):
            print("ran")
            for number in range(4):
                if job.cancelled: break
                job.done.append(number)
                await asyncio.sleep(0.01)
            return len(job.done)
        async def main():
            for cancel in (True, False, False):
                job = Job()
                task = asyncio.create_task(work(job))
                await asyncio.sleep(0)
                while cancel and not job.done: await asyncio.sleep(0)
                if cancel: job.cancel()
                print(await task, job.cancelled)
        asyncio.run(main())
    """)
    first = program.run()
    assert first.splitlines()[1:] == ["1 True", "ran", "4 False", "4 False"]
    assert program.run().splitlines() == ["4 True", "4 False", "4 False"]


def test_two_runs_that_change_one_object_at_once_are_not_kept(program):
    program.write("""
        import sys, threading
        from Lutil.checkpoints import checkpoint
        meet = threading.Barrier(2, timeout=20)
        class Job:
            def __init__(self): self.done = []
        @checkpoint
        def work(job, number, at_once):
            sys.stdout.write("ran\\n")
            if at_once: meet.wait()
            job.done.append(number)
            if at_once: meet.wait()
            return number
        for at_once in (True, False):
            job = Job()
            threads = [threading.Thread(target=work, args=(job, n, at_once)) for n in range(2)]
            for thread in threads: thread.start(); at_once or thread.join()
            for thread in threads: thread.join()
            print(sorted(job.done))
    """)
    assert program.run() == "ran\nran\n[0, 1]\nran\nran\n[0, 1]\n"
    assert "another run that is on at the same time" in program.errors
    assert program.run() == "ran\nran\n[0, 1]\n[0, 1]\n"
