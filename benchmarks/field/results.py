"""The results: kept as JSON, written as a page of tables and as plots, all three in docs/."""

from __future__ import annotations

import contextlib
import importlib
import json
import platform
import tempfile
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path
from typing import Any

from field.behaviour import ROWS as BEHAVIOUR

DOCS = Path(__file__).parents[2] / "docs"
JSON, PAGE = DOCS / "field.json", DOCS / "field.md"
UNITS = (("s", 1.0), ("ms", 1e-3), ("us", 1e-6))


def load() -> dict[str, Any]:
    return json.loads(JSON.read_text(encoding="utf-8")) if JSON.exists() else {"cases": {}}


def save(found: dict[str, Any]) -> None:
    found["date"] = datetime.now(UTC).date().isoformat()
    found["machine"] = (
        f"{platform.system()} on {platform.machine()}, {_cores()} cores, CPython {platform.python_version()}"
    )
    with tempfile.TemporaryDirectory() as folder, contextlib.chdir(folder):  # some make folders as they are imported
        found["peers"] = {name: _named(name) for rows in found["cases"].values() for name in rows}
    JSON.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")


def _cores() -> int:
    import os

    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _named(peer: str) -> str:
    module = importlib.import_module(f"field.peers.{peer}")
    return f"{module.NAME} {metadata.version(module.DISTRIBUTION)}" if module.DISTRIBUTION else module.NAME


def write(found: dict[str, Any]) -> None:
    from field import plots

    PAGE.write_text(page(found), encoding="utf-8")
    plots.write(found, DOCS / "pictures")


def page(found: dict[str, Any]) -> str:
    """Return the page of all results."""
    peers = [name for name in found["peers"] if name]
    lines = [
        "# Side by side",
        "",
        f"Measured on {found['date']} ({found['machine']}) by `make bench-field`:",
        "each cell is a process of its own in an empty folder in memory, medians of some calls. *By hand* is a",
        "cache of ten lines, a pickle under a digest of the pickled arguments: the cost if nothing is checked.",
        "`lru_cache` keeps all in memory.",
        "Where a library could not do what was asked, its error stands below the table.",
        "",
        "Rows in which another one is better stay. [Comparison](comparison.md) says when to use which,",
        "[figures](benchmarks.md) where our time goes.",
        "",
    ]
    for case, rows in found["cases"].items():
        if case != "behaviour":
            lines += _table(found, case, rows, peers)
    if "behaviour" in found["cases"]:
        lines += ["## What happens when …", "", *_head(found, peers)]
        lines += [
            _row(title, [found["cases"]["behaviour"].get(peer, {}).get(title, "-") for peer in peers])
            for title in BEHAVIOUR
        ]
        lines.append("")
    return "\n".join(lines).rstrip("\n") + "\n"


def _head(found: dict[str, Any], peers: list[str]) -> list[str]:
    return [_row("", [found["peers"][peer] for peer in peers]), _row("---", ["---"] * len(peers))]


def _row(title: str, cells: list[str]) -> str:
    return "| " + " | ".join([title, *cells]) + " |"


def _table(found: dict[str, Any], case: str, rows: dict[str, Any], peers: list[str]) -> list[str]:
    from field.plots import PLOTTED

    module = importlib.import_module(f"field.cases.{case}")
    titles = list(dict.fromkeys(title for peer in peers for title in rows.get(peer, {}) if title))
    lines = [f"## {module.TITLE}", "", " ".join(module.__doc__.split()), ""]
    if case in PLOTTED:
        lines += [f"![{module.TITLE}](pictures/field-{case}.svg)", ""]
    lines += _head(found, peers)
    lines += [_row(title, [_cell(rows.get(peer, {}), title) for peer in peers]) for title in titles]
    wrong = {peer: rows[peer][""] for peer in peers if "" in rows.get(peer, {})}
    if wrong:
        lines += [
            "",
            *(
                f"{found['peers'][peer]}: `{_short(error)}`" + ("  " if peer != [*wrong][-1] else "")
                for peer, error in wrong.items()
            ),
        ]
    return [*lines, ""]


def _short(error: str) -> str:
    return error.replace("`", "'").replace("|", "/")[:110]


def _cell(rows: dict[str, Any], title: str) -> str:
    value = rows.get(title, "-")
    if isinstance(value, str):
        return value
    if title.startswith(("how", "KB")):
        return f"{value:,.0f}" if value >= 10 else f"{value:.2g}"
    return time_of(value)


def time_of(seconds: float) -> str:
    """Return a time as people read it: two digits that count."""
    for unit, size in UNITS:
        if seconds >= size or unit == "us":
            number = seconds / size
            return f"{number:.0f} {unit}" if number >= 10 else f"{number:.1f} {unit}"
    return ""
