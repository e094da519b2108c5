"""How the commands show things: tables on a terminal, tab-separated lines in a pipe, JSON on request."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Sequence
from typing import Any

import click
from rich.console import Console
from rich.table import Table
from rich.text import Text

from ..report.tables._tables import rich_table

__all__ = ["is_terminal", "show_json", "show_pairs", "show_rows", "show_text"]

FORM = 1
"""The version of the form of `--json`: raised when a field changes its meaning or goes."""


def is_terminal() -> bool:
    """Tell whether a person is looking, so that tables and headings help."""
    return sys.stdout is not None and sys.stdout.isatty()  # there is none where the shell has closed it


def show_rows(headings: Sequence[str], rows: Iterable[Sequence[str]], numbers: Iterable[int] = ()) -> None:
    """Show rows: as a table to a person, else one a line, fields apart by tabs and without headings.

    Args:
        headings: one a column.
        rows: as text.
        numbers: which columns are numbers, to be aligned on the right.
    """
    if not is_terminal():
        for row in rows:
            click.echo("\t".join(_flat(field) for field in row))
        return
    if rows := list(rows):
        Console().print(rich_table(headings, ([_flat(field) for field in row] for row in rows), numbers))


def show_pairs(pairs: Iterable[tuple[str, str]]) -> None:
    """Show what something is, a property a line."""
    if not is_terminal():
        for name, value in pairs:
            click.echo(f"{name}\t{_flat(value)}")
        return
    table = Table(box=None, pad_edge=False, show_header=False)
    table.add_column(style="bold", no_wrap=True)
    table.add_column(overflow="fold")
    for name, value in pairs:
        table.add_row(name, Text(_flat(value)))
    Console().print(table)


def show_text(text: str, style: str = "") -> None:
    """Show text as it is; in a style where a person is looking."""
    if is_terminal() and style:
        Console().print(Text(text, style=style))
    else:
        click.echo(text)


def show_json(**table: Any) -> None:
    """Write one JSON object, with the version of its form."""
    click.echo(json.dumps({"form": FORM, **table}, indent=2, ensure_ascii=False))


def _flat(text: str) -> str:
    """Return text on one line and without tabs, so that a record stays one."""
    return text.replace("\t", " ").replace("\n", " ")
