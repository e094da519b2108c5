"""Global random streams: where they stand, whether somebody seeded them, how to put them back.

A run that draws from a stream depends on where it stood; one that seeds the stream first does not. A stream
that nobody ever seeded gives other numbers in each process, so its state can never recur: there the ordinal of the
computation within the run of the program stands in for it.

Three generators are known, each only while its library is loaded: `random`, numpy's legacy stream, torch's CPU
and CUDA generators. Their states are plain tuples, fit to be stored.
"""

from __future__ import annotations

import sys
from array import array
from struct import Struct
from typing import Any, Final, Protocol

from xxhash import xxh3_128

from ...model.process._log import log
from ._mersenne import WORDS, is_ahead, is_untouched, was_seeded

__all__ = ["Sight", "State", "Watchable", "loaded_streams", "note_seeding", "state_digest", "stream"]

State = tuple[Any, ...]


def note_seeding(name: str, *, by_value: bool) -> None:
    """Take note that a stream of this name was seeded just now; torch seeds all of its streams at once."""
    for found in loaded_streams():
        if found.name == name or (name == "torch" and found.name.startswith("torch")):
            found.note(seeded=by_value)


def state_digest(name: str, state: bytes) -> bytes:
    """Return the digest of a stream that stands at a state, given as canonical bytes."""
    return xxh3_128(b"stream\0" + name.encode() + b"\0" + state).digest()


class Sight:
    """Where a stream was seen to stand.

    Whether somebody had seeded it by then is worked out when that is asked for: few runs draw at random.

    Args:
        stream: whose state it is.
        state: the state; empty where it is only known who has seeded it.
        trait: what of the generator beside its state tells who has seeded it.
        earlier: where it stood before.
        seeded: whether somebody had seeded it, where that is known.
    """

    __slots__ = ("_seeded", "_stream", "earlier", "state", "trait")

    def __init__(
        self, stream: Stream, state: State, trait: Any, earlier: Sight | None = None, *, seeded: bool | None = None
    ) -> None:
        self.state = state
        self.trait = trait
        self.earlier = earlier
        self._stream = stream
        self._seeded = seeded

    @property
    def is_known(self) -> bool:
        """Whether it was worked out who had seeded it."""
        return self._seeded is not None

    def seeded(self) -> bool:
        """Return whether the program had seeded the stream, as far as can be told; True in doubt."""
        if self._seeded is None:
            earlier, self.earlier = self.earlier, None
            found = self._stream.was_seeded(self) if earlier is None else self._stream.was_seeded_since(earlier, self)
            self._seeded = found
        return self._seeded


class Stream(Protocol):
    """One global generator of a loaded library."""

    name: str

    def get(self) -> State:
        """Return the state, plain and picklable."""
        ...

    def put(self, state: State) -> None:
        """Make the generator stand at a state that `get` gave."""

    def trait(self) -> Any:
        """Return what beside the state tells who has seeded it."""

    def untouched(self) -> bool:
        """Return whether nobody seeded it nor drew from it since its library was loaded; False in doubt."""
        ...

    def was_seeded(self, first: Sight) -> bool:
        """Return whether the program had seeded it before it was first seen; True in doubt."""
        ...

    def was_seeded_since(self, earlier: Sight, now: Sight) -> bool:
        """Return whether the program has seeded it, by what is known of an earlier state; True in doubt."""
        ...

    def is_put(self, start: Sight) -> bool:
        """Return whether it is plain that a run which started there has seeded it by a value; False in doubt."""
        ...


class Watchable(Stream):
    """A generator of which it is known where it was seen last: what was done to it since is read off its state.

    Nothing is put in the place of the functions that seed, while no run is on.
    """

    def __init__(self) -> None:
        self._last = Sight(self, self.get(), self.trait())
        self.learnt = 0
        """How often something was learnt of it."""

    def look(self) -> Sight:
        """Return where it stands."""
        state, last = self.get(), self._last
        trait = self.trait()
        if state == last.state and trait == last.trait:
            return last
        # From one that was never asked about nothing is known but by what was known before.
        earlier = last if last.is_known or last.earlier is None else last.earlier
        self._last = Sight(self, state, trait, earlier)
        self.learnt += 1
        return self._last

    def note(self, *, seeded: bool) -> None:
        """Take note of who has put it where it stands; where the program has, that is not read, which is slow."""
        self._last = Sight(self, () if seeded else self.get(), self.trait(), seeded=seeded)
        self.learnt += 1

    def stands(self, state: State) -> None:
        """Take note of where it stands, which was left open when it was seeded."""
        if not self._last.state:
            self._last.state = state

    def seeded(self) -> bool:
        """Return whether the program seeded it, as far as can be told; True in doubt."""
        return self.look().seeded()


def canonical(state: State) -> bytes:
    """Return bytes that are equal exactly for equal states."""
    return b"\0".join([item if isinstance(item, bytes) else repr(item).encode() for item in state])


_NEAR: Final = 64
_FAR: Final = 4_000
"""Refills of 624 words: what a program may have drawn since. The latter are 2.5 million draws, 35 ms once."""


def _is_drawn_from(earlier: tuple[Any, int], now: tuple[Any, int]) -> bool | None:
    """Return whether nothing but draws lies between two states, given as words and position; None in doubt."""
    if is_ahead(*earlier, *now, _NEAR):
        return True
    seeded = was_seeded(*now)
    if seeded is not None:
        return not seeded
    return is_ahead(*earlier, *now, _FAR) or None


def _is_by_system(words: Any, position: int) -> bool:
    """Return whether the operating system has seeded it just now."""
    return is_untouched(words, position) and was_seeded(words, position) is False


def _split(state: State) -> tuple[Any, int]:
    """Return the words of a state of `random`, and its position among them."""
    *words, position = array("I", state[1])
    return array("I", words), position


_WORDS: Final = Struct(f"{WORDS + 1}I")
"""A state of `random`, and its position: packed in half the time that an `array` takes."""


class PythonStream(Watchable):
    """The hidden `random.Random` behind the functions of `random`."""

    name = "random"

    def __init__(self, module: Any) -> None:
        self._generator = module._inst  # noqa: SLF001
        super().__init__()

    def get(self) -> State:
        version, words, gauss = self._generator.getstate()
        return (version, _WORDS.pack(*words), gauss)

    def put(self, state: State) -> None:
        version, words, gauss = state
        self._generator.setstate((version, tuple(array("I", words)), gauss))

    def trait(self) -> Any:
        return None

    def was_seeded(self, first: Sight) -> bool:
        return was_seeded(*_split(first.state)) is not False

    def was_seeded_since(self, earlier: Sight, now: Sight) -> bool:
        if earlier.seeded():
            return not _is_by_system(*_split(now.state))
        return _is_drawn_from(_split(earlier.state), _split(now.state)) is not True

    def is_put(self, start: Sight) -> bool:
        before, now = _split(start.state), _split(self.get())
        return not is_ahead(*before, *now, _NEAR) and was_seeded(*now) is True

    def untouched(self) -> bool:
        words = self._generator.getstate()[1]
        return is_untouched(words[:-1], words[-1]) and not self.seeded()


_SMALL: Final = 1 << 64
"""The operating system gives 128 bits of entropy; less than half of that is a seed that somebody wrote."""


class NumpyStream(Watchable):
    """The hidden `RandomState` behind the functions of `numpy.random`."""

    name = "numpy"

    def __init__(self, module: Any) -> None:
        self._twister = module.MT19937
        self._generator = module.mtrand._rand  # noqa: SLF001
        super().__init__()

    def get(self) -> State:
        found = self._generator.get_state(legacy=False)
        if found["bit_generator"] != "MT19937":
            return ("other", _plain(found))
        inner = found["state"]
        return ("MT19937", inner["key"].tobytes(), int(inner["pos"]), int(found["has_gauss"]), float(found["gauss"]))

    def put(self, state: State) -> None:
        # The method of the hidden object, not the function: that one notes a seeding by the program.
        if state[0] == "other":
            self._generator.set_state(_unplain(state[1]))
            return
        numpy = sys.modules["numpy"]
        _kind, words, position, has_gauss, gauss = state
        self._generator.set_state(("MT19937", numpy.frombuffer(words, dtype=numpy.uint32), position, has_gauss, gauss))

    def trait(self) -> Any:
        """Return what the generator was made from at import, or None once it was seeded by `numpy.random.seed`."""
        generator = self._generator._bit_generator  # noqa: SLF001  # `get_bit_generator` came with 1.24
        return getattr(generator, "seed_seq", None) or getattr(generator, "_seed_seq", None)

    def _fresh(self, entropy: Any) -> tuple[Any, int]:
        state = self._twister(entropy).state["state"]
        return array("I", state["key"].tobytes()), int(state["pos"])

    def was_seeded(self, first: Sight) -> bool:
        if first.state[0] != "MT19937":
            return True  # a generator that the program has put there
        now, entropy = self._split(first.state), first.trait
        if entropy is None:  # seeded by a value, or anew by the operating system
            return not _is_by_system(*now)
        number = getattr(entropy, "entropy", None)
        if not isinstance(number, int) or number < _SMALL:
            return True
        # A state that was set leaves the entropy where it is, but is none that draws from there lead to.
        return _is_drawn_from(self._fresh(entropy), now) is not True

    def was_seeded_since(self, earlier: Sight, now: Sight) -> bool:
        if now.trait is not earlier.trait or now.state[0] != "MT19937":
            return self.was_seeded(now)
        if earlier.seeded() or earlier.state[0] != "MT19937":
            return not _is_by_system(*self._split(now.state))
        return _is_drawn_from(self._split(earlier.state), self._split(now.state)) is not True

    def is_put(self, start: Sight) -> bool:
        return start.trait is not None and self.trait() is None

    @staticmethod
    def _split(state: State) -> tuple[Any, int]:
        return array("I", state[1]), state[2]

    def untouched(self) -> bool:
        entropy = self.trait()
        if entropy is None or self.seeded():
            return False
        state = self.get()
        return bool(state[0] == "MT19937" and self._split(state) == self._fresh(entropy))


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


class TorchStream(Watchable):
    """torch's default generator of the CPU or of one CUDA device."""

    def __init__(self, name: str, torch: Any, generator: Any) -> None:
        self.name = name
        self._torch = torch
        self._generator = generator
        super().__init__()

    def get(self) -> State:
        state = self._generator.get_state()
        return (self.name, bytes(state.numpy()) if "numpy" in sys.modules else bytes(state.tolist()))

    def put(self, state: State) -> None:
        self._generator.set_state(self._torch.frombuffer(bytearray(state[1]), dtype=self._torch.uint8))

    def trait(self) -> Any:
        return self._generator.initial_seed()

    def was_seeded(self, first: Sight) -> bool:
        return bool(first.trait < _OS_SEEDS_FROM)

    def was_seeded_since(self, earlier: Sight, now: Sight) -> bool:
        return earlier.seeded() if now.trait == earlier.trait else True

    def is_put(self, start: Sight) -> bool:
        return bool(self.trait() != start.trait)

    def untouched(self) -> bool:
        fresh = self._torch.Generator(device=self._generator.device)
        fresh.manual_seed(self._generator.initial_seed())
        return not self.seeded() and bool((fresh.get_state() == self._generator.get_state()).all())


_known: Final[dict[str, Watchable]] = {}


def stream(name: str) -> Watchable | None:
    """Return the stream of this name, or None while its library is not loaded; never imports one."""
    found = _known.get(name)
    if found is None:
        try:
            found = _made(name)
        except Exception as error:  # noqa: BLE001  # a module that somebody has put there may be anything
            log.debug("stream %s cannot be read: %s", name, error)
        if found is not None:
            _known[name] = found
    return found


def _made(name: str) -> Watchable | None:
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
    try:
        return len(torch.cuda.default_generators) if torch.cuda.is_initialized() else 0
    except Exception:  # noqa: BLE001  # as above; a torch that is just being imported has none
        return 0


def loaded_streams() -> list[Watchable]:
    """Return all streams of the libraries that are loaded."""
    names = ["random", "numpy"]
    torch = sys.modules.get("torch")
    if torch is not None:
        names += ["torch.cpu", *(f"torch.cuda:{index}" for index in range(_devices(torch)))]
    return [found for name in names if (found := stream(name)) is not None]
