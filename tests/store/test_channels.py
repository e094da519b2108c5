"""Which connections say that a process may be waiting for an answer from this one."""

from __future__ import annotations

import os
import socket
import sys
import threading

import pytest

from Lutil.checkpoints.store.claims._processes import LINUX, this_machine

if sys.platform != "linux":
    pytest.skip("what is seen, is seen in /proc", allow_module_level=True)

from Lutil.checkpoints.store.claims._channels import connected

pytestmark = pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")
ME = os.getpid()


class Child:
    """A forked process that does something and then waits to be ended."""

    def __init__(self, work):
        ready, told = os.pipe()
        self.pid = os.fork()
        if self.pid == 0:
            try:
                os.close(ready)
                kept = work()
                os.write(told, b"x")
                os.close(told)
                threading.Event().wait(60)
                del kept
            finally:
                os._exit(0)
        os.close(told)
        os.read(ready, 1)
        os.close(ready)

    def end(self):
        os.kill(self.pid, 9)
        os.waitpid(self.pid, 0)


@pytest.fixture
def child():
    children = []

    def start(work):
        children.append(Child(work))
        return children[-1].pid

    yield start
    for each in children:
        each.end()


@pytest.fixture(params=["IPv4", "IPv6", "IPv4 to IPv6", "unix"])
def server(request, tmp_path):
    """A listening socket, and how a client reaches it."""
    if request.param == "unix":
        listener = socket.socket(socket.AF_UNIX)
        listener.bind(str(tmp_path / "s"))
        listener.listen()

        def connect():
            client = socket.socket(socket.AF_UNIX)
            client.connect(str(tmp_path / "s"))
            return client
    else:
        family = socket.AF_INET if request.param == "IPv4" else socket.AF_INET6
        if family == socket.AF_INET6 and not socket.has_dualstack_ipv6():
            pytest.skip("no IPv6 here")
        listener = socket.create_server(("", 0), family=family, dualstack_ipv6=family == socket.AF_INET6)
        place = "::1" if request.param == "IPv6" else "127.0.0.1"

        def connect():
            return socket.create_connection((place, listener.getsockname()[1]))

    with listener:
        yield listener, connect


def alone(listener, connect):
    def work():
        client = connect()
        listener.close()
        return client

    return work


def test_a_client_is_connected_to_its_server_once_it_is_accepted_and_before(server, child):
    listener, connect = server
    client = child(alone(listener, connect))
    assert connected({ME}, {client})
    accepted, _ = listener.accept()
    with accepted:
        assert connected({ME}, {client})
    assert not connected({ME}, {client})


def test_one_process_is_connected_with_itself(server):
    _, connect = server
    assert not connected({ME}, {ME})
    with connect():
        assert connected({ME}, {ME})


def test_a_pair_by_which_an_event_loop_wakes_itself_is_no_connection():
    one, other = socket.socketpair()
    with one, other:
        assert not connected({ME}, {ME})


def test_what_both_have_inherited_counts_only_for_who_sleeps_in_a_read(child):
    one, other = socket.socketpair()
    reads, writes = os.pipe()
    with one, other:
        client = child(lambda: None)
        assert not connected({ME}, {client})
        assert connected({ME}, {client}, blocked=True)
    os.close(reads)
    os.close(writes)


PIPE = """
import os, time
from Lutil.checkpoints.store.claims._channels import connected
me = os.getpid()
reads, writes = os.pipe()
client = os.fork()
if not client:
    os.close(writes)
    os.read(reads, 1)
    os._exit(0)
os.close(reads)
while not connected({me}, {client}, blocked=True):  # until it sleeps there
    time.sleep(0.01)
print(connected({client}, {me}, blocked=True), connected({me}, {client}))
os.close(writes)
os.waitpid(client, 0)
"""


def test_a_pipe_leads_from_who_writes_to_who_sleeps_in_its_read(program):
    program.write(PIPE)  # in a process of its own: an event loop that this one has would be inherited
    assert program.run() == "False False\n"


POOL = """
import multiprocessing, os, sys, time
from Lutil.checkpoints.store import FileStore
from Lutil.checkpoints.store.claims._processes import LINUX
def hold(ready):
    ready.set()
    time.sleep(60)
def look(pid, answers):
    answers.put((LINUX.connected(pid, pid), os.getppid() in LINUX.used(os.getppid())))
if __name__ == "__main__":
    context = multiprocessing.get_context(sys.argv[1])
    ready, answers = context.Event(), context.Queue()
    holder = context.Process(target=hold, args=(ready,))
    holder.start()
    ready.wait(60)
    context.Process(target=look, args=(holder.pid, answers)).start()
    print(LINUX.connected(holder.pid, holder.pid), answers.get())
    holder.kill()
"""


@pytest.mark.parametrize("method", ["fork", "spawn", "forkserver"])
def test_workers_of_one_parent_are_not_connected_nor_is_that_with_a_sleeping_one(program, method):
    program.write(POOL)
    assert program.run("main.py", method) == "False (False, True)\n"


def test_processes_that_share_nothing_are_not_connected(child):
    assert not connected({ME}, {child(lambda: None)})
    assert not connected({ME}, {2**22 + 1})


def test_this_machine_can_be_seen():
    assert this_machine() is LINUX
    assert LINUX.status(ME).stopped is False
    assert LINUX.status(2**22 + 1) is None
    assert LINUX.thread_used(ME, threading.get_native_id()) is not None
    assert LINUX.thread_used(ME, 2**22 + 1) is None


def test_what_descendants_use_is_seen(child):
    started = child(lambda: None)
    assert set(LINUX.used(ME)) >= {ME, started}


def test_psutil_tells_the_same(server, child, monkeypatch):
    pytest.importorskip("psutil")
    from Lutil.checkpoints.integrations import psutil as told

    assert told.is_there()
    listener, connect = server
    client = child(alone(listener, connect))
    assert told.status(client)[0] is False
    assert told.status(2**22 + 1) is None
    assert set(told.used(ME)) >= {ME, client}
    assert told.thread_used(ME, threading.get_native_id()) is not None
    accepted, _ = listener.accept()
    with accepted:
        assert told.connected(client, 0) is (listener.family != socket.AF_UNIX)
    assert told.connected(client, 0) is False
