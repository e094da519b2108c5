"""What a run changed is found, kept and brought back in place; what cannot be is said, with the path."""

from __future__ import annotations

import collections
import decimal
import io
import pickle
import random
import threading
import types

import pytest

from Lutil.checkpoints.fingerprint import digest, is_atom
from Lutil.checkpoints.model._errors import NotSavableError
from Lutil.checkpoints.state.objects._changes import After, Before, restore
from Lutil.checkpoints.state.objects._mutables import mutables
from Lutil.checkpoints.state.objects._object_states import put, restorable, take
from Lutil.checkpoints.testing._examples import L, Plain, Point, Slots, State
from Lutil.checkpoints.testing.fingerprint import SimpleResolver

np = pytest.importorskip("numpy")
pd = pytest.importorskip("pandas")


class Model:
    def __init__(self):
        self.weights = np.zeros(3)
        self.log = []
        self.lock = threading.Lock()
        self.steps = 0


def fingerprints(roots):
    return {name: digest(value, SimpleResolver(), lenient=True) for name, value in roots.items()}


def through_pickle(states, old, new):
    """Store states as a codec does: objects of the inputs by their number."""
    numbers = {id(item): number for number, item in enumerate(old)}

    class Pickler(pickle.Pickler):
        def persistent_id(self, item):
            return numbers.get(id(item))

    class Unpickler(pickle.Unpickler):
        def persistent_load(self, number):
            return new[number]

    file = io.BytesIO()
    Pickler(file, 5).dump(states)
    file.seek(0)
    return Unpickler(file).load()


def replayed(make, run):
    """Run on one value, bring an equal one to the same state; return the paths that changed."""
    ran, given = make(), make()
    first = fingerprints(ran)
    assert fingerprints(given) == first
    before = Before(ran, SimpleResolver)
    run(**ran)
    after = before.after()
    if isinstance(after, NotSavableError):
        return after
    assert isinstance(after, After)
    numbered = mutables(list(given.values()))
    restore(numbered, through_pickle(after.states, before.numbered, numbered))
    assert fingerprints(given) == fingerprints(ran)
    assert (fingerprints(given) != first) == bool(after.states)
    return sorted(after.paths.values())


def do(*_):
    """Let a lambda do several things."""


CASES = {
    "object": (lambda: {"m": Model()}, lambda m: do(m.weights.fill(1), m.log.append([1]), setattr(m, "steps", 5)),
               ["m", "m.log", "m.weights"]),
    "only inside": (lambda: {"m": Model()}, lambda m: m.log.append(1), ["m.log"]),
    "attribute removed": (lambda: {"m": Plain(1)}, lambda m: delattr(m, "value"), ["m"]),
    "slots": (lambda: {"m": Slots([1])}, lambda m: do(setattr(m, "unset", 3), m.value.append(2)), ["m", "m.value"]),
    "dataclass": (lambda: {"p": Point(1, [2])}, lambda p: setattr(p, "x", 9), ["p"]),
    "namespace": (lambda: {"n": types.SimpleNamespace(a=1)}, lambda n: setattr(n, "b", 2), ["n"]),
    "own state": (lambda: {"s": State([1])}, lambda s: s.value.append(2), ["s", "s.__getstate__()"]),
    "list": (lambda: {"v": [1, [2]]}, lambda v: do(v.append(3), v[1].clear()), ["v", "v[1]"]),
    "tuple holds": (lambda: {"v": (1, [2])}, lambda v: v[1].append(3), ["v[1]"]),
    "dict": (lambda: {"d": {"a": [1], "b": {1}}}, lambda d: do(d["a"].append(3), d["b"].add(4), d.update(c=1)),
             ["d", "d['a']", "d['b']"]),
    "dict order": (lambda: {"d": {"a": 1, "b": 2}}, lambda d: d.update(a=d.pop("a")), ["d"]),
    "ordered": (lambda: {"o": collections.OrderedDict(a=1, b=2)}, lambda o: o.move_to_end("a"), ["o"]),
    "default": (lambda: {"d": collections.defaultdict(list)}, lambda d: d["x"].append(1), ["d"]),
    "counter": (lambda: {"c": collections.Counter("ab")}, lambda c: c.update("a"), ["c"]),
    "deque": (lambda: {"q": collections.deque([1], 2)}, lambda q: q.extend([2, 3]), ["q"]),
    "bytearray": (lambda: {"b": bytearray(b"ab")}, lambda b: b.extend(b"c"), ["b"]),
    "sub list": (lambda: {"v": L([1], tag=1)}, lambda v: do(v.append(2), setattr(v, "tag", 2)), ["v"]),
    "array": (lambda: {"a": np.zeros((2, 3))}, lambda a: a.__setitem__((1, 2), 5), ["a"]),
    "objects": (lambda: {"a": np.array([[1], 2], object)}, lambda a: do(a[0].append(1), a.__setitem__(1, 3)), ["a", "a[0]"]),
    "masked": (lambda: {"a": np.ma.array([1.0, 2], mask=[0, 1])}, lambda a: a.__setitem__(0, np.ma.masked), ["a"]),
    "frame": (lambda: {"f": pd.DataFrame({"a": [1, 2], "b": ["x", "y"]})},
              lambda f: do(f.__setitem__("c", [3, 4]), f.pop("a"), f.attrs.update(k=1), f.rename_axis("i", inplace=True)), ["f"]),
    "series": (lambda: {"s": pd.Series([1, 2], name="q")}, lambda s: do(s.__setitem__(0, 9), setattr(s, "name", "z")), ["s"]),
    "generators": (lambda: {"g": np.random.default_rng(1), "s": np.random.RandomState(2), "r": random.Random(3)},
                   lambda g, s, r: do(g.random(), g.spawn(2), s.rand(), r.random()), ["g.bit_generator", "r", "s"]),
    "a context": (lambda: {"c": decimal.Context(prec=5)}, lambda c: do(c.divide(1, 3), setattr(c, "prec", 7)), ["c"]),
    "nothing": (lambda: {"v": [1, [2]], "a": np.zeros(3)}, lambda v, a: do(v.append(1), v.pop(), a.fill(0)), []),
    "equal value": (lambda: {"v": [1000, "ab"]}, lambda v: v.__setitem__(0, int("1000")), []),
    "atoms": (lambda: {"x": 5, "t": (1, "a")}, lambda x, t: None, []),
    "cycle": (lambda: {"n": ring()}, lambda n: n.append(2), ["n"]),
}  # fmt: skip


def ring():
    made = [1]
    made.append({"up": made})
    return made


@pytest.mark.parametrize(("make", "run", "paths"), CASES.values(), ids=CASES)
@pytest.mark.filterwarnings("ignore")
def test_what_a_run_changed_comes_back_in_place(make, run, paths):
    assert replayed(make, run) == paths


ARRAY = np.zeros(6)
REFUSED = {
    "resized": (lambda: {"a": np.zeros(3)}, lambda a: a.resize(5, refcheck=False), "a", "shape"),
    "named": (lambda: {"a": np.zeros(2, [("a", "i4")])}, lambda a: setattr(a.dtype, "names", ("b",)), "a", "shape or type"),
    "locked": (lambda: {"a": np.zeros(2)}, lambda a: a.setflags(write=False), "a", "read-only"),
    "opened": (lambda: {"a": np.array([[]], object)}, lambda a: a.setflags(write=False), "a", "read-only"),
    "views": (lambda: {"a": ARRAY, "b": ARRAY[:3]}, lambda a, b: a.__iadd__(1), "a", "shares"),
    "other class": (lambda: {"m": Plain(1)}, lambda m: setattr(m, "__class__", Point), "m", "turned"),
    "no rule": (lambda: {"m": Plain(pd.Index([1]))}, lambda m: setattr(m.value, "name", "n"), "m.value", "no in-place rule"),
}  # fmt: skip
ITEM = Plain(1)


@pytest.mark.parametrize(("make", "run", "path", "why"), REFUSED.values())
def test_what_cannot_be_brought_back_is_said_with_its_path(make, run, path, why):
    error = replayed(make, run)
    assert isinstance(error, NotSavableError)
    assert error.path == path
    assert why in error.why


def test_a_change_inside_a_set_is_not_overlooked():
    item = Plain(1)
    before = Before({"s": {item}}, SimpleResolver)
    item.value = 2
    assert [*before.after().paths.values()] == ["s: <Plain>"]


def test_a_change_in_one_of_several_equal_elements_cannot_be_repeated():
    item = Plain(1)
    before = Before({"s": {item, Plain(1)}}, SimpleResolver)
    item.value = 2
    assert isinstance(before.after(), NotSavableError)


def test_equal_values_are_numbered_alike_however_they_share_what_holds_no_more():
    shared = [1]
    one = mutables([{"a": shared, "b": [shared]}])
    other = mutables([{"a": [1], "b": [[1]]}])
    assert list(map(type, one)) == list(map(type, other)) == [dict, list, list, list]


def records(count, *, odd):
    """Return objects, dictionaries and slots that hold lists; every odd one was filled in another order."""
    made = []
    for number in range(count):
        plain, mapping, slots = Plain(0), {}, Slots([number])
        names = ["b", "a", "value"]
        for name in reversed(names) if odd and number % 2 else names:
            setattr(plain, name, [name, number])
        for name in names:
            mapping[name] = {name: {number}}
        made.append((plain, mapping, slots, number))
    return made


@pytest.mark.parametrize("count", [3, 200])
def test_the_order_in_which_attributes_were_set_says_nothing_of_the_numbers(count):
    one, other = mutables([records(count, odd=False)]), mutables([records(count, odd=True)])
    assert [digest(item, SimpleResolver()) for item in one] == [digest(item, SimpleResolver()) for item in other]
    assert len(one) == 1 + count * (1 + 3 + 1 + 3 + 3 + 1 + 1)


@pytest.mark.parametrize("count", [3, 200])
@pytest.mark.parametrize("odd", [False, True])
def test_one_change_among_many_is_found_and_comes_back(count, odd):
    def run(r):
        r[-1][0].a.append("new")
        r[-1][1]["b"]["b"].add("new")
        r[-1][2].value = 7
        del r[1][0].b

    paths = [f"r[{count - 1}][0].a", f"r[{count - 1}][1]['b']['b']", f"r[{count - 1}][2]", "r[1][0]"]
    assert replayed(lambda: {"r": records(count, odd=odd)}, run) == sorted(paths)


def test_an_object_that_gives_way_to_its_equal_is_a_change():
    """Whoever else knows the former would otherwise see, after a hit, what becomes of the latter."""
    for kind in (lambda: [1], lambda: {1}, lambda: {"k": 1}, lambda: collections.deque([1]), lambda: Plain(1)):
        values = {"v": [kind() for _ in range(200)]}
        before = Before(values, SimpleResolver)
        values["v"][7] = kind()
        assert list(before.after().paths.values()) == ["v"]


def test_shared_parts_are_opened_once_so_that_no_input_takes_for_ever():
    lists, tuples, chain, big = [1], ([1],), [], list(range(10_000))
    for _ in range(60):
        lists, tuples = [lists, lists], (tuples, tuples)
    for _ in range(3_000):
        chain = [chain, big]
    roots = {"lists": lists, "tuples": tuples, "chain": chain, "many": [big] * 100_000}
    before = Before(roots, SimpleResolver)
    big.append(1)
    numbers = before.after().states
    assert [id(before.numbered[number]) for number in numbers] == [id(big)]
    assert len(before.numbered) < 130_000


def test_what_holds_itself_is_opened_once():
    mapping = {}
    mapping["proxy"] = types.MappingProxyType(mapping)
    mapping["method"] = collections.UserDict({"up": mapping}).get
    assert list(map(type, mutables([mapping]))).count(dict) == 3


def test_what_cannot_be_put_back_may_be_ignored_unless_there_is_another_way_to_it():
    def changed(ignored, **more):
        index, other = pd.Index([1]), pd.Index([2])
        roots = {"m": types.SimpleNamespace(log=Plain(index), other=other, **dict.fromkeys(more, index))}
        before = Before(roots, SimpleResolver, ignored)
        index.name = other.name = "n"
        return before.after()

    assert changed(["m.log", "m.other"]).states == {}
    assert changed(["m.log.value", "m.other"]).states == {}
    assert changed(["m.log"]).path == "m.other"
    assert changed(["m.log", "m.other"], again=1).path == "m.again"


def test_keys_and_elements_of_sets_that_change_are_told_by_what_holds_them():
    said = []
    for held in ({ITEM}, {ITEM: 1}, {("a", ITEM): 1}, frozenset({ITEM}), L([1])):
        before = Before({"v": [0, held]}, SimpleResolver)
        ITEM.value += 1
        said.append([*before.after().paths.values()])
    assert said == [
        ["v[1]: <Plain>"],
        ["v[1].keys(): <Plain>"],
        ["v[1].keys(): ('a', <Plain>)[1]"],
        ["v[1]: <Plain>"],
        [],
    ]


def test_restoring_touches_all_or_nothing():
    target = [1]
    array = np.zeros(3)
    with pytest.raises(NotSavableError):
        restore([target, array], {0: take([2]), 1: take(np.zeros(4))})
    assert target == [1]
    readonly = np.zeros(3)
    readonly.flags.writeable = False
    assert "read-only" in restorable(readonly, take(np.ones(3)))
    with pytest.raises(NotSavableError):
        put(readonly, take(np.ones(3)))
    with pytest.raises(NotSavableError):
        restore([target], {7: take([1])})


def test_an_unchanged_large_array_inside_a_changed_object_is_not_listed():
    model = Model()
    before = Before({"m": model}, SimpleResolver)
    model.steps = 9
    after = before.after()
    assert list(after.states) == [0]


def test_a_handle_among_the_attributes_stays_as_it_is():
    one, other = Model(), Model()
    before = Before({"m": one}, SimpleResolver)
    one.steps = 1
    lock = other.lock
    restore(mutables([other]), through_pickle(before.after().states, before.numbered, mutables([other])))
    assert other.lock is lock
    assert other.steps == 1


def test_things_without_a_rule_cannot_be_taken():
    with pytest.raises(NotSavableError):
        take(5)
    assert mutables([5, "a", (1,), len, Plain, threading.Lock()]) == []


def test_times_of_pandas_never_need_a_second_look():
    assert all(
        map(is_atom, [pd.Timestamp(0), pd.Timedelta(1), pd.Period("2020"), np.float64(1), np.datetime64(1, "s")])
    )
    assert not any(map(is_atom, [pd.Series([1]), pd.Index([1]), np.zeros(1)]))


def test_a_fitted_estimator_comes_back(tmp_path):
    decomposition = pytest.importorskip("sklearn.decomposition")
    data = np.random.default_rng(0).random((20, 3))
    assert replayed(lambda: {"p": decomposition.PCA(2), "X": data}, lambda p, X: p.fit(X)) == ["p"]


def test_a_trained_torch_model_comes_back():
    torch = pytest.importorskip("torch")

    def make():
        torch.manual_seed(0)
        return {"m": torch.nn.Sequential(torch.nn.Linear(2, 2), torch.nn.BatchNorm1d(2))}

    def train(m):
        optimizer = torch.optim.SGD(m.parameters(), lr=0.1)
        m(torch.ones(4, 2)).sum().backward()
        optimizer.step()
        m.eval()

    assert "m._modules['0']._parameters['weight']" in replayed(make, train)


class Measured(pd.DataFrame):
    """A frame with a field of its own, in the way that pandas documents for subclasses."""

    _metadata = ["unit"]  # noqa: RUF012

    @property
    def _constructor(self):
        return Measured


def test_fields_of_a_derived_frame_come_back_too():
    def make():
        frame = Measured({"a": [1, 2]})
        frame.unit = "m"
        return {"f": frame}

    def run(f):
        f["b"] = 1
        f.unit = "km"

    assert replayed(make, run) == ["f"]
    roots = make()
    before = Before(roots, SimpleResolver)
    run(roots["f"])
    after = before.after()
    other = make()
    restore(mutables(list(other.values())), after.states)
    assert other["f"].unit == "km"
