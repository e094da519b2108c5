"""Bars beside the floor, one picture for each of some cases."""

from __future__ import annotations

import importlib
from pathlib import Path
from typing import Any

PLOTTED = {
    "hit_by_argument": ("", "log"),
    "hit_by_result": ("again", "log"),
    "whole_pipeline": ("", "linear"),
    "warm_script": ("", "linear"),
}
"""The cases that are drawn: how the titles of their rows end, and the scale."""
COLORS = ("#1f6feb", "#8b949e", "#b08800", "#a371f7", "#d1748b", "#3fb950", "#c9d1d9", "#57606a")


def write(found: dict[str, Any], folder: Path) -> None:
    import matplotlib as mpl

    mpl.use("svg")
    mpl.rcParams["svg.hashsalt"] = "field"
    import matplotlib.pyplot as plt

    for case in PLOTTED:
        if case in found["cases"]:
            _draw(plt, found, case, folder / f"field-{case}.svg")


def _draw(plt: Any, found: dict[str, Any], case: str, path: Path) -> None:
    ending, scale = PLOTTED[case]
    rows = {peer: found["cases"][case][peer] for peer in found["peers"] if set(found["cases"][case][peer]) - {""}}
    titles = [title for title in dict.fromkeys(t for one in rows.values() for t in one if t) if title.endswith(ending)]
    height = 0.8 / len(rows)
    figure, axes = plt.subplots(figsize=(9, 0.8 + 0.15 * len(titles) * len(rows)))
    for number, (peer, one) in enumerate(rows.items()):
        color = COLORS[[*found["peers"]].index(peer)]
        places = {title: line + (number - len(rows) / 2 + 0.5) * height for line, title in enumerate(titles)}
        times = {title: one[title] * 1e3 for title in titles if isinstance(one.get(title), float) and one[title] > 0}
        axes.barh([places[t] for t in times], [*times.values()], height * 0.9, label=found["peers"][peer], color=color)
        for title in titles:
            if isinstance(one.get(title), str):
                place = axes.get_yaxis_transform()
                axes.text(0.005, places[title], one[title], va="center", fontsize=7, color="#cf222e", transform=place)
    axes.set_yticks(range(len(titles)), titles, fontsize=8)
    axes.set_ylim(len(titles) - 0.5, -0.5)
    axes.set_xscale(scale)
    axes.set_xlabel("milliseconds" + (", each step ten times the one before" if scale == "log" else ""), fontsize=8)
    axes.tick_params(axis="x", labelsize=8)
    axes.spines[["top", "right"]].set_visible(False)
    axes.legend(fontsize=7, loc="upper left", bbox_to_anchor=(1.0, 1.0), frameon=False)
    axes.set_title(importlib.import_module(f"field.cases.{case}").TITLE, fontsize=10, loc="left")
    figure.savefig(path, bbox_inches="tight", facecolor="white", metadata={"Date": None})
    plt.close(figure)
