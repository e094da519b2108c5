"""What is kept and shown of inputs: nothing secret, and no digest of a secret at which anybody could try guesses.

A short password is found from its digest in no time. So what hides a secret (`Part.hidden`) is kept with a *mark*
in place of its digest: one byte of the digest, hashed with a random number that each store keeps among its notes. The
marks of different values differ 255 times of 256; where they do not, the reason lists the inputs that are not shown.
Whoever has an entry alone learns nothing from a mark. Whoever has the whole store learns one byte of a digest, however
often the secret was used. Variables of the environment, earlier values and what memos hold are hidden in any case.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from typing import Final

from ..model._entry import EntryStore
from ..model._identity import identity
from ..model._key import MARK, SCOPE, Part, PartKind, tagged
from ..model._provenance import UNSEEN
from ..model.process._late import loading
from ..model.secrets._redaction import conceals, names_secret, path_names_secret, redacted, without_shapes
from ..model.secrets._secret_code import redacted_code

__all__ = ["hidden_paths", "keep_key", "opened", "readable", "sealed"]

_KIND: Final = "veil"
_SIZE: Final = 16
_WHOLE: Final = frozenset({PartKind.ARGUMENT, PartKind.WATCHED, PartKind.VERSION})
"""Kinds whose paths lead from a name of the user's to a value; others begin with a module, a class or a function."""
_BY_NAME: Final = _WHOLE | {PartKind.GLOBAL, PartKind.CELL, PartKind.DEFAULT, PartKind.ATTRIBUTE}
_FILES: Final = frozenset(
    {"env", "netrc", "_netrc", "pgpass", "htpasswd", "id_rsa", "id_dsa", "id_ecdsa", "id_ed25519"}
)
_ENDINGS: Final = (".env", ".pem", ".key", ".p12", ".pfx", ".jks", ".keystore", ".kdbx")
_FILE_KINDS: Final = frozenset({PartKind.FILE, PartKind.LISTING})
_SEALED: Final = b"sealed 1\0"
_MOST: Final = 8

_keys: Final[dict[int, tuple[EntryStore, bytes, bool]]] = {}
"""By the identity of a store: the store, so that its identity is its own; its random number; whether it keeps that."""


def readable(parts: Iterable[Part], store: EntryStore) -> tuple[Part, ...]:
    """Return inputs as they may be kept and shown: all that is readable of a computation goes through here."""
    return tuple(_veiled(_discreet(part), store) for part in parts)


def _discreet(part: Part) -> Part:
    """Return a part without what its kind, its path or its text tells to be a secret."""
    path = redacted(part.path) if part.kind in _FILE_KINDS else without_shapes(part.path)
    if part.kind in UNSEEN or (part.kind in _BY_NAME and _is_named_secret(part.kind, part.path)):
        return Part(part.kind, path, part.digest, hidden=True)
    if part.kind is PartKind.CODE and part.kept:
        text = part.kept.decode("utf-8", "surrogatepass")
        found = redacted_code(text)
        if found != text:
            return part._replace(path=path, kept=found.encode("utf-8", "surrogatepass"), hidden=True)
    if part.kind is PartKind.LISTING and part.parts:
        part = part._replace(parts=tuple(_discreet(child) for child in part.parts))
        part = part._replace(hidden=any(child.hidden for child in part.parts))
    if part.kind is PartKind.FILE and _is_secret_file(part.path):
        return part._replace(path=path, hidden=True)
    return part if path == part.path else part._replace(path=path)


def _is_secret_file(path: str) -> bool:
    """Tell whether a file holds a secret, by its name: `.env`, `id_rsa`, `token.txt`, `secrets.toml`."""
    name = path.replace("\\", "/").rpartition("/")[2]
    stem = name.lstrip(".").partition(".")[0]
    return stem in _FILES or name.endswith(_ENDINGS) or names_secret(stem)


def _is_named_secret(kind: PartKind, path: str) -> bool:
    """Tell whether a path leads to a secret by its name."""
    if kind in _WHOLE:
        return path_names_secret(path)
    head, bracket, rest = path.partition("[")
    return names_secret(head.rpartition(".")[2]) or (bool(bracket) and path_names_secret(bracket + rest))


def _veiled(part: Part, store: EntryStore) -> Part:
    if not part.hidden:
        return part
    return part._replace(digest=_mark(part.digest, store), parts=tuple(_veiled(child, store) for child in part.parts))


def _mark(digest: bytes, store: EntryStore) -> bytes:
    with loading:
        from hashlib import blake2b  # noqa: PLC0415  (no hit needs it)

    key = _key(store)
    scope = blake2b(b"scope", key=key, digest_size=SCOPE).digest()
    return scope + blake2b(digest[:1], key=key, digest_size=MARK - SCOPE).digest()


def _key(store: EntryStore) -> bytes:
    """Return the random number of a store; one of this process, where the store keeps none yet."""
    known = _keys.get(identity(store))
    if known is None:
        note = store.get_note(_KIND, _KIND)
        key = note if note is not None and len(note) == _SIZE else os.urandom(_SIZE)
        known = _keys[identity(store)] = (store, key, key is note)
    return known[1]


def keep_key(parts: Iterable[Part], store: EntryStore) -> None:
    """Let other processes compare the marks that are kept from now on: to be called before parts are written."""
    if not any(part.hidden for part in parts):
        return
    key = _key(store)
    if not _keys[identity(store)][2]:
        if store.get_note(_KIND, _KIND) is None:  # nobody else was faster
            store.put_note(_KIND, _KIND, key)
        _keys[identity(store)] = (store, key, True)


def hidden_paths(parts: Iterable[Part]) -> list[str]:
    """Return the inputs that are not shown, each by its most precise path, at most eight of them."""
    found: list[str] = []
    waiting = [part for part in parts if part.hidden][::-1]
    while waiting and len(found) < _MOST:
        part = waiting.pop()
        below = [child for child in part.parts if child.hidden]
        if below:
            waiting += reversed(below)
        else:
            found.append(f"{part.kind} `{part.path}`" if part.kind is not PartKind.CODE else f"code of `{part.path}`")
    return found


def sealed(trace: bytes, pieces: Iterable[bytes]) -> bytes:
    """Return a trace as it may be kept: names of files with a secret in them are read with the same inputs only.

    Args:
        trace: the bytes of a trace.
        pieces: what the key was made of, which is kept nowhere as a whole.
    """
    names = trace.decode("utf-8", "surrogateescape").split("\0")
    return _SEALED + _mixed(trace, pieces) if any(conceals(name) for name in names) else trace


def opened(data: bytes, pieces: Iterable[bytes]) -> bytes:
    """Return the trace that was sealed; bytes of no trace where other inputs than these had sealed it."""
    return _mixed(data[len(_SEALED) :], pieces)


def _mixed(data: bytes, pieces: Iterable[bytes]) -> bytes:
    """Return data with a stream of bytes that depends on the pieces, bit by bit; the same again undoes it."""
    with loading:
        from hashlib import shake_256  # noqa: PLC0415  (no hit needs it, but one with such a file)

    stream = shake_256(b"trace" + b"".join(tagged(b"p", piece) for piece in pieces)).digest(len(data))
    return bytes(one ^ other for one, other in zip(data, stream, strict=True))
