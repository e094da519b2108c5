"""Ways to something outside count by their type and where they lead, never by their state."""

from __future__ import annotations

import importlib.util
import sqlite3
import sys
import threading
from contextlib import closing
from types import ModuleType, SimpleNamespace

import pytest

from Lutil.checkpoints.fingerprint.kinds._handles import ASKED, HANDLES, is_handle
from Lutil.checkpoints.model._errors import UnfingerprintableError

THEIRS = [name for name in HANDLES if name.partition(".")[0].lstrip("_") not in sys.stdlib_module_names]
ABSENT = [name for name in THEIRS if importlib.util.find_spec(name.partition(".")[0]) is None]


@pytest.fixture
def offered(monkeypatch):
    """Return a class as a library would have it that is not here: defined in one module, offered by another."""

    def make(name):
        module, _, attribute = name.rpartition(".")
        cls = type(attribute, (), {"__module__": f"{module.partition('.')[0]}._inside"})
        place = ModuleType(module)
        setattr(place, attribute, cls)
        monkeypatch.setitem(sys.modules, module, place)
        return cls

    return make


def leading_to(value, path, place):
    """Let a path of attributes end at a place; numbers along the way are state."""
    for step in path.split(".")[:-1]:
        inner = vars(value).setdefault(step, SimpleNamespace(state=place))
        value = inner
    setattr(value, path.rpartition(".")[2], place)


@pytest.mark.parametrize("name", ABSENT)
def test_clients_of_libraries_count_by_type_and_endpoint(name, offered, fp, resolver):
    cls = offered(name)

    def client(state, place):
        made = cls()
        made.state = state
        for path in HANDLES[name]:
            leading_to(made, path, place)
        return made

    one = fp(client(threading.Lock(), "http://user:secret@one"))
    assert one == fp(client(iter([]), "http://other:secret@one"))
    assert (one == fp(client(1, "http://two"))) is (not HANDLES[name])
    assert {kind for kind, _, _ in resolver.notes} == {"handle"}
    assert "secret" not in str(resolver.notes)
    derived = type("Derived", (cls,), {"__module__": "mine"})()
    assert is_handle(derived)
    assert fp(derived) != one


class Bucket:
    def __init__(self, place, name):
        client = SimpleNamespace(meta=SimpleNamespace(endpoint_url=place))
        self.meta = SimpleNamespace(client=client, identifiers=["name"])
        self.name = name


class Connection:
    """A connection that can only be asked beside what it is doing."""

    def __init__(self, file):
        self.file = file

    def cursor(self):
        found = SimpleNamespace(fetchall=lambda: [(0, "main", self.file)])
        return SimpleNamespace(execute=lambda _: found, close=lambda: None)


def mongo(*hosts):
    return SimpleNamespace(_topology_settings=SimpleNamespace(seeds={(host, 1) for host in hosts}))


def elastic(*urls):
    nodes = [SimpleNamespace(base_url=url) for url in urls]
    return SimpleNamespace(transport=SimpleNamespace(node_pool=SimpleNamespace(all=lambda: nodes)))


def database(name, *hosts):
    return SimpleNamespace(name=name, client=mongo(*hosts))


def channel(target):
    return SimpleNamespace(_channel=SimpleNamespace(target=lambda: target))


@pytest.mark.parametrize(
    ("name", "one", "others"),
    [
        ("boto3.resources.base.ServiceResource", Bucket("http://a", "x"), [Bucket("http://a", "y"), Bucket("http://b", "x")]),
        ("pymongo.MongoClient", mongo("a", "b"), [mongo("a")]),
        ("pymongo.database.Database", database("x", "a"), [database("y", "a"), database("x", "b")]),
        ("elasticsearch.Elasticsearch", elastic("http://a"), [elastic("http://b"), elastic("http://a", "http://b")]),
        ("grpc._channel.Channel", channel(b"a:1"), [channel(b"b:1")]),
        ("duckdb.DuckDBPyConnection", Connection("a.db"), [Connection("b.db"), Connection(None)]),
    ],
)  # fmt: skip
def test_some_clients_have_to_be_asked_where_they_lead(name, one, others):
    asked = ASKED[name]
    assert asked(one) == asked(one)
    assert all(asked(other) != asked(one) for other in others)


def test_what_asks_a_database_leaves_its_results_alone(fp, tmp_path):
    with closing(sqlite3.connect(tmp_path / "a.db")) as connection, closing(sqlite3.connect(":memory:")) as other:
        rows = connection.execute("values (1), (2)")
        assert next(rows) == (1,)
        assert fp(connection) != fp(other)
        assert fp(rows) != fp(other.cursor())
        assert next(rows) == (2,)
    assert fp(connection) == fp(other)


def test_what_each_thread_has_of_its_own_is_a_handle_where_it_is_reached_and_counts_where_it_is_passed(fp):
    def made(**attributes):
        local = threading.local()
        vars(local).update(attributes)
        return local

    assert fp(made(mode=1)) != fp(made(mode=2))
    assert fp(made(mode=1), lenient=True) == fp(made(mode=2), lenient=True) == fp(made(), lenient=True)
    with pytest.raises(UnfingerprintableError):
        fp(made(rows=iter([])))
