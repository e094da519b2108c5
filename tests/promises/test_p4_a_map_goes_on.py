"""P4: a map that was killed goes on where it was; whatever ends it, what was done is kept and nothing stays claimed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time

import pytest

from running import SOURCE

JOB = """
import os, sys, threading, time
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from Lutil.checkpoints import checkpoint
@checkpoint(observe="declared")  # the file that it waits for is no input
def work(x):
    with open("ran.log", "a") as file: file.write(f"{x} {os.getpid()}-{threading.get_ident()}\\n")
    while x >= 20 and not Path("go").exists(): time.sleep(0.001)
    return x * x
"""
WAYS = {
    "one_by_one": "print(sum(work.map(range(40))))",
    "threads": "print(sum(work.map(range(40), workers=2)))",
    "imap": "print(sum(work.imap(iter(range(40)), workers=2)))",
    "processes": """if __name__ == "__main__":
    with ProcessPoolExecutor(2) as pool:
        print(sum(work.map(range(40), executor=pool)))""",
}


def started(program, how):
    """Start a map that stops at some item, and wait until it is there."""
    program.write(JOB + WAYS[how])
    process = subprocess.Popen(
        [sys.executable, "main.py"],
        cwd=program.folder,
        env={**os.environ, "PYTHONPATH": str(SOURCE)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    until = time.monotonic() + 60
    while not any(item >= 20 for item in ran(program)):
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < until
        time.sleep(0.01)
    return process


def ran(program):
    log = program.folder / "ran.log"
    return [int(line.split()[0]) for line in log.read_text().splitlines()] if log.exists() else []


def last(program):
    """Return the item that each worker has begun last: whether it was kept by the time of the kill is open."""
    lines = (program.folder / "ran.log").read_text().splitlines()
    return {int(item) for item in {worker: item for item, worker in map(str.split, lines)}.values()}


def goes_on(program, unfinished):
    """The same job again: only what was not done runs."""
    (program.folder / "go").touch()
    before = ran(program)
    assert program.run() == f"{sum(x * x for x in range(40))}\n"
    done = set(before) - unfinished
    again = ran(program)[len(before) :]
    assert len(again) == len(set(again))
    assert not done & set(again)
    assert {*before, *again} == {*range(40)}
    assert program.run() == f"{sum(x * x for x in range(40))}\n"
    assert len(ran(program)) == len(before) + len(again)


@pytest.mark.parametrize("how", WAYS)
def test_a_map_that_was_killed_goes_on_where_it_was(program, how):
    process = started(program, how)
    os.killpg(process.pid, signal.SIGKILL)
    process.communicate()
    goes_on(program, {x for x in ran(program) if x >= 20} | last(program))


@pytest.mark.parametrize("how", ["one_by_one", "threads", "imap"])
def test_ctrl_c_ends_a_map_and_nothing_is_left_claimed(program, how):
    process = started(program, how)
    os.kill(process.pid, signal.SIGINT)
    if how != "one_by_one":
        time.sleep(0.2)
        assert process.poll() is None  # what is running is waited for
        (program.folder / "go").touch()
    _, errors = process.communicate(timeout=60)
    assert process.returncode == -signal.SIGINT, errors
    print(errors)
    assert errors.rstrip().endswith("KeyboardInterrupt")
    assert max(ran(program)) < 30
    assert not [*(program.folder / ".Lutil-checkpoint" / "v1" / "_claims").iterdir()]
    goes_on(program, {x for x in ran(program) if x >= 20} if how == "one_by_one" else set())


MANY = """
import os
from Lutil.checkpoints import checkpoint
log = os.open("ran.log", os.O_WRONLY | os.O_APPEND | os.O_CREAT)
@checkpoint(observe="declared", ignore=["log"])
def work(x):
    os.write(log, b".")
    return x * x
print(sum(work.map(range(100_000), workers=2)))
"""


@pytest.mark.long
def test_of_a_hundred_thousand_items_those_that_were_done_do_not_run_again(program):
    program.write(MANY)
    log = program.folder / "ran.log"
    environment = {**os.environ, "PYTHONPATH": str(SOURCE)}
    for stop in (10_000, 40_000):
        process = subprocess.Popen([sys.executable, "main.py"], cwd=program.folder, env=environment)
        while not log.exists() or log.stat().st_size < stop:
            assert process.poll() is None
            time.sleep(0.05)
        process.kill()
        process.wait()
    process = subprocess.run(
        [sys.executable, "main.py"], cwd=program.folder, env=environment, capture_output=True, text=True, check=True
    )
    assert process.stdout == f"{sum(x * x for x in range(100_000))}\n"
    assert 100_000 <= log.stat().st_size <= 100_000 + 2 * 2  # what two threads were at when it was killed, twice
