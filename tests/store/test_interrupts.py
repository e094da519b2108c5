"""Ctrl-C, also twice: whatever it comes into, nothing stays claimed, watched or half written, and results stay right."""

from __future__ import annotations

import os
import random
import select
import signal
import subprocess
import sys
import time

import numpy as np
import pytest

from Lutil.checkpoints import checkpoint
from Lutil.checkpoints.store import FileStore
from Lutil.checkpoints.store.claims import _locks

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")

PROGRAM = """
import gc, os, signal, sys
from pathlib import Path
from Lutil.checkpoints import checkpoint
from Lutil.checkpoints.observe._audit_hook import recording
from Lutil.checkpoints.store.claims import _claims
from Lutil.checkpoints.store.claims import _locks

real_stat = os.stat
armed = False

def interrupt(*_):
    if armed:
        raise KeyboardInterrupt

signal.signal(signal.SIGINT, interrupt)

@checkpoint
def f(n):
    return [n] * 100, Path(__file__).exists()

print("go", flush=True)
n = 0
for line in sys.stdin:  # one line for each Ctrl-C, or pair of them, that is on its way
    try:
        armed = True
        while True:
            n += 1
            assert f(n // 3) == ([n // 3] * 100, True)
    except KeyboardInterrupt:
        armed = False
    print("caught", flush=True)
gc.collect()
assert f(-1) == ([-1] * 100, True)
held = [claims._table for claims in _claims._all if claims._table]
print(len(_locks._held), held, recording, os.stat is real_stat)
"""


def storm(program, times, seed):
    """Interrupt a program at random instants, each second time twice in a row; return what it says at its end."""
    program.write(PROGRAM)
    picks = random.Random(seed)  # moments, no secrets
    process = subprocess.Popen(
        [sys.executable, "main.py"],
        cwd=program.folder,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )
    assert process.stdout.readline() == "go\n"
    for number in range(times):
        process.stdin.write("next\n")
        process.stdin.flush()
        answered = False
        while not answered:
            time.sleep(picks.random() * 0.004 + 0.001)
            process.send_signal(signal.SIGINT)
            if number % 2:
                time.sleep(picks.random() * 0.0002)
                process.send_signal(signal.SIGINT)
            # One that comes too early is ignored, and sent again.
            answered = bool(select.select([process.stdout], [], [], 0.2)[0])
        assert process.stdout.readline() == "caught\n"
    process.stdin.close()
    with process.stdout:
        found = process.stdout.read()
    assert process.wait(20) == 0
    return found


def check(program):
    """See that nothing is left behind that is in use, or that is damaged."""
    store = FileStore(program.folder / ".Lutil-checkpoint", min_free=0)
    assert store.check().damaged == ()
    for file in (store.folder / "v1/_claims").iterdir():
        lock = _locks.OsLock(str(file))
        assert lock.try_acquire()
        lock.release()


def test_interrupts_leave_nothing_claimed_watched_or_damaged(program):
    assert storm(program, 60, 1) == "0 [] [0] True\n"
    check(program)


@pytest.mark.long
def test_two_thousand_interrupts_leave_nothing_claimed_watched_or_damaged(program):
    assert storm(program, 2000, 2) == "0 [] [0] True\n"
    check(program)


def test_no_function_of_python_runs_as_a_mapped_result_goes():
    """A signal whose handler raises within one that is called for the last reference is printed, and lost."""

    @checkpoint
    def zeros():
        return np.zeros(1 << 19)

    zeros()
    found = [zeros()]
    assert not found[0].flags.owndata
    called = []
    sys.setprofile(lambda frame, event, _: called.append(frame.f_code.co_qualname) if event == "call" else None)
    try:
        found.clear()
    finally:
        sys.setprofile(None)
    assert called == []
