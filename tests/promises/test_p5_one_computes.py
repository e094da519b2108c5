"""P5: of all who want a key at once, one computes; never a deadlock."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from Lutil.checkpoints import checkpoint
from Lutil.checkpoints.computation import _stores
from Lutil.checkpoints.model import _settings
from Lutil.checkpoints.store import FileStore
from Lutil.checkpoints.store.claims import _holding
from running import SOURCE

PROGRAM = """
import sys, time
from pathlib import Path
from Lutil.checkpoints import checkpoint
@checkpoint
def f(x):
    with open("ran.log", "a") as file: file.write("ran\\n")
    time.sleep(0.5)
    return x + 1
Path(f"ready{sys.argv[1]}").touch()
while not Path("go").exists(): time.sleep(0.001)
print(f(1))
"""


def together(program, text):
    """Run a program in four processes that begin at once; return what they print."""
    program.write(text)
    workers = [
        subprocess.Popen(
            [sys.executable, "main.py", str(n)],
            cwd=program.folder,
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, "PYTHONPATH": str(SOURCE)},
        )
        for n in range(4)
    ]
    while len(list(program.folder.glob("ready*"))) < 4:
        time.sleep(0.01)
    (program.folder / "go").touch()
    return [worker.communicate(timeout=60)[0] for worker in workers]


def test_of_four_processes_one_computes(program):
    assert together(program, PROGRAM) == ["2\n"] * 4
    assert (program.folder / "ran.log").read_text() == "ran\n"


def test_of_eight_threads_one_computes_and_each_gets_its_own_copy():
    calls = []
    entered, leave = threading.Event(), threading.Event()

    @checkpoint
    def f(x):
        calls.append(x)
        entered.set()
        leave.wait(10)
        return [x]

    results = []
    threads = [threading.Thread(target=lambda: results.append(f(1))) for _ in range(8)]
    for thread in threads:
        thread.start()
    assert entered.wait(10)
    leave.set()
    for thread in threads:
        thread.join(20)
    assert calls == [1]
    assert results == [[1]] * 8
    assert len({id(result) for result in results}) == 8


def test_of_many_coroutines_one_computes_and_the_loop_goes_on():
    calls = []

    @checkpoint
    async def f(x):
        calls.append(x)
        await asyncio.sleep(0.05)
        return [x]

    async def main():
        return await asyncio.gather(*(f(n % 3) for n in range(30)))

    assert asyncio.run(main()) == [[n % 3] for n in range(30)]
    assert sorted(calls) == [0, 1, 2]


def test_a_computation_that_calls_itself_with_the_same_arguments_does_not_deadlock():
    depth = []

    @checkpoint
    def f(x):
        depth.append(x)
        return 1 if len(depth) > 2 else f(x) + 1

    assert f(0) == 3


def test_threads_that_are_the_first_to_use_a_store_have_one(monkeypatch):
    """Who waits for a thread of this process is woken by it, and asks no file."""
    both, opened = threading.Barrier(2), []

    def made(*args, **kwargs):
        both.wait()
        return FileStore(*args, **kwargs)

    monkeypatch.setattr(_stores, "FileStore", made)
    settings = _settings.current()
    threads = [threading.Thread(target=lambda: opened.append(_stores.stores_of("new", settings)[0])) for _ in range(2)]
    [thread.start() for thread in threads], [thread.join() for thread in threads]
    assert opened[0] is opened[1]


def until_waiting(count, name):
    """Wait until so many threads of a name wait for one that computes."""
    code = _holding.Holding.wait.__code__
    while True:
        found = sys._current_frames()
        frames = [found.get(thread.ident) for thread in threading.enumerate() if thread.name.startswith(name)]
        waiting = [frame for frame in frames if frame is not None and frame.f_code is code]
        if sum(not frame.f_locals["self"].over for frame in waiting) == count:
            return
        time.sleep(0.001)


def test_threads_that_wait_for_what_only_fails_do_not_fail_one_after_the_other():
    lock, ran = threading.Lock(), []
    at_once = threading.Barrier(4)

    @checkpoint(ignore=["ran"])  # or those who call after the first one has begun ask for another key
    def fails(x):
        with lock:
            ran.append(x)
            turn = len(ran)
        if turn <= 2:
            until_waiting(6 - turn, "failing")
        else:
            at_once.wait()
        raise ConnectionError(x)

    def call():
        with pytest.raises(ConnectionError):
            fails(1)
        return True

    with ThreadPoolExecutor(6, "failing") as pool:
        assert all(future.result() for future in [pool.submit(call) for _ in range(6)])
    assert not at_once.broken
    assert len(ran) == 6


FAILING = """
import os, sys, time
from pathlib import Path
from Lutil.checkpoints import checkpoint
log = Path("ran.log")
@checkpoint
def f(x):
    with open(log, "a") as file: file.write(".")
    turn, until = len(log.read_text()), time.monotonic() + 30
    if turn <= 2:
        time.sleep(0.7)
    while turn > 2 and len(log.read_text()) < 4:
        assert time.monotonic() < until
        time.sleep(0.01)
    raise ConnectionError(x)
Path(f"ready{sys.argv[1]}").touch()
while not Path("go").exists(): time.sleep(0.001)
try:
    f(1)
except ConnectionError:
    print("failed")
"""


def test_processes_that_wait_for_what_only_fails_do_not_fail_one_after_the_other(program):
    assert together(program, FAILING) == ["failed\n"] * 4
    assert (program.folder / "ran.log").read_text() == "...."


NESTED = """
import os, sys, time
from pathlib import Path
from Lutil.checkpoints import checkpoint
@checkpoint
def inner(x):
    with open("ran.log", "a") as file: file.write("inner\\n")
    time.sleep(1)
    return x + 1
@checkpoint
def outer(n):
    return inner(1) * n
Path(f"ready{sys.argv[1]}").touch()
while not Path("go").exists(): time.sleep(0.001)
print(outer(int(sys.argv[1])))
"""


def test_four_processes_with_a_common_inner_call_compute_that_once(program):
    assert together(program, NESTED) == ["0\n", "2\n", "4\n", "6\n"]
    assert (program.folder / "ran.log").read_text() == "inner\n"


SERVER = """
import os, socket, sys, threading
from Lutil.checkpoints import checkpoint
ROLE, PORT = sys.argv[1], int((sys.argv + ["0"])[2])
def ask(i):
    if ROLE == "server" or threading.current_thread() is not threading.main_thread():
        return i * 2
    with socket.create_connection(("127.0.0.1", PORT)) as client:
        client.sendall(b"%d" % i)
        return int(client.recv(100))
@checkpoint(ignore=["ROLE", "PORT"])
def f(i):
    return ask(i)
def serve():
    client, _ = listener.accept()
    with client:
        client.sendall(b"%d" % f(int(client.recv(100))))
if ROLE != "client":
    listener = socket.create_server(("127.0.0.1", 0))
    PORT = listener.getsockname()[1]
    print(PORT, flush=True)
if ROLE == "server":
    serve()
if ROLE == "both":
    threading.Thread(target=serve).start()
if ROLE != "server":
    print(f(21))
"""


@pytest.mark.skipif(sys.platform != "linux", reason="who is connected with whom, is seen in /proc")
def test_a_server_that_is_asked_by_a_computation_for_the_same_key_answers(program):
    program.write(SERVER)
    server = subprocess.Popen(
        [sys.executable, "main.py", "server"],
        cwd=program.folder,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(SOURCE)},
    )
    port = server.stdout.readline().strip()
    assert program.run("main.py", "client", port) == "42\n"
    assert server.wait(20) == 0
    server.stdout.close()


@pytest.mark.skipif(sys.platform != "linux", reason="the same")
def test_a_server_in_a_thread_that_is_asked_for_the_same_key_answers(program):
    program.write(SERVER)
    assert program.run("main.py", "both").split()[1] == "42"


@pytest.mark.parametrize("backend", ["asyncio", "trio"])
def test_tasks_of_a_key_compute_once_in_either_kind_of_loop(backend):
    anyio = pytest.importorskip("anyio")
    if backend == "trio":
        pytest.importorskip("trio")
    ran = []

    @checkpoint(ignore=["ran"])
    async def fetch(x):
        ran.append(x)
        await anyio.sleep(0.1)
        return [x]

    async def main():
        found = []

        async def one():
            found.append(await fetch(5))

        async with anyio.create_task_group() as group:
            for _ in range(3):
                group.start_soon(one)
        return found

    assert anyio.run(main, backend=backend) == [[5]] * 3
    assert ran == [5]
