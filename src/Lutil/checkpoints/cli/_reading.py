"""Commands that look: what is kept, why it ran, which settings hold."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from ..faces._explain import Explanation
from ..faces._store_face import inputs_of
from ..model import _settings
from ..model._outcome import Reason
from ..model._quantities import age, moment, size
from ..observe import filter_missing
from ..report._ledger import Tally, spell
from ..report._ledger_history import history, put_together
from ..report._origins import chain_of
from ..report.tables._overview import SORTS, Overview, overview, past_runs
from ..store import FileStore
from . import _data
from ._group import SHOWN, complete_names, json_option, lutil, open_store, store_option
from ._sharing_commands import show_state, state
from ._show import is_terminal, show_json, show_pairs, show_rows, show_text

__all__ = ["diff", "ls", "show", "stats", "where", "why"]


@lutil.command()
@click.argument("name", required=False, shell_complete=complete_names)
@click.option("--sort", type=click.Choice(sorted(SORTS)), default="name", show_default=True)
@json_option
@store_option
def ls(name: str | None, sort: str, as_json: bool, folder: Path | None) -> None:  # noqa: FBT001  (an option)
    """List the computations that have entries; with NAME, the entries of one."""
    store = open_store(folder)
    if name is not None:
        _list_entries(store, name, sort, as_json=as_json)
        return
    found = sorted(overview(store).names, key=SORTS[sort])
    if as_json:
        show_json(store=str(store.folder), computations=[one._asdict() for one in found])
        return
    if not found and is_terminal():
        click.echo(f"nothing is kept in {store.folder}")
        return
    show_rows(Overview.HEADINGS, [one.row() for one in found], numbers=Overview.NUMBERS)


def _list_entries(store: FileStore, name: str, sort: str, *, as_json: bool) -> None:
    orders: dict[str, Callable[[_data.ReadEntry], Any]] = {
        "size": lambda one: -one.info.size,
        "saved": lambda one: -one.provenance.cost,
        "used": lambda one: -one.info.used,
    }
    found = list(_data.entries(store, name))
    if not found:
        raise click.ClickException(f"{name}: nothing of that name is kept in {store.folder}")
    if sort in orders:
        found.sort(key=orders[sort])
    if as_json:
        show_json(store=str(store.folder), name=name, entries=[one.as_json() for one in found])
        return
    rows = [_entry(one) for one in found]
    show_rows(("key", "size", "took", "kept", "inputs"), rows, numbers=(1, 2))


def _entry(one: _data.ReadEntry) -> tuple[str, ...]:
    info, found = one
    return info.key[:SHOWN], size(info.size), spell(found.cost), age(info.created), inputs_of(found.parts)


@lutil.command()
@click.argument("what", metavar="NAME|KEY", shell_complete=complete_names)
@json_option
@store_option
def show(what: str, as_json: bool, folder: Path | None) -> None:  # noqa: FBT001  (an option)
    """Show an entry: its inputs and what they were, what it read, its cost, a preview of the result.

    NAME shows the newest entry of a computation, KEY the entry whose key begins like that. No code of the result runs.
    """
    store = open_store(folder)
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
    pairs += [(f"{part.kind} {part.path}", part.preview or part.digest.hex()[:SHOWN]) for part in _told(entry)]
    pairs += [(name if name == "result" else f"produced {name}", shown) for name, shown in found.produced]
    pairs += [(str(note.kind), f"{note.path} {note.what}".strip()) for note in found.notes]
    show_pairs(pairs)


def _told(entry: _data.ReadEntry) -> list[Any]:
    return [part for part in entry.provenance.parts if part.kind != "library"]


def _one(store: FileStore, what: str) -> _data.ReadEntry:
    """Return the entry that a person means.

    Raises:
        CheckpointError: there is none.
        click.ClickException: a key begins like several.
    """
    found = _data.entry_of(store, what)
    if found[0].name != what and len(found) > 1:
        keys = ", ".join(f"{info.key[: SHOWN + 4]} ({info.name})" for info in found[:5])
        raise click.ClickException(f"{what}: {len(found)} keys begin like that: {keys}")
    entry = next((one for info in found if (one := _data.read(store, info)) is not None), None)
    if entry is None:
        raise click.ClickException(f"{what}: its entry cannot be read; `lutil check` says why")
    return entry


@lutil.command()
@click.argument("name", required=False, shell_complete=complete_names)
@click.option("-n", "most", type=click.IntRange(min=1), default=10, show_default=True, help="How many runs.")
@json_option
@store_option
def why(name: str | None, most: int, as_json: bool, folder: Path | None) -> None:  # noqa: FBT001  (an option)
    """Say why the last runs ran, newest first."""
    store = open_store(folder)
    found = list(past_runs(store, name, most))
    if name is not None and not found and next(store.list(name), None) is None:
        raise click.ClickException(f"{name}: no run of that name is known, and nothing is kept in {store.folder}")
    if as_json:
        told = [{**run.as_json(), "why": said, "through": _through(reason)} for run, said, reason in found]
        show_json(store=str(store.folder), runs=told)
        return
    if not found and is_terminal():
        click.echo("no run is known" if name is None else f"no run of {name} is known")
        return
    rows = [(moment(run.time), run.name, spell(run.cost), said) for run, said, _ in found]
    show_rows(("when", "what", "took", "why"), rows, numbers=(2,))


def _through(reason: Reason) -> list[str]:
    """Return the computations through which the most telling change came, the nearest first."""
    return chain_of(reason.differences[0])[0] if reason.differences else []


@lutil.command()
@click.argument("one", metavar="KEY")
@click.argument("other", metavar="KEY")
@json_option
@store_option
def diff(one: str, other: str, as_json: bool, folder: Path | None) -> None:  # noqa: FBT001  (an option)
    """Compare the inputs of two entries of one computation."""
    store = open_store(folder)
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
@json_option
@store_option
def stats(as_json: bool, folder: Path | None) -> None:  # noqa: FBT001  (an option)
    """Show totals of all processes: what was skipped and run, what that saved and cost, by day."""
    store = open_store(folder)
    put_together(store.ledger)
    told = history(store.ledger)
    held, total = overview(store, told), told.total()
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
@json_option
@store_option
def where(as_json: bool, folder: Path | None) -> None:  # noqa: FBT001  (an option)
    """Say which store and settings hold here, and where each value comes from."""
    store, settings, sources = open_store(folder, as_it_is=True), _settings.current(), _settings.sources()
    if folder is not None:
        sources["store"] = "--store"
        settings = settings._replace(store=store.folder)
    values = {name: getattr(settings, name) for name in sources}
    trusted, missing = store.trusted(), filter_missing()
    if as_json:
        told = {name: {"value": _text(value), "from": sources[name]} for name, value in values.items()}
        users = None if trusted.users is None else sorted(trusted.users)
        found = {"filter": not missing, "why": missing}
        shared = {"shared": state()} if settings.shared else {}
        show_json(settings=told, trust={**trusted._asdict(), "users": users}, audit_hook=found, **shared)
        return
    rows = [(name, _told_of(name, value), sources[name]) for name, value in values.items()]
    show_rows(("setting", "value", "from"), [row for row in rows if row[0] != "refused" or row[1]])
    hook = f"in Python, which slows down the process ({missing})" if missing else "the filter in C"
    click.echo(f"audit hook: {hook}")
    if not trusted.owners_count or not trusted.modes_count:
        click.echo(f"the file system of {store.folder} does not keep owners or modes: trust is that of the folder")
    if settings.shared:
        show_state()


def _told_of(name: str, value: object) -> str:
    """Return a setting as people read it, with its unit."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if name in {"min_free", "max_size"}:
        return "no limit" if value is None else size(value)  # type: ignore[arg-type]  # bytes
    if name == "wait":
        return "as long as it runs" if value is None else spell(value)  # type: ignore[arg-type]  # seconds
    return _text(value)


def _text(value: object) -> str:
    if isinstance(value, tuple):
        return ", ".join("=".join(item) if isinstance(item, tuple) else str(item) for item in value)
    return "" if value is None else str(value)
