"""Run all benchmarks, one after the other, each in a process of its own."""

from __future__ import annotations

import platform
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent

if __name__ == "__main__":
    print(f"{platform.platform()}, {platform.processor() or platform.machine()}, Python {platform.python_version()}")
    for script in sorted(HERE.glob("*.py")):
        if script.name != "run.py":
            print(f"\n== {script.name}", flush=True)
            subprocess.run([sys.executable, script], check=True)
