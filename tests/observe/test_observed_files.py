"""Files and folders that a run reads become its trace, by content; all else does not."""

# The programs here read files in all the ways that users do.
# ruff: noqa: C901, PLR0912, PTH103, PTH104, PTH105, PTH107, PTH202, PTH207, PTH208
# ruff: noqa: S108, S602, S605, S607, S608, SIM115

from __future__ import annotations

import asyncio
import contextlib
import glob
import io
import json
import linecache
import os
import pickle
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import traceback
import warnings
from contextlib import closing
from os.path import exists
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from Lutil.checkpoints.model._key import NoteKind, PartKind
from Lutil.checkpoints.observe import (
    EMPTY,
    EMPTY_DIGEST,
    Mode,
    Observation,
    Observed,
    Recorder,
    Trace,
    present,
    present_parts,
)
from Lutil.checkpoints.observe.files import _file_log as filelog_module
from Lutil.checkpoints.observe.files._path_names import Places


def names(seen, kind=PartKind.FILE):
    return {(o.name, o.mode) for o in seen.trace.names if o.kind is kind}


def csv_bytes(number):
    return f"a,b\n1,{number}\n".encode()


def npy_bytes(number):
    file = io.BytesIO()
    np.save(file, np.array([number]))
    return file.getvalue()


def parquet_bytes(number):
    file = io.BytesIO()
    pd.DataFrame({"a": [number]}).to_parquet(file)
    return file.getvalue()


def sqlite_bytes(number):
    with tempfile.TemporaryDirectory() as folder, closing(sqlite3.connect(Path(folder) / "x.db")) as db:
        db.execute("create table t (x)")
        db.execute(f"insert into t values ({number})")
        db.commit()
        return Path(folder, "x.db").read_bytes()


def read_sqlite(path):
    with closing(sqlite3.connect(path)) as db:
        return db.execute("select x from t").fetchone()[0]


def with_(reader):
    def read(path):
        with open(path, "rb") as file:
            return reader(file)

    return read


def polars_read(name):
    def read(path):
        polars = pytest.importorskip("polars")
        return getattr(polars, name)(path)

    read.library = "polars"
    return read


def pyarrow_read(path):
    import pyarrow.parquet

    return pyarrow.parquet.read_table(path)


def pyarrow_csv(path):
    import pyarrow.csv

    return pyarrow.csv.read_csv(path)


def pyarrow_dataset(path):
    import pyarrow.dataset

    return pyarrow.dataset.dataset(path).to_table()


def hdf5_bytes(number):
    h5py = pytest.importorskip("h5py")
    with tempfile.TemporaryDirectory() as folder:
        with h5py.File(Path(folder, "x.h5"), "w") as file:
            file["a"] = [number]
        return Path(folder, "x.h5").read_bytes()


def hdf5_read(path):
    import h5py

    with h5py.File(path, "r") as file:
        return file["a"][:]


READERS = {
    "open": (csv_bytes, with_(lambda file: file.read())),
    "os.open": (csv_bytes, lambda path: os.close(os.open(path, os.O_RDONLY))),
    "pathlib": (csv_bytes, lambda path: Path(path).read_text()),
    "json": (lambda n: b"[%d]" % n, with_(json.load)),
    "pickle": (pickle.dumps, with_(pickle.load)),
    "numpy.load": (npy_bytes, np.load),
    "numpy.load mapped": (npy_bytes, lambda path: np.load(path, mmap_mode="r")),
    "numpy.fromfile": (npy_bytes, lambda path: np.fromfile(path, dtype="u1")),
    "numpy.loadtxt": (csv_bytes, lambda path: np.loadtxt(path, delimiter=",", skiprows=1)),
    "pandas.read_csv": (csv_bytes, pd.read_csv),
    "pandas.read_csv by pyarrow": (csv_bytes, lambda path: pd.read_csv(path, engine="pyarrow")),
    "pandas.read_parquet": (parquet_bytes, pd.read_parquet),
    "pyarrow.parquet": (parquet_bytes, pyarrow_read),
    "pyarrow.csv": (csv_bytes, pyarrow_csv),
    "pyarrow.dataset": (parquet_bytes, pyarrow_dataset),
    "polars.read_csv": (csv_bytes, polars_read("read_csv")),
    "polars.scan_csv": (csv_bytes, polars_read("scan_csv")),
    "polars.read_parquet": (parquet_bytes, polars_read("read_parquet")),
    "polars.scan_parquet": (parquet_bytes, polars_read("scan_parquet")),
    "sqlite3": (sqlite_bytes, read_sqlite),
    "h5py": (hdf5_bytes, hdf5_read),
    "shutil.copy": (csv_bytes, lambda path: shutil.copy(path, "copy")),
}


@pytest.mark.parametrize("reader", READERS)
def test_a_file_that_is_read_counts_by_its_content(project, reader):
    """Unchanged: the same digest. Touched but equal: the same. Changed: another. Gone: another."""
    make, read = READERS[reader]
    if hasattr(read, "library"):
        pytest.importorskip(read.library)
    first, second = make(1), make(2)
    path = project.write("data/x.bin", first)
    read(str(path))  # libraries load their parts when first used, which is not what is tested here
    Path("copy").unlink(missing_ok=True)
    seen = project.observe(lambda: read(str(path)))
    assert ("project:data/x.bin", "content") in names(seen)
    assert seen.unstable is None
    assert project.present(seen) == seen.digest
    project.write("data/x.bin", first, age=-100)
    assert project.present(seen) == seen.digest
    project.write("data/x.bin", second)
    assert project.present(seen) not in {seen.digest, None}
    path.unlink()
    assert project.present(seen) not in {seen.digest, None}
    project.write("data/x.bin", first)
    assert project.present(seen) == seen.digest


def test_a_run_that_reads_nothing_has_the_empty_trace(project):
    seen = project.observe(lambda: sum(range(10)))
    assert seen == Observation(EMPTY, EMPTY_DIGEST)
    assert present(EMPTY, None, project.root) == EMPTY_DIGEST


def test_parts_name_each_file_with_a_digest_of_its_own(project):
    for name in "abc":
        project.write(f"{name}.csv", name)
    seen = project.observe(lambda: [Path(f"{name}.csv").read_text() for name in "cab"])
    assert [part.path for part in seen.parts] == ["project:a.csv", "project:b.csv", "project:c.csv"]
    assert present_parts(seen.trace, None, project.root) == seen.parts
    project.write("b.csv", "changed")
    now = present_parts(seen.trace, None, project.root)
    assert [was.path for was, is_ in zip(seen.parts, now, strict=True) if was != is_] == ["project:b.csv"]


def test_a_moved_project_keeps_its_digest(project, tmp_path):
    project.write("data/x.csv")
    seen = project.observe(lambda: (Path("data/x.csv").read_text(), sorted(os.listdir("data"))))
    moved = tmp_path / "elsewhere"
    shutil.copytree(project.root, moved)
    project.write("data/x.csv", "changed")
    assert present(seen.trace, None, str(moved)) == seen.digest


def test_a_file_outside_of_the_project_keeps_its_absolute_name(project, tmp_path):
    outside = tmp_path / "outside.csv"
    outside.write_text("x")
    seen = project.observe(outside.read_text)
    assert names(seen) == {(str(outside), "content")}


def test_a_file_edited_while_the_run_reads_it_is_unstable(project):
    path = project.write("x.csv", "before")

    def body():
        text = path.read_text()
        project.write("other.csv", text)
        subprocess.run([sys.executable, "-c", f"open({str(path)!r}, 'w').write('after!')"], check=True)

    assert project.observe(body).unstable == "project:x.csv"


def test_a_file_replaced_by_an_equal_one_while_the_run_reads_it_is_unstable(project):
    path = project.write("x.csv")

    def body():
        path.read_text()
        code = f"import os, shutil; shutil.copy({str(path)!r}, 'n'); os.replace('n', {str(path)!r})"
        subprocess.run([sys.executable, "-c", code], check=True)

    assert project.observe(body).unstable == "project:x.csv"


def test_a_folder_that_gains_a_file_changes_the_digest(project):
    project.write("data/a.csv")
    for read in (
        lambda: os.listdir("data"),
        lambda: [entry.name for entry in os.scandir("data")],
        lambda: glob.glob("data/*.csv"),
        lambda: list(Path("data").glob("*.csv")),
        lambda: list(Path("data").iterdir()),
        lambda: list(os.walk("data")),
    ):
        seen = project.observe(read)
        assert ("project:data", "names") in names(seen, PartKind.LISTING)
        assert project.present(seen) == seen.digest
        project.write("data/b.csv")
        assert project.present(seen) != seen.digest
        Path("data/b.csv").unlink()
        assert project.present(seen) == seen.digest


def test_a_folder_that_gains_a_file_during_the_run_by_others_is_unstable(project):
    project.write("data/a.csv")

    def body():
        os.listdir("data")
        subprocess.run([sys.executable, "-c", "open('data/b.csv', 'w')"], check=True)

    assert project.observe(body).unstable == "project:data"


def test_a_listing_leaves_out_what_the_run_itself_puts_there(project):
    project.write("data/a.csv")

    def body():
        for name in os.listdir("data"):
            Path("data/out.txt").write_text(name)

    seen = project.observe(body)
    assert seen.unstable is None
    assert names(seen, PartKind.LISTING) == {("project:data", "names without out.txt")}
    assert project.present(seen) == seen.digest
    Path("data/out.txt").unlink()
    assert project.present(seen) == seen.digest
    project.write("data/b.csv")
    assert project.present(seen) != seen.digest


def test_a_listing_leaves_out_the_store_and_what_python_leaves_behind(project):
    seen = project.observe(lambda: os.listdir("."), exclude=str(project.path / "cache"))
    for folder in ("cache", "__pycache__", ".ipynb_checkpoints", ".Lutil-checkpoint"):
        Path(folder).mkdir()
    assert project.present(seen) == seen.digest


@pytest.mark.parametrize("attempt", [lambda: open("no.csv"), lambda: os.listdir("no.csv")], ids=["open", "listdir"])
def test_what_is_looked_for_and_missing_is_an_input(project, attempt):
    def body():
        with pytest.raises(FileNotFoundError):
            attempt()

    seen = project.observe(body)
    assert [o.name for o in seen.trace.names] == ["project:no.csv"]
    assert project.present(seen) == seen.digest
    if attempt.__code__.co_names[0] == "open":
        project.write("no.csv")
    else:
        Path("no.csv").mkdir()
    assert project.present(seen) != seen.digest


@pytest.mark.parametrize(
    "test",
    [
        os.path.exists,
        os.path.isfile,
        lambda p: Path(p).exists(),
        lambda p: Path(p).is_file(),
        lambda p: os.access(p, 4),
    ],
    ids=["exists", "isfile", "Path.exists", "Path.is_file", "access"],
)
def test_a_test_for_existence_is_an_input(project, test):
    seen = project.observe(lambda: test("override.json"))
    assert names(seen) == {("project:override.json", "existing")}
    assert project.present(seen) == seen.digest
    project.write("override.json", "{}")
    assert project.present(seen) != seen.digest
    there = project.observe(lambda: test("override.json"))
    project.write("override.json", "{'a': 1}", age=50)
    assert project.present(there) == there.digest


FOLDER, NAME = "settings", "override"


@pytest.mark.parametrize(
    "test",
    [
        lambda p: os.path.exists("settings/override.json"),
        lambda p: os.path.exists(f"{FOLDER}/{NAME}.json"),
        lambda p: (Path(FOLDER) / f"{NAME}.json").exists(),
        os.path.exists,
        lambda p: [Path(FOLDER, name).is_file() for name in (NAME + ".json",)],
        lambda p: Path(p).resolve().is_file(),
        exists,
    ],
    ids=["constant", "globals", "Path", "parameter", "loop", "resolved", "imported by name"],
)
def test_a_test_for_existence_counts_wherever_its_path_comes_from(project, test):
    seen = project.observe(lambda: test("settings/override.json"))
    assert names(seen) == {("project:settings/override.json", "existing")}
    project.write("settings/override.json", "{}")
    assert project.present(seen) != seen.digest


def test_a_glob_without_a_wildcard_is_a_test_for_existence(project):
    seen = project.observe(lambda: glob.glob("one.csv"))
    assert names(seen) == {("project:one.csv", "existing")}


def test_sizes_and_times_count_where_the_project_asks_for_them(project):
    project.write("x.csv", "12", age=50)
    by_size = project.observe(lambda: os.path.getsize("x.csv"))
    by_time = project.observe(lambda: Path("x.csv").stat().st_mtime)
    project.write("x.csv", "34", age=20)
    assert project.present(by_size) == by_size.digest
    assert project.present(by_time) != by_time.digest
    project.write("x.csv", "345", age=20)
    assert project.present(by_size) != by_size.digest


def test_files_that_the_run_makes_are_no_inputs_and_are_listed_as_written(project):
    def body():
        Path("out").mkdir()
        Path("out/made.csv").write_text("x")
        Path("out/made.csv").read_text()
        os.makedirs("more/folders", exist_ok=True)
        Path("tmp").write_text("y")
        os.replace("tmp", "final.txt")
        Path("final.txt").read_text()

    seen = project.observe(body)
    assert seen.trace is EMPTY
    assert set(seen.written) == {"project:out/made.csv", "project:final.txt"}  # `tmp` is gone again


def test_a_file_that_the_run_overwrites_and_then_reads_is_no_input(project):
    project.write("x.csv", "old")

    def body():
        Path("x.csv").write_text("new")
        Path("x.csv").read_text()

    assert project.observe(body).trace is EMPTY


@pytest.mark.parametrize("mode", ["a", "r+"])
def test_a_file_that_the_run_reads_and_changes_is_unstable(project, mode):
    project.write("x.csv", "old")

    def body():
        with open("x.csv", mode) as file:
            file.write("appended")
        Path("x.csv").read_text()

    assert project.observe(body).unstable == "project:x.csv"


def test_times_of_what_is_in_a_folder_count_where_the_project_asks_for_them(project):
    """Choosing the newest file: no function of Python stands between the entry of a folder and its stat."""
    for name in ("data/a.csv", "data/b.csv"):
        project.write(name, age=100)

    def newest():
        with os.scandir("data") as entries:
            return max(entries, key=lambda entry: entry.stat().st_mtime).name

    seen = project.observe(newest)
    assert ("project:data", "names") in names(seen, PartKind.LISTING)
    assert project.present(seen) == seen.digest
    project.write("data/b.csv")
    assert project.present(seen) != seen.digest
    only_names = project.observe(lambda: [entry.name for entry in os.scandir("data") if entry.is_file()])
    project.write("data/b.csv", age=50)
    assert project.present(only_names) == only_names.digest


def test_the_size_of_a_file_that_the_run_appended_to_is_unstable(project):
    project.write("x.csv", "old")

    def body():
        with open("x.csv", "a") as file:
            file.write("appended")
        os.path.getsize("x.csv")

    assert project.observe(body).unstable == "project:x.csv"


def test_appending_to_a_log_is_no_input(project):
    project.write("log.txt", "old")

    def body():
        with open("log.txt", "a") as file:
            file.write("line")

    seen = project.observe(body)
    assert seen.trace is EMPTY
    assert seen.unstable is None


def test_a_removed_file_in_another_folder_does_not_hide_one_of_the_same_name(project):
    """`shutil.rmtree` removes by names that are relative to an open folder, not to the working directory."""
    project.write("data.csv", "mine")

    def body():
        Path("out").mkdir()
        Path("out/data.csv").write_text("x")
        shutil.rmtree("out")
        return Path("data.csv").read_text()

    assert ("project:data.csv", "content") in names(project.observe(body))


def test_a_link_that_the_run_makes_does_not_hide_what_it_leads_to(project, tmp_path):
    data = tmp_path / "data.csv"
    data.write_text("1")

    def body():
        Path("link.csv").symlink_to(data)
        return Path("link.csv").read_text()

    seen = project.observe(body)
    data.write_text("2")
    assert project.present(seen) != seen.digest


def test_code_libraries_and_machinery_are_left_out(project, tmp_path):
    project.write("helper_module.py", "import os\nVALUE = 1\n")
    sys.path.insert(0, project.root)

    def body():
        import helper_module

        linecache.getline(helper_module.__file__, 1)
        import inspect

        inspect.getsource(helper_module)
        assert "import os" in warnings.formatwarning("shows its line", UserWarning, helper_module.__file__, 1)
        linecache.clearcache()
        try:
            helper_module.missing()
        except AttributeError:
            traceback.format_exc()
        Path(json.__file__).read_text()
        Path(np.__file__).read_text()
        Path("/proc/self/status").read_bytes()
        Path("/dev/null").read_bytes()
        with tempfile.NamedTemporaryFile() as file, tempfile.TemporaryDirectory() as folder:
            file.write(b"x")
            Path(folder, "y").write_text("y")
            Path(file.name).read_bytes()
            Path(folder, "y").read_text()
            os.listdir(folder)

    try:
        seen = project.observe(body)
    finally:
        sys.path.remove(project.root)
        sys.modules.pop("helper_module", None)
        linecache.clearcache()
    assert seen.trace is EMPTY
    assert seen.written == ()


def test_seeing_to_it_that_a_folder_is_there_is_no_input(project):
    Path("there").mkdir()

    def body():
        os.makedirs("there", exist_ok=True)
        os.makedirs("new/folder", exist_ok=True)
        Path("there").mkdir(exist_ok=True)
        Path("there/deep/er").mkdir(parents=True, exist_ok=True)

    assert project.observe(body).trace is EMPTY


def test_what_could_not_be_removed_renamed_or_made_is_an_input(project):
    project.write("there", "1")

    def body():
        for attempt in (lambda: os.remove("a"), lambda: os.rename("b", "c"), lambda: open("there", "x")):
            with pytest.raises(OSError):
                attempt()

    assert {name for name, _ in names(project.observe(body))} == {"project:a", "project:b", "project:there"}


def test_the_store_is_left_out(project):
    project.write("cache/v1/entry")
    seen = project.observe(
        lambda: (Path("cache/v1/entry").read_text(), os.listdir("cache")), exclude=f"{project.root}/cache"
    )
    assert seen.trace is EMPTY


def test_a_module_that_reads_data_while_it_is_imported_counts(project):
    project.write("reads_data.py", "from pathlib import Path\n\nDATA = Path('data.csv').read_text()\n")
    project.write("data.csv")
    sys.path.insert(0, project.root)

    def body():
        import reads_data  # noqa: F401

    try:
        seen = project.observe(body)
    finally:
        sys.path.remove(project.root)
        sys.modules.pop("reads_data", None)
    assert names(seen) == {("project:data.csv", "content")}


def test_caches_and_configuration_count_by_stat(project, tmp_path, monkeypatch):
    monkeypatch.setenv("HF_HOME", str(tmp_path / "hf"))
    model = tmp_path / "hf" / "model.bin"
    model.parent.mkdir()
    model.write_text("weights")
    seen = project.observe(model.read_text, exclude=str(tmp_path / "another store"))
    assert names(seen) == {(str(model), "stat")}
    assert project.present(seen) == seen.digest
    os.utime(model, (1, 1))
    assert project.present(seen) != seen.digest


def test_pipes_and_devices_are_never_opened_by_us(project):
    os.mkfifo("pipe")
    trace = Trace([Observed(PartKind.FILE, "project:pipe", Mode.CONTENT)])
    assert present(trace, None, project.root) is not None  # a reader of the pipe would wait for ever


def test_more_files_than_are_worth_naming_count_by_folder(project, monkeypatch):
    monkeypatch.setattr(filelog_module, "MOST_FILES", 150)
    for number in range(160):
        project.write(f"images/{number}.txt", "x")
    project.write("labels.csv")
    seen = project.observe(lambda: [p.read_text() for p in [*sorted(Path("images").iterdir()), Path("labels.csv")]])
    assert names(seen) == {("project:labels.csv", "content")}
    assert ("project:images", "stats") in names(seen, PartKind.LISTING)
    assert [note.what for note in seen.notes] == ["reads 161 files: compared by listing, size and time"]
    assert project.present(seen) == seen.digest
    project.write("images/7.txt", "xy")
    assert project.present(seen) != seen.digest


def test_a_process_that_the_run_starts_is_noted_once(project):
    def body():
        for _ in range(2):
            subprocess.run([sys.executable, "-c", ""], check=True)

    notes = project.observe(body).notes
    assert [(n.kind, n.path) for n in notes] == [(NoteKind.BLIND_SPOT, "program")]
    assert "python" in notes[0].what


def test_programs_that_the_project_itself_starts_are_told_from_those_that_libraries_start(project, monkeypatch):
    """A library looks for its tools by itself (`lscpu`, `git --version`); what the project starts reads its data."""
    library = project.write(
        "site-packages/tool.py", "import subprocess\n\ndef probe():\n    subprocess.run(['true'])\n"
    )
    monkeypatch.syspath_prepend(library.parent)

    def body():
        import tool

        tool.probe()
        subprocess.run(["true", "a"], check=True)
        os.system("false 2>&1")
        subprocess.run("cat /dev/null | cat", shell=True, check=True)

        async def later():
            await (await asyncio.create_subprocess_exec("env", stdout=subprocess.DEVNULL)).wait()

        asyncio.run(later())

    def only_the_library():
        import tool

        tool.probe()

    assert project.observe(body).programs == ("starts true", "starts false", "starts cat", "starts env")
    assert project.observe(only_the_library).programs == ()


def test_what_a_library_reads_while_it_is_imported_is_its_own(project, monkeypatch):
    """As its code is: by its version. A module of the project that it imports reads data all the same."""
    text = "import os\nfrom pathlib import Path\nPath('data.csv').read_text(), os.listdir('.'), os.path.exists('x')\n"
    library = project.write(
        "site-packages/reads_when_imported.py", text + "def read(): return Path('b.csv').read_text()"
    )
    monkeypatch.syspath_prepend(library.parent)
    project.write("data.csv")
    project.write("b.csv")

    def body():
        import reads_when_imported

        return reads_when_imported

    assert project.observe(body).trace is EMPTY
    assert names(project.observe(lambda: body().read())) == {("project:b.csv", "content")}
    sys.modules.pop("reads_when_imported")


def test_what_is_done_when_no_run_is_on_is_not_seen(project):
    project.write("x.csv")
    recorder = Recorder(root=project.root)
    Path("x.csv").read_text()
    recorder.start()
    seen = recorder.stop()
    Path("x.csv").read_text()
    assert seen.trace is EMPTY


def test_a_failed_run_may_be_dropped_any_number_of_times(project):
    recorder = Recorder(root=project.root)
    recorder.start()
    recorder.drop()
    recorder.drop()
    project.write("x.csv")
    assert names(project.observe(Path("x.csv").read_text)) == {("project:x.csv", "content")}


def test_a_strange_path_is_the_callers_error_and_not_ours(project):
    def body():
        with pytest.raises(ValueError, match="null"):
            open("a\0b")
        with pytest.raises(OSError):
            open("x" * 5000)

    assert project.observe(body).unstable is None


TEXT = st.text(st.characters(blacklist_characters="\0", codec="utf-8"), min_size=1)


@given(st.lists(st.tuples(st.sampled_from([PartKind.FILE, PartKind.LISTING, PartKind.STREAM]), TEXT, TEXT)))
def test_a_trace_survives_its_bytes(names_):
    trace = Trace(Observed(*name) for name in names_)
    assert Trace.from_bytes(trace.to_bytes()) == trace
    assert Trace.from_bytes(trace.to_bytes()).names == trace.names


@given(st.binary())
def test_bytes_that_are_no_trace_are_refused(data):
    try:
        trace = Trace.from_bytes(data)
    except ValueError:
        return
    assert trace.to_bytes() == data


@given(st.lists(st.tuples(TEXT, TEXT), unique=True), st.randoms(use_true_random=False))
def test_a_trace_has_one_order(pairs, shuffler):
    first = [Observed(PartKind.FILE, name, mode) for name, mode in pairs]
    second = list(first)
    shuffler.shuffle(second)
    assert Trace(first).to_bytes() == Trace(second).to_bytes()


def test_a_file_name_that_is_no_text_survives(project):
    name = os.fsdecode(b"\xff\xfe.csv")
    project.write(name)
    seen = project.observe(lambda: open(name).close())
    assert Trace.from_bytes(seen.trace.to_bytes()) == seen.trace
    assert project.present(seen) == seen.digest


def test_a_project_in_a_folder_of_the_temporary_counts_all_the_same():
    places = Places("/tmp/pymp-1/project", "")
    assert places.verdict("/tmp/pymp-1/project/data.csv") == "content"
    assert places.verdict("/tmp/pymp-2/data.csv") == ""


@pytest.mark.parametrize(
    "path",
    [
        "/tmp/data.csv",
        "/tmp/tmpabcdefgh/download.csv",
        "/tmp/tmp_features.csv",
        "/tmp/torch_data/train.csv",
        "/tmp/pip_figures/a.csv",
        "/dev/shm/data.csv",
        "/run/media/me/disk/data.csv",
    ],
)
def test_data_counts_wherever_a_person_or_a_caller_has_put_it(path):
    assert Places("/home/me/project", "").verdict(path) == "content"


@pytest.mark.skipif(os.name != "posix", reason="devices are files on POSIX only")
@pytest.mark.parametrize(
    "path", ["/proc/meminfo", "/dev/null", "/dev/shm/sem.mp-1", "/dev/shm/joblib_memmapping_folder_1/a.pkl"]
)
def test_devices_and_what_pools_hand_on_do_not_count(path):
    assert Places("/home/me/project", "").verdict(path) == ""


def test_a_virtual_environment_inside_the_project_is_left_out(tmp_path):
    places = Places(str(tmp_path), "")
    assert places.verdict(f"{tmp_path}/.venv/lib/python3.12/site-packages/pkg/data.csv") == ""
    assert places.verdict(f"{tmp_path}/src/pkg/data.csv") == "content"


NAMES = ("a", "b", "c", "d/e", "d/f")
FILE_STEPS = st.lists(
    st.tuples(
        st.sampled_from(
            ["read", "write", "append", "exists", "list", "glob", "remove", "rename", "size", "new", "inner", "end"]
        ),
        st.sampled_from(NAMES),
        st.sampled_from(NAMES),
    ),
    min_size=1,
    max_size=8,
)


def perform(root, steps):
    """Do what the steps say in a folder and return all that can be seen of it."""
    seen, inner = [], []
    for what, first, second in steps:
        path, other = Path(first), Path(second)
        try:
            if what == "read":
                seen.append(path.read_text())
            elif what == "write":
                path.write_text("".join(map(str, seen)))
            elif what == "new":
                with path.open("x") as file:
                    file.write("n")
            elif what == "append":
                with path.open("a") as file:
                    file.write("+")
            elif what == "exists":
                seen.append(path.exists())
            elif what == "list":
                seen.append(sorted(os.listdir(path.parent)))
            elif what == "glob":
                seen.append(sorted(glob.glob(f"{path.parent}/*")))
            elif what == "remove":
                path.unlink()
            elif what == "rename":
                path.rename(other)
            elif what == "size":
                seen.append(os.path.getsize(path))
            elif what == "inner":
                inner.append(Recorder(root=root))
                inner[-1].start()
            elif inner:
                inner.pop().stop()
        except OSError as error:
            seen.append(type(error).__name__)
    while inner:
        inner.pop().stop()
    return seen


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.dictionaries(st.sampled_from(NAMES), st.sampled_from("12")),
    FILE_STEPS,
    st.dictionaries(st.sampled_from(NAMES), st.sampled_from(["1", "2", None]), max_size=2),
)
def test_where_the_digest_is_the_same_a_run_would_see_the_same(tmp_path, before, steps, edits):
    """In any other folder that gives the same digest, but for what the run itself writes, it sees the same."""
    with tempfile.TemporaryDirectory(dir=tmp_path) as parent:
        roots = [os.path.join(parent, name) for name in ("one", "two")]
        for root in roots:
            os.makedirs(os.path.join(root, "d"))
            for name, text in before.items():
                Path(root, name).write_text(text)
        with contextlib.chdir(roots[0]):
            recorder = Recorder(root=roots[0])
            recorder.start()
            first = perform(roots[0], steps)
            seen = recorder.stop()
        if seen.unstable is not None:
            return
        own = {os.path.relpath(path, roots[0]) for path in {*recorder.files.own, *recorder.files._passing}}
        for name, text in edits.items():
            if name in own:
                continue
            if text is None:
                Path(roots[1], name).unlink(missing_ok=True)
            else:
                Path(roots[1], name).write_text(text)
        if present(seen.trace, None, roots[1]) == seen.digest:
            with contextlib.chdir(roots[1]):
                assert perform(roots[1], steps) == first
        else:
            assert any(name not in own for name in edits)
