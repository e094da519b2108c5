"""The terminals of the page on sharing: each is a machine of its own, and prints what the page says."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

from running import SOURCE

PAGE = (Path(__file__).parents[2] / "docs" / "sharing.md").read_text(encoding="utf-8")
BLOCK = re.compile(r"^```sh\n# (\w+)\n(.*?)^```\n(?:\n```text\n(.*?)^```)?", re.MULTILINE | re.DOTALL)
PROGRAM = re.compile(r"^```python\n(# features\.py\n.*?)^```", re.MULTILINE | re.DOTALL)


def test_the_terminals_of_the_page_print_what_it_says(tmp_path):
    tools = tmp_path / "tools"
    tools.mkdir()
    for name, command in {"lutil": "-m Lutil", "python": ""}.items():
        (tools / name).write_text(f'#!/bin/sh\nexec {sys.executable} {command} "$@"\n')
        (tools / name).chmod(0o755)
    keys = {"lutil-pub-": "", "lutil-key-": ""}
    ran = []
    for who, text, expected in BLOCK.findall(PAGE):
        home = tmp_path / who
        home.mkdir(exist_ok=True)
        (home / "features.py").write_text(PROGRAM.search(PAGE)[1])
        (home / "pyproject.toml").touch()
        commands = text.replace("s3://team-bucket", (tmp_path / "bucket").as_uri())
        for kind, key in keys.items():
            commands = re.sub(rf"{kind}[\w-]+", key, commands)
        env = {
            **os.environ,
            "HOME": str(home),
            "XDG_CONFIG_HOME": str(home / "config"),
            "PATH": f"{tools}:{os.environ['PATH']}",
            "PYTHONPATH": str(SOURCE),
        }
        done = subprocess.run(
            ["/bin/bash", "-ec", commands], cwd=home, env=env, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr
        pattern = re.escape(expected).replace(re.escape("..."), ".*")
        printed = done.stdout if expected and "copied" not in expected else done.stderr
        assert re.fullmatch(pattern, printed), f"{who}: {printed}{done.stderr}"
        keys |= {kind: found[0] for kind in keys if (found := re.findall(rf"{kind}[\w-]+", done.stdout))}
        ran.append(who)
    assert ran == ["ada", "bob", "ada", "admin", "ci", "carol"]
