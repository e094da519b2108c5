"""Global random streams: where they stand, whether somebody seeded them, how to put them back.

A run that draws from a stream depends on where it stood; one that seeds the stream first does not. A stream
that nobody ever seeded gives other numbers in each process, so its state can never recur: there the ordinal of the
computation within the run of the program stands in for it.

Three generators are known, each only while its library is loaded: `random`, numpy's legacy stream, torch's CPU
and CUDA generators. Their states are plain tuples, fit to be stored.
"""

from __future__ import annotations

import functools
import sys
from array import array
from typing import Any, Final, Protocol

from xxhash import xxh3_128

from ._mersenne import is_untouched, was_seeded

__all__ = ["State", "Stream", "loaded_streams", "note_seeding", "state_digest", "stream"]

State = tuple[Any, ...]

_noted: dict[str, bool] = {}
"""By stream: whether the last seeding that we saw was by a value (True) or by the operating system (False)."""


def note_seeding(name: str, *, by_value: bool) -> None:
    """Take note that the program seeded a stream of this name."""
    _noted[name] = by_value


def state_digest(name: str, state: bytes) -> bytes:
    """Return the digest of a stream that stands at a state, given as canonical bytes."""
    return xxh3_128(b"stream\0" + name.encode() + b"\0" + state).digest()


class Stream(Protocol):
    """One global generator of a loaded library."""

    name: str

    def get(self) -> State:
        """Return the state, plain and picklable."""

    def put(self, state: State) -> None:
        """Make the generator stand at a state that `get` gave."""

    def seeded(self) -> bool:
        """Return whether the program seeded it, as far as can be told; True in doubt."""

    def untouched(self) -> bool:
        """Return whether nobody seeded it nor drew from it since its library was loaded; False in doubt."""


def canonical(state: State) -> bytes:
    """Return bytes that are equal exactly for equal states."""
    return b"\0".join([item if isinstance(item, bytes) else repr(item).encode() for item in state])


class PythonStream:
    """The hidden `random.Random` behind the functions of `random`."""

    name = "random"

    def __init__(self, module: Any) -> None:
        self._module = module
        _version, words, _gauss = module._inst.getstate()  # noqa: SLF001  # the function is one that is noted
        self._first = words
        """Where it stood when we first saw it: later seeding is noted, earlier seeding is read off this."""

    def get(self) -> State:
        version, words, gauss = self._module._inst.getstate()  # noqa: SLF001
        return (version, array("I", words).tobytes(), gauss)

    def put(self, state: State) -> None:
        version, words, gauss = state
        self._module._inst.setstate((version, tuple(array("I", words)), gauss))  # noqa: SLF001  # not the noted one

    @functools.cached_property
    def _seeded_before(self) -> bool:
        return was_seeded(self._first[:-1], self._first[-1]) is not False

    def seeded(self) -> bool:
        noted = _noted.get(self.name)
        return self._seeded_before if noted is None else noted

    def untouched(self) -> bool:
        words = self._module._inst.getstate()[1]  # noqa: SLF001
        return is_untouched(words[:-1], words[-1]) and not self.seeded()


_WORDS: Final = 624
_MOST_REFILLS: Final = 2_000
"""More than a million draws, 70 ms once: only a program that set a state, or drew as much, before it loaded us."""


class NumpyStream:
    """The hidden `RandomState` behind the functions of `numpy.random`."""

    name = "numpy"

    def __init__(self, module: Any) -> None:
        self._module = module
        self._first = self.get()
        """Where it stood when we first saw it: later seeding is noted, earlier seeding is read off this."""

    def get(self) -> State:
        found = self._module.mtrand._rand.get_state(legacy=False)  # noqa: SLF001  # the function is one that is noted
        if found["bit_generator"] != "MT19937":
            return ("other", _plain(found))
        inner = found["state"]
        return ("MT19937", inner["key"].tobytes(), int(inner["pos"]), int(found["has_gauss"]), float(found["gauss"]))

    def put(self, state: State) -> None:
        # The method of the hidden object, not the function: that one notes a seeding by the program.
        generator = self._module.mtrand._rand  # noqa: SLF001
        if state[0] == "other":
            generator.set_state(_unplain(state[1]))
            return
        numpy = sys.modules["numpy"]
        _kind, words, position, has_gauss, gauss = state
        generator.set_state(("MT19937", numpy.frombuffer(words, dtype=numpy.uint32), position, has_gauss, gauss))

    def _entropy(self) -> Any:
        """Return what the generator was made from at import, or None once it was seeded by a value."""
        generator = self._module.mtrand._rand._bit_generator  # noqa: SLF001  # `get_bit_generator` came with 1.24
        return getattr(generator, "seed_seq", None) or getattr(generator, "_seed_seq", None)

    @functools.cached_property
    def _seeded_before(self) -> bool:
        entropy = self._entropy()
        if entropy is None:
            return True
        if self._first[0] != "MT19937":
            return False  # nobody but its maker can tell
        # A state that was set leaves the entropy where it is, but is none that draws from there lead to.
        generator = self._module.MT19937(entropy)
        for _refill in range(_MOST_REFILLS):
            if generator.state["state"]["key"].tobytes() == self._first[1]:
                return False
            generator.random_raw(_WORDS, output=False)
        return True

    def seeded(self) -> bool:
        noted = _noted.get(self.name)
        if noted is None:
            return self._entropy() is None or self._seeded_before
        return noted

    def untouched(self) -> bool:
        entropy = self._entropy()
        if entropy is None or self.seeded():
            return False
        fresh = self._module.MT19937(entropy).state["state"]
        state = self.get()
        return bool(state[0] == "MT19937" and state[1] == fresh["key"].tobytes() and state[2] == int(fresh["pos"]))


def _plain(value: Any) -> Any:
    """Return nested states of numpy's generators as tuples; arrays as type and bytes."""
    if isinstance(value, dict):
        return ("dict", tuple((key, _plain(item)) for key, item in value.items()))
    if hasattr(value, "dtype"):
        return ("array", value.dtype.str, value.tobytes())
    return ("value", value)


def _unplain(value: Any) -> Any:
    if value[0] == "dict":
        return {key: _unplain(item) for key, item in value[1]}
    if value[0] == "array":
        return sys.modules["numpy"].frombuffer(value[2], dtype=value[1])
    return value[1]


_OS_SEEDS_FROM: Final = 1 << 32
"""torch seeds itself by 53 or 64 random bits; a seed below this is one that somebody wrote."""


class TorchStream:
    """torch's default generator of the CPU or of one CUDA device."""

    def __init__(self, name: str, torch: Any, generator: Any) -> None:
        self.name = name
        self._torch = torch
        self._generator = generator

    def get(self) -> State:
        state = self._generator.get_state()
        return (self.name, bytes(state.numpy()) if "numpy" in sys.modules else bytes(state.tolist()))

    def put(self, state: State) -> None:
        self._generator.set_state(self._torch.frombuffer(bytearray(state[1]), dtype=self._torch.uint8))

    def seeded(self) -> bool:
        noted = _noted.get(self.name, _noted.get("torch"))
        return bool(self._generator.initial_seed() < _OS_SEEDS_FROM) if noted is None else noted

    def untouched(self) -> bool:
        fresh = self._torch.Generator(device=self._generator.device)
        fresh.manual_seed(self._generator.initial_seed())
        return not self.seeded() and bool((fresh.get_state() == self._generator.get_state()).all())


_known: dict[str, Stream] = {}


def stream(name: str) -> Stream | None:
    """Return the stream of this name, or None while its library is not loaded; never imports one."""
    found = _known.get(name)
    if found is None:
        found = _made(name)
        if found is not None:
            _known[name] = found
    return found


def _made(name: str) -> Stream | None:
    module = sys.modules.get({"random": "random", "numpy": "numpy.random"}.get(name, "torch"))
    # A library that is just being imported has no functions yet.
    if name == "random":
        return PythonStream(module) if hasattr(module, "_inst") else None
    if name == "numpy":
        return NumpyStream(module) if hasattr(module, "get_state") and hasattr(module, "mtrand") else None
    if not hasattr(module, "default_generator") or not hasattr(module, "get_rng_state"):
        return None
    if name == "torch.cpu":
        return TorchStream(name, module, module.default_generator)  # type: ignore[union-attr]  # tested above
    index = int(name.rpartition(":")[2])
    return TorchStream(name, module, module.cuda.default_generators[index]) if index < _devices(module) else None  # type: ignore[union-attr]


def _devices(torch: Any) -> int:
    """Return how many CUDA devices are in use; asking for more would start the driver."""
    cuda = getattr(torch, "cuda", None)
    return len(cuda.default_generators) if cuda is not None and cuda.is_initialized() else 0


def loaded_streams() -> list[Stream]:
    """Return all streams of the libraries that are loaded."""
    names = ["random", "numpy", "torch.cpu"]
    torch = sys.modules.get("torch")
    if torch is not None:
        names += [f"torch.cuda:{index}" for index in range(_devices(torch))]
    return [found for name in names if (found := stream(name)) is not None]
