"""Whose read it was: threads, tasks, nested runs and hits inside of runs."""

# The programs here read files in all the ways that users do.
# ruff: noqa: PTH208

from __future__ import annotations

import asyncio
import contextvars
import multiprocessing
import os
import pickle
import threading
from concurrent.futures import ThreadPoolExecutor
from multiprocessing.pool import ThreadPool
from pathlib import Path

import pytest

from Lutil.checkpoints.model._key import PartKind
from Lutil.checkpoints.observe import EMPTY, Recorder, digests_of, enclosing


def names(seen):
    return {o.name.removeprefix("project:") for o in seen.trace.names}


def read(name):
    return Path(name).read_text()


@pytest.fixture
def files(project):
    for name in "abcdefgh":
        project.write(name, name)
    return project


@pytest.fixture
def start(files):
    def make(**options):
        recorder = Recorder(root=files.root, **options)
        recorder.start()
        return recorder

    return make


def in_thread(name):
    thread = threading.Thread(target=read, args=(name,))
    thread.start()
    thread.join()


def in_pool(name):
    with ThreadPoolExecutor(2) as pool:
        pool.submit(read, name).result()


def in_mapped_pool(name):
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(read, [name]))


def in_thread_pool(name):
    with ThreadPool(2) as pool:
        pool.apply(read, (name,))


def in_to_thread(name):
    asyncio.run(asyncio.to_thread(read, name))


def in_executor(name):
    async def main():
        await asyncio.get_running_loop().run_in_executor(None, read, name)

    asyncio.run(main())


def in_task(name):
    async def inner():
        return read(name)

    async def main():
        await asyncio.gather(inner())

    asyncio.run(main())


def in_pool_directly(name):
    with ThreadPoolExecutor(2) as pool:
        pool.submit(Path(name).read_text).result()


def in_thread_subclass(name):
    class Reader(threading.Thread):
        def run(self):
            read(name)

    reader = Reader()
    reader.start()
    reader.join()
    assert "run" not in vars(reader)


@pytest.mark.parametrize(
    "where",
    [
        in_thread,
        in_pool,
        in_mapped_pool,
        in_thread_pool,
        in_to_thread,
        in_executor,
        in_task,
        in_pool_directly,
        in_thread_subclass,
    ],
)
def test_reads_in_threads_and_tasks_that_the_run_starts_count(files, where):
    assert names(files.observe(lambda: where("a"))) == {"a"}


def test_reads_in_a_pool_older_than_the_run_count_where_the_run_submits_them(files):
    with ThreadPoolExecutor(1) as pool:
        pool.submit(read, "b").result()
        seen = files.observe(lambda: pool.submit(read, "a").result())
        pool.submit(read, "c").result()
    assert names(seen) == {"a"}


def lines_of(names_):
    for name in names_:
        yield read(name)


def run_in(loop, pool, function, *args):
    """Open and read as `aiofiles` does: each step in a pool, by the loop."""

    async def main():
        file = await loop.run_in_executor(pool, open, *args)
        with file:
            return await loop.run_in_executor(pool, function, file)

    return loop.run_until_complete(main())


async def in_anyio(name):
    anyio = pytest.importorskip("anyio")
    await anyio.to_thread.run_sync(read, name)
    async with await anyio.open_file(name) as file:
        await file.read()


def told_when_done(pool, name):
    done = threading.Event()
    pool.submit(int).add_done_callback(lambda _: (read(name), done.set()))
    assert done.wait(20)


def told_by_thread_pool(pool, name):
    done = threading.Event()
    pool.apply_async(int, callback=lambda _: (read(name), done.set()))
    assert done.wait(20)


LASTING = {
    "submit": lambda pool, threads, loop: lambda name: pool.submit(read, name).result(),
    "map": lambda pool, threads, loop: lambda name: list(pool.map(read, [name])),
    "done": lambda pool, threads, loop: lambda name: told_when_done(pool, name),
    "thread pool": lambda pool, threads, loop: lambda name: threads.apply(read, (name,)),
    "thread pool map": lambda pool, threads, loop: lambda name: threads.map(read, [name]),
    "thread pool map of reads": lambda pool, threads, loop: lambda name: threads.map(Path.read_text, [Path(name)]),
    "thread pool imap": lambda pool, threads, loop: lambda name: list(threads.imap(read, iter([name]))),
    "thread pool reading what it is given": lambda pool, threads, loop: (
        lambda name: list(threads.imap_unordered(len, lines_of([name])))
    ),
    "thread pool imap of reads": lambda pool, threads, loop: (
        lambda name: list(threads.imap(len, map(Path.read_text, [Path(name)])))
    ),
    "thread pool callback": lambda pool, threads, loop: lambda name: told_by_thread_pool(threads, name),
    "to_thread": lambda pool, threads, loop: lambda name: loop.run_until_complete(asyncio.to_thread(read, name)),
    "run_in_executor": lambda pool, threads, loop: lambda name: run_in(loop, None, lambda file: file.read(), name),
    "a pool of the loop": lambda pool, threads, loop: lambda name: run_in(loop, pool, lambda file: file.read(), name),
    "anyio": lambda pool, threads, loop: lambda name: loop.run_until_complete(in_anyio(name)),
}


@pytest.mark.parametrize("older", [True, False])
@pytest.mark.parametrize("way", LASTING)
def test_what_outlives_a_run_reads_for_the_run_that_hands_it_work(files, start, way, older):
    with ThreadPoolExecutor(1) as pool, ThreadPool(1) as threads:
        loop = asyncio.new_event_loop()
        work = LASTING[way](pool, threads, loop)
        if older:
            work("h")
        first = files.observe(lambda: work("a"))
        work("b")
        second = files.observe(lambda: work("c"))
        outer, inner = start(), start()
        work("d")
        inner_seen = inner.stop()
        nobody = threading.Thread(target=contextvars.Context().run, args=(work, "e"))
        contextvars.Context().run(nobody.start)
        nobody.join()
        outer_seen = outer.stop()
        loop.run_until_complete(loop.shutdown_default_executor())
        loop.close()
    assert [names(seen) for seen in (first, second, inner_seen, outer_seen)] == [{"a"}, {"c"}, {"d"}, {"d"}]


def test_work_from_outside_does_not_count_for_the_run_that_started_the_thread(files, start):
    with ThreadPoolExecutor(1) as pool:
        recorder = start()
        pool.submit(read, "a").result()
        contextvars.Context().run(lambda: pool.submit(read, "b").result())
        assert names(recorder.stop()) == {"a"}


def test_two_runs_in_two_threads_do_not_mix(files):
    barrier = threading.Barrier(2, timeout=20)
    seen = {}

    def compute(name):
        recorder = Recorder(root=files.root)
        barrier.wait()
        recorder.start()
        barrier.wait()
        read(name)
        barrier.wait()
        seen[name] = recorder.stop()

    threads = [threading.Thread(target=compute, args=(name,)) for name in "ab"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {name: names(s) for name, s in seen.items()} == {"a": {"a"}, "b": {"b"}}


def test_two_runs_in_two_tasks_do_not_mix(files):
    async def compute(name, barrier):
        recorder = Recorder(root=files.root)
        recorder.start()
        await barrier.wait()
        read(name)
        await barrier.wait()
        return recorder.stop()

    async def main():
        turns = asyncio.Event()
        waiting = []

        class Barrier:
            async def wait(self):
                waiting.append(1)
                if len(waiting) % 2 == 0:
                    turns.set()
                await turns.wait()
                await asyncio.sleep(0)

        barrier = Barrier()
        return await asyncio.gather(compute("a", barrier), compute("b", barrier))

    first, second = asyncio.run(main())
    assert (names(first), names(second)) == ({"a"}, {"b"})


def test_an_inner_run_counts_for_those_that_enclose_it(files, start):
    outer = start()
    read("a")
    inner = start()
    read("b")
    inner_seen = inner.stop()
    read("c")
    outer_seen = outer.stop()
    assert names(inner_seen) == {"b"}
    assert names(outer_seen) == {"a", "b", "c"}


def test_an_inner_run_that_fails_counts_for_those_that_enclose_it(files, start):
    outer = start()
    inner = start()
    read("b")
    inner.drop()
    assert names(outer.stop()) == {"b"}


def test_an_inner_hit_counts_as_a_run_of_what_it_stands_for(files, start):
    seen = files.observe(lambda: (read("a"), os.listdir(".")))
    outer, inner = start(), start()
    enclosing().add(seen.trace, digests_of(seen.trace, None, files.root))
    inner_seen, outer_seen = inner.stop(), outer.stop()
    assert inner_seen.digest == outer_seen.digest == seen.digest
    files.write("a", "changed")
    assert files.present(outer_seen) != outer_seen.digest


def test_a_file_that_changed_between_two_inner_hits_is_unstable(files, start):
    seen = files.observe(lambda: read("a"))
    outer = start()
    outer.add(seen.trace, digests_of(seen.trace, None, files.root))
    contextvars.Context().run(files.write, "a", "changed!")
    outer.add(seen.trace, digests_of(seen.trace, None, files.root))
    assert outer.stop().unstable == "project:a"


def test_a_file_that_changed_between_an_inner_hit_and_a_read_is_unstable(files, start):
    seen = files.observe(lambda: read("a"))
    outer = start()
    outer.add(seen.trace, digests_of(seen.trace, None, files.root))
    changer = contextvars.Context()
    changer.run(files.write, "a", "changed!")
    read("a")
    assert outer.stop().unstable == "project:a"


def test_a_file_that_changed_between_two_inner_runs_is_unstable(files, start):
    outer = start()
    inner = start()
    read("a")
    inner.stop()
    contextvars.Context().run(files.write, "a", "changed!")
    inner = start()
    read("a")
    assert inner.stop().unstable is None
    assert outer.stop().unstable == "project:a"


def test_what_an_outer_run_wrote_is_an_input_of_the_inner_and_not_of_the_outer(files, start):
    outer = start()
    Path("made").write_text("x")
    inner = start()
    read("made")
    assert names(inner.stop()) == {"made"}
    assert outer.stop().trace is EMPTY


def test_an_inner_hit_on_what_the_outer_made_is_no_input_of_the_outer(files, start):
    files.write("made", "x")
    seen = files.observe(lambda: read("made"))
    Path("made").unlink()
    outer = start()
    Path("made").write_text("x")
    outer.add(seen.trace, digests_of(seen.trace, None, files.root))
    assert outer.stop().trace is EMPTY


def test_a_thread_that_outlives_its_run_adds_nothing(files, start):
    go, done = threading.Event(), threading.Event()

    def late():
        go.wait(20)
        read("b")
        done.set()

    recorder = start()
    read("a")
    thread = threading.Thread(target=late)
    thread.start()
    seen = recorder.stop()
    go.set()
    done.wait(20)
    thread.join()
    assert names(seen) == {"a"}
    assert names(files.observe(lambda: read("c"))) == {"c"}


def test_a_run_around_the_body_of_a_with_statement(files):
    class Block:
        def __enter__(self):
            self.recorder = Recorder(root=files.root)
            self.recorder.start()

        def __exit__(self, *_exc):
            self.seen = self.recorder.stop()

    block = Block()
    with block:
        read("a")
    read("b")
    assert names(block.seen) == {"a"}
    assert enclosing() is None


def test_a_run_in_an_asynchronous_generator_may_end_in_another_context(files):
    async def generator():
        recorder = Recorder(root=files.root)
        recorder.start()
        read("a")
        yield 1
        yield recorder.stop()

    async def main():
        source = generator()
        await asyncio.create_task(anext(source))
        return await asyncio.create_task(anext(source))

    assert names(asyncio.run(main())) == {"a"}


def test_all_is_as_before_when_no_run_is_on(files, start):
    kept = (threading.Thread.start, ThreadPoolExecutor.submit, os.stat, os.lstat, os.access)
    outer = start()
    inner = start()
    assert os.stat is not kept[2]
    inner.stop()
    outer.stop()
    assert (threading.Thread.start, ThreadPoolExecutor.submit, os.stat, os.lstat, os.access) == kept


def test_what_somebody_else_put_over_a_stand_in_stays(files, start):
    original = os.access
    recorder = start()
    ours = os.access

    def theirs(*args, **kwargs):
        return ours(*args, **kwargs)

    os.access = theirs
    try:
        recorder.stop()
        assert os.access is theirs
        assert os.access("a", os.R_OK)
    finally:
        os.access = original


def test_stand_ins_have_the_names_of_what_they_stand_for(files, start):
    recorder = start()
    try:
        assert (os.stat.__module__, os.stat.__name__) == ("os", "stat")
        assert pickle.loads(pickle.dumps(os.lstat)) is os.lstat
        assert os.stat in os.supports_follow_symlinks
        assert os.stat in os.supports_fd
    finally:
        recorder.stop()
    assert os.stat in os.supports_follow_symlinks


def test_processes_that_work_for_the_run_are_noted_once(files):
    """What they read is seen; what they draw is not."""

    def body():
        for _ in range(2):
            process = multiprocessing.get_context("spawn").Process(target=print)
            process.start()
            process.join()

    what = "has processes work for it: what they draw at random is not seen"
    assert [(n.path, n.what) for n in files.observe(body).notes] == [("process", what)]


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_a_process_made_by_fork_tells_the_run_and_cannot_end_it(files, program):
    out = program(
        """
        import os
        from Lutil.checkpoints.observe import Recorder
        recorder = Recorder(root=os.getcwd())
        recorder.start()
        if os.fork() == 0:
            open("a").close()
            seen = recorder.stop()
            print(seen.unstable, flush=True)
            os._exit(0)
        os.wait()
        open("b").close()
        seen = recorder.stop()
        print([o.name for o in seen.trace.names], seen.unstable)
        """,
        cwd=files.root,
    )
    assert out.splitlines() == ["fork", "['project:a', 'project:b'] None"]


def test_the_hook_is_installed_by_a_run_and_not_by_an_import_or_a_lookup(program, monkeypatch):
    monkeypatch.setenv("LUTIL_NO_EXTENSIONS", "1")
    out = program(
        """
        import sys
        installed = []
        original = sys.addaudithook
        sys.addaudithook = lambda hook: (installed.append(hook), original(hook))
        from Lutil.checkpoints.observe import EMPTY, Mode, Observed, Recorder, Trace, enclosing, present
        from Lutil.checkpoints.model._key import PartKind
        trace = Trace([Observed(PartKind.FILE, "project:x", Mode.CONTENT)])
        present(trace, None, "/"), enclosing(), present(EMPTY, None, "/")
        print(len(installed))
        for _ in range(2):
            recorder = Recorder(root="/")
            recorder.start()
            recorder.stop()
        print(len(installed))
        """
    )
    assert out.split() == ["0", "1"]


def test_importing_the_room_and_looking_up_loads_nothing_heavy(program):
    out = program(
        """
        import sys
        import Lutil.checkpoints  # what that loads is tested with the house
        before = set(sys.modules)
        from Lutil.checkpoints.observe import EMPTY, Mode, Observed, Trace, present
        from Lutil.checkpoints.model._key import PartKind
        present(Trace([Observed(PartKind.STREAM, "numpy", Mode.STATE), Observed(PartKind.STREAM, "random", "ordinal")]),
                None, "/")
        heavy = "numpy torch random tempfile cloudpickle IPython inspect ast dis tomllib json"
        print(sorted((set(sys.modules) - before) & set(heavy.split())))
        """
    )
    assert out == "[]"


def test_the_digest_is_the_same_in_every_process(project, program):
    project.write("data/a.csv")
    project.write("b.csv")
    text = """
        import os, sys
        from Lutil.checkpoints.observe import Recorder
        recorder = Recorder(root=os.getcwd())
        recorder.start()
        open("data/a.csv").close(), open("b.csv").close(), os.listdir("data"), os.path.exists("nothing")
        seen = recorder.stop()
        print(seen.digest.hex(), seen.trace.to_bytes())
    """
    assert len({program(text, cwd=project.root, hash_seed=seed) for seed in ("0", "1", "random")}) == 1


def test_our_own_reads_inside_a_run_do_not_count(files, start):
    seen = files.observe(lambda: read("a"))
    recorder = start()
    digests_of(seen.trace, None, files.root)
    assert recorder.stop().trace is EMPTY


def test_a_library_that_the_run_loads_is_seen_from_then_on(files, program):
    pytest.importorskip("polars")
    out = program(
        """
        import os
        from Lutil.checkpoints.observe import Recorder
        recorder = Recorder(root=os.getcwd())
        recorder.start()
        import polars
        try:
            polars.read_csv("a")
        except Exception:
            pass
        print([o.name for o in recorder.stop().trace.names])
        """,
        cwd=files.root,
    )
    assert "project:a" in out


def test_listings_and_files_are_told_apart(files):
    seen = files.observe(lambda: (os.listdir("."), read("a")))
    assert {o.kind for o in seen.trace.names} == {PartKind.FILE, PartKind.LISTING}
