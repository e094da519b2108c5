"""The filter in C: it hands on exactly what a hook in Python would act on, and nothing else is different."""

from __future__ import annotations

import os

import pytest

from Lutil.checkpoints.observe import _audit_hook, _auditing

needs_filter = pytest.mark.skipif(bool(_auditing.filter_missing()), reason=f"no filter: {_auditing.filter_missing()}")

LISTEN = f"""
    import os, random, sys
    from Lutil.checkpoints.observe import _audit
    WHILE, ALWAYS = {tuple(_audit_hook._HANDLERS)!r}, {tuple(_audit_hook._ALWAYS)!r}
    on, heard = [0], []
    def callback(event, args):
        heard.append((event, args))
"""


def test_the_filter_is_there_where_it_has_to_be():
    if os.environ.get("LUTIL_FILTER_EXPECTED"):
        assert _auditing.filter_missing() == ""


@needs_filter
@pytest.mark.parametrize("seed", range(3))
def test_filter_and_python_hook_hear_the_same(program, seed):
    """Names that are wanted, that nearly are, and that are not; raised by us and by what Python does."""
    said = program(
        LISTEN
        + """
    reference = []
    def plain(event, args):
        if event in ALWAYS or (on[0] and event in WHILE):
            reference.append((event, args))
    sys.addaudithook(plain)
    _audit.listen(callback, on, WHILE, ALWAYS)
    choose = random.Random(int(sys.argv[1]))
    NAMES = [*WHILE, *ALWAYS, "", "id", "builtins.id", "object.__getattr__", "opem", "open ", "os", "é.open", "x" * 5000]

    def near(name):
        at = choose.randrange(len(name) + 1)
        return choose.choice([name[:at], name[at:], name[:at] + choose.choice("aoxé.") + name[at:], name + name])

    def does():
        id(does), does.__code__, sys._getframe(), exec("1"), open(__file__).close(), os.listdir("."), os.scandir(".").close()
        os.mkdir("d"), os.rename("d", "e"), os.rmdir("e")
        does.__defaults__ = ()
        __import__("pickle").loads(b"cbuiltins\\nlist\\n.")

    count = 0
    for _ in range(4000):
        on[0] = choose.choice([0, 0, 1, 2])
        name = choose.choice(NAMES)
        if choose.random() < 0.4:
            name = near(name)
        sys.audit(name, *choose.choice([(), (1,), (name, None, 3), ((1, 2),)]))
        if choose.random() < 0.02:
            does()
    on[0] = 0
    kept, wanted = list(heard), list(reference)
    assert kept == wanted, next((a, b) for a, b in zip(kept, wanted) if a != b)
    print(len(kept) > 500, len({name for name, _ in kept}) == len({*WHILE, *ALWAYS}))
    """,
        str(seed),
    )
    assert said == "True True"


@needs_filter
def test_errors_of_the_callback_become_those_of_the_event(program):
    said = program(
        LISTEN
        + """
    def refuses(event, args):
        if event == "open":
            raise PermissionError(args[0])
    _audit.listen(refuses, on, WHILE, ALWAYS)
    open(__file__).close()
    on[0] = 1
    try:
        open("x")
    except PermissionError as error:
        print(error)
    """
    )
    assert said == "x"


@needs_filter
def test_tracers_do_not_see_the_callback(program):
    said = program(
        LISTEN
        + """
    _audit.listen(callback, on, WHILE, ALWAYS)
    on[0] = 1
    for setter, getter in ((sys.settrace, sys.gettrace), (sys.setprofile, sys.getprofile)):
        seen = []
        def tracer(frame, event, arg):
            seen.append(frame.f_code.co_name)
            return tracer
        def work():
            os.listdir(".")
            return 1
        setter(tracer)
        work()
        kept = getter() is tracer
        setter(None)
        print(kept, "work" in seen, "callback" in seen)
    """
    )
    assert said.splitlines() == ["True True False"] * 2


@needs_filter
def test_events_leave_no_references_behind(program):
    said = program(
        LISTEN
        + """
    def callback(event, args): pass
    _audit.listen(callback, on, WHILE, ALWAYS)
    given = object()
    def many():
        for state in (0, 1):
            on[0] = state
            for _ in range(20_000):
                sys.audit("open", given, "r", 0), sys.audit("exec", given), id(given), many.__code__
    many()
    def counts():
        return [sys.getrefcount(one) for one in (callback, on, given)] + [sys.getallocatedblocks()]
    before, after = counts(), counts()
    many()
    after = counts()
    print([a - b for a, b in zip(after, before)][:3], after[3] - before[3] < 100)
    """
    )
    assert said == "[0, 0, 0] True"


@needs_filter
def test_other_interpreters_are_left_alone(program):
    """A hook in C is called for all of them; what it hands on belongs to the one that listens."""
    said = program(
        LISTEN
        + """
    import threading
    try:
        import _interpreters as interpreters  # 3.13
    except ImportError:
        import _xxsubinterpreters as interpreters
    _audit.listen(callback, on, WHILE, ALWAYS)
    on[0] = 1
    TEXT = '''if True:
        import sys
        sys.path[:0] = %r
        for _ in range(300):
            sys.audit("open", "other", "r", 0), sys.audit("exec", 1)
        try:
            from _audit import listen  # no more of us: not all that we import works there
        except ImportError:
            pass
        else:
            try:
                listen(print, [0], (), ())
            except RuntimeError:
                pass
            else:
                raise SystemError("listens in a second interpreter")
        open("ran", "a").write("x")
    ''' % [os.path.dirname(_audit.__file__)]
    def other():
        made = interpreters.create()
        failed = interpreters.run_string(made, TEXT)
        assert not failed, failed
        interpreters.destroy(made)
    for _ in range(3):
        threads = [threading.Thread(target=other) for _ in range(3)]
        for thread in threads:
            thread.start()
            for _ in range(2000):
                sys.audit("os.listdir", "own")
        for thread in threads:
            thread.join()
    print(len(open("ran").read()), sum(args[0] == "own" for _, args in heard), [a for _, a in heard if a[0] == "other"])
    """
    )
    assert said == "9 18000 []"


@needs_filter
@pytest.mark.skipif(not hasattr(os, "fork"), reason="forks of POSIX")
def test_a_forked_child_hears_its_own_events(program):
    said = program(
        LISTEN
        + """
    import warnings
    _audit.listen(callback, on, WHILE, ALWAYS)
    child = os.fork()
    if child == 0:
        on[0] = 1
        sys.audit("os.listdir", "child")
        os._exit(len(heard))
    print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), len(heard))
    """
    )
    assert said == "1 0"


@needs_filter
@pytest.mark.parametrize("given", ["callback, [], (), ()", "callback, [0], ('a',) * 65, ()", "callback, [0], (1,), ()"])
def test_what_cannot_be_listened_to_is_refused(program, given):
    said = program(
        LISTEN
        + f"""
    try:
        _audit.listen({given})
    except (TypeError, ValueError) as error:
        sys.audit("a")
        print("refused")
    """
    )
    assert said == "refused"


READS = """
    import json, os, pathlib, sqlite3, subprocess, sys
    from Lutil.checkpoints.observe import Recorder
    from Lutil.checkpoints.observe._auditing import filter_missing
    for name in ("a.txt", "b.txt", "c.txt"):
        pathlib.Path(name).write_text(name)
    pathlib.Path("folder").mkdir()
    sqlite3.connect("data.db").close()
    recorder = Recorder(root=os.getcwd())
    recorder.start()
    open("a.txt").close(), pathlib.Path("b.txt").read_text(), os.listdir("folder"), os.path.exists("none")
    sqlite3.connect("data.db").execute("select 1")
    open("new.txt", "w").close(), os.rename("new.txt", "newer.txt"), os.mkdir("made"), os.rmdir("made"), os.remove("c.txt")
    exec("copied = json.loads('[1]')")
    seen = recorder.stop()
    print(seen.trace.names, seen.digest.hex(), seen.written, seen.unstable, seen.notes)
"""


def test_a_run_observes_the_same_with_and_without_the_filter(program, monkeypatch, tmp_path):
    """Where there is no filter, the first half of this says that the hook in Python does what it has to."""
    said = []
    for off in ("", "1"):
        monkeypatch.setenv(_auditing.NO_EXTENSIONS, off)
        folder = tmp_path / f"folder{off}"
        folder.mkdir()
        said.append(program(READS, cwd=folder).replace(str(folder), ""))
    assert said[0] == said[1]
    assert "a.txt" in said[0]


def test_the_filter_is_left_alone_where_the_environment_says_so(program, monkeypatch):
    monkeypatch.setenv(_auditing.NO_EXTENSIONS, "1")
    said = program("""
        import sys
        from Lutil.checkpoints.observe import Recorder
        from Lutil.checkpoints.observe._auditing import filter_missing
        recorder = Recorder(root="/")
        recorder.start()
        recorder.stop()
        print(filter_missing(), "Lutil.checkpoints.observe._audit" in sys.modules)
    """)
    assert said == "LUTIL_NO_EXTENSIONS is set False"


@pytest.mark.parametrize("off", ["", "1"])
def test_a_refused_hook_is_said_and_changed_functions_still_count(program, monkeypatch, off):
    """What tells of changed functions is the hook: where it is refused, they are looked at each time."""
    monkeypatch.setenv(_auditing.NO_EXTENSIONS, off)
    said = program("""
        import sys
        from Lutil.checkpoints import checkpoint
        def refuses(event, args):
            if event == "sys.addaudithook":
                raise PermissionError("no more hooks")
        sys.addaudithook(refuses)
        def helper(): return 1
        def other(): return 2
        @checkpoint
        def f(x): return helper() + x
        print(f(1), f(1))
        helper.__code__ = other.__code__
        print(f(1))
        print([line.strip() for line in f.explain(1).details().splitlines() if "audit events" in line])
    """)
    first, second, third = said.splitlines()
    assert (first, second) == ("2 2", "3")
    assert "a hook that was there before refuses ours" in third


def test_the_interpreter_ends_quietly_while_a_run_is_on(program):
    assert (
        program("""
        import atexit, os, sys
        from Lutil.checkpoints.observe import Recorder
        recorder = Recorder(root="/nowhere")
        recorder.start()
        class Late:
            def __del__(self):
                open(os.devnull).close()
                exec("1")
        sys.late = Late()
        kept = Late()
        print("done")
    """)
        == "done"
    )
