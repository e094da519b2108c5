"""Handles: ways to something outside, which count by their type and where they lead, never by their state.

A lock, a logger, a session or a connection is another object in every process, and what it holds (counters,
sockets, buffers) says nothing of what the computation would give. Two databases are not the same input,
though: where a handle has an endpoint, it counts. Passwords in it do not.
"""

from __future__ import annotations

import inspect
import sys
import weakref
from collections.abc import Callable, Iterator
from typing import Any

from xxhash import xxh3_128_hexdigest

from ...model._key import NoteKind
from ...model.process._interrupts import let_pass
from ...model.secrets._redaction import without_password
from ..walk._class_state import ByName, is_installed, type_name
from ..walk._nodes import Context, Node, Rule, named, silent_label
from ._consumables import is_standard_stream, open_file

__all__ = ["ASKED", "HANDLES", "HANDLE_RULES", "carried", "is_handle"]

HANDLES: dict[str, tuple[str, ...]] = {
    # Python: locks, threads, executors, streams
    "_thread.lock": (),
    "_thread.RLock": (),
    "_thread._local": (),
    "threading.Thread": (),
    "threading.Condition": (),
    "threading.Semaphore": (),
    "threading.Barrier": (),
    "multiprocessing.synchronize.SemLock": (),
    "multiprocessing.synchronize.Condition": (),
    "multiprocessing.process.BaseProcess": (),
    "multiprocessing.pool.Pool": (),
    "multiprocessing.queues.Queue": (),
    "multiprocessing.queues.SimpleQueue": (),
    "multiprocessing.connection._ConnectionBase": (),
    "multiprocessing.managers.BaseManager": (),
    "concurrent.futures._base.Executor": (),
    "asyncio.locks.Lock": (),
    "asyncio.locks.Condition": (),
    "asyncio.locks.Semaphore": (),
    "asyncio.events.AbstractEventLoop": (),
    "logging.Handler": (),
    "socket.socket": (),
    "ssl.SSLContext": (),
    "selectors.BaseSelector": (),
    "http.client.HTTPConnection": ("host", "port"),
    "ftplib.FTP": ("host", "port"),
    "smtplib.SMTP": (),
    "imaplib.IMAP4": ("host", "port"),
    "urllib.request.OpenerDirector": (),
    "unittest.mock.Base": (),
    # HTTP and language models
    "requests.Session": (),
    "requests.adapters.BaseAdapter": (),
    "httpx.Client": ("base_url",),
    "httpx.AsyncClient": ("base_url",),
    "aiohttp.ClientSession": ("_base_url",),
    "urllib3.PoolManager": (),
    "urllib3.HTTPConnectionPool": ("host", "port"),
    "openai.OpenAI": ("base_url",),
    "openai.AsyncOpenAI": ("base_url",),
    "anthropic.Anthropic": ("base_url",),
    "anthropic.AsyncAnthropic": ("base_url",),
    "cohere.base_client.BaseCohere": (),
    "cohere.base_client.AsyncBaseCohere": (),
    "mistralai.Mistral": (),
    "mistralai.client.sdk.Mistral": ("sdk_configuration.server_url",),
    "huggingface_hub.inference._client.InferenceClient": ("model",),
    "huggingface_hub.inference._generated._async_client.AsyncInferenceClient": ("model",),
    "huggingface_hub.hf_api.HfApi": ("endpoint",),
    "grpc.Channel": (),
    # clouds
    "botocore.client.BaseClient": ("meta.endpoint_url",),
    "boto3.session.Session": ("region_name",),
    "google.cloud.client.Client": ("project",),
    "fsspec.spec.AbstractFileSystem": ("protocol", "storage_options.endpoint_url", "storage_options.host"),
    # databases
    "sqlalchemy.engine.base.Engine": ("url",),
    "sqlalchemy.engine.base.Connection": ("engine.url",),
    "sqlalchemy.orm.session.Session": ("bind.url",),
    "sqlalchemy.orm.session.sessionmaker": ("kw.bind.url",),
    "sqlalchemy.orm.scoping.scoped_session": ("session_factory.kw.bind.url",),
    "sqlalchemy.ext.asyncio.engine.AsyncEngine": ("url",),
    "sqlalchemy.ext.asyncio.engine.AsyncConnection": ("engine.url",),
    "sqlalchemy.ext.asyncio.session.AsyncSession": ("bind.url",),
    "sqlalchemy.ext.asyncio.session.async_sessionmaker": ("kw.bind.url",),
    "psycopg.Connection": ("info.host", "info.port", "info.dbname"),
    "psycopg2.extensions.connection": ("info.host", "info.port", "info.dbname"),
    "asyncpg.connection.Connection": ("_addr",),
    "pymysql.connections.Connection": ("host", "port", "db"),
    "redis.client.Redis": (
        "connection_pool.connection_kwargs.host",
        "connection_pool.connection_kwargs.port",
        "connection_pool.connection_kwargs.db",
    ),
    "redis.asyncio.client.Redis": (
        "connection_pool.connection_kwargs.host",
        "connection_pool.connection_kwargs.port",
        "connection_pool.connection_kwargs.db",
    ),
    "pyodbc.Connection": (),
    "snowflake.connector.connection.SnowflakeConnection": ("host", "database", "schema"),
    # progress, consoles, writers of experiments
    "rich.console.Console": (),
    "rich.progress.Progress": (),
    "rich.live.Live": (),
    "rich.status.Status": (),
    "alive_progress.core.progress.__AliveBarHandle": (),
    "loguru._logger.Logger": (),
    "structlog._config.BoundLoggerLazyProxy": (),
    "structlog._base.BoundLoggerBase": (),
    "torch.utils.tensorboard.writer.SummaryWriter": ("log_dir",),
    "tensorboardX.writer.SummaryWriter": (),
    "wandb.sdk.wandb_run.Run": (),
    "mlflow.tracking.client.MlflowClient": ("tracking_uri",),
    "mlflow.tracking.MlflowClient": ("tracking_uri",),
    "neptune.metadata_containers.run.Run": (),
    "comet_ml.Experiment": (),
    "comet_ml.BaseExperiment": (),
    # schedulers of work
    "distributed.client.Client": (),
    "joblib.parallel.Parallel": (),
    "joblib.memory.Memory": (),
    "ipykernel.iostream.OutStream": (),
    "IPython.core.interactiveshell.InteractiveShell": (),
    "pyspark.sql.session.SparkSession": (),
}
"""Known kinds, found by walking the bases; beside each the attributes that say where it leads."""


def _seeds(client: Any) -> list[str]:
    settings = client._topology_settings  # noqa: SLF001 - the public ways wait for a server
    return sorted(map(str, settings.seeds))


def _nodes(client: Any) -> list[str]:
    return [str(node.base_url) for node in client.transport.node_pool.all()]


def _identified(resource: Any) -> list[str]:
    return [
        str(resource.meta.client.meta.endpoint_url),
        *(str(getattr(resource, n)) for n in resource.meta.identifiers),
    ]


def _logger(logger: Any) -> list[str]:
    """Return what a logger is called below the module that it is named after: where code lies is no input."""
    known, name = logger.name, ""
    while known and known not in sys.modules:
        known, _, last = known.rpartition(".")
        name = f"{last}.{name}".rstrip(".")
    return [name]


def _files(connection: Any) -> list[str]:
    """Return the files that a database connection has open; asked beside it, so that its own results stay."""
    cursor = connection.cursor()
    try:
        rows = cursor.execute("PRAGMA database_list").fetchall()
        return [
            str(row[2]) if row[2] or not hasattr(connection, "serialize") else _held(connection, row[1]) for row in rows
        ]
    finally:
        cursor.close()


def _held(connection: Any, name: str) -> str:
    """Return a digest of a database that is nowhere but in the memory of this process, where that can be had."""
    return xxh3_128_hexdigest(connection.serialize(name=name)) if hasattr(connection, "serialize") else ""


ASKED: dict[str, Callable[[Any], list[str]]] = {
    "logging.Logger": _logger,
    "logging.LoggerAdapter": lambda adapter: _logger(adapter.logger),
    "sqlite3.Connection": _files,
    "sqlite3.Cursor": lambda cursor: _files(cursor.connection),
    "duckdb.DuckDBPyConnection": _files,
    "_duckdb.DuckDBPyConnection": _files,
    "grpc._channel.Channel": lambda channel: [str(channel._channel.target())],  # noqa: SLF001 - no public way
    "boto3.resources.base.ServiceResource": _identified,
    "elasticsearch.Elasticsearch": _nodes,
    "elasticsearch.AsyncElasticsearch": _nodes,
    "pymongo.MongoClient": _seeds,
    "pymongo.AsyncMongoClient": _seeds,
    "pymongo.database.Database": lambda database: [database.name, *_seeds(database.client)],
    "pymongo.collection.Collection": lambda collection: [collection.full_name, *_seeds(collection.database.client)],
}
"""Known kinds that no attribute tells the endpoint of, and what asks them."""


def _follow(value: Any, path: str) -> str:
    for name in path.split("."):
        value = value.get(name) if isinstance(value, dict) else getattr(value, name, None)
    return "" if value is None else str(value)


_Ways = tuple[str, ...] | Callable[[Any], list[str]]


def _endpoint(value: Any, ways: _Ways) -> str:
    """Return where a handle leads, without passwords; nothing where it does not say."""
    try:
        places = ways(value) if callable(ways) else [_follow(value, path) for path in ways]
    except Exception as error:  # noqa: BLE001 - a closed or broken client must not cost a result
        let_pass(error)
        return ""
    return ",".join(without_password(place) for place in places).rstrip(",")


def _by_type(value: object, context: Context, name: str, ways: _Ways = ()) -> bytes:
    endpoint = _endpoint(value, ways)
    kind = type_name(type(value))
    context.note(NoteKind.HANDLE, f"{kind} {endpoint}".rstrip())
    return named("handle", f"{name} {kind} {endpoint}".encode("utf-8", "surrogatepass"))


def _rule(name: str, ways: _Ways) -> Rule:
    def handle(value: object, context: Context) -> bytes | Node:
        code = _by_type(value, context, name, ways)
        added = _added(type(value))
        if added is None:
            return code
        own = getattr(value, "__dict__", {})
        state = {name: own[name] for name in sorted(added & own.keys()) if not is_handle(own[name])}
        return Node(b"q" + code + context.type_code(type(value)), (state,), silent_label, temporary=True)

    return handle


_names: weakref.WeakKeyDictionary[type, frozenset[str] | None] = weakref.WeakKeyDictionary()


def _added(cls: type) -> frozenset[str] | None:
    """Return the attributes that a class of the project names, which it derived from a handle; None for any other.

    What the library's own class keeps in the same object is left alone.
    """
    if cls not in _names:
        _names[cls] = None if is_installed(cls) else frozenset(_named_by(cls))
    return _names[cls]


def _named_by(cls: type) -> Iterator[str]:
    for base in cls.__mro__:
        if is_installed(base):
            return
        for item in base.__dict__.values():
            function = inspect.unwrap(getattr(item, "__func__", getattr(item, "fget", item)))
            yield from getattr(getattr(function, "__code__", None), "co_names", ())


def _local(value: Any, context: Context) -> bytes | Node:
    """Take what each thread has of its own for a handle; what is passed on counts by what this thread put there."""
    code = _by_type(value, context, "_thread._local")
    own = {name: item for name, item in vars(value).items() if not is_handle(item)}
    if context.lenient or not own:
        return code
    return Node(b"q" + code, (own,), silent_label, temporary=True)


def _cursor(value: object, context: Context) -> bytes:
    """Take a cursor for a handle, of which nobody knows how many rows a run takes."""
    context.untold = True
    return _by_type(value, context, _CURSOR, ASKED[_CURSOR])


def _bar(value: Any, context: Context) -> bytes | Node:
    """Take a progress bar for what it goes through, if anything."""
    code = _by_type(value, context, _TQDM)
    through = carried(value)
    return code if through is None else Node(b"q" + code, (through,), lambda _: ".iterable")


def carried(value: Any) -> Any:
    """Return what a progress bar goes through; None for one that is moved by hand, and for all else."""
    if not is_handle(value):
        return None
    bar = any(type_name(base) == _TQDM for base in type(value).__mro__)
    return getattr(value, "iterable", None) if bar else None


def _stream(value: Any, context: Context) -> bytes | Node:
    """Take the standard streams for handles; any other open file is used up by being read."""
    if is_standard_stream(value):
        context.note(NoteKind.HANDLE, value.name)
        return named("handle", value.name.encode())
    return open_file(value, context)


_CURSOR = "sqlite3.Cursor"
_TQDM = "tqdm.std.tqdm"

HANDLE_RULES: dict[str, Rule] = {
    **{name: _rule(name, paths) for name, paths in HANDLES.items()},
    **{name: _rule(name, asked) for name, asked in ASKED.items()},
    "_thread._local": _local,
    _CURSOR: _cursor,
    _TQDM: _bar,
    "_io.TextIOWrapper": _stream,
    "_io.BufferedReader": _stream,
    "_io.BufferedWriter": _stream,
    "_io.BufferedRandom": _stream,
    "_io.FileIO": _stream,
}

_known: weakref.WeakKeyDictionary[type, bool] = weakref.WeakKeyDictionary()


_by_name = ByName(HANDLE_RULES)


def is_handle(value: object) -> bool:
    """Return whether a value is a way to something outside, of a kind that is known."""
    cls = type(value)
    try:
        known = _known.get(cls)
        if known is None:
            known = any(_by_name.find(base) is not None for base in cls.__mro__)
            _known[cls] = known
    except Exception as error:  # noqa: BLE001 - a metaclass of the user's
        let_pass(error)
        return False
    return known
