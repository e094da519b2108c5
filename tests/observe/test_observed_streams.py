"""Random streams: what a run drew from is an input; where it left them is restored."""

# The programs here draw from the global streams, as users do; a lambda finds the stand-in of the moment.
# ruff: noqa: PLW0108

from __future__ import annotations

import os
import pickle
import random
import sys
import types
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from Lutil.checkpoints.model._key import PartKind
from Lutil.checkpoints.observe import EMPTY, EMPTY_DIGEST, Recorder, digests_of, present, restore_streams, turn
from Lutil.checkpoints.observe.streams._mersenne import was_seeded
from Lutil.checkpoints.observe.streams._streams import stream

try:
    import torch
except ImportError:
    torch = None


class Numpy:
    name = "numpy"
    seed = staticmethod(lambda n: np.random.seed(n))
    draw = staticmethod(lambda: float(np.random.random()))
    save = staticmethod(lambda: np.random.get_state())
    put = staticmethod(lambda state: np.random.set_state(state))


class Python:
    name = "random"
    seed = staticmethod(lambda n: random.seed(n))
    draw = staticmethod(lambda: random.random())
    save = staticmethod(lambda: random.getstate())
    put = staticmethod(lambda state: random.setstate(state))


class Torch:
    name = "torch.cpu"
    seed = staticmethod(lambda n: torch.manual_seed(n))
    draw = staticmethod(lambda: float(torch.rand(())))
    save = staticmethod(lambda: torch.get_rng_state())
    put = staticmethod(lambda state: torch.set_rng_state(state))


STREAMS = [Numpy, Python, *([Torch] if torch else [])]


@pytest.fixture(params=STREAMS, ids=lambda lib: lib.name)
def lib(request):
    """A stream that somebody has seeded: torch's here, the others by pytest-randomly, right before each test."""
    if torch is not None:
        torch.manual_seed(7)
    return request.param


def modes(seen):
    return {(o.name, o.mode) for o in seen.trace.names if o.kind is PartKind.STREAM}


def test_a_run_that_does_not_draw_has_no_stream(project, lib):
    seen = project.observe(lambda: None)
    assert seen.trace is EMPTY
    assert seen.streams_after == {}


def test_a_run_that_draws_depends_on_where_the_stream_stood(project, lib):
    lib.seed(1234)
    seen = project.observe(lib.draw)
    assert modes(seen) == {(lib.name, "state")}
    assert project.present(seen) != seen.digest
    lib.seed(1234)
    assert project.present(seen) == seen.digest
    lib.draw()
    assert project.present(seen) != seen.digest


def test_after_a_hit_the_stream_stands_where_the_run_left_it(project, lib):
    lib.seed(1234)
    seen = project.observe(lambda: [lib.draw() for _ in range(3)])
    expected = [lib.draw() for _ in range(5)]
    lib.seed(1234)
    restore_streams(pickle.loads(pickle.dumps(seen.streams_after)))
    assert [lib.draw() for _ in range(5)] == expected


def test_a_stream_that_the_run_seeds_before_drawing_is_no_input(project, lib):
    def body():
        lib.seed(42)
        return lib.draw()

    seen = project.observe(body)
    assert seen.trace is EMPTY
    assert seen.digest == EMPTY_DIGEST
    expected = lib.draw()
    lib.seed(99)
    restore_streams(seen.streams_after)
    assert lib.draw() == expected


def test_a_stream_that_the_run_draws_from_before_seeding_is_an_input(project, lib):
    seen = project.observe(lambda: (lib.draw(), lib.seed(42), lib.draw()))
    assert modes(seen) == {(lib.name, "state")}
    expected = lib.draw()
    lib.seed(7)
    restore_streams(seen.streams_after)
    assert lib.draw() == expected


def test_a_run_that_seeds_for_itself_and_puts_the_stream_back_has_no_stream(project, lib):
    """The idiom of a temporary seed: nothing depends on where the stream stood, and it stands there again."""

    def body():
        state = lib.save()
        lib.seed(0)
        value = lib.draw()
        lib.put(state)
        return value

    seen = project.observe(body)
    assert seen.trace is EMPTY
    assert seen.streams_after == {}


def test_a_run_that_draws_after_putting_the_stream_back_depends_on_it(project, lib):
    def body():
        state = lib.save()
        lib.seed(0)
        lib.put(state)
        return lib.draw()

    seen = project.observe(body)
    assert modes(seen) == {(lib.name, "state")}


def test_a_run_that_draws_and_puts_the_stream_back_depends_on_it(project, lib):
    def body():
        state = lib.save()
        value = lib.draw()
        lib.put(state)
        return value

    assert modes(project.observe(body)) == {(lib.name, "state")}


def test_coming_back_to_a_state_that_was_saved_before_the_run_is_taken_for_a_dependence(project, lib):
    lib.seed(1234)
    saved = lib.save()

    def body():
        lib.seed(0)
        lib.put(saved)

    assert modes(project.observe(body)) == {(lib.name, "state")}


def test_streams_are_left_alone_where_that_is_asked(project, lib):
    seen = project.observe(lib.draw, rng="ignore")
    assert seen.trace is EMPTY
    assert seen.streams_after == {}


def test_an_inner_run_that_draws_makes_the_outer_depend_on_the_stream(project, lib):
    outer = Recorder(root=project.root)
    outer.start()
    inner_seen = project.observe(lib.draw)
    outer_seen = outer.stop()
    assert modes(inner_seen) == modes(outer_seen) == {(lib.name, "state")}


def test_an_inner_run_sees_what_the_outer_seeded(project, lib):
    outer = Recorder(root=project.root)
    outer.start()
    lib.seed(5)
    inner_seen = project.observe(lib.draw)
    assert modes(inner_seen) == {(lib.name, "state")}
    assert outer.stop().trace is EMPTY
    lib.seed(5)
    assert project.present(inner_seen) == inner_seen.digest


def test_an_inner_hit_that_seeded_counts_as_seeding_in_the_outer(project, lib):
    inner = project.observe(lambda: (lib.seed(42), lib.draw()))
    outer = Recorder(root=project.root)
    outer.start()
    restore_streams(inner.streams_after)
    lib.draw()
    seen = outer.stop()
    assert seen.trace is EMPTY
    assert set(seen.streams_after) == {lib.name}


def test_an_inner_hit_that_drew_counts_as_drawing_in_the_outer(project, lib):
    lib.seed(1234)
    inner = project.observe(lib.draw)
    lib.seed(1234)
    outer = Recorder(root=project.root)
    outer.start()
    enclosed = digests_of(inner.trace, None, project.root)
    outer.add(inner.trace, enclosed)
    restore_streams(inner.streams_after)
    seen = outer.stop()
    assert modes(seen) == {(lib.name, "state")}
    assert seen.digest == inner.digest


ORDINALS = """
    import os, sys
    library, *more = sys.argv[1:]
    if "first" in more:
        import numpy, random
    from Lutil.checkpoints.observe import Recorder, present, turn
    if library == "numpy":
        import numpy
        draw = numpy.random.random
    elif library == "random":
        import random
        draw = random.random
    else:
        import torch
        draw = lambda: float(torch.rand(()))
    if "seeded" in more:
        {"numpy": lambda: numpy.random.seed(3), "random": lambda: random.seed(3),
         "torch": lambda: torch.manual_seed(3)}[library]()
    out = []
    for _ in range(4):
        recorder = Recorder(root=os.getcwd(), computation="key")
        recorder.start()
        draw()
        seen = recorder.stop()
        assert seen.streams_after.keys() == ({seen.trace.names[0].name} if "seeded" in more else set())
        out.append(seen.trace.names[0].mode + seen.digest.hex())
    if "later" in more:
        out = []
        for _ in range(4):
            assert seen.trace.has_ordinal
            ahead, ordinal = turn("other", peek=True), turn("other")
            out.append("".join(present(seen.trace, None, "/", number).hex() for number in (ahead, ordinal)))
    print(*out)
"""


@pytest.mark.parametrize("more", [(), ("first",)])
@pytest.mark.parametrize("library", ["numpy", "random", *(["torch"] if torch else [])])
def test_unseeded_calls_differ_in_a_process_and_recur_in_the_next(program, library, more):
    first = program(ORDINALS, library, *more).split()
    assert len(set(first)) == 4
    assert all(word.startswith("ordinal") for word in first)
    assert program(ORDINALS, library, *more).split() == first


@pytest.mark.parametrize("library", ["numpy", "random", *(["torch"] if torch else [])])
def test_seeded_calls_depend_on_the_state_in_every_process(program, library):
    first = program(ORDINALS, library, "seeded").split()
    assert len(set(first)) == 4
    assert all(word.startswith("state") for word in first)
    assert program(ORDINALS, library, "seeded").split() == first


def test_a_lookup_that_only_tells_does_not_count(program):
    words = program(ORDINALS, "random", "later").split()
    assert len(set(words)) == 4
    assert all(word[:32] == word[32:] for word in words)


@pytest.mark.parametrize("order", ["before", "after"])
def test_seeding_before_this_package_is_imported_is_noticed(program, order):
    text = """
        import random, sys, os
        if sys.argv[1] == "before":
            random.seed(int(sys.argv[2])); random.random()
        from Lutil.checkpoints.observe import Recorder
        if sys.argv[1] == "after":
            random.seed(int(sys.argv[2]))
        recorder = Recorder(root=os.getcwd())
        recorder.start()
        random.random()
        seen = recorder.stop()
        print(seen.trace.names[0].mode, seen.digest.hex())
    """
    one, again, two = program(text, order, "1"), program(text, order, "1"), program(text, order, "2")
    assert one.startswith("state")
    assert one == again != two


SEEDINGS = {
    "seed": "random.seed(3)",
    "by name": "seed(3)",
    "text": "random.seed('three')",
    "hidden": "random._inst.seed(3)",
    "state": "random.setstate(random.Random(3).getstate())",
    "many draws": "random.seed(3); [random.random() for _ in range(20_000)]",
    "numpy": "numpy.random.seed(3)",
    "numpy by name": "nseed(3), numpy",
    "numpy state": "numpy.random.set_state(numpy.random.RandomState(3).get_state())",
    "numpy draws": "numpy.random.seed(3); numpy.random.random(1_000_000)",
    "numpy generator": "numpy.random.set_bit_generator(numpy.random.MT19937(3))",
    "numpy other generator": "numpy.random.set_bit_generator(numpy.random.Philox(3))",
}
UNSEEDED = {
    "nothing": "pass",
    "draws": "random.random(), numpy.random.random()",
    "more draws": "[random.random() for _ in range(100_000)], numpy.random.random(1_000_000)",
    "by the system": "random.seed()",
    "in a fork": "os.waitpid(os.fork() or os._exit(0), 0)",
}
BETWEEN = """
    import os, random, sys
    import numpy
    from random import seed
    from numpy.random import seed as nseed
    from Lutil.checkpoints.observe import Recorder
    def observed():
        recorder = Recorder(root=os.getcwd(), computation="key")
        recorder.start()
        (numpy.random if "numpy" in sys.argv[1] else random).random()
        return recorder.stop().trace.names[0].mode
    first = observed() if sys.argv[2] == "later" else None
    exec(sys.argv[1])
    print(observed(), random.seed is vars(random)["_inst"].seed or type(random.seed).__name__)
"""


@pytest.mark.parametrize("when", ["first", "later"])
@pytest.mark.parametrize("how", [*SEEDINGS, *UNSEEDED])
def test_who_seeded_is_read_off_the_stream_and_nothing_is_replaced(program, how, when):
    """Between two runs nobody listens: neither to `random.seed` nor to a seeder under another name."""
    if how == "in a fork" and not hasattr(os, "fork"):
        pytest.skip("no forks here")
    out = program(BETWEEN, {**SEEDINGS, **UNSEEDED}[how], when)
    assert out.split()[:1] == ["state" if how in SEEDINGS else "ordinal"]
    assert out.split()[-1] == "method"


def test_a_seeder_that_the_project_has_by_name_is_heard_in_a_run(program):
    out = program(
        """
        import os
        from random import random, seed
        from numpy.random import seed as nseed, random as ndraw
        from Lutil.checkpoints.observe import Recorder
        before = seed, nseed
        recorder = Recorder(root=os.getcwd(), computation="key")
        recorder.start()
        seed(3), nseed(3), random(), ndraw()
        seen = recorder.stop()
        print([o.name for o in seen.trace.names], sorted(seen.streams_after), (seed, nseed) == before)
        """
    )
    assert out == "[] ['numpy', 'random'] True"


def test_counting_starts_anew_with_each_notebook_cell(monkeypatch):
    shell = types.SimpleNamespace(execution_count=1)
    monkeypatch.setitem(sys.modules, "IPython", types.SimpleNamespace(get_ipython=lambda: shell))
    assert [turn("cell"), turn("cell"), turn("cell", peek=True)] == [0, 1, 2]
    shell.execution_count = 2
    assert [turn("cell", peek=True), turn("cell"), turn("cell")] == [0, 0, 1]


def test_calls_in_many_threads_get_one_ordinal_each():
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda _: turn("threads"), range(500)))
    assert sorted(found) == list(range(500))


def test_an_ordinal_does_not_stand_for_a_seeded_stream(project, program):
    """The trace says that nobody had seeded; now somebody has: that is another input."""
    out = program(
        """
        import os, random
        from Lutil.checkpoints.observe import Recorder, present
        recorder = Recorder(root=os.getcwd(), computation="a")
        recorder.start()
        random.random()
        seen = recorder.stop()
        print(present(seen.trace, None, "/") == seen.digest)
        random.seed(3)
        print(present(seen.trace, None, "/") == seen.digest)
        """
    )
    assert out.split() == ["True", "False"]


def test_an_inner_hit_by_ordinal_makes_the_outer_depend_on_its_own_ordinal(program):
    out = program(
        """
        import os, random
        from Lutil.checkpoints.observe import Recorder, digests_of
        def observed(key, body):
            recorder = Recorder(root=os.getcwd(), computation=key)
            recorder.start()
            body(recorder)
            return recorder.stop()
        inner = observed("inner", lambda _: random.random())
        hit = lambda recorder: recorder.add(inner.trace, digests_of(inner.trace, None, "/"))
        outer = [observed("outer", hit).digest for _ in range(3)]
        print(len(set(outer)))
        """
    )
    assert out == "3"


@pytest.mark.parametrize(
    ("what", "expected"),
    [("load", "[] []"), ("seed", "[] [numpy, random]"), ("draw", "[(numpy, ordinal), (random, ordinal)] []")],
)
def test_a_stream_whose_library_the_run_loads(program, what, expected):
    """Seeded there: no input. Drawn from there: by ordinal. Only loaded: nothing."""
    out = program(
        """
        import os, sys
        from Lutil.checkpoints.observe import Recorder
        recorder = Recorder(root=os.getcwd(), computation="key")
        recorder.start()
        import numpy, random
        if sys.argv[1] == "seed":
            numpy.random.seed(3), random.seed(3)
        if sys.argv[1] != "load":
            numpy.random.random(), random.random()
        seen = recorder.stop()
        print([(o.name, o.mode) for o in seen.trace.names], sorted(seen.streams_after))
        """,
        what,
    ).replace("'", "")
    assert out == expected


def test_numpy_is_not_imported_by_runs_that_do_not_use_it(program):
    out = program(
        """
        import os, sys
        from Lutil.checkpoints.observe import Recorder
        recorder = Recorder(root=os.getcwd())
        recorder.start()
        recorder.stop()
        print("numpy" in sys.modules, "torch" in sys.modules)
        """
    )
    assert out == "False False"


def test_an_after_state_loads_the_library_that_the_run_had_loaded(program):
    random.seed(4)
    recorder = Recorder(root="/")
    recorder.start()
    random.seed(8)
    states = recorder.stop().streams_after
    expected = random.random()
    out = program(
        f"""
        from Lutil.checkpoints.observe import restore_streams
        restore_streams({states!r})
        import random
        print(random.random())
        """
    )
    assert float(out) == expected


def test_seeders_can_be_pickled_in_a_run_and_keep_their_names(project):
    def body():
        assert pickle.loads(pickle.dumps(random.seed)) is random.seed
        assert pickle.loads(pickle.dumps(np.random.seed)) is np.random.seed
        assert np.random.seed.__name__ == "seed"

    project.observe(body)


def test_seeding_by_the_operating_system_recurs_as_little_as_no_seeding(project):
    random.seed(3)
    seen = project.observe(lambda: (random.seed(), random.random()), computation="os")
    assert modes(seen) == {("random", "ordinal")}
    assert seen.streams_after == {}
    random.seed(3)


def test_a_generator_of_another_kind_in_place_of_numpys(project):
    kept = np.random.get_bit_generator()
    try:
        np.random.set_bit_generator(np.random.Philox(5))
        seen = project.observe(np.random.random)
        expected = np.random.random(3).tolist()
        np.random.set_bit_generator(np.random.Philox(5))
        restore_streams(seen.streams_after)
        assert np.random.random(3).tolist() == expected
    finally:
        np.random.set_bit_generator(kept)
        np.random.seed(1)


STEPS = st.lists(
    st.sampled_from(["draw", "seed 1", "seed 2", "save", "put", "begin", "end", "hit"]), min_size=1, max_size=10
)


def perform(lib, steps, project):
    """Do what the steps say and return all that was drawn; `hit` is a call that seeds and draws, as a hit."""
    drawn, saved, inner = [], [], []
    for step in steps:
        if step == "draw":
            drawn.append(lib.draw())
        elif step.startswith("seed"):
            lib.seed(int(step[-1]))
        elif step == "save":
            saved.append(lib.save())
        elif step == "put" and saved:
            lib.put(saved[-1])
        elif step == "begin":
            inner.append(Recorder(root=project.root))
            inner[-1].start()
        elif step == "end" and inner:
            inner.pop().stop()
        elif step == "hit":
            restore_streams(project.hit.streams_after)
    while inner:
        inner.pop().stop()
    return drawn


@pytest.mark.parametrize("lib", STREAMS, ids=lambda lib: lib.name)
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=STEPS, first=st.integers(1, 3), second=st.integers(1, 3), ahead=st.integers(0, 1))
def test_a_hit_gives_what_a_run_would_give_and_leaves_what_it_would_leave(project, lib, steps, first, second, ahead):
    """Wherever the stream stands at a lookup: if the digest is the same, so are the draws, then and later."""
    project.hit = project.observe(lambda: (lib.seed(5), lib.draw()))
    drawn = []
    lib.seed(first)
    seen = project.observe(lambda: drawn.extend(perform(lib, steps, project)))

    def stand():
        lib.seed(second)
        for _ in range(ahead):
            lib.draw()

    stand()
    if project.present(seen) != seen.digest:
        assert (first, 0) != (second, ahead)
        return
    assert perform(lib, steps, project) == drawn
    later = [lib.draw() for _ in range(3)]
    stand()
    restore_streams(seen.streams_after)
    assert [lib.draw() for _ in range(3)] == later


KEYS = st.one_of(st.integers(0, 2**200), st.text(max_size=20), st.floats(allow_nan=False))


@settings(max_examples=30, deadline=None)
@given(KEYS, st.integers(0, 2000))
def test_a_seed_that_somebody_wrote_is_read_off_the_state(key, draws):
    generator = random.Random(key)
    for _ in range(draws):
        generator.random()
    words = generator.getstate()[1]
    assert was_seeded(words[:-1], words[-1]) is True


def test_a_seed_of_the_operating_system_is_told_from_one_that_somebody_wrote():
    for draws in (0, 1, 700):
        generator = random.Random()
        for _ in range(draws):
            generator.random()
        words = generator.getstate()[1]
        assert was_seeded(words[:-1], words[-1]) is (None if draws else False)


def test_the_state_of_a_stream_is_plain(project, lib):
    seen = project.observe(lib.draw)
    assert pickle.loads(pickle.dumps(seen.streams_after)) == seen.streams_after
    assert b"numpy" not in pickle.dumps(stream("random").get())


def test_a_present_digest_of_a_stream_does_not_move_it(project, lib):
    seen = project.observe(lib.draw)
    lib.seed(3)
    present(seen.trace, None, project.root)
    first = lib.draw()
    lib.seed(3)
    assert lib.draw() == first
