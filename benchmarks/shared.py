"""What a shared store costs beside raw requests of obstore and boto3, in one run. Start an S3 server, or moto is.

python benchmarks/shared.py                                   moto's server, in a process of its own
AWS_ENDPOINT_URL=http://127.0.0.1:7480 python benchmarks/shared.py    any other, such as radosgw; makes a bucket
"""

from __future__ import annotations

import contextlib
import os
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import numpy as np

from Lutil.checkpoints import Store

BUCKET = "lutil-benchmark"
LARGE = 200_000_000
SERVER = ["-c", "import sys; from moto.server import main; main(sys.argv[1:])"]


@contextlib.contextmanager
def server():
    """Have a server, and credentials for it."""
    os.environ.setdefault("AWS_ACCESS_KEY_ID", "somebody")
    os.environ.setdefault("AWS_SECRET_ACCESS_KEY", "something")
    os.environ.setdefault("AWS_REGION", "us-east-1")
    if os.environ.get("AWS_ENDPOINT_URL"):
        yield "the server of AWS_ENDPOINT_URL"
        return
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port = found.getsockname()[1]
    os.environ["AWS_ENDPOINT_URL"] = f"http://127.0.0.1:{port}"
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    process = subprocess.Popen([sys.executable, *SERVER, "-p", str(port)], **quiet)
    try:
        for _ in range(200):
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
                break
            time.sleep(0.1)
        yield "moto's server"
    finally:
        process.terminate()
        process.wait()


def seconds(function):
    start = time.perf_counter()
    function()
    return time.perf_counter() - start


def median(function, rounds, before=lambda: None):
    times = []
    for _ in range(rounds):
        before()
        times.append(seconds(function))
    return statistics.median(times)


def row(what, took, of=None, *, rate=0):
    text = f"{rate / took / 1e6:8.0f} MB/s" if rate else f"{took * 1e3:8.2f} ms  "
    ratio = "" if of is None else f"{of / took:6.2f} x the rate" if rate else f"{took / of:6.2f} x"
    print(f"  {what:46}{text}{ratio}")


def small(client, prefix, f, read, flush):
    """A hit of 1 KB that the shared store gives, beside one raw GET."""
    import boto3
    import obstore

    for number in range(50):
        f(1000 + number)
        Path(f"data{number}.txt").write_text("x" * (1000 + number))
        read(f"data{number}.txt")
    flush()
    Store("local").delete()
    obstore.put(client, "raw", os.urandom(1000))
    s3 = boto3.client("s3", endpoint_url=os.environ["AWS_ENDPOINT_URL"])

    def by_boto3():
        s3.get_object(Bucket=BUCKET, Key=f"{prefix}/raw")["Body"].read()

    raw = median(lambda: bytes(obstore.get(client, "raw").bytes()), 50)
    row("one GET of 1 KB, obstore", raw)
    row("the same, boto3", median(by_boto3, 50), raw)
    sizes, files = iter(range(1000, 1050)), (f"data{number}.txt" for number in range(50))
    row("a shared hit of 1 KB", median(lambda: f(next(sizes)), 50), raw)
    row("the same, where a file was read", median(lambda: read(next(files)), 50), raw)
    row("a local hit", median(lambda: f(1000), 200))
    return raw


def large(client, f, store, flush):
    """200 MB there and back."""
    import obstore

    data = os.urandom(LARGE)
    put = median(lambda: obstore.put(client, "large", data), 3)
    row("200 MB put, obstore", put, rate=LARGE)
    get = median(lambda: [None for _ in obstore.get(client, "large").stream(min_chunk_size=1 << 20)], 3)
    row("200 MB get, obstore", get, rate=LARGE)
    times = []
    for number in range(3):
        f(LARGE + number)
        times.append(seconds(flush))
    row("200 MB published, from after the save", statistics.median(times), put, rate=LARGE)

    def forget():
        shutil.rmtree(store)

    row("200 MB fetched, into the local store", median(lambda: f(LARGE), 3, forget), get, rate=LARGE)


def many(f, raw, flush):
    """A thousand keys: missed on 16 threads, then fetched by another machine at once."""
    from Lutil.checkpoints.engine import _sharing

    def miss():
        with ThreadPoolExecutor(16) as pool:
            list(pool.map(f, range(1000)))

    row("1,000 misses on 16 threads, with runs and saves", seconds(miss))
    flush()
    Store("local").delete()
    computations = [f._computation((x,), {}) for x in range(1000)]  # noqa: SLF001  # as `map` does
    for one in computations:
        one.make_key()
    row("1,000 keys fetched at once", seconds(lambda: _sharing.fetch_many(computations)), 1000 * raw)


def main():
    folder = Path(tempfile.mkdtemp())
    os.chdir(folder)
    os.environ["XDG_CONFIG_HOME"] = str(folder / "config")
    Path("pyproject.toml").touch()
    with server() as what:
        import boto3

        boto3.client("s3", endpoint_url=os.environ["AWS_ENDPOINT_URL"]).create_bucket(Bucket=BUCKET)
        run(what)
    shutil.rmtree(folder)


def run(what):
    from obstore.store import from_url

    from Lutil.checkpoints import checkpoint, configure
    from Lutil.checkpoints.store.shared import flush

    url = f"s3://{BUCKET}/{os.urandom(4).hex()}"
    client = from_url(url, client_options={"allow_http": True, "timeout": timedelta(seconds=300)})

    @checkpoint
    def f(size):
        return np.frombuffer(os.urandom(size), np.uint8)

    @checkpoint
    def read(path):
        return Path(path).read_text()

    @checkpoint
    def g(x):
        return x

    print(f"against {what}, load {os.getloadavg()[0]:.0f}")
    configure(store="local")
    f(10)
    alone = median(lambda: f(10), 500)
    configure(store="local", shared=url, shared_timeout=30)
    raw = small(client, url.rpartition("/")[2], f, read, flush)
    f(10), flush()
    many(g, raw, flush)
    flush()
    large(client, f, "local", flush)
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        os.environ["AWS_ENDPOINT_URL"] = f"http://127.0.0.1:{taken.getsockname()[1]}"
    f(10)
    configure(store="local", shared=url + "-dead", shared_timeout=30)
    f(10)
    row("a local hit, no store shared", alone)
    row("a local hit, with a dead shared store", median(lambda: f(10), 500), alone)


if __name__ == "__main__":
    main()
