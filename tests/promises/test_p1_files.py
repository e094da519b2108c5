"""P1 and P2 for files, in the situations around a run: edited meanwhile, moved, nested, written, declared, left out."""

from __future__ import annotations

import os
import shutil
import textwrap

import pytest

HEAD = """
import os, sys, json
from pathlib import Path
from Lutil.checkpoints import Dir, Env, File, InlineCheckpoint, checkpoint
"""


@pytest.fixture
def write(program):
    """Write the program of a test; `print("ran")` in it tells of a run."""

    def write(text, name="main.py"):
        program.write(HEAD + textwrap.dedent(text), name)

    return write


def touch(file, seconds=1_600_000_000):
    os.utime(file, (seconds, seconds))


def test_a_file_edited_while_it_is_read_costs_the_entry_not_the_result(program, write):
    write("""
        @checkpoint
        def f():
            print("ran")
            found = Path("data.txt").read_text()
            if os.environ.get("EDIT"):
                os.system("printf second > data.txt")  # somebody else's edit
            return found
        print(f())
    """)
    data = program.folder / "data.txt"
    data.write_text("first")
    assert program.run("-W", "always", "main.py", EDIT="1") == "ran\nfirst\n"
    assert "NotSavedWarning" in program.errors
    assert "data.txt" in program.errors
    assert "changed while" in program.errors
    assert program.run() == "ran\nsecond\n"
    assert program.run() == "second\n"
    data.write_text("first")
    assert program.run() == "ran\nfirst\n", "what was read as `first` was filed under it"


def test_a_moved_project_keeps_its_hits(program, write, tmp_path_factory):
    write("""
        @checkpoint
        def f():
            print("ran")
            return Path("data/a.txt").read_text(), sorted(os.listdir("data")), Path("data/b.txt").exists()
        with InlineCheckpoint(watch=[], produce=["size"]):
            print("ran")
            size = len(Path(__file__).parent.joinpath("data/a.txt").read_bytes())
        print(f(), size)
    """)
    (program.folder / "data").mkdir()
    (program.folder / "data/a.txt").write_text("here")
    assert program.run().count("ran") == 2
    new = tmp_path_factory.mktemp("elsewhere") / "moved"
    shutil.move(program.folder, new)
    program.folder.mkdir()
    program.folder = new
    assert program.run() == "(('here', ['a.txt'], False), 4)\n".replace("((", "(").replace("), 4)", ") 4")
    (new / "data/a.txt").write_text("there")
    assert program.run().count("ran") == 2


def test_a_renamed_script_keeps_its_hits(program, write):
    text = """
        @checkpoint
        def f():
            print("ran")
            return Path("data.txt").read_text()
        print(f())
    """
    write(text)
    (program.folder / "data.txt").write_text("here")
    assert program.run() == "ran\nhere\n"
    (program.folder / "sub").mkdir()
    (program.folder / "main.py").rename(program.folder / "sub/renamed.py")
    assert program.run("sub/renamed.py") == "here\n"


NESTED = """
    @checkpoint
    def inner(name):
        print("ran inner")
        return Path(name).read_text()
    @checkpoint
    def middle(name):
        print("ran middle")
        return inner(name) + "!"
    @checkpoint
    def outer(name):
        print("ran outer")
        return middle(name) * 2
    for name in os.environ["CALLS"].split():
        print(globals()[name]("data.txt"))
    if "block" in os.environ["CALLS"] or "BLOCK" in os.environ:
        with InlineCheckpoint(watch=[], produce=["found"]):
            print("ran block")
            found = outer("data.txt")
        print(found)
"""


@pytest.mark.parametrize("before", ["inner", "middle", pytest.param("", marks=pytest.mark.long)])
def test_an_inner_hit_adds_what_it_stands_for_to_all_that_enclose_it(program, write, before):
    write(NESTED)
    data = program.folder / "data.txt"
    data.write_text("a")
    program.run(CALLS=before)
    assert "a!a!" in program.run(CALLS="", BLOCK="1")
    assert program.run(CALLS="outer", BLOCK="1") == "a!a!\na!a!\n"
    data.write_text("b")
    assert program.run(CALLS="", BLOCK="1") == "ran block\nran outer\nran middle\nran inner\nb!b!\n"
    assert program.run(CALLS="outer", BLOCK="1") == "b!b!\nb!b!\n"
    data.write_text("a")
    touch(data)
    assert program.run(CALLS="outer", BLOCK="1") == "a!a!\na!a!\n"


def test_declared_files_folders_and_variables_count_by_what_they_hold(program, write):
    write("""
        @checkpoint(watch=[File("a.txt"), Dir("images"), Env("STAGE")])
        def f():
            print("ran f")
            return os.popen("cat a.txt").read()
        with InlineCheckpoint(watch=[File("a.txt"), Dir("images"), Env("STAGE")], produce=["x"]):
            print("ran block")
            x = 1
        f()
    """)
    folder = program.folder
    (folder / "images/below").mkdir(parents=True)
    (folder / "a.txt").write_text("a")
    (folder / "images/below/1.png").write_text("one")

    def both_run(**environment):
        ran = program.run(**environment).splitlines()
        assert ran in ([], ["ran block", "ran f"])
        return bool(ran)

    assert both_run()
    assert not both_run()
    for file in ("a.txt", "images/below/1.png"):
        touch(folder / file)
    assert not both_run()
    for change in (
        lambda: (folder / "a.txt").write_text("b"),
        lambda: (folder / "images/below/1.png").write_text("another"),
        lambda: (folder / "images/2.png").write_text("two"),
        lambda: (folder / "images/2.png").rename(folder / "images/3.png"),
    ):
        change()
        assert both_run()
        assert not both_run()
    assert both_run(STAGE="test")
    assert both_run(STAGE="production")
    assert not both_run(STAGE="test")


def test_a_declared_file_that_is_not_there_is_an_error_that_names_it(program, write):
    write("""
        @checkpoint(watch=[File("missing.txt")])
        def f():
            return 1
        f()
    """)
    program.run(check=False)
    assert "UnfingerprintableError" in program.errors
    assert "missing.txt" in program.errors


def test_what_a_run_wrote_itself_is_no_input(program, write):
    write("""
        @checkpoint
        def f(x):
            print("ran")
            Path("out").mkdir(exist_ok=True)
            Path("out/a.txt").write_text(str(x))
            found = Path("out/a.txt").read_text(), sorted(os.listdir("out"))
            with open("log.txt", "a") as file:
                file.write("again")
            return found
        print(f(1))
    """)
    assert program.run() == "ran\n('1', ['a.txt'])\n"
    assert program.run() == "('1', ['a.txt'])\n"
    (program.folder / "log.txt").write_text("")
    assert program.run() == "('1', ['a.txt'])\n"
    assert (program.folder / "log.txt").read_text() == "", "what is appended is an effect"


def test_a_file_that_is_read_before_it_is_overwritten_is_an_input(program, write):
    write("""
        @checkpoint
        def f():
            print("ran")
            n = int(Path("n.txt").read_text()) + 1
            Path("n.txt").write_text(str(n))
            return n
        print(f())
    """)
    data = program.folder / "n.txt"
    data.write_text("1")
    assert program.run() == "ran\n2\n"
    assert program.run() == "ran\n3\n"
    data.write_text("7")
    assert program.run() == "ran\n8\n"


def test_what_is_no_data_is_no_input(program, write):
    program.write("def one():\n    return 1  # a comment\n", "module.py")
    program.write("import warnings\ndef noisy():\n    warnings.warn('read me')  # a comment\n", "noisy.py")
    write("""
        import noisy
        @checkpoint
        def f():
            print("ran")
            import collections.abc, tempfile, warnings, importlib, linecache, traceback, module
            with tempfile.NamedTemporaryFile("w+") as file:
                file.write("x")
            with tempfile.TemporaryDirectory() as folder:
                Path(folder, "a").write_text("1")
                os.listdir(folder), Path(folder, "a").read_text()
            noisy.noisy()
            try:
                1 / 0
            except ZeroDivisionError:
                traceback.format_exc()
            linecache.getline(noisy.__file__, 1)
            Path("/proc/self/stat").read_text(), open("/dev/null").read(), Path("/dev/urandom").exists()
            with open(os.__file__) as file:
                file.read()
            return module.one()
        print(f())
    """)
    assert program.run() == "ran\n1\n"
    assert program.run() == "1\n"
    for name in ("module.py", "noisy.py"):
        file = program.folder / name
        file.write_text("# moved down\n\n" + file.read_text().replace("a comment", "another comment"))
    assert program.run() == "1\n"


def test_caches_and_configuration_count_by_their_stat(program, write, tmp_path_factory):
    cache = tmp_path_factory.mktemp("cache")
    write("""
        @checkpoint
        def f():
            print("ran")
            return Path(os.environ["XDG_CACHE_HOME"], "model.bin").read_text()
        print(f())
    """)
    file = cache / "model.bin"
    file.write_text("one")
    assert program.run(XDG_CACHE_HOME=str(cache)) == "ran\none\n"
    assert program.run(XDG_CACHE_HOME=str(cache)) == "one\n"
    touch(file)
    assert program.run(XDG_CACHE_HOME=str(cache)) == "ran\none\n"


def test_a_file_outside_of_the_project_counts_by_its_absolute_path(program, write, tmp_path_factory):
    data = tmp_path_factory.mktemp("data") / "a.txt"
    write("""
        @checkpoint
        def f():
            print("ran")
            return Path(PLACE).read_text()
        PLACE = os.environ["PLACE"]
        print(f())
    """)
    data.write_text("one")
    assert program.run(PLACE=str(data)) == "ran\none\n"
    touch(data)
    assert program.run(PLACE=str(data)) == "one\n"
    data.write_text("two")
    assert program.run(PLACE=str(data)) == "ran\ntwo\n"


def test_a_relative_path_is_that_of_the_folder_of_the_moment(program, write):
    write("""
        @checkpoint
        def f():
            print("ran")
            return Path("a.txt").read_text()
        for folder in ("one", "two", "../one", "../two"):
            if not folder.startswith(".."):
                os.makedirs(folder, exist_ok=True)
                Path(folder, "a.txt").write_text(folder)
        from Lutil.checkpoints import configure
        configure(store="cache")
        found = []
        for folder in ("one", "../two"):
            os.chdir(folder)
            found.append(f())
        print(found)
    """)
    assert program.run() == "ran\nran\n['one', 'two']\n"
    assert program.run().endswith("['one', 'two']\n")


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda data: (data / "a.txt").write_text("b"), "file `data/a.txt` changed"),
        (lambda data: (data / "b.txt").write_text("b"), "listing `data` changed"),
        (lambda data: (data / "a.txt").unlink(), "file `data/a.txt` changed"),
    ],
    ids=["edited", "one more", "gone"],
)
def test_the_reason_names_the_file(program, write, change, said):
    write("""
        @checkpoint
        def f():
            return [Path("data", name).read_text() for name in sorted(os.listdir("data")) if name == "a.txt"]
        f()
    """)
    data = program.folder / "data"
    data.mkdir()
    (data / "a.txt").write_text("a")
    program.run()
    change(data)
    program.run(LUTIL_EXPLAIN="1")
    assert f"recomputing f: {said}" in program.errors


def test_explain_names_the_file_without_running(program, write):
    write("""
        @checkpoint
        def f():
            print("ran")
            return Path("a.txt").read_text()
        if "CALL" in os.environ:
            f()
        print(f.explain())
    """)
    (program.folder / "a.txt").write_text("a")
    program.run(CALL="1")
    (program.folder / "a.txt").write_text("b")
    assert "a.txt` changed" in program.run()


CAT = """
    import subprocess
    def cat():
        return subprocess.run(["cat", "a.txt"], capture_output=True, text=True).stdout
"""


def test_reads_of_programs_that_the_project_starts_are_said_once_with_the_way_out(program, write):
    write(
        CAT
        + """
    @checkpoint
    def f(x):
        return cat()
    f(1), f(2)
    found = f.explain(1).details()
    assert "blind spot" in found and "starts cat" in found, found
    """
    )
    program.run()
    said = [line for line in program.errors.splitlines() if "Warning" in line]
    assert len(said) == 1
    assert said[0].endswith(
        'f starts cat, whose reads are not seen: declare them, watch=[File("data.csv"), Dir("images/")]'
    )


@pytest.mark.parametrize(
    "option", ["watch=[File('a.txt')]", "watch=[Dir('.')]", "version=1", "expires='1d'", "watch=[Env('STAGE')]"]
)
def test_whoever_has_declared_what_a_program_reads_is_not_told_of_it(program, write, option):
    """Nor is a computation around it: what the inner one declares counts there as well."""
    write(
        CAT
        + f"""
    @checkpoint({option})
    def f():
        return cat()
    @checkpoint
    def g():
        return f()
    g()
    """
    )
    (program.folder / "a.txt").write_text("a")
    program.run()
    assert not program.errors


DECLARED = {
    "a file": ("File('data/a.txt')", lambda folder: (folder / "data/a.txt").write_text("second"), {}),
    "a folder": ("Dir('data')", lambda folder: (folder / "data/b.txt").write_text("more"), {}),
    "a variable": ("Env('STAGE')", lambda folder: None, {"STAGE": "2"}),
}
DECLARING = {
    "a function": """
        @checkpoint(watch=[MARKER])
        def inner():
            return 1
        """,
    "a block": """
        def inner():
            with InlineCheckpoint(watch=[MARKER], produce=["found"]):
                found = 1
            return found
        """,
}


@pytest.mark.parametrize("before", ["", "inner()"], ids=["inner runs", "inner hits"])
@pytest.mark.parametrize("kind", DECLARING)
@pytest.mark.parametrize("what", DECLARED)
def test_what_an_inner_computation_declares_counts_for_those_that_enclose_it(program, write, what, kind, before):
    marker, change, environment = DECLARED[what]
    write(
        textwrap.dedent(DECLARING[kind]).replace("MARKER", marker)
        + textwrap.dedent(f"""
        @checkpoint
        def outer():
            print("ran")
            return inner()
        {before}
        outer()
        """)
    )
    (program.folder / "data").mkdir()
    (program.folder / "data/a.txt").write_text("first")
    assert program.run() == "ran\n"
    assert program.run() == ""
    change(program.folder)
    assert program.run(**environment) == "ran\n"
    assert program.run(**environment) == ""


WORKERS = {
    "a pool of processes": """
        from concurrent.futures import ProcessPoolExecutor
        def work():
            with ProcessPoolExecutor(2) as pool:
                return list(pool.map(read, ["a.txt", "b.txt"]))
        """,
    "joblib": """
        import joblib
        def work():
            return joblib.Parallel(n_jobs=2)(joblib.delayed(read)(name) for name in ["a.txt", "b.txt"])
        """,
    "a loader": """
        torch = __import__("pytest").importorskip("torch")
        from torch.utils.data import DataLoader, Dataset
        class Files(Dataset):
            def __len__(self):
                return 2
            def __getitem__(self, number):
                return read("ab"[number] + ".txt")
        def work():
            return list(DataLoader(Files(), num_workers=2, batch_size=None))
        """,
}


@pytest.mark.parametrize("workers", WORKERS)
def test_what_workers_read_is_an_input_and_nothing_is_said_of_them(program, write, workers):
    if workers == "a loader":
        pytest.importorskip("torch")
    write(
        textwrap.dedent("""
        def read(name):
            return Path(name).read_text()
        """)
        + textwrap.dedent(WORKERS[workers])
        + textwrap.dedent("""
        @checkpoint
        def f():
            print("ran", flush=True)
            return work()
        if __name__ == "__main__":
            print(f())
        """)
    )
    for name in "ab":
        (program.folder / f"{name}.txt").write_text(name)
    assert program.run() == "ran\n['a', 'b']\n"
    assert not program.errors
    assert program.run() == "['a', 'b']\n"
    (program.folder / "b.txt").write_text("B")
    assert program.run() == "ran\n['a', 'B']\n"
    assert program.run() == "['a', 'B']\n"


def test_a_search_over_workers_hits_and_says_nothing(program, write):
    """joblib starts tools of its own to count the processors: no business of anybody's."""
    write("""
        import numpy as np
        from sklearn.linear_model import Ridge
        from sklearn.model_selection import GridSearchCV
        @checkpoint
        def search(x, y):
            print("ran")
            return GridSearchCV(Ridge(), {"alpha": [1.0, 2.0]}, n_jobs=2).fit(x, y).best_params_
        search(np.arange(40.0).reshape(20, 2), np.arange(20.0))
    """)
    assert program.run() == "ran\n"
    assert not program.errors
    assert program.run() == ""


def test_what_was_written_is_named_by_explain(program, write):
    write("""
        @checkpoint
        def f():
            Path("out.txt").write_text("1")
        f()
        print(f.explain().details())
    """)
    assert "out.txt" in program.run()


def test_a_file_in_a_temporary_folder_that_the_run_was_given_counts(program):
    """Downloads, uploads and the folders of a test case are handed over so."""
    program.write("""
        import os, tempfile
        from pathlib import Path
        from Lutil.checkpoints import checkpoint
        @checkpoint
        def parse(path):
            return int(Path(path).read_text())
        with tempfile.TemporaryDirectory() as folder, tempfile.NamedTemporaryFile() as file:
            for path in (Path(folder) / "download.txt", file.name):
                for text in "12":
                    Path(path).write_text(text)
                    print(parse(path), end=" ")
    """)
    assert program.run() == "1 2 1 2 "


def test_a_download_that_was_edited_since_counts_and_one_that_is_gone_or_the_same_does_not(program):
    program.write("""
        from pathlib import Path
        from Lutil.checkpoints import checkpoint
        def download(name):
            place = Path("cache") / name
            if not place.exists():
                place.parent.mkdir(exist_ok=True)
                place.write_text("remote")
            return place
        @checkpoint
        def words(name):
            print("ran", end=" ")
            return download(name).read_text()
        @checkpoint
        def longer(name):
            return words(name) + "!"
        print(longer("w"))
    """)
    file = program.folder / "cache" / "w"
    assert [program.run(), program.run()] == ["ran remote!\n", "remote!\n"]
    file.unlink()
    assert program.run() == "remote!\n"
    file.write_text("remote")
    assert program.run() == "remote!\n"
    file.write_text("edited")
    assert [program.run(), program.run()] == ["ran edited!\n", "edited!\n"]
    file.unlink()
    assert program.run() == "remote!\n"
