"""Arrays, frames, tensors: type, dtype, layout, sharing; loaded writable and private."""

from __future__ import annotations

import datetime as dt
import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from Lutil.checkpoints.codec import UnresolvedError, _tensor_storage, decode, encode
from Lutil.checkpoints.model._errors import NotSavableError
from Lutil.checkpoints.testing.fingerprint import simple_digest

np = pytest.importorskip("numpy")
pd = pytest.importorskip("pandas")


def never(module):
    return False


def again(value, **options):
    encoded = encode(value, is_project=never, **options)
    return decode(encoded.stream, [bytearray(buffer) for buffer in encoded.buffers], plain=encoded.plain), encoded


dtypes = st.one_of(
    hnp.integer_dtypes(endianness="?"),
    hnp.floating_dtypes(endianness="?"),
    hnp.complex_number_dtypes(),
    hnp.boolean_dtypes(),
    hnp.datetime64_dtypes(),
    hnp.unicode_string_dtypes(endianness="?"),
    hnp.array_dtypes(allow_subarrays=False),
)
layouts = st.sampled_from([lambda a: a, lambda a: a.T, lambda a: a[::2], lambda a: a[..., ::-1], np.asfortranarray])


@settings(max_examples=150, deadline=None)
@given(array=hnp.arrays(dtypes, hnp.array_shapes(min_dims=1, max_dims=3, min_side=0, max_side=40)), layout=layouts)
def test_any_array_comes_back_with_its_dtype_values_and_writability(array, layout):
    array = layout(array)
    found, _ = again([array, array])
    assert found[0] is found[1]
    assert found[0].dtype == array.dtype
    assert found[0].dtype.str == array.dtype.str
    assert found[0].shape == array.shape
    assert found[0].tobytes() == array.tobytes()
    assert found[0].flags.writeable


@pytest.mark.parametrize("size", [10, 10_000])
@pytest.mark.parametrize(
    "view",
    [lambda a: a[2:5], lambda a: a.reshape(2, -1), lambda a: a[::-2], lambda a: a.view("i4"), lambda a: a[None, 3:4]],
)
def test_a_view_of_a_produced_array_is_a_view_again_and_stored_once(size, view):
    base = np.arange(size, dtype="f8")
    found, encoded = again({"view": view(base), "base": base, "same": base})
    assert found["base"] is found["same"]
    assert np.shares_memory(found["base"], found["view"])
    assert found["view"].tobytes() == view(base).tobytes()
    assert found["view"].strides == view(base).strides
    assert sum(len(buffer) for buffer in encoded.buffers) in (0, base.nbytes)
    found["base"][...] = 0
    assert not found["view"].any()


def test_neighbours_do_not_become_one_and_read_only_stays_so():
    base = np.arange(20_000.0)
    base[:5000].flags.writeable = False
    frozen = base[:5000]
    frozen.flags.writeable = False
    found, encoded = again([frozen, base[5000:10_000]])
    assert not found[0].flags.writeable
    assert found[1].flags.writeable
    assert [len(buffer) for buffer in encoded.buffers] == [40_000, 40_000]


def test_two_columns_of_a_wide_array_do_not_drag_it_along():
    wide = np.zeros((1000, 1000))
    _, encoded = again([wide[:, 1], wide[:, 7]])
    assert len(encoded.stream) + sum(len(buffer) for buffer in encoded.buffers) < 40_000


def test_a_view_of_an_input_is_a_view_of_the_present_input():
    before = np.arange(100.0).reshape(10, 10)
    encoded = encode(before[2:4, ::-1], given=[before], is_project=never)
    present = before.copy()
    found = decode(encoded.stream, encoded.buffers, given=[present], plain=encoded.plain)
    assert np.shares_memory(found, present)
    assert (found == before[2:4, ::-1]).all()
    with pytest.raises(UnresolvedError, match="layout"):
        decode(encoded.stream, encoded.buffers, given=[np.asfortranarray(before)], plain=encoded.plain)


def on_the_same_bytes(one, other):
    return one.__array_interface__ == other.__array_interface__ and one.flags.writeable == other.flags.writeable


bases = st.sampled_from(
    [
        lambda: np.arange(210.0).reshape(5, 6, 7),
        lambda: np.asfortranarray(np.arange(210.0).reshape(5, 6, 7)),
        lambda: np.arange(420.0).reshape(5, 6, 14)[:, :, ::2],
        lambda: np.arange(420.0).reshape(10, 6, 7)[::-2, 1:],
        lambda: np.arange(210.0).reshape(5, 6, 7).transpose(2, 0, 1)[:, :4, ::-1],
        lambda: np.array([[str(n) for n in range(6)], [*range(6)]], dtype=object)[:, 1:],
        lambda: np.zeros((4, 5), dtype=[("a", "i4"), ("b", "f8")])[1:, ::2],
        lambda: np.rec.array([(n, n / 2) for n in range(12)], dtype=[("a", "i4"), ("b", "f8")])[::2],
    ]
)
steps = st.lists(
    st.sampled_from(
        [
            lambda a: a[0],
            lambda a: a[-1:],
            lambda a: a[:, 1],
            lambda a: a[..., ::-1],
            lambda a: a[::2],
            lambda a: a.T,
            lambda a: a.reshape(-1)[3:9],  # a copy where it has to be
            lambda a: a[..., None],
            lambda a: np.broadcast_to(a, (2, *a.shape)),
            lambda a: np.lib.stride_tricks.sliding_window_view(a, 2, axis=0),
        ]
    ),
    min_size=1,
    max_size=4,
)


@settings(max_examples=300, deadline=None)
@given(make=bases, steps=steps)
def test_whatever_view_of_an_input_shares_its_bytes_again_and_is_as_writable(make, steps):
    base = view = make()
    for step in steps:
        try:
            view = step(view)
        except (IndexError, ValueError, TypeError, AttributeError):  # too few axes, or too short, for the step
            break
    shares = isinstance(view, np.ndarray) and np.may_share_memory(view, base)
    if view is base or not shares or not view.size:
        return
    encoded = encode([view, base], given=[base], is_project=never)
    assert encoded.given == 1
    assert encoded.buffers == []
    found, same = decode(encoded.stream, encoded.buffers, given=[base], plain=encoded.plain)
    assert same is base
    assert type(found) is type(view)
    assert on_the_same_bytes(found, view)


def test_what_shares_memory_with_an_input_but_is_no_view_on_it_is_refused_with_the_way_out():
    whole = np.arange(12.0).reshape(3, 4)
    for given_, result in [(whole[:, :3], whole), (whole[:, :2], whole[:, 1:3]), (whole[0], whole.view("i4"))]:
        with pytest.raises(NotSavableError, match="return a copy"):
            encode(result, given=[given_], is_project=never)
    assert encode(whole[:, 3], given=[whole[:, :3]], is_project=never).given == 0, "they only lie side by side"


@pytest.mark.parametrize(
    "value",
    [
        np.float64(1.5),
        np.datetime64("2020-01-01"),
        np.ma.array([1, 2], mask=[True, False]),
        np.ma.array([1, 2], fill_value=7, hard_mask=True),
        np.ma.array([], float),
        np.array([None, "a", [1]], dtype=object),
        np.array(5),
        np.zeros((0, 3)),
    ],
    ids=repr,
)
def test_other_things_of_numpy_keep_their_type(value):
    found, _ = again(value)
    assert type(found) is type(value)
    assert repr(found) == repr(value)
    assert simple_digest(found) == simple_digest(value)


def frames():
    index = pd.date_range("2020", periods=3, freq="D", tz="Europe/Berlin", name="when")
    frame = pd.DataFrame(
        {
            "f": [1.5, None, 3],
            "i": pd.array([1, None, 3], dtype="Int64"),
            "s": ["a", None, "c"],
            "o": pd.Series([[1], "x", None], dtype=object).array,
            "c": pd.Categorical(["b", "a", "b"], categories=["b", "a", "z"], ordered=True),
            "t": index,
        },
        index=index,
    )
    frame.attrs["unit"] = {"f": "m"}
    yield frame
    yield frame["c"]
    yield frame.set_index(["c", "s"])
    yield pd.DataFrame([[1, 2], [3, 4]], columns=["x", "x"])
    yield pd.DataFrame({"a": np.arange(5000.0), 3: "text"})
    yield pd.RangeIndex(3, name="r")
    yield pd.period_range("2020", periods=3, freq="M")
    yield pd.DataFrame()


@pytest.mark.parametrize("value", list(frames()), ids=lambda value: type(value).__name__)
def test_things_of_pandas_come_back_the_same(value):
    found, _ = again(value)
    if isinstance(value, pd.DataFrame):
        pd.testing.assert_frame_equal(found, value, check_freq=True, check_flags=True)
        assert found.attrs == value.attrs
    elif isinstance(value, pd.Series):
        pd.testing.assert_series_equal(found, value, check_freq=True)
    else:
        pd.testing.assert_index_equal(found, value, exact=True)


def test_frames_that_shared_memory_stay_independent_as_copy_on_write_has_it():
    frame = pd.DataFrame({"a": np.arange(5000.0), "b": np.arange(5000.0)})
    found, _ = again({"frame": frame, "column": frame["a"], "part": frame.iloc[:10], "values": frame["a"].to_numpy()})
    found["frame"].iloc[0, 0] = 99.0
    assert found["column"].iloc[0] == 0.0
    assert found["part"].iloc[0, 0] == 0.0
    found["column"].iloc[1] = 98.0
    assert found["frame"].iloc[1, 0] == 1.0


def test_arrow_polars_and_sparse_come_back_the_same():
    pa = pytest.importorskip("pyarrow")
    pl = pytest.importorskip("polars")
    sparse = pytest.importorskip("scipy.sparse")
    table = pa.table({"a": list(range(5000)), "s": ["x", None] * 2500}, metadata={"k": "v"})
    frame = pl.DataFrame({"a": range(5000), "d": [dt.date(2020, 1, 1)] * 5000, "l": [[1, 2]] * 5000})
    matrix = sparse.csr_array(np.random.default_rng(0).random((100, 100)) * np.eye(100))
    found, _ = again([table, table["s"], frame, frame["l"], matrix])
    assert found[0].equals(table)
    assert found[0].schema.equals(table.schema, check_metadata=True)
    assert found[1].equals(table["s"])
    assert found[2].equals(frame)
    assert found[2].schema == frame.schema
    assert found[3].equals(frame["l"])
    assert type(found[4]) is type(matrix)
    assert (found[4] != matrix).nnz == 0
    found[4].data[0] = 5


@pytest.fixture
def torch():
    # Loading it from inside pytest's warnings filter would fail for warnings of its own.
    if sys.version_info >= (3, 12):
        pytest.skip("torch is tested on 3.11")
    return pytest.importorskip("torch")


@pytest.mark.filterwarnings("ignore")
def test_tensors_share_again_what_they_shared_and_go_out_of_band(torch):
    base = torch.arange(10_000.0)
    value = {"t": base, "u": base[5:], "m": base.view(100, 100).T, "n": base.numpy(), "own": torch.ones(3)}
    found, encoded = again(value)
    assert [len(buffer) for buffer in encoded.buffers] == [40_000]
    found["t"][7] = -1
    assert found["u"][2] == -1
    assert found["n"][7] == -1
    assert found["m"][7, 0] == -1
    assert found["m"].stride() == value["m"].stride()
    assert found["t"].untyped_storage().data_ptr() == found["u"].untyped_storage().data_ptr()


@pytest.mark.filterwarnings("ignore")
def test_a_small_part_of_a_large_tensor_is_stored_alone(torch):
    large = torch.zeros(1_000_000)
    _, encoded = again([large[5:10], large[::1000]])
    assert len(encoded.stream) + sum(len(buffer) for buffer in encoded.buffers) < 20_000


@pytest.mark.filterwarnings("ignore")
def test_tensors_of_any_kind_come_back(torch):
    value = [
        torch.arange(6, dtype=torch.bfloat16).reshape(2, 3).T,
        torch.zeros(3, requires_grad=True),
        torch.tensor(3),
        torch.zeros(0, 3),
        torch.eye(3).to_sparse(),
        torch.tensor([1 + 2j]).conj(),
        torch.tensor([True, False]),
    ]
    found, _ = again(value)
    for one, other in zip(found, value, strict=True):
        assert one.dtype == other.dtype
        assert one.requires_grad == other.requires_grad
        assert torch.equal(one.to_dense().resolve_conj(), other.to_dense().resolve_conj())


@pytest.mark.filterwarnings("ignore")
def test_a_model_keeps_tied_weights_and_its_state_dict_shares_with_it(torch):
    model = torch.nn.Sequential(torch.nn.Linear(64, 64), torch.nn.Linear(64, 64))
    model[1].weight = model[0].weight
    found, encoded = again({"model": model, "state": model.state_dict()})
    assert found["model"][0].weight is found["model"][1].weight
    assert isinstance(found["model"][0].weight, torch.nn.Parameter)
    with torch.no_grad():
        found["model"][0].weight[0, 0] = 5.0
    assert found["state"]["0.weight"][0, 0] == 5.0
    assert sum(len(buffer) for buffer in encoded.buffers) == 64 * 64 * 4


@pytest.mark.filterwarnings("ignore")
def test_gradients_come_back_and_those_that_share_still_do(torch):
    model = torch.nn.Linear(40, 40)
    leaf = torch.ones(3, requires_grad=True)
    (model(torch.ones(40)).sum() + leaf.sum()).backward()
    found, encoded = again([model, leaf, model.weight.grad])
    assert torch.equal(found[0].weight.grad, model.weight.grad)
    assert torch.equal(found[0].bias.grad, model.bias.grad)
    assert torch.equal(found[1].grad, leaf.grad)
    assert found[2] is found[0].weight.grad
    assert [len(buffer) for buffer in encoded.buffers] == [6400, 6400]
    found[0].zero_grad()


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(
    "view",
    [lambda t: t[0], lambda t: t[:, 1], lambda t: t.T[1:], lambda t: t.reshape(-1)[3:7], lambda t: t.expand(2, 3, 4)],
)
def test_a_view_of_a_tensor_that_is_an_input_shares_its_memory_again(torch, view):
    for base in (torch.arange(12.0).reshape(3, 4), torch.arange(24.0).reshape(3, 8)[:, ::2]):
        want = view(base)
        if (
            want.data_ptr() >= base.data_ptr() + 4 * 24
            or want.untyped_storage().data_ptr() != base.untyped_storage().data_ptr()
        ):
            continue  # torch made a copy
        encoded = encode(want, given=[base], is_project=never)
        found = decode(encoded.stream, encoded.buffers, given=[base], plain=encoded.plain)
        assert (found.data_ptr(), found.stride(), found.shape) == (want.data_ptr(), want.stride(), want.shape)


@pytest.mark.filterwarnings("ignore")
def test_what_a_backward_pass_left_beside_the_leaves_comes_along(torch):
    model = torch.nn.Sequential(torch.nn.Linear(3, 3), torch.nn.Linear(3, 3))
    model[1].weight = model[0].weight
    model[0].weight.note = "kept"
    leaf = torch.ones(3, requires_grad=True)
    model(leaf).sum().backward()
    found, _ = again({"model": model, "leaf": leaf, "same": leaf, "weight": model[0].weight})
    for one, other in zip([*model.parameters(), leaf], [*found["model"].parameters(), found["leaf"]], strict=True):
        assert type(other) is type(one)
        assert torch.equal(one.grad, other.grad)
        assert other.requires_grad
        assert torch.equal(one, other)
    assert found["leaf"] is found["same"]
    assert found["model"][0].weight is found["model"][1].weight is found["weight"]
    assert found["weight"].note == "kept"
    model.zero_grad()
    assert all(parameter.grad is None for parameter in again(model)[0].parameters())


@pytest.mark.filterwarnings("ignore")
def test_a_tensor_of_a_graph_is_refused_with_the_way_out(torch):
    loss = (torch.ones(3, requires_grad=True) * 2).sum()
    with pytest.raises(NotSavableError, match="detach") as caught:
        again({"history": [loss.detach(), loss]})
    assert caught.value.path == "result['history'][1]"


@pytest.mark.filterwarnings("ignore")
def test_a_device_that_is_not_here_is_unresolved(torch):
    if torch.cuda.is_available():
        pytest.skip("there is a GPU here")
    with pytest.raises(UnresolvedError, match="cuda"):
        _tensor_storage.tensor_from_bytes(torch.ones(1), "cuda:0", False)
