"""What the tests of shared stores need: two machines, a server, and a proxy in front of it that does what it should not."""

from __future__ import annotations

import http.client
import os
import socket
import threading
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from Lutil.checkpoints import checkpoint, configure
from Lutil.checkpoints.engine import _sharing
from Lutil.checkpoints.model import _settings
from Lutil.checkpoints.model.process import _notices
from Lutil.checkpoints.store import FileStore
from Lutil.checkpoints.store.shared import SharedStore, flush, load_signer, new_signer, trust

BUCKET = "bucket"


class Machine:
    """A person's machine: a local store, a configuration folder, a key."""

    def __init__(self, folder: Path, monkeypatch, name: str) -> None:
        self.name, self.folder, self._patch = name, folder / name, monkeypatch
        self.config = self.folder / "config"
        self.store = self.folder / "store"
        self.folder.mkdir()
        self.said: list[str] = []
        self.enter()
        self.key = new_signer().public

    def enter(self) -> None:
        """Let this process be on this machine from now on."""
        flush()
        self._patch.setenv("XDG_CONFIG_HOME", str(self.config))
        self._patch.setenv("HOME", str(self.folder))
        _sharing._opened.clear()
        _notices.reset()

    def use(self, url: str, **settings) -> None:
        """Do the same, with this machine's store and settings configured."""
        self.enter()
        _settings.forget()
        configure(store=self.store, shared=url, **settings)

    @property
    def local(self) -> FileStore:
        return FileStore(self.store)

    def shared(self, url: str, **options) -> SharedStore:
        """Return a shared store as this machine sees it, which says to `said` what it has to say."""
        self.enter()
        found = SharedStore(url, tell=self.said.append, **options)
        found._signers = (
            float("inf"),
            *found.readers(),
        )  # whoever is trusted now, also when another machine is entered
        found._signer = load_signer()
        return found

    def trusts(self, other: Machine) -> None:
        self.enter()
        trust(other.key._replace(name=other.name))


def share(ada: Machine, bob: Machine, url: str) -> None:
    """Check that the other has, through a server that creates only if absent, what one computes: small, large, in parts."""

    @checkpoint
    def f(size):
        return os.urandom(size)

    sizes = (10, 3_000_000, 20_000_000)
    bob.trusts(ada)
    ada.use(url)
    results = [f(size) for size in sizes]
    flush()
    (shared,) = _sharing._opened.values()
    assert shared.creates
    bob.use(url, shared_mode="read")
    assert [f(size) for size in sizes] == results


class Server(ThreadingHTTPServer):
    """A server that ends its connections when it stops: else this process stays connected with itself."""

    daemon_threads = True

    def __init__(self, *args):
        super().__init__(*args)
        self._links: set[socket.socket] = set()

    def process_request(self, request, client_address):
        self._links.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request):
        self._links.discard(request)
        super().shutdown_request(request)

    def stop(self) -> None:
        self.shutdown()
        self.server_close()
        for link in list(self._links):
            with suppress(OSError):  # it has ended meanwhile
                link.shutdown(socket.SHUT_RDWR)


class Proxy:
    """A server that passes requests on to another, and does in between what a test tells it to.

    Attributes:
        before: called with the handler; may answer itself, and then returns True.
        after: called with the handler, status, headers and body of the answer; returns them, changed or not.
        seen: method and path of each request.
    """

    def __init__(self, host: str, port: int) -> None:
        self.target = (host, port)
        self.before = lambda handler: False
        self.after = lambda handler, status, headers, body: (status, headers, body)
        self.cut = 1.0
        self.seen: list[tuple[str, str]] = []
        proxy = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *_):
                """Say nothing."""

            def answer(self):
                self.body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                proxy.seen.append((self.command, self.path))
                if proxy.before(self):
                    return
                link = http.client.HTTPConnection(*proxy.target, timeout=20)
                link.request(self.command, self.path, self.body, dict(self.headers))
                found = link.getresponse()
                status, headers, body = proxy.after(self, found.status, dict(found.getheaders()), found.read())
                link.close()
                self.give(status, headers, body)

            def give(self, status, headers=(), body=b""):
                self.send_response(status)
                for name, value in dict(headers).items():
                    if name.lower() not in {"content-length", "connection", "transfer-encoding", "date", "server"}:
                        self.send_header(name, value)
                length = dict(headers).get("Content-Length", len(body)) if self.command == "HEAD" else len(body)
                self.send_header("Content-Length", str(length))
                self.end_headers()
                if self.command != "HEAD":
                    with suppress(OSError):  # whoever asked may have gone
                        self.wfile.write(body[: int(len(body) * proxy.cut)])
                if proxy.cut < 1.0:
                    self.close_connection = True

            do_GET = do_PUT = do_POST = do_HEAD = do_DELETE = answer  # noqa: N815  # as http.server has it

        self._server = Server(("127.0.0.1", 0), Handler)
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()

    @property
    def endpoint(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def gets(self) -> list[str]:
        return [path for method, path in self.seen if method == "GET"]

    def stop(self) -> None:
        self._server.stop()


@contextmanager
def s3_server():
    """A server that speaks S3, in this process; yields its host and port."""
    import logging

    from moto.server import ThreadedMotoServer

    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    try:
        yield server.get_host_and_port()
    finally:
        server.stop()


def make_bucket(endpoint: str, credentials: dict[str, str]) -> None:
    """Make the bucket of the tests, by another client than the one that is tested."""
    import boto3

    key, secret, region = credentials.values()
    boto3.client(
        "s3", endpoint_url=endpoint, aws_access_key_id=key, aws_secret_access_key=secret, region_name=region
    ).create_bucket(Bucket=BUCKET)
