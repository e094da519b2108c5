"""P9: an exception that comes from outside (Ctrl-C, time limits, handlers of signals) reaches the caller at any time."""

from __future__ import annotations

import asyncio
import ctypes
import functools
import signal
import sys
import threading
import types
import warnings

import pytest
from guard_support import check_clean

from Lutil.checkpoints import CheckpointWarning, InternalErrorWarning, NotSavedWarning, checkpoint
from Lutil.checkpoints.engine import _miss_to_entry, _run
from Lutil.checkpoints.fingerprint.walk._walker import Walker
from Lutil.checkpoints.model.process._interrupts import is_interrupt
from Lutil.checkpoints.observe import _recorder, _watching
from Lutil.checkpoints.store.claims import _claims

pytestmark = pytest.mark.usefixtures("lenient")
runs: list[object] = []


class TimeLimitError(Exception):
    pass


@pytest.fixture(autouse=True)
def no_runs():
    runs.clear()
    MOMENT.place, MOMENT.act = "", come
    yield
    check_clean()


class Handler:
    def __call__(self, number, frame):
        raise TimeLimitError

    def method(self, number, frame):
        raise TimeLimitError


def forgetful(*given):
    del given
    raise TimeLimitError


def resetting(number, frame):
    signal.signal(number, signal.SIG_DFL)
    raise TimeLimitError


def raising(error, number, frame):
    raise error


HANDLERS = {
    "function": lambda number, frame: raising(TimeLimitError(), number, frame),
    "object": Handler(),
    "method": Handler().method,
    "partial": functools.partial(raising, TimeLimitError()),
    "one that forgets what it was given": forgetful,
    "one that is set no more": resetting,
    "of the system": functools.partial(raising, TimeoutError("too long")),
    "of Python": functools.partial(raising, ValueError("too long")),
}


def come():
    signal.raise_signal(signal.SIGINT)


MOMENT = threading.local()
"""When something comes, and what: reached, it counts by its type only."""


class Value:
    """Has something come while one of its methods is called."""

    def __init__(self, n=0):
        self.n = n

    def _come(self, place):
        if MOMENT.place == place:
            MOMENT.place = ""
            MOMENT.act()

    def __getstate__(self):
        self._come("getstate")
        return {"n": self.n}

    def __setstate__(self, state):
        self._come("setstate")
        self.__dict__.update(state)


@checkpoint
def make(n):
    runs.append(n)
    return Value(n)


@checkpoint
def take(value):
    runs.append(value.n)
    return value.n


@pytest.fixture
def handled(request):
    before = signal.getsignal(signal.SIGINT)
    signal.signal(signal.SIGINT, HANDLERS[request.param])
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.parametrize("handled", HANDLERS, indirect=True)
@pytest.mark.parametrize("moment", ["save", "compare", "restore"])
def test_what_a_handler_raises_reaches_the_caller(handled, moment):
    if moment == "restore":
        make(1)
    call = take if moment == "compare" else make
    given = Value(1) if moment == "compare" else 1
    MOMENT.place = {"save": "getstate", "compare": "getstate", "restore": "setstate"}[moment]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with pytest.raises((TimeLimitError, TimeoutError, ValueError), match=r"too long|^$"):
            call(given)
    assert not MOMENT.place
    check_clean()
    found = call(given)
    assert getattr(found, "n", found) == 1


@pytest.mark.parametrize("error", [TimeLimitError, ValueError, TimeoutError, RuntimeError])
def test_what_a_value_itself_raises_while_it_is_saved_costs_the_entry(error):
    def fail():
        raise error("mine")

    MOMENT.place, MOMENT.act = "getstate", fail
    with pytest.warns(NotSavedWarning, match="mine"):
        assert make(2).n == 2
    assert runs == [2]
    assert make(2).n == 2


def put_into(thread, error):
    ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(thread), ctypes.py_object(error))


def waiting():
    """Return the threads that wait for a key right now."""
    frames = sys._current_frames()
    return [number for number, frame in frames.items() if frame.f_code is _claims.Holding.wait.__code__]


@pytest.mark.parametrize("error", [TimeLimitError, KeyboardInterrupt, TimeoutError])
def test_what_is_put_into_a_thread_that_waits_for_a_key_reaches_it(error):
    began, end, heard = threading.Event(), threading.Event(), []

    @checkpoint
    def slow(x):
        runs.append(x)
        began.set()
        end.wait(60)
        return x

    def wait():
        try:
            heard.append(slow(1))
        except BaseException as raised:  # noqa: BLE001  (a thread has nobody to tell)
            heard.append(type(raised))

    first = threading.Thread(target=slow, args=(1,))
    first.start()
    assert began.wait(60)
    second = threading.Thread(target=wait)
    second.start()
    pause = threading.Event()
    while second.ident not in waiting():
        pause.wait(0.005)
    put_into(second.ident, error)
    second.join(60)
    end.set()
    first.join(60)
    assert heard == [error]
    assert runs == [1]


@pytest.mark.parametrize("moment", ["begin", "save"])
def test_what_is_put_into_the_thread_while_a_run_begins_or_is_saved_reaches_the_caller(moment, monkeypatch):
    here = threading.get_ident()
    put = functools.partial(
        ctypes.pythonapi.PyThreadState_SetAsyncExc, ctypes.c_ulong(here), ctypes.py_object(TimeLimitError)
    )

    @checkpoint
    def f(x):
        runs.append(x)
        if moment == "save":
            clock(put)
        return x

    def clock(counter):
        place = _run if moment == "begin" else _miss_to_entry  # who looks at the clock then
        monkeypatch.setattr(place, "time", types.SimpleNamespace(perf_counter=counter, time=lambda: 1.0))

    if moment == "begin":
        clock(put)
    with pytest.raises(TimeLimitError):
        f(1)
    assert runs == ([] if moment == "begin" else [1])


def test_an_exception_of_a_library_with_compiled_parts_is_no_interrupt():
    numpy = pytest.importorskip("numpy")
    exceptions = getattr(numpy, "exceptions", numpy)
    error = exceptions.AxisError("raised by compiled code")
    code = compile("def fail(error):\n raise error", _miss_to_entry.__file__, "exec")
    names: dict[str, object] = {"__name__": "Lutil.checkpoints.engine._miss_to_entry"}
    exec(code, names)

    def caught(error):
        try:
            names["fail"](error)
        except Exception as raised:  # noqa: BLE001
            return raised.with_traceback(raised.__traceback__.tb_next)

    assert not is_interrupt(caught(error))
    assert not is_interrupt(caught(ValueError("of ours")))
    assert not is_interrupt(caught(OSError(5, "of the system")))
    assert is_interrupt(caught(TimeLimitError()))
    assert is_interrupt(caught(TimeoutError("a limit")))
    assert not is_interrupt(caught(TimeoutError(110, "of the system")))
    assert is_interrupt(KeyboardInterrupt())


def test_a_handler_reaches_the_caller_while_files_are_followed(monkeypatch, tmp_path):
    """The audit hook must not take it for a failure of its own."""
    file = tmp_path / "data.txt"
    file.write_text("7", encoding="utf-8")
    real = type(_recorder.Recorder(root="/").files).read

    def read(self, path):
        signal.raise_signal(signal.SIGINT)
        return real(self, path)

    monkeypatch.setattr(type(_recorder.Recorder(root="/").files), "read", read)

    @checkpoint
    def f():
        return file.read_text(encoding="utf-8")

    before = signal.signal(signal.SIGINT, HANDLERS["function"])
    try:
        with pytest.raises(TimeLimitError):
            f()
    finally:
        signal.signal(signal.SIGINT, before)


def test_a_cancelled_coroutine_that_waits_leaves_the_key_to_others():
    async def main():
        began, end = asyncio.Event(), asyncio.Event()

        @checkpoint
        async def slow(x):
            runs.append(x)
            began.set()
            await end.wait()
            return x

        first = asyncio.create_task(slow(1))
        await began.wait()
        second = asyncio.create_task(slow(1))
        for _ in range(10):
            await asyncio.sleep(0)
        second.cancel()
        with pytest.raises(asyncio.CancelledError):
            await second
        end.set()
        assert await first == 1
        assert await slow(1) == 1

    asyncio.run(main())
    assert runs == [1]


def test_a_cancelled_body_is_cancelled_and_leaves_nothing_behind():
    async def main():
        began = asyncio.Event()

        @checkpoint
        async def slow(x):
            began.set()
            await asyncio.Event().wait()

        task = asyncio.create_task(slow(1))
        await began.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        check_clean()

        body = slow(2)
        body.send(None)
        body.close()

    asyncio.run(main())


def test_our_own_failures_are_warnings_that_can_be_told_apart():
    assert issubclass(InternalErrorWarning, CheckpointWarning)
    assert not issubclass(InternalErrorWarning, NotSavedWarning)


def test_a_run_ends_although_interrupts_come_into_its_end_and_into_the_last_attempt_at_it(monkeypatch):
    told = []
    monkeypatch.setattr(sys, "unraisablehook", lambda unraisable: told.append(unraisable.exc_type))
    change, interrupted = _watching._change, []

    def interrupts_thrice(run, *, on):
        if not on and len(interrupted) < 3:
            interrupted.append(on)
            raise KeyboardInterrupt
        change(run, on=on)

    monkeypatch.setattr(_watching, "_change", interrupts_thrice)

    @checkpoint
    def fails(x):
        raise ValueError(x)

    with pytest.raises(KeyboardInterrupt):
        fails(1)
    check_clean()
    assert interrupted == [False, False, False]
    assert told == [KeyboardInterrupt]


@pytest.mark.parametrize("handled", ["function", "one that forgets what it was given"], indirect=True)
@pytest.mark.parametrize("where", ["argument", "global"])
def test_what_a_handler_raises_while_a_value_is_walked_reaches_the_caller(handled, where, monkeypatch):
    """It is raised in our own code between two values, and neither of them has raised it."""
    enter, left = Walker._enter, [3]

    def interrupted(self, value):
        if type(value) is dict:
            left[0] -= 1
            if not left[0]:
                signal.raise_signal(signal.SIGINT)
        return enter(self, value)

    @checkpoint
    def size(given):
        return len(given) + len(HELD)

    given = [{"a": [n, None]} for n in range(6)] if where == "argument" else []
    HELD[:] = [{"a": [n, None]} for n in range(6)] if where == "global" else []
    monkeypatch.setattr(Walker, "_enter", interrupted)
    with pytest.raises(TimeLimitError):
        size(given)
    monkeypatch.undo()
    check_clean()
    assert size(given) == 6


HELD: list[object] = []


def test_a_handler_that_interrupts_the_first_block_as_it_loads_the_cache_runs_its_own_block(program):
    program.write("""
        import sys
        from Lutil.checkpoints import InlineCheckpoint
        ran = []

        def handler():
            with InlineCheckpoint():
                ran.append(1)

        class Finder:
            def find_spec(self, name, path=None, target=None):
                if name == "Lutil.checkpoints.computation._computation" and not ran:
                    handler()

        sys.meta_path.insert(0, Finder())
        with InlineCheckpoint() as cp:
            b = 2
        print(b, ran, cp.hit)
    """)
    assert program.run() == "2 [1] False\n"
    assert program.run() == "2 [1] True\n"
