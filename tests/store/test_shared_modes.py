"""A `file://` store is as open as its folder: who may write there may write below, whatever the umask of the others."""

from __future__ import annotations

import os
import stat
import subprocess
import sys

import pytest

from Lutil.checkpoints.store.shared._remote import Remote
from other_users import ALICE, BOB, Machine, as_root, posix
from running import SOURCE

pytestmark = posix

PUT = """
import os, sys
from Lutil.checkpoints.store.shared._remote import Remote
Remote("memory://warm", 5).put("a/b", b"")
url, user, group, umask = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4], 8)
os.umask(umask)
os.setgroups([group]); os.setgid(group); os.setuid(user)
remote = Remote(url, 5)
assert remote.put(f"v1/f/01/key/{user}", b"mine", create=True)
assert remote.put("v1/f/01/key/both", b"%d" % user) and remote.put(f"v1/g/{user}/x", b"mine")
print(sorted(remote.get(["v1/f/01/key/" + name for name in sys.argv[5:]], 100).found.values()))
"""


@pytest.fixture
def umask():
    before = os.umask(0o022)
    yield os.umask
    os.umask(before)


def modes(folder):
    found = [*folder.rglob("*")]
    return tuple(
        {stat.S_IMODE(path.stat().st_mode) for path in found if path.is_dir() == kind} for kind in (True, False)
    )


@pytest.mark.parametrize("mask", [0o000, 0o022, 0o077])
@pytest.mark.parametrize(
    ("root", "folders", "files"),
    [(0o2775, 0o2775, 0o664), (0o2770, 0o2770, 0o660), (0o755, 0o755, 0o644), (0o700, 0o700, 0o600)],
)
def test_what_is_written_is_as_open_as_the_folder_says(tmp_path, umask, mask, root, folders, files):
    folder = tmp_path / "a bucket"
    folder.mkdir()
    folder.chmod(root)
    umask(mask)
    remote = Remote(f"file://{str(tmp_path).replace(' ', '%20')}/a%20bucket", 5)
    assert remote.put("v1/f/01/key/one", b"1", create=True)
    assert not remote.put("v1/f/01/key/one", b"2", create=True)
    assert remote.put("v1/<lambda>/2", b"2")
    assert remote.put("three", b"3")
    assert stat.S_IMODE(folder.stat().st_mode) == root
    assert modes(folder) == ({folders}, {files})


def test_folders_of_ours_that_an_earlier_umask_had_closed_are_opened(tmp_path):
    folder = tmp_path / "bucket"
    (folder / "v1/f").mkdir(parents=True)
    folder.chmod(0o775)
    for path in (folder / "v1", folder / "v1/f"):
        path.chmod(0o700)
    Remote(f"file://{folder}", 5).put("v1/f/1", b"1")
    assert modes(folder) == ({0o775}, {0o664})


def test_no_link_leads_to_something_else_that_is_opened(tmp_path):
    folder, outside = tmp_path / "bucket", tmp_path / "mine"
    for path, mode in ((folder, 0o777), (outside, 0o700), (outside / "inner", 0o700)):
        path.mkdir()
        path.chmod(mode)
    (outside / "secret").write_text("")
    (outside / "secret").chmod(0o600)
    (folder / "v1").symlink_to(outside)
    remote = Remote(f"file://{folder}", 5)
    remote.put("v1/inner/x", b"1")
    (folder / "v2").mkdir()
    os.link(outside / "secret", folder / "v2/secret")
    assert not remote.put("v2/secret", b"1", create=True)
    assert stat.S_IMODE(outside.stat().st_mode) == 0o700
    assert stat.S_IMODE((outside / "inner").stat().st_mode) == 0o700
    assert stat.S_IMODE((outside / "secret").stat().st_mode) == 0o600


@as_root
@pytest.mark.parametrize("umasks", [("022", "077"), ("077", "022")])
def test_two_users_of_a_group_write_and_read_what_the_other_wrote(umasks):
    machine = Machine()
    try:
        folder = machine.shared("bucket", 0o2775)
        group, told = folder.stat().st_gid, []
        for user, mask in zip((ALICE, BOB), umasks, strict=True):
            done = subprocess.run(
                [sys.executable, "-c", PUT, f"file://{folder}", str(user), str(group), mask, str(ALICE), "both"],
                env={**os.environ, "PYTHONPATH": str(SOURCE)}, capture_output=True, text=True, check=False,
            )  # fmt: skip
            assert done.returncode == 0, done.stderr
            told.append(done.stdout)
        assert told == [f"[b'{ALICE}', b'mine']\n", f"[b'{BOB}', b'mine']\n"]
    finally:
        machine.close()
