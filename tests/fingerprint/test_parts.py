"""Readable parts name what changed, are small, and never cost a result."""

from __future__ import annotations

import pytest

from Lutil.checkpoints.fingerprint import differences, digest, parts, preview
from Lutil.checkpoints.model._key import PartKind
from Lutil.checkpoints.testing._examples import Couple, Plain, Point, cycle
from Lutil.checkpoints.testing.fingerprint import SimpleResolver

np = pytest.importorskip("numpy")
pd = pytest.importorskip("pandas")


def tree(value, path="x", **options):
    return parts(value, SimpleResolver(), PartKind.ARGUMENT, path, **options)


def found(old, new, path="x"):
    return [(d.path, d.before, d.after) for d in differences(tree(old, path), tree(new, path))]


def everything(part):
    yield part
    for below in part.parts:
        yield from everything(below)


def with_(value, change):
    change(value)
    return value


CASES = {
    "scalar": (1, 2, [("x", "1", "2")]),
    "type": (1, True, [("x", "1", "True")]),
    "nested": ({"o": {"lr": 0.1}}, {"o": {"lr": 0.2}}, [("x['o']['lr']", "0.1", "0.2")]),
    "new key": ({"a": 1}, {"a": 1, "b": 2}, [("x['b']", None, "2")]),
    "lost key": ({"a": 1, "b": 2}, {"a": 1}, [("x['b']", "2", None)]),
    "order": ({"a": 1, "b": 2}, {"b": 2, "a": 1}, [("x", "{'a': 1, 'b': 2}", "{'b': 2, 'a': 1}")]),
    "element": ([1, 2, 3], [1, 5, 3], [("x[1]", "2", "5")]),
    "longer": ([1], [1, 2], [("x[1]", None, "2")]),
    "attribute": (Plain(1), Plain(2), [("x.value", "1", "2")]),
    "field": (Point(1, [1]), Point(1, [2]), [("x.y[0]", "1", "2")]),
    "named tuple": (Couple(1, [[1]]), Couple(1, [[2]]), [("x.y[0][0]", "1", "2")]),
    "array": (np.zeros((2, 2)), np.array([[0, 0], [0, 7.0]]), [("x[1, 1]", "0.0", "7.0")]),
    "dates": (np.array(["2020"], "M8[D]"), np.array(["2021"], "M8[D]"), [("x[0]", "2020-01-01", "2021-01-01")]),
    "text": ("a" * 100 + "b", "a" * 100 + "c", [("x[100]", "'aaaaaaaaaab'", "'aaaaaaaaaac'")]),
    "column": (pd.DataFrame({"p": [1.0, 3.0]}), pd.DataFrame({"p": [1.0, 4.0]}), [("x['p'][1]", "3.0", "4.0")]),
    "string": (pd.DataFrame({"p": ["a", "b"]}), pd.DataFrame({"p": ["a", "c"]}), [("x['p'][1]", "'b'", "'c'")]),
    "index": (pd.Series([1, 2]), pd.Series([1, 2], [0, 5]), None),
    "secret": ({"api_key": "sk-1"}, {"api_key": "sk-2"}, [("x['api_key']", "", "")]),
}


def test_what_is_left_out_of_a_pydantic_model_is_no_difference_and_its_book_keeping_comes_last():
    class Model(pytest.importorskip("pydantic").BaseModel, extra="allow"):
        rate: float = 0.1
        out: str = ""

    def changed(old, new, *without):
        return [d.path for d in differences(tree(old, without=without), tree(new, without=without))]

    assert changed(Model(), Model(rate=0.2)) == ["x.rate", "x.__pydantic_fields_set__"]
    assert changed(Model(out="a", tag=1), Model(rate=0.2, tag=2), "out", "tag", "rate") == []


@pytest.mark.parametrize(("old", "new", "expected"), CASES.values(), ids=CASES)
def test_a_difference_names_the_place_and_shows_both_values(old, new, expected):
    seen = found(old, new)
    if expected is None:
        assert seen
        assert all(path.startswith("x.index") for path, _, _ in seen)
    else:
        assert seen == expected
    assert found(old, old) == []


def test_a_changed_block_of_rows_of_a_large_frame_is_named():
    old = pd.DataFrame(np.zeros((300_000, 3)), columns=list("abc"))
    new = old.copy()
    new.loc[200_000, "b"] = 1
    assert [path for path, _, _ in found(old, new)] == ["x['b'][196608:262144]"]


@pytest.mark.parametrize(
    "value",
    [
        pd.DataFrame(np.zeros((200_000, 8))),
        pd.DataFrame(np.zeros((3, 5000))),
        [{"a": i} for i in range(30_000)],
        list(range(300_000)),
        {str(i): [i] for i in range(20_000)},
        [[[[i] * 3] * 3] * 3 for i in range(500)],
        "x" * 1_000_000,
        np.zeros((1000, 1000)),
        [np.zeros(3000)] * 40,
    ],
)
def test_parts_are_few_and_keep_little_whatever_the_size(value):
    every = list(everything(tree(value)))
    assert len(every) <= 2_100
    assert sum(len(part.kept) for part in every) <= 66_000
    assert all(len(part.preview) <= 80 for part in every)
    assert every[0].digest == digest(value, SimpleResolver())


def test_a_change_anywhere_in_something_too_large_to_keep_is_found():
    old = [{"a": i} for i in range(30_000)]
    new = [*old[:-1], {"a": -1}]
    [(path, _, _)] = found(old, new)
    start, end = map(int, path[2:-1].split(":"))
    assert start <= 29_999 < end


def test_secrets_are_neither_kept_nor_shown():
    every = everything(tree({"api_key": "sk-123", "nested": {"password": ["sk-123"]}}))
    assert not any(b"sk-123" in part.kept for part in every if "key" in part.path or "password" in part.path)


def test_what_is_left_out_is_no_part():
    part = tree({"a": 1, "b": 2}, without=("['b']",))
    assert [below.path for below in part.parts] == ["x['a']"]
    assert part.digest == digest({"a": 1, "b": 2}, SimpleResolver(), without=("['b']",))


def test_a_cycle_ends():
    assert len(list(everything(tree(cycle())))) < 10


def test_names_of_torch_modules_are_those_that_their_users_know():
    torch = pytest.importorskip("torch")
    old = torch.nn.Sequential(torch.nn.Linear(2, 2))
    new = torch.nn.Sequential(torch.nn.Linear(2, 2))
    new.load_state_dict(old.state_dict())
    new[0].weight.data[1, 0] = 5
    assert [path for path, _, _ in found(old, new, "model")] == ["model.0.weight[1, 0]"]


class Rude:
    def __repr__(self):
        raise AssertionError("a preview must not run this")

    __str__ = __repr__


@pytest.mark.parametrize(
    "value",
    [
        Rude(),
        [Rude()],
        {"a": Rude()},
        {1: [[[[1]]]]},
        10**10_000,
        "x" * 10**6,
        b"\xff" * 200,
        cycle(),
        np.zeros(3),
        pd.NaT,
        int,
    ],
    ids=range(11),
)
def test_a_preview_is_short_and_runs_no_code_of_the_user(value):
    assert 0 < len(preview(value)) <= 80
    assert len(preview(value, 20)) <= 20
