"""Small programs that are run for their functions only, and a key for what `f` reaches in them."""

from __future__ import annotations

import importlib.util
import linecache
import sys
import types
from contextlib import contextmanager
from itertools import count

from Lutil.checkpoints.code import Walk, reach

_files = count()


@contextmanager
def program(text):
    """Run a program and yield its main module; sections that begin with `#: name` are modules of that name."""
    main, *others = ("\n" + text).split("\n#: ")
    sections = [section.partition("\n")[::2] for section in others] + [("main", main)]
    names = [name.strip() for name, _ in sections]
    before = {name: sys.modules.pop(name, None) for name in names}
    try:
        for name, source in sections:
            module = _module(name.strip(), source)
        yield module
    finally:
        for name in names:
            sys.modules.pop(name, None)
            if before[name] is not None:
                sys.modules[name] = before[name]


def _module(name, source):
    file = f"/elsewhere/{next(_files)}/{name}.py"
    spec = importlib.util.spec_from_loader(name, loader=None, origin=file)
    module = types.ModuleType(name)
    module.__file__ = file
    module.__spec__ = spec
    sys.modules[name] = module
    parent, _, last = name.rpartition(".")
    if parent and parent in sys.modules:
        setattr(sys.modules[parent], last, module)
    linecache.cache[file] = (len(source), None, source.splitlines(keepends=True), file)
    exec(compile(source, file, "exec", dont_inherit=True), module.__dict__)
    return module


def key_of(root):
    """Return what a story would make of a root: the code's digest and the values of the places."""
    walk = Walk(reach(root))
    out = []
    while pending := walk.pending():
        for slot in pending:
            try:
                out.append(value_key(slot.fetch(), walk))
            except LookupError:
                out.append("absent")
    return walk.digest().hex() + repr(out)


def value_key(value, walk, seen=()):  # noqa: PLR0911 - a table, the order of which matters
    """Return a text for a value, as simple as a fingerprint can be."""
    if id(value) in seen:
        return "cycle"
    seen = (*seen, id(value))
    if isinstance(value, list | tuple):
        return f"{type(value).__name__}{[value_key(item, walk, seen) for item in value]}"
    if isinstance(value, set | frozenset):
        return f"{type(value).__name__}{sorted(value_key(item, walk, seen) for item in value)}"
    if isinstance(value, dict):
        return f"dict{[(value_key(k, walk, seen), value_key(v, walk, seen)) for k, v in value.items()]}"
    if value is None or isinstance(value, int | float | complex | str | bytes):
        return f"{type(value).__name__}:{value!r}"
    if callable(value) and not hasattr(value, "__dict__"):
        return walk.code(value).hex()
    if isinstance(value, type | types.FunctionType | types.ModuleType | types.MethodType):
        return walk.code(value).hex()
    state = value_key(getattr(value, "__dict__", {}), walk, seen)
    return walk.code(type(value)).hex() + state


def program_key(text):
    """Return the key of `f` in a program."""
    with program(text) as module:
        return key_of(module.f)
