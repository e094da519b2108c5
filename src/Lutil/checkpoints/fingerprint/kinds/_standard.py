"""Types of the standard library that keep their state where pickling does not find it, by what they show of it."""

from __future__ import annotations

import gc
import weakref
from typing import TYPE_CHECKING, Any

from xxhash import xxh3_128

from ...integrations import pydantic, tenacity
from ...model.process._interrupts import let_pass
from ..walk._class_state import is_installed, memo_names
from ..walk._columns import strings
from ..walk._nodes import Context, Node, Rule, attribute_label, named, packed, silent_label, size
from ..walk._scalars import LEAVES
from ._mocks import mock
from ._objects import ReduceRule

if TYPE_CHECKING:
    import random

__all__ = ["STANDARD_RULES", "is_set"]

_SHOWN: dict[str, tuple[str, ...]] = {
    "_struct.Struct": ("format",),
    "re.Match": ("re", "string", "pos", "endpos", "regs"),
    "_csv.Dialect": (
        "delimiter",
        "quotechar",
        "escapechar",
        "doublequote",
        "skipinitialspace",
        "lineterminator",
        "quoting",
        "strict",
    ),
    "_json.Scanner": ("strict", "object_hook", "object_pairs_hook", "parse_float", "parse_int", "parse_constant"),
    "posix.DirEntry": ("path",),
    "nt.DirEntry": ("path",),
    "numpy.busdaycalendar": ("weekmask", "holidays"),
    "typing.TypeVar": ("__name__", "__bound__", "__constraints__", "__covariant__", "__contravariant__"),
    "typing.ParamSpec": ("__name__", "__bound__", "__covariant__", "__contravariant__"),
    "typing.TypeVarTuple": ("__name__",),
    "typing.TypeAliasType": ("__name__", "__value__", "__type_params__"),
    **dict.fromkeys(
        ("contextlib._GeneratorContextManager", "contextlib._AsyncGeneratorContextManager"), ("func", "args", "kwds")
    ),  # which make the generator anew where it decorates
    "typing.NewType": ("__name__", "__supertype__"),
    **pydantic.SHOWN,
    **tenacity.SHOWN,
}
"""Attributes that are all of the state, by the name of the class."""

_XOF = 32


def _by_attributes(names: tuple[str, ...]) -> Rule:
    label = attribute_label(names)

    def shown(value: object, context: Context) -> Node:
        parts = [getattr(value, name, None) for name in names]
        if not is_installed(type(value)):  # the project has derived a class, whose objects may hold more
            parts.append({name: item for name, item in getattr(value, "__dict__", {}).items() if name not in names})
        return Node(b"q" + context.type_code(type(value)), parts, label, temporary=True)

    return shown


def _schema(value: Any, context: Context) -> Node:
    """Take what pydantic compiled for the schema that it was compiled from, without the addresses in it."""
    (schema, *options) = value.__reduce__()[1]
    children = (pydantic.plain_schema(schema), options)
    return Node(b"q" + context.type_code(type(value)), children, silent_label, temporary=True)


def _scanner(value: Any, context: Context) -> Node:
    """Take what scans for tokens for its patterns and what is done with each; it remembers the last match."""
    names = ("lexicon", "scanner.flags")
    parts = (value.lexicon, value.scanner.flags)
    return Node(b"q" + context.type_code(type(value)), parts, attribute_label(names), temporary=True)


def _row(value: Any, context: Context) -> Node:
    """Take a row of SQLite for its columns and values."""
    return Node(b"q" + context.type_code(type(value)), (value.keys(), tuple(value)), silent_label, temporary=True)


def _hash(value: Any, _context: Context) -> bytes:
    """Take a hash for its name and for what it has come to."""
    digest = value.digest(_XOF) if "shake" in value.name else value.digest()
    return named("hash", f"{value.name} {value.digest_size} ".encode() + digest)


def _key_wrapper(value: Any, context: Context) -> Node:
    """Take what `functools.cmp_to_key` makes for the function that compares, which it shows to nobody else."""
    held = [item for item in gc.get_referents(value) if item is not type(value)]
    return Node(b"q" + context.type_code(type(value)), held, silent_label, temporary=True)


def _context_variable(value: Any, context: Context) -> Node:
    """Take a context variable for its name and what it is set to where we are."""
    try:
        held: tuple[object, ...] = (value.get(),)
    except LookupError:
        held = ()
    head = b"q" + context.type_code(type(value)) + LEAVES[str](value.name) + size(len(held))
    return Node(head, held, lambda _: ".get()", temporary=True)


def _weak_proxy(value: Any, context: Context) -> bytes | Node:
    """Take a weak proxy for what it stands for, found by a method that it passes on."""
    head = b"q" + named("weak proxy")
    try:
        target = value.__repr__.__self__
    except ReferenceError:
        return named("weak proxy")
    except Exception as error:  # noqa: BLE001 - the user's code; any failure means: no state
        let_pass(error)
        return context.refuse(value)
    if not any(reference is value for reference in weakref.getweakrefs(target)):
        return context.refuse(value)
    return Node(head, (target,), silent_label)


def _memory_map(value: Any, context: Context) -> bytes:
    """Take mapped memory for its bytes and the place that reading has come to."""
    head = b"q" + context.type_code(type(value))
    try:
        hasher = xxh3_128(head + size(value.tell()) + size(len(value)))
        with memoryview(value) as view:
            hasher.update(view)
    except ValueError:
        return context.refuse(value, "mapped memory that was closed")
    return b"D" + hasher.digest()


def _exception(value: BaseException, context: Context) -> bytes | Node:
    """Take an exception for what rebuilds it, and for its cause and name, which pickling forgets."""
    code = ReduceRule(type(value))(value, context)
    extra = (getattr(value, "name", None), value.__cause__)
    if extra == (None, None) or not isinstance(code, Node):
        return code
    return Node(b"q" + named("exception"), (code, *extra), attribute_label(("", "name", "__cause__")), temporary=True)


def _random(value: random.Random, context: Context) -> bytes | Node:
    """Take a generator for its state; that of the process is the stream which a run is observed to draw from."""
    import random  # noqa: PLC0415  (it is loaded, as the value is; nobody else is to have a stream that is watched)

    if value is getattr(random, "_inst", None):
        return named("stream", b"random")
    head = b"q" + context.type_code(type(value))
    if isinstance(value, random.SystemRandom):
        return named("system random", head)
    memos = memo_names(type(value)) | {"gauss_next"}  # which is part of the state
    own = {name: item for name, item in vars(value).items() if name not in memos}
    return Node(head, (value.getstate(), own) if own else (value.getstate(),), silent_label, temporary=True)


def _shared_library(value: Any, context: Context) -> bytes:
    """Take a loaded library for its name and its file; where it was loaded to does not count."""
    name = str(value._name)  # noqa: SLF001 - its documented attribute
    return named("library", packed(b"k", context.code_of(value)) + LEAVES[str](name))


_HASHES = (
    "_hashlib.HASH",
    "_hashlib.HASHXOF",
    "_hashlib.HMAC",
    "_hmac.HMAC",
    "_blake2.blake2b",
    "_blake2.blake2s",
    "_md5.md5",
    "_sha1.sha1",
    "_sha256.sha224",
    "_sha256.sha256",
    "_sha512.sha384",
    "_sha512.sha512",
    "_sha2.SHA224Type",
    "_sha2.SHA256Type",
    "_sha2.SHA384Type",
    "_sha2.SHA512Type",
    "_sha3.sha3_224",
    "_sha3.sha3_256",
    "_sha3.sha3_384",
    "_sha3.sha3_512",
    "_sha3.shake_128",
    "_sha3.shake_256",
    "xxhash.xxh32",
    "xxhash.xxh64",
    "xxhash.xxh3_64",
    "xxhash.xxh3_128",
)


def _future(value: Any, context: Context) -> Node | bytes:
    """Take a future for what it came to; one that is not done is nobody's to compare."""
    if not value.done():
        context.untold = True
        return context.refuse(value, "a future that is not done cannot be compared; pass its result")
    if value.cancelled():
        return named("future", b"cancelled")
    error = value.exception()
    content = value.result() if error is None else error
    return Node(b"q" + named("future", b"error" if error else b"result"), (content,), lambda _: ".result()")


def _process(value: Any, context: Context) -> bytes:
    """Refuse a process that was started: what it will say is nobody's to know."""
    context.untold = True
    return context.refuse(value, "a process that was started cannot be compared; pass what it gives")


_OF_QUEUES = frozenset(
    {"mutex", "not_empty", "not_full", "all_tasks_done", "unfinished_tasks", "is_shutdown", "_loop"}
    | {"_getters", "_putters", "_finished", "_unfinished_tasks", "_is_shutdown"}
)
"""What a queue has for those who wait at it."""


def _queue(value: Any, context: Context) -> Node:
    """Take a queue within this process for its size and for what lies in it, whoever waits for that."""
    state = {name: item for name, item in sorted(vars(value).items()) if name not in _OF_QUEUES}
    # Other threads may go on filling it while this is walked.
    parts = [list(item) if name in {"queue", "_queue"} else item for name, item in state.items()]
    names = [*state]
    return Node(b"q" + context.type_code(type(value)) + strings(names), parts, attribute_label(names), temporary=True)


def _simple_queue(value: Any, context: Context) -> bytes:
    """Refuse a queue that shows nothing of what lies in it."""
    return context.refuse(value, "what lies in it cannot be read without taking it out; pass a `queue.Queue` or a list")


_EVENTS = ("threading.Event", "asyncio.locks.Event", "multiprocessing.synchronize.Event")
_OF_EVENTS = frozenset({"_cond", "_flag", "_loop", "_value", "_waiters"})
"""What an event has for those who wait for it, beside whether it is set."""


def is_set(event: Any) -> bool:
    """Return whether an event is set; of one that processes share without its lock, which a killed one may have."""
    semaphore = getattr(getattr(event, "_flag", None), "_semlock", None)
    return bool(event.is_set() if semaphore is None else not semaphore._is_zero())  # noqa: SLF001 - no public way


def _event(value: Any, context: Context) -> Node:
    """Take an event for whether it is set: a flag by which threads, tasks or processes tell each other something."""
    own = {name: item for name, item in sorted(vars(value).items()) if name not in _OF_EVENTS}
    head = b"q" + context.type_code(type(value)) + LEAVES[bool](is_set(value))
    return Node(head, (own,) if own else (), silent_label, temporary=True)


def _memory(value: Any, context: Context) -> Node | bytes:
    """Take a value of `ctypes` for its memory, wherever that lies; one with pointers in it cannot be compared."""
    try:
        attributes, memory = value.__reduce__()[1][1]
    except ValueError as error:
        return context.refuse(value, str(error))
    own = {name: item for name, item in sorted(attributes.items()) if name != "_wrapper"}  # which keeps shared memory
    return Node(b"q" + context.type_code(type(value)), (memory, own), silent_label, temporary=True)


def _shared_value(value: Any, context: Context) -> Node:
    """Take what processes share for what it holds now."""
    return Node(b"q" + context.type_code(type(value)), (value.get_obj(),), lambda _: ".get_obj()", temporary=True)


STANDARD_RULES: dict[str, Rule] = {
    **{name: _by_attributes(names) for name, names in _SHOWN.items()},
    **dict.fromkeys(_HASHES, _hash),
    **dict.fromkeys(pydantic.COMPILED, _schema),
    "re.Scanner": _scanner,
    "sqlite3.Row": _row,
    "functools.KeyWrapper": _key_wrapper,
    "_contextvars.ContextVar": _context_variable,
    "weakref.ProxyType": _weak_proxy,
    "weakref.CallableProxyType": _weak_proxy,
    "mmap.mmap": _memory_map,
    "ctypes.CDLL": _shared_library,
    "builtins.BaseException": _exception,
    "concurrent.futures._base.Future": _future,
    "subprocess.Popen": _process,
    "queue.Queue": _queue,
    "asyncio.queues.Queue": _queue,
    "_queue.SimpleQueue": _simple_queue,
    **dict.fromkeys(_EVENTS, _event),
    "multiprocessing.sharedctypes.SynchronizedBase": _shared_value,
    **dict.fromkeys(("_ctypes._SimpleCData", "_ctypes.Array", "_ctypes.Structure", "_ctypes.Union"), _memory),
    "unittest.mock.NonCallableMock": mock,
    "random.Random": _random,
}
"""Rules by the name of a class."""
