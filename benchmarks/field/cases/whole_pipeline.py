"""A script loads a table, cleans it, makes features, reduces, fits and evaluates, each step cached; then it is edited.

What it prints is held against the same script without a cache: whoever prints something else was stale.
"""

from pathlib import Path

import numpy as np
from field.timing import process

TITLE = "A pipeline of six steps, as a script"
TOOLS = """
FACTOR = 2

def scaled(values):
    return values * FACTOR
"""
STEPS = """
import numpy as np
import pandas as pd
from sklearn.decomposition import PCA
from sklearn.ensemble import RandomForestClassifier
from tools import scaled
{cached}

@cached
def load(path):
    return pd.read_csv(path)

@cached
def clean(table):
    return table.dropna().reset_index(drop=True)

@cached
def features(table):
    found = table.drop(columns="y").to_numpy()
    for _ in range(30):
        found = np.sort(found, axis=1)
    return np.hstack([scaled(found), found ** 2, np.sin(found)])

@cached
def reduce(data):
    return PCA(10, svd_solver="full").fit_transform(data)

@cached
def fit(data, labels):
    return RandomForestClassifier(40, random_state=0).fit(data, labels)

@cached
def evaluate(model, data, labels):
    return float(model.score(data[::7] * 1.01, labels[::7])), float(np.abs(data).sum())

def main():
    table = clean(load("data.csv"))
    data, labels = reduce(features(table)), table["y"].to_numpy()
    print(evaluate(fit(data, labels), data, labels))
"""
UNCACHED = "def cached(function): return function"


def write(folder, cached, tools=TOOLS, steps=STEPS):
    folder.mkdir(exist_ok=True)
    (folder / "tools.py").write_text(tools, encoding="utf-8")
    (folder / "steps.py").write_text(steps.format(cached=cached), encoding="utf-8")
    (folder / "main.py").write_text(
        "import os, sys\nos.chdir(os.path.dirname(__file__))\nimport steps\nsteps.main()\n", encoding="utf-8"
    )


def table(folder, first=0.5):
    rng = np.random.default_rng(3)
    data = rng.random((8000, 60))
    labels = (data[:, :3].sum(axis=1) > 1.5).astype(int)
    data[0, 0] = first
    lines = [",".join([*(f"x{n}" for n in range(60)), "y"])]
    lines += [",".join([*(f"{x:.5f}" for x in row), str(y)]) for row, y in zip(data, labels, strict=True)]
    (folder / "data.csv").write_text("\n".join(lines), encoding="utf-8")


def measure(peer):
    kept, plain = Path("kept").resolve(), Path("plain").resolve()
    mine = f"from {peer.__name__} import cached"
    for folder in (kept, plain):
        folder.mkdir()
        table(folder)
    rows = {}

    def both(title, **edited):
        write(plain, UNCACHED, **edited)
        write(kept, mine, **edited)
        wanted, found = process(plain / "main.py"), process(kept / "main.py")
        if title == "the first run":
            rows["without a cache"] = wanted[0]
        rows[title] = found[0] if found[1] == wanted[1] else "stale"

    both("the first run")
    both("again")
    both(
        "after an edited comment",
        steps=STEPS.replace("    return table.dropna()", "    # as it comes\n    return table.dropna()"),
    )
    both("after an edited helper", tools=TOOLS.replace("values * FACTOR", "values + FACTOR"))
    for folder in (kept, plain):
        table(folder, first=0.9)
    both("after one changed cell of the file")
    return rows
