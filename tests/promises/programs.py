"""Small programs before and after a change: how they are written down, and how they are run.

A program is one text. Its first part is the script; parts that begin with `#: name` are further files. A line
`@@ expression` stands for a computation of `x = 3` whose result is printed three times: it becomes a decorated
function in one form of the program and a block in the other. A computation prints `ran` when it runs.

Each program runs four times, each time in a process of its own and under another hash seed: as it was, as it
became, as it was, as it became. The last two must be hits whatever the verdict on the second, and what is
printed must be what a run without any cache prints.
"""

from __future__ import annotations

import importlib.util
import json
import os
import re
import subprocess
import sys
import textwrap
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from pathlib import Path

from running import SOURCE

HERE = Path(__file__).parent
PRELUDE = "from Lutil.checkpoints import InlineCheckpoint, checkpoint\n"
AS_FUNCTION = """\
@checkpoint
def f(x):
    print("ran")
    return {expression}
print(f(3), f(3), f(3))
"""
AS_BLOCK = """\
x = 3
for _ in range(3):
    with InlineCheckpoint():
        print("ran")
        y = {expression}
    print(y, end=" ")
"""


@dataclass(frozen=True)
class Case:
    """A program before and after.

    Attributes:
        name: what was changed.
        verdict: `recompute` or `hit`: what the second run must be.
        before, after: the two texts.
        env: environment variables of the two runs.
        needs: modules without which the case is left out.
        silent: the change shows in no result, though it could.
        runs: how often the first run computes.
    """

    name: str
    verdict: str
    before: str
    after: str
    env: tuple[dict[str, str], dict[str, str]] = field(default=({}, {}))
    needs: tuple[str, ...] = ()
    silent: bool = False
    runs: int = 1


def table(verdict, text):
    """Return the cases of a table, which all have the same verdict.

    A case begins with `== name`. Lines that begin with `-- ` follow: `old --> new` is an edit, `env: A=1 --> A=2`
    is the environment of the two runs, `needs: module`, `runs: 2` and `silent` are what `Case` says. Then comes the
    program; if a line `-->` follows it, the program as it became.
    """
    return [_case(verdict, part) for part in re.split(r"^== ", text, flags=re.MULTILINE)[1:]]


def _case(verdict, part):
    name, _, rest = part.partition("\n")
    options, program = re.fullmatch(r"((?:-- [^\n]*\n)*)(.*)", rest, flags=re.DOTALL).groups()
    before, _, after = program.strip("\n").partition("\n-->\n")
    found = Case(name, verdict, before + "\n", (after or before) + "\n")
    for option in options.splitlines():
        found = _with_option(found, option.removeprefix("-- "))
    return found


def _with_option(case, option):
    word, _, value = option.partition(": ")
    if word == "env":
        both = [dict(item.split("=", 1) for item in one.split()) for one in value.split("-->")]
        return replace(case, env=tuple(both))
    old, arrow, new = option.replace("\\n", "\n").partition(" -->")
    if arrow:
        assert old in case.after, (case.name, old)
        return replace(case, after=case.after.replace(old, new.removeprefix(" ")))
    return replace(case, **{word: {"needs": str.split, "runs": int}.get(word, bool)(value or "yes")})


def forms(cases):
    """Return the cases as they are run: with `@@` as a function, and as a block."""
    found = {}
    for case in cases:
        if "@@" in case.before:
            for kind, form in (("function", AS_FUNCTION), ("block", AS_BLOCK)):
                name = f"{case.name} [{kind}]"
                texts = {"before": _in_form(case.before, form), "after": _in_form(case.after, form)}
                assert name not in found, name
                found[name] = replace(case, name=name, **texts)
        else:
            assert case.name not in found, case.name
            found[case.name] = case
    return found


def _in_form(text, form):
    def expand(match):
        return textwrap.indent(form.format(expression=match[2]), match[1])

    return re.sub(r"^([ \t]*)@@ (.*)$\n?", expand, text, flags=re.MULTILINE)


def files_of(text):
    """Return the files of a program, the script first."""
    first, *others = ("\n" + text).split("\n#: ")
    parts = [("main.py", first[1:])] if first.strip() else []
    parts += [(name.strip(), body) for name, _, body in (part.partition("\n") for part in others)]
    return {name: _with_prelude(body) for name, body in parts}


def _with_prelude(body):
    uses = re.search(r"^[^#\n]*(@checkpoint|checkpoint\(|InlineCheckpoint\()", body, flags=re.MULTILINE)
    return PRELUDE + body if uses and "Lutil" not in body else body


@dataclass
class Ran:
    """What one run printed, and how it ended."""

    status: int
    out: str
    errors: str

    @property
    def runs(self):
        return self.out.split().count("ran")

    @property
    def result(self):
        return [word for word in self.out.split() if word != "ran"]


def chosen(request, cases):
    """Return the cases of those tests of a module that were selected and have what they need."""
    items = [item for item in request.session.items if item.path == request.node.path and hasattr(item, "callspec")]
    found = [cases[item.callspec.params["name"]] for item in items]
    return [case for case in found if all(importlib.util.find_spec(module) for module in case.needs)]


def run_all(cases, folder):
    """Run the cases, and return for each by name: uncached before and after, and the four runs in their order."""
    heavy = [case for case in cases if case.needs]
    light = [case for case in cases if not case.needs]
    with ThreadPoolExecutor(3) as pool:
        groups = [group for group in (heavy, light[::2], light[1::2]) if group]
        done = list(pool.map(lambda group: _run_group(group, folder), groups))
    return {name: ran for group in done for name, ran in group.items()}


def _run_group(cases, folder):
    found = {case.name: [] for case in cases}
    for seed, (number, cached) in enumerate([(0, False), (1, False), (0, True), (1, True), (0, True), (1, True)]):
        jobs = []
        for case in cases:
            own = folder / re.sub(r"\W+", "_", case.name)
            environment = {**case.env[number], **({} if cached else {"LUTIL_DISABLE": "1"})}
            files = files_of((case.before, case.after)[number])
            jobs.append({"folder": str(own), "files": files, "env": environment})
        needs = sorted({module for case in cases for module in case.needs})
        for case, ran in zip(cases, _drive(jobs, needs, seed), strict=True):
            found[case.name].append(Ran(**ran))
    return found


def _drive(jobs, needs, seed):
    environment = {name: value for name, value in os.environ.items() if not name.startswith("LUTIL_")}
    environment |= {"PYTHONPATH": str(SOURCE), "PYTHONHASHSEED": str(seed), "PYTHONDONTWRITEBYTECODE": "1"}
    done = subprocess.run(
        [sys.executable, "-W", "error", str(HERE / "programs_driver.py"), *needs],
        input=json.dumps(jobs),
        env=environment,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def complaints(case, ran):
    """Return what is wrong with the runs of a case, as sentences."""
    plain, plain_after, first, second, third, fourth = ran
    labels = ["uncached before", "uncached after", "before", "after", "before again", "after again"]
    found = [f"{label}: exit {one.status}\n{one.errors}" for label, one in zip(labels, ran, strict=True) if one.status]
    found += [f"{label}: said {one.errors}" for label, one in zip(labels, ran, strict=True) if one.errors]
    if found:
        return found
    for label, one in zip(labels[2:], ran[2:], strict=True):
        right = plain if "before" in label else plain_after
        if one.result != right.result:
            found.append(f"{label}: printed {one.result}, right is {right.result}")
    if first.runs != case.runs:
        found.append(f"before: computed {first.runs} times instead of {case.runs}")
    if case.verdict == "hit" and second.runs:
        found.append("after: recomputed without need")
    if case.verdict == "recompute" and not second.runs:
        found.append("after: hit, although the change counts")
    found += [f"{label}: recomputed" for label, one in zip(labels[4:], (third, fourth), strict=True) if one.runs]
    changed = plain.result != plain_after.result
    if changed is not (case.verdict == "recompute" and not case.silent):
        found.append(f"the case itself: uncached results {'differ' if changed else 'are equal'}")
    return found
