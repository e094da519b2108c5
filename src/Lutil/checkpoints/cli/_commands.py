"""The commands of `lutil`."""

from __future__ import annotations

import dataclasses
import os
import subprocess
import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import click
from click.shell_completion import CompletionItem

from .. import _settings
from .._errors import CheckpointError
from .._ledger import spell
from .._ledger_lines import Tally, history, put_together
from .._settings import bytes_of, seconds_of
from ..explain import Explanation
from ..store import FileStore
from . import _data
from ._quantities import age, moment, size
from ._show import is_terminal, show_json, show_pairs, show_rows, show_text

__all__ = ["lutil"]

_SHOWN = 8
"""Digits of a key that are shown in tables; as many as a person has to type."""
_CONTEXT = {"help_option_names": ["-h", "--help"], "max_content_width": 100}


class _Lutil(click.Group):
    """Says in one line what went wrong, instead of a traceback."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except (CheckpointError, OSError) as error:
            if isinstance(error, BrokenPipeError):  # `lutil ls | head`: who reads has enough
                sys.stdout = open(os.devnull, "w")  # noqa: PTH123, SIM115  (the interpreter closes it at exit)
                return None
            raise click.ClickException(" ".join(str(error).split())) from error


@click.group(cls=_Lutil, context_settings=_CONTEXT)
@click.version_option(package_name="Lutil", message="%(version)s")
def lutil() -> None:
    """See, steer and clean the cache of Lutil checkpoints.

    The store is that of the working directory, as its programs would find it, unless --store names another.
    """


def _store_option(function: Callable[..., Any]) -> Callable[..., Any]:
    kind = click.Path(file_okay=False, path_type=Path)
    return click.option("--store", "folder", type=kind, help="The folder of the store.")(function)


def _json_option(function: Callable[..., Any]) -> Callable[..., Any]:
    return click.option("--json", "as_json", is_flag=True, help="Write JSON, in a form that stays.")(function)


def _open(folder: Path | None) -> FileStore:
    settings = _settings.current()
    place = settings.store if folder is None else folder.expanduser().absolute()
    if folder is not None and not place.is_dir():
        raise click.ClickException(f"{place}: there is no such folder")
    return FileStore(place, min_free=settings.min_free, trust=settings.trust)


def _names(context: click.Context, _: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Offer the names of computations to the shell."""
    try:
        names = [name.name for name in _open(context.params.get("folder")).stats().names]
    except (CheckpointError, OSError, click.ClickException):
        return []
    return [CompletionItem(name) for name in names if name.startswith(incomplete)]


_SORTS: dict[str, Callable[[_data.Computed], Any]] = {
    "name": lambda one: one.name,
    "size": lambda one: -one.size,
    "saved": lambda one: -one.saved,
    "used": lambda one: -one.used,
}


@lutil.command()
@click.argument("name", required=False, shell_complete=_names)
@click.option("--sort", type=click.Choice(sorted(_SORTS)), default="name", show_default=True)
@_json_option
@_store_option
def ls(name: str | None, sort: str, as_json: bool, folder: Path | None) -> None:  # noqa: FBT001  (an option)
    """List the computations that have entries; with NAME, the entries of one."""
    store = _open(folder)
    if name is not None:
        _list_entries(store, name, sort, as_json=as_json)
        return
    found = sorted(_data.computations(store, history(store.ledger)), key=_SORTS[sort])
    if as_json:
        show_json(store=str(store.folder), computations=[one._asdict() for one in found])
        return
    if not found and is_terminal():
        click.echo(f"nothing is kept in {store.folder}")
        return
    rows = [
        (one.name, str(one.entries), size(one.size), str(one.hits), spell(one.saved), age(one.used)) for one in found
    ]
    show_rows(("name", "entries", "size", "hits", "time saved", "last used"), rows, numbers=(1, 2, 3, 4))


def _list_entries(store: FileStore, name: str, sort: str, *, as_json: bool) -> None:
    orders: dict[str, Callable[[_data.Entry], Any]] = {
        "size": lambda one: -one.info.size,
        "saved": lambda one: -one.provenance.cost,
        "used": lambda one: -one.info.used,
    }
    found = list(_data.entries(store, name))
    if sort in orders:
        found.sort(key=orders[sort])
    if as_json:
        show_json(store=str(store.folder), name=name, entries=[one.as_json() for one in found])
        return
    if not found:
        raise click.ClickException(f"{name}: nothing of that name is kept in {store.folder}")
    rows = [
        (one.info.key[:_SHOWN], size(one.info.size), spell(one.provenance.cost), age(one.info.created), _inputs(one))
        for one in found
    ]
    show_rows(("key", "size", "took", "kept", "inputs"), rows, numbers=(1, 2))


def _inputs(entry: _data.Entry) -> str:
    declared = [part for part in entry.provenance.parts if part.kind in {"argument", "watched"}]
    return ", ".join(f"{part.path}={part.preview}" for part in declared)


@lutil.command()
@click.argument("what", metavar="NAME|KEY", shell_complete=_names)
@_json_option
@_store_option
def show(what: str, as_json: bool, folder: Path | None) -> None:  # noqa: FBT001  (an option)
    """Show an entry: its inputs and what they were, what it read, its cost, a preview of the result.

    NAME shows the newest entry of a computation, KEY the entry whose key begins like that. No code of the result runs.
    """
    store = _open(folder)
    entry = _one(store, what)
    if as_json:
        show_json(store=str(store.folder), entry=entry.as_json())
        return
    info, found = entry
    pairs = [
        ("name", info.name),
        ("key", info.key),
        ("code", found.where),
        ("kept", f"{moment(info.created)}, {age(info.created)}"),
        ("last used", age(info.used)),
        ("took", spell(found.cost)),
        ("size", size(info.size)),
        ("python", found.python),
    ]
    libraries = ", ".join(f"{part.path} {part.preview}" for part in found.parts if part.kind == "library")
    pairs += [("libraries", libraries)] if libraries else []
    pairs += [(f"{part.kind} {part.path}", part.preview or part.digest.hex()[:_SHOWN]) for part in _told(entry)]
    pairs += [(name if name == "result" else f"produced {name}", shown) for name, shown in found.produced]
    pairs += [(str(note.kind), f"{note.path} {note.what}".strip()) for note in found.notes]
    show_pairs(pairs)


def _told(entry: _data.Entry) -> list[Any]:
    return [part for part in entry.provenance.parts if part.kind != "library"]


def _one(store: FileStore, what: str) -> _data.Entry:
    """Return the entry that a person means.

    Raises:
        click.ClickException: there is none, or a key begins like several.
    """
    found = _data.entry_of(store, what)
    if not found:
        raise click.ClickException(f"{what}: neither a computation nor the beginning of a key in {store.folder}")
    if found[0].name != what and len(found) > 1:
        keys = ", ".join(f"{info.key[: _SHOWN + 4]} ({info.name})" for info in found[:5])
        raise click.ClickException(f"{what}: {len(found)} keys begin like that: {keys}")
    entry = next((one for info in found if (one := _data.read(store, info)) is not None), None)
    if entry is None:
        raise click.ClickException(f"{what}: its entry cannot be read; `lutil check` says why")
    return entry


@lutil.command()
@click.argument("name", required=False, shell_complete=_names)
@click.option("-n", "most", default=10, show_default=True, help="How many runs.")
@_json_option
@_store_option
def why(name: str | None, most: int, as_json: bool, folder: Path | None) -> None:  # noqa: FBT001  (an option)
    """Say why the last runs ran, newest first."""
    store = _open(folder)
    found = list(_data.runs(store, name, most))
    if as_json:
        show_json(store=str(store.folder), runs=[{**run.as_json(), "why": said} for run, said, _ in found])
        return
    if not found and is_terminal():
        click.echo("no run is known" if name is None else f"no run of {name} is known")
        return
    rows = [(moment(run.time), run.name, spell(run.cost), said) for run, said, _ in found]
    show_rows(("when", "what", "took", "why"), rows, numbers=(2,))


@lutil.command()
@click.argument("one", metavar="KEY")
@click.argument("other", metavar="KEY")
@_json_option
@_store_option
def diff(one: str, other: str, as_json: bool, folder: Path | None) -> None:  # noqa: FBT001  (an option)
    """Compare the inputs of two entries of one computation."""
    store = _open(folder)
    first, second = _one(store, one), _one(store, other)
    if first.info.name != second.info.name:
        raise click.ClickException(f"{one} is of {first.info.name}, {other} of {second.info.name}")
    reason = _data.differences(first, second)
    if as_json:
        told = [{**item._asdict(), "kind": str(item.kind)} for item in reason.differences]
        show_json(store=str(store.folder), name=first.info.name, differences=told)
        return
    if not reason.differences:
        click.echo("no recorded input differs")
        return
    lines = Explanation(first.info.name, False, reason).details().splitlines()[1:]  # noqa: FBT003  (a field of a record)
    for line in lines:
        sign = line.strip()[:1]
        show_text(line, {"+": "green", "-": "red"}.get(sign, "") if line.startswith("    ") else "bold")


@lutil.command()
@_json_option
@_store_option
def stats(as_json: bool, folder: Path | None) -> None:  # noqa: FBT001  (an option)
    """Show totals of all processes: what was skipped and run, what that saved and cost, by day."""
    store = _open(folder)
    put_together(store.ledger)
    held, told = store.stats(), history(store.ledger)
    total = told.total()
    if as_json:
        days = {day: tally._asdict() for day, tally in told.by_day.items()}
        show_json(
            store=str(store.folder), total=total._asdict(), days=days, entries=held.entries, size=held.size,
            names=len(held.names), traces=held.traces, damaged=held.damaged,
        )  # fmt: skip
        return
    show_pairs([
        ("store", str(store.folder)),
        ("entries", f"{held.entries} of {len(held.names)} computations, {size(held.size)}"),
        ("skipped", f"{total.hits}, {spell(total.saved)} saved"),
        ("run", f"{total.runs}, {spell(total.spent)} spent"),
    ])  # fmt: skip
    if told.by_day and is_terminal():
        click.echo()
    rows = [_day(day, tally) for day, tally in sorted(told.by_day.items(), reverse=True)[:14]]
    show_rows(("day", "skipped", "saved", "run", "spent"), rows, numbers=(1, 2, 3, 4))


def _day(day: str, tally: Tally) -> tuple[str, ...]:
    return day, str(tally.hits), spell(tally.saved), str(tally.runs), spell(tally.spent)


@lutil.command()
@click.argument("what", metavar="NAME|KEY...", nargs=-1, required=True, shell_complete=_names)
@click.option("--yes", is_flag=True, help="Do not ask.")
@_store_option
def rm(what: tuple[str, ...], yes: bool, folder: Path | None) -> None:  # noqa: FBT001  (an option)
    """Delete entries: all of a computation, or those whose key begins like KEY."""
    store = _open(folder)
    found = [_data.entry_of(store, text) for text in what]
    for text, entries in zip(what, found, strict=True):
        if not entries:
            raise click.ClickException(f"{text}: neither a computation nor the beginning of a key in {store.folder}")
    going = list(dict.fromkeys(info for entries in found for info in entries))
    total = size(sum(info.size for info in going))
    if not yes and is_terminal():
        click.confirm(f"delete {_entries(len(going))}, {total}?", abort=True)
    count = sum(store.delete(info.name, info.key) for info in going)
    click.echo(f"deleted {_entries(count)}, {total}")


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
@click.option("--dry-run", is_flag=True, help="Only say what would go.")
@_json_option
@_store_option
def prune(  # noqa: PLR0913, PLR0917  (options)
    max_size: int | None,
    older_than: float | None,
    superseded: bool,  # noqa: FBT001
    outdated: bool,  # noqa: FBT001
    dry_run: bool,  # noqa: FBT001
    as_json: bool,  # noqa: FBT001
    folder: Path | None,
) -> None:
    """Delete what is old, superseded, or too much. At least one option says what."""
    if max_size is None and older_than is None and not superseded and not outdated:
        raise click.UsageError("say what may go: --max-size, --older-than, --superseded or --outdated")
    store = _open(folder)
    report = store.prune(
        max_size=max_size,
        older_than=older_than,
        superseded=_data.superseded(store) if superseded else None,
        outdated=outdated,
        dry_run=dry_run,
    )
    if as_json:
        deleted = [info._asdict() for info in report.deleted]
        show_json(store=str(store.folder), dry_run=dry_run, size=report.size, deleted=deleted)
        return
    if dry_run:
        rows = [(info.key[:_SHOWN], info.name, size(info.size), age(info.used)) for info in report.deleted]
        show_rows(("key", "name", "size", "last used"), rows, numbers=(2,))
    word = "would delete" if dry_run else "deleted"
    click.echo(f"{word} {_entries(len(report.deleted))}, {size(report.size)}", err=dry_run and not is_terminal())


@lutil.command()
@click.option("--fix", is_flag=True, help="Set damaged entries aside and remove what dead processes left behind.")
@_json_option
@_store_option
def check(fix: bool, as_json: bool, folder: Path | None) -> None:  # noqa: FBT001  (an option)
    """Read every byte of every entry; exit with 1 if anything is wrong."""
    store = _open(folder)
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
        what = f", {report.swept} leftover files removed" if report.swept else ""
        click.echo(f"{_entries(report.entries)} read, {len(damaged)} damaged, {len(report.foreign)} foreign{what}")
    if damaged or report.foreign:
        sys.exit(1)


@lutil.command()
@_json_option
@_store_option
def where(as_json: bool, folder: Path | None) -> None:  # noqa: FBT001  (an option)
    """Say which store and settings hold here, and where each value comes from."""
    store, settings, sources = _open(folder), _settings.current(), _settings.sources()
    if folder is not None:
        sources["store"] = "--store"
        settings = dataclasses.replace(settings, store=store.folder)
    rows = [(name, _text(getattr(settings, name)), source) for name, source in sources.items()]
    trusted = store.trusted()
    if as_json:
        told = {name: {"value": value, "from": source} for name, value, source in rows}
        users = None if trusted.users is None else sorted(trusted.users)
        show_json(settings=told, trust={**trusted._asdict(), "users": users})
        return
    show_rows(("setting", "value", "from"), rows)
    if not trusted.owners_count or not trusted.modes_count:
        click.echo(f"the file system of {store.folder} does not keep owners or modes: trust is that of the folder")


def _text(value: object) -> str:
    if isinstance(value, tuple):
        return ", ".join("=".join(item) if isinstance(item, tuple) else str(item) for item in value)
    return "" if value is None else str(value)


@lutil.command(context_settings={"ignore_unknown_options": True, "allow_interspersed_args": False})
@click.option("--explain", is_flag=True, help="Say a line for each run, and a summary at the end.")
@click.option("--disable", is_flag=True, help="Neither read nor write entries.")
@click.option("--recompute", is_flag=True, help="Run everything, and overwrite.")
@click.option("--store", "folder", type=click.Path(file_okay=False, path_type=Path), help="The folder of the store.")
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
        environment["LUTIL_STORE"] = str(folder.expanduser().absolute())
    words = [sys.executable, *command]
    if sys.platform == "win32":  # there, `exec` returns to the shell before the program ends
        sys.exit(subprocess.run(words, env=environment, check=False).returncode)  # noqa: S603  (the user's own script)
    os.execve(words[0], words, environment)  # noqa: S606  (the same)
