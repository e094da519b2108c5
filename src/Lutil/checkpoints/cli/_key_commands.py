"""Commands for the keys with which shared results are signed."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import click

from ._group import json_option, lutil
from ._show import show_json, show_rows

if TYPE_CHECKING:
    from ..store.shared import Signer

__all__ = ["key"]


@lutil.group()
def key() -> None:
    """Make and show the key that signs what you share, and say whose results you read."""


@key.command()
def new() -> None:
    """Make the key of this user, in the configuration folder, and print its public part."""
    from ..store.shared import key_folder, new_signer  # noqa: PLC0415  (an extra)

    signer = new_signer()
    click.echo(signer.public.text)
    click.echo(f"kept in {key_folder() / 'key'}; others read what you share after: lutil key trust KEY", err=True)


@key.command()
@click.option("--private", is_flag=True, help="Print the private key instead, as LUTIL_SIGNING_KEY takes it.")
@json_option
def show(private: bool, as_json: bool) -> None:  # noqa: FBT001  (options)
    """Print the public key of this user, and whose results are read besides."""
    from ..store.shared import trusted_keys  # noqa: PLC0415  (an extra)

    signer, trusted = _signer(), list(trusted_keys().values())
    if private:
        if signer is None:
            raise click.ClickException("there is no key yet: lutil key new")
        click.echo(signer.text)
    elif as_json:
        told = [{"key": one.text, "name": one.name} for one in trusted]
        show_json(key=None if signer is None else signer.public.text, trusted=told)
    else:
        rows = [] if signer is None else [("own", signer.public.short, signer.public.text, "")]
        rows += [("trusted", one.short, one.text, one.name) for one in trusted]
        show_rows(("", "short", "key", "name"), rows)


def _signer() -> Signer | None:
    from ..store.shared import load_signer  # noqa: PLC0415  (an extra)

    return load_signer()


@key.command()
@click.argument("text", metavar="KEY")
@click.option("--name", default="", help="What to call whoever has it, e.g. ci.")
def trust(text: str, name: str) -> None:
    """Read from now on what the owner of KEY shares. Its results can run code, as all that is unpickled can."""
    from ..store.shared import PublicKey  # noqa: PLC0415  (an extra)
    from ..store.shared import trust as _trust  # noqa: PLC0415

    found = PublicKey.parse(text, name)
    _trust(found)
    click.echo(f"trusted: {found.shown}")


@key.command()
@click.argument("what", metavar="KEY|NAME")
def distrust(what: str) -> None:
    """Read no more what the owner of a key shares.

    Results that were fetched before stay in the local stores: `lutil prune --distrusted` deletes them.
    """
    from ..store.shared import distrust as _distrust  # noqa: PLC0415  (an extra)

    for found in _distrust(what):
        click.echo(f"no longer trusted: {found.shown}")
    click.echo("what was fetched from there before is still read: lutil prune --distrusted, in each project", err=True)
    if os.environ.get("LUTIL_TRUSTED_KEYS"):
        click.echo("LUTIL_TRUSTED_KEYS may name it still", err=True)
