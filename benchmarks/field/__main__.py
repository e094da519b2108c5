"""All peers and all cases, side by side: `python -m field [--only CASE] [--peers A,B]`, in the folder `benchmarks`.

Each measurement is a process of its own in an empty folder in memory, and peers take turns within a case, so that what
the machine does meanwhile falls on all of them. Results: docs/field.json, and from it docs/field.md and the plots.
"""

from __future__ import annotations

import argparse
import importlib
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from field import behaviour, results

HERE = Path(__file__).parent
PEERS = (
    "lutil",
    "joblib_memory",
    "diskcache_memoize",
    "cachier_pickle",
    "charmonium_memoize",
    "marimo_cache",
    "lru_cache",
    "plain_pickle",
)
CASES = (
    *("hit_by_argument", "hit_by_result", "run", "many_entries", "imports", "warm_script", "eight_processes"),
    *("whole_pipeline", "notebook"),
)
TIMEOUT = 120


def measured(peer: str, case: str) -> dict[str, float | str]:
    """Return what a case finds of a peer, in processes of their own: seconds by row, or what went wrong."""
    module = importlib.import_module(f"field.cases.{case}")
    with tempfile.TemporaryDirectory(dir="/dev/shm" if Path("/dev/shm").is_dir() else None) as folder:
        for part in ("prepare", "measure"):
            if hasattr(module, part):
                found = _in_process(peer, case, part, folder)
        return found


def _in_process(peer: str, case: str, part: str, folder: str) -> dict[str, float | str]:
    environment = {
        **os.environ,
        "PYTHONPATH": str(HERE.parent),
        "PYTHONDONTWRITEBYTECODE": "",
        "PYTHONWARNINGS": "ignore",
    }
    try:
        done = subprocess.run(
            [sys.executable, "-m", "field.one", peer, case, part],
            cwd=folder,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
            timeout=TIMEOUT,
        )
    except subprocess.TimeoutExpired:
        return {"": f"takes more than {TIMEOUT} s"}
    if done.returncode:
        return {"": done.stderr.strip().rpartition("\n")[2][:200]}
    return json.loads(done.stdout.strip().rpartition("\n")[2] or "{}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", default="", help="cases, apart by commas")
    parser.add_argument("--peers", default=",".join(PEERS), help="peers, apart by commas")
    given = parser.parse_args()
    found = results.load()
    for case in given.only.split(",") if given.only else (*CASES, "behaviour"):
        rows = {}
        for peer in given.peers.split(","):
            print(f"{case}: {peer}", flush=True)
            rows[peer] = behaviour.observed(peer) if case == "behaviour" else measured(peer, case)
            print(f"    {rows[peer]}", flush=True)
        found["cases"][case] = rows
        results.save(found)
    results.write(found)


if __name__ == "__main__":
    main()
