"""P1 and P2 for files that native code opens: by the tables of `integrations/`, and by the net under them."""

from __future__ import annotations

import json
import textwrap

import pytest
from native_readers import NET, READERS, WILD

from Lutil.checkpoints.observe.files._kernel_opens import Opens

HEAD = """
import json, os, sys
from pathlib import Path
from Lutil.checkpoints import checkpoint
from Lutil.checkpoints.observe.files._kernel_opens import opens
value = sys.argv[1]
new = not Path("value.txt").exists() or Path("value.txt").read_text() != value
Path("value.txt").write_text(value)
if sys.argv[2] == "without a net":
    opens._refused = "not in this test"
"""
CASE = """
@checkpoint
def f_{number}():
    ran.append({number})
    return int({call})
"""
TAIL = """
found = {}
for name, f in CASES.items():
    ran.clear()
    found[name] = [f(), len(ran)]
print(json.dumps(found))
"""


def has_net():
    listener = Opens()
    listener.start(".", tuple)
    return listener.up[0]


def run_all(program, made, ways, helpers, net):
    """Read edited files in fresh processes; return for each way what it gave and whether it ran, process by process."""
    lines = textwrap.dedent(made).splitlines()
    imports = [line for line in lines if line.startswith(("import ", "from "))]
    making = "\n".join(["if new:", *("    " + line for line in lines if line not in imports), "    pass"])
    cases = "".join(CASE.format(number=number, call=call) for number, call in enumerate(ways.values()))
    table = "CASES = {" + ", ".join(f"{name!r}: f_{number}" for number, name in enumerate(ways)) + "}"
    parts = (HEAD, *imports, making, textwrap.dedent(helpers), "ran = []", cases, table, TAIL)
    program.write("\n".join(parts))
    outcomes = [json.loads(program.run("main.py", value, net).splitlines()[-1]) for value in "1122"]
    return {name: [found[name] for found in outcomes] for name in ways}


needs_net = pytest.mark.skipif(not has_net(), reason="the system does not tell a process of its own opens")
WANTED = [[1, 1], [1, 0], [2, 1], [2, 0]]


@pytest.mark.parametrize("library", READERS)
def test_what_native_readers_of_a_library_read_counts(program, library):
    pytest.importorskip(library)
    made, ways, helpers = READERS[library]
    assert run_all(program, made, ways, helpers, "without a net") == dict.fromkeys(ways, WANTED)


@needs_net
@pytest.mark.parametrize("library", READERS)
def test_the_net_changes_nothing_for_what_is_known(program, library):
    pytest.importorskip(library)
    made, ways, helpers = READERS[library]
    assert run_all(program, made, ways, helpers, "with a net") == dict.fromkeys(ways, WANTED)


@pytest.mark.long
@pytest.mark.parametrize("library", WILD)
def test_what_native_readers_of_the_field_read_counts(program, library):
    pytest.importorskip(library)
    made, ways, helpers = WILD[library]
    assert run_all(program, made, ways, helpers, "without a net") == dict.fromkeys(ways, WANTED)


@needs_net
@pytest.mark.parametrize("library", NET)
def test_what_no_table_tells_of_is_seen_by_the_net(program, library):
    for needed in ("polars", library):
        pytest.importorskip(needed)
    made, ways, helpers = NET[library]
    assert run_all(program, made, ways, helpers, "with a net") == dict.fromkeys(ways, WANTED)


def test_where_there_is_no_net_a_native_reader_is_a_blind_spot(program):
    pytest.importorskip("pyarrow")
    program.write(f"""{HEAD}
import pyarrow
Path("x.bin").write_bytes(b"abc")
@checkpoint
def f():
    return value, pyarrow.OSFile("x.bin", "rb").read()
f()
print(f.explain().details())
""")
    assert "what it reads besides, in native code, is not seen here" in program.run("main.py", "1", "without a net")
    if has_net():
        assert "native code" not in program.run("main.py", "2", "with a net")


NATIVE = """
import ctypes, polars, subprocess
libc = ctypes.CDLL(None)
def native(path, flags=0):
    buffer = ctypes.create_string_buffer(9)
    file = libc.open(os.fsencode(path), flags, 0o600)
    found = libc.write(file, b"new", 3) if flags else libc.read(file, buffer, 9)
    libc.close(file)
    return buffer.value.decode()
"""


def outcomes(program, text, values="1122"):
    """Run a program once for each value; return what its function gave and whether it ran."""
    pytest.importorskip("polars")
    program.write(f"{HEAD}{NATIVE}\nran = []\n{text}\nprint(f(), len(ran))\n")
    return [program.run("main.py", value, "with a net").splitlines()[-1] for value in values]


@needs_net
def test_what_another_process_opens_meanwhile_is_no_input(program):
    text = """
Path("x.txt").write_text(value)
@checkpoint
def f():
    ran.append(1)
    subprocess.run(["cat", "x.txt"], check=True, capture_output=True)
    return "same"
"""
    assert outcomes(program, text, "12") == ["same 1", "same 0"]


@needs_net
def test_what_python_reads_outside_of_the_run_is_no_input(program):
    text = """
import threading
Path("x.txt").write_text(value)
start, done = threading.Event(), threading.Event()
def other():
    start.wait()
    Path("x.txt").read_text()
    done.set()
threading.Thread(target=other).start()
@checkpoint
def f():
    ran.append(1)
    start.set()
    done.wait()
    return "same"
start.set() if f.is_cached() else None
"""
    assert outcomes(program, text, "12") == ["same 1", "same 0"]


@needs_net
def test_what_native_code_writes_and_reads_again_is_no_input(program):
    text = """
@checkpoint
def f():
    ran.append(1)
    native("x.txt", os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    return native("x.txt")
"""
    assert outcomes(program, text, "12") == ["new 1", "new 0"]


@needs_net
def test_what_a_program_has_made_for_the_run_may_be_read(program):
    text = """
MAKE = f"open('x.txt', 'w').write('{value}')"
@checkpoint(ignore=["MAKE"])
def f():
    ran.append(1)
    subprocess.run([sys.executable, "-c", MAKE], check=True)
    return native("x.txt")
"""
    assert outcomes(program, text, "11") == ["1 1", "1 0"]


@needs_net
def test_a_file_that_others_change_after_it_was_read_costs_the_entry(program):
    text = """
Path("x.txt").write_text("1")
@checkpoint
def f():
    ran.append(1)
    found = native("x.txt")
    subprocess.run([sys.executable, "-c", "open('x.txt', 'w').write('2')"], check=True)
    return found
"""
    assert outcomes(program, text, "11") == ["1 1", "1 1"]


@needs_net
def test_an_inner_run_does_not_answer_for_what_the_outer_one_reads(program):
    text = """
Path("x.txt").write_text(value)
@checkpoint
def inner():
    ran.append("inner")
    return "same"
@checkpoint
def f():
    return native("x.txt") + inner()
"""
    assert outcomes(program, text, "122") == ["1same 1", "2same 0", "2same 0"]


@needs_net
def test_a_run_in_a_process_made_by_fork_has_a_net_of_its_own(program):
    text = """
Path("x.txt").write_text(value)
@checkpoint
def g():
    return native("x.txt")
@checkpoint
def warm():
    return 1
warm()
def f():
    child = os.fork()
    if not child:
        os._exit(int(g()))
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
"""
    assert [line.split()[0] for line in outcomes(program, text, "122")] == ["1", "2", "2"]


@needs_net
def test_a_descriptor_that_was_closed_and_opened_anew_is_let_alone(program):
    text = """
def close_all():
    os.closerange(3, 64)
    return [open("y.txt") for _ in range(40)]
@checkpoint
def warm():
    return 1
@checkpoint
def g():
    return native("y.txt")
Path("y.txt").write_text("kept")
warm()
mine = close_all()
g()
f = lambda: {file.read() for file in mine}
"""
    assert outcomes(program, text, "1") == ["{'kept'} 0"]


@needs_net
def test_nothing_is_watched_between_runs(program):
    text = """
@checkpoint
def f():
    ran.append(1)
    return "same"
f()
marks = [line for name in os.listdir("/proc/self/fdinfo") for line in told(name) if "fanotify ino" in line]
ran.append(marks)
"""
    told = """
def told(name):
    try:
        return Path("/proc/self/fdinfo", name).read_text().splitlines()
    except OSError:
        return []
"""
    assert outcomes(program, told + text + "print(marks)\nf = lambda: marks", "1") == ["[] 2"]


def test_a_class_that_reads_may_be_derived_from_while_a_run_is_on(program):
    pytest.importorskip("pyarrow")
    text = """
import pyarrow
Path("x.bin").write_bytes(b"abc")
@checkpoint
def f():
    class Mine(pyarrow.OSFile):
        pass
    with Mine("x.bin", "rb") as file:
        return issubclass(Mine, pyarrow.OSFile) and isinstance(file, pyarrow.OSFile)
"""
    assert outcomes(program, text, "1") == ["True 0"]
