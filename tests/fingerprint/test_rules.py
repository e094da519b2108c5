"""Which rule holds: the names that rules go by are those of real classes, and a failing rule says where it failed."""

from __future__ import annotations

import copy
import csv
import functools
import importlib
import io
import itertools
import random
import re
import struct
import sys
import zoneinfo
from fractions import Fraction
from pathlib import Path

import pytest

from Lutil.checkpoints.fingerprint.walk._registry import _COLLECTIONS, _LIBRARIES, rules_of
from Lutil.checkpoints.model._errors import UnfingerprintableError
from Lutil.checkpoints.testing._examples import Plain

INSTALLED = (
    "numpy",
    "pandas",
    "polars",
    "pyarrow",
    "scipy",
    "sklearn",
    "xgboost",
    "lightgbm",
    "tokenizers",
    "torch",
    "tqdm",
)

HERE = {*INSTALLED, *sys.stdlib_module_names}


def found(name):
    """Return the class of a rule's name, None where it is not here: another version, another system."""
    module, _, attribute = name.rpartition(".")
    try:
        return getattr(importlib.import_module(module), attribute, None)
    except ImportError:
        return None


def test_the_names_of_rules_are_those_of_classes():
    classes = 0
    for library in ("", *_COLLECTIONS, *{name for names in _LIBRARIES.values() for name in names.split()}):
        rules = rules_of(library)
        for name, rule in rules._known.items():
            top = name.partition(".")[0]
            if top in HERE and not name.startswith("types.") and isinstance(cls := found(name), type):
                classes += 1
                assert rules.find(cls) is rule, name
    assert classes > 90


def test_a_rule_of_a_library_is_known_where_a_class_of_that_library_is_met():
    for library in {name for names in _LIBRARIES.values() for name in names.split()}:
        assert {name.partition(".")[0] for name in rules_of(library)._known} >= {library}
    named = {
        name.partition(".")[0] for whose in _LIBRARIES.values() for w in whose.split() for name in rules_of(w)._known
    }
    assert named == {name for names in _LIBRARIES.values() for name in names.split()}


def test_a_class_that_a_library_offers_only_when_asked_is_found(monkeypatch):
    lazy = type("lazy_sockets", (), {"__getattr__": lambda _, name: {"socket": cls}[name]})()
    cls = type("socket", (), {"__module__": "socket.inside"})
    monkeypatch.setitem(sys.modules, "socket", lazy)
    assert rules_of("").find(cls) is rules_of("")._known["socket.socket"]


@pytest.mark.parametrize("module", ["builtins", "types", "csv"])
def test_a_class_that_only_bears_the_name_of_the_standard_library_counts_by_what_it_holds(module, fp):
    def made(base, **content):
        return type("Made", (base,), {"__module__": module, **content})

    first = made(object, size=1)
    assert fp(first()) == fp(made(object, size=1)()) != fp(made(object, size=2)())
    assert fp(first()) != fp(made(Plain, size=1)())
    assert fp([first] * 20) != fp([made(object, size=2)] * 20)
    itself = made(object)
    itself.best = itself()
    assert fp(itself())


class Odd(random.Random):
    """Its state cannot be had, which no rule foresees."""

    def getstate(self):
        raise NotImplementedError("no state")


def test_a_rule_that_fails_refuses_with_the_path_and_the_reason(fp):
    with pytest.raises(UnfingerprintableError, match="NotImplementedError: no state") as caught:
        fp({"a": [1, Odd()]})
    assert caught.value.path == "value['a'][1]"


@pytest.mark.parametrize("name", ["chain", "islice", "tee", "groupby", "product", "accumulate", "pairwise"])
def test_iterators_of_the_standard_library_are_refused_and_not_used_up(name, fp):
    arguments = {"islice": ([1], 1)}.get(name, ([1, 2],))
    made = getattr(itertools, name)(*arguments)
    for value in (made[0] if name == "tee" else made, csv.reader(["1"]), struct.iter_unpack("b", b"1")):
        with pytest.raises(UnfingerprintableError, match="used up"):
            fp(value)
        next(value)


COUNTERS = {
    "count": lambda: itertools.count(5),
    "count of fractions": lambda: itertools.count(Fraction(1, 2), Fraction(1, 3)),
    "count of the project": lambda: itertools.count(Step(1), Step(2)),
    "repeat": lambda: itertools.repeat("a", 3),
    "repeat of an object": lambda: itertools.repeat(Plain([1]), 3),
}
if sys.version_info < (3, 14):  # where a cycle does not tell where it stands any more
    COUNTERS["cycle"] = lambda: itertools.cycle("abc")


class Step:
    """A number of one's own."""

    def __init__(self, value):
        self.value = value

    def __float__(self):
        return float(self.value)

    def __add__(self, other):
        return Step(self.value + other.value)


@pytest.mark.parametrize("kind", COUNTERS)
def test_counters_count_by_where_they_stand_and_are_not_moved(kind, fp):
    made, again, moved = (COUNTERS[kind]() for _ in range(3))
    next(moved)
    assert fp([made]) == fp([again]) != fp([moved])
    assert fp(Plain(made)) != fp(Plain(COUNTERS["repeat" if kind == "count" else "count"]()))
    next(made)
    assert fp([made]) == fp([moved])


class Collection:
    """Something that may be awaited and has a state like any other."""

    def __init__(self, size):
        self.size = size

    def __await__(self):
        yield from ()


class Stepping:
    """Something with a next element that is no iterator."""

    def __init__(self, size):
        self.size = size

    def __next__(self):
        self.size += 1


@pytest.mark.parametrize("cls", [Collection, Stepping])
def test_only_an_iterator_is_one(cls, fp):
    library = type(cls.__name__, (cls,), {"__module__": "pytest"})
    for kind in (cls, library):
        assert fp(kind(1)) == fp(kind(1)) != fp(kind(2))


def test_what_cannot_be_told_apart_is_refused(fp, tmp_path):
    """A time zone from a file has a key that anyone can give it; a closed stream has nothing left."""
    places = [Path(place) / "Europe" / "Paris" for place in zoneinfo.TZPATH]
    file = next((place for place in places if place.exists()), None)
    if file is None:
        pytest.skip("no time zones are installed here")
    with file.open("rb") as stream:
        zone = zoneinfo.ZoneInfo.from_file(stream, "Any/Name")
    with pytest.raises(UnfingerprintableError, match="read from a file"):
        fp(zone)
    view = memoryview(b"a")
    view.release()
    with pytest.raises(UnfingerprintableError, match="released"):
        fp([view])


def test_what_reached_code_compares_with_is_seen_where_pickling_sees_nothing(fp):
    """Constants of modules are reached, not passed: what has no rule would count by its type alone."""
    one, other = (struct.Struct(text) for text in ("<i", "<q"))
    assert fp(one, lenient=True) != fp(other, lenient=True)
    one, other = (functools.cmp_to_key(function) for function in (Plain, Odd))
    assert fp(one, lenient=True) != fp(other, lenient=True)


class Base:
    __slots__ = ("a",)


class Hiding(Base):
    __slots__ = ("a",)


class Covering(Base):
    __slots__ = ()
    a = property(lambda _: 0)


class Turned(dict):
    def __iter__(self):
        return iter(())

    def keys(self):
        return ()


def hidden(cls, value):
    made = cls()
    Base.a.__set__(made, value)
    return made


def numbered(value):
    made = Plain()
    vars(made)[1] = value
    return made


@pytest.mark.parametrize(
    "make", [lambda v: hidden(Hiding, v), lambda v: hidden(Covering, v), lambda v: Turned(a=v), numbered]
)
def test_state_counts_where_the_class_itself_does_not_show_it(make, fp):
    assert fp(make(1)) == fp(make(1)) != fp(make(2))
    assert fp([make(i) for i in range(20)]) == fp([make(i) for i in range(20)]) != fp([make(0) for i in range(20)])


def test_what_is_open_of_an_hdf5_file_counts_by_the_state_of_the_file_unless_it_may_be_written(fp, tmp_path):
    h5py = pytest.importorskip("h5py")

    def digests():
        with h5py.File(tmp_path / "a.h5", "r") as file:
            return [fp(value) for value in (file, file["x"], file["y"])]

    with h5py.File(tmp_path / "a.h5", "w") as file:
        file["x"], file["y"] = [1, 2], [1, 2]
        with pytest.raises(UnfingerprintableError, match="HDF5 file open for writing"):
            fp({"data": file["x"]})
        with pytest.raises(UnfingerprintableError):
            fp(file.attrs)
    first = digests()
    assert len(set(first)) == 3
    assert first == digests()
    with h5py.File(tmp_path / "a.h5", "a") as file:
        file["z"] = [1] * 1000
    assert set(first).isdisjoint(digests())


def test_a_scanner_counts_by_its_words_and_what_it_compiled_by_itself_is_refused(fp):
    def scanner(pattern, value, flags=0):
        return re.Scanner([(pattern, value)], flags)

    one = scanner("a", None)
    assert fp(one) == fp(scanner("a", None))
    before = fp(one)
    one.scan("aa")
    assert fp(one) == before
    others = [scanner("b", None), scanner("a", lambda *_: 1), scanner("a", None, re.IGNORECASE)]
    assert len({before, *map(fp, others)}) == 4
    with pytest.raises(UnfingerprintableError, match="pass the scanner"):
        fp([one.scanner])


def test_a_data_set_of_lightgbm_counts_by_what_it_was_made_of_and_building_it_is_no_change(fp):
    lightgbm = pytest.importorskip("lightgbm")
    numpy = pytest.importorskip("numpy")
    rows, numbers = numpy.arange(80.0).reshape(-1, 2), numpy.arange(40)

    def made(rows=rows, label=numbers, **options):
        return lightgbm.Dataset(rows, label, **{"free_raw_data": False, **options})

    def trained(data, rounds=1):
        return lightgbm.train({"verbose": -1, "min_data_in_leaf": 1, "num_threads": 1}, data, rounds)

    kinds = [
        {},
        {"params": {"verbose": -1}},
        {"params": {"max_bin": 7, "verbose": -1}},
        {"label": numbers + 1},
        {"rows": rows + 1},
        {"weight": numbers},
        {"group": [20, 20]},
        {"init_score": numbers},
        {"feature_name": ["u", "v"]},
        {"categorical_feature": [1]},
        {"reference": made()},
    ]
    digests = []
    for options in kinds:
        data = made(**options)
        digests.append(fp(data))
        trained(data)
        assert fp(data) == digests[-1] == fp(made(**options)), options
    assert len(set(digests)) == len(kinds)
    freed = made(free_raw_data=True)
    trained(freed)
    with pytest.raises(UnfingerprintableError, match="free_raw_data=False"):
        fp(freed)


def test_an_element_of_lxml_counts_by_its_document_and_its_place_there(fp):
    etree = pytest.importorskip("lxml.etree")
    texts = ["<r><a/></r>", "<q><a/></q>", "<!DOCTYPE r><r><a/></r>", "<!--c--><r><a/></r>", "<r><a/></r><!--c-->"]
    roots = [etree.fromstring(text) for text in [*texts, "<r><a/><a/></r>"]]
    roots.append(etree.fromstring(texts[0], base_url="http://somewhere/"))
    elements = [*roots, *(root[0] for root in roots), roots[5][1], etree.Comment("a"), etree.Comment("b")]
    digests = [*map(fp, elements)]
    assert len(set(digests)) == len(elements)
    assert fp(etree.fromstring(texts[0])[0]) == fp(roots[0][0])
    many = etree.fromstring("<r>" + "<a/>" * 3_000 + "</r>")
    assert fp([*many]) == fp([*copy.deepcopy(many)])


def test_exif_data_that_was_set_counts_and_what_is_only_looked_at_does_not(fp):
    images = pytest.importorskip("PIL.Image")

    def image(**tags):
        made = images.new("L", (1, 2))
        for tag, value in tags.items():
            made.getexif()[int(tag[1:])] = value
        return made

    digests = [fp(image()), fp(image(t274=1)), fp(image(t274=6)), fp(image(t274=6, t305="a"))]
    assert len(set(digests)) == 4
    looked_at = image()
    looked_at.getexif()
    assert fp(looked_at) == digests[0]
    file = io.BytesIO()
    exif = images.Exif()
    exif[274] = 6
    image().save(file, "JPEG", exif=exif)
    read, other = images.open(file), images.open(io.BytesIO(file.getvalue()))
    assert other.getexif()[274] == 6
    assert fp(read) == fp(other)
    other.getexif()[274] = 3
    assert fp(read) != fp(other)
