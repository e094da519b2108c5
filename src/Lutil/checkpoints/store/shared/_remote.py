"""Objects as bytes under names, in a bucket, behind a web server, in a folder or in memory: by obstore.

Knows: URLs, credentials, time limits, parallel requests. Never sees: entries, signatures.

Guarantees:
- Asking for small objects takes no longer than the time limit, whatever the server does.
- What cannot be had is told as `TroubleError`; that an object is not there is no trouble. Under S3 a missing object is
  *forbidden* to those who may not list the bucket: so is 403 to a question.
- A forked child never touches obstore where its parent has: its threads are not there, and it would wait for ever.
"""

from __future__ import annotations

import _thread
import importlib.util
import itertools
import mmap
import os
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from datetime import timedelta
from queue import Empty, SimpleQueue
from typing import Any, Final, TypeVar

from ...model._entry import Buffer
from ...model._errors import described
from ...model.process._interrupts import let_pass
from ...model.process._records import NamedTuple
from ...model.secrets._redaction import redacted
from ._extra import extra
from ._open_modes import as_open_as_its_folder

__all__ = ["Answers", "DeniedError", "Remote", "TroubleError", "at_once", "is_first_to_say", "is_usable"]

T = TypeVar("T")

_AT_ONCE: Final = 32, 128
"""Questions that are asked at once: some in any case, and more so that many take few rounds."""
_ROUNDS: Final = 32
_CHUNK: Final = 1 << 20
_READ: Final = 1 << 18
"""Bytes that are taken at once of what is sent: the client copies less of them than of larger pieces."""
_LONG: Final = 600.0
"""Seconds that one request of an upload may take: some megabytes, on a slow line."""
_FORKED: Final = "a forked process cannot use it after its parent has"
_PART: Final = 8 << 20
_FAST: Final = 150e6
"""Bytes of a second from which on one stream is enough: some servers read all of an object to give a part of it."""
_PARTS_AT_ONCE: Final = 4
_NO_BUCKET: Final = ("NoSuchBucket", "ContainerNotFound")
"""What S3 and Google Cloud, and Azure, say in an answer of 404 where not the object alone is missing."""
_memories: Final[dict[str, Any]] = {}
"""What `memory://` stands for, by its URL: one process sees the same."""
_used: Final[list[int]] = []
"""The process that first used obstore, which no forked child of it may."""
_said: Final[list[mmap.mmap]] = []
"""A byte that all of these children share."""


class TroubleError(OSError):
    """A shared store cannot be reached, or does not do what it was asked for."""


class DeniedError(TroubleError):
    """A shared store does not let this user do that."""


class Answers(NamedTuple):
    """What came of questions: objects by name, None for what is not there; and what went wrong with the others."""

    found: dict[str, bytes | None]
    denied: int = 0
    trouble: TroubleError | None = None


def is_usable() -> bool:
    """Tell whether obstore may be used in this process: not in a fork of one that has."""
    return not _used or _used[0] == os.getpid()


def is_first_to_say() -> bool:
    """Tell, in such a fork, whether no other fork of the same process has said so."""
    said, _said[0][0] = _said[0][0], 1
    return not said


def at_once(count: int) -> int:
    """Return how many of some questions are asked at once."""
    least, most = _AT_ONCE
    return min(max(least, -(-count // _ROUNDS)), most)


class Remote:
    """One place with objects.

    Args:
        url: `s3://bucket/prefix`, `gs://`, `az://`, `https://` (read only), `file://` or `memory://`.
        timeout: seconds to wait for an answer.
    """

    def __init__(self, url: str, timeout: float) -> None:
        self.url = url
        self.timeout = timeout
        self._clients: dict[str, Any] = {}

    @property
    def read_only(self) -> bool:
        """Whether nothing can be written there at all."""
        return self.url.startswith(("http://", "https://"))

    def get(self, names: Sequence[str], largest: int) -> Answers:
        """Ask for small objects, many at once; each no larger than some bytes."""
        start = time.monotonic()
        if len(names) == 1 and (answers := self._one(names[0], largest)) is not None:
            return answers
        seconds = self.timeout * -(-len(names) // at_once(len(names))) - (time.monotonic() - start)
        if seconds <= 0:
            return Answers({}, trouble=TroubleError(f"no answer within {self.timeout:g} s"))
        return self._ask(names, largest, seconds)

    def _one(self, name: str, largest: int) -> Answers | None:
        """Ask for one small object, once; None where it has to be asked for again."""
        try:
            return self._asked(self._client("once"), name, largest)
        except _errors().BaseError:
            return None

    def _ask(self, names: Sequence[str], largest: int, seconds: float) -> Answers:
        client = self._client("ask")
        answers: list[Answers] = []
        failed = _each(lambda name: answers.append(self._asked(client, name, largest)), names, seconds)
        if isinstance(failed, Empty):
            failed = TroubleError(f"no answer within {self.timeout:g} s")
        came = [*answers]  # whoever is late changes nothing any more
        found = {name: data for one in came for name, data in one.found.items()}
        trouble = _trouble(failed) if failed else next((one.trouble for one in came if one.trouble), None)
        return Answers(found, sum(one.denied for one in came), trouble)

    @staticmethod
    def _asked(client: Any, name: str, largest: int) -> Answers:
        """Ask for one small object in this thread; what obstore raises means that it has to be asked for again."""
        try:
            answer = extra("obstore").get(client, name)
            return Answers({name: bytes(answer.bytes())} if answer.meta["size"] <= largest else {})
        except FileNotFoundError as error:
            if any(f"<Code>{code}</Code>" in str(error) for code in _NO_BUCKET):
                return Answers({}, trouble=TroubleError("the server says that there is no such bucket"))
            return Answers({name: None})
        except (_errors().PermissionDeniedError, _errors().UnauthenticatedError):
            return Answers({name: None}, denied=1)

    def stream(self, name: str, size: int) -> Iterator[Buffer]:
        """Yield the bytes of a large object of a known size, as they come; some parts at once where that is slow.

        Raises:
            FileNotFoundError: the object is not there.
            TroubleError: they do not come.
        """
        came, waited, whole = 0, 0.0, self._whole(name)
        while True:
            start = time.monotonic()
            chunk = next(whole, None)
            waited += time.monotonic() - start if came else 0.0  # a part waits for its first byte as well
            if chunk is None:
                return
            yield chunk
            before, came = came, came + len(chunk)
            if before < _PART <= came < size - _PART and came < waited * _FAST:
                parts = self._parts(name, came, size)
                try:
                    first = next(parts)
                except TroubleError:  # not every server knows of parts
                    continue
                yield first
                yield from parts
                return

    def _whole(self, name: str) -> Iterator[Buffer]:
        client = self._client("take")
        with _told():
            chunks = iter(extra("obstore").get(client, name).stream(min_chunk_size=_READ))
        while True:
            with _told():
                chunk = next(chunks, None)
            if chunk is None:
                return
            yield chunk

    def _parts(self, name: str, begin: int, size: int) -> Iterator[Buffer]:
        client, get = self._client("take"), extra("obstore").get_range

        def part(start: int) -> Future[Buffer]:
            return _start(lambda: get(client, name, start=start, end=min(start + _PART, size)))

        starts = iter(range(begin, size, _PART))
        asked = deque(map(part, itertools.islice(starts, _PARTS_AT_ONCE)))
        while asked:
            with _told():
                data = asked.popleft().result()
            asked.extend(map(part, itertools.islice(starts, 1)))
            yield data

    def put(self, name: str, data: Buffer, *, create: bool = False) -> bool:
        """Write an object; return False where there was one and it was to be created.

        Raises:
            TroubleError: it could not be written; a small one is given up after the time limit.
        """
        client, mode = self._client("ask" if len(data) <= _CHUNK else "give"), "create" if create else "overwrite"
        with _told(), as_open_as_its_folder(self.url, name):
            try:
                extra("obstore").put(client, name, data, mode=mode)
            except (_errors().AlreadyExistsError, _errors().PreconditionError):
                return False
            except FileNotFoundError as error:  # there is no such bucket
                raise TroubleError(_text(error)) from error
        return True

    def size(self, name: str) -> int | None:
        """Return how many bytes an object has; None where it is not there, or that may not be asked.

        Raises:
            TroubleError: it cannot be told.
        """
        client = self._client("ask")
        with _told():
            try:
                return int(extra("obstore").head(client, name)["size"])
            except (FileNotFoundError, _errors().PermissionDeniedError, _errors().UnauthenticatedError):
                return None

    def names(self, prefix: str) -> Iterator[str]:
        """Yield the names that begin with a prefix, whole folders of them.

        Raises:
            TroubleError: they cannot be listed.
        """
        client = self._client("take")
        with _told():
            batches = iter(extra("obstore").list(client, prefix))
        while True:
            with _told():
                batch = next(batches, None)
            if batch is None:
                return
            yield from (meta["path"] for meta in batch)

    def _client(self, kind: str) -> Any:
        """Return what talks to the server: with a limit for a whole answer, for each read, or for a long write."""
        if not is_usable():
            raise TroubleError(_FORKED)
        if kind not in self._clients:
            _said[:] = _said or [mmap.mmap(-1, 1)]
            _used[:] = [os.getpid()]
            with _told():
                self._clients[kind] = _opened(self.url, kind, self.timeout)
        return self._clients[kind]


def _opened(url: str, kind: str, timeout: float) -> Any:
    store = extra("obstore.store")
    if url.startswith("memory://"):
        return _memories.setdefault(url, store.MemoryStore())
    if url.startswith("file://"):
        return store.from_url(url, mkdir=True)
    limits = {"connect_timeout": timedelta(seconds=timeout), "allow_http": _plain_http(url)}
    limits |= {
        "once": {"timeout": timedelta(seconds=timeout)},
        "ask": {"timeout": timedelta(seconds=timeout)},
        "take": {"timeout": timedelta(days=1), "read_timeout": timedelta(seconds=timeout)},
        "give": {"timeout": timedelta(seconds=_LONG)},
    }[kind]
    retry = {
        "max_retries": {"once": 0, "ask": 2}.get(kind, 4),
        "retry_timeout": timedelta(seconds=timeout if kind == "ask" else 60),
    }
    given: dict[str, Any] = {"client_options": limits, "retry_config": retry}
    if url.startswith(("http://", "https://")):
        return store.HTTPStore.from_url(url, **given)
    if url.startswith("s3://"):
        if endpoint := os.environ.get("AWS_ENDPOINT_URL_S3"):
            given["config"] = {"endpoint": endpoint}
        if not _ENVIRONMENT.intersection(os.environ) and importlib.util.find_spec("boto3") is not None:
            given["credential_provider"] = _by_boto3()
    return store.from_url(url, **given)


def _by_boto3() -> Any:
    try:
        return extra("obstore.auth.boto3").Boto3CredentialProvider()
    except ValueError as error:
        raise TroubleError("there are no credentials of AWS; AWS_SKIP_SIGNATURE=true reads a public bucket") from error


_ENVIRONMENT: Final = frozenset({
    "AWS_ACCESS_KEY_ID", "AWS_SKIP_SIGNATURE", "AWS_WEB_IDENTITY_TOKEN_FILE",
    "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "AWS_CONTAINER_CREDENTIALS_FULL_URI",
})  # fmt: skip
"""Where one of these is set, obstore finds credentials. Profiles and single sign-on are boto3's, if it is here."""


def _plain_http(url: str) -> bool:
    """Tell whether an endpoint without TLS was asked for: what comes from it is signed all the same."""
    names = ("AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL", "AWS_ENDPOINT", "AZURE_ENDPOINT", "AZURE_STORAGE_ENDPOINT")
    return url.startswith("http://") or any(os.environ.get(name, "").startswith("http://") for name in names)


def _errors() -> Any:
    return extra("obstore.exceptions")


class _told:  # noqa: N801  (used like a function)
    """What obstore raises is raised as ours."""

    def __enter__(self) -> None: ...

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if isinstance(error, Exception) and not isinstance(error, (TroubleError, FileNotFoundError)):
            let_pass(error)
            raise _trouble(error) from error


def _trouble(error: BaseException) -> TroubleError:
    if isinstance(error, TroubleError):
        return error
    if not isinstance(error, Exception):
        raise error
    denied = isinstance(error, (_errors().PermissionDeniedError, _errors().UnauthenticatedError))
    return (DeniedError if denied else TroubleError)(_text(error))


def _text(error: Exception) -> str:
    """Return what obstore says of an error, on one line and without its own notes."""
    return redacted(" ".join(described(error).split("\n\nDebug source")[0].split()))


def _each(ask: Callable[[str], None], names: Sequence[str], seconds: float) -> Exception | None:
    """Ask for each of some names, many at once; return what went wrong, after which no more are asked for.

    That it takes longer is told as `queue.Empty`.
    """
    todo, answers = deque(names), SimpleQueue[Exception | None]()

    def work() -> None:
        while True:
            try:
                name = todo.popleft()
            except IndexError:
                return
            try:
                ask(name)
                answers.put(None)
            except Exception as error:  # noqa: BLE001  (told by who waits for it)
                answers.put(error)

    for _ in range(min(len(names), at_once(len(names)))):
        _in_thread(work)
    end = time.monotonic() + seconds
    try:
        for _ in names:
            if failed := answers.get(timeout=max(0.0, end - time.monotonic())):
                return failed
    except Empty as late:
        return late
    finally:
        todo.clear()
    return None


def _start(call: Callable[[], T]) -> Future[T]:
    """Call something in a thread of its own."""
    future: Future[T] = Future()

    def work() -> None:
        try:
            future.set_result(call())
        except Exception as error:  # noqa: BLE001  (told by who waits for it)
            future.set_exception(error)

    _in_thread(work)
    return future


def _in_thread(work: Callable[[], None]) -> None:
    # One of `threading` would belong to the run that asks. What obstore offers for asyncio answers from a thread of
    # its own, which may still hold the answer as the program ends: before Python 3.14 that aborts the process.
    _thread.start_new_thread(work, ())
