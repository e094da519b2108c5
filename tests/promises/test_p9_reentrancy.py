"""Runs in odd places: signal handlers, collections, tracers, forks, other interpreters, the end of a program."""

from __future__ import annotations

import os
import sys

import pytest

PRELUDE = """
    import gc, os, signal, sys, threading, time
    from Lutil.checkpoints import InlineCheckpoint, checkpoint
    original = os.stat

    @checkpoint
    def inner(x):
        return x * 2

    @checkpoint
    def outer(x):
        for i in range(2000):
            os.path.exists("nowhere")
        return x + 1
"""


def printed(program, text, *arguments, prelude=PRELUDE, **environment):
    program.write(prelude + text)
    return program.run("main.py", *arguments, **environment).splitlines()


@pytest.mark.skipif(not hasattr(os, "fork"), reason="signals and forks of POSIX")
def test_a_signal_handler_may_call_checkpointed_functions_at_any_time(program):
    said = printed(
        program,
        """
    told = []
    signal.signal(signal.SIGALRM, lambda *_: told.append(inner(f"{len(told)} {time.perf_counter_ns()}")))
    signal.setitimer(signal.ITIMER_REAL, 0.01, 0.01)
    found = [outer(x) for x in range(40)]
    signal.setitimer(signal.ITIMER_REAL, 0)
    print(found == list(range(1, 41)), len(told) > 0, all(told), os.stat is original)
    """,
    )
    assert said == ["True True True True"]
    assert "IndexError" not in program.errors


def test_stand_ins_come_and_go_whole_where_a_run_starts_while_they_do(program):
    """As a signal handler may: in the midst of putting them up, and of taking them down."""
    said = printed(
        program,
        """
    from Lutil.checkpoints.observe import _stand_ins
    seen = []
    for name in ("put_up", "take_down"):
        def interrupted(self, method=getattr(_stand_ins._Standing, name), name=name):
            method(self)
            if self.name == "lstat" and name not in seen:
                seen.append(name)
                seen.append(inner(name))
        setattr(_stand_ins._Standing, name, interrupted)
    print(outer(1), seen, os.stat is original, os.lstat.__name__, _stand_ins._up)
    open("a.txt", "w").close()
    @checkpoint
    def reads(x):
        return os.path.exists("a.txt")
    print(reads(1), os.stat is original)
    os.remove("a.txt")
    print(reads(1))
    """,
    )
    assert said[0] == "2 ['put_up', 'put_upput_up', 'take_down', 'take_downtake_down'] True lstat []"
    assert said[1:] == ["True True", "False"]


def test_collections_and_finalizers_may_call_checkpointed_functions(program):
    said = printed(
        program,
        """
    told, busy = [], []
    def collected(phase, info):
        if not busy:
            busy.append(1)
            told.append(inner(len(told)))
            busy.clear()
    class Last:
        def __del__(self):
            told.append(inner("last"))
    @checkpoint
    def drops(x):
        Last()
        return x
    gc.callbacks.append(collected)
    gc.set_threshold(100)
    found = [outer(x) for x in range(3)]
    gc.callbacks.clear()
    print(found, drops(1), drops(1))
    print("lastlast" in told, len(told) > 1, os.stat is original)
    """,
    )
    assert said == ["[1, 2, 3] 1 1", "True True True"]


@pytest.mark.parametrize("setter", ["settrace", "setprofile"])
def test_tracers_and_profilers_stay_what_they_are(program, setter):
    said = printed(
        program,
        f"""
    def tracer(frame, event, arg):
        return tracer
    sys.{setter}(tracer)
    for _ in range(2):
        with InlineCheckpoint() as cp:
            y = outer(1)
        print(y, cp.hit, sys.{setter.replace("set", "get")}() is tracer)
    sys.{setter}(None)
    """,
    )
    assert said == ["2 False True", "2 True True"]


def test_other_hooks_that_refuse_something_stop_only_that(program):
    said = printed(
        program,
        """
    on = False
    def refusing(event, args):
        if on and (event == "object.__setattr__" or (event == "open" and "forbidden" in str(args[0]))):
            raise PermissionError(event)
    sys.addaudithook(refusing)
    outer(0)  # what runs need is loaded by then: classes are made as it is
    on = True
    print(outer(1), outer(1))
    try:
        checkpoint(lambda: open("forbidden"))()
    except PermissionError as error:
        print(error)
    on = False
    print(outer(2), os.stat is original)
    """,
    )
    assert said == ["2 2", "open", "3 True"]


@pytest.mark.skipif(not hasattr(os, "fork"), reason="signals and forks of POSIX")
def test_a_child_forked_while_threads_start_and_end_runs_is_not_stuck(program):
    said = printed(
        program,
        """
    stop = False
    def work():
        number = 0
        while not stop:
            number += 1
            inner(number % 5 if number % 2 else time.perf_counter_ns())
    threads = [threading.Thread(target=work) for _ in range(2)]
    for thread in threads:
        thread.start()
    failed = 0
    for number in range(15):
        child = os.fork()
        if not child:
            signal.alarm(60)
            code = 1
            try:
                code = 0 if outer(number) == number + 1 and os.stat is original else 2
            except BaseException as error:
                print("child", number, repr(error), flush=True)
            finally:
                os._exit(code)
        status = os.waitpid(child, 0)[1]
        if status:
            failed += 1
            print("child", number, "ended with", status)
    stop = True
    for thread in threads:
        thread.join()
    print(failed, os.stat is original)
    """,
    )
    assert said == ["0 True"]


FORKED = """
    def forked(work):
        child = os.fork()
        if not child:
            signal.alarm(20)
            code = 1
            try:
                code = work()
            finally:
                os._exit(code)
        return os.waitpid(child, 0)[1]
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="forks of POSIX")
def test_a_module_whose_loading_would_begin_as_a_fork_does_is_loaded_afterwards(program):
    said = printed(
        program,
        """
    begins, seen = threading.Event(), []
    def last():  # hooks that were registered first are called last
        if "Lutil.checkpoints" in sys.modules:
            begins.set()
            time.sleep(0.3)
            seen.append(SLOW in sys.modules)
    os.register_at_fork(before=last)

    from Lutil.checkpoints import report
    SLOW = "Lutil.checkpoints.report._history"
    assert SLOW not in sys.modules
    def loads():
        begins.wait()
        report.clear
    thread = threading.Thread(target=loads)
    thread.start()
    print(forked(lambda: report.clear is None), seen)
    thread.join()
    print(SLOW in sys.modules)
    """,
        prelude="    import os, signal, sys, threading, time\n" + FORKED,
    )
    assert said == ["0 [False]", "True"]


@pytest.mark.skipif(not hasattr(os, "fork"), reason="forks of POSIX")
def test_a_child_waits_for_nobody_who_was_making_the_reasons_of_a_run(program):
    said = printed(
        program,
        """
    from Lutil.checkpoints.code.text import _source_text
    original, reached, go = _source_text.source_of, threading.Event(), threading.Event()
    def slow(code):
        reached.set()
        go.wait()
        return original(code)
    inner(0), outer(0)
    _source_text.source_of = slow
    thread = threading.Thread(target=checkpoint(name="another")(lambda x: x), args=(1,))
    thread.start()
    reached.wait()
    _source_text.source_of = original
    print(forked(lambda: checkpoint(name="third")(lambda x: x + 1)(1) - 2))
    go.set()
    thread.join()
    """,
        prelude=PRELUDE + FORKED,
    )
    assert said == ["0"]


def test_two_threads_that_are_the_first_to_run_something_are_watched_once_each(program):
    said = printed(
        program,
        """
    from Lutil.checkpoints.observe import _auditing
    listen, begun = _auditing.listen, []
    def slow(*given):
        begun.append(given)
        time.sleep(0.5)
        listen(*given)
    _auditing.listen = slow

    @checkpoint
    def reads(name):
        with open("log.txt", "a") as log:
            log.write(name)
        return open(name).read()

    def both():
        threads = [threading.Thread(target=lambda name=name: reads(name)) for name in ("a.txt", "b.txt")]
        [thread.start() for thread in threads]
        [thread.join() for thread in threads]

    for name in ("a.txt", "b.txt"):
        open(name, "w").write("old")
    both()
    print(len(begun), reads.is_cached("a.txt"), reads.is_cached("b.txt"))
    for name in ("a.txt", "b.txt"):
        open(name, "w").write("news")
    print(reads("a.txt"), reads("b.txt"))
    """,
    )
    assert said == ["1 True True", "news news"]


@pytest.mark.skipif(sys.version_info >= (3, 12), reason="xxhash cannot be imported there by an interpreter of its own")
def test_another_interpreter_in_the_process_may_import_and_run(program):
    said = printed(
        program,
        """
    import _xxsubinterpreters as interpreters
    code = f"import sys; sys.path[:0] = {sys.path!r}; from Lutil.checkpoints import checkpoint; "
    code += "f = checkpoint(name='f')(lambda x: x); print(f(1), f(1), flush=True)"
    inner(1)
    interpreters.run_string(interpreters.create(), code)
    print(inner(2), os.stat is original)
    """,
    )
    assert said == ["1 1", "4 True"]


def test_threads_that_die_in_a_run_take_the_stand_ins_along(program):
    said = printed(
        program,
        """
    threading.excepthook = lambda args: print(args.exc_type.__name__)
    @checkpoint
    def dies(how):
        if how == "exit":
            sys.exit()
        raise ValueError(how)
    for how in ("error", "exit"):
        thread = threading.Thread(target=dies, args=(how,))
        thread.start()
        thread.join()
    print(os.stat is original)
    """,
    )
    assert said[0] == "ValueError"
    assert said[-1] == "True"


@pytest.mark.parametrize("explain", ["0", "1"])
def test_the_end_of_a_program_says_nothing_of_ours(program, explain):
    said = printed(
        program,
        """
    import atexit
    class Last:
        def __del__(self):
            print("del", inner(3))
    last = Last()
    last.me = last
    atexit.register(lambda: print("atexit", inner(1)))
    started = threading.Event()
    @checkpoint
    def lasts(x):
        started.set()
        time.sleep(600)
    threading.Thread(target=lasts, args=(1,), daemon=True).start()
    started.wait()
    sys.very_late = Last()
    with InlineCheckpoint():
        y = 1
    """,
        LUTIL_EXPLAIN=explain,
    )
    assert said[0] == "atexit 2"
    assert "Traceback" not in program.errors
    assert "Exception" not in program.errors
