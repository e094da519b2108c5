"""Azurite, Microsoft's emulator of Azure's blobs, for `make test-azure`: it runs a command beside it.

python tests/store/azurite.py FOLDER COMMAND ...      FOLDER has azurite in its node_modules
"""

from __future__ import annotations

import base64
import contextlib
import hashlib
import hmac
import http.client
import os
import shutil
import socket
import subprocess
import sys
import time
from email.utils import formatdate

ACCOUNT, CONTAINER = "devstoreaccount1", "container"
KEY = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw=="  # it is public


def make_container(port):
    """Make the container, as the protocol has it: no client that is installed here can."""
    date, version = formatdate(usegmt=True), "2023-11-03"
    place = f"/{ACCOUNT}/{ACCOUNT}/{CONTAINER}\nrestype:container"
    text = "PUT" + "\n" * 12 + f"x-ms-date:{date}\nx-ms-version:{version}\n{place}"
    signature = base64.b64encode(hmac.digest(base64.b64decode(KEY), text.encode(), hashlib.sha256)).decode()
    link = http.client.HTTPConnection("127.0.0.1", port)
    headers = {"x-ms-date": date, "x-ms-version": version, "Authorization": f"SharedKey {ACCOUNT}:{signature}"}
    link.request("PUT", f"/{ACCOUNT}/{CONTAINER}?restype=container", headers=headers)
    answer = link.getresponse()
    if answer.status != http.client.CREATED:
        raise RuntimeError(answer.read().decode())


def main():
    folder, *command = sys.argv[1:]
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port = found.getsockname()[1]
    script = f"{folder}/node_modules/azurite/dist/src/blob/main.js"
    options = ["--inMemoryPersistence", "--skipApiVersionCheck", "--disableTelemetry", "--blobPort", str(port)]
    server = subprocess.Popen([shutil.which("node") or "node", script, *options], stdout=subprocess.DEVNULL)
    try:
        for _ in range(300):
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
                break
            time.sleep(0.1)
        make_container(port)
        env = {
            **os.environ,
            "AZURE_STORAGE_ACCOUNT_NAME": ACCOUNT,
            "AZURE_STORAGE_ACCOUNT_KEY": KEY,
            "AZURE_ENDPOINT": f"http://127.0.0.1:{port}/{ACCOUNT}",
            "LUTIL_TEST_AZURE": f"az://{CONTAINER}",
        }
        sys.exit(subprocess.run(command, env=env, check=False).returncode)
    finally:
        server.kill()
        server.wait()


if __name__ == "__main__":
    main()
