"""A shared store as one sees it who uses it: read, and published to, signed."""

from __future__ import annotations

import contextlib
import getpass
import os
import platform
import threading
import time
from collections.abc import Callable, Sequence
from typing import Any, Final

from xxhash import xxh3_64_hexdigest

from ...model._entry import Buffer
from ...model._errors import SettingError
from ...model._provenance import Provenance, met_secret
from ...model.process._limits import make_room
from .._file_store import FileStore
from ..entries._glance import Glance
from ._health import Health
from ._pieces import cut, packed
from ._remote import DeniedError, TroubleError
from ._shared_reader import ObjectPlace, SharedReader
from ._signed_objects import LARGEST, ForgedError, Manifest, Piece, object_name, payload_name, seal, signer_name, unseal
from ._signing_keys import Signer, load_signer, new_signer

__all__ = ["SharedStore"]

_PROBED: Final = "shared"
_ONE_PUT: Final = 5 << 20
"""Bytes up to which one request writes an object: more go in parts, which no server creates only if absent."""
_LOCKS: Final = 16
_REMEMBERED: Final = 4096


class SharedStore(SharedReader):
    """Entries of several people and machines, each signed: read, and published.

    Args:
        url: where they are, see `Remote`.
        mode: `read`, `write` or `read-write`.
        timeout: seconds that a miss waits for it at most.
        tell: says something to the user; called with each text once.
        place: where the objects are, if not at the URL.
        secrets: whether to publish also what was computed from secrets.
    """

    def __init__(  # noqa: PLR0913  (the settings of a shared store)
        self,
        url: str,
        mode: str = "read-write",
        timeout: float = 5.0,
        tell: Callable[[str], None] = print,
        place: ObjectPlace | None = None,
        *,
        secrets: bool = False,
    ) -> None:
        super().__init__(url, mode, timeout, tell, place)
        self.secrets = secrets
        self.writing = Health(tell, f"{url} is not written", "what is left out: lutil push")
        self._signer: Signer | None = None
        self._creates: bool | None = None
        self._indices: dict[tuple[str, str], Manifest] = {}
        self._adding = tuple(threading.Lock() for _ in range(_LOCKS))

    @property
    def writes(self) -> bool:
        """Whether it is worth publishing."""
        return self.mode != "read" and not self.remote.read_only and bool(self.writing)

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
            provenance = _facts_of(entry)
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

    def own(self, cases: Sequence[tuple[str, str]]) -> dict[tuple[str, str], Manifest]:
        """Return what one has signed oneself for names and keys.

        Raises:
            TroubleError: it cannot be told.
        """
        signer = self.signer().public
        places = {case: object_name(*case, signer.short) for case in cases}
        answers = self.remote.get(list(places.values()), LARGEST)
        if answers.trouble is not None:
            raise answers.trouble
        found = {}
        for case, place in places.items():
            with contextlib.suppress(ForgedError):  # nothing yet, or nothing of ours
                found[case] = unseal(answers.found.get(place) or b"", signer, *case)
        return found

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
            known = b"1" if self._is_honest(signer) else b"0"
            local.put_note(_PROBED, f"{self.url} {signer.public.short}", known)
        self._creates = known == b"1"

    def _is_honest(self, signer: Signer) -> bool:
        """Tell whether what is put only if absent is put once only."""
        place = signer_name(signer.public.short)
        data = seal(Manifest(_who(), "", time.time()), signer)
        try:
            return not (self.remote.put(place, data, create=True) and self.remote.put(place, data, create=True))
        except TroubleError:  # perhaps it does not know of that at all
            self._put(place, data)
            return False

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
        known = local.traces(name, provenance.key)
        trace = next((one for one in known if xxh3_64_hexdigest(one) == provenance.trace), None)
        if trace is None:
            return
        case = (name, provenance.key)
        with self._adding[hash(case) % _LOCKS]:  # of two that read and then write, one would lose
            self._add_to_index(case, trace, key)

    def _add_to_index(self, case: tuple[str, str], trace: bytes, final: str) -> None:
        signer = self.signer()
        known = self._indices.get(case, Manifest(*case, 0.0))
        there = self.own([case]).get(case, known)
        for one, keys in reversed(known.traces):  # a server may show later what was written
            for key in reversed(keys):
                there = there.with_trace(one, key)
        manifest = there.with_trace(trace, final)._replace(made=time.time())
        self._put(object_name(*case, signer.public.short), seal(manifest, signer))
        make_room(self._indices, _REMEMBERED)
        self._indices[case] = manifest._replace(pieces=(), small=b"")


def _facts_of(entry: Glance) -> Provenance | None:
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
    except SettingError:
        if (found := load_signer()) is not None:  # somebody else was faster
            return found
        raise
    except OSError as error:
        raise SettingError(f"there is no key to sign with, and none can be made: {error}") from error


def _who() -> str:
    try:
        user: Any = getpass.getuser()
    except (OSError, KeyError, ImportError):
        user = "somebody"
    return f"{user}@{platform.node()}"
