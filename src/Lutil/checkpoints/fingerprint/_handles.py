"""Handles: ways to something outside, which count by their type and where they lead, never by their state.

A lock, a logger, a session or a connection is another object in every process, and what it holds (counters,
sockets, buffers) says nothing of what the computation would give. Two databases are not the same input,
though: where a handle has an endpoint, it counts. Passwords in it do not.
"""

from __future__ import annotations

import re
import sys
import weakref
from typing import Any

from .._key import NoteKind
from ._consumables import is_standard_stream, open_file
from ._nodes import Context, Node, Rule, named

__all__ = ["HANDLES", "HANDLE_RULES", "carried", "is_handle"]

_PASSWORD = re.compile(r"(?<=://)[^/@\s]*@|(?i:password|passwd|pwd|token|secret|key)=[^\s&;]*")

HANDLES: dict[str, tuple[str, ...]] = {
    # Python: locks, threads, executors, streams
    "_thread.lock": (),
    "_thread.RLock": (),
    "_thread._local": (),
    "threading.Thread": (),
    "threading.Condition": (),
    "threading.Semaphore": (),
    "threading.Event": (),
    "threading.Barrier": (),
    "multiprocessing.synchronize.SemLock": (),
    "multiprocessing.synchronize.Condition": (),
    "multiprocessing.synchronize.Event": (),
    "multiprocessing.process.BaseProcess": (),
    "multiprocessing.pool.Pool": (),
    "multiprocessing.queues.Queue": (),
    "multiprocessing.queues.SimpleQueue": (),
    "multiprocessing.connection._ConnectionBase": (),
    "multiprocessing.managers.BaseManager": (),
    "concurrent.futures._base.Executor": (),
    "concurrent.futures._base.Future": (),
    "queue.Queue": (),
    "queue.SimpleQueue": (),
    "_queue.SimpleQueue": (),
    "asyncio.locks.Lock": (),
    "asyncio.locks.Event": (),
    "asyncio.locks.Condition": (),
    "asyncio.locks.Semaphore": (),
    "asyncio.queues.Queue": (),
    "asyncio.events.AbstractEventLoop": (),
    "logging.Logger": ("name",),
    "logging.LoggerAdapter": ("logger.name",),
    "logging.Handler": (),
    "socket.socket": (),
    "ssl.SSLContext": (),
    "subprocess.Popen": (),
    "selectors.BaseSelector": (),
    "sqlite3.Connection": (),
    "http.client.HTTPConnection": ("host", "port"),
    "ftplib.FTP": ("host", "port"),
    "smtplib.SMTP": (),
    "imaplib.IMAP4": ("host", "port"),
    "urllib.request.OpenerDirector": (),
    "unittest.mock.NonCallableMock": (),
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
    "cohere.Client": (),
    "mistralai.Mistral": (),
    "huggingface_hub.InferenceClient": ("model",),
    "grpc.Channel": (),
    # clouds
    "botocore.client.BaseClient": ("meta.endpoint_url",),
    "boto3.session.Session": ("region_name",),
    "boto3.resources.base.ServiceResource": ("meta.client.meta.endpoint_url",),
    "google.cloud.client.Client": ("project",),
    "fsspec.spec.AbstractFileSystem": ("protocol",),
    # databases
    "sqlalchemy.engine.base.Engine": ("url",),
    "sqlalchemy.engine.base.Connection": ("engine.url",),
    "sqlalchemy.orm.session.Session": ("bind.url",),
    "sqlalchemy.ext.asyncio.engine.AsyncEngine": ("url",),
    "psycopg.Connection": ("info.host", "info.port", "info.dbname"),
    "psycopg2.extensions.connection": ("info.host", "info.port", "info.dbname"),
    "asyncpg.connection.Connection": ("_addr",),
    "pymysql.connections.Connection": ("host", "port", "db"),
    "redis.client.Redis": (
        "connection_pool.connection_kwargs.host",
        "connection_pool.connection_kwargs.port",
        "connection_pool.connection_kwargs.db",
    ),
    "pymongo.mongo_client.MongoClient": ("address",),
    "pymongo.collection.Collection": ("full_name",),
    "pymongo.database.Database": ("name",),
    "duckdb.DuckDBPyConnection": (),
    "_duckdb.DuckDBPyConnection": (),
    "pyodbc.Connection": (),
    "snowflake.connector.connection.SnowflakeConnection": ("host", "database", "schema"),
    "elasticsearch.Elasticsearch": (),
    # progress, consoles, writers of experiments
    "rich.console.Console": (),
    "rich.progress.Progress": (),
    "rich.live.Live": (),
    "rich.status.Status": (),
    "alive_progress.core.progress.__AliveBarHandle": (),
    "loguru._logger.Logger": (),
    "structlog._config.BoundLoggerLazyProxy": (),
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


def _follow(value: Any, path: str) -> str:
    for name in path.split("."):
        value = value.get(name) if isinstance(value, dict) else getattr(value, name, None)
    return "" if value is None else str(value)


def _endpoint(value: Any, paths: tuple[str, ...]) -> str:
    """Return where a handle leads, without passwords; nothing where it does not say."""
    try:
        return ",".join(_PASSWORD.sub("", _follow(value, path)) for path in paths)
    except Exception:  # noqa: BLE001 - a closed or broken client must not cost a result
        return ""


def _by_type(value: object, context: Context, name: str = "", paths: tuple[str, ...] = ()) -> bytes:
    cls = type(value)
    endpoint = _endpoint(value, paths)
    kind = f"{cls.__module__}.{cls.__qualname__}"
    context.note(NoteKind.HANDLE, f"{kind} {endpoint}".rstrip())
    return named("handle", f"{name} {kind} {endpoint}".encode("utf-8", "surrogatepass"))


def _rule(name: str, paths: tuple[str, ...]) -> Rule:
    return lambda value, context: _by_type(value, context, name, paths)


def _sqlite(value: Any, context: Context) -> bytes:
    """Take a connection to SQLite for the file that it has open."""
    try:
        files = [str(row[2]) for row in value.execute("PRAGMA database_list")]
    except Exception:  # noqa: BLE001 - a closed or broken client must not cost a result
        files = []
    context.note(NoteKind.HANDLE, f"sqlite3.Connection {','.join(files)}".rstrip())
    return named("handle", ("sqlite3.Connection " + ",".join(files)).encode("utf-8", "surrogatepass"))


def _cursor(value: object, context: Context) -> bytes:
    """Take a cursor for a handle, of which nobody knows how many rows a run takes."""
    context.untold = True
    return _by_type(value, context)


def _bar(value: Any, context: Context) -> bytes | Node:
    """Take a progress bar for what it goes through, if anything."""
    code = _by_type(value, context)
    through = carried(value)
    return code if through is None else Node(b"q" + code, (through,), lambda _: ".iterable")


def carried(value: Any) -> Any:
    """Return what a progress bar goes through; None for one that is moved by hand, and for all else."""
    if not is_handle(value):
        return None
    bar = any(f"{base.__module__}.{base.__qualname__}" == _TQDM for base in type(value).__mro__)
    return getattr(value, "iterable", None) if bar else None


def _stream(value: Any, context: Context) -> bytes | Node:
    """Take the standard streams for handles; any other open file is used up by being read."""
    if is_standard_stream(value):
        context.note(NoteKind.HANDLE, value.name)
        return named("handle", value.name.encode())
    return open_file(value, context)


_TQDM = "tqdm.std.tqdm"

HANDLE_RULES: dict[str, Rule] = {
    **{name: _rule(name, paths) for name, paths in HANDLES.items()},
    "sqlite3.Connection": _sqlite,
    "sqlite3.Cursor": _cursor,
    _TQDM: _bar,
    "_io.TextIOWrapper": _stream,
    "_io.BufferedReader": _stream,
    "_io.BufferedWriter": _stream,
    "_io.BufferedRandom": _stream,
    "_io.FileIO": _stream,
}

_known: weakref.WeakKeyDictionary[type, bool] = weakref.WeakKeyDictionary()


def is_handle(value: object) -> bool:
    """Return whether a value is a way to something outside, of a kind that is known."""
    cls = type(value)
    known = _known.get(cls)
    if known is None:
        known = any(_is_named(base) for base in cls.__mro__)
        _known[cls] = known
    return known


def _is_named(cls: type) -> bool:
    if f"{cls.__module__}.{cls.__qualname__}" in HANDLE_RULES:
        return True
    top = cls.__module__.partition(".")[0]
    for name in HANDLE_RULES:
        module, _, attribute = name.rpartition(".")
        if attribute == cls.__name__ and name.partition(".")[0] == top and module in sys.modules:
            return getattr(sys.modules[module], attribute, None) is cls
    return False
