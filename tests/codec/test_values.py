"""What comes back is what went in: type, identity, sharing, and what was given."""

from __future__ import annotations

import collections
import dataclasses
import datetime as dt
import enum
import functools
import io
import subprocess
import sys
import threading
import types
from typing import NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from Lutil.checkpoints import codec
from Lutil.checkpoints.codec import UnresolvedError, _encode, _registered, decode, encode
from Lutil.checkpoints.model._errors import NotSavableError

scalars = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False)
    | st.complex_numbers(allow_nan=False)
    | st.text(st.characters())
    | st.binary()
    | st.dates()
)
values = st.recursive(
    scalars,
    lambda inner: (
        st.lists(inner)
        | st.tuples(inner, inner)
        | st.dictionaries(st.text() | st.integers(), inner)
        | st.frozensets(st.integers())
        | st.sets(st.text())
        | st.builds(collections.deque, st.lists(inner))
        | st.builds(bytearray, st.binary())
    ),
    max_leaves=20,
)


def never(module):
    return False


def shape(value):
    """Return what makes two values the same, types and order included."""
    if isinstance(value, dict):
        return (type(value), [(shape(key), shape(part)) for key, part in value.items()])
    if isinstance(value, (list, tuple, collections.deque)):
        return (type(value), [shape(part) for part in value])
    return (type(value), value)


@settings(max_examples=150, deadline=None)
@given(value=values, others=st.lists(st.lists(st.integers(), max_size=2), max_size=40))
def test_any_plain_value_comes_back_whatever_else_is_given(value, others):
    encoded = encode(value, given=others, is_project=never)
    assert encoded.plain
    assert encoded.given == 0
    assert shape(decode(encoded.stream, encoded.buffers, plain=True)) == shape(value)


@settings(max_examples=150, deadline=None)
@given(data=st.data(), count=st.integers(1, 300))
def test_what_was_given_comes_back_as_the_same_object(data, count):
    objects = [[index] for index in range(count)]
    objects[data.draw(st.integers(0, count - 1))] = objects[0]
    picks = data.draw(st.lists(st.integers(0, count - 1), min_size=1, max_size=10))
    value = {"new": [[1], [2]], "old": [objects[index] for index in picks], "text": "h\x00j\x00\x00\x00\x00"}
    encoded = encode(value, given=objects, is_project=never)
    assert encoded.given == count
    present = [[-index] for index in range(count)]
    found = decode(encoded.stream, encoded.buffers, given=present, plain=encoded.plain)
    assert found["new"] == [[1], [2]]
    first = {id(item): index for index, item in reversed(list(enumerate(objects)))}
    assert all(part is present[first[id(objects[index])]] for part, index in zip(found["old"], picks, strict=True))


@pytest.mark.parametrize("count", [1, 32, 33, 255, 256, 257, 70000])
def test_bytes_that_look_like_a_reference_are_none(count):
    value = {"text": "".join(map(chr, range(256))) * 3, "lists": [[]] * 3 + [[index] for index in range(300)]}
    encoded = encode(value, given=[[] for _ in range(count)], is_project=never)
    assert encoded.given == 0
    found = decode(encoded.stream, encoded.buffers, plain=encoded.plain)
    assert found == value
    assert found["lists"][0] is found["lists"][2]


def test_the_stream_is_only_written_again_where_it_has_to_be(monkeypatch):
    made = []
    pickler = _encode.Pickler
    monkeypatch.setattr(_encode, "Pickler", lambda *args, **options: made.append(1) or pickler(*args, **options))
    encode(["result"], given=[[], {}], is_project=never)
    assert len(made) == 1


def test_identity_and_cycles_are_kept(trip):
    inner = []
    value = {"a": inner, "b": inner}
    inner.append(value)
    found = trip(value)
    assert found["a"] is found["b"]
    assert found["a"][0] is found


class Color(enum.Enum):
    RED = 1


@dataclasses.dataclass(frozen=True)
class Point:
    x: object
    y: object = None


class Row(NamedTuple):
    a: object
    b: object


class Slotted:
    __slots__ = ("a", "b")


def helper(x):
    return x + 1


@pytest.fixture
def project():
    return lambda module: module == __name__


def test_a_project_class_is_named_and_not_plain(trip, project):
    encoded = encode(Point(1, Color.RED), is_project=project)
    assert not encoded.plain
    found = decode(encoded.stream, encoded.buffers, plain=False)
    assert type(found) is Point
    assert found.y is Color.RED
    assert encode(Point(1), is_project=never).plain


def test_what_the_computation_reaches_comes_first(project):
    class Other:
        pass

    slotted = Slotted()
    encoded = encode([slotted.__class__, helper, helper], is_project=project)
    asked = []

    def resolve(module, qualname):
        asked.append((module, qualname))
        return {"Slotted": Other}.get(qualname)

    found = decode(encoded.stream, encoded.buffers, resolve=resolve, plain=False)
    assert found == [Other, helper, helper]
    assert asked == [(__name__, "Slotted"), (__name__, "helper")]


def moved(name, **attributes):
    module = types.ModuleType(name)
    for key, value in attributes.items():
        value.__module__ = name
        setattr(module, key, value)
    return module


def test_a_class_whose_module_was_renamed_to_the_main_script_is_found_there(monkeypatch):
    here = moved("project", Thing=type("Thing", (), {}))
    monkeypatch.setitem(sys.modules, "project", here)
    encoded = encode(here.Thing(), is_project=lambda module: module == "project")
    monkeypatch.delitem(sys.modules, "project")
    with pytest.raises(UnresolvedError, match=r"project\.Thing"):
        decode(encoded.stream, encoded.buffers, plain=False)
    there = type("Thing", (), {"__module__": "__main__"})
    monkeypatch.setattr(sys.modules["__main__"], "Thing", there, raising=False)
    assert type(decode(encoded.stream, encoded.buffers, plain=False)) is there


def test_what_the_main_script_merely_imported_is_not_taken_for_it(monkeypatch):
    here = moved("project", Thing=type("Thing", (), {}))
    monkeypatch.setitem(sys.modules, "project", here)
    encoded = encode(here.Thing, is_project=lambda module: module == "project")
    monkeypatch.setattr(sys.modules["__main__"], "Thing", Point, raising=False)
    assert decode(encoded.stream, encoded.buffers, plain=False) is here.Thing
    monkeypatch.delitem(sys.modules, "project")
    with pytest.raises(UnresolvedError):
        decode(encoded.stream, encoded.buffers, plain=False)


def test_a_library_class_that_is_gone_is_unresolved(monkeypatch):
    here = moved("library", Thing=type("Thing", (), {}))
    monkeypatch.setitem(sys.modules, "library", here)
    encoded = encode(here.Thing(), is_project=never)
    assert encoded.plain
    monkeypatch.delattr(here, "Thing")
    with pytest.raises(UnresolvedError):
        decode(encoded.stream, encoded.buffers, plain=True)


def test_a_main_class_is_itself_in_the_next_process(tmp_path):
    script = tmp_path / "script.py"
    script.write_text(
        "import sys, pickle\n"
        "from Lutil.checkpoints.codec import encode, decode\n"
        "class P:\n    def __init__(self): self.f = lambda: P\n"
        "if sys.argv[1] == 'write':\n"
        "    e = encode(P(), is_project=lambda m: m == '__main__')\n"
        "    open('entry', 'wb').write(e.stream)\n"
        "else:\n"
        "    p = decode(open('entry', 'rb').read(), [], plain=False)\n"
        "    print(isinstance(p, P), p.f() is P)\n"
    )
    run = functools.partial(subprocess.run, cwd=tmp_path, check=True, capture_output=True, text=True)
    run([sys.executable, "script.py", "write"])
    script.rename(tmp_path / "renamed.py")
    assert run([sys.executable, "renamed.py", "read"]).stdout == "True True\n"


def test_lambdas_and_local_classes_come_along_and_refer_to_the_project_by_name(project):
    offset = [5]

    class Local:
        def value(self):
            return Point(offset[0])

    encoded = encode([Local(), lambda x: helper(x) + offset[0], offset], is_project=project)
    local, function, shared = decode(encoded.stream, encoded.buffers, plain=encoded.plain)
    assert type(local.value()) is Point
    assert function(1) == 7
    shared[0] = 6
    assert function(1) == 8


def test_modules_and_partials_and_methods_come_back(trip):
    found = trip([io, functools.partial(max, 3), [].append, dt.UTC, int, type(None), ...])
    assert found[0] is io
    assert found[1](5) == 5
    assert found[3:] == [dt.UTC, int, type(None), ...]


class Refuses:
    def __reduce__(self):
        raise ZeroDivisionError("no")


@pytest.mark.parametrize(
    ("make", "path", "why"),
    [
        (lambda bad: bad, "result", ""),
        (lambda bad: {"model": types.SimpleNamespace(handle=bad)}, "result['model'].handle", ""),
        (lambda bad: [1, (2, {"k": bad})], "result[1][1]['k']", ""),
        (lambda bad: Point([bad]), "result.x[0]", ""),
        (lambda bad: Row(1, bad), "result.b", ""),
        (lambda bad: lambda: bad, "result: bad", ""),
    ],
)
@pytest.mark.parametrize("bad", [threading.Lock(), (i for i in ()), Refuses(), open(__file__)])  # noqa: SIM115  # an open file is the point
def test_the_error_names_the_way_to_what_cannot_be_saved(make, path, why, bad):
    with pytest.raises(NotSavableError) as caught:
        encode(make(bad), is_project=never)
    assert caught.value.path == path
    assert caught.value.why


def test_what_is_given_need_not_be_savable(trip):
    lock = [threading.Lock()]
    assert trip({"a": lock}, given=[lock])["a"] is lock


def test_too_deep_a_value_is_not_savable_and_an_interrupt_goes_through():
    value = []
    for _ in range(100_000):
        value = [value]
    with pytest.raises(NotSavableError, match="nested too deeply"):
        encode(value, is_project=never)

    class Interrupts:
        def __reduce__(self):
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        encode([Interrupts()], is_project=never)


def test_a_registered_type_goes_its_own_way_and_its_subclass_does_not(trip):
    class Own:
        def __init__(self, x):
            self.x = x
            self.lock = threading.Lock()

    class Sub(Own):
        pass

    codec.register(Own, lambda value: value.x, Own)
    assert trip([Own(3)])[0].x == 3
    with pytest.raises(NotSavableError):
        trip(Sub(3))
    encoded = encode(Own(3), is_project=never)
    _registered._formats.clear()
    with pytest.raises(UnresolvedError, match="Own"):
        decode(encoded.stream, encoded.buffers, plain=encoded.plain)


class Answers:
    """What it has not, it answers from what it has: before it has anything, without end."""

    def __init__(self, message):
        self.message = message

    def __getattr__(self, name):
        return f"{name}: {self.message}"


class AnswersBySlots(Answers):
    __slots__ = ("slot",)


class AnswersAsList(Answers, list):
    pass


def test_a_class_that_answers_for_itself_is_not_asked_before_it_has_its_attributes(trip):
    back = trip(Answers("failed"))
    assert (type(back), vars(back), back.anything) == (Answers, {"message": "failed"}, "anything: failed")
    slotted = AnswersBySlots("failed")
    slotted.slot = 1
    back = trip(slotted)
    assert (back.slot, back.message) == (1, "failed")
    listed = AnswersAsList("failed")
    listed += [1, 2]
    back = trip(listed)
    assert (type(back), list(back), back.message) == (AnswersAsList, [1, 2], "failed")


@pytest.mark.parametrize(
    "text",
    ["<!DOCTYPE r><!--c--><r/><?p q?>", "<?xml version='1.0' standalone='yes'?><r/>", "<r>&#233;&lt;<b/>t</r>", "<r/>"],
)
def test_a_document_of_lxml_comes_back_with_what_stands_beside_its_root(text, trip):
    etree = pytest.importorskip("lxml.etree")
    root = etree.fromstring(text, base_url="http://somewhere/")
    for value in (root, root.getroottree()):
        found = trip(value)
        tree = found.getroottree() if value is root else found
        assert type(found) is type(value)
        assert etree.tostring(tree) == etree.tostring(root.getroottree())
        assert tree.docinfo.standalone == root.getroottree().docinfo.standalone
        assert tree.getroot().base == root.base


def test_a_page_of_lxml_comes_back_and_a_part_of_one_does_not(trip):
    html = pytest.importorskip("lxml.html")
    page = html.document_fromstring("<!DOCTYPE html><!--c--><p>a<br><script>if (a<b) c</script>")
    found = trip(page)
    assert type(found) is type(page)
    assert html.tostring(found.getroottree()) == html.tostring(page.getroottree())
    with pytest.raises(NotSavableError, match="part of its document"):
        trip(page[0])


def test_exif_data_that_was_set_on_an_image_comes_back(trip):
    images = pytest.importorskip("PIL.Image")
    image = images.new("P", (1, 2), 3)
    assert trip(image).getexif() == {}
    image.getexif()[274] = 6
    image.getexif().get_ifd(34665)[37510] = b"ab"
    found = trip(image)
    assert (found.mode, found.size, found.tobytes()) == (image.mode, image.size, image.tobytes())
    assert dict(found.getexif()) == dict(image.getexif())
    assert found.getexif().get_ifd(34665) == {37510: b"ab"}
