"""A shared store whose server is slow, dead, forbidding, full, or lies: what a program sees of it."""

from __future__ import annotations

import os
import socket
import threading
import time
import warnings

import pytest
from shared_support import BUCKET

from Lutil.checkpoints import SharedStoreWarning, checkpoint
from Lutil.checkpoints.cli._sharing_commands import state
from Lutil.checkpoints.store.shared import _health, _remote, flush

ran: list[object] = []


@checkpoint
def f(x):
    ran.append(x)
    return x


@checkpoint
def large(size):
    ran.append(size)
    return os.urandom(size)


@checkpoint
def read(path):
    ran.append(path)
    with open(path) as file:
        return file.read()


@pytest.fixture(autouse=True)
def nothing_ran():
    ran.clear()


@pytest.fixture
def clock(monkeypatch):
    """The time of what is left alone for a while; a test may set it forward."""
    now = [1000.0]
    monkeypatch.setattr(_health, "_clock", lambda: now[0])
    return now


def calls(function, *arguments):
    """Return the results of calls, and which of them ran."""
    ran.clear()
    found = [function(one) for one in arguments]
    return found, [*ran]


def notices(caught):
    return [str(one.message) for one in caught if isinstance(one.message, SharedStoreWarning)]


# -- as it should be -------------------------------------------------------------------------------------------------


def test_what_one_computes_the_other_has(ada, bob, proxy, s3_url):
    bob.trusts(ada)
    ada.use(s3_url)
    data, _ = calls(large, 3_000_000)
    assert calls(f, 1, None, "x")[1] == [1, None, "x"]
    flush()
    bob.use(s3_url)
    assert calls(f, 1, None, "x") == ([1, None, "x"], [])
    assert calls(large, 3_000_000) == (data, [])
    proxy.seen.clear()
    assert calls(f, 1, None, "x")[1] == calls(large, 3_000_000)[1] == []  # by now they are local
    assert proxy.seen == []


def test_a_hit_takes_one_question_and_two_where_something_was_observed(ada, bob, proxy, s3_url, own_folder):
    (own_folder / "data.txt").write_text("hello")
    (own_folder / "pyproject.toml").touch()
    ada.use(s3_url)
    calls(f, 1), calls(read, "data.txt")
    flush()
    from shutil import rmtree

    rmtree(ada.store)
    ada.use(s3_url)
    proxy.seen.clear()
    assert calls(f, 1) == ([1], [])
    assert [method for method, _ in proxy.seen] == ["GET"]
    proxy.seen.clear()
    assert calls(read, "data.txt") == (["hello"], [])
    assert [method for method, _ in proxy.seen] == ["GET", "GET"]
    (own_folder / "data.txt").write_text("changed")
    proxy.seen.clear()
    assert calls(read, "data.txt") == (["changed"], ["data.txt"])
    flush()
    assert proxy.gets() != []
    assert not any("list-type" in path for _, path in proxy.seen)


def test_a_miss_asks_once_for_each_who_is_trusted_and_lists_nothing_on_its_way(ada, bob, proxy, s3_url):
    bob.trusts(ada)
    bob.use(s3_url, shared_mode="read")
    calls(f, 1)
    flush()
    proxy.seen.clear()
    calls(f, 2)
    flush()
    assert [method for method, _ in proxy.seen] == ["GET", "GET"]
    assert len({path.rpartition("/")[2] for _, path in proxy.seen}) == 2


def test_modes_are_kept_to(ada, bob, proxy, s3_url):
    bob.trusts(ada)
    ada.use(s3_url, shared_mode="write")
    calls(f, 1)
    flush()
    assert {method for method, _ in proxy.seen} == {"PUT"}
    bob.use(s3_url, shared_mode="read")
    proxy.seen.clear()
    assert calls(f, 1, 2)[1] == [2]
    flush()
    assert {method for method, _ in proxy.seen} == {"GET"}


def test_one_face_may_share_what_others_do_not(ada, proxy, s3_url):
    @checkpoint(shared=s3_url)
    def shared(x):
        return x

    @checkpoint(shared=False)
    def kept_here(x):
        return x

    ada.use("")
    calls(f, 1), kept_here(1)
    assert proxy.seen == []
    shared(1)
    flush()
    assert proxy.seen != []
    ada.use(s3_url)
    proxy.seen.clear()
    kept_here(2)
    flush()
    assert proxy.seen == []


def test_an_expired_result_is_replaced(ada, bob, proxy, s3_url):
    @checkpoint(expires=0)
    def now(x):
        ran.append(x)
        return time.perf_counter()

    ada.use(s3_url)
    first, again = now(1), now(1)
    flush()
    assert first != again
    assert ran == [1, 1]
    assert len([path for method, path in proxy.seen if method == "PUT" and ".now" in path]) >= 2


def test_what_has_expired_is_not_fetched(ada, bob, proxy, s3_url):
    @checkpoint(expires=0.001)
    def old(size):
        ran.append(size)
        return os.urandom(size)

    bob.trusts(ada)
    ada.use(s3_url)
    old(2_000_000)
    flush()
    bob.use(s3_url, shared_mode="read")
    proxy.seen.clear()
    old(2_000_000)
    assert ran == [2_000_000] * 2
    assert not any("_payloads" in path for path in proxy.gets())


def test_a_file_that_somebody_changed_is_no_reason_to_fetch_the_same_again(ada, proxy, s3_url, own_folder):
    (own_folder / "pyproject.toml").touch()

    @checkpoint
    def write(text):
        ran.append(text)
        (own_folder / "out.txt").write_text(text)

    ada.use(s3_url)
    write("hello")
    flush()
    (own_folder / "out.txt").write_text("somebody else's")
    proxy.seen.clear()
    write("hello")
    assert ran == ["hello"] * 2
    assert proxy.gets() == []


# -- the server lies, or is another than it seems --------------------------------------------------------------------


@pytest.mark.skipif("LUTIL_TEST_S3" in os.environ, reason="a header that is taken away voids the request's signature")
def test_a_server_that_lies_about_put_if_absent_is_found_out_and_written_to_all_the_same(ada, bob, proxy, s3_url):
    def lie(handler):
        del handler.headers["If-None-Match"]
        return False

    proxy.before = lie
    bob.trusts(ada)
    ada.use(s3_url)
    data, _ = calls(large, 2_000_000)
    flush()
    from Lutil.checkpoints.engine import _sharing

    (shared,) = _sharing._opened.values()
    assert shared.creates is False
    assert any(method == "HEAD" for method, _ in proxy.seen)
    bob.use(s3_url)
    assert calls(large, 2_000_000) == (data, [])


def test_a_server_that_knows_no_put_if_absent_is_written_to_all_the_same(ada, bob, proxy, s3_url):
    def refuse(handler):
        if handler.headers["If-None-Match"]:
            handler.give(501, {}, b"<Error><Code>NotImplemented</Code></Error>")
            return True
        return False

    proxy.before = refuse
    bob.trusts(ada)
    ada.use(s3_url, shared_timeout=1)
    data, _ = calls(large, 2_000_000)
    flush()
    bob.use(s3_url)
    assert calls(large, 2_000_000) == (data, [])


def test_who_may_only_write_does_so(ada, bob, proxy, s3_url):
    def refuse(handler):
        if handler.command in {"GET", "HEAD"}:
            handler.give(403, {}, b"<Error><Code>AccessDenied</Code></Error>")
            return True
        return False

    proxy.before = refuse
    bob.trusts(ada)
    ada.use(s3_url, shared_mode="write")
    data, _ = calls(large, 6_000_000)
    flush()
    proxy.before = lambda handler: False
    bob.use(s3_url)
    assert calls(large, 6_000_000) == (data, [])


def test_an_honest_server_is_known_for_one_and_asked_once(ada, proxy, s3_url):
    ada.use(s3_url)
    calls(f, 1)
    flush()
    from Lutil.checkpoints.engine import _sharing

    assert next(iter(_sharing._opened.values())).creates is True
    ada.use(s3_url)
    proxy.seen.clear()
    calls(f, 2)
    flush()
    assert not any("_signers" in path for method, path in proxy.seen if method == "PUT")


@pytest.mark.parametrize("how", ["cut", "tampered", "replayed"])
def test_answers_that_are_not_what_was_written_are_misses(ada, bob, proxy, s3_url, how):
    bob.trusts(ada)
    ada.use(s3_url)
    calls(f, 1, 2)
    flush()
    kept = {}

    def change(handler, status, headers, body):
        if handler.command == "GET" and status == 200 and b"<?xml" not in body:
            kept.setdefault("first", body)
            body = {"cut": body[: len(body) // 2], "tampered": b"\0" * len(body), "replayed": kept["first"]}[how]
        return status, headers, body

    proxy.after = change
    bob.use(s3_url, shared_mode="read")
    kept["first"] = b"" if how != "replayed" else kept.get("first", b"")
    with pytest.warns(SharedStoreWarning) as caught:
        results, ran_now = calls(f, 2, 1) if how != "replayed" else _replayed(kept, bob, s3_url)
    assert sorted(results) == [1, 2]
    assert len(ran_now) >= 1
    assert any("is not read" in text for text in notices(caught))


def _replayed(kept, bob, s3_url):
    kept.clear()
    return calls(f, 1, 2)  # the answer for 1 is given for 2 as well


def test_a_connection_that_breaks_in_the_midst_of_a_payload_is_taken_up_again(ada, bob, proxy, s3_url):
    bob.trusts(ada)
    ada.use(s3_url)
    data, _ = calls(large, 2_000_000)
    flush()
    bob.use(s3_url, shared_mode="read")

    def cut(handler, status, headers, body):
        proxy.cut = 0.5 if len(body) > 1_500_000 else 1.0
        return status, headers, body

    proxy.after = cut
    assert calls(large, 2_000_000) == (data, [])
    assert sum("_payloads" in path for path in proxy.gets()) == 2


def test_one_that_breaks_each_time_is_a_miss(ada, bob, proxy, s3_url, clock):
    bob.trusts(ada)
    ada.use(s3_url)
    calls(large, 2_000_000)
    flush()
    bob.use(s3_url, shared_timeout=1, shared_mode="read")

    def cut(handler, status, headers, body):
        proxy.cut = 0.0 if "_payloads" in handler.path else 1.0
        return status, headers, body

    proxy.after = cut
    with pytest.warns(SharedStoreWarning) as caught:
        assert calls(large, 2_000_000)[1] == [2_000_000]
    assert len(notices(caught)) == 1
    assert not list(bob.store.rglob("_partial/*"))


@pytest.mark.parametrize("ranges", [True, False])
def test_a_very_large_result_comes_in_parts_or_whole_where_the_server_has_none(
    ada, bob, proxy, s3_url, ranges, monkeypatch
):
    monkeypatch.setattr(_remote, "_FAST", float("inf"))
    bob.trusts(ada)
    ada.use(s3_url)
    data, _ = calls(large, 30_000_000)
    flush()
    seen = []

    def strip(handler):
        if "_payloads" in handler.path:
            seen.append(handler.headers["Range"])
            if not ranges:
                del handler.headers["Range"]
        return False

    proxy.before = strip
    bob.use(s3_url, shared_mode="read")
    assert calls(large, 30_000_000) == (data, [])
    assert len([one for one in seen if one]) >= (3 if ranges else 1)
    assert seen[0] is None


def test_a_very_large_result_comes_whole_where_that_is_fast(ada, bob, proxy, s3_url, monkeypatch):
    monkeypatch.setattr(_remote, "_FAST", 0.0)
    bob.trusts(ada)
    ada.use(s3_url)
    data, _ = calls(large, 30_000_000)
    flush()
    bob.use(s3_url, shared_mode="read")
    proxy.seen.clear()
    assert calls(large, 30_000_000) == (data, [])
    assert sum("_payloads" in path for path in proxy.gets()) == 1


@pytest.mark.parametrize("url", ["gs://bucket/x", "az://container/x", "https://example.com/x", "s3://bucket/x"])
def test_each_cloud_has_a_client(url, monkeypatch):
    from Lutil.checkpoints.store.shared._remote import Remote

    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AZURE_STORAGE_ACCOUNT_NAME"):
        monkeypatch.setenv(name, "x")
    monkeypatch.setenv("AZURE_STORAGE_ACCOUNT_KEY", "eA==")
    monkeypatch.setenv("GOOGLE_SKIP_SIGNATURE", "true")
    remote = Remote(url, 1.0)
    assert {type(remote._client(kind)).__name__ for kind in ("once", "ask", "take", "give")} < {
        "GCSStore", "AzureStore", "HTTPStore", "S3Store",
    }  # fmt: skip
    assert remote.read_only == url.startswith("https")


# -- trouble ---------------------------------------------------------------------------------------------------------


def dead_port():
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return found.getsockname()[1]


def test_a_dead_server_costs_one_notice_and_is_left_alone(ada, proxy, s3_url, monkeypatch, clock):
    monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{dead_port()}")
    ada.use(s3_url, shared_timeout=1, shared_mode="read")
    with pytest.warns(SharedStoreWarning) as caught:
        assert calls(f, *range(5)) == ([*range(5)], [*range(5)])
    (text,) = notices(caught)
    assert "is not read" in text
    assert "60 s" in text
    assert calls(f, *range(5))[1] == []


def test_a_server_that_never_answers_is_waited_for_once(ada, proxy, s3_url, clock):
    asked, stop = [], threading.Event()

    def hang(handler):
        asked.append(handler.path)
        stop.wait(20)
        return False

    proxy.before = hang
    ada.use(s3_url, shared_timeout=0.3, shared_mode="read")
    with pytest.warns(SharedStoreWarning) as caught:
        assert calls(f, 1, 2, 3)[1] == [1, 2, 3]
    assert len(set(asked)) == 1
    assert "no answer within 0.3 s" in notices(caught)[0]
    stop.set()
    proxy.before = lambda handler: False
    clock[0] += 61  # it is worth a try again
    proxy.seen.clear()
    calls(f, 4)
    assert proxy.seen != []


@pytest.mark.parametrize("status", [503, 429])
def test_a_server_that_is_busy_for_a_moment_is_asked_again(ada, bob, proxy, s3_url, status):
    bob.trusts(ada)
    ada.use(s3_url)
    calls(f, 1)
    flush()
    answers = iter([status, status])

    def busy(handler):
        given = next(answers, None) if handler.command == "GET" else None
        if given:
            handler.give(given, {"Retry-After": "0"}, b"<Error><Code>SlowDown</Code></Error>")
        return given is not None

    proxy.before = busy
    bob.use(s3_url, shared_mode="read")
    assert calls(f, 1) == ([1], [])


def test_forbidden_for_what_is_not_there_is_a_miss_as_others(ada, bob, proxy, s3_url):
    """S3 says 403 for a missing object to those who may not list the bucket."""
    bob.trusts(ada)
    ada.use(s3_url)
    calls(f, 1)
    flush()
    proxy.after = lambda handler, status, headers, body: (403 if status == 404 else status, headers, body)
    bob.use(s3_url, shared_mode="read")
    assert calls(f, 2, 1, 3)[1] == [2, 3]


def test_who_may_read_nothing_at_all_is_told_so_once(ada, proxy, s3_url):
    proxy.before = lambda handler: handler.give(403, {}, b"<Error><Code>AccessDenied</Code></Error>") or True
    ada.use(s3_url, shared_mode="read")
    with pytest.warns(SharedStoreWarning, match="every answer is 403") as caught:
        calls(f, *range(20))
    assert len(notices(caught)) == 1


@pytest.mark.parametrize("status", [403, 507])
def test_who_may_not_write_or_has_no_room_left_keeps_results_and_is_told_once(ada, proxy, s3_url, status, clock):
    def refuse(handler):
        if handler.command == "PUT":
            handler.give(status, {}, b"<Error><Code>QuotaExceeded</Code></Error>")
            return True
        return False

    proxy.before = refuse
    ada.use(s3_url, shared_timeout=1)
    with pytest.warns(SharedStoreWarning) as caught:
        calls(f, 1, 2, 3)
        flush()
    (text,) = notices(caught)
    assert "is not written" in text
    assert "lutil push" in text
    assert calls(f, 1, 2, 3)[1] == []


def test_a_local_hit_never_asks_whatever_the_server_does(ada, proxy, s3_url):
    ada.use("")
    calls(f, 1)
    proxy.before = lambda handler: time.sleep(20)
    ada.use(s3_url)
    assert calls(f, 1) == ([1], [])
    assert proxy.seen == []


def test_no_credentials_are_no_error(ada, proxy, s3_url, monkeypatch, clock):
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_CONFIG_FILE", "/nowhere")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", "/nowhere")
    ada.use(s3_url, shared_mode="read", shared_timeout=1)
    with pytest.warns(SharedStoreWarning, match="credentials"):
        assert calls(f, 1) == ([1], [1])


def test_a_bucket_that_is_not_there_is_no_error(ada, proxy):
    ada.use("s3://no-such-bucket/x", shared_timeout=1)
    with (
        pytest.warns(SharedStoreWarning, match="is not read: the server says that there is no such bucket"),
        pytest.warns(SharedStoreWarning, match="is not written.*NoSuchBucket"),
    ):
        assert calls(f, 1) == ([1], [1])
        flush()


def test_a_local_store_that_cannot_be_written_costs_the_hit(ada, bob, proxy, s3_url):
    bob.trusts(ada)
    ada.use(s3_url)
    calls(f, 1)
    flush()
    bob.use(s3_url, min_free="1000000 T", shared_mode="read")
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        assert calls(f, 1)[0] == [1]
    assert "cannot be written" in notices(caught)[0]


def test_an_index_that_got_lost_costs_a_recomputation(ada, bob, proxy, s3_url, own_folder):
    """A store that is consistent only later has the entry, and not yet what leads to it."""
    (own_folder / "pyproject.toml").touch()
    (own_folder / "data.txt").write_text("hello")
    bob.trusts(ada)
    ada.use(s3_url)
    calls(read, "data.txt")
    flush()
    hidden = [path for method, path in proxy.seen if method == "PUT"][-1]

    def hide(handler):
        if handler.command == "GET" and handler.path.split("?")[0] == hidden.split("?")[0]:
            handler.give(404, {}, b"")
            return True
        return False

    proxy.before = hide
    bob.use(s3_url)
    assert calls(read, "data.txt") == (["hello"], ["data.txt"])


def test_the_bucket_is_where_it_is_said_to_be(ada, proxy, s3_url):
    ada.use(s3_url)
    calls(f, 1)
    flush()
    assert all(
        path.startswith(f"/{s3_url.removeprefix('s3://')}/v1/") for method, path in proxy.seen if method == "PUT"
    )


def test_where_says_that_there_is_no_such_bucket(ada, proxy):
    ada.use("s3://no-such-bucket/x")
    told = state()
    assert not told["answers"]
    assert "no such bucket" in told["says"]
    ada.use(f"s3://{BUCKET}/nothing-yet")
    assert state()["answers"]
