"""Commands that delete, and the one that checks."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from ..faces._store_face import not_deleted
from ..model._quantities import age, size
from ..model._setting_values import bytes_of, seconds_of
from . import _data
from ._group import SHOWN, complete_names, json_option, lutil, open_store, store_option
from ._show import is_terminal, show_json, show_rows

__all__ = ["check", "prune", "rm"]


@lutil.command()
@click.argument("what", metavar="NAME|KEY...", nargs=-1, required=True, shell_complete=complete_names)
@click.option("--yes", is_flag=True, help="Do not ask.")
@store_option
def rm(what: tuple[str, ...], yes: bool, folder: Path | None) -> None:  # noqa: FBT001  (an option)
    """Delete entries: all of a computation, or those whose key begins like KEY."""
    store = open_store(folder)
    found = [_data.entry_of(store, text) for text in what]
    going = list(dict.fromkeys(info for entries in found for info in entries))
    total = size(sum(info.size for info in going))
    if not yes and is_terminal():
        click.confirm(f"delete {_entries(len(going))}, {total}?", abort=True)
    kept = [(info, why) for info in going if (why := store.remove(info.name, info.key))]
    gone = set(going).difference(info for info, _ in kept)
    click.echo(f"deleted {_entries(len(gone))}, {size(sum(info.size for info in gone))}")
    if kept:
        raise click.ClickException(not_deleted(kept))


def _entries(count: int) -> str:
    return f"{count} entry" if count == 1 else f"{count} entries"


def _bytes(_: click.Context, __: click.Parameter, value: str | None) -> int | None:
    try:
        return None if value is None else bytes_of(value)
    except ValueError as error:
        raise click.BadParameter(f"{value!r} is no size: write 20GB, 500MB") from error


def _seconds(_: click.Context, __: click.Parameter, value: str | None) -> float | None:
    try:
        return None if value is None else seconds_of(value)
    except ValueError as error:
        raise click.BadParameter(f"{value!r} is no length of time: write 30d, 12h") from error


@lutil.command()
@click.option("--max-size", callback=_bytes, help="What may stay, e.g. 20GB; the least worth keeping goes first.")
@click.option("--older-than", callback=_seconds, help="What was not used for so long goes, e.g. 30d.")
@click.option("--superseded", is_flag=True, help="What no hit has used since a newer version of its code came goes.")
@click.option("--outdated", is_flag=True, help="What earlier versions of Lutil wrote goes.")
@click.option("--distrusted", is_flag=True, help="What was fetched from people whom you trust no more goes.")
@click.option("--dry-run", is_flag=True, help="Only say what would go.")
@json_option
@store_option
def prune(  # noqa: PLR0913, PLR0917  (options)
    max_size: int | None,
    older_than: float | None,
    superseded: bool,  # noqa: FBT001
    outdated: bool,  # noqa: FBT001
    distrusted: bool,  # noqa: FBT001
    dry_run: bool,  # noqa: FBT001
    as_json: bool,  # noqa: FBT001
    folder: Path | None,
) -> None:
    """Delete what is old, superseded, or too much. At least one option says what."""
    if max_size is None and older_than is None and not (superseded or outdated or distrusted):
        raise click.UsageError("say what may go: --max-size, --older-than, --superseded, --outdated or --distrusted")
    store = open_store(folder)
    report = store.prune(
        max_size=max_size,
        older_than=older_than,
        superseded=superseded,
        outdated=outdated,
        distrusted=distrusted,
        dry_run=dry_run,
    )
    if as_json:
        deleted = [info._asdict() for info in report.deleted]
        kept = [{"name": info.name, "key": info.key, "why": why} for info, why in report.kept]
        show_json(store=str(store.folder), dry_run=dry_run, size=report.size, deleted=deleted, kept=kept)
        if kept:
            sys.exit(1)
        return
    if dry_run:
        rows = [(info.key[:SHOWN], info.name, size(info.size), age(info.used)) for info in report.deleted]
        show_rows(("key", "name", "size", "last used"), rows, numbers=(2,))
    click.echo(report._replace(kept=()).table().foot[-1], err=dry_run and not is_terminal())
    if report.kept:
        raise click.ClickException(not_deleted(report.kept))


@lutil.command()
@click.option("--fix", is_flag=True, help="Set damaged entries aside and remove what dead processes left behind.")
@json_option
@store_option
def check(fix: bool, as_json: bool, folder: Path | None) -> None:  # noqa: FBT001  (an option)
    """Read every byte of every entry; exit with 1 if anything is wrong."""
    store = open_store(folder)
    report = store.check(repair=fix)
    damaged = [(info.name, info.key, miss.reason.detail) for info, miss in report.damaged]
    if as_json:
        told = [{"name": name, "key": key, "what": what} for name, key, what in damaged]
        show_json(
            store=str(store.folder), entries=report.entries, damaged=told, foreign=list(report.foreign),
            swept=report.swept,
        )  # fmt: skip
    else:
        show_rows(("", "what"), [("damaged", what) for _, _, what in damaged])
        show_rows(("", "path"), [("foreign", path) for path in report.foreign])
        click.echo(report.table().foot[-1])
    if damaged or report.foreign:
        sys.exit(1)
