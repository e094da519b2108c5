"""What `Store` returns is data, and shows itself as a table in a terminal and in a notebook."""

from __future__ import annotations

import os
import pickle

import pytest

from Lutil.checkpoints import Store, checkpoint
from Lutil.checkpoints.model._entry import Header
from Lutil.checkpoints.report.tables._tables import MOST_ROWS


@pytest.fixture
def store(own_folder, monkeypatch):
    monkeypatch.setenv("COLUMNS", "200")  # rows in one line

    @checkpoint(name="features", store="kept")
    def features(rows, bins=20):
        return [row % bins for row in rows]

    features([1, 22, 43])
    features([1, 22, 43])
    features([1, 22, 43], bins=30)
    return Store("kept")


def columns(shown):
    return [line.split() for line in str(shown).splitlines()]


def test_entries_tell_what_they_took_and_their_inputs(store):
    found = store.entries()
    assert list(found) == list(store.list())
    heading, first, second, foot = str(found).splitlines()
    assert heading.split()[:4] == ["key", "name", "size", "took"]
    assert first.split()[:2] == [found[0].key[:8], "features"]
    assert first.endswith("rows=[1, 22, 43], bins=30")
    assert second.endswith("rows=[1, 22, 43], bins=20")
    assert foot.startswith("2 entries, ")
    assert foot.endswith(" kB")
    assert str(store.entries("nothing")) == "0 entries, 0 B"


def test_stats_tell_of_each_computation_and_of_all(store):
    found = store.stats()
    (one,) = found.names
    assert (one.name, one.entries, one.runs, found.entries, found.total.runs) == ("features", 2, 2, 2, 2)
    assert one.size == found.size == sum(info.size for info in store.list())
    heading, row, foot = columns(found)
    assert heading[:4] == ["name", "entries", "size", "hits"]
    assert row[:2] == ["features", "2"]
    assert foot[:2] == ["2", "entries,"]


def test_history_tells_why_runs_ran(store):
    last, first = store.history()
    assert last.why == "argument `bins` changed 20 -> 30"
    assert [run.name for run in (last.run, first.run)] == ["features", "features"]
    assert str(store.history()).splitlines()[1].endswith(last.why)
    assert len(store.history(most=1)) == 1
    assert str(store.history("other")) == "no run is known"


def test_check_names_what_is_damaged(store):
    assert str(store.check()) == "2 entries read, 0 damaged, 0 foreign"
    entry = next(store.folder.rglob("*.entry"))
    data = bytearray(entry.read_bytes())
    data[-3] ^= 1
    entry.write_bytes(data)
    found = store.check()
    assert len(found.damaged) == 1
    assert "damaged" in str(found).splitlines()[0]
    assert str(found).splitlines()[-1] == "2 entries read, 1 damaged, 0 foreign"


def test_prune_takes_text_and_tells_what_went(store):
    would = store.prune(max_size=store.stats().size - 1, dry_run=True)
    assert str(would).splitlines()[-1].startswith("would delete 1 entry, ")
    assert store.prune(superseded=True).deleted == ()
    went = store.prune(max_size="0 B")
    assert str(went).splitlines()[-1].startswith("deleted 2 entries, ")
    assert [info.name for info in went.deleted] == ["features", "features"]


def test_all_of_them_are_tables_in_a_notebook_and_escape_what_they_show(store):
    store.put("<b>", "0" * 32, Header(1.0, 1.0), b"", [], b"{}")
    for found in (store.entries(), store.stats(), store.history(), store.prune(max_size=0, dry_run=True)):
        page = found._repr_html_()
        assert page.count("<table") == page.count("</table>") == 1
        assert "<th " in page
        assert "<b>" not in page
        assert "color" not in page
    assert "&lt;b&gt;" in store.stats()._repr_html_()


def test_long_tables_end_and_say_how_much_more_there_is(store):
    for number in range(100):
        store.put("many", f"{number:032x}", Header(1.0, 1.0), b"", [], b"{}")
        store.put(f"n{number}", f"{number:032x}", Header(1.0, 1.0), b"", [], b"{}")
    assert len(store.entries()) == 202
    assert str(store.entries()).splitlines()[-2] == f"... and {202 - MOST_ROWS} more"
    assert len(str(store.stats()).splitlines()) == MOST_ROWS + 3


def test_a_store_is_itself_in_another_process(store):
    again = pickle.loads(pickle.dumps(store))
    assert type(again) is Store
    assert repr(again) == repr(store) == f"Store({str(store.folder)!r})"
    assert again.entries() == store.entries()


def test_what_is_deleted_while_it_is_checked_is_not_damaged(store, monkeypatch):
    from Lutil.checkpoints.store import FileStore

    found = list(store.list())
    monkeypatch.setattr(FileStore, "list", lambda self, name=None: iter([*found, found[0]._replace(key="f" * 32)]))
    assert store.check()[:2] == (2, ())


def test_to_check_an_entry_is_no_use_of_it(store):
    before = [info.used for info in store.list()]
    for entry in store.folder.rglob("*.entry"):
        os.utime(entry, (1.5e9, entry.stat().st_mtime))
    store.check()
    store.check(repair=True)
    assert [info.used for info in store.list()] == [1.5e9] * len(before)


def test_what_this_process_has_skipped_a_moment_ago_is_in_the_table():
    @checkpoint(name="twice")
    def twice(x):
        return 2 * x

    [twice(1) for _ in range(4)]
    (found,) = Store(".Lutil-checkpoint").stats().names
    assert (found.name, found.hits, found.runs) == ("twice", 3, 1)
