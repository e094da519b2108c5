"""Who signs what is shared, and whose signatures count: Ed25519 keys in the user's configuration folder.

    <config>/Lutil/key        the private key of this user, readable by nobody else
    <config>/Lutil/trusted    a public key a line, each with a name

In the environment, for CI: `LUTIL_SIGNING_KEY` is a private key, `LUTIL_TRUSTED_KEYS` public ones, apart by blanks or
commas, each alone or as `name=key`. Both files are read only if nobody else could have written them.
"""

from __future__ import annotations

import base64
import contextlib
import functools
import hashlib
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final, TypeVar

from ...model._errors import SettingError
from ...model._trust import read_obeyed
from ...model.process._records import NamedTuple
from ._extra import extra

__all__ = ["PublicKey", "Signer", "distrust", "key_folder", "load_signer", "new_signer", "trust", "trusted_keys"]

T = TypeVar("T")

SIGNING: Final = "LUTIL_SIGNING_KEY"
TRUSTED: Final = "LUTIL_TRUSTED_KEYS"
_ED25519: Final = "cryptography.hazmat.primitives.asymmetric.ed25519"
_PUBLIC: Final = "lutil-pub-"
_PRIVATE: Final = "lutil-key-"
_SIZE: Final = 32
_SHORT: Final = 8


class PublicKey(NamedTuple):
    """Whose signatures can be told by it.

    Attributes:
        raw: its 32 bytes.
        name: what this user calls whoever has the private one; empty where nobody said.
    """

    raw: bytes
    name: str = ""

    @property
    def text(self) -> str:
        """The key as people hand it on: `lutil-pub-...`."""
        return _spelt(_PUBLIC, self.raw)

    @property
    def short(self) -> str:
        """The first eight digits of its digest, under which its objects lie."""
        return _short(self.raw)

    @property
    def shown(self) -> str:
        """The name, or the short form."""
        return f"{self.name} ({self.short})" if self.name else self.short

    def verifies(self, signature: bytes, message: bytes) -> bool:
        """Tell whether the owner of this key signed the message."""
        try:
            _public(self.raw).verify(signature, message)
        except (extra("cryptography.exceptions").InvalidSignature, ValueError):
            return False
        return True

    @classmethod
    def parse(cls, text: str, name: str = "") -> PublicKey:
        """Return the key of a text as `text` gives it.

        Raises:
            SettingError: it is none.
        """
        if text.startswith(_PRIVATE):
            raise SettingError("this is a private key: hand on the public one, which `lutil key show` prints")
        return cls(_raw(text, _PUBLIC), name)


class Signer:
    """A private key.

    Attributes:
        public: the key by which others tell its signatures.
        text: the private key as text, for `LUTIL_SIGNING_KEY`.
    """

    def __init__(self, raw: bytes, name: str = "") -> None:
        self._key: Any = extra(_ED25519).Ed25519PrivateKey.from_private_bytes(raw)
        self.public = PublicKey(self._key.public_key().public_bytes_raw(), name)
        self.text = _spelt(_PRIVATE, raw)

    def __repr__(self) -> str:
        return f"<signer {self.public.shown}>"

    def sign(self, message: bytes) -> bytes:
        """Return the 64 bytes of a signature."""
        signature: bytes = self._key.sign(message)
        return signature

    @classmethod
    def parse(cls, text: str, name: str = "") -> Signer:
        """Return the signer of a private key as `text` gives it.

        Raises:
            SettingError: it is none; the text is not repeated.
        """
        return cls(_raw(text, _PRIVATE), name)


@functools.lru_cache(256)
def _short(raw: bytes) -> str:
    return hashlib.sha256(raw).hexdigest()[:_SHORT]


@functools.lru_cache(256)
def _public(raw: bytes) -> Any:
    return extra(_ED25519).Ed25519PublicKey.from_public_bytes(raw)


def _spelt(kind: str, raw: bytes) -> str:
    return kind + base64.urlsafe_b64encode(raw).decode().rstrip("=")


def _raw(text: str, kind: str) -> bytes:
    if text.startswith(kind):
        with contextlib.suppress(ValueError):
            raw = base64.b64decode(text[len(kind) :] + "=", b"-_", validate=True)
            if len(raw) == _SIZE:
                return raw
    raise SettingError(f"no key: a text that begins with {kind!r} and 43 characters more is expected")


def key_folder() -> Path:
    """Return the folder of the keys of this user, which need not exist."""
    folder: Path = extra("platformdirs").user_config_path("Lutil", appauthor=False)
    return folder


def load_signer() -> Signer | None:
    """Return who signs here: the key of the environment, else that of the configuration folder, else None.

    Raises:
        SettingError: it is no key, or others could have read or replaced it.
    """
    if text := os.environ.get(SIGNING, "").strip():
        return _named(Signer.parse, text, SIGNING)
    path = key_folder() / "key"
    data = _read(path)
    if data is None:
        return None
    if os.name == "posix" and path.stat().st_mode & 0o077:
        raise SettingError(f"{path}: others can read this private key. If nobody has: chmod 600 {path}")
    return _named(Signer.parse, data.strip(), str(path))


def new_signer() -> Signer:
    """Make a key for this user, in the configuration folder.

    Raises:
        SettingError: there is one already.
        OSError: the folder cannot be written.
    """
    signer = Signer(os.urandom(_SIZE))
    with _partial("key", f"{signer.text}\n") as (partial, path):
        try:
            os.link(partial, path)  # whole, and by one of all who try at once
        except FileExistsError as error:
            raise SettingError(f"{path} is there already: remove it first if it is to be replaced") from error
    return signer


def trusted_keys() -> dict[str, PublicKey]:
    """Return whose results are read besides one's own, by the short form of their keys.

    Raises:
        SettingError: a key is none, or others could have written the file.
    """
    found = {key.short: key for key in _trusted_by_file()}
    for item in os.environ.get(TRUSTED, "").replace(",", " ").split():
        name, _, text = item.rpartition("=")
        key = _named(PublicKey.parse, text, TRUSTED)._replace(name=name)
        found[key.short] = key
    return found


def trust(key: PublicKey) -> None:
    """Read from now on what the owner of a key shares; a key that is known gets the new name.

    Raises:
        OSError: the configuration folder cannot be written.
    """
    kept = [other for other in _trusted_by_file() if other.raw != key.raw]
    _write_trusted([*kept, key._replace(name=" ".join(key.name.split()))])


def distrust(what: str) -> list[PublicKey]:
    """Read no more what the owner of a key shares, given by the key, its short form or its name; return whose.

    Raises:
        SettingError: nobody of that name or key is trusted.
    """
    known = _trusted_by_file()
    going = [key for key in known if what in {key.text, key.short, key.name}]
    if not going:
        raise SettingError(f"{what}: no such key is trusted in {key_folder() / 'trusted'}")
    _write_trusted([key for key in known if key not in going])
    return going


def _trusted_by_file() -> list[PublicKey]:
    path = key_folder() / "trusted"
    found = []
    for line in (_read(path) or "").splitlines():
        text, _, name = line.strip().partition(" ")
        if text and not text.startswith("#"):
            found.append(_named(PublicKey.parse, text, str(path))._replace(name=name.strip()))
    return found


def _write_trusted(keys: list[PublicKey]) -> None:
    with _partial("trusted", "".join(f"{key.text} {key.name}".rstrip() + "\n" for key in keys)) as (partial, path):
        partial.replace(path)


@contextlib.contextmanager
def _partial(name: str, text: str) -> Iterator[tuple[Path, Path]]:
    """Within it, a text is whole in a private file beside the one that is to have it."""
    folder = key_folder()
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    partial = folder / f".{name}-{os.getpid()}-{os.urandom(4).hex()}"
    try:
        partial.touch(mode=0o600, exist_ok=False)
        partial.write_text(text, encoding="utf-8")
        yield partial, folder / name
    finally:
        partial.unlink(missing_ok=True)


def _read(path: Path) -> str | None:
    """Return the text of a file that says whom to trust; None where there is none.

    Raises:
        SettingError: somebody else could have written it.
    """
    try:
        data, refused = read_obeyed(str(path), ())
    except FileNotFoundError:
        return None
    except OSError as error:
        raise SettingError(f"{path} cannot be read: {error.strerror or error}") from error
    if refused:
        raise SettingError(f"{path} is not obeyed: {refused}")
    return data.decode("utf-8", "replace")


def _named(parse: Callable[[str], T], text: str, source: str) -> T:
    try:
        return parse(text)
    except SettingError as error:
        raise SettingError(f"{source}: {error}") from error
