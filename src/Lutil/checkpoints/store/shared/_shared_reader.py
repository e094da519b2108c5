"""Reading from a shared store: what is there for a key, of whom, and fetching it into the local store."""

from __future__ import annotations

import contextlib
import itertools
import struct
import time
from collections.abc import Callable, Collection, Iterator, Sequence
from typing import Final, Protocol

from ...model._entry import Buffer, EntryInfo
from ...model.process._records import NamedTuple
from .._file_store import FileStore
from ..entries._file_names import folder_of
from ._hashing import Hashing
from ._health import Health
from ._pieces import unpacked
from ._remote import Answers, Remote, TroubleError
from ._signed_objects import (
    LARGEST,
    SIGNERS,
    VERSION,
    ForgedError,
    Manifest,
    Piece,
    introduced,
    named_in,
    object_name,
    payload_name,
    require,
    signer_name,
    unseal,
)
from ._signing_keys import PublicKey, load_signer, trusted_keys

__all__ = ["ObjectPlace", "SharedReader", "SignedEntry", "checked", "distrusted", "note_received", "received_from"]

_RECEIVED: Final = "received"
"""The kind of notes that say whose entries in the local store are not this user's own."""
_MOMENT: Final = struct.Struct("<d")
_FRESH: Final = 2.0
_BATCH: Final = 256


class ObjectPlace(Protocol):
    """Where objects are: a `Remote`, or an `Archive`."""

    @property
    def url(self) -> str: ...
    @property
    def read_only(self) -> bool: ...
    def get(self, names: Sequence[str], largest: int) -> Answers: ...
    def names(self, prefix: str) -> Iterator[str]: ...
    def stream(self, name: str, size: int) -> Iterator[Buffer]: ...
    def put(self, name: str, data: Buffer, *, create: bool = False) -> bool: ...
    def size(self, name: str) -> int | None: ...


class SignedEntry(NamedTuple):
    """What somebody who is trusted has signed for a key."""

    manifest: Manifest
    signer: PublicKey
    own: bool


class SharedReader:
    """Entries of several people and machines, each signed: what is read of them.

    Args:
        url: where they are, see `Remote`.
        mode: `read`, `write` or `read-write`.
        timeout: seconds that a miss waits for it at most.
        tell: says something to the user; called with each text once.
        place: where the objects are, if not at the URL.
    """

    def __init__(
        self, url: str, mode: str, timeout: float, tell: Callable[[str], None], place: ObjectPlace | None = None
    ) -> None:
        self.url = url
        self.mode = mode
        self.tell = tell
        self.remote: ObjectPlace = place or Remote(url, timeout)
        self.reading = Health(tell, f"{url} is not read", "results come from the local store")
        self._signers: tuple[float, dict[str, PublicKey], str] = (0.0, {}, "")
        self._damaged: set[str] = set()
        self._said: set[tuple[str, str]] = set()

    @property
    def reads(self) -> bool:
        """Whether it is worth asking."""
        return self.mode != "write" and bool(self.reading)

    def readers(self) -> tuple[dict[str, PublicKey], str]:
        """Return whose objects are read, one's own first, by short form; and the short form of one's own."""
        now = time.monotonic()
        if not self._signers[1] or now - self._signers[0] > _FRESH:
            signer = load_signer()
            own = {} if signer is None else {signer.public.short: signer.public}
            self._signers = (now, {**own, **trusted_keys(), **own}, "".join(own))
        return self._signers[1:]

    def ask(self, asked: Sequence[tuple[str, str]]) -> dict[tuple[str, str], list[SignedEntry]]:
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
        found: dict[tuple[str, str], list[SignedEntry]] = {}
        for place, (one, short) in places.items():
            if (data := answers.found.get(place)) is None:
                continue
            try:
                manifest = unseal(data, readers[short], *one)
            except ForgedError as error:
                self.tell_forged(place, error)
            else:
                found.setdefault(one, []).append(SignedEntry(manifest, readers[short], short == own))
        return found

    def get_many(self, local: FileStore, name: str, keys: Sequence[str]) -> set[str]:
        """Fetch into the local store what there is under final keys; return which of them are there now.

        A thousand small entries take some twenty rounds of requests, one after another.
        """
        found = self.ask([(name, key) for key in keys])
        return {key for (_, key), ways in found.items() if any(self.receive(way, local) for way in ways)}

    def receive(self, found: SignedEntry, local: FileStore) -> bool:
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
            note_received(local, manifest.name, manifest.key, found.signer.raw)
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

    def listed(
        self, name: str | None = None, passed: Callable[[str], None] = lambda _: None
    ) -> Iterator[tuple[SignedEntry, bytes]]:
        """Yield all that is there of signers who are trusted, each with the bytes of its small object.

        Args:
            name: of a computation; None for all.
            passed: is called, for each object of somebody else, with the short form of their key.

        Raises:
            TroubleError: it cannot be listed, or not be had.
        """
        readers, own = self.readers()
        places = self._places(VERSION if name is None else f"{VERSION}/{folder_of(name)}", readers, passed)
        while batch := list(itertools.islice(places, _BATCH)):
            answers = self.remote.get(batch, LARGEST)
            if answers.trouble is not None:
                raise answers.trouble
            for place in batch:
                data, signer = answers.found.get(place) or b"", readers[place.rpartition("/")[2]]
                try:
                    require(bool(data), "it is damaged, or cannot be had")
                    case = named_in(data)[:2]
                    manifest = unseal(data, signer, *case)
                    require(object_name(*case, signer.short) == place, "it lies in the place of another")
                except ForgedError as error:
                    self.tell_forged(place, error)
                else:
                    yield SignedEntry(manifest, signer, signer.short == own), data

    def _places(self, prefix: str, readers: Collection[str], passed: Callable[[str], None]) -> Iterator[str]:
        for place in self.remote.names(prefix):
            if "/_" not in place:
                short = place.rpartition("/")[2]
                if short in readers:
                    yield place
                else:
                    passed(short)

    def strangers(self, known: Collection[str] = ()) -> list[PublicKey]:
        """Return who writes here and is not trusted, as they call themselves, but for those with known short forms.

        The one thing that is ever listed. Where that is forbidden, nobody is known.
        """
        try:
            shorts = [place.rpartition("/")[2] for place in self.remote.names(SIGNERS)]
            unknown = [short for short in shorts if short not in known and short not in self.readers()[0]]
            data = self.remote.get([signer_name(short) for short in unknown], LARGEST).found if unknown else {}
        except TroubleError:
            return []
        found = []
        for short in unknown:
            with contextlib.suppress(ForgedError):
                found.append(introduced(data.get(signer_name(short)) or b"", short))
        return found


class _DamagedPieceError(ForgedError):
    """A large piece is not what was signed."""

    def __init__(self, text: str, digest: str) -> None:
        super().__init__(text)
        self.digest = digest


def bytes_of(manifest: Manifest, place: ObjectPlace) -> Iterator[Buffer]:
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
            yield unpacked(piece, b"".join(checked(piece, place)))
        else:
            yield from checked(piece, place)


def checked(piece: Piece, place: ObjectPlace) -> Iterator[Buffer]:
    """Yield the bytes of a large piece as they are stored; raises at the end, or before, if they are others."""
    what, size, hashed = f"{payload_name(piece.digest)} of it", 0, ""
    try:
        with Hashing() as hashing:
            for chunk in place.stream(payload_name(piece.digest), piece.stored):
                size += len(chunk)
                if size > piece.stored:
                    break
                hashing.update(chunk)
                yield chunk
            else:
                hashed = hashing.hexdigest()
    except FileNotFoundError as error:
        raise _DamagedPieceError(f"{what} is not there", piece.digest) from error
    if size != piece.stored or hashed != piece.digest:
        raise _DamagedPieceError(f"{what} is not what was signed", piece.digest)


def note_received(local: FileStore, name: str, key: str, signer: bytes) -> None:
    """Take note of who has signed an entry of the local store, as it is now."""
    header = local.header(name, key)
    if header is not None:
        local.put_note(_RECEIVED, key, signer + _MOMENT.pack(header.created))


def received_from(local: FileStore, name: str, key: str) -> bytes:
    """Return the public key of who has signed an entry of the local store; empty where it is this user's own."""
    note = local.get_note(_RECEIVED, key) or b""
    header = local.header(name, key) if note else None
    signer, moment = note[: -_MOMENT.size], note[-_MOMENT.size :]
    return signer if header is not None and _MOMENT.pack(header.created) == moment else b""  # else it was replaced


def distrusted(local: FileStore) -> Callable[[EntryInfo], bool]:
    """Return what tells of an entry of the local store whether somebody has signed it who is not trusted any more."""
    known = {key.raw for key in trusted_keys().values()}
    if (signer := load_signer()) is not None:
        known.add(signer.public.raw)

    def is_distrusted(info: EntryInfo) -> bool:
        signer = received_from(local, info.name, info.key)
        return bool(signer) and signer not in known

    return is_distrusted
