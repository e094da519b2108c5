"""Eight processes at once: all with one key, and each with keys of its own."""

import subprocess
import sys
import time
from pathlib import Path

TITLE = "Eight processes at once"
PROCESSES, KEYS = 8, 50
JOB = """
import sys, time
from {peer} import cached

@cached
def slow(x):
    with open("ran.txt", "a") as file:
        file.write("ran\\n")
    time.sleep(1)
    return x

@cached
def own(x):
    return x

def main():
    number = int(sys.argv[1])
    if sys.argv[2] == "one":
        slow(1)
    else:
        for key in range({keys}):
            own(number * 1000 + key)
"""


def together(what):
    start = time.perf_counter()
    started = [
        subprocess.Popen([sys.executable, "main.py", str(n), what], stderr=subprocess.PIPE) for n in range(PROCESSES)
    ]
    errors = [one.communicate()[1] for one in started]
    if any(one.returncode for one in started):
        raise RuntimeError(next(error for error in errors if error).decode().strip().rpartition("\n")[2])
    return time.perf_counter() - start


def measure(peer):
    Path("job.py").write_text(JOB.format(peer=peer.__name__, keys=KEYS), encoding="utf-8")
    Path("main.py").write_text("import job\njob.main()\n", encoding="utf-8")
    return {
        "one key, whose run takes a second": together("one"),
        "how often it ran": len(Path("ran.txt").read_text(encoding="utf-8").splitlines()),
        f"{KEYS} keys each": together("own"),
    }
