"""Our named tuples are those of `typing`, but for annotations that nobody reads."""

from __future__ import annotations

import pickle
import typing

import pytest

from Lutil.checkpoints.model.process._records import NamedTuple

TEXT = '''
class Point({base}):
    """A place."""

    x: int
    y: "some type that is nowhere" = 2

    @property
    def sum(self):
        return self.x + self.y

    @classmethod
    def at(cls, x):
        return cls(x)

    def __repr__(self):
        return f"({{self.x}}, {{self.y}})"

    names = ()
'''


def made(base):
    space = {"NamedTuple": base, "__name__": __name__}
    exec(compile(f"from __future__ import annotations\n{TEXT.format(base='NamedTuple')}", "x", "exec"), space)
    return space["Point"]


@pytest.mark.parametrize(
    "ask",
    [
        lambda cls: cls._fields,
        lambda cls: cls._field_defaults,
        lambda cls: (cls.__name__, cls.__qualname__, cls.__module__, cls.__doc__),
        lambda cls: cls.__bases__,
        lambda cls: list(cls.__annotations__),
        lambda cls: (cls(1).sum, cls.at(3).sum, repr(cls(1, 5)), cls.names),
        lambda cls: (cls(1) == (1, 2), cls(1)._replace(y=4)._asdict(), hash(cls(1)) == hash((1, 2))),
        lambda cls: [name for name in vars(cls) if not name.startswith("__") or name == "__match_args__"],
    ],
)
def test_it_answers_as_that_of_typing_does(ask):
    assert ask(made(NamedTuple)) == ask(made(typing.NamedTuple))


def test_it_is_pickled_by_name(monkeypatch):
    point = made(NamedTuple)
    monkeypatch.setitem(globals(), "Point", point)
    assert pickle.loads(pickle.dumps(point(1, 3))) == point(1, 3)
