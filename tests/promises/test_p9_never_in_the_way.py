"""P9: whatever goes wrong inside of the cache, the body runs once and its result arrives, with one notice."""

from __future__ import annotations

import logging
import os
import sys
import warnings
from pathlib import Path

import pytest
from guard_support import FACES, check_clean, face, fault, in_another_thread, name_of, reached, runs

from Lutil.checkpoints import (
    BlockError,
    CheckpointError,
    CheckpointWarning,
    HalfRestoredError,
    InlineCheckpoint,
    InternalErrorWarning,
    NotSavedWarning,
    UnfingerprintableError,
    checkpoint,
    configure,
    frame,
)
from Lutil.checkpoints.computation import _stores
from Lutil.checkpoints.engine import _guard, _pipeline, _run
from Lutil.checkpoints.faces import _block
from Lutil.checkpoints.model import _settings
from Lutil.checkpoints.model.process import _notices
from Lutil.checkpoints.observe.files._kernel_opens import opens
from Lutil.checkpoints.report import _ledger
from Lutil.checkpoints.state import _after_states
from Lutil.checkpoints.state.objects import _in_place_rules

pytestmark = pytest.mark.usefixtures("lenient")
AFTER_THE_SKIP = {"restore", "write", "_bind", "import_again"}
"""A block is skipped by the time that these are called: Python has no way back into it."""
NOTED = {"tell"}
"""The audit hook takes note of what it could not follow: a run of the user's `open`, and no failure of a lookup."""


@pytest.fixture(autouse=True)
def a_file():
    Path("data.txt").write_text("7", encoding="utf-8")
    runs.clear()


@pytest.fixture
def said():
    """The warnings that were given."""
    with warnings.catch_warnings(record=True) as found:
        warnings.simplefilter("always")
        yield found


def categories(said):
    return [one.category for one in said]


def prepared(kind, hit):
    """Return a function that was never called, or whose next call is a hit."""
    function = face(kind)
    if hit:
        function([1, 2])
    runs.clear()
    _notices.reset()
    _block._sources.clear()  # what is remembered of an earlier one is no step of this
    _stores._default.clear()
    return function


def steps_of(kind, hit):
    """The steps that each such call takes: on a busy machine one call takes some that the clock asks for."""
    again = set(reached(prepared(kind, hit), [1, 2]))
    return [step for step in reached(prepared(kind, hit), [1, 2]) if step in again]


TABLE = pytest.mark.parametrize(
    ("kind", "hit", "native"),
    [*((kind, hit, False) for kind in FACES for hit in (False, True)), ("call", False, True), ("block", False, True)],
    indirect=["native"],
)


@pytest.fixture
def native(request, monkeypatch):
    """As it is, or as if a library were loaded whose native code opens files."""
    monkeypatch.setattr(opens, "_native", request.param)
    monkeypatch.setattr(opens, "is_needed", lambda: request.param)


@TABLE
def test_a_fault_in_any_step_costs_the_entry_and_not_the_result(kind, hit, native, said):
    steps = steps_of(kind, hit)
    assert len(steps) > 20
    for step in steps:
        if kind == "block" and hit and step[1] in AFTER_THE_SKIP:
            continue
        function, items = prepared(kind, hit), [1, 2]
        said.clear()
        with fault(step, RuntimeError("a fault")) as count:
            assert function(items) == {"total": 10}, name_of(step)
        assert count, name_of(step)
        assert items == [1, 2, 7], f"{name_of(step)}: the inputs are not as the body leaves them"
        assert len(runs) == 1 or (hit and not runs), f"{name_of(step)}: the body ran {len(runs)} times"
        if step[1] not in NOTED:
            assert categories(said) == [InternalErrorWarning], name_of(step)
            assert "LUTIL_STRICT=1" in str(said[0].message)
            assert "\n" not in str(said[0].message)
        check_clean()
        assert in_another_thread(function, [1, 2]) == {"total": 10}, name_of(step)


@TABLE
def test_ctrl_c_passes_through_in_any_step(kind, hit, native):
    for step in steps_of(kind, hit):
        function, items = prepared(kind, hit), [1, 2]
        with fault(step, KeyboardInterrupt), pytest.raises(KeyboardInterrupt):
            function(items)
        assert items in ([1, 2], [1, 2, 7]), f"{name_of(step)}: the inputs are half restored"
        check_clean()
        assert in_another_thread(function, [1, 2]) == {"total": 10}, name_of(step)


@pytest.mark.parametrize("kind", FACES)
def test_strict_raises_a_failure_of_ours(kind, monkeypatch):
    monkeypatch.setenv("LUTIL_STRICT", "1")
    _settings.forget()
    for step in steps_of(kind, hit=False):
        function = prepared(kind, hit=False)
        if step[1] not in NOTED:
            with fault(step, RuntimeError("a fault")), pytest.raises(RuntimeError, match="a fault"):
                function([1, 2])
            check_clean()


def test_strict_is_a_setting_like_others(monkeypatch):
    configure(strict=True)
    with fault((_guard, "look_up"), KeyError("a fault")), pytest.raises(KeyError):
        face("call")([1])


@pytest.mark.parametrize("step", sorted(AFTER_THE_SKIP))
def test_a_skipped_block_that_cannot_be_bound_says_so_and_changes_nothing(step):
    owner = {"restore": _after_states, "write": frame, "_bind": InlineCheckpoint, "import_again": _block}[step]
    function, items = prepared("block", hit=True), [1, 2]
    with fault((owner, step), RuntimeError("a fault")), pytest.raises((BlockError, RuntimeError), match="a fault"):
        function(items)
    check_clean()
    assert not runs
    assert function([1, 2]) == {"total": 10}


@pytest.mark.parametrize("kind", FACES)
def test_a_body_that_raises_is_heard_whatever_fails_while_its_run_ends(kind, said):
    function = prepared(kind, hit=False)
    Path("data.txt").unlink()
    with fault((_run.Run, "drop"), RuntimeError("a fault")), pytest.raises(FileNotFoundError):
        function([1])
    assert set(categories(said)) == {InternalErrorWarning}


def test_a_body_that_runs_without_the_cache_does_not_see_why():
    @checkpoint
    def look():
        return sys.exc_info()

    @checkpoint
    def fail():
        raise ValueError("mine")

    with fault((_guard, "look_up"), RuntimeError("a fault")), pytest.warns(InternalErrorWarning):
        assert look() == (None, None, None)
    with fault((_guard, "look_up"), RuntimeError("a fault")), pytest.warns(InternalErrorWarning):
        with pytest.raises(ValueError, match="mine") as caught:
            fail()
    assert caught.value.__context__ is None


def test_the_traceback_is_in_the_log(caplog):
    caplog.set_level(logging.INFO, "Lutil.checkpoints")
    with fault((_guard, "look_up"), RuntimeError("a fault")), pytest.warns(InternalErrorWarning):
        assert face("call")([1]) == {"total": 8}
    assert "RuntimeError: a fault" in caplog.text
    assert "in opened" in caplog.text


def test_a_failure_is_said_once_however_often_it_comes(said):
    function = face("call")
    with fault((_guard, "look_up"), RuntimeError("a fault")):
        for _ in range(5):
            assert function([1]) == {"total": 8}
    assert categories(said) == [InternalErrorWarning]
    assert len(runs) == 5


def test_filters_that_make_errors_of_warnings_cost_no_result():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for step in steps_of("call", hit=False):
            function = prepared("call", hit=False)
            with fault(step, RuntimeError("a fault")):
                assert function([1, 2]) == {"total": 10}, name_of(step)


class Odd:
    """Has an attribute of a kind that no rule is known for."""

    def __init__(self):
        self.part = Strange()


class Strange:
    pass


def test_a_warning_of_ours_before_a_run_is_raised_where_a_filter_asks_for_it():
    @checkpoint
    def use(odd):
        runs.append(1)

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with pytest.raises(CheckpointWarning):
            use(Odd())
    assert not runs


def test_mistakes_of_the_user_are_raised_as_ever():
    @checkpoint(ignore=["nothing"])
    def f(x):
        runs.append(1)

    with pytest.raises(CheckpointError):
        f(1)
    with pytest.raises(UnfingerprintableError):
        checkpoint(lambda x: runs.append(1))(i for i in range(3))
    with pytest.raises(TypeError, match="argument"):
        checkpoint(len)(1, 2, 3)
    with pytest.raises(TypeError):
        f.is_cached(1, 2)
    assert not runs


class Deep:
    """Never ends being looked at."""

    def __getstate__(self):
        return self.__getstate__()


class Huge:
    def __getstate__(self):
        raise MemoryError


@pytest.mark.parametrize("cls", [Deep, Huge])
def test_an_argument_for_which_stack_or_memory_do_not_suffice_costs_the_entry(cls, said):
    @checkpoint
    def f(x):
        runs.append(1)
        return 3

    assert f(cls()) == 3
    assert categories(said) == [NotSavedWarning]
    assert runs == [1]


def test_a_recursion_goes_as_deep_as_it_can_pay_for_itself(said):
    @checkpoint
    def down(n):
        return 0 if n == 0 else 1 + down(n - 1)

    assert down(150) == 150
    limit = sys.getrecursionlimit()
    sys.setrecursionlimit(400)
    try:
        assert in_another_thread(down, 160) == 160
    finally:
        sys.setrecursionlimit(limit)
    check_clean()


def changing(numbers, named):
    runs.append((list(numbers), dict(named)))
    numbers.append(2)
    named["x"] = 2
    return "done"


def test_a_hit_that_fails_midway_is_undone_and_the_body_runs(monkeypatch, said):
    f = checkpoint(changing)
    f([1], {"x": 1})
    put, count = _in_place_rules._DictPlace.put, []

    def once(self, value, state):
        count.append(1)
        put(self, value, state)
        if len(count) == 1:
            raise RuntimeError("a fault")

    monkeypatch.setattr(_in_place_rules._DictPlace, "put", once)
    numbers, named = [1], {"x": 1}
    assert f(numbers, named) == "done"
    assert (numbers, named) == ([1, 2], {"x": 2})
    assert runs == [([1], {"x": 1})] * 2
    assert categories(said) == [InternalErrorWarning]


def test_a_hit_that_cannot_be_undone_is_an_error(monkeypatch):
    f = checkpoint(changing)
    f([1], {"x": 1})

    def stuck(self, value, state):
        raise RuntimeError("it is stuck")

    monkeypatch.setattr(_in_place_rules._DictPlace, "put", stuck)
    with pytest.raises(HalfRestoredError, match="stuck"):
        f([1], {"x": 1})
    assert len(runs) == 1


class Broken:
    """A store of the user's that does nothing."""

    def __getattr__(self, name):
        def fail(*args, **kwargs):
            raise RuntimeError(f"no {name}")

        return fail

    def get(self, name, key):
        raise RuntimeError("no get")

    put = claim = traces = get


def test_questions_are_answered_whatever_fails(said):
    f = checkpoint(store=Broken(), name="f")(lambda x: x)
    assert f(1) == 1
    assert f.is_cached(1) is False
    assert f.forget(1) is False
    assert f.clear() == 0
    assert "the cache failed" in str(f.explain(1))
    assert set(categories(said)) == {InternalErrorWarning}


def test_a_block_says_that_the_cache_failed():
    with fault((InlineCheckpoint, "_resolve"), RuntimeError("a fault")), pytest.warns(InternalErrorWarning):
        with InlineCheckpoint() as cp:
            n = 1 + 1
    assert n == 2
    assert not cp.hit
    assert cp.watch == cp.produce == ()
    assert "the cache failed" in str(cp.explain())


def test_a_trace_of_another_version_is_a_lost_one():
    @checkpoint
    def read():
        runs.append(1)
        return Path("data.txt").read_text(encoding="utf-8")

    assert read() == "7"
    computation = read._computation((), {})
    _pipeline.look_up(computation, peek=True)
    computation.stores[0].put_trace(computation.recipe.name, computation.key, b"of tomorrow")
    assert read() == "7"
    Path("data.txt").write_text("8", encoding="utf-8")
    computation.stores[0].put_trace(computation.recipe.name, computation.key, b"of the day after")
    assert "data.txt" in read.explain().details()
    assert read() == "8"
    assert len(runs) == 2


@pytest.mark.parametrize("kind", FACES)
def test_a_lost_working_directory_costs_the_entry_only(kind, said, tmp_path):
    function = face(kind)
    here = tmp_path / "gone"
    here.mkdir()
    data = Path("data.txt").absolute()
    os.chdir(here)
    Path("data.txt").write_bytes(data.read_bytes())
    descriptor = os.open(".", os.O_RDONLY) if hasattr(os, "O_DIRECTORY") else None
    try:
        (here / "data.txt").unlink()
        here.rmdir()
    except OSError:
        pytest.skip("this system keeps a folder that somebody is in")
    finally:
        if descriptor is not None:
            os.close(descriptor)
    with pytest.raises(FileNotFoundError):
        function([1])  # by the body, which reads a file there
    assert len(runs) == 1
    assert categories(said) == [NotSavedWarning]
    assert "working directory is gone" in str(said[0].message)


def test_a_configured_store_is_found_without_a_working_directory(tmp_path, said):
    configure(store=tmp_path / "store")

    @checkpoint
    def f(x):
        runs.append(x)
        return x

    f(1)
    here = tmp_path / "gone"
    here.mkdir()
    os.chdir(here)
    try:
        here.rmdir()
    except OSError:
        pytest.skip("this system keeps a folder that somebody is in")
    assert f(1) == 1
    assert f(2) == f(2) == 2
    assert runs == [1, 2]
    assert f.is_cached(2)
    assert not said


class Raising:
    """A stream that takes nothing."""

    def write(self, text):
        raise OSError(28, "No space left on device")

    def flush(self):
        pass


@pytest.mark.parametrize("stream", [None, "closed", Raising()])
def test_what_cannot_be_said_is_not_said(stream, monkeypatch, tmp_path):
    if stream == "closed":
        stream = (tmp_path / "closed").open("w")
        stream.close()
    configure(explain=True)
    monkeypatch.setattr(_ledger.ledger, "_speaking", True)  # not at the end of all tests
    function = face("call")
    monkeypatch.setattr(sys, "stderr", stream)
    assert function([1]) == {"total": 8}
    _ledger.ledger._speak()


def test_handlers_of_logs_and_warnings_may_raise(monkeypatch):
    class Handler(logging.Handler):
        def emit(self, record):
            raise RuntimeError("no log")

    def show(*args, **kwargs):
        raise RuntimeError("no warnings")

    logger, handler = logging.getLogger("Lutil.checkpoints"), Handler()
    logger.addHandler(handler)
    level = logger.level
    logger.setLevel(logging.DEBUG)
    try:
        function = face("call")
        assert function([1]) == function([1]) == {"total": 8}
        with warnings.catch_warnings():
            warnings.simplefilter("always")
            monkeypatch.setattr(warnings, "showwarning", show)
            with fault((_guard, "look_up"), RuntimeError("a fault")):
                assert function([1]) == {"total": 8}
    finally:
        logger.removeHandler(handler)
        logger.setLevel(level)
    assert len(runs) == 2


def test_a_module_of_ours_that_cannot_be_imported_costs_the_entry(program):
    program.write("""
        import sys, warnings
        from Lutil.checkpoints import checkpoint
        sys.modules["Lutil.checkpoints.code.text._source_text"] = None

        @checkpoint
        def f(x):
            return x + 1

        with warnings.catch_warnings(record=True) as said:
            warnings.simplefilter("always")
            print(f(1), f(1), [one.category.__name__ for one in said])
            print(f.explain(2).hit)
    """)
    assert program.run().splitlines() == ["2 2 ['InternalErrorWarning']", "False"]


@pytest.mark.skipif(sys.platform == "win32", reason="no limit of open files there")
def test_without_a_descriptor_left_a_function_runs(program):
    program.write("""
        import os, resource, sys, warnings
        from Lutil.checkpoints import checkpoint

        @checkpoint
        def f(x):
            return x + 1

        before = f(0) if sys.argv[1:] else None
        warnings.simplefilter("ignore")
        resource.setrlimit(resource.RLIMIT_NOFILE, (64, 64))
        held = []
        try:
            while True:
                held.append(os.open("/dev/null", os.O_RDONLY))
        except OSError:
            pass
        print(f(1), f(1), f(0))
    """)
    assert program.run().strip() == "2 2 1"
    assert program.run("main.py", "warm").strip() == "2 2 1"


def test_a_full_stderr_does_not_change_how_a_program_ends(program):
    if not Path("/dev/full").exists():
        pytest.skip("no full device here")
    program.write("""
        import sys
        from Lutil.checkpoints import checkpoint, configure
        configure(explain=True)
        sys.stderr = open("/dev/full", "w", buffering=1)

        @checkpoint
        def f(x):
            return x + 1

        print(f(1))
    """)
    assert program.run().strip() == "2"


@pytest.mark.parametrize("note", [b"[1]", b'{"a": 1}', b'{"a": {"b": 2}}', b"null", b"\xff"])
def test_a_note_of_another_version_is_a_lost_one(note, said):
    configure(explain=False)
    function = face("call")
    name = function._name
    function._refresh(_settings.current())
    for kind in ("recent", "bless"):
        function._stores[0].put_note(kind, name, note)
    function._forget_recipe()
    assert function([1]) == function([1]) == {"total": 8}
    assert not said
