"""`lutil` itself, and what its commands share."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, NoReturn

import click
from click.shell_completion import CompletionItem

from ..faces._store_face import Store
from ..model import _settings
from ..model._errors import CheckpointError, SettingError
from ..model._urls import local_folder

__all__ = ["SHOWN", "complete_names", "json_option", "lutil", "open_store", "store_option"]

SHOWN = 8
"""Digits of a key that are shown in tables; as many as a person has to type."""
_CONTEXT = {"help_option_names": ["-h", "--help"], "max_content_width": 100}


class _Lutil(click.Group):
    """Says in one line what went wrong, instead of a traceback or the usage."""

    def main(self, *args: Any, **options: Any) -> NoReturn:
        """Run a command and end the process: with 0, with 1 where something is wrong, with 2 for a misuse."""
        try:
            code = super().main(*args, **{**options, "standalone_mode": False})
        except click.exceptions.NoArgsIsHelpError as error:
            error.show()
            code = error.exit_code
        except click.ClickException as error:
            way = getattr(getattr(error, "ctx", None), "command_path", "")
            more = f" ({way} --help)" if way else ""
            click.echo(f"lutil: {error.format_message()}{more}", err=True)
            code = error.exit_code
        except click.Abort:
            click.echo("lutil: nothing was done", err=True)
            code = 1
        sys.exit(code if isinstance(code, int) else 0)

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except (CheckpointError, OSError) as error:
            if isinstance(error, BrokenPipeError):  # `lutil ls | head`: who reads has enough
                sys.stdout = open(os.devnull, "w")  # noqa: PTH123, SIM115  (the interpreter closes it at exit)
                return None
            raise click.ClickException(" ".join(str(error).split())) from error


def _local(context: click.Context, _: click.Parameter, value: str | None) -> Path | None:
    """Return the folder that was named here, or before the command."""
    try:
        return context.find_root().params.get("folder") if value is None else local_folder(value)
    except SettingError as error:
        raise click.BadParameter(str(error)) from error


def store_option(function: Callable[..., Any]) -> Callable[..., Any]:
    kind = click.Path(file_okay=False, readable=False)
    return click.option("--store", "folder", type=kind, callback=_local, help="The folder of the store.")(function)


@click.group(cls=_Lutil, context_settings=_CONTEXT)
@click.version_option(package_name="Lutil", message="%(version)s")
@store_option
@click.pass_context
def lutil(context: click.Context, folder: Path | None) -> None:
    """See, steer and clean the cache of Lutil checkpoints.

    The store is that of the working directory, as its programs would find it, unless --store names another.
    """
    name = context.invoked_subcommand or ""
    command = lutil.get_command(context, name)
    if folder is not None and command and "folder" not in {param.name for param in command.params}:
        raise click.UsageError(f"{name} takes no --store", context)


def json_option(function: Callable[..., Any]) -> Callable[..., Any]:
    return click.option("--json", "as_json", is_flag=True, help="Write JSON, in a form that stays.")(function)


def open_store(folder: Path | None, *, as_it_is: bool = False) -> Store:
    """Return the store that is meant.

    Raises:
        click.ClickException: there is none, or nothing of it can be read and it is not wanted as it is.
    """
    settings = _settings.current()
    place = settings.store if folder is None else folder
    if not place.is_absolute():
        raise click.ClickException("the working directory is gone: go to another, or name the store with --store")
    if folder is not None and not place.is_dir():
        raise click.ClickException(f"{place}: there is no such folder")
    store = Store(place, min_free=settings.min_free, trust=settings.trust)
    if not as_it_is and (why := store.why_unusable()):
        raise click.ClickException(why)
    return store


def complete_names(context: click.Context, _: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Offer the names of computations to the shell."""
    try:
        names = [name.name for name in open_store(context.params.get("folder")).stats().names]
    except (CheckpointError, OSError, click.ClickException):
        return []
    return [CompletionItem(name) for name in names if name.startswith(incomplete)]
