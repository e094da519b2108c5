"""Against a dict as model: whatever is done to a store, it holds what the dict holds."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

import hypothesis.strategies as st
from hypothesis import settings
from hypothesis.stateful import RuleBasedStateMachine, rule

from Lutil.checkpoints.model._entry import Header, Stored
from Lutil.checkpoints.model._outcome import Miss
from Lutil.checkpoints.store import FileStore

names = st.sampled_from(["f", "F", "a.<locals>.b", "x" * 200])
keys = st.sampled_from([f"{index:032x}" for index in (1, 2, 1 << 120)])
blobs = st.binary(max_size=200)


class Model(RuleBasedStateMachine):
    def __init__(self):
        super().__init__()
        self.folder = tempfile.mkdtemp()
        self.store = FileStore(self.folder + "/cache", min_free=0)
        self.model = {}
        self.traces = {}

    def teardown(self):
        shutil.rmtree(self.folder)

    @rule(name=names, key=keys, stream=blobs, buffers=st.lists(blobs, max_size=3), extra=blobs)
    def put(self, name, key, stream, buffers, extra):
        self.store.put(name, key, Header(1.0, 0.0), stream, buffers, extra)
        self.model[name, key] = (stream, buffers, extra)

    @rule(name=names, key=keys, stream=blobs, extra=blobs, kept=st.booleans())
    def put_under_a_claim(self, name, key, stream, extra, kept):
        claim = self.store.claim(key)
        claim.acquire()
        if kept:
            self.put(name, key, stream, [], extra)
        claim.release()
        assert [*Path(self.folder).rglob("_claims/*")] == []

    @rule(name=names, key=keys)
    def get(self, name, key):
        found = self.store.get(name, key)
        if (name, key) not in self.model:
            assert isinstance(found, Miss)
            assert self.store.provenance(name, key) is None
            return
        assert isinstance(found, Stored)
        stream, buffers, extra = self.model[name, key]
        assert bytes(found.stream) == stream
        assert list(map(bytes, found.buffers)) == buffers
        assert self.store.provenance(name, key) == extra

    @rule(name=names, key=keys)
    def delete(self, name, key):
        assert self.store.delete(name, key) == ((name, key) in self.model)
        self.model.pop((name, key), None)
        self.traces.pop((name, key), None)

    @rule(name=names)
    def delete_name(self, name):
        gone = [place for place in self.model if place[0] == name]
        assert self.store.delete(name) == len(gone)
        self.model = {place: held for place, held in self.model.items() if place[0] != name}
        self.traces = {place: held for place, held in self.traces.items() if place[0] != name}

    @rule(name=names, key=keys, trace=blobs)
    def put_trace(self, name, key, trace):
        self.store.put_trace(name, key, trace)
        self.traces.setdefault((name, key), set()).add(trace)

    @rule(name=names, key=keys)
    def get_traces(self, name, key):
        known = self.traces.get((name, key), set())
        found = self.store.traces(name, key)
        assert set(found) <= known
        assert len(found) == min(len(known), 16)

    @rule()
    def reopen(self):
        self.store = FileStore(self.folder + "/cache", min_free=0)

    @rule()
    def vanish(self):
        shutil.rmtree(self.folder + "/cache", ignore_errors=True)
        self.model.clear()
        self.traces.clear()

    @rule()
    def count(self):
        assert sorted((info.name, info.key) for info in self.store.list()) == sorted(self.model)
        assert self.store.stats().entries == len(self.model)
        assert self.store.check().damaged == ()


Model.TestCase.settings = settings(max_examples=40, stateful_step_count=30, deadline=None)
TestModel = Model.TestCase
