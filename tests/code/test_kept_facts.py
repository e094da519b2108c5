"""What is known of code is kept between processes, and is never taken for what is known of other code."""

from __future__ import annotations

import pickle
import types
from types import SimpleNamespace

import pytest

from Lutil.checkpoints import Store
from Lutil.checkpoints.code.facts import _code_facts, _kept_facts

HELPERS = """
    LIMIT = 3
    TABLE = {1: 2, (0, 1j): True}

    def scaled(x):
        place = len(x) - 1
        return [item * LIMIT for item in x if item in {"a", "b", 1, 2} and TABLE[place] is not ... and TABLE[0, 1j]]

    def total(x):
        return sum(scaled(x))
"""
MAIN = """
    import sys
    import helpers
    from Lutil.checkpoints import checkpoint
    from Lutil.checkpoints.code.facts import _working_out

    seen, counted = [], _working_out.worked_out
    def counting(code, imports):
        seen.append(code.co_name)
        return counted(code, imports)
    _working_out.worked_out = counting

    @checkpoint
    def f(x):
        return helpers.total(x)

    value = f([1, 2])
    print(value, f.cache_info().misses, sorted({name for name in seen if not name.startswith("<")}))
"""


@pytest.fixture
def project(program):
    program.write(HELPERS, "helpers.py")
    program.write(MAIN)
    return program


def test_the_next_process_works_out_nothing(project):
    assert project.run(seed=1) == "9 1 ['f', 'scaled', 'total']\n"
    assert project.run(seed=2) == "9 0 []\n"


def test_an_edit_is_seen_and_all_else_is_still_known(project):
    project.run()
    project.write(HELPERS.replace("sum(scaled(x))", "sum(scaled(x)) + 1"), "helpers.py")
    assert project.run() == "10 1 ['total']\n"
    assert project.run() == "10 0 []\n"
    project.write(HELPERS, "helpers.py")
    assert project.run() == "9 0 []\n"


def test_what_moves_or_is_commented_on_is_still_known(project):
    project.run()
    project.write(
        "\n\n    # a comment\n" + HELPERS.replace("def scaled(x):", "def scaled(x):  # another"), "helpers.py"
    )
    assert project.run() == "9 0 []\n"


COUNTERS = """
    class Model:
        calls = 0

        def run(self, x):
            type(self).calls += 1
            return self.scaled(x)

        def scaled(self, x):
            return sum(x) * 3

    def total(x):
        return Model().run(x)
"""


def test_what_code_does_with_attributes_is_known_as_well(program):
    program.write(COUNTERS, "helpers.py")
    program.write("""
        import sys
        import helpers
        from Lutil.checkpoints import checkpoint

        @checkpoint
        def f(x):
            return helpers.total(x)

        value = f([1, 2])
        print(value, sorted(name.rpartition(".")[2] for name in sys.modules if name.endswith(("_uses", "_working_out"))))
    """)
    assert program.run() == "9 ['_uses', '_working_out']\n"
    assert program.run() == "9 []\n"
    program.write(COUNTERS.replace("self.scaled(x)", "self.scaled(x) + self.calls"), "helpers.py")
    assert program.run() == "10 ['_uses', '_working_out']\n"


def test_a_process_that_only_skips_writes_what_it_has_worked_out(project):
    project.run()
    for note in (project.folder / ".Lutil-checkpoint/v1/_notes/code").rglob("*"):
        if note.is_file():
            note.unlink()
    assert project.run() == "9 0 ['f', 'scaled', 'total']\n"
    assert project.run() == "9 0 []\n"


@pytest.mark.parametrize("what", ["flipped", "cut", "empty", "foreign"])
def test_a_damaged_note_costs_time_and_nothing_else(project, what):
    project.run()
    notes = [note for note in (project.folder / ".Lutil-checkpoint/v1/_notes/code").rglob("*") if note.is_file()]
    assert len(notes) == 2
    for note in notes:
        data = bytearray(note.read_bytes())
        data[len(data) // 2] ^= 1
        note.write_bytes({"flipped": data, "cut": data[:40], "empty": b"", "foreign": b"x" * 400}[what])
    assert project.run() == "9 0 ['f', 'scaled', 'total']\n"
    assert project.run() == "9 0 []\n"


class Attack:
    def __reduce__(self):
        return print, ("it ran",)


def test_a_row_that_holds_anything_but_facts_is_no_row_and_runs_nothing(tmp_path, capsys):
    file = tmp_path / "helpers.py"
    file.write_text("def f(x):\n    return x\n")
    space: dict[str, types.FunctionType] = {}
    exec(compile(file.read_text(), str(file), "exec"), space)
    code = space["f"].__code__
    store = Store(tmp_path / "store")
    _kept_facts.keep_facts_in(store)
    _kept_facts._shelf_of(str(file))[_kept_facts._content(code)] = pickle.dumps(Attack())
    assert _kept_facts.known_facts(code) is None
    assert _code_facts.facts(code).digest
    assert capsys.readouterr().out == ""


PAIRS = [
    ("return 1", "return True"),
    ("return 1", "return 1.0"),
    ("return 0.0", "return -0.0"),
    ("return x.a", "return x.b"),
    ("return x['a']", "return x[b'a']"),
    ("return (1, 2)", "return (1, (2,))"),
    ("return x in {1, 2}", "return x in {1, 3}"),
    ("return y", "return z"),
    ("return lambda: y", "return lambda: z"),
    ("return [y for y in x]", "return [z for y in x]"),
    ("try:\n  y()\n finally:\n  z()", "try:\n  z()\n finally:\n  y()"),
    ("yield 1", "return 1"),
]


@pytest.mark.parametrize(("one", "other"), PAIRS)
def test_different_code_has_different_content(one, other):
    def content(body):
        return _kept_facts._content(compile(f"def f(x):\n {body}", "f.py", "exec").co_consts[0])

    assert content(one) != content(other)
    assert content(one) == content(f"\n\n {one}")


SECRETS = """
    def connected():
        password = "hunter2-hunter2"
        return login("hunter2-hunter2", "me")

    def address():
        return open_url("https://me:hunter2@example.com/")

    def login(*args):
        return len(args)

    open_url = login
"""


def test_of_code_that_has_to_do_with_secrets_nothing_is_kept(program):
    program.write(SECRETS, "helpers.py")
    program.write(MAIN.replace("helpers.total(x)", "helpers.connected() + helpers.address()"))
    assert program.run() == "3 1 ['address', 'connected', 'f', 'login']\n"
    assert program.run() == "3 0 ['address', 'connected']\n"
    for note in (program.folder / ".Lutil-checkpoint/v1/_notes/code").rglob("*"):
        assert note.is_dir() or b"hunter2" not in note.read_bytes()


def test_code_into_which_a_tool_has_put_what_is_no_constant_is_worked_out_each_time(tmp_path):
    file = tmp_path / "helpers.py"
    file.write_text("def f(x):\n    return x\ndef g(x):\n    return (x, None)\n")
    space: dict[str, types.FunctionType] = {}
    exec(compile(file.read_text(), str(file), "exec"), space)
    store = Store(tmp_path / "store")
    _kept_facts.keep_facts_in(store)
    _code_facts.facts(space["f"].__code__)
    code = space["g"].__code__
    patched = code.replace(co_consts=(*code.co_consts, SimpleNamespace()))
    assert _kept_facts.known_facts(patched) is None
    assert _code_facts.facts(patched).digest


def test_no_folder_is_made_for_it(program):
    program.write("""
        from Lutil.checkpoints import checkpoint
        @checkpoint
        def f(x):
            return x
        print(f.is_cached(1))
    """)
    assert program.run() == "False\n"
    assert not (program.folder / ".Lutil-checkpoint").exists()


def test_a_file_keeps_what_is_known_of_a_limited_number_of_functions(tmp_path, monkeypatch):
    monkeypatch.setattr(_kept_facts, "_MOST_ROWS", 3)
    monkeypatch.setattr(_kept_facts, "_shelves", {})
    file = tmp_path / "many.py"
    file.write_text("".join(f"def f{n}(x):\n    return x + {n}\n" for n in range(5)))
    space: dict[str, types.FunctionType] = {}
    exec(compile(file.read_text(), str(file), "exec"), space)
    store = Store(tmp_path / "store")
    store.folder.mkdir()
    _kept_facts.keep_facts_in(store)
    for n in range(5):
        _code_facts.facts(space[f"f{n}"].__code__)
    _kept_facts.write_facts()
    _kept_facts._shelves.clear()
    known = [_kept_facts.known_facts(space[f"f{n}"].__code__) is not None for n in range(5)]
    assert known == [False, False, True, True, True]
