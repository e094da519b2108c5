"""Tables that people read: as text in a terminal, as HTML in a notebook."""

from __future__ import annotations

import html
import shutil
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Final

from ...model.process._records import NamedTuple
from ...model.secrets._shown_text import shown

if TYPE_CHECKING:
    from rich.table import Table as RichTable

__all__ = ["MOST_ROWS", "Shown", "Table", "rich_table"]

MOST_ROWS: Final = 30
"""Rows that are shown; the others are counted."""
_STYLE: Final = "border-collapse:collapse;font-size:90%"
_CELL: Final = "padding:1px 12px 1px 0;text-align:"


class Table(NamedTuple):
    """What is to be shown.

    Attributes:
        headings: one a column; no row of them where all are empty.
        rows: as text, at most `MOST_ROWS` of them.
        numbers: which columns are numbers, to be aligned on the right.
        foot: lines below it.
    """

    headings: Sequence[str]
    rows: Sequence[Sequence[str]]
    numbers: Sequence[int] = ()
    foot: Sequence[str] = ()

    def as_text(self) -> str:
        """Return it as lines, as wide as the terminal at most."""
        from io import StringIO  # noqa: PLC0415  (with the next one)

        from rich.console import Console  # noqa: PLC0415  (slow, and only who looks needs it)

        console = Console(
            file=StringIO(), width=shutil.get_terminal_size((120, 0)).columns, color_system=None, force_jupyter=False
        )
        if self.rows:
            console.print(rich_table(self.headings, self.rows, self.numbers))
        lines = [line.rstrip() for line in console.file.getvalue().splitlines()]  # type: ignore[attr-defined]
        return "\n".join([*lines, *map(shown, self.foot)])

    def as_html(self) -> str:
        """Return it as a page shows it; no colour is set, so that it can be read on dark pages and light ones."""
        body = "".join(f"<tr>{self._cells('td', row)}</tr>" for row in self.rows)
        head = f"<thead><tr>{self._cells('th', self.headings)}</tr></thead>" if any(self.headings) else ""
        table = f'<table style="{_STYLE}">{head}<tbody>{body}</tbody></table>' if self.rows else ""
        return table + "".join(f'<div style="font-size:90%">{html.escape(shown(line))}</div>' for line in self.foot)

    def _cells(self, tag: str, row: Iterable[str]) -> str:
        sides = ("right" if place in self.numbers else "left" for place in range(len(self.headings)))
        return "".join(
            f'<{tag} style="{_CELL}{side}">{html.escape(shown(field))}</{tag}>'
            for side, field in zip(sides, row, strict=True)
        )


class Shown:
    """What shows itself as a table, in a terminal and in a notebook."""

    __slots__ = ()

    def table(self) -> Table:
        """Return what is to be shown."""
        raise NotImplementedError

    def __repr__(self) -> str:
        return self.table().as_text()

    __str__ = __repr__

    def _repr_html_(self) -> str:
        return self.table().as_html()


def rich_table(headings: Sequence[str], rows: Iterable[Sequence[str]], numbers: Iterable[int] = ()) -> RichTable:
    """Return a table without lines: headings in bold where there are any, numbers on the right."""
    from rich.table import Table as Rich  # noqa: PLC0415  (slow, and only who looks needs it)
    from rich.text import Text  # noqa: PLC0415  (the same)

    table = Rich(box=None, pad_edge=False, header_style="bold", show_header=any(headings))
    right = set(numbers)
    for place, heading in enumerate(headings):
        table.add_column(heading, justify="right" if place in right else "left", overflow="fold")
    for row in rows:
        table.add_row(*(Text(shown(field)) for field in row))
    return table
