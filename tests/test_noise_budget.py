"""The noise budget: once per computation and cause, five in all, then one closing line."""

from __future__ import annotations

import os
import threading
import warnings
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

from Lutil.checkpoints import CheckpointWarning, NotSavedWarning, SlowInputWarning, UnwatchedNameWarning, checkpoint
from Lutil.checkpoints.model.process import _notices
from running import SOURCE


def said(calls):
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        for call in calls:
            _notices.notice(*call)
    return caught


def test_a_cause_is_said_once_for_each_computation():
    one = (NotSavedWarning, "f", "OSError", "f: the disk is full")
    other = (NotSavedWarning, "g", "OSError", "g: the disk is full")
    third = (SlowInputWarning, "f", "OSError", "f: slow")
    assert [str(item.message) for item in said([one, one, other, one, third, third])] == [
        "f: the disk is full",
        "g: the disk is full",
        "f: slow",
    ]


def test_after_five_notices_one_line_closes_and_the_log_has_the_rest(caplog):
    with caplog.at_level("INFO", "Lutil.checkpoints"):
        caught = said([(UnwatchedNameWarning, f"f{n}", "x", f"message {n}") for n in range(20)])
    assert [str(item.message) for item in caught[:5]] == [f"message {n}" for n in range(5)]
    assert len(caught) == 6
    assert "they go to the log only" in str(caught[5].message)
    assert caught[5].category is CheckpointWarning
    logged = [record.getMessage() for record in caplog.records]
    assert logged == [f"UnwatchedNameWarning: message {n}" for n in range(20)]


def test_a_notice_stands_at_the_line_of_the_caller_and_can_be_filtered_like_any_warning(own_folder):
    @checkpoint
    def f(x):
        return Path(os.devnull).open()

    with pytest.warns(NotSavedWarning) as caught:
        f(1).close()
    assert caught[0].filename == __file__
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", CheckpointWarning)
        f(2).close()


def test_threads_that_say_the_same_at_once_say_it_once():
    together = threading.Barrier(8)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")

        def tell():
            together.wait()
            for n in range(3):
                _notices.notice(NotSavedWarning, f"f{n}", "cause", f"message {n}")

        threads = [threading.Thread(target=tell) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert sorted(str(item.message) for item in caught) == ["message 0", "message 1", "message 2"]


NOTEBOOK = """
%matplotlib inline
import logging, random, time
import numpy as np
import pandas as pd
import matplotlib.pyplot as plt
from Lutil.checkpoints import InlineCheckpoint, checkpoint
%load_ext Lutil
# ---
SEED = 7
N = 400
calls = []
logger = logging.getLogger('notebook')
np.random.seed(SEED)
random.seed(SEED)
# ---
raw = pd.DataFrame({'x': np.random.normal(size=N), 'g': np.random.choice(list('abc'), N)})
raw.to_csv('raw.csv', index=False)
raw.head()
# ---
@checkpoint
def load(path):
    calls.append(path)
    logger.info('loading %s', path)
    return pd.read_csv(path)
df = load('raw.csv')
df.shape
# ---
def clean(frame, low=-2.0):
    "Drop outliers."
    return frame[frame.x > low].reset_index(drop=True)
# ---
with InlineCheckpoint():
    tidy = clean(df)
    print(len(tidy), 'rows')
# ---
tidy.describe()
# ---
class Config:
    lr = 0.1
    def __init__(self, k):
        self.k = k
cfg = Config(3)
# ---
with InlineCheckpoint(watch=['tidy', 'cfg'], produce=['means']):
    means = tidy.groupby('g').x.mean() * cfg.k
# ---
means
# ---
with InlineCheckpoint(watch=['tidy'], produce=['sample']):
    sample = tidy.sample(20, random_state=SEED)  # one notice is deserved here: SEED is read, and not watched
# ---
from sklearn.decomposition import PCA
from sklearn.linear_model import LinearRegression
model = LinearRegression()
X = tidy[['x']].to_numpy()
y = 3 * X[:, 0] + 1
# ---
with InlineCheckpoint():
    model.fit(X, y)
    score = model.score(X, y)
round(score, 3), model.coef_.round(3)
# ---
%%checkpoint
pca = PCA(1).fit(X)
projected = pca.transform(X)
print(projected.shape)
projected[:2].shape
# ---
%%checkpoint
plt.hist(projected[:, 0], bins=20)
plt.title('projected');
# ---
with InlineCheckpoint(name='curve'):
    curve = np.cumsum(y)
    plt.plot(curve)  # and one here: a skip will not draw
# ---
@checkpoint(ignore=['verbose'])
def fold(data, k, verbose=False):
    if verbose:
        print('fold', k)
    rng = np.random.default_rng(k)
    return float(rng.permutation(data)[: len(data) // 2].mean())
folds = [fold(y, k, verbose=True) for k in range(5)]
# ---
%%time
scores = {k: fold(y, k) for k in range(5)}
assert list(scores.values()) == folds
# ---
for rate in (0.1, 0.2):
    with InlineCheckpoint(watch=['rate', 'y'], produce=['loss']):
        loss = float((y * rate).sum())
# ---
result = pd.Series({'score': score, 'loss': loss, 'n': len(calls)})
round(result.score, 3)
"""

CELLS = [text.strip() for text in NOTEBOOK.split("# ---")]


def test_a_notebook_of_twenty_cells_shows_the_notices_that_it_deserves_and_no_others(own_folder):
    assert len(CELLS) == 20
    first, second = run(own_folder), run(own_folder)
    for seen in (first, second):
        assert [kind for kind, _ in seen["errors"]] == []
    # In each kernel `SEED` is named; a skip draws nothing, so only the run says that it drew.
    assert [place for place, _ in first["notices"]] == [10, 15]
    assert "`SEED`, which is not in `watch`" in first["notices"][0][1]
    assert "a skip will not" in first["notices"][1][1]
    assert [place for place, _ in second["notices"]] == [10]
    # Nothing ran for a changed input in the first kernel. In the second the cells that compute are skipped.
    assert [place for place, text in first["lines"] if "recomputed" in text] == []
    assert [place for place, text in second["lines"] if "recomputed" in text] == []
    skipped = [place for place, text in second["lines"] if text.startswith("skipped")]
    assert skipped == [3, 5, 8, 10, 12, 13, 14, 15, 16, 17, 18]
    assert all(len(text) <= 80 and "\n" not in text for _, text in second["lines"])
    assert first["values"] == second["values"]


def run(folder):
    """Run the notebook in a new kernel; return notices, quiet lines, errors and values, each with its cell."""
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(text) for text in CELLS])
    client = NotebookClient(
        notebook, timeout=120, kernel_name="python3", allow_errors=True, resources={"metadata": {"path": str(folder)}}
    )
    client.execute(env={**os.environ, "PYTHONPATH": str(SOURCE)})
    found = {"notices": [], "lines": [], "errors": [], "values": []}
    for place, cell in enumerate(notebook.cells):
        for output in cell.outputs:
            if output.output_type == "error":
                found["errors"].append((place, f"{output.ename}: {output.evalue}"))
            elif output.output_type == "stream" and output.name == "stderr":
                found["notices"].append((place, output.text))
            elif output.output_type == "display_data" and "opacity:.7" in output.data.get("text/html", ""):
                found["lines"].append((place, output.data["text/plain"]))
            elif output.output_type == "execute_result":
                found["values"].append((place, output.data["text/plain"]))
    return found


SETTINGS = """
import warnings
import numpy as np
from Lutil.checkpoints import checkpoint
@checkpoint
def sets(x):
    np.set_printoptions(precision=2)
    np.seterr(divide="ignore")
    warnings.simplefilter("ignore", DeprecationWarning)
    return x
@checkpoint
def puts_back(x):
    with np.errstate(divide="raise"), np.printoptions(precision=1), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return x
puts_back(1)
sets(1)
sets(2)
"""


def test_settings_that_a_run_changes_and_a_skip_does_not_are_told_once(program):
    program.write(SETTINGS)
    program.run()
    assert program.errors.count("and a skip will not") == 1
    assert "sets changes numpy's print options and numpy's error handling (np.seterr)" in program.errors
    assert "and the filters of warnings, and a skip will not" in program.errors
    program.run()
    assert program.errors == ""


def test_where_modules_are_looked_for_is_a_setting_that_a_skip_does_not_change(program):
    program.write("""
        import sys
        from Lutil.checkpoints import InlineCheckpoint
        with InlineCheckpoint():
            sys.path.append("plugins")
            x = 1
    """)
    program.run()
    assert "x changes sys.path, and a skip will not: set them outside of what is kept" in program.errors
    program.run()
    assert "sys.path" not in program.errors
