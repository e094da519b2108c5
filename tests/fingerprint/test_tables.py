"""Arrow, polars and pandas beyond the table of the suite: what a type says by more than its text, and what is a memo."""

from __future__ import annotations

import pytest

from Lutil.checkpoints.testing.fingerprint import simple_digest


@pytest.fixture(scope="module")
def unit():
    pa = pytest.importorskip("pyarrow")

    class Unit(pa.ExtensionType):
        """A type whose parameter its text does not tell."""

        def __init__(self, name):
            self.name = name
            super().__init__(pa.int64(), "tests.unit")

        def __arrow_ext_serialize__(self):
            return self.name.encode()

        @classmethod
        def __arrow_ext_deserialize__(cls, _storage, serialized):
            return cls(serialized.decode())

    return Unit


def test_parameters_of_an_extension_type_count_wherever_it_stands(unit):
    pa = pytest.importorskip("pyarrow")

    def values(name):
        array = pa.ExtensionArray.from_storage(unit(name), pa.array([1, 2]))
        table = pa.table({"a": array})
        return [unit(name), pa.list_(unit(name)), pa.struct([("a", unit(name))]), array, pa.chunked_array([array]),
                array[0], table, table.schema, pa.record_batch({"a": array})]  # fmt: skip

    for metre, again, foot in zip(values("m"), values("m"), values("ft"), strict=True):
        assert simple_digest(metre) == simple_digest(again) != simple_digest(foot)


def test_metadata_of_fields_inside_a_type_count():
    pa = pytest.importorskip("pyarrow")
    one, other = (pa.struct([pa.field("a", pa.int64(), metadata={"k": text})]) for text in "vw")
    assert simple_digest(one) != simple_digest(other)
    assert simple_digest(pa.array([{"a": 1}], one)) != simple_digest(pa.array([{"a": 1}], other))
    assert simple_digest(pa.list_(one)) != simple_digest(pa.list_(other))


def test_a_union_counts_by_the_types_that_its_values_have_and_by_what_is_in_use():
    pa = pytest.importorskip("pyarrow")

    def union(which, numbers, texts):
        return pa.UnionArray.from_sparse(pa.array(which, pa.int8()), [pa.array(numbers), pa.array(texts, pa.int32())])

    assert simple_digest(union([0, 1], [1, 1], [1, 1])) != simple_digest(union([1, 0], [1, 1], [1, 1]))
    assert simple_digest(union([0, 1], [1, 7], [8, 2])) == simple_digest(union([0, 1], [1, 0], [0, 2]))
    assert simple_digest(pa.chunked_array([union([0, 1], [1, 1], [1, 1])])) == simple_digest(
        pa.chunked_array([union([0], [1], [1]), union([1], [1], [1])])
    )


def test_a_tensor_of_arrow_counts_by_its_values():
    pa = pytest.importorskip("pyarrow")
    np = pytest.importorskip("numpy")
    one, same, other = (pa.Tensor.from_numpy(np.array(values)) for values in ([1, 2], [1, 2], [1, 3]))
    assert simple_digest(one) == simple_digest(same) != simple_digest(other)


def test_a_series_of_a_type_that_arrow_does_not_know_counts_by_its_values():
    pl = pytest.importorskip("polars")
    if not hasattr(pl, "Int128"):
        pytest.skip("this polars has no such numbers")
    one, same, other = (pl.Series("x", [1, value], dtype=pl.Int128) for value in (2**100, 2**100, 2**100 + 1))
    assert simple_digest(one) == simple_digest(same) != simple_digest(other)


def test_what_pandas_remembers_of_groups_and_windows_does_not_count():
    pd = pytest.importorskip("pandas")
    frame = pd.DataFrame({"a": [1, 1, 2], "b": [1, 2, 3]})
    for value in (frame.groupby("a"), frame.rolling(2)):
        before = simple_digest(value)
        value.sum()
        assert simple_digest(value) == before
    assert simple_digest(frame.groupby("a")) != simple_digest(frame.groupby("b"))


def test_a_multi_index_counts_by_its_values_however_it_was_made():
    pd = pytest.importorskip("pandas")
    nan = float("nan")
    one = pd.MultiIndex.from_arrays([[1.5, nan], range(2)])
    other = pd.MultiIndex.from_arrays([[1.5, nan, 7.0], [0, 1, 5]])[:2]
    assert simple_digest(one) == simple_digest(other)
    assert simple_digest(one) != simple_digest(pd.MultiIndex.from_arrays([[1.5, 0.0], range(2)]))


def test_a_multi_index_counts_by_the_order_of_the_levels_that_it_uses():
    pd = pytest.importorskip("pandas")
    one = pd.MultiIndex([["b", "a"], [1]], [[1, 0], [0, 0]])
    other = pd.MultiIndex([["a", "b"], [1]], [[0, 1], [0, 0]])
    assert list(one) == list(other)
    assert simple_digest(one) != simple_digest(other)
    wider = pd.MultiIndex([["b", "c", "a"], [1, 2]], [[2, 0], [0, 0]])
    assert simple_digest(one) == simple_digest(wider)


def test_metadata_of_a_dtype_counts_where_there_is_any():
    """Pickles of numpy before 2 bring times back with an empty one."""
    np = pytest.importorskip("numpy")
    plain, empty, more = (
        np.zeros(2, np.dtype("M8[s]", **given)) for given in ({}, {"metadata": {}}, {"metadata": {"a": 1}})
    )
    assert simple_digest(plain) == simple_digest(empty) != simple_digest(more)
