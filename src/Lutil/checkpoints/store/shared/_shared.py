"""A shared store as one sees it who uses it: what is there for a key, fetching it, and publishing one's own."""

from __future__ import annotations

import getpass
import hashlib
import os
import platform
import time
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Final, NamedTuple, Protocol

from ..._entry import Buffer
from ..._errors import SettingError
from ..._limits import make_room
from ..._provenance import Provenance
from ..._veil import met_secret
from .._file import FileStore
from .._glance import Glance
from ._health import Health
from ._keys import PublicKey, Signer, load_signer, new_signer, trusted_keys
from ._objects import (
    LARGEST,
    ForgedError,
    Manifest,
    Piece,
    object_name,
    payload_name,
    seal,
    signer_name,
    unseal,
)
from ._pieces import cut, packed, unpacked
from ._remote import DeniedError, Remote, TroubleError

__all__ = ["RECEIVED", "Found", "Place", "SharedStore", "bytes_of", "facts_of"]

RECEIVED: Final = "received"
"""The kind of notes that say whose entries in the local store are not this user's own."""
_PROBED: Final = "shared"
_ONE_PUT: Final = 5 << 20
"""Bytes up to which one request writes an object: more go in parts, which no server creates only if absent."""
_FRESH: Final = 2.0
_REMEMBERED: Final = 4096


class Place(Protocol):
    """Where objects are: a bucket, a folder, an archive."""

    url: str

    def stream(self, name: str) -> Iterator[bytes]: ...
    def put(self, name: str, data: Buffer, *, create: bool = False) -> bool: ...
    def size(self, name: str) -> int | None: ...


class Found(NamedTuple):
    """What somebody who is trusted has signed for a key."""

    manifest: Manifest
    signer: PublicKey
    own: bool


class SharedStore:
    """Entries of several people and machines, each signed.

    Args:
        url: where they are, see `Remote`.
        mode: `read`, `write` or `read-write`.
        timeout: seconds that a miss waits for it at most.
        tell: says something to the user; called with each text once.
        secrets: whether to publish also what was computed from secrets.
    """

    def __init__(
        self,
        url: str,
        mode: str = "read-write",
        timeout: float = 5.0,
        tell: Callable[[str], None] = print,
        *,
        secrets: bool = False,
    ) -> None:
        self.url = url
        self.mode = mode
        self.secrets = secrets
        self.remote = Remote(url, timeout)
        self.tell = tell
        self.reading = Health(tell, f"{url} is not read", "results come from the local store")
        self.writing = Health(tell, f"{url} is not written", "what is left out: lutil push")
        self._signers: tuple[float, dict[str, PublicKey], str] = (0.0, {}, "")
        self._signer: Signer | None = None
        self._creates: bool | None = None
        self._damaged: set[str] = set()
        self._indices: dict[tuple[str, str], Manifest] = {}
        self._said: set[tuple[str, str]] = set()

    @property
    def reads(self) -> bool:
        """Whether it is worth asking."""
        return self.mode != "write" and bool(self.reading)

    @property
    def writes(self) -> bool:
        """Whether it is worth publishing."""
        return self.mode != "read" and not self.remote.read_only and bool(self.writing)

    def readers(self) -> tuple[dict[str, PublicKey], str]:
        """Return whose objects are read, one's own first, by short form; and the short form of one's own."""
        now = time.monotonic()
        if not self._signers[1] or now - self._signers[0] > _FRESH:
            signer = load_signer()
            own = {} if signer is None else {signer.public.short: signer.public}
            self._signers = (now, {**own, **trusted_keys(), **own}, "".join(own))
        return self._signers[1:]

    def ask(self, asked: Sequence[tuple[str, str]]) -> dict[tuple[str, str], list[Found]]:
        """Return what there is for names and keys, of signers who are trusted: one object of each, many at once.

        What cannot be had is not there: trouble is told once, and the store left alone for a while.
        """
        readers, own = self.readers()
        if not readers or not self.reads:
            return {}
        places = {object_name(*one, short): (one, short) for one in asked for short in readers}
        try:
            answers = self.remote.get(list(places), LARGEST)
        except TroubleError as error:
            self.reading.bad(error)
            return {}
        if answers.trouble is None:
            self.reading.good(answers.denied, len(places))
        else:
            self.reading.bad(answers.trouble)
        found: dict[tuple[str, str], list[Found]] = {}
        for place, (one, short) in places.items():
            if (data := answers.found.get(place)) is None:
                continue
            try:
                manifest = unseal(data, readers[short], *one)
            except ForgedError as error:
                self.tell_forged(place, error)
            else:
                found.setdefault(one, []).append(Found(manifest, readers[short], short == own))
        return found

    def get_many(self, local: FileStore, name: str, keys: Sequence[str]) -> set[str]:
        """Fetch into the local store what there is under final keys; return which of them are there now.

        A thousand small entries take some twenty rounds of requests, one after another.
        """
        found = self.ask([(name, key) for key in keys])
        return {key for (_, key), ways in found.items() if any(self.receive(way, local) for way in ways)}

    def receive(self, found: Found, local: FileStore) -> bool:
        """Write an entry to the local store, once all its bytes were found to be what was signed.

        Raises:
            OSError: the local store cannot be written.
        """
        manifest = found.manifest
        if not manifest.pieces:
            return False
        place = object_name(manifest.name, manifest.key, found.signer.short)
        try:
            local.receive(manifest.name, manifest.key, self.bytes_of(manifest), manifest.size)
        except ForgedError as error:
            self.tell_forged(place, error)
            return False
        except TroubleError as error:
            self.reading.bad(error)
            return False
        if not found.own:
            local.put_note(RECEIVED, manifest.key, found.signer.raw)
        return True

    def bytes_of(self, manifest: Manifest) -> Iterator[Buffer]:
        """Yield the bytes of an entry; a piece that is damaged is written anew by this process's next save."""
        try:
            yield from bytes_of(manifest, self.remote)
        except _DamagedPieceError as error:
            self._damaged.add(error.digest)
            raise

    def tell_forged(self, place: str, error: ForgedError) -> None:
        """Say once for each object that it is not read."""
        if (place, str(error)) not in self._said:
            self._said.add((place, str(error)))
            self.tell(f"{self.url}/{place} is not read: {error}")

    def publish(self, local: FileStore, name: str, key: str) -> str:
        """Write an entry of the local store to this one; return why not, empty where it was written.

        Raises:
            TroubleError: it could not be written.
            SettingError: there is no key to sign with.
            OSError: the entry cannot be read.
        """
        entry = local.glance(name, key)
        if entry is None:
            return "it is no longer in the local store"
        with entry:
            provenance = facts_of(entry)
            if provenance is None:
                return "its provenance cannot be read"
            if not self.secrets and met_secret(provenance.parts):
                return "it was computed from a secret"
            self.prepare(local)
            manifest = self._upload(name, key, entry)
        signer = self.signer()
        self._put(object_name(name, key, signer.public.short), seal(manifest, signer))
        if provenance.trace:
            self._publish_trace(local, name, key, provenance)
        self.writing.good()
        return ""

    def signer(self) -> Signer:
        """Return who signs here; the first write makes a key, but not for CI, where it would be lost.

        Raises:
            SettingError: there is none, and none can be made.
        """
        if self._signer is None:
            self._signer = load_signer() or _made()
        return self._signer

    def prepare(self, local: FileStore) -> None:
        """Find out once how the server writes: put twice what may be put once only. The object says who writes here.

        Raises:
            TroubleError: it cannot be written.
            SettingError: there is no key to sign with.
        """
        if self._creates is not None:
            return
        signer = self.signer()
        known = local.get_note(_PROBED, f"{self.url} {signer.public.short}")
        if known is None:
            place = signer_name(signer.public.short)
            data = seal(Manifest(_who(), "", time.time()), signer)
            known = b"0" if self._put(place, data, create=True) and self._put(place, data, create=True) else b"1"
            local.put_note(_PROBED, f"{self.url} {signer.public.short}", known)
        self._creates = known == b"1"

    @property
    def creates(self) -> bool | None:
        """Whether the server keeps to put-if-absent; None where that was not found out."""
        return self._creates

    def _put(self, place: str, data: Buffer, *, create: bool = False) -> bool:
        try:
            return self.remote.put(place, data, create=create)
        except DeniedError as error:
            self.writing.stop(str(error))
            raise
        except TroubleError as error:
            self.writing.bad(error)
            raise

    def _upload(self, name: str, key: str, entry: Glance) -> Manifest:
        """Write the large pieces of an entry; return what its small object says."""
        pieces: list[Piece] = []
        small: list[Buffer] = []
        for start, length in cut(entry.layout):
            piece, stored = packed(entry.read(start, length))
            pieces.append(piece)
            if piece.digest:
                self._put_payload(piece, stored)
            else:
                small.append(stored)
        return Manifest(name, key, time.time(), tuple(pieces), small=b"".join(small))

    def _put_payload(self, piece: Piece, stored: Buffer) -> None:
        """Write a large piece, unless it is there: what has its name has its bytes, or somebody tampered with it."""
        place = payload_name(piece.digest)
        if piece.digest in self._damaged:
            self._put(place, stored)
            self._damaged.discard(piece.digest)
        elif self._creates and piece.stored <= _ONE_PUT:
            self._put(place, stored, create=True)
        elif self.remote.size(place) != piece.stored:
            self._put(place, stored)

    def _publish_trace(self, local: FileStore, name: str, key: str, provenance: Provenance) -> None:
        """Add to the object of the key before the run to which final key its trace led."""
        from xxhash import xxh3_64_hexdigest  # noqa: PLC0415  (loaded long ago)

        known = local.traces(name, provenance.key)
        trace = next((one for one in known if xxh3_64_hexdigest(one) == provenance.trace), None)
        if trace is None:
            return
        signer, case = self.signer(), (name, provenance.key)
        place = object_name(*case, signer.public.short)
        manifest = self._indices.get(case, Manifest(*case, 0.0))
        data = self.remote.get([place], LARGEST)
        if data.trouble is not None:
            raise data.trouble
        try:
            there = unseal(data.found.get(place) or b"", signer.public, *case)
        except ForgedError:  # nothing yet, or nothing of ours
            there = manifest
        for one, keys in reversed(manifest.traces):
            for final in reversed(keys):
                there = there.with_trace(one, final)
        manifest = there.with_trace(trace, key)._replace(name=name, key=provenance.key, made=time.time())
        self._put(place, seal(manifest, signer))
        make_room(self._indices, _REMEMBERED)
        self._indices[case] = manifest._replace(pieces=(), small=b"")


class _DamagedPieceError(ForgedError):
    """A large piece is not what was signed."""

    def __init__(self, text: str, digest: str) -> None:
        super().__init__(text)
        self.digest = digest


def bytes_of(manifest: Manifest, place: Place) -> Iterator[Buffer]:
    """Yield the bytes of an entry, piece by piece.

    Raises:
        ForgedError: some of them are not what was signed. A piece may have been yielded in part by then.
        TroubleError: some of them cannot be had.
    """
    at = 0
    for piece in manifest.pieces:
        if not piece.digest:
            stored = manifest.small[at : at + piece.stored]
            at += piece.stored
            yield unpacked(piece, stored)
        elif piece.packed:
            yield unpacked(piece, b"".join(_checked(piece, place)))
        else:
            yield from _checked(piece, place)


def _checked(piece: Piece, place: Place) -> Iterator[bytes]:
    """Yield the bytes of a large piece as they are stored; raises at the end, or before, if they are others."""
    what, size, digest = f"{payload_name(piece.digest)} of it", 0, hashlib.sha256()
    try:
        for chunk in place.stream(payload_name(piece.digest)):
            size += len(chunk)
            if size > piece.stored:
                break
            digest.update(chunk)
            yield chunk
    except FileNotFoundError as error:
        raise _DamagedPieceError(f"{what} is not there", piece.digest) from error
    if size != piece.stored or digest.hexdigest() != piece.digest:
        raise _DamagedPieceError(f"{what} is not what was signed", piece.digest)


def facts_of(entry: Glance) -> Provenance | None:
    """Return the provenance of an open entry; None where it cannot be read."""
    data = entry.provenance()
    try:
        return None if data is None else Provenance.from_bytes(data)
    except ValueError:
        return None


def _made() -> Signer:
    if os.environ.get("CI"):
        raise SettingError("there is no key to sign with: set LUTIL_SIGNING_KEY (`lutil key show --private`)")
    try:
        return new_signer()
    except OSError as error:
        raise SettingError(f"there is no key to sign with, and none can be made: {error}") from error


def _who() -> str:
    try:
        user: Any = getpass.getuser()
    except (OSError, KeyError, ImportError):
        user = "somebody"
    return f"{user}@{platform.node()}"
