"""The process belongs to the user: what is replaced in it, when, and that others may replace things as well."""

from __future__ import annotations

import textwrap

import pytest

PLACES = """
    import argparse, asyncio, atexit, builtins, concurrent.futures, contextlib, functools, gc, glob, importlib, io
    import logging, multiprocessing.pool, multiprocessing.process, os, pathlib, pickle, queue, random, runpy, selectors
    import shutil, signal, socket, sqlite3, ssl, subprocess, sys, tempfile, threading, time, types, urllib.request
    import weakref, warnings
    try:
        import numpy, numpy.random, pandas
    except ImportError:
        numpy = None

    def everything():
        found = {}
        for name, module in list(sys.modules.items()):
            if name.startswith("Lutil") or name == "__main__" or module is None:
                continue
            for key, value in list(vars(module).items()):
                found[f"{name}.{key}"] = value
                if isinstance(value, type) and value.__module__ == name:
                    found |= {f"{name}.{key}.{k}": v for k, v in list(vars(value).items())}
        found |= {f"sys.meta_path {n}": one for n, one in enumerate(sys.meta_path)}
        found |= {f"sys.path_hooks {n}": one for n, one in enumerate(sys.path_hooks)}
        found["trace"], found["profile"] = sys.gettrace(), sys.getprofile()
        found["hooks"] = (sys.excepthook, sys.displayhook, sys.unraisablehook, threading.excepthook, builtins.__import__)
        found["signals"] = tuple(signal.getsignal(number) for number in signal.valid_signals())
        return found

    def changed(before, after):
        both = before.keys() & after.keys()
        same = lambda a, b: a is b or (type(a) in (tuple, int, str, float) and a == b)
        return sorted(name for name in both if not same(before[name], after[name]))
"""


def in_program(program, text, prelude=PLACES, **options):
    program.write(textwrap.dedent(prelude) + textwrap.dedent(text))
    return program.run(**options).splitlines()


def test_only_what_the_docs_say_is_replaced_and_only_while_a_run_is_on(program):
    said = in_program(
        program,
        """
        before = everything()
        import Lutil.checkpoints
        from Lutil.checkpoints import checkpoint, InlineCheckpoint
        print("import", changed(before, everything()))

        seen = {}
        @checkpoint(ignore=["seen", "before"])
        def f(x):
            seen["run"] = changed(before, everything())
            return x

        f(1)
        print("run", seen["run"])
        print("after", changed(before, everything()))
        with InlineCheckpoint(ignore=["before"]):
            y = f(2) + random.random()
        print("block", changed(before, everything()))
        try:
            with InlineCheckpoint():
                z = 1 / 0
        except ZeroDivisionError:
            print("failed", changed(before, everything()))
        """,
    )
    told = {line.partition(" ")[0]: eval(line.partition(" ")[2]) for line in said}
    harmless = lambda names: [
        n for n in names if n.partition(".")[0] not in {"warnings", "linecache", "re", "_warnings"}
    ]
    assert harmless(told["import"]) == []
    assert harmless(told["after"]) == harmless(told["block"]) == harmless(told["failed"]) == []
    allowed = {
        *(f"os.{name}" for name in ("stat", "lstat", "access", "scandir", "readlink")),
        *(f"os._Environ.{name}" for name in ("__getitem__", "__iter__", "__setitem__", "__delitem__")),
        *(f"random.{name}" for name in ("seed", "setstate", "getstate")),
        *(f"numpy.random.{name}" for name in ("seed", "set_state", "get_state")),
        *(
            "sys.stdin",
            "importlib.import_module",
            "threading.Thread.start",
            "multiprocessing.process.BaseProcess.start",
        ),
        *("argparse.ArgumentParser.parse_known_args", "argparse.ArgumentParser._parse_known_args2"),
        "concurrent.futures._base.Future.add_done_callback",
        "concurrent.futures.thread.ThreadPoolExecutor.submit",
        *(f"multiprocessing.pool.Pool.{name}" for name in ("apply_async", "_map_async", "imap", "imap_unordered")),
    }
    readers = ("sys.meta_path", "pyarrow.")  # of the table of native readers, as far as pandas has loaded them
    assert {name for name in told["run"] if not name.startswith(readers)} <= allowed
    assert "os.stat" in told["run"]
    assert "random.seed" in told["run"]


def test_nothing_at_all_is_replaced_where_only_what_is_declared_counts(program):
    for way in ("option", "setting", "variable", "block"):
        said = in_program(
            program,
            f"""
            hooks = []
            install, sys.addaudithook = sys.addaudithook, lambda hook: hooks.append(hook) or install(hook)
            before = everything()
            from Lutil.checkpoints import InlineCheckpoint, checkpoint, configure
            if {way!r} == "setting":
                configure(observe="declared")
            options = {{"observe": "declared"}} if {way!r} in ("option", "block") else {{}}
            seen = {{}}
            def body():
                seen["run"] = changed(before, everything())
                return 1
            if {way!r} == "block":
                with InlineCheckpoint(ignore=["seen", "before"], **options):
                    y = body()
            else:
                checkpoint(ignore=["seen", "before"], **options)(body)()
            print([n for n in seen["run"] if n.partition(".")[0] not in ("warnings", "linecache", "re")], hooks,
                  "Lutil.checkpoints.observe._audit" in sys.modules)
            """,
            **({"LUTIL_OBSERVE": "declared"} if way == "variable" else {}),
            LUTIL_STORE=way,
        )
        assert said == ["[] [] False"], way


def test_declared_runs_count_what_is_declared_and_say_what_is_not_seen(program):
    said = in_program(
        program,
        """
        from Lutil.checkpoints import File, checkpoint
        pathlib.Path("a.txt").write_text("1"); pathlib.Path("b.txt").write_text("1")
        ran = []
        @checkpoint(observe="declared", watch=[File("b.txt")])
        def inner():
            ran.append("inner")
            return pathlib.Path("a.txt").read_text()
        @checkpoint
        def outer():
            ran.append("outer")
            return inner()
        inner()
        pathlib.Path("a.txt").write_text("2")
        print(inner(), inner.explain().details().splitlines()[-1].strip())
        pathlib.Path("b.txt").write_text("2")
        print(inner(), outer(), ran)
        pathlib.Path("b.txt").write_text("3")
        print(outer(), ran, outer.explain())
        """,
    )
    assert said[0] == '1 files and random streams (observe="declared": no run is watched)'
    assert said[1] == "2 2 ['inner', 'inner', 'outer']"
    assert said[2].startswith("2 ['inner', 'inner', 'outer', 'outer', 'inner'] outer would be skipped")


def test_a_declared_run_learns_what_inner_computations_report(program):
    said = in_program(
        program,
        """
        from Lutil.checkpoints import File, checkpoint
        pathlib.Path("a.txt").write_text("1")
        ran = []
        @checkpoint
        def inner():
            return pathlib.Path("a.txt").read_text()
        @checkpoint(observe="declared")
        def outer(x):
            ran.append(x)
            return inner()
        outer(1); inner(); outer(2)
        pathlib.Path("a.txt").write_text("2")
        print(outer(1), outer(2), ran)
        """,
    )
    assert said == ["2 2 [1, 2, 1, 2]"]


def test_watched_results_count_for_declared_runs_but_not_the_other_way(program):
    text = """
        import sys
        from Lutil.checkpoints import checkpoint
        @checkpoint(name="f")
        def f(x):
            print("ran", end=" ")
            return open("a.txt").read()
        open("a.txt", "a").close()
        print(f(int(sys.argv[1])), end="")
    """
    program.write(text)
    assert program.run("main.py", "1").strip() == "ran"
    assert program.run("main.py", "1", LUTIL_OBSERVE="declared").strip() == ""
    assert program.run("main.py", "2", LUTIL_OBSERVE="declared").strip() == "ran"
    assert program.run("main.py", "2", LUTIL_OBSERVE="declared").strip() == ""
    assert program.run("main.py", "2").strip() == "ran"


@pytest.mark.parametrize(
    ("given", "said"),
    [('observe="none"', "SettingError"), ("observe=True", "SettingError"), ('observe="declared"', "fine")],
)
def test_a_word_for_observe_is_checked_before_anything_runs(program, given, said):
    found = in_program(
        program,
        f"""
        from Lutil.checkpoints import InlineCheckpoint, checkpoint, configure
        for face in (checkpoint, configure, InlineCheckpoint):
            try:
                face({given})
                print("fine")
            except ValueError as error:
                print(type(error).__name__)
        """,
    )
    assert found == [said] * 3


STRADDLES = {
    "from inside a run": """
        @checkpoint
        def f(x):
            patch.start()
            return x
        f(1)
        patch.stop()
    """,
    "into a run": """
        @checkpoint
        def f(x):
            patch.stop()
            return x
        patch.start()
        f(1)
    """,
    "around a run": """
        @checkpoint
        def f(x):
            return x
        patch.start()
        f(1)
        patch.stop()
    """,
    "within a run": """
        @checkpoint
        def f(x):
            patch.start()
            patch.stop()
            return x
        f(1)
    """,
    "from one run into the next": """
        @checkpoint
        def f(x):
            patch.start() if x == 1 else patch.stop()
            return x
        f(1)
        f(2)
    """,
    "over the end of one run and the start of another": """
        @checkpoint
        def f(x):
            if x == 1:
                patch.start()
            return x
        f(1)
        f(2)
        patch.stop()
        f(3)
        f(4)
    """,
}


@pytest.mark.parametrize("how", STRADDLES)
def test_patches_that_overlap_a_run_leave_nothing_behind(program, how):
    """What a patch has saved may be a stand-in: it passes calls through, and is gone at its first call."""
    said = in_program(
        program,
        """
        import os, random, threading
        from unittest import mock
        from Lutil.checkpoints import checkpoint
        from contextlib import ExitStack
        PLACES = [(os, "stat"), (random, "seed"), (threading.Thread, "start"), (type(os.environ), "__getitem__")]
        originals = [vars(owner)[name] for owner, name in PLACES]
        class Patch:
            def start(self):
                self.stack = ExitStack()
                for (owner, name), original in zip(PLACES, originals):
                    def wrapped(*args, original=original, **kwargs):
                        return original(*args, **kwargs)
                    self.stack.enter_context(mock.patch.object(owner, name, wrapped))
            def stop(self):
                self.stack.close()
        patch = Patch()
        """
        + textwrap.dedent(STRADDLES[how]).replace("\n", "\n        ")
        + """
        os.stat("."), random.seed(1), os.environ["PATH"]
        thread = threading.Thread(target=print, args=("in a thread",))
        thread.start()
        thread.join()
        print([vars(owner)[name] is original for (owner, name), original in zip(PLACES, originals)])
        """,
        prelude="",
    )
    assert said == ["in a thread", "[True, True, True, True]"]


def test_what_a_tool_wraps_during_a_run_works_in_all_later_ones(program):
    """Its wrapper calls the stand-in that it found for good; each thread belongs to its run once all the same."""
    said = in_program(
        program,
        """
        import threading, os
        from Lutil.checkpoints import checkpoint
        calls = []
        def wrap():
            inner = threading.Thread.start
            def start(self, *args):
                calls.append(1)
                return inner(self, *args)
            threading.Thread.start = start
        def read(path):
            open(path).close()
        @checkpoint
        def f(x):
            if x == 1:
                wrap()
            thread = threading.Thread(target=read, args=("a.txt",))
            thread.start()
            thread.join()
            return x, sorted(vars(thread)).count("run")
        open("a.txt", "w").close()
        print(f(1), f(2), f(3), len(calls))
        wrapper = threading.Thread.start
        open("a.txt", "w").write("1")
        print([f.is_cached(x) for x in (1, 2, 3)], threading.Thread.start is wrapper, wrapper.__name__)
        """,
        prelude="",
    )
    assert said == ["(1, 0) (2, 0) (3, 0) 3", "[False, False, False] True start"]


def test_names_that_are_imported_in_a_run_are_the_originals_afterwards(program):
    program.write(
        """
        from os import stat, scandir
        from importlib import import_module
        from random import seed
        """,
        "late.py",
    )
    said = in_program(
        program,
        """
        import os, random, importlib
        from Lutil.checkpoints import InlineCheckpoint, checkpoint
        @checkpoint
        def f():
            import late
            return 1
        f()
        import late
        print(late.stat is os.stat, late.scandir is os.scandir, late.import_module is importlib.import_module)
        print(late.seed is random.seed)
        with InlineCheckpoint():
            from os import stat
            y = 1
        print(stat is os.stat)
        """,
        prelude="",
    )
    assert said == ["True True True", "True", "True"]


REPLACED = {
    "a subclass of Thread": """
        class Mine(threading.Thread): pass
        threading.Thread = Mine
    """,
    "a class of its own with a start": """
        class Mine(threading.Thread):
            def start(self):
                return super().start()
        threading.Thread = Mine
    """,
    "a function that makes threads": """
        real = threading.Thread
        threading.Thread = lambda *args, **kwargs: real(*args, **kwargs)
    """,
    "a start that a tool wraps": """
        inner = threading.Thread.start
        class Wrapper:
            def __init__(self, function): self.function = function
            def __get__(self, instance, owner=None): return lambda *args: self.function(instance, *args)
        threading.Thread.start = Wrapper(inner)
    """,
    "a subclass of each pool": """
        import concurrent.futures, concurrent.futures.thread as module, multiprocessing.pool as pools
        class Pool(module.ThreadPoolExecutor): pass
        module.ThreadPoolExecutor = concurrent.futures.ThreadPoolExecutor = Pool
        class Threads(pools.ThreadPool): pass
        pools.ThreadPool = Threads
        class Processes(pools.Pool): pass
        pools.Pool = Processes
    """,
    "a mock of a pool": """
        import concurrent.futures.thread as module
        module.ThreadPoolExecutor = __import__("unittest.mock").mock.MagicMock()
    """,
    "a dictionary for the environment": """
        os.environ = dict(os.environ)
    """,
    "a mapping of its own for the environment": """
        import collections
        class Mine(collections.UserDict): pass
        os.environ = Mine(os.environ)
    """,
    "standard input that is none": """
        sys.stdin = None
    """,
    "standard input of another kind": """
        class Lines:
            __slots__ = ()
            def readline(self): return ""
        sys.stdin = Lines()
    """,
    "stat that is a class": """
        real = os.stat
        class Stat:
            def __new__(cls, *args, **kwargs): return real(*args, **kwargs)
        os.stat = Stat
    """,
    "stat that is a partial": """
        import functools
        os.stat = functools.partial(os.stat)
    """,
    "stat that is an object without attributes": """
        class Stat:
            __slots__ = ("real",)
            def __init__(self, real): self.real = real
            def __call__(self, *args, **kwargs): return self.real(*args, **kwargs)
        os.stat = Stat(os.stat)
    """,
    "a module that is no module": """
        import random
        class Module:
            __slots__ = ("it",)
            def __init__(self, it): self.it = it
            def __getattr__(self, name): return getattr(self.it, name)
        for name in ("random", "importlib", "argparse", "multiprocessing.pool", "concurrent.futures.thread"):
            __import__(name)
            sys.modules[name] = Module(sys.modules[name])
    """,
    "modules that raise when they are looked at": """
        import types
        class Module(types.ModuleType):
            def __getattr__(self, name): raise RuntimeError(name)
            @property
            def __dict__(self): raise RuntimeError("dict")
        for name in ("polars", "pyarrow.parquet", "h5py", "numpy.random", "torch", "click.core", "typer.core", "cv2"):
            sys.modules[name] = Module(name)
    """,
    "modules that are None": """
        for name in ("polars", "h5py", "numpy", "numpy.random", "torch", "argparse", "multiprocessing.process"):
            sys.modules[name] = None
    """,
    "a random module without its hidden object": """
        import random
        del random._inst, random.seed
    """,
    "other functions of time": """
        import time
        for name in ("time", "perf_counter", "monotonic", "process_time", "time_ns"):
            setattr(time, name, lambda: 0)
    """,
    "other functions of builtins": """
        import builtins
        real = builtins.open
        builtins.open = lambda *args, **kwargs: real(*args, **kwargs)
        io.open = builtins.open
    """,
}


@pytest.mark.parametrize("when", ["before the import", "after a run"])
@pytest.mark.parametrize("what", REPLACED)
def test_what_the_user_has_replaced_is_no_obstacle(program, what, when):
    imports = "from Lutil.checkpoints import checkpoint, InlineCheckpoint\n"
    replaces = textwrap.dedent(REPLACED[what])
    run = "checkpoint(name='first')(lambda: 1)()\n"
    lines = replaces + imports if when == "before the import" else imports + run + replaces
    said = in_program(
        program,
        "import io, os, sys, threading\n"
        + lines
        + textwrap.dedent("""
            before = {name: vars(module).get(name, "none") for module, name in
                      [(os, "stat"), (os, "environ"), (threading, "Thread"), (sys, "stdin")]}
            starts = vars(threading.Thread).get("start") if isinstance(threading.Thread, type) else None
            def work(): pass
            @checkpoint
            def f(x):
                thread = threading.Thread(target=work)
                thread.start()
                thread.join()
                return x, os.environ.get("PATH") is not None, os.path.exists(".")
            print(f(1), f(1), f(2))
            with InlineCheckpoint():
                y = 1
            print(y, all(before[name] is vars(module).get(name, "none") for module, name in
                      [(os, "stat"), (os, "environ"), (threading, "Thread"), (sys, "stdin")]))
            now = vars(threading.Thread).get("start") if isinstance(threading.Thread, type) else None
            print(now is starts)
        """),
        prelude="",
        LUTIL_STRICT="1",
    )
    assert said == ["(1, True, True) (1, True, True) (2, True, True)", "1 True", "True"]
    assert "Error" not in program.errors


def test_threads_of_a_replaced_class_still_work_for_the_run(program):
    said = in_program(
        program,
        """
        import threading
        from Lutil.checkpoints import checkpoint
        class Mine(threading.Thread): pass
        threading.Thread = Mine
        def read(): open("a.txt").close()
        @checkpoint
        def f():
            thread = threading.Thread(target=read)
            thread.start()
            thread.join()
        open("a.txt", "w").close()
        f()
        print(f.is_cached())
        open("a.txt", "w").write("1")
        print(f.is_cached())
        """,
        prelude="",
    )
    assert said == ["True", "False"]


def test_what_cannot_be_watched_is_said_by_explain_and_once_in_the_log(program):
    said = in_program(
        program,
        """
        import logging, os, sys
        from Lutil.checkpoints import checkpoint
        logging.basicConfig(level=logging.INFO, stream=sys.stdout, format="%(message)s")
        os.environ = dict(os.environ)
        @checkpoint
        def f(x): return x
        f(1), f(2)
        print([line.strip() for line in f.explain(1).details().splitlines() if "watched" in line][0])
        """,
        prelude="",
    )
    logged = [line for line in said if line.startswith("builtins.dict.__getitem__ cannot be watched")]
    assert len(logged) == 1
    assert said[-1].startswith("builtins.dict.__getitem__ (cannot be watched: ")


def test_a_thread_that_could_not_be_started_keeps_its_own_run(program):
    said = in_program(
        program,
        """
        import threading
        from Lutil.checkpoints import checkpoint
        @checkpoint
        def f():
            thread = threading.Thread(target=print)
            thread.run = own = lambda: print("its own")
            thread.start()
            thread.join()
            kept = thread.run is own
            try:
                thread.start()
            except RuntimeError:
                kept = kept and thread.run is own
            return kept
        print(f())
        """,
        prelude="",
    )
    assert said == ["its own", "True"]


def test_comparisons_of_bytes_and_text_that_are_errors_are_none_of_ours(program):
    program.write("""
        from Lutil.checkpoints import InlineCheckpoint, checkpoint
        @checkpoint
        def f(x, token=b"x"):
            print("ran", end=" ")
            return {b"k": x, "n": token, "text": open("main.py").read()[:4]}
        with InlineCheckpoint():
            print("ran", end=" ")
            held = {b"a": f({"b": b"c", b"d": "c"})}
        print(sorted(held[b"a"], key=repr), f.explain(1) is None)
    """)
    told = "['n', 'text', b'k'] False\n"
    assert [program.run("-bb", "main.py"), program.run("-bb", "main.py")] == ["ran ran " + told, told]
    assert program.errors == ""
