"""P7: values, sharing and what the run changed in its inputs are the same after a hit."""

from __future__ import annotations

import argparse
import random

import numpy as np
import pandas as pd
import pytest
from sklearn.decomposition import PCA

from Lutil.checkpoints import InlineCheckpoint, NotSavedWarning, checkpoint

ran: list[object] = []


@pytest.fixture(autouse=True)
def nothing_ran():
    ran.clear()


def test_a_fitted_estimator_is_fitted_after_a_hit():
    data = np.random.default_rng(0).normal(size=(50, 6))
    found = []
    for _ in range(2):
        pca = PCA(n_components=2)
        alias = pca
        with InlineCheckpoint(watch=["data", "pca"], produce=["data_t"]):
            ran.append(1)
            data_t = pca.fit_transform(data)
        assert pca is alias
        found.append((data_t, pca.components_, alias.transform(data)))
    assert ran == [1]
    for first, second in zip(*found, strict=True):
        np.testing.assert_array_equal(first, second)


@pytest.mark.parametrize(
    "make", [lambda: [1], lambda: {"a": [1]}, lambda: {1}, lambda: bytearray(b"a"), lambda: np.zeros(3)]
)
def test_an_argument_changed_in_place_is_changed_by_the_hit_and_stays_the_same_object(make):
    @checkpoint
    def change(x):
        ran.append(1)
        if isinstance(x, list):
            x.append(2)
        elif isinstance(x, dict):
            x["a"].append(2)
            x["b"] = 5
        elif isinstance(x, set):
            x.add(2)
        elif isinstance(x, bytearray):
            x += b"b"
        else:
            x[0] = 7
        return x

    first, second = make(), make()
    inner = second["a"] if isinstance(second, dict) else None
    assert change(first) is first
    assert change(second) is second
    assert len(ran) == 1
    assert repr(second) == repr(first) != repr(make())
    assert inner is None or second["a"] is inner


def test_sharing_inside_a_result_survives_and_results_are_private():
    @checkpoint
    def f(n):
        row = [n]
        array = np.arange(5)
        return {"a": row, "b": row, "whole": array, "again": array}

    f(1)
    first, second = f(1), f(1)
    assert first["a"] is first["b"]
    assert first["whole"] is first["again"]
    first["a"].append(5)
    first["whole"][0] = 99
    assert second["a"] == [1]
    assert second["whole"][0] == 0


def test_frames_come_back_as_they_were():
    @checkpoint
    def frame(n):
        found = pd.DataFrame(
            {"i": range(n), "s": list("ab") * (n // 2), "c": pd.Categorical(list("xy") * (n // 2), ordered=True)},
            index=pd.date_range("2020-01-01", periods=n, freq="D", tz="UTC"),
        )
        found.attrs["made by"] = "frame"
        return found

    first, second = frame(6), frame(6)
    pd.testing.assert_frame_equal(first, second, check_freq=True)
    assert second.attrs == first.attrs
    second["new"] = 1


def test_a_generator_that_is_passed_stands_where_a_run_would_leave_it():
    @checkpoint
    def draw(rng, n):
        ran.append(1)
        return rng.normal(size=n)

    results = []
    for _ in range(2):
        rng = np.random.default_rng(5)
        results.append((draw(rng, 3), draw(rng, 3), rng.normal()))
    assert len(ran) == 2
    np.testing.assert_array_equal(results[0][0], results[1][0])
    np.testing.assert_array_equal(results[0][1], results[1][1])
    assert results[0][2] == results[1][2]
    assert not np.array_equal(results[0][0], results[0][1])


def test_a_seeded_global_stream_goes_on_after_a_hit_as_after_a_run():
    @checkpoint
    def draw(n):
        ran.append(1)
        return [random.random() for _ in range(n)]

    results = []
    for _ in range(2):
        random.seed(7)
        results.append((draw(3), random.random()))
    assert results[0] == results[1]
    assert len(ran) == 1


SEEN = """
from Lutil.checkpoints import checkpoint
seen = set()
@checkpoint
def is_new(x):
    print("ran", end=" ")
    new = x not in seen
    seen.add(x)
    return new
print(is_new(1), is_new(1), sorted(seen))
"""


def test_a_global_that_is_read_and_changed_is_changed_by_the_hit(program):
    program.write(SEEN)
    assert program.run() == "ran ran True False [1]\n"
    assert program.run() == "True False [1]\n"


UNSEEDED = """
import random
from Lutil.checkpoints import checkpoint
@checkpoint
def draw():
    return random.random()
print([draw() for _ in range(100)])
"""


def test_unseeded_draws_differ_from_each_other_and_are_the_same_in_the_next_process(program):
    program.write(UNSEEDED)
    first = program.run()
    assert len(set(eval(first))) == 100
    assert program.run() == first


def test_a_produced_name_bound_to_a_watched_object_stays_bound_to_it():
    for _ in range(2):
        a = [1, 2]
        with InlineCheckpoint(watch=["a"], produce=["b"]):
            ran.append(1)
            b = a
        assert b is a
    assert ran == [1]


@checkpoint
def append_twice(a, b):
    ran.append(1)
    a.append(1)
    b.append(2)
    return a, b


def test_one_object_under_two_names_is_changed_once_and_never_taken_for_two_equal_ones():
    one = [0]
    assert append_twice(one, one) == ([0, 1, 2], [0, 1, 2])
    two, three = [0], [0]
    assert append_twice(two, three) == ([0, 1], [0, 2])
    assert (two, three) == ([0, 1], [0, 2])
    assert len(ran) == 2
    again, more = [0], [0]
    assert append_twice(again, more) == ([0, 1], [0, 2])
    assert len(ran) == 2
    assert (again, more) == ([0, 1], [0, 2])
    one = [0]
    result = append_twice(one, one)
    assert result[0] is result[1] is one
    assert one == [0, 1, 2]


options = argparse.Namespace(lr=1, seen=[], text=iter("abc"), lines=(line for line in "abc"))


@checkpoint
def rate(x):
    ran.append(1)
    options.seen.append(x)
    return options.lr * x


def test_attributes_of_a_namespace_that_nobody_reads_do_not_keep_a_run_from_being_saved():
    found = []
    for _ in range(2):
        options.seen = []
        found.append((rate(2), options.seen))
    assert found == [(2, [2]), (2, [2])]
    assert len(ran) == 1
    options.lines = None
    options.seen = []
    assert rate(2) == 2
    assert len(ran) == 1
    options.lr = 5
    assert rate(2) == 10


@checkpoint
def train(model, optimizer, inputs, targets):
    ran.append(1)
    loss = None
    for _ in range(3):
        optimizer.zero_grad()
        loss = ((model(inputs) - targets) ** 2).mean()
        loss.backward()
        optimizer.step()
    return float(loss.detach())


def test_training_in_place_leaves_model_and_optimizer_where_a_run_would():
    torch = pytest.importorskip("torch")
    results = []
    for _ in range(2):
        torch.manual_seed(0)
        model = torch.nn.Linear(3, 1)
        optimizer = torch.optim.Adam(model.parameters(), lr=0.1)
        inputs = torch.randn(10, 3)
        targets = inputs.sum(1, keepdim=True)
        losses = [train(model, optimizer, inputs, targets) for _ in range(2)]
        results.append((losses, model.weight.detach().tolist(), len(optimizer.state)))
        assert optimizer.param_groups[0]["params"][0] is model.weight
    assert results[0] == results[1]
    assert len(ran) == 2


def test_a_tensor_that_is_changed_in_place_is_changed_by_a_hit():
    torch = pytest.importorskip("torch")

    @checkpoint
    def add(tensor):
        ran.append(1)
        tensor += 1

    results = [torch.zeros(3), torch.zeros(3)]
    for tensor in results:
        add(tensor)
    assert [tensor.tolist() for tensor in results] == [[1, 1, 1]] * 2
    assert len(ran) == 1


def test_an_optimizer_with_a_scheduler_goes_on_after_a_hit():
    torch = pytest.importorskip("torch")

    @checkpoint
    def epoch(model, optimizer, scheduler, inputs):
        ran.append(1)
        optimizer.zero_grad()
        model(inputs).square().mean().backward()
        optimizer.step()
        scheduler.step()

    results = []
    for _ in range(2):
        torch.manual_seed(1)
        model, inputs = torch.nn.Linear(3, 2), torch.ones(4, 3)
        optimizer = torch.optim.AdamW(model.parameters(), lr=0.1)
        scheduler = torch.optim.lr_scheduler.StepLR(optimizer, 1)
        for _ in range(2):
            epoch(model, optimizer, scheduler, inputs)
        epoch.__wrapped__(model, optimizer, scheduler, inputs)
        results.append((model.weight.tolist(), scheduler.last_epoch, optimizer.param_groups[0]["lr"]))
        del ran[-1]
    assert results[0] == results[1]
    assert len(ran) == 2


def test_views_on_an_argument_go_on_looking_at_it_after_a_hit():
    @checkpoint
    def split(table):
        ran.append(1)
        return table[:, :-1], table[:, -1], np.broadcast_to(table[0], (2, 3))

    for make in (lambda: np.arange(6.0).reshape(2, 3), lambda: np.arange(6.0).reshape(3, 2).T[:, ::-1]):
        for _ in range(3):
            table = make()
            first = table[0].tolist()
            rest, last, rows = split(table)
            rest += 1
            last *= 2
            assert table[0].tolist() == [first[0] + 1, first[1] + 1, first[2] * 2]
            assert not rows.flags.writeable
            assert rows[1].tolist() == table[0].tolist()
    assert len(ran) == 2


def test_a_function_that_was_produced_is_at_home_in_its_module_after_a_hit(program):
    program.write("""
        import random
        from Lutil.checkpoints import checkpoint
        scale, log = 3, []
        @checkpoint
        def make(n):
            print("ran", end=" ")
            def inner(x):
                log.append(x)
                return x * scale * n if x else inner(x + 1)
            return inner, lambda: scale, random.random
        inner, get, draw = make(2)
        scale = 10
        print(inner(0), get(), log, draw == random.random)
    """)
    assert program.run() == "ran 20 10 [0, 1] True\n"
    assert program.run() == "20 10 [0, 1] True\n"
    (program.folder / "main.py").rename(program.folder / "other.py")
    program.write("import other\nprint(other.get())")
    assert program.run() == "20 10 [0, 1] True\n10\n"
    program.write("import other")
    assert program.run() == "20 10 [0, 1] True\n"


def test_flags_of_a_frame_are_as_a_run_left_them():
    pd = pytest.importorskip("pandas")

    @checkpoint
    def strict(frame):
        ran.append(1)
        frame.flags.allows_duplicate_labels = False

    for _ in range(2):
        frame = pd.DataFrame({"a": [1]})
        strict(frame)
        assert not frame.flags.allows_duplicate_labels
    assert len(ran) == 1


def test_submodules_that_a_skipped_block_imports_are_loaded(program):
    program.write("""
        from Lutil.checkpoints import InlineCheckpoint
        def inside():
            with InlineCheckpoint() as cp:
                import concurrent.futures
                import xml.dom.minidom, xml.sax as sax
            return concurrent.futures.Future.__name__, xml.dom.minidom.Document.__name__, sax.__name__, cp.hit
        with InlineCheckpoint() as cp:
            import logging.handlers
        print(*inside(), logging.handlers.MemoryHandler.__name__, cp.hit)
    """)
    assert program.run() == "Future Document xml.sax False MemoryHandler False\n"
    assert program.run() == "Future Document xml.sax True MemoryHandler True\n"


CLOSED = """
    import warnings
    from Lutil.checkpoints import InlineCheckpoint
    warnings.simplefilter("ignore")
    with InlineCheckpoint() as cp:
        with open("out.txt", "w") as file:
            file.write("text")
        size = 4
    print(size, cp.hit{})
"""


def test_a_closed_file_is_left_out_of_a_block_only_where_the_code_below_does_not_read_it(program):
    program.write(CLOSED.format(""))
    assert [program.run(), program.run()] == ["4 False\n", "4 True\n"]
    program.write(CLOSED.format(", file.name"))
    assert [program.run(), program.run()] == ["4 False out.txt\n", "4 False out.txt\n"]


def test_a_figure_is_in_pyplot_once_after_a_run_and_after_a_hit(program):
    """To look whether it comes back, it is not unpickled: that would open a second one, which becomes the current."""
    program.write("""
        import warnings
        warnings.simplefilter("error")
        import matplotlib
        matplotlib.use("agg")
        import matplotlib.pyplot as plt
        from Lutil.checkpoints import InlineCheckpoint, checkpoint
        with InlineCheckpoint() as cp:
            fig, ax = plt.subplots()
            ax.plot([1, 2])
        plt.title("above")
        print(cp.hit, plt.get_fignums(), plt.gcf() is fig, ax.get_title())
        @checkpoint
        def plot(n):
            other, axes = plt.subplots()
            axes.plot(range(n))
            return other
        for n in (1, 2):
            plt.close(plot(n))
        print(plt.get_fignums())
    """)
    assert program.run() == "False [1] True above\n[1]\n"
    assert program.run() == "True [1] True above\n[1]\n"


def test_a_mapped_file_comes_back_as_one_may_use_it(program):
    """Read-only as it was; one to which the program writes is its file, which no copy can stand for."""
    program.write("""
        import sys, warnings
        import numpy as np
        from Lutil.checkpoints import checkpoint
        warnings.simplefilter("ignore")
        ran = []
        @checkpoint(ignore=["ran"])
        def opened(mode):
            ran.append(mode)
            return {"x": [np.load("x.npy", mmap_mode=mode)]}
        np.save("x.npy", np.zeros(3))
        for mode in ("r", "c", "r+"):
            x = opened(mode)["x"][0]
            try:
                x[0] = 5
            except ValueError:
                print(mode, "read-only", end=" ")
            print(type(x).__name__, end=" ")
        x.flush()
        print(ran, np.load("x.npy")[0])
    """)
    assert program.run() == "r read-only memmap memmap memmap ['r', 'c', 'r+'] 5.0\n"
    assert program.run() == "r read-only memmap memmap memmap ['r+'] 5.0\n"


def test_a_mapped_file_that_is_not_kept_is_named_with_the_way_out():
    @checkpoint
    def opened(n):
        return {"x": [np.memmap("x.bin", "f8", "w+", shape=(n,))]}

    with pytest.warns(NotSavedWarning, match=r"`result\['x'\]\[0\]` .* goes to .*x.bin, .* return a copy"):
        opened(3)


SET = """
    import settings
    from Lutil.checkpoints import InlineCheckpoint, checkpoint
    MODE, BEST, COUNT, LAST = "a", None, 0, None
    def set_mode(to):
        global MODE
        MODE = to
    def load():
        global DATA
        DATA = [7]
    def keep_best(scores):
        global BEST
        best = 0
        for score in scores:
            if score > best:
                best, BEST = score, {"score": score}
        return best
    def count():
        global COUNT, LAST
        COUNT += 1
        LAST = lambda: COUNT
    def elsewhere(to):
        settings.level = to
    def shown(word):
        return word * 3
    with InlineCheckpoint() as cp:
        set_mode("b")
        load()
        best = keep_best([1, 6, 3])
        count()
        elsewhere("high")
    with InlineCheckpoint() as other:
        found = shown(MODE)
    @checkpoint
    def work(n):
        set_mode("c" * n)
        return n
    print(cp.hit, other.hit, MODE, found, DATA, best, BEST, settings.level)
    print(work(1), MODE, work(2), MODE, work(1), MODE)
"""


def test_a_name_that_a_run_only_sets_is_set_by_the_hit(program):
    program.write("level = 'low'", "settings.py")
    program.write(SET)
    told = "b bbb [7] 6 {'score': 6} high\n1 c 2 cc 1 c\n"
    assert program.run() == f"False False {told}"
    assert program.errors == ""
    assert program.run() == f"True True {told}"


SET_BELOW = """
    import settings
    from Lutil.checkpoints import InlineCheckpoint, checkpoint
    CONF, FOUND, COUNTS, KEPT = {"rate": 1, "steps": 5}, {}, {"n": 0}, {}
    class Conf:
        level, made = 1, 0
        @classmethod
        def set(cls, to): cls.level = to
        def same(self, to): type(self).level = to
    def loaded():
        if "model" not in KEPT:
            KEPT["model"] = object
        return KEPT["model"]
    @checkpoint
    def by_key(to):
        CONF["rate"] = to
        FOUND["model"] = [to]
        settings.conf["deep"]["x"] = to
        settings.lr(to)
        COUNTS["n"] += 1
        Conf.made += 1
        loaded()
        return to
    @checkpoint
    def by_method(to):
        Conf.set(to)
        return to
    @checkpoint
    def by_type(to):
        Conf().same(to)
        return to
    @checkpoint
    def rate(n): return CONF["rate"] * n
    def in_a_block(to):
        with InlineCheckpoint() as cp:
            settings.lr(to)
            settings.lr.last = to
            done = to
        return cp.hit
    print(rate(2), by_key(7), rate(2), CONF, FOUND, settings.conf, by_key(2), rate(2), CONF["rate"])
    print(by_method(3), Conf.level, by_type(4), Conf.level, by_method(3), Conf.level)
    print(in_a_block(5), settings.conf["lr"], settings.LR, in_a_block(6), settings.conf["lr"], settings.LR)
    print(COUNTS, Conf.made, len(KEPT))
"""
SETTINGS = """
    conf, LR = {"deep": {}}, 0
    def lr(to):
        global LR
        conf["lr"] = LR = to
"""


def test_an_item_or_class_attribute_that_a_run_only_sets_is_set_by_the_hit(program):
    program.write(SETTINGS, "settings.py")
    program.write(SET_BELOW)
    conf = "{'deep': {'x': 2}, 'lr': 2}"
    told = f"2 7 14 {{'rate': 2, 'steps': 5}} {{'model': [2]}} {conf} 2 4 2\n3 3 4 4 3 3\n"
    assert program.run() == told + "False 5 5 False 6 6\n{'n': 2} 2 1\n"
    assert program.errors == ""
    assert program.run() == told + "True 5 5 True 6 6\n{'n': 0} 0 0\n"


def test_an_item_of_a_dict_of_python_or_a_library_stays_as_it_is(program):
    program.write("""
        import sys, types
        from Lutil.checkpoints import checkpoint
        loaded = sys.modules
        @checkpoint
        def f():
            sys.modules["made"] = types.ModuleType("made")
            loaded["more"] = types.ModuleType("more")
            return 1
        print(f(), "made" in sys.modules, "more" in sys.modules)
    """)
    assert [program.run(), program.run()] == ["1 True True\n", "1 False False\n"]
    assert program.errors == ""


def test_an_attribute_of_a_class_that_a_block_reads_and_sets_is_set_by_the_hit(program):
    program.write("""
        from Lutil.checkpoints import InlineCheckpoint
        class Model:
            weight = 1
        def fit(cls, by):
            with InlineCheckpoint() as cp:
                cls.weight = cls.weight + by
                done = cls().weight
            return cp.hit, done, Model.weight
        print(fit(Model, 2))
        with InlineCheckpoint() as cp:
            Model.weight *= 5
        print(cp.hit, Model.weight)
    """)
    assert [program.run(), program.run()] == ["(False, 3, 3)\nFalse 15\n", "(True, 3, 3)\nTrue 15\n"]
    assert program.errors == ""


def test_an_attribute_that_a_run_gives_a_function_or_class_is_there_after_a_hit(program):
    program.write("""
        from Lutil.checkpoints import checkpoint
        class Conf: pass
        def helper(x):
            helper.last = x * 2
            helper.runs = getattr(helper, "runs", 0) + 1
        def kept():
            if not hasattr(kept, "model"):
                kept.model = object()
            return kept.model is not None
        @checkpoint
        def counted(x):
            print("ran", end=" ")
            counted.calls = getattr(counted, "calls", 0) + 1
            return x + counted.calls
        @checkpoint
        def given(x):
            print("ran", end=" ")
            Conf.extra = x
            helper(x)
            return kept()
        print(counted(1), counted(1), counted.calls, given(3), helper.last, Conf.extra, given(4), helper.last)
        print(hasattr(helper, "runs"), hasattr(kept, "model"))
    """)
    told = "2 3 2 True 6 3 True 8\n"
    assert program.run() == f"ran ran ran ran {told}True True\n"
    assert program.run() == f"{told}False False\n"


def test_the_best_so_far_is_state_and_no_counter(program):
    program.write("""
        from Lutil.checkpoints import checkpoint
        best, STATE = 0, {"n": 0}
        class Model:
            best = 0
        @checkpoint
        def trial(n):
            print("ran", end=" ")
            global best
            best = max(best, n * n % 7)
            Model.best = max(Model.best, n)
            STATE["n"] = max(STATE["n"], n)
            return n
        @checkpoint
        def report(title):
            return f"{title}: {best}"
        for n in (1, 2, 3):
            trial(n)
        print(report("best"), best, Model.best, STATE)
    """)
    assert [program.run(), program.run()] == ["ran ran ran best: 4 4 3 {'n': 3}\n", "best: 4 4 3 {'n': 3}\n"]
