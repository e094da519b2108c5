"""Arrays and frames: values in C order whatever the layout, with little memory."""

from __future__ import annotations

import threading
import tracemalloc

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from Lutil.checkpoints.model._errors import UnfingerprintableError
from Lutil.checkpoints.testing.fingerprint import simple_digest

np = pytest.importorskip("numpy")

DTYPES = ["f8", "f4", "i2", ">i4", "c16", "M8[ns]", "S3", "U2", "?", "g", [("a", "i1"), ("b", "f8")], object]


@settings(max_examples=150, deadline=None)
@given(
    st.sampled_from(DTYPES),
    st.lists(st.integers(0, 5), min_size=1, max_size=4),
    st.data(),
)
def test_only_dtype_shape_and_values_count(dtype, shape, data):
    array = np.arange(int(np.prod(shape))).reshape(shape).astype(dtype)
    first = simple_digest(array)
    axes = data.draw(st.permutations(range(len(shape))))
    moved = array.transpose(axes)
    assert simple_digest(moved) == simple_digest(moved.copy(order="C")) == simple_digest(moved.copy(order="F"))
    steps = tuple(slice(None, None, data.draw(st.sampled_from([1, 2, -1]))) for _ in shape)
    assert simple_digest(array[steps]) == simple_digest(array[steps].copy())
    if moved.shape != array.shape:
        assert simple_digest(moved) != first


@pytest.mark.parametrize("make", [
    lambda a: a,
    np.asfortranarray,
    lambda a: np.repeat(a, 2, axis=1)[:, ::2],
    lambda a: a[::-1][::-1],
    lambda a: np.ascontiguousarray(a.T).T,
])  # fmt: skip
def test_large_arrays_agree_in_every_layout_and_cost_little_memory(make):
    array = np.random.default_rng(0).random((1500, 3000))
    other = make(array)
    first = simple_digest(array)
    tracemalloc.start()
    assert simple_digest(other) == first
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 64 << 20
    other[1499, 2999] += 1
    assert simple_digest(other) != first


def test_wide_and_deep_arrays_in_columns_order_agree():
    for shape in [(3, 2_000_000), (2_000_000, 3), (40, 50, 300), (2, 3, 4, 5)]:
        array = np.arange(int(np.prod(shape)), dtype="i4").reshape(shape)
        assert simple_digest(np.asfortranarray(array)) == simple_digest(array)


@pytest.mark.parametrize("dtype", ["u1", "f8", "S3", "U2", "V12", [("a", "i1"), ("b", "i4")]])
def test_arrays_that_are_copied_in_tiles_agree_however_their_axes_lie(dtype):
    """Wide, cubic, with few channels, cut out of a larger one: each is tiled in another way."""
    width = np.dtype(dtype).itemsize
    for shape in [(700, 900), (40, 30_000), (60, 70, 80), (9, 120, 130, 3), (150_000, 4)]:
        raw = np.random.default_rng(0).integers(0, 255, (*shape, width), "u1")
        array = raw.view(dtype)[..., 0]
        first = simple_digest(array)
        for axes in (tuple(range(len(shape)))[::-1], (len(shape) - 1, *range(len(shape) - 1))):
            moved = np.ascontiguousarray(array.transpose(axes)).transpose(np.argsort(axes))
            assert simple_digest(moved) == first
        assert simple_digest(array[..., 1:]) == simple_digest(array[..., 1:].copy())
        assert simple_digest(array[::-1, ...]) == simple_digest(array[::-1, ...].copy()) != first


def test_other_threads_run_while_a_large_buffer_is_hashed():
    """Both threads hash one large buffer at a time: each gets its turn although neither gives it up."""
    array = np.zeros(30_000_000)
    turns = []
    stop = threading.Event()

    def count():
        while not stop.is_set():
            turns.append(1)
            stop.wait(0.0005)

    thread = threading.Thread(target=count)
    thread.start()
    before = len(turns)
    for _ in range(10):
        simple_digest(array)
    during = len(turns) - before
    stop.set()
    thread.join()
    assert during > 5


def test_shape_and_dtype_of_every_array_of_a_long_list_count():
    rest = [np.zeros(1)] * 9
    lists = [
        [np.zeros(2), np.zeros(1), *rest],
        [np.zeros(1), np.zeros(2), *rest],
        [np.zeros((2, 1)), np.zeros(1), *rest],
        [np.zeros((1, 2)), np.zeros(1), *rest],
        [np.zeros(2), np.zeros(1, "i8"), *rest],
        [np.zeros(2), np.zeros(1, "M8[s]"), *rest],
        [np.sin] * 10,
    ]
    assert len(set(map(simple_digest, lists))) == len(lists)
    assert simple_digest({n: [np.zeros(2)] for n in range(20)}) != simple_digest(
        {n: [np.zeros((2, 1))] for n in range(20)}
    )


def test_attributes_of_subclasses_count():
    class Tagged(np.ndarray):
        pass

    def made(tag):
        array = np.zeros(3).view(Tagged)
        array.tag = tag
        return array

    assert simple_digest(made(1)) == simple_digest(made(1)) != simple_digest(made(2))
    assert simple_digest(made(1)) != simple_digest(np.zeros(3))


def test_padding_of_records_and_long_doubles_does_not_count():
    kind = np.dtype([("a", "i1"), ("b", "f8")], align=True)
    clean, dirty = np.zeros(4, kind), np.zeros(4, kind)
    dirty.view("u1")[:] = 255
    dirty["a"], dirty["b"] = 0, 0
    assert simple_digest(clean) == simple_digest(dirty)
    for kind in "gG":
        clean, dirty = np.zeros((3, 2), kind), np.empty((3, 2), kind)
        dirty.view("u1")[:] = 255
        dirty[...] = clean
        assert simple_digest(clean) == simple_digest(dirty) == simple_digest(np.asfortranarray(dirty))
        assert simple_digest(clean[0, 0]) == simple_digest(dirty[0, 0])
        dirty[2, 1] = 1
        assert simple_digest(clean) != simple_digest(dirty)


def test_strings_of_variable_length_count_by_content_in_every_layout():
    if not hasattr(np, "dtypes") or not hasattr(np.dtypes, "StringDType"):
        pytest.skip("this numpy has no such strings")
    array = np.array([["a", "long enough to be stored elsewhere"], ["", "b"]], np.dtypes.StringDType())
    first = simple_digest(array)
    for other in (np.asfortranarray(array), array[::-1].copy()[::-1], array.repeat(2, axis=1)[:, ::2]):
        assert simple_digest(other) == first
    array[1, 1] = "c"
    assert simple_digest(array) != first


def test_masked_arrays_count_by_values_mask_and_the_attributes_of_a_subclass():
    class Tagged(np.ma.MaskedArray):
        pass

    def made(tag):
        array = np.ma.array([1, 2], mask=[0, 1]).view(Tagged)
        array.tag = tag
        return array

    assert simple_digest(made(1)) == simple_digest(made(1)) != simple_digest(made(2))
    assert simple_digest(np.ma.masked) == simple_digest(np.ma.array([1], mask=[1])[0])


def test_a_memory_map_is_read_and_its_type_counts(tmp_path):
    np.save(tmp_path / "a.npy", np.arange(5))
    mapped = np.load(tmp_path / "a.npy", mmap_mode="r")
    assert simple_digest(mapped) == simple_digest(np.load(tmp_path / "a.npy", mmap_mode="c"))
    assert simple_digest(mapped) != simple_digest(np.arange(5))
    del mapped


def test_what_is_inside_an_array_of_objects_is_named():
    with pytest.raises(UnfingerprintableError) as caught:
        simple_digest({"a": np.array([1, iter([])], object)})
    assert caught.value.path == "value['a'][1]"


def test_frames_agree_whatever_their_blocks_and_a_column_can_be_left_out(fp):
    pd = pytest.importorskip("pandas")
    frame = pd.DataFrame({"a": [1, 2], "b": [3.5, 4], "c": ["x", None]})
    other = pd.DataFrame({"a": [1, 2]})
    other["b"] = [3.5, 4]
    other["c"] = ["x", None]
    assert fp(frame) == fp(other) == fp(frame.copy()) == fp(pd.concat([frame[["a"]], frame[["b", "c"]]], axis=1))
    assert fp(pd.concat([frame[:1], frame[1:]])) == fp(frame)
    left = fp(frame, without=("['b']",))
    frame["b"] = 7
    assert fp(frame, without=("['b']",)) == left != fp(frame)
    with pytest.raises(UnfingerprintableError) as caught:
        fp(pd.DataFrame({"p": [1, iter([])]}))
    assert caught.value.path == "value['p'][1]"


def test_every_single_cell_and_label_of_a_frame_counts():
    pd = pytest.importorskip("pandas")
    frame = pd.DataFrame(
        {"n": [1, 2, 3], "s": ["a", "b", "c"], "d": pd.date_range("2020", periods=3), "o": [1, "a", None]}
    )
    seen = {simple_digest(frame)}
    for column, value in {"n": 9, "s": "z", "d": pd.Timestamp("1999"), "o": "new"}.items():
        for row in range(3):
            changed = frame.copy()
            changed.loc[row, column] = value
            seen.add(simple_digest(changed))
    for changed in (frame.set_axis([0, 1, 9]), frame.rename(columns={"n": "m"}), frame[["s", "n", "d", "o"]]):
        seen.add(simple_digest(changed))
    assert len(seen) == 1 + 12 + 3


def test_arrays_in_a_long_list_count_by_their_shapes_and_types():
    """Scalars of one type make a column; arrays do not, however alike they are."""
    zeros = [np.zeros(2) for _ in range(20)]
    first = simple_digest(zeros)
    assert first == simple_digest([np.zeros(2)] * 20)
    for other in (np.zeros((1, 2)), np.zeros(4, "f4"), np.zeros(1), np.zeros(2, "i8"), np.array([0, 1.0])):
        assert simple_digest([*zeros[1:], other]) != first
        assert simple_digest([other] * 20) != first
    assert simple_digest([np.zeros(1)] * 40) != first
    assert simple_digest([np.float64(0)] * 40) != first
    assert simple_digest([np.sin] * 20) != simple_digest([np.cos] * 20)
    assert simple_digest([np.zeros(2, object)] * 20) != simple_digest([np.ones(2, object)] * 20)
