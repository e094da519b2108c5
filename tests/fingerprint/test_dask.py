"""Collections of dask count by their graph: by what makes them, not by what dask calls it."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from Lutil.checkpoints.testing.fingerprint import simple_digest

pytest.importorskip("dask")

MADE = """
import operator
import dask
import numpy as np
from Lutil.checkpoints.testing.fingerprint import simple_digest
import dask.array as da
found = {
    "array": lambda n, f: da.from_array(np.arange(n), chunks=3).map_blocks(f) + 1,
    "delayed": lambda n, f: dask.delayed(f)([dask.delayed(operator.neg)(i) for i in range(n)]),
}
try:
    import dask.bag as db
    found["bag"] = lambda n, f: db.from_sequence(range(n), npartitions=2).map(f)
    import pandas as pd
    import dask.dataframe as dd
    found["frame"] = lambda n, f: dd.from_pandas(pd.DataFrame({"a": range(n)}), npartitions=2).map_partitions(f)
except ImportError:
    pass
"""
PRINT = "\nfor name, make in found.items(): print(name, simple_digest(make(6, abs)).hex())"
made: dict = {}
exec(MADE, made)


def double(value):
    return value + value


@pytest.mark.parametrize("kind", made["found"])
def test_equal_collections_agree_and_others_differ(kind):
    make = made["found"][kind]
    assert simple_digest(make(6, abs)) == simple_digest(make(6, abs))
    assert len({simple_digest(make(*args)) for args in ((6, abs), (7, abs), (6, double))}) == 3


def test_equal_collections_of_other_processes_agree():
    def printed(seed):
        environment = {**os.environ, "PYTHONHASHSEED": seed}
        return subprocess.run(
            [sys.executable, "-W", "ignore", "-c", MADE + PRINT], env=environment, capture_output=True, check=True
        ).stdout

    assert printed("1") == printed("2") != b""


def test_a_task_that_is_no_part_of_a_collection_does_not_count():
    import dask

    one, other = (dask.delayed(sum)([dask.delayed(abs)(number)]) for number in (1, 2))
    assert simple_digest(one) != simple_digest(other)
    assert simple_digest([one, other]) == simple_digest([dask.delayed(sum)([dask.delayed(abs)(n)]) for n in (1, 2)])
