"""`lutil run`: a script under settings of the command line."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

import click

from ._group import lutil, store_option

__all__ = ["run"]


@lutil.command(context_settings={"ignore_unknown_options": True, "allow_interspersed_args": False})
@click.option("--explain", is_flag=True, help="Say a line for each run, and a summary at the end.")
@click.option("--disable", is_flag=True, help="Neither read nor write entries.")
@click.option("--recompute", is_flag=True, help="Run everything, and overwrite.")
@store_option
@click.argument("command", metavar="SCRIPT [ARGUMENTS]...", nargs=-1, required=True, type=click.UNPROCESSED)
def run(
    explain: bool,  # noqa: FBT001
    disable: bool,  # noqa: FBT001
    recompute: bool,  # noqa: FBT001
    folder: Path | None,
    command: Iterable[str],
) -> None:
    """Run a script under these settings, as `python SCRIPT` would. `-m MODULE` and `-c TEXT` work as well."""
    given = {"LUTIL_EXPLAIN": explain, "LUTIL_DISABLE": disable, "LUTIL_RECOMPUTE": recompute}
    environment = {**os.environ, **{name: "1" for name, wanted in given.items() if wanted}}
    if folder is not None:
        environment["LUTIL_STORE"] = str(folder)
    words = [sys.executable, *command]
    if sys.platform == "win32":  # there, `exec` returns to the shell before the program ends
        sys.exit(subprocess.run(words, env=environment, check=False).returncode)  # noqa: S603  (the user's own script)
    os.execve(words[0], words, environment)  # noqa: S606  (the same)
