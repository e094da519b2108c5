"""Sentinels and the streams of the process come back as themselves, by the name under which a module holds them."""

from __future__ import annotations

import argparse
import dataclasses
import inspect
import optparse
import random
import sys

import numpy as np
import pytest

from Lutil.checkpoints.codec import decode, encode

BARE = object()


class Marker:
    def __init__(self, label):
        self.label = label


class Settings:
    def __init__(self, rate):
        self.rate = rate


class Holder:
    EMPTY = object()


FIRST, SECOND = Marker("first"), Marker("second")
SETTINGS = Settings(0.1)

HELD = {
    "an object() of the module": BARE,
    "an object() of a class": Holder.EMPTY,
    "an instance with a label": SECOND,
    "dataclasses.MISSING": dataclasses.MISSING,
    "inspect.Parameter.empty": inspect.Parameter.empty,
    "numpy's global stream": np.random.mtrand._rand,
    "random's global stream": random._inst,
}


def through(value):
    encoded = encode(value, is_project=lambda module: module == __name__)
    return decode(encoded.stream, encoded.buffers, plain=encoded.plain)


@pytest.mark.parametrize("value", HELD.values(), ids=HELD)
def test_what_a_module_holds_as_a_sentinel_or_stream_is_itself_after_a_hit(value):
    assert through({"held": [value]})["held"][0] is value


def test_an_object_that_no_module_holds_stays_a_new_one():
    mine = object()
    assert through([mine, mine])[0] is not mine
    assert type(through(Marker("local"))) is Marker


def test_an_instance_with_content_is_copied_although_a_module_holds_it():
    back = through(SETTINGS)
    assert back is not SETTINGS
    assert back.rate == 0.1


def test_a_seeded_generator_is_copied_with_its_state():
    mine = np.random.RandomState(3)
    back = through(mine)
    assert back is not mine
    assert back.random_sample() == mine.random_sample()


def test_bound_methods_of_the_global_streams_draw_from_them():
    picked = through({"rand": np.random.rand, "choice": random.choice, "normal": np.random.mtrand._rand.normal})
    np.random.seed(4)
    random.seed(4)
    found = picked["rand"](), picked["normal"](), picked["choice"](range(1000))
    np.random.seed(4)
    random.seed(4)
    assert found == (np.random.rand(), np.random.normal(), random.choice(range(1000)))


def test_parsers_keep_the_texts_that_they_compare_by_identity():
    parser = argparse.ArgumentParser(prog="p", argument_default=argparse.SUPPRESS)
    parser.add_argument("--rate", type=float, default=argparse.SUPPRESS)
    parser.add_argument("--hidden", help=argparse.SUPPRESS)
    back = through(parser)
    assert vars(back.parse_args([])) == {}
    assert "--hidden" not in back.format_help()
    options = optparse.OptionParser(prog="p")
    options.add_option("--rate", type=float)
    assert through(options).parse_args(["--rate", "2"])[0].rate == 2.0


class _Broken:
    def __getattribute__(self, name):
        raise RuntimeError("outside of context")


def test_a_neighbour_that_raises_when_it_is_looked_at_is_no_obstacle(monkeypatch):
    monkeypatch.setitem(vars(sys.modules[__name__]), "A_BROKEN", _Broken())
    value = HELD["an object() of a class"]
    assert through({"held": [value]})["held"][0] is value
