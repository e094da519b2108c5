"""Ceph's S3 server on this machine, without a disk, for `make test-s3`: one monitor, one OSD in memory, one gateway.

    python tests/store/radosgw.py COMMAND ...      runs a command with AWS_ENDPOINT_URL and credentials set

Needs Debian's packages radosgw, ceph-mon and ceph-osd. Two traps of version 16: without cephx the gateway never
starts, and without tcp_nodelay each small answer takes 40 ms.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import uuid
from pathlib import Path

USER, SECRET = "lutil-tests", "lutil-tests-secret"
CONF = """[global]
fsid = {fsid}
mon host = [v2:127.0.0.1:{v2},v1:127.0.0.1:{v1}]
public addr = 127.0.0.1
cluster addr = 127.0.0.1
keyring = {folder}/keyring
run dir = {folder}
admin socket = {folder}/$name.asok
log file = {folder}/$name.log
pid file = {folder}/$name.pid
crash dir = {folder}
setuser match path = {folder}
mon data = {folder}/mon
mon allow pool size one = true
mon warn on pool no redundancy = false
mon max pg per osd = 2000
osd data = {folder}/osd
osd objectstore = memstore
memstore device bytes = 4294967296
osd pool default size = 1
osd pool default min size = 1
osd pool default pg num = 8
osd pool default pg autoscale mode = off
osd crush chooseleaf type = 0
rgw data = {folder}/rgw
rgw thread pool size = 32
"""


def free_port():
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return found.getsockname()[1]


class Gateway:
    """A running gateway; left, all of it is ended."""

    def __init__(self):
        self.folder = Path(tempfile.mkdtemp(prefix="radosgw-"))
        self.port = free_port()
        self.started = []

    def run(self, *command):
        done = subprocess.run(
            command, cwd=self.folder, env=self.env, capture_output=True, text=True, timeout=60, check=False
        )
        if done.returncode:
            raise RuntimeError(f"{' '.join(command)}: {done.stderr[-2000:]}")
        return done.stdout

    def start(self, *command):
        log = (self.folder / f"{command[0]}.out").open("w")
        self.started.append(subprocess.Popen(command, cwd=self.folder, env=self.env, stdout=log, stderr=log))

    def __enter__(self):
        folder, fsid, v1, v2 = self.folder, str(uuid.uuid4()), free_port(), free_port()
        self.env = {**os.environ, "CEPH_CONF": f"{folder}/ceph.conf"}
        (folder / "ceph.conf").write_text(CONF.format(folder=folder, fsid=fsid, v1=v1, v2=v2))
        for name in ("mon", "osd", "rgw"):
            (folder / name).mkdir()
        caps = ["--cap", "mon", "allow *", "--cap", "osd", "allow *", "--cap", "mgr", "allow *"]
        self.run("ceph-authtool", "--create-keyring", "keyring", "--gen-key", "-n", "mon.", "--cap", "mon", "allow *")
        self.run("ceph-authtool", "keyring", "--gen-key", "-n", "client.admin", *caps)
        self.run("ceph-authtool", "keyring", "--gen-key", "-n", "osd.0", *caps)
        self.run(
            "monmaptool", "--create", "--addv", "a", f"[v2:127.0.0.1:{v2},v1:127.0.0.1:{v1}]", "--fsid", fsid, "monmap"
        )
        self.run("ceph-mon", "--mkfs", "-i", "a", "--monmap", "monmap", "--keyring", "keyring")
        self.start("ceph-mon", "-i", "a", "-f")
        osd = str(uuid.uuid4())
        self.run("ceph", "osd", "new", osd, "0")
        self.run("ceph", "auth", "import", "-i", "keyring")
        self.run("ceph-osd", "-i", "0", "--mkfs", "--osd-uuid", osd)
        self.start("ceph-osd", "-i", "0", "-f")
        self.start(
            "radosgw",
            "-n",
            "client.admin",
            "-f",
            "--rgw-frontends",
            f"beast endpoint=127.0.0.1:{self.port} tcp_nodelay=1",
        )
        for _ in range(600):
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", self.port), 1):
                break
            if any(process.poll() is not None for process in self.started):
                raise RuntimeError("".join(path.read_text()[-2000:] for path in folder.glob("*.out")))
            time.sleep(0.1)
        self.run(
            "radosgw-admin",
            "user",
            "create",
            "--uid",
            USER,
            "--display-name",
            USER,
            "--access-key",
            USER,
            "--secret-key",
            SECRET,
        )
        return self

    def __exit__(self, *_):
        for process in reversed(self.started):
            process.kill()
            process.wait()
        shutil.rmtree(self.folder)


def main():
    with Gateway() as gateway:
        env = {
            **os.environ,
            "AWS_ENDPOINT_URL": f"http://127.0.0.1:{gateway.port}",
            "AWS_ACCESS_KEY_ID": USER,
            "AWS_SECRET_ACCESS_KEY": SECRET,
            "AWS_REGION": "us-east-1",
            "LUTIL_TEST_S3": f"http://127.0.0.1:{gateway.port}",
        }
        sys.exit(subprocess.run(sys.argv[1:], env=env, check=False).returncode)


if __name__ == "__main__":
    main()
