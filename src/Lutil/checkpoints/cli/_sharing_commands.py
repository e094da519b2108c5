"""Commands that move entries between stores, and what `where` says of the shared one."""

from __future__ import annotations

import contextlib
import secrets
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ..model import _settings
from ..model._errors import CheckpointError
from ._group import complete_names, json_option, lutil, open_store, store_option
from ._show import is_terminal, show_json, show_rows

if TYPE_CHECKING:
    from ..engine import Report

__all__ = ["copy", "push", "show_state", "state"]


@lutil.command()
@click.argument("source", metavar="SRC")
@click.argument("target", metavar="DST")
@click.argument("names", metavar="[NAME]...", nargs=-1)
@json_option
def copy(source: str, target: str, names: tuple[str, ...], as_json: bool) -> None:  # noqa: FBT001  (an option)
    """Copy entries from one store to another: folders, URLs (s3://bucket/prefix), archives (results.zip).

    Only what is missing is copied, and checked on the way; copying again goes on where it was left. What goes from a
    folder to a URL or an archive is signed with your key; what comes from there must be signed by somebody you trust.
    """
    from ..engine import copy as _copy  # noqa: PLC0415  (an extra)
    from ..engine import end_of  # noqa: PLC0415

    with end_of(source) as one, end_of(target, write=True) as other, _progress() as progress:
        report = _copy(one, other, names, progress)
        _tell(report, source, target, as_json=as_json)
    _require_found(report, source)


@lutil.command()
@click.argument("names", metavar="[NAME]...", nargs=-1, shell_complete=complete_names)
@json_option
@store_option
def push(names: tuple[str, ...], as_json: bool, folder: Path | None) -> None:  # noqa: FBT001  (an option)
    """Publish to the shared store what the local one has and it has not."""
    from ..engine import copy as _copy  # noqa: PLC0415  (an extra)
    from ..engine import end_of  # noqa: PLC0415

    settings = _settings.current()
    if not settings.shared:
        raise click.ClickException("no store is shared here: configure(shared=...), LUTIL_SHARED or [tool.lutil]")
    if settings.shared_mode == "read":
        raise click.ClickException(f'{settings.shared} is only read here: shared_mode = "read"')
    store = open_store(folder)
    with end_of(settings.shared, write=True) as other, _progress() as progress:
        report = _copy(store, other, names, progress)
        _tell(report, str(store.folder), settings.shared, as_json=as_json)
    _require_found(report, str(store.folder))


def _tell(report: Report, source: str, target: str, *, as_json: bool) -> None:
    left = [{"name": name, "key": key, "why": why} for name, key, why in report.left]
    known = {key.short: key for key in report.strangers}
    if as_json:
        passed = [
            {"name": known[short].name if short in known else "", "key": known[short].text if short in known else short,
             "objects": count}
            for short, count in report.passed.items()
        ]  # fmt: skip
        show_json(
            source=source, target=target, copied=report.copied, there=report.there, left=left, passed=passed,
            missing=report.missing,
        )  # fmt: skip
        return
    show_rows(("left", "key", "why"), [(name, key[:8], why) for name, key, why in report.left])
    rest = f", {len(report.left)} left out" if report.left else ""
    click.echo(f"{report.copied} copied, {report.there} were there{rest}", err=not is_terminal())
    for short, count in report.passed.items():
        who = known[short].shown if short in known else short
        key = known[short].text if short in known else "KEY, which `lutil key show` prints for them"
        way = f"if you trust them: lutil key trust {key}"
        click.echo(f"{count} objects of {who}, who is not trusted, were left out; {way}", err=not is_terminal())


def _require_found(report: Report, source: str) -> None:
    if report.missing:
        raise click.ClickException(f"{', '.join(report.missing)}: nothing of that name is kept in {source}")


@contextlib.contextmanager
def _progress() -> Iterator[Callable[[int], None]]:
    """Yield what takes note of bytes that were copied; on a terminal a bar shows them."""
    from tqdm import tqdm  # noqa: PLC0415  (only where something is copied)

    with tqdm(unit="B", unit_scale=True, disable=not is_terminal() or sys.stderr is None, leave=False) as bar:

        def moved(size: int) -> None:
            bar.update(size)

        yield moved


def state() -> dict[str, Any]:
    """Return how the shared store is just now: whether it answers, who signs here, whose results are read."""
    from ..store.shared import SharedStore, load_signer  # noqa: PLC0415  (an extra)

    settings, said = _settings.current(), list[str]()
    shared = SharedStore(settings.shared, settings.shared_mode, settings.shared_timeout, said.append)
    signer = load_signer()
    readers, _ = shared.readers()
    start = time.perf_counter()
    answer = shared.remote.get([f"v1/_nothing/{secrets.token_hex(8)}"], 1)
    took = time.perf_counter() - start
    strangers = [] if answer.trouble else shared.strangers()
    return {
        "url": settings.shared,
        "answers": answer.trouble is None,
        "says": str(answer.trouble or ("403 for what is not there" if answer.denied else f"answers in {took:.3f} s")),
        "signs": None if signer is None else signer.public.text,
        "reads": [{"name": key.name, "key": key.text} for key in readers.values()],
        "strangers": [{"name": key.name, "key": key.text} for key in strangers],
    }


def show_state() -> None:
    """Show it, where a store is shared."""
    try:
        found = state()
    except (CheckpointError, OSError) as error:
        click.echo(f"shared store: {error}")
        return
    rows = [("shared store", found["url"], found["says"])]
    rows += [("signs as", found["signs"] or "nobody: lutil key new", "")]
    rows += [("reads", one["key"], one["name"]) for one in found["reads"]]
    rows += [("not trusted", one["key"], one["name"]) for one in found["strangers"]]
    show_rows(("", "", ""), rows)
