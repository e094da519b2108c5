"""Each of twenty cells defines a cached step and calls it; run again in a new kernel, and edited."""

from pathlib import Path

from field.timing import process

TITLE = "A notebook of twenty cells"
CELL = """
@cached
def step{n}(values):
    import time
    time.sleep(0.05)
    return [value + {add} for value in values]

values{n} = step{n}(values{before})
"""
RUN = """
import io, json, sys, warnings
from pathlib import Path
from IPython.core.interactiveshell import InteractiveShell
shell = InteractiveShell.instance()
for cell in json.loads(Path("cells.json").read_text(encoding="utf-8")):
    found = shell.run_cell(cell, store_history=True)
    found.raise_error()
print(sum(shell.user_ns["values20"]))
"""


def cells(cached, changed=0):
    yield f"{cached}\nvalues0 = list(range(1000))"
    for n in range(1, 21):
        yield CELL.format(n=n, before=n - 1, add=100 if n == changed else n)


def measure(peer):
    import json

    Path("run.py").write_text(RUN, encoding="utf-8")
    rows = {}

    def run(title, changed=0):
        printed = []
        for cached in ("def cached(function): return function", f"from {peer.__name__} import cached"):
            Path("cells.json").write_text(json.dumps([*cells(cached, changed)]), encoding="utf-8")
            spent, text = process("run.py")
            printed.append(text)
            if title == "the first run" and len(printed) == 1:
                rows["without a cache"] = spent
        rows[title] = spent if printed[0] == printed[1] else "stale"

    run("the first run")
    run("again, in a new kernel")
    run("after an edit of the tenth cell", changed=10)
    return rows
