"""A script whose two functions have forty helpers, run again: the whole process."""

from pathlib import Path

from field.timing import helpers, process, processes

TITLE = "A warm script"
JOB = """
from {peer} import cached
from helpers import Model, step0

@cached
def first(x):
    return step0(x)

@cached
def second(x):
    return Model(x).predict(x)

def main():
    print(second(first(1)))
"""


def measure(peer):
    helpers()
    Path("job.py").write_text(JOB.format(peer=peer.__name__), encoding="utf-8")
    Path("main.py").write_text("import job\njob.main()\n", encoding="utf-8")
    bare = processes(lambda: process("-c", "pass"))
    return {"a bare Python": bare, "two hits in a process of their own": processes(lambda: process("main.py"))}
