"""What it costs to know what a function reaches, and how much of formatting still shows.

python benchmarks/code.py            the first plan, and each further one while nothing changed
python benchmarks/code.py processes  the first call in a process, and in one that comes after it
python benchmarks/code.py formatting the standard library, as written and with every bracket over lines
"""

from __future__ import annotations

import ast
import gc
import io
import itertools
import random
import statistics
import subprocess
import sys
import tempfile
import time
import tokenize
import types
from pathlib import Path

from Lutil.checkpoints import checkpoint
from Lutil.checkpoints.code import reach, reach_block
from Lutil.checkpoints.code.facts._code_facts import code_digest

FUNCTION = '''
def step_{n}(data, rate=0.1, names=("a", "b")):
    """Do one step."""
    total = 0
    for item in data:
        if item.value > rate * LIMIT_{m}:
            total += item.value * {n}
        else:
            total -= len(names)
    return {call}, [total + i for i in range({n})]
'''


def project(modules, each):
    """Return a function that reaches `modules * each` others, each calling the next."""
    made = []
    for m in range(modules):
        module = types.ModuleType(f"bench_{m}")
        module.__file__ = f"/bench/bench_{m}.py"
        made.append(module)
        lines = [f"LIMIT_{m} = {m}\n"]
        for k in range(each):
            n = m * each + k
            last = n == modules * each - 1
            lines.append(FUNCTION.format(n=n, m=m, call="total" if last else f"step_{n + 1}(data)"))
        exec(compile("".join(lines), module.__file__, "exec"), module.__dict__)  # noqa: S102 - our own text
    for one, other in itertools.pairwise(made):
        first = f"step_{(made.index(other)) * each}"
        one.__dict__[first] = other.__dict__[first]
    return made[0].step_0


def median(call, number):
    """Return the median time of a call in seconds."""
    times = []
    for _ in range(number):
        start = time.perf_counter()
        call()
        times.append(time.perf_counter() - start)
    return statistics.median(times)


def costs():
    """Print the figures that the bars are about; the first plan in CPU time, which others disturb less.

    Once something has run in a process, it has an audit hook: all is measured before and after that.
    """
    warm = project(1, 1)
    reach(warm)
    plans()
    with tempfile.TemporaryDirectory() as folder:
        checkpoint(warm, store=folder)([])
    print("in a process that has run something")
    plans()


def plans():
    """Print what plans cost in this process, as it is."""
    for modules, each in ((1, 1), (2, 10), (10, 10), (20, 10)):
        function = project(modules, each)
        gc.collect()
        start = time.thread_time()
        plan = reach(function)
        first = time.thread_time() - start
        count = sum(1 for node in plan.nodes if node.code is not None)
        again = median(lambda f=function: reach(f), 2000)
        print(f"{count:4} functions, {len(plan.slots):3} slots:", end=" ")
        print(f"first {first * 1e3:6.1f} ms, again {again * 1e6:5.1f} us")
    space = {"data": [], "step": project(2, 10)}
    code = compile("x = step(data)\ny = x + 1\n", "block", "exec")
    offsets = frozenset(range(2, len(code.co_code), 2))
    outside = {}
    reach_block(code, offsets, space, outside, "block")
    again = median(lambda: reach_block(code, offsets, space, outside, "block"), 2000)
    print(f"a block that reaches 20 functions: again {again * 1e6:5.1f} us")


CALLED = """
import sys, time
import bench_0
from Lutil.checkpoints import checkpoint

@checkpoint
def warm(x):
    return x

@checkpoint
def called(x):
    return len(bench_0.step_0([]))

warm(1)  # all that a hit needs is loaded
start = time.thread_time()
called(1)
print(time.thread_time() - start)
"""


def processes(modules=20, each=10):
    """Print what the first call of a function costs that reaches 200 others: where it runs, and in later processes."""
    with tempfile.TemporaryDirectory() as folder:
        for m in range(modules):
            lines = [f"LIMIT_{m} = {m}\n"]
            if m + 1 < modules:
                lines.append(f"from bench_{m + 1} import step_{(m + 1) * each}\n")
            for n in range(m * each, (m + 1) * each):
                last = n == modules * each - 1
                lines.append(FUNCTION.format(n=n, m=m, call="total" if last else f"step_{n + 1}(data)"))
            Path(folder, f"bench_{m}.py").write_text("".join(lines), encoding="utf-8")
        Path(folder, "main.py").write_text(CALLED, encoding="utf-8")
        times = [
            float(subprocess.run([sys.executable, "main.py"], cwd=folder, capture_output=True, check=True).stdout)
            for _ in range(6)
        ]
    print(f"a call that reaches {modules * each} functions, CPU: with its run {times[0] * 1e3:.0f} ms, ", end="")
    print(f"as a hit in a later process {min(times[1:]) * 1e3:.1f} ms")


def exploded(source):
    """Return the source with a line break after every token inside of brackets."""
    tokens = list(tokenize.generate_tokens(io.StringIO(source).readline))
    lines = source.splitlines(keepends=True)
    out, last, depth, text = [], (1, 0), 0, 0
    for token, following in itertools.pairwise(tokens):
        (row, column), end = token.start, token.end
        while last[0] < row:
            out.append(lines[last[0] - 1][last[1] :])
            last = (last[0] + 1, 0)
        out += [lines[row - 1][last[1] : column] if row <= len(lines) else "", token.string]
        last = end
        kind = tokenize.tok_name[token.type]
        text += (kind == "FSTRING_START") - (kind == "FSTRING_END")
        if token.type == tokenize.OP:
            depth += (token.string in "([{") - (token.string in ")]}")
            if depth and not text and following.type not in (tokenize.COMMENT, tokenize.NL):
                out.append("\n ")
    return "".join(out)


def functions(code):
    """Return all code objects below a module's, in order."""
    inner = [one for one in code.co_consts if isinstance(one, types.CodeType)]
    return [one for each in inner for one in (each, *functions(each))]


def formatting(files=400):
    """Return how many functions of the standard library there were, and how many differ by formatting alone."""
    root = Path(ast.__file__).parent
    paths = [path for path in sorted(root.rglob("*.py")) if not {"site-packages", "test", "tests"} & {*path.parts}]
    random.Random(1).shuffle(paths)
    count = differ = 0
    for path in paths[:files]:
        try:
            source = path.read_text("utf-8")
            other = exploded(source)
            if ast.dump(ast.parse(source)) != ast.dump(ast.parse(other)):
                continue
            pair = compile(source, str(path), "exec"), compile(other, str(path), "exec")
        except (SyntaxError, UnicodeDecodeError, ValueError, tokenize.TokenError):
            continue
        for one, two in zip(*map(functions, pair), strict=True):
            count += 1
            differ += code_digest(one) != code_digest(two)
    return count, differ


if __name__ == "__main__":
    print(sys.version.split()[0])
    if "formatting" in sys.argv:
        print("{} functions, {} differ by formatting alone".format(*formatting(10000)))
    elif "processes" in sys.argv:
        processes()
    else:
        costs()
