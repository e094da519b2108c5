"""Run public example scripts with their cells as blocks, three times, beside the script as it is.

    python tests/scripts/harness.py SCRIPTS RESULTS [--unit cells|statements] [--take 60] [--jobs 2] [--only NAME]

SCRIPTS is a folder of unpacked source distributions, `make test-scripts` fetches them; RESULTS gets one JSON file for
each script, and those that are there are not run again. A script that fails by itself (no network here), takes more than
a minute of CPU time, or has no block is passed over. What is drawn from the global random streams is seeded.

A block **should hit** in the second and third run unless, in two runs of the script as it is under different hash
seeds, a value that it reads or leaves differs (unseeded draws, times, addresses), or it leaves nothing: it binds no
name and no value that it names is another behind it (it only prints or draws).
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import re
import resource
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import wrapping

HERE = Path(__file__).parent
NEEDS_MORE = ("fetch_", "load_dataset", "urlretrieve", "get_rdataset", "input(")
"""Texts in scripts that ask for the network, or for somebody at the keyboard."""
_UNPACKED = re.compile(r"(.+)_[0-9a-f]{32}")
RUNS = ("plain", "plain again", "first", "second", "third")


class Seen(NamedTuple):
    """One process: how it ended, and what the witness wrote."""

    code: int
    errors: str
    found: dict[str, Any]


def scripts_in(folder: Path) -> list[Path]:
    """Return the examples of the unpacked distributions, in an order that takes from all of them."""
    every = [file for file in folder.rglob("*.py") if "examples" in file.parts and "archive" not in file.parts]
    return sorted(every, key=lambda file: hashlib.md5(file.name.encode(), usedforsecurity=False).hexdigest())


def called(file: Path) -> str:
    """Return the name of a script with that of its library: pip unpacks into `NAME_` and 32 digits."""
    library = next((found[1] for part in file.parts if (found := _UNPACKED.fullmatch(part))), "")
    return "-".join(filter(None, (library, file.stem)))


def run(folder: Path, script: str, seed: int, seconds: int) -> Seen:
    """Run a script in a process of its own, which may use so many seconds of CPU time."""
    result = folder / "witness.json"
    result.unlink(missing_ok=True)
    own = {"WITNESS": str(result), "PYTHONPATH": str(HERE), "PYTHONHASHSEED": str(seed), "MPLBACKEND": "Agg"}
    offline = dict.fromkeys(("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY"), "http://127.0.0.1:9")
    threads = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"), "1")
    try:
        done = subprocess.run(
            [sys.executable, "-W", "ignore", script],
            cwd=folder,
            env={**os.environ, **own, **offline, **threads},
            capture_output=True,
            text=True,
            timeout=10 * seconds,
            check=False,
            stdin=subprocess.DEVNULL,
            preexec_fn=partial(resource.setrlimit, resource.RLIMIT_CPU, (seconds, seconds + 5)),
        )
    except subprocess.TimeoutExpired:
        return Seen(-1, f"more than {10 * seconds} s", {})
    found = json.loads(result.read_text(encoding="utf-8")) if result.exists() else {}
    return Seen(done.returncode, done.stderr[-3000:], found)


def tried(file: Path, unit: str, seconds: int) -> dict[str, Any]:
    """Return what became of one script."""
    text = file.read_text(encoding="utf-8", errors="replace")
    if any(needs in text for needs in NEEDS_MORE):
        return {"passed over": "needs the network"}
    try:
        blocks = wrapping.blocks_of(text, unit)
    except SyntaxError:
        return {"passed over": "is no script"}
    own = [one for one in blocks if isinstance(one, wrapping.Block)]
    if not own:
        return {"passed over": "has no blocks"}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name) / "script"
        shutil.copytree(
            file.parent, folder, ignore=lambda _, names: [n for n in names if n.endswith(".py") and n != file.name]
        )
        (folder / file.name).write_text(wrapping.rewritten(blocks, blocks=False), encoding="utf-8")
        seen = {}
        for which in RUNS:
            if which == "first":
                (folder / file.name).write_text(wrapping.rewritten(blocks, blocks=True), encoding="utf-8")
            seen[which] = run(folder, file.name, RUNS.index(which) + 1, seconds)
            if which.startswith("plain") and (seen[which].code or not seen[which].found):
                return {"passed over": f"fails by itself: {seen[which].errors.strip()[-200:]}"}
        return compared(own, seen)


def compared(blocks: list[wrapping.Block], seen: dict[str, Seen]) -> dict[str, Any]:
    """Return what each block should have done and did, and what is different from the script as it is."""
    found: dict[str, Any] = {"crashed": {}, "different": [], "blocks": []}
    for which in RUNS[2:]:
        if seen[which].code or not seen[which].found:
            found["crashed"][which] = seen[which].errors
        else:
            found["different"] += [f"{which} run: {text}" for text in _differences(blocks, seen, which)]
    found["notices"] = sorted(
        {line for which in RUNS[2:] for line in seen[which].errors.splitlines() if "Lutil" in line}
    )
    if not found["crashed"]:
        found["blocks"] = [_of_block(number, block, seen) for number, block in enumerate(blocks)]
    return found


def _of_block(number: int, block: wrapping.Block, seen: dict[str, Seen]) -> dict[str, Any]:
    one, other = (seen[which].found["blocks"][str(number)] for which in RUNS[:2])
    both = {(when, name) for when in ("before", "after") for name in one[when].keys() | other[when].keys()}
    varies = sorted({name for when, name in both if one[when].get(name) != other[when].get(name)})
    leaves = any(name in one["after"] and one["after"][name] != one["before"].get(name) for name in block.names)
    late = {which: seen[which].found["blocks"][str(number)] for which in RUNS[3:]}
    return {
        "line": block.line,
        "should": leaves and not varies,
        "excused": f"differs by itself: {', '.join(varies)}" if varies else "" if leaves else "leaves nothing",
        "hits": [late[which]["hit"] for which in RUNS[3:]],
        "why": [late[which]["why"] for which in RUNS[3:]],
    }


def _differences(blocks: list[wrapping.Block], seen: dict[str, Seen], which: str) -> Iterator[str]:
    """Yield what a run printed and left that the script as it is does otherwise, where that is the same each time."""
    one, other, this = (seen[name].found for name in (*RUNS[:2], which))
    for number, block in enumerate(blocks):
        for when in ("before", "after"):
            plain, again, now = (found["blocks"][str(number)][when] for found in (one, other, this))
            for name in plain.keys() | now.keys():
                if plain.get(name) == again.get(name) != now.get(name):
                    yield f"line {block.line}: `{name}` {when}"
        plain, again, now = (found["blocks"][str(number)] for found in (one, other, this))
        if plain["outside"] == again["outside"] != now["outside"]:
            yield f"line {block.line}: printed above it: {now['outside']!r}, not {plain['outside']!r}"
        expected = "" if now["hit"] else plain["printed"]
        if plain["printed"] == again["printed"] and now["printed"] != expected:
            yield f"line {block.line}: printed {now['printed']!r}, not {expected!r}"
    for name in one["final"].keys() | this["final"].keys():
        if one["final"].get(name) == other["final"].get(name) != this["final"].get(name):
            yield f"`{name}` at the end"


def figure(results: dict[str, dict[str, Any]]) -> tuple[int, int]:
    """Return how often blocks that should hit did, and of how many times."""
    hits = [
        hit for found in results.values() for one in found.get("blocks", ()) if one["should"] for hit in one["hits"]
    ]
    return sum(hits), len(hits)


def holds(results: dict[str, dict[str, Any]]) -> bool:
    """Tell whether nothing crashed, nothing differs, and 99 of 100 blocks that should hit did."""
    hit, of = figure(results)
    wrong = any(found.get("crashed") or found.get("different") for found in results.values())
    return not wrong and hit >= 0.99 * of


def summary(results: dict[str, dict[str, Any]]) -> str:
    """Return the figure, and what is behind each block that fell short."""
    ran = {name: found for name, found in results.items() if "blocks" in found}
    every = [(name, block) for name, found in ran.items() for block in found["blocks"]]
    hit, of = figure(ran)
    lines = [
        f"{len(ran)} scripts, {len(every)} blocks, of which {of // 2} should hit",
        f"{hit} of {of} times they did ({hit / max(of, 1):.2%})",
        *(f"{what}: {sum(bool(found[what]) for found in ran.values())} scripts" for what in ("crashed", "different")),
    ]
    for name, found in sorted(ran.items()):
        lines += [f"{name}: {which} run crashed: {text.strip()[-600:]}" for which, text in found["crashed"].items()]
        lines += [f"{name}: {text[:300]}" for text in found["different"]]
    for name, block in every:
        beside = f" ({block['excused']})" if block["excused"] else ""
        missed = dict.fromkeys(why for hit, why in zip(block["hits"], block["why"], strict=True) if not hit)
        lines += [f"{name}, line {block['line']}{beside}: {why}" for why in missed]
    return "\n".join(lines)


def main() -> int:
    """Run what was asked for, say what was found; 1 where something crashed, differs, or too little was skipped."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("scripts", type=Path)
    parser.add_argument("results", type=Path)
    parser.add_argument("--unit", default="cells", choices=["cells", "statements"])
    parser.add_argument("--take", type=int, default=60, help="scripts that run, at least")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--seconds", type=int, default=60, help="CPU time that one run may take")
    parser.add_argument("--only", default="", help="part of the name of a script")
    asked = parser.parse_args()
    asked.results.mkdir(parents=True, exist_ok=True)
    results: dict[str, dict[str, Any]] = {}

    def attempt(file: Path) -> None:
        place = asked.results / f"{asked.unit}-{called(file)}.json"
        if sum("blocks" in found for found in results.values()) >= asked.take:
            return
        if not place.exists():
            found = tried(file, asked.unit, asked.seconds)
            place.write_text(json.dumps(found, indent=1), encoding="utf-8")
        results[called(file)] = json.loads(place.read_text(encoding="utf-8"))

    with ThreadPoolExecutor(asked.jobs) as pool:
        list(pool.map(attempt, [file for file in scripts_in(asked.scripts) if asked.only in file.name]))
    sys.stdout.write(summary(results) + "\n")
    return 0 if holds(results) else 1


if __name__ == "__main__":
    sys.exit(main())
