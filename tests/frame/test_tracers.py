"""Debuggers, coverage and interrupts meet a skip and notice nothing of it."""

from __future__ import annotations

import gc
import json
import signal
import subprocess
import sys
import textwrap

import pytest
from frame_support import RAN, define, environment

from Lutil.checkpoints.frame._signal import ARMED, BlockSkippedError
from Lutil.checkpoints.model._errors import BlockError

MONITORED = sys.version_info >= (3, 12)


@pytest.fixture(autouse=True)
def _nothing_ran():
    RAN.clear()
    yield
    assert not ARMED
    assert sys.exc_info() == (None, None, None)


def run(*arguments, cwd=None, text="", **more):
    done = subprocess.run(
        [sys.executable, *arguments],
        cwd=cwd, input=text, capture_output=True, text=True, check=False, env=environment(**more),
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


TRACED = """
def inner():
    a = 1
    with S(): ran()
    b = 2
    with S() as c:
        ran()
    for i in range(2):
        with (S() if i else A()) as d:
            e = 3
        f = 4
    return after(b)
def after(x):
    return x
"""
LINES = [2, 3, 4, 5, 7, 8, 9, 10, 7, 8, 10, 7, 11]


def test_a_trace_function_sees_the_lines_around_a_skip_and_no_exception():
    space = define(TRACED)
    inner, after = space["inner"].__code__, space["after"].__code__
    events = []

    def tracer(frame, event, arg):
        if frame.f_code in (inner, after):
            events.append((frame.f_code.co_name, event, frame.f_lineno, frame.f_trace is not None))
        return tracer

    before = sys.gettrace()
    sys.settrace(tracer)
    try:
        space["inner"]()
        assert sys.gettrace() is tracer
    finally:
        sys.settrace(before)
    assert {(name, event) for name, event, *_ in events} == {
        (name, event) for name in ("inner", "after") for event in ("call", "line", "return")
    }
    lines = [line - 1 for name, event, line, _ in events if (name, event) == ("inner", "line")]
    assert set(lines) == set(LINES)  # the line of a `with` is seen again when it is left, on some Pythons
    assert 6 not in lines
    assert lines.count(9) == 1
    assert RAN == []


def test_local_trace_functions_and_their_flags_come_back_as_they_were():
    space = define("""
        def f():
            with S(): ran()
            report()
            with S() as c: ran()
            report()
    """)
    seen = []

    def local(frame, event, arg):
        return local

    def report():
        frame = sys._getframe(1)
        seen.append((frame.f_trace, frame.f_trace_lines, frame.f_trace_opcodes))

    def tracer(frame, event, arg):
        if frame.f_code is space["f"].__code__:
            frame.f_trace_opcodes = True
            return local
        return None

    space["report"] = report
    before = sys.gettrace()
    space["f"]()
    assert [flags[1:] for flags in seen] == [(True, False)] * 2
    assert before is not None or seen[0][0] is None
    seen.clear()
    sys.settrace(tracer)
    try:
        space["f"]()
        assert sys.gettrace() is tracer
    finally:
        sys.settrace(before)
    assert seen == [(local, True, True)] * 2
    assert RAN == []


def test_a_hit_inside_a_trace_function_is_refused():
    """As at the prompt of pdb, where tracing is off: the body would run."""
    space = define("def f():\n    with S(): ran()\ndef g():\n    pass")
    caught = []

    def tracer(frame, event, arg):
        if frame.f_code is space["g"].__code__ and not caught:
            try:
                space["f"]()
            except BlockError as error:
                caught.append(error)

    before = sys.gettrace()
    sys.settrace(tracer)
    try:
        space["g"]()
        assert sys.gettrace() is tracer
    finally:
        sys.settrace(before)
    assert "inside a trace function" in str(caught[0])
    assert RAN == []
    space["f"]()
    assert RAN == []


def test_a_refusal_inside_a_trace_function_does_not_outlast_it():
    """Also after opcode tracing, where 3.12 forgets events that were asked for."""
    space = define("def f():\n    with S(): ran()\ndef g():\n    pass")
    refused = []

    def opcodes(frame, event, arg):
        frame.f_trace_opcodes = frame.f_code is space["f"].__code__
        return opcodes

    def nested(frame, event, arg):
        if frame.f_code is space["g"].__code__ and event == "call":
            with pytest.raises(BlockError):
                space["f"]()
            refused.append(event)

    before = sys.gettrace()
    try:
        for _ in range(3):
            sys.settrace(opcodes)
            space["f"]()
            sys.settrace(nested)
            space["g"]()
            sys.settrace(lambda *_: None)
            space["f"]()
    finally:
        sys.settrace(before)
    space["f"]()
    assert len(refused) == 3
    assert RAN == []


def test_a_hit_inside_a_profile_function_is_refused():
    space = define("def f():\n    with S(): ran()\ndef g():\n    pass")
    caught = []

    def profiler(frame, event, arg):
        if frame.f_code is space["g"].__code__ and event == "call" and not caught:
            try:
                space["f"]()
            except BlockError as error:
                caught.append(error)

    before, tracer = sys.getprofile(), sys.gettrace()
    sys.setprofile(profiler)
    try:
        space["g"]()
        space["f"]()  # under a profiler, not inside it
    finally:
        sys.setprofile(before)
    assert len(caught) == 1
    assert sys.gettrace() is tracer
    assert RAN == []


@pytest.mark.skipif(not MONITORED, reason="sys.monitoring came with 3.12")
def test_no_free_tool_id_is_an_error_and_taken_ids_are_left_alone():
    out = run(
        "-c",
        textwrap.dedent("""
        import sys
        from frame_support import RAN, define, environment
        from Lutil.checkpoints.model._errors import BlockError
        for tool in (3, 4, 5):
            sys.monitoring.use_tool_id(tool, f"other {tool}")
        space = define("def f():\\n    with S(): ran()")
        try:
            space["f"]()
        except BlockError as error:
            print(error)
        sys.monitoring.free_tool_id(3)
        space["f"]()
        print(RAN, sys.monitoring.get_tool(4), [sys.monitoring.get_tool(tool) for tool in (0, 1, 2)])
        sys.monitoring.free_tool_id(3)          # somebody takes it away from us, and uses it
        sys.monitoring.use_tool_id(3, "thief")
        sys.monitoring.free_tool_id(5)
        space["f"]()
        sys.monitoring.restart_events()
        space["f"]()
        print(RAN)
        """),
    )
    assert out.splitlines()[0].startswith("the block at <frame test 0>:2 cannot be skipped")
    assert out.splitlines()[1:] == ["[] other 4 [None, None, None]", "[]"]


COVERED = """
from frame_support import S, A, ran
def inner(n):
    a = 1
    with S(): ran()
    b = 2
    with S() as c:
        ran()
        x = 1
    for i in range(n):
        with (S() if i else A()) as d:
            e = 3
        if i > 5:
            never = 1
        f = 4
    return after(b)
def after(x):
    def gen():
        for y in (1, 2):
            with S(values={"z": y}):
                z = ran()
            yield z
    return list(gen())
for _ in range(3):
    assert inner(2) == [1, 2]
"""
CORES = ["ctrace", "pytrace", *(["sysmon"] if MONITORED else [])]


@pytest.mark.parametrize("core", CORES)
@pytest.mark.parametrize("branch", [False, True])
def test_coverage_is_exact(core, branch, tmp_path):
    coverage = pytest.importorskip("coverage")
    if core == "sysmon" and branch and sys.version_info < (3, 14):
        pytest.skip("coverage has no branches by sys.monitoring before 3.14")
    (tmp_path / "covered.py").write_text(COVERED.replace("S, A,", "Skipped as S, Plain as A,"))
    flags = ["--branch"] if branch else []
    run("-m", "coverage", "run", *flags, "--include=covered.py", "covered.py", cwd=tmp_path, COVERAGE_CORE=core)
    run("-m", "coverage", "json", "-q", "-o", "out.json", cwd=tmp_path)
    found = json.loads((tmp_path / "out.json").read_text())["files"]["covered.py"]
    missing = {
        number for number, line in enumerate(COVERED.splitlines(), 1) if line.strip() in {"never = 1", "z = ran()"}
    }
    assert set(found["missing_lines"]) == missing | {8, 9}, (coverage.__version__, core)


PDB = """
from frame_support import RAN, Skipped as S, ran
def f():
    a = 1
    with S(values={"x": 5}) as c:
        ran()
        x = 2
    b = 3
    return x
print("result", f(), RAN)
"""


def test_pdb_steps_from_the_with_to_the_line_after_the_block(tmp_path):
    (tmp_path / "debugged.py").write_text(PDB)
    out = run("-m", "pdb", "debugged.py", cwd=tmp_path, text="b f\nb 6\nc\nn\nn\nn\nn\np x, b\nc\nq\n")
    shown = [line.partition("-> ")[2] for line in out.splitlines() if "-> " in line]
    assert 'with S(values={"x": 5}) as c:' in shown
    assert "b = 3" in shown[shown.index('with S(values={"x": 5}) as c:') :]
    assert "ran()" not in shown
    assert "x = 2" not in shown
    assert "BlockSkipped" not in out
    assert "(5, 3)" in out
    assert "result 5 []" in out


def test_a_breakpoint_in_the_same_function_costs_no_later_hit(tmp_path):
    """From 3.13 on `breakpoint()` traces opcodes, and Python then forgets the events of others."""
    program = PDB.replace("    a = 1\n", "    with S(): ran()\n    breakpoint()\n").replace('print("', 'f()\nprint("')
    (tmp_path / "debugged.py").write_text(program)
    out = run("debugged.py", cwd=tmp_path, text="n\nn\nn\nc\nc\n")
    assert "result 5 []" in out


def test_a_hit_typed_at_the_prompt_of_pdb_is_refused_and_nothing_breaks(tmp_path):
    (tmp_path / "debugged.py").write_text(PDB)
    out = run("-m", "pdb", "debugged.py", cwd=tmp_path, text="b 8\nc\np f()\nc\nq\n")
    assert "BlockError" in out
    assert "result 5 []" in out


def test_cprofile_and_a_skip_get_along(tmp_path):
    (tmp_path / "profiled.py").write_text("from frame_support import *\ndefine('with S(): ran()')\nprint('ran', RAN)")
    out = run("-m", "cProfile", "profiled.py", cwd=tmp_path)
    assert "ran []" in out


def storm(seconds_apart, rounds):
    """Interrupt hits at many points; return what went wrong."""
    space = define("""
        def f(k):
            x = 0
            with S(values={"x": 7}) as c:
                x = ran(k)
            return x
    """)
    f = space["f"]
    for _ in range(3):
        f(0)
    tracer = sys.gettrace()
    interrupts, wrong, inside = 0, [], False

    def interrupt(*_):
        if inside:  # late ones would strike the test itself
            raise KeyboardInterrupt

    handler = signal.signal(signal.SIGALRM, interrupt)
    gc.collect()
    gc.disable()  # an interrupt inside somebody's callback of the collector is swallowed by the interpreter
    try:
        for number in range(rounds):
            signal.setitimer(signal.ITIMER_REAL, 0)
            try:
                inside = True
                signal.setitimer(signal.ITIMER_REAL, 5e-6 + number % 97 * seconds_apart)
                # No loop: 3.13.0 leaves the jump that ends one outside of the `try`.
                if [f(number), f(number), f(number), f(number)] != [7, 7, 7, 7]:
                    wrong.append(number)
                inside = False
            except KeyboardInterrupt:
                interrupts += 1
            except BlockSkippedError:
                wrong.append("the private exception")
            inside = False
            if sys.exc_info() != (None, None, None):
                wrong.append(sys.exc_info())
            if sys.gettrace() is not tracer and not MONITORED:
                wrong.append(sys.gettrace())
                sys.settrace(tracer)
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, handler)
        gc.enable()
    ARMED.clear()
    return interrupts, wrong


@pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="no interval timer here")
def test_interrupts_never_run_the_body_nor_leave_anything_behind():
    interrupts, wrong = storm(1e-6, 1500)
    assert RAN == []
    assert wrong == []
    assert interrupts > 0


@pytest.mark.long
@pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="no interval timer here")
def test_interrupts_by_the_thousand():
    interrupts, wrong = storm(7e-7, 60_000)
    assert RAN == []
    assert wrong == []
    assert interrupts > 100
