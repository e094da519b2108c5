"""A story of half a minute: one pipeline, run again and again in fresh processes while it is edited.

    python examples/demo.py

Each line is one run of `digits/pipeline.py` in a folder of its own: what was done to it before, how long
its two expensive steps took, and why what was recomputed was.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

SOURCE = Path(__file__).parent / "digits"


def edited(file: Path, old: str, new: str) -> Callable[[], None]:
    """Return an edit of a file: `old` becomes `new`."""

    def edit() -> None:
        text = file.read_text(encoding="utf-8")
        if old not in text:
            raise SystemExit(f"the demo is out of step with {file}: {old!r} is not there")
        file.write_text(text.replace(old, new, 1), encoding="utf-8")

    return edit


def run(folder: Path) -> tuple[float, str, list[str]]:
    """Run the pipeline in a fresh process; return seconds of its steps, what it printed, what was said of misses."""
    done = subprocess.run(
        [sys.executable, "pipeline.py"],
        cwd=folder,
        env={**os.environ, "LUTIL_EXPLAIN": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise SystemExit(done.stderr)
    result, seconds = done.stdout.strip().splitlines()
    reasons = [line for line in done.stderr.splitlines() if ": recomputing " in line or ": running " in line]
    return float(seconds), result, reasons


def main() -> None:
    """Tell the story."""
    with tempfile.TemporaryDirectory(prefix="lutil-demo-") as place:
        folder = Path(place) / "digits"
        shutil.copytree(SOURCE, folder, ignore=shutil.ignore_patterns("__pycache__", ".Lutil-checkpoint"))
        pipeline, cleaning = folder / "pipeline.py", folder / "cleaning.py"
        story: list[tuple[str, Callable[[], None]]] = [
            ("first run", lambda: None),
            ("run again", lambda: None),
            ("a comment edited", edited(cleaning, "scaled = images / 16.0", "scaled = images / 16.0  # to 0..1")),
            ("a helper edited", edited(cleaning, "scaled < 0.1", "scaled < 0.2")),
            ("the edit undone", edited(cleaning, "scaled < 0.2", "scaled < 0.1")),
            (
                "one pixel changed",
                edited(pipeline, "start = time", "images[17, 3] = 1.0\nstart = time"),
            ),
            ("run again", lambda: None),
        ]
        print(f"{'':22}{'seconds':>8}   result")
        for title, edit in story:
            edit()
            seconds, result, reasons = run(folder)
            print(f"{title:22}{seconds:8.2f}   {result}", flush=True)
            for reason in reasons:
                print(f"{'':33}{reason}", flush=True)


if __name__ == "__main__":
    main()
