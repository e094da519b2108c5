"""Programs that share: what a process does at its end, in its children and its loops, and what is loaded for it."""

from __future__ import annotations

import asyncio
import os
import threading

import pytest
from shared_support import Machine, Server

from Lutil.checkpoints import InlineCheckpoint, checkpoint
from Lutil.checkpoints.engine import _sharing
from Lutil.checkpoints.model._key import PartKind
from Lutil.checkpoints.observe import PROJECT, Observed
from Lutil.checkpoints.store.shared import flush

LOADED = """
    import sys
    found = {"obstore", "cryptography", "zstandard", "platformdirs", "Lutil.checkpoints.engine._sharing",
             "Lutil.checkpoints.store.shared", "asyncio"} & set(sys.modules)
    print(sorted(found))
"""
SIMPLE = """
    import sys
    from Lutil.checkpoints import checkpoint
    @checkpoint
    def f(x):
        print("ran", end=" ")
        return x + 1
    print(f(1))
"""


@pytest.fixture
def on(program, ada, bob, folder_url):
    """Run the program on a machine."""
    bob.trusts(ada)

    def run(machine: Machine, *arguments, check=True, **environment):
        environment = {
            "XDG_CONFIG_HOME": str(machine.config),
            "LUTIL_STORE": str(machine.store),
            "LUTIL_SHARED": folder_url,
            **environment,
        }
        return program.run(*arguments, check=check, **environment)

    return run


MANY = """
    from Lutil.checkpoints import checkpoint
    from Lutil.checkpoints.store.shared import SharedStore
    asked, ask = [], SharedStore.ask
    SharedStore.ask = lambda self, cases: asked.append(len(cases)) or ask(self, cases)
    ran = []
    @checkpoint(observe="declared")
    def f(x):
        ran.append(x)
        return x + 1
    assert f.map([*range(60), 3, 4]) == [*range(1, 61), 4, 5]
    print(len(ran), asked == [60])
"""


def test_a_map_asks_for_all_items_at_once(program, on, ada, bob):
    program.write(MANY)
    assert on(ada).startswith("60 ")
    assert on(bob) == "0 True\n"


def test_a_program_that_fails_has_shared_what_it_had(program, on, ada, bob):
    program.write(SIMPLE + "\n    if len(sys.argv) > 1: raise SystemExit(3)\n")
    on(ada, "main.py", "fail", check=False)
    assert on(bob) == "2\n"


ANSWERED = """
    import sys, threading
    import obstore
    from Lutil.checkpoints.store.shared._remote import Remote
    for name in dir(obstore):
        if name.endswith("_async"):
            delattr(obstore, name)
    remote = Remote(sys.argv[1], 20.0)
    remote.put("large", bytes(20 << 20))
    remote.put("small", b"1")
    answers = remote.get(["small", "large", "nowhere"], 100)
    print(sorted(answers.found), sum(len(part) for part in remote.stream("large", 20 << 20)))
"""


def test_no_thread_but_ours_takes_an_answer(program, folder_url):
    """The threads of obstore may still hold an answer as the program ends, and then abort the process."""
    program.write(ANSWERED)
    assert program.run("main.py", folder_url) == f"['nowhere', 'small'] {20 << 20}\n"


def test_nothing_is_loaded_for_it_but_by_a_miss(program, on, ada):
    program.write(SIMPLE + LOADED)
    assert on(ada, LUTIL_SHARED="") == "ran 2\n[]\n"  # no store is shared
    assert on(ada) == "2\n[]\n"  # a hit of the local store
    program.write(SIMPLE.replace("f(1)", "f(2)") + LOADED)
    assert "obstore" in on(ada)


def test_a_forked_child_leaves_the_store_alone_and_push_makes_up_for_it(program, on, ada):
    program.write("""
        import os, sys
        from Lutil.checkpoints import checkpoint
        @checkpoint
        def f(x):
            print("ran", x, flush=True)
            return x
        f(1)
        for x in (2, 3):
            if not (child := os.fork()):
                f(1), f(x)
                break
            print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
    """)
    assert on(ada) == "ran 1\nran 2\n0\nran 3\n0\n"
    assert program.errors.count("is left alone by processes that are forked") == 1  # the first of them says it
    assert on(ada, "-m", "Lutil", "push") == ""
    assert "2 copied, 1 were there" in program.errors


@pytest.mark.parametrize("where", ["here", "elsewhere"])
@pytest.mark.parametrize("method", ["fork", "spawn"])
def test_what_workers_do_for_a_map_is_published_whether_or_not_they_can(program, on, ada, bob, method, where):
    """Forked ones cannot; of those who do not find the caller's store, the caller keeps what they send."""
    program.write("""
        import multiprocessing as mp, os, sys
        from concurrent.futures import ProcessPoolExecutor
        from Lutil.checkpoints import checkpoint
        from Lutil.checkpoints.store import FileStore
        method, where = sys.argv[1:]
        @checkpoint
        def f(x):
            os.write(1, b"ran %d\\n" % x)
            return x
        def go():
            if where == "elsewhere":
                FileStore.get_note = lambda self, kind, key: None
        if __name__ == "__main__":
            with ProcessPoolExecutor(2, mp_context=mp.get_context(method), initializer=go) as pool:
                print(f.map(range(3), executor=pool))
    """)
    assert sorted(on(ada, "main.py", method, where).splitlines()) == ["[0, 1, 2]", "ran 0", "ran 1", "ran 2"]
    on(ada, "-m", "Lutil", "push")
    assert "0 copied, 3 were there" in program.errors
    assert on(bob, "main.py", method, where) == "[0, 1, 2]\n"


def test_workers_of_a_pool_publish_at_their_end(program, on, ada):
    program.write("""
        import multiprocessing as mp
        from Lutil.checkpoints import checkpoint
        @checkpoint
        def f(x):
            print("ran", x, flush=True)
            return x
        if __name__ == "__main__":
            with mp.get_context("spawn").Pool(2) as pool:
                print(sum(pool.map(f, range(4))))
                pool.close()
                pool.join()
    """)
    assert on(ada).splitlines()[-1] == "6"
    assert len([path for path in (program.folder / "bucket/v1/f").rglob("*") if path.is_file()]) == 4


def test_a_dead_store_at_the_end_leaves_results_to_push(program, on, ada):
    program.write(SIMPLE)
    dead = {"AWS_ENDPOINT_URL": "http://127.0.0.1:1", "AWS_ACCESS_KEY_ID": "a", "AWS_SECRET_ACCESS_KEY": "b"}
    assert on(ada, LUTIL_SHARED="s3://bucket/x", LUTIL_SHARED_TIMEOUT="1", **dead) == "ran 2\n"
    assert "1 result is not in s3://bucket/x yet: lutil push" in program.errors


def test_whoever_is_not_trusted_is_named_once_with_the_way_out(program, on, ada, bob, tmp_path, monkeypatch):
    program.write(SIMPLE)
    on(ada)
    eve = Machine(tmp_path, monkeypatch, "eve")
    assert on(eve) == "ran 2\n"
    assert f"lutil key trust {ada.key.text}" in program.errors
    eve.trusts(ada)
    assert on(eve, LUTIL_STORE=str(eve.folder / "another")) == "2\n"
    assert "lutil key trust" not in program.errors


# -- in this process -------------------------------------------------------------------------------------------------


def test_a_secret_keeps_a_result_at_home(ada, bob, folder_url):
    ran = []

    @checkpoint
    def login(password):
        ran.append(password)
        return len(password)

    bob.trusts(ada)
    ada.use(folder_url)
    login("hunter2")
    flush()
    bob.use(folder_url)
    login("hunter2")
    assert len(ran) == 2


def test_blocks_share_as_functions_do(ada, bob, folder_url):
    bob.trusts(ada)

    def block():
        x = [3, 1, 2]
        with InlineCheckpoint(watch=["x"], produce=["y"]) as found:
            y = sorted(x)
        return y, found.hit

    ada.use(folder_url)
    assert block() == ([1, 2, 3], False)
    flush()
    bob.use(folder_url)
    assert block() == ([1, 2, 3], True)


def test_what_a_run_wrote_is_put_back_on_another_machine(ada, bob, folder_url, own_folder):
    (own_folder / "pyproject.toml").touch()
    bob.trusts(ada)

    @checkpoint
    def write(text):
        with open("out.txt", "w") as file:
            file.write(text)

    ada.use(folder_url)
    write("hello")
    flush()
    (own_folder / "out.txt").unlink()
    bob.use(folder_url)
    write("hello")
    assert (own_folder / "out.txt").read_text() == "hello"


@pytest.mark.parametrize("place", ["inside", "outside", "link", "pipe", "above"])
def test_what_somebody_elses_run_read_is_looked_at_inside_of_the_project_only(
    ada, bob, folder_url, own_folder, tmp_path_factory, place, monkeypatch
):
    project, away = own_folder / "project", tmp_path_factory.mktemp("away")
    project.mkdir()
    (project / "pyproject.toml").touch()
    monkeypatch.chdir(project)
    (away / "data.txt").write_text("hello")
    paths = {"inside": project / "data.txt", "outside": away / "data.txt", "above": project / ".." / "data.txt"}
    path = paths.get(place, project / "data.txt")
    path.write_text("hello")
    ran = []

    @checkpoint(ignore=["path"])
    def read(path):
        ran.append(path)
        with open(path) as file:
            return file.read()

    bob.trusts(ada)
    ada.use(folder_url)
    assert read(str(path)) == "hello"
    flush()
    if place == "link":
        path.unlink()
        path.symlink_to(away / "data.txt")
    if place == "pipe":
        path.unlink()
        os.mkfifo(path)
    bob.use(folder_url, shared_mode="read")
    if place == "pipe":  # whoever opened it would wait for a writer
        assert not _sharing.may_look(Observed(PartKind.FILE, f"{PROJECT}data.txt", "content"), str(project))
        return
    read(str(path))
    assert len(ran) == (1 if place == "inside" else 2)


def test_ones_own_traces_may_name_any_file(ada, folder_url, tmp_path_factory):
    file = tmp_path_factory.mktemp("away") / "data.txt"
    file.write_text("hello")
    ran = []

    @checkpoint
    def read(path):
        ran.append(path)
        with open(path) as opened:
            return opened.read()

    ada.use(folder_url)
    read(str(file))
    flush()
    ada.store = ada.folder / "another"
    ada.use(folder_url)
    assert read(str(file)) == "hello"
    assert len(ran) == 1


def test_a_loop_goes_on_while_a_coroutine_asks(ada, bob, proxy, s3_url):
    bob.trusts(ada)
    ran = []

    @checkpoint
    async def f(x):
        ran.append(x)
        return x

    ada.use(s3_url)
    asyncio.run(f(1))
    flush()
    asked, go = threading.Event(), threading.Event()

    def hold(handler):
        asked.set()
        go.wait(20)
        return False

    proxy.before = hold
    bob.use(s3_url, shared_mode="read", shared_timeout=20)

    async def main():
        asking = asyncio.create_task(f(1))
        while not asked.is_set():  # noqa: ASYNC110  # another thread sets it
            await asyncio.sleep(0.005)
        go.set()  # nobody would come here if the loop stood still
        return await asking

    assert asyncio.run(main()) == 1
    assert ran == [1]


def test_many_computations_are_fetched_at_once(ada, bob, proxy, s3_url):
    bob.trusts(ada)
    ran = []

    @checkpoint
    def f(x):
        ran.append(x)
        return x

    ada.use(s3_url)
    for x in range(20):
        f(x)
    flush()
    bob.use(s3_url, shared_mode="read")
    asked = [f._computation((x,), {}) for x in range(25)]
    for one in asked:
        one.make_key()
    proxy.seen.clear()
    assert _sharing.fetch_many(asked) == frozenset(range(20))
    assert len(proxy.gets()) == 50  # of two signers
    ran.clear()
    assert [f(x) for x in range(20)] == [*range(20)]
    assert ran == []


def test_of_many_threads_one_fetches(ada, bob, proxy, s3_url):
    bob.trusts(ada)
    ran = []

    @checkpoint
    def f(size):
        ran.append(size)
        return os.urandom(size)

    ada.use(s3_url)
    data = f(2_000_000)
    flush()
    bob.use(s3_url, shared_mode="read")
    found, start = [], threading.Barrier(6)

    def work():
        start.wait()
        found.append(f(2_000_000))

    threads = [threading.Thread(target=work) for _ in range(6)]
    [thread.start() for thread in threads], [thread.join(30) for thread in threads]
    assert found == [data] * 6
    assert ran == [2_000_000]
    assert sum("_payloads" in path for path in proxy.gets()) == 1


def test_whether_a_call_would_be_a_hit_counts_what_is_shared(ada, bob, folder_url):
    bob.trusts(ada)

    @checkpoint
    def f(x):
        return x

    ada.use(folder_url)
    f(1)
    flush()
    bob.use(folder_url, shared_mode="read")
    assert f.is_cached(1)
    assert not f.is_cached(2)


def test_a_function_that_travels_takes_its_shared_store_along(ada, bob, folder_url):
    """To a worker of dask or ray on another machine: no settings, another disk."""
    import cloudpickle

    def make():
        @checkpoint
        def f(x):
            return x, os.urandom(4)

        return f

    ada.use(folder_url)
    f = make()
    first = f(1)
    flush()
    shipped = cloudpickle.dumps(f)
    bob.trusts(ada)
    bob.use("")
    from Lutil.checkpoints.faces import _shipping

    _shipping._alive.clear()  # this is another process
    there = cloudpickle.loads(shipped)
    there._options = there._options._replace(store=bob.store)
    assert there(1) == first


def test_a_web_server_is_a_store_that_is_only_read(ada, bob, folder_url, tmp_path):
    import functools
    from http.server import SimpleHTTPRequestHandler

    bob.trusts(ada)

    @checkpoint
    def f(x):
        return x, os.urandom(4)

    ada.use(folder_url)
    first = f(1)
    flush()
    handler = functools.partial(SimpleHTTPRequestHandler, directory=str(tmp_path / "bucket"))
    handler.log_message = lambda *_: None
    server = Server(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
    bob.use(f"http://127.0.0.1:{server.server_address[1]}")
    assert f(1) == first
    assert f(2) == f(2)
    flush()
    server.stop()


@pytest.mark.parametrize("far", [True, False])
def test_what_sharing_reads_for_itself_is_no_input_of_a_run_around_it(ada, bob, proxy, s3_url, folder_url, far):
    @checkpoint(name="inner")
    def inner(x):
        return x + 1

    @checkpoint(name="outer")
    def outer(x):
        return inner(x) + 1

    url = s3_url if far else folder_url
    bob.trusts(ada)
    ada.use(url)
    inner(1)
    flush()
    bob.use(url)
    assert outer(1) == 3
    flush()
    assert {info.name for info in bob.local.list()} == {"inner", "outer"}
    assert list(bob.store.rglob("*.trace")) == []
