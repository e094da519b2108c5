"""P10: secrets count, and are neither stored nor shown: not in lines, explanations, logs, pages, nor on disk.

Each program gets its secrets from its environment, so that its own text holds none, and hands them on in every way.
"""

from __future__ import annotations

import itertools
import textwrap
import types

import pytest
from xxhash import xxh3_64_digest, xxh3_128_digest

from Lutil.checkpoints import Env
from Lutil.checkpoints.fingerprint import digest
from Lutil.checkpoints.model._provenance import Provenance
from Lutil.checkpoints.observe import marker_digest
from Lutil.checkpoints.store import FileStore
from Lutil.checkpoints.testing.fingerprint import SimpleResolver

HEAD = """
import argparse, configparser, dataclasses, functools, logging, os, pathlib, types
from Lutil.checkpoints import Env, InlineCheckpoint, checkpoint
logging.basicConfig(level=logging.DEBUG)
S = os.environ.pop("MARK")
"""

WAYS = {
    "an argument by its name": """
        @checkpoint
        def f(user, password): return ran()
        show(f, "bob", S)
    """,
    "a positional argument of a camelCase name": """
        @checkpoint
        def f(dbPassword): return ran()
        show(f, S)
    """,
    "a keyword that goes through kwargs": """
        @checkpoint
        def f(**options): return ran()
        show(f, url="here", auth=("bob", S))
    """,
    "a nested dictionary": """
        @checkpoint
        def f(cfg): return ran()
        show(f, {"db": {"host": "here", "password": S}, "retries": 3})
    """,
    "keys that are no texts": """
        import enum
        class Key(enum.Enum): PASSWORD, HOST = 1, 2
        @checkpoint
        def f(cfg): return ran()
        show(f, {("db", "password"): S, (1, ("api", "key")): [S], b"token": S, Key.PASSWORD: {"a": S}, Key.HOST: "here"})
    """,
    "a dictionary that leads deep": """
        @checkpoint
        def f(cfg): return ran()
        deep = {"pwd": S}
        for _ in range(12): deep = {"a": deep}
        show(f, deep)
    """,
    "one of very many keys": """
        @checkpoint
        def f(cfg): return ran()
        show(f, {**{f"k{n}": [n] for n in range(3000)}, "api_key": [S]})
    """,
    "a field of a dataclass": """
        @dataclasses.dataclass
        class Client: url: str; bearer: str
        @checkpoint
        def f(client): return ran()
        show(f, Client("here", S))
    """,
    "attributes of an object": """
        class Client: pass
        client = Client(); client.url = "here"; client.session_cookie = S; client.pw = S.encode()
        @checkpoint
        def f(client): return ran()
        show(f, client)
    """,
    "slots of an object": """
        class Client:
            __slots__ = ("private_key", "n")
        client = Client(); client.n = 1; client.private_key = S
        @checkpoint
        def f(client): return ran()
        show(f, client)
    """,
    "argparse, namespaces and ConfigParser": """
        args = argparse.Namespace(n=1, passphrase=S)
        space = types.SimpleNamespace(n=1, access_key=S)
        parser = configparser.ConfigParser(); parser["db"] = {"host": "here", "password": S}
        @checkpoint
        def f(args, space, parser): return ran()
        show(f, args, space, parser)
    """,
    "a type that is made for secrets": """
        class SecretText:
            def __init__(self, text): self.inner = text
        @checkpoint
        def f(x): return ran()
        show(f, [SecretText(S)])
    """,
    "a class that tells its own state": """
        class Box:
            def __init__(self, token): self.inner = {"token": token}
            def __getstate__(self): return self.inner, 1
            def __setstate__(self, state): self.inner = state[0]
        @checkpoint
        def f(x): return ran()
        show(f, Box(S))
    """,
    "a partial function": """
        def login(user, token): return 1
        @checkpoint
        def f(do): return ran()
        show(f, functools.partial(login, "bob", token=S))
    """,
    "pairs, and arguments of a program": """
        @checkpoint
        def f(pairs, words): return ran()
        show(f, [("user", "bob"), ("password", S), ("token", [S])], ["--n", "3", "--password", S])
    """,
    "headers": """
        @checkpoint
        def f(headers): return ran()
        show(f, {"Authorization": f"Bearer {S}", "X-API-Key": S, "Accept": "text"})
    """,
    "a URL under any name": """
        @checkpoint
        def f(where): return ran()
        show(f, [f"postgresql://bob:{S}@host/db", f"https://host/x?a=1&token={S}", pathlib.Path(f"/x/api_key={S}")])
    """,
    "connection strings and JSON": """
        @checkpoint
        def f(text, more): return ran()
        show(f, f"host=here password={S} dbname=x", '{"user": "bob", "pwd": "%s"}' % S)
    """,
    "a long text": """
        @checkpoint
        def f(text): return ran()
        show(f, "lorem ipsum " * 20 + f"api_key={S} " + "dolor " * 50)
    """,
    "tokens and keys by their shape": """
        @checkpoint
        def f(items, blob): return ran()
        pem = f"-----BEGIN RSA PRIVATE KEY-----\\n{S}\\n-----END RSA PRIVATE KEY-----"
        show(f, [f"ghp_{S}", f"xoxb-{S}", f"sk-proj-{S}", f"eyJhbGciOiJIUzI1NiJ9.{S}.x", pem], pem.encode())
    """,
    "a set, and a key of a dictionary": """
        @checkpoint
        def f(items, table): return ran()
        show(f, {f"ghp_{S}", "x"}, {f"ghp_{S}": 1})
    """,
    "a default": """
        @checkpoint
        def f(x, secret=S): return ran()
        show(f, 1)
    """,
    "a global and a cell": """
        API_KEY = S
        def make(credential):
            @checkpoint
            def f(x): return ran() + len(API_KEY) + len(credential)
            return f
        show(make(S), 1)
    """,
    "an attribute of a class and of a reached object": """
        class Config: DB_PASSWORD = S
        conf = {"auth": S}
        @checkpoint
        def f(x): return ran() + len(Config.DB_PASSWORD) + len(conf["auth"])
        show(f, 1)
    """,
    "a literal of the code": """
        pathlib.Path("helper.py").write_text(f'''def ask(x):
            password, n = "{S}", 1
            return len({{"token": "{S}"}}) + (x == "https://a:{S}@b")
        ''')
        import helper
        @checkpoint
        def f(x): return ran() + helper.ask(x)
        show(f, 1)
    """,
    "the environment": """
        os.environ["DB_PASSWORD"] = os.environ["PLAIN"] = S
        @checkpoint
        def f(x, names): return ran() + len(os.environ["DB_PASSWORD"]) + len([os.environ[name] for name in names])
        show(f, 1, ["PLAIN"])
    """,
    "a declared variable": """
        os.environ["PLAIN"] = S
        @checkpoint(watch=[Env("PLAIN")])
        def f(x): return ran()
        show(f, 1)
    """,
    "the name of a file": """
        place = pathlib.Path(f"report-ghp_{S}.txt"); place.write_text("1")
        @checkpoint
        def f(name): return ran() + len(open(name).read())
        show(f, str(place))
    """,
    "a file that is read": """
        pathlib.Path(".env").write_text(S)
        @checkpoint
        def f(x): return ran() + len(pathlib.Path(".env").read_text())
        show(f, 1)
    """,
    "an error of the user's": """
        class Odd:
            def __reduce__(self): raise ValueError(f"no connection to postgresql://bob:{S}@host, password={S}")
        @checkpoint
        def f(token):
            ran()
            return Odd()
        show(f, S)
    """,
    "the environment of a program that it starts": """
        import subprocess
        @checkpoint
        def f(secret): return ran() + len(subprocess.run(f"TOKEN={secret} true", shell=True).args)
        show(f, S)
    """,
    "code without a source": """
        names = {}
        exec(f"def ask(x): return len('ghp_{S}') + len('postgres://a:{S}@b')", names)
        ask = names["ask"]
        @checkpoint
        def f(x): return ran() + ask(x)
        show(f, 1)
    """,
    "a block": """
        password = S
        cfg = {"url": "here", "api_key": S}
        for url in ("here", "there"):
            cfg["url"] = url
            with InlineCheckpoint(watch=["password", "cfg", "cfg['api_key']"], produce=["n"]) as cp:
                n = ran()
            print(cp.explain().details(), cp.explain()._repr_html_())
        with InlineCheckpoint():
            m = len(cfg["url"]) + len(password) + ran()
    """,
}

SHOW = """
def ran():
    global count
    count += 1
    return 1
count = 0
def show(f, *args, **kwargs):
    global S
    f(*args, **kwargs)
    found = f.explain(*args, **kwargs)
    print(found, found.details(), found._repr_html_(), repr(found))
    first = [*args[:-1], "other"] if args else args
    found = f.explain(*first, **kwargs)
    print(found, found.details(), found._repr_html_())
"""


def written(program):
    return {path: path.read_bytes() for path in (program.folder / ".Lutil-checkpoint").rglob("*") if path.is_file()}


def source(way):
    return HEAD + SHOW + textwrap.dedent(WAYS[way]) + "\nprint('ran', count, flush=True)\n"


@pytest.mark.parametrize("way", WAYS)
def test_a_secret_counts_and_is_nowhere_stored_or_shown(way, program):
    program.write(source(way))
    said = []
    counts = []
    for mark in ("hunter2aaaa1111aaaa", "hunter2bbbb2222bbbb", "hunter2bbbb2222bbbb"):
        said.append(program.run(MARK=mark, LUTIL_EXPLAIN="1") + program.errors)
        counts.append(said[-1].rpartition("\nran ")[2][:1])
    assert counts[0] == counts[1] != "0", said[1]
    kept = way != "an error of the user's"
    assert (counts[2] == "0") is kept, said[2]
    for text in said:
        assert "hunter2" not in text
    files = written(program)
    assert not kept or len(files) > 3
    for path, data in files.items():
        assert b"hunter2" not in data, path
        assert "hunter2" not in str(path)


CANDIDATE = "1234"


@pytest.mark.parametrize("form", ["argument", "dictionary", "environment", "global", "object", "partial", "literal"])
def test_nobody_can_try_guesses_at_a_digest_in_the_store(form, program, monkeypatch):
    program.write("""
        import functools, os, sys, types
        from Lutil.checkpoints import checkpoint
        PIN = {"password": "1234"}
        def login(token): return token
        @checkpoint
        def argument(password): return 1
        @checkpoint
        def dictionary(x): return 1
        @checkpoint
        def environment(x): return len(os.environ["STAGE"])
        @checkpoint(name="global")
        def reached(x): return len(PIN)
        @checkpoint(name="object")
        def thing(x): return 1
        @checkpoint
        def partial(x): return 1
        @checkpoint
        def literal(x):
            password = "1234"
            return len(password)
        calls = {
            "argument": lambda: argument("1234"), "dictionary": lambda: dictionary({"password": "1234"}),
            "environment": lambda: environment(1), "global": lambda: reached(1),
            "object": lambda: thing(types.SimpleNamespace(password="1234")),
            "partial": lambda: partial(functools.partial(login, token="1234")), "literal": lambda: literal(1),
        }
        calls[sys.argv[1]]()
    """)
    program.run("main.py", form, STAGE=CANDIDATE)
    values = [CANDIDATE, CANDIDATE.encode(), {"password": CANDIDATE}, types.SimpleNamespace(password=CANDIDATE)]
    digests = [digest(value, SimpleResolver()) for value in values]
    digests += [xxh3_128_digest(CANDIDATE.encode()), xxh3_64_digest(CANDIDATE.encode())]
    monkeypatch.setenv("STAGE", CANDIDATE)
    digests.append(marker_digest(Env("STAGE")))
    assert len(set(digests)) == len(digests)
    files = written(program)
    assert any(b'"parts"' in data for data in files.values())
    for (path, data), found in itertools.product(files.items(), digests):
        assert found not in data, path
        assert found.hex().encode() not in data, path
        assert found.hex()[:16].encode() not in data, path


def parts_of(program):
    store = FileStore(program.folder / ".Lutil-checkpoint")
    return [Provenance.from_bytes(store.provenance(info.name, info.key)).parts for info in store.list()]


def test_a_mark_tells_equal_secrets_from_others_and_nothing_more(program):
    program.write("""
        import sys
        from Lutil.checkpoints import checkpoint
        @checkpoint
        def f(password, n): return 1
        for n in range(40): f(str(n), n)
        for n in range(40): f("same", n)
    """)
    program.run()
    marks = [next(part for part in parts if part.path == "password") for parts in parts_of(program)]
    assert all(part.hidden and len(part.digest) == 24 and not part.preview and not part.kept for part in marks)
    assert 20 < len({part.digest for part in marks}) <= 41
    assert len({part.digest[:8] for part in marks}) == 1


def test_marks_of_two_stores_have_nothing_in_common(program):
    program.write("""
        import sys
        from Lutil.checkpoints import checkpoint
        @checkpoint(store=sys.argv[1])
        def f(password): return 1
        f("same")
    """)
    program.run("main.py", "one")
    program.run("main.py", "two")
    found = []
    for name in ("one", "two"):
        store = FileStore(program.folder / name)
        (info,) = store.list()
        parts = Provenance.from_bytes(store.provenance(info.name, info.key)).parts
        found += [part.digest for part in parts if part.path == "password"]
    assert found[0][:8] != found[1][:8]
    assert found[0][8:] != found[1][8:]


def test_a_secret_that_changed_is_named_in_another_process(program):
    program.write("""
        import os, sys
        from Lutil.checkpoints import checkpoint
        @checkpoint
        def f(password, n): return len(os.environ["STAGE"]) + len(os.environ["PLACE"])
        print(f.explain(sys.argv[1], int(sys.argv[2])))
        f(sys.argv[1], int(sys.argv[2]))
    """)
    environment = {"STAGE": "a", "PLACE": "x"}
    program.run("main.py", "one", "1", **environment)
    assert "argument `password` changed" in program.run("main.py", "two", "1", **environment)
    assert "argument `n` changed 1 -> 2" in program.run("main.py", "two", "2", **environment)
    environment["STAGE"] = "b"
    assert "environment `os.environ['STAGE']` changed\n" in program.run("main.py", "two", "2", **environment)


def test_where_marks_cannot_tell_the_hidden_inputs_are_listed(program):
    program.write("""
        import sys
        from Lutil.checkpoints import checkpoint
        @checkpoint
        def f(password, n): return 1
        print(f.explain(sys.argv[1], 1).details())
        f(sys.argv[1], 1)
    """)
    program.run("main.py", "one")
    for note in (program.folder / ".Lutil-checkpoint").rglob("*"):
        if note.is_file() and "_notes" in str(note):
            note.unlink()
    said = program.run("main.py", "two")
    assert "one of what is not shown changed: argument `password`" in said


def test_a_changed_secret_leaves_other_changes_in_sight(program):
    program.write("""
        import sys
        from Lutil.checkpoints import checkpoint
        @checkpoint
        def f(cfg): return 1
        f({"api_key": "a", "url": "here", "n": [1, 2]})
        print(f.explain({"api_key": "b", "url": "there", "n": [1, 3]}).details())
    """)
    said = program.run()
    assert "argument cfg['api_key'] changed" in said
    assert "argument cfg['url']: 'here' -> 'there'" in said
    assert "argument cfg['n'][1]: 2 -> 3" in said


def test_a_diff_of_code_leaves_out_its_secrets(program):
    program.write("""
        from Lutil.checkpoints import checkpoint
        import pathlib, sys
        text = "def ask(x):\\n    token = 'hunter2'\\n    return x + {0}\\n"
        pathlib.Path("helper.py").write_text(text.format(sys.argv[1]))
        import helper
        @checkpoint
        def f(x): return helper.ask(x)
        print(f.explain(1).details())
        f(1)
    """)
    program.run("main.py", "1")
    said = program.run("main.py", "20")
    assert "+    return x + 20" in said
    assert "token = '…'" in said
    assert "-    token" not in said
    assert "hunter2" not in said


@pytest.mark.parametrize("name", ["MAX_TOKENS", "OPENAI_API_KEY"])
@pytest.mark.parametrize("how", ["named", "by another's name", "in a block"])
def test_a_variable_of_the_environment_counts_whatever_its_name(how, name, program):
    ways = {
        "named": f"def f(x): return os.environ['{name}']",
        "by another's name": "def f(x): return os.environ[x]",
        "in a block": "",
    }
    program.write(
        f"import os\nfrom Lutil.checkpoints import InlineCheckpoint, checkpoint\nx = '{name}'\n"
        + (
            f"with InlineCheckpoint():\n    y = os.environ['{name}']\nprint(y)"
            if how == "in a block"
            else f"@checkpoint\n{ways[how]}\nprint(f(x))"
        )
    )
    assert [program.run(**{name: value}).strip() for value in ("one", "two", "one")] == ["one", "two", "one"]
