"""What a release holds and how it installs: `make release-check` builds `dist/` and runs this."""

from __future__ import annotations

import email
import os
import re
import shutil
import subprocess
import sys
import tarfile
import time
import venv
import zipfile
from pathlib import Path

import pytest

import Lutil

ROOT = Path(__file__).parent.parent.parent
GIT = shutil.which("git")
BUILT = os.environ["RELEASE"]
BASE = {"click", "cloudpickle", "rich", "tqdm", "xxhash"}
OF_RICH = {"markdown-it-py", "mdurl", "pygments"}
METADATA = {"METADATA", "RECORD", "WHEEL", "entry_points.txt", "licenses/LICENSE", "top_level.txt"}
MADE = re.compile(r"PKG-INFO|setup\.cfg|.*\.egg-info/.*")
COMPILED = re.compile(r"\.(abi3|cpython-\d+[^/]*|cp\d+-[^/]*)\.?(so|pyd)$")
BLOCK = re.compile(r"^```python\n(.*?)^```", re.MULTILINE | re.DOTALL)


@pytest.fixture(scope="module")
def wheel():
    (found,) = Path(BUILT).glob("*.whl")
    return found


@pytest.fixture(scope="module")
def sdist():
    (found,) = Path(BUILT).glob("*.tar.gz")
    return found


@pytest.fixture(scope="module")
def metadata(wheel):
    with zipfile.ZipFile(wheel) as archive:
        (name,) = [name for name in archive.namelist() if name.endswith(".dist-info/METADATA")]
        return email.message_from_bytes(archive.read(name))


def git(*words):
    return subprocess.run([GIT, *words], cwd=ROOT, capture_output=True, text=True, check=True).stdout


def tracked(*folders):
    return set(filter(None, git("ls-files", "-z", *folders).split("\0")))


def test_wheel_holds_the_package_and_nothing_else(wheel):
    package = {name.removeprefix("src/") for name in tracked("src") if not name.endswith(".c")}
    with zipfile.ZipFile(wheel) as archive:
        names = {name for name in archive.namelist() if not name.endswith("/")}
    inside = {name.split("/", 1)[1] for name in names if ".dist-info/" in name}
    assert inside <= METADATA
    assert {"METADATA", "RECORD", "WHEEL", "entry_points.txt", "licenses/LICENSE"} <= inside
    files = {name for name in names if ".dist-info/" not in name}
    assert package <= files
    assert {name for name in files - package if not COMPILED.search(name)} == set()


def test_sdist_holds_what_is_tracked_and_nothing_else(sdist):
    with tarfile.open(sdist) as archive:
        names = {name.split("/", 1)[1] for name in archive.getnames() if "/" in name}
        folders = {member.name.split("/", 1)[1] for member in archive if member.isdir() and "/" in member.name}
    files = {name for name in names - folders if not MADE.fullmatch(name)}
    assert files - tracked() == set()
    needed = {"pyproject.toml", "README.md", "LICENSE", "CHANGELOG.md", *tracked("src")}
    assert needed - files == set()


def test_base_dependencies_are_five_and_each_extra_is_named(metadata):
    required = [line.partition(";") for line in metadata.get_all("Requires-Dist")]
    base = {re.split(r"[^\w-]", name)[0].lower() for name, _, marker in required if "extra" not in marker}
    assert base == BASE
    assert {"numpy", "pandas", "sklearn", "docs", "test"} <= set(metadata.get_all("Provides-Extra"))


def test_version_is_that_of_the_tag_and_of_the_citation(metadata):
    assert metadata["Version"] == Lutil.__version__
    citation = (ROOT / "CITATION.cff").read_text(encoding="utf-8")
    assert re.search(r"^version: (.*)$", citation, re.MULTILINE)[1] == Lutil.__version__
    versions = [tag for tag in git("tag", "--points-at", "HEAD").split() if re.match(r"v\d", tag)]
    assert versions in ([], [f"v{Lutil.__version__}"])


def test_oldest_versions_are_those_of_the_extras(metadata):
    pinned = (Path(__file__).parent / "oldest.txt").read_text(encoding="utf-8")
    for name, version in re.findall(r"^([\w-]+)==([\d.]+)$", pinned, re.MULTILINE):
        lower = [re.match(rf"{name}>=([\d.]+)", line) for line in metadata.get_all("Requires-Dist")]
        bounds = {match[1] for match in lower if match}
        assert bounds, name
        assert all(version.startswith(bound) for bound in bounds), (name, version, bounds)


def test_wheel_installs_alone_into_an_empty_environment_and_works(wheel, tmp_path, capsys):
    place = tmp_path / "env"
    venv.create(place, with_pip=True)
    python = place / ("Scripts" if sys.platform == "win32" else "bin") / "python"
    own = {name: value for name, value in os.environ.items() if name not in {"PYTHONPATH", "VIRTUAL_ENV"}}

    def run(*words):
        done = subprocess.run([python, *words], cwd=tmp_path, env=own, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        return done.stdout

    start = time.perf_counter()
    run("-m", "pip", "install", "--quiet", str(wheel.absolute()))
    took = time.perf_counter() - start
    listed = {line.partition("==")[0].lower() for line in run("-m", "pip", "list", "--format=freeze").split()}
    assert listed - {"pip", "setuptools", "wheel", "colorama"} == {"lutil", *BASE, *OF_RICH}
    for page in ("start-notebook.md", "start-script.md"):
        text = (ROOT / "docs" / page).read_text(encoding="utf-8")
        (tmp_path / "main.py").write_text("\n".join(BLOCK.findall(text)), encoding="utf-8")
        assert run("main.py") == run("main.py")
    assert run("-m", "Lutil", "ls")
    size = sum(file.stat().st_size for file in (place / "lib").rglob("Lutil/**/*") if file.is_file())
    with capsys.disabled():
        print(
            f"\ninstalled in {took:.1f} s; the wheel has {wheel.stat().st_size / 1e6:.2f} MB, unpacked {size / 1e6:.2f} MB"
        )
