"""Moving entries between stores: folders, shared stores, archives; only what is missing, verified on the way.

Between folders an entry is copied as it is. What goes from a folder to a shared store or an archive is signed by
whoever copies it, and only what is their own; between two of those an object stays as it was signed. What arrives in a
folder was signed by somebody who is trusted.
"""

from __future__ import annotations

import contextlib
import itertools
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from functools import partial
from typing import Final, TypeVar

from ..model import _settings
from ..model._entry import Stored
from ..model._errors import CheckpointError
from ..model._outcome import Miss
from ..model._urls import SCHEMES, local_folder
from ..observe import Trace
from ..report._history import provenance_of
from ..store import FileStore, Glance
from ..store.shared import (
    LARGEST,
    Archive,
    ForgedError,
    Manifest,
    PublicKey,
    SharedStore,
    SignedEntry,
    checked,
    note_received,
    object_name,
    payload_name,
    received_from,
    signer_name,
    unseal,
)
from ._sharing import may_look

__all__ = ["Report", "copy", "end_of"]

_BATCH: Final = 256
_CHUNK: Final = 1 << 22

T = TypeVar("T")
End = FileStore | SharedStore


class Report:
    """What came of copying.

    Attributes:
        copied: how many entries were copied.
        there: how many were there already.
        left: what was not copied, each as name and key and why not.
        passed: how many objects were left out of each signer who is not trusted, by the short form of their key.
        strangers: those of them who have introduced themselves there.
        missing: names of computations that were asked for, and of which there is nothing.
    """

    def __init__(self, progress: Callable[[int], None]) -> None:
        self.copied = self.there = 0
        self.left: list[tuple[str, str, str]] = []
        self.passed: Counter[str] = Counter()
        self.strangers: list[PublicKey] = []
        self.missing: list[str] = []
        self._progress = progress

    def done(self, size: int) -> None:
        """Take note of an entry that was copied."""
        self.copied += 1
        self._progress(size)

    def noted(self, name: str | None, items: Iterable[T]) -> Iterator[T]:
        """Yield what there is under a name; take note where that is nothing."""
        found, before = False, self.passed.total()
        for item in items:
            found = True
            yield item
        if name is not None and not found and self.passed.total() == before:
            self.missing.append(name)

    def signed(self, source: SharedStore, name: str | None) -> Iterator[tuple[SignedEntry, bytes]]:
        """Yield the same of a shared store; take note of what is passed over."""
        return self.noted(name, source.listed(name, lambda short: self.passed.update([short])))


@contextlib.contextmanager
def end_of(what: str, *, write: bool = False) -> Iterator[End]:
    """Yield the store that a person means by a folder, a URL, or the name of a zip file.

    Raises:
        CheckpointError: there is no such folder or archive, or it is a URL of no kind that is known.
        SettingError: an empty text.
    """
    said: list[str] = []
    settings = _settings.current()
    if what.startswith(SCHEMES):
        yield SharedStore(what, "read-write", settings.shared_timeout, said.append, secrets=settings.shared_secrets)
    elif what.endswith(".zip"):
        opened: AbstractContextManager[Archive] = Archive(local_folder(what), write=write)
        with opened as place:
            yield SharedStore(place.url, "read-write", 0.0, said.append, place, secrets=settings.shared_secrets)
        said += [
            f"{place.url}/{name} is not read: {why}"
            for name, why in place.damaged.items()
            if not any(name in text for text in said)
        ]
    else:
        folder = local_folder(what)
        if not write and not folder.is_dir():
            raise CheckpointError(f"{folder}: there is no such folder")
        store = FileStore(folder, min_free=settings.min_free, trust=settings.trust, read_only=not write)
        if not write and (why := store.why_unusable()):
            raise CheckpointError(why)
        yield store
    if said:
        raise CheckpointError("; ".join(said))


def copy(source: End, target: End, names: Sequence[str], progress: Callable[[int], None]) -> Report:
    """Copy the entries of some computations, or of all, and what leads to them.

    Args:
        source: from where; is only read.
        target: where to.
        names: of computations; none for all.
        progress: is told of the bytes of each entry that was copied.

    Raises:
        OSError: one of them cannot be read or written. Copying again goes on where it was left.
    """
    report = Report(progress)
    which: Sequence[str | None] = names or [None]
    if isinstance(source, FileStore):
        if isinstance(target, FileStore):
            _copy_files(source, target, which, report)
        else:
            _publish(source, target, which, report)
    elif isinstance(target, FileStore):
        _receive(source, target, which, report)
    else:
        _pass_on(source, target, which, report)
    if report.passed and isinstance(source, SharedStore):
        report.strangers = [key for key in source.strangers() if key.short in report.passed]
    return report


def _copy_files(source: FileStore, target: FileStore, names: Iterable[str | None], report: Report) -> None:
    for info in (info for name in names for info in report.noted(name, source.list(name))):
        name, key = info.name, info.key
        if isinstance(target.get(name, key), Stored):
            report.there += 1
        elif isinstance(found := source.get(name, key), Miss) or (fault := source.fault(name, key)):
            report.left.append((name, key, (found.reason.detail or "it is gone") if isinstance(found, Miss) else fault))
        elif source.glanced(name, key, partial(_copy_bytes, target, name, key)):
            if signer := received_from(source, name, key):
                note_received(target, name, key, signer)
            report.done(info.size)
        _copy_traces(source, target, name, key)


def _copy_bytes(target: FileStore, name: str, key: str, entry: Glance) -> bool:
    size = entry.layout.size
    target.receive(name, key, (entry.read(at, min(_CHUNK, size - at)) for at in range(0, size, _CHUNK)), size)
    return True


def _copy_traces(source: FileStore, target: FileStore, name: str, key: str) -> None:
    found = provenance_of(source, name, key)
    if found is not None and found.trace:
        for trace in reversed(source.traces(name, found.key)):
            if trace not in target.traces(name, found.key):
                target.put_trace(name, found.key, trace)


def _publish(source: FileStore, target: SharedStore, names: Iterable[str | None], report: Report) -> None:
    for batch in _batches(info for name in names for info in report.noted(name, source.list(name))):
        facts = {info: provenance_of(source, info.name, info.key) for info in batch}
        under = {info: (info.name, found.key) for info, found in facts.items() if found is not None and found.trace}
        there = target.own([*{(info.name, info.key) for info in batch}, *set(under.values())])
        for info in batch:
            known = there.get((info.name, info.key))
            led = info not in under or any(info.key in keys for _, keys in _traces(there.get(under[info])))
            if known is not None and known.pieces and led:
                report.there += 1
            elif received_from(source, info.name, info.key):
                report.left.append((info.name, info.key, "it is somebody else's, who has signed it"))
            elif why := target.publish(source, info.name, info.key):
                report.left.append((info.name, info.key, why))
            else:
                report.done(info.size)


def _traces(manifest: Manifest | None) -> tuple[tuple[bytes, tuple[str, ...]], ...]:
    return () if manifest is None else manifest.traces


def _receive(source: SharedStore, target: FileStore, names: Iterable[str | None], report: Report) -> None:
    root = _settings.current().root
    for found, _ in (item for name in names for item in report.signed(source, name)):
        manifest = found.manifest
        name, key = manifest.name, manifest.key
        if manifest.pieces:
            if isinstance(target.get(name, key), Stored):
                report.there += 1
            elif source.receive(found, target):
                report.done(manifest.size)
            else:
                report.left.append((name, key, "its bytes are not what was signed, or cannot be had"))
        for data, _ in reversed(manifest.traces):
            if (found.own or _is_harmless(data, root)) and data not in target.traces(name, key):
                target.put_trace(name, key, data)


def _is_harmless(data: bytes, root: str) -> bool:
    """Tell whether somebody else's trace names things of the project only; one that is sealed nobody can tell."""
    try:
        return all(may_look(one, root) for one in Trace.from_bytes(data).names)
    except ValueError:
        return False


def _pass_on(source: SharedStore, target: SharedStore, names: Iterable[str | None], report: Report) -> None:
    for batch in _batches(item for name in names for item in report.signed(source, name)):
        _introduce({found.signer.short for found, _ in batch}, source, target)
        places = [object_name(found.manifest.name, found.manifest.key, found.signer.short) for found, _ in batch]
        there = target.remote.get(places, LARGEST)
        if there.trouble is not None:
            raise there.trouble
        for place, (found, data) in zip(places, batch, strict=True):
            manifest = found.manifest
            if _is_as_new(there.found.get(place), found):
                report.there += bool(manifest.pieces)
                continue
            try:
                _pass_on_pieces(manifest, source, target)
            except ForgedError as error:
                source.tell_forged(place, error)
                report.left.append((manifest.name, manifest.key, str(error)))
                continue
            target.remote.put(place, data)
            if manifest.pieces:
                report.done(manifest.size)


def _introduce(shorts: Iterable[str], source: SharedStore, target: SharedStore) -> None:
    """Let the target say who has signed, where the source does: others are told whom they would have to trust."""
    places = [signer_name(short) for short in shorts]
    there = target.remote.get(places, LARGEST).found
    for place, data in source.remote.get(places, LARGEST).found.items():
        if data is not None and there.get(place) is None:
            target.remote.put(place, data)


def _pass_on_pieces(manifest: Manifest, source: SharedStore, target: SharedStore) -> None:
    """Write the large pieces of an entry that are not there; raises ForgedError where one is not what was signed."""
    for piece in manifest.pieces:
        if piece.digest and target.remote.size(payload_name(piece.digest)) != piece.stored:
            target.remote.put(payload_name(piece.digest), b"".join(checked(piece, source.remote)))


def _is_as_new(data: bytes | None, found: SignedEntry) -> bool:
    """Tell whether an object of the same signer is there that is not older."""
    with contextlib.suppress(ForgedError):
        there = unseal(data or b"", found.signer, found.manifest.name, found.manifest.key)
        return there.made >= found.manifest.made
    return False


def _batches(items: Iterable[T]) -> Iterator[list[T]]:
    rest = iter(items)
    while batch := list(itertools.islice(rest, _BATCH)):
        yield batch
