"""Whether a Mersenne Twister was seeded by a program or by the operating system.

`random` never tells. But its seeding (`init_by_array` of the reference code by Matsumoto and Nishimura, 2002) can be
run backwards: the words of the key come out again. A seed that somebody wrote is a short key, repeated until 624
words are filled; the operating system gives 624 words that never repeat.
"""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["WORDS", "is_ahead", "is_untouched", "was_seeded"]

WORDS: Final = 624
LONGEST_KEY: Final = 300  # words; a seed of ten thousand digits is taken for the operating system's
MOST_REFILLS: Final = 20  # some 12,000 draws; each takes half a millisecond to undo
_MASK: Final = 0xFFFFFFFF


def is_untouched(words: Sequence[int], position: int) -> bool:
    """Return whether nothing was drawn since the state was seeded, by whomever."""
    return position == WORDS and words[0] == 0x80000000


def was_seeded(words: Sequence[int], position: int) -> bool | None:
    """Return whether the state stems from a short key, or None where draws have covered the traces.

    A state from which nothing was drawn tells for sure. After draws a short key is still found, but its
    absence proves nothing: more may have been drawn than is undone here.
    """
    state = list(words)
    if is_untouched(state, position):
        return _has_short_key(state)
    for _refill in range(MOST_REFILLS):
        state = _refilled_from(state)
        # Of the first word only the highest bit survives a refill; after seeding it is the only one that is set.
        if state[0] & 0x80000000 and _has_short_key([0x80000000, *state[1:]]):
            return True
    return None


def is_ahead(words: Sequence[int], position: int, later: Sequence[int], its_position: int, refills: int) -> bool:
    """Return whether draws alone lead from a state to another one, within so many refills of 624 words.

    The generators of `random` and of numpy's legacy functions are the same, so this draws by `random`: 8 us a refill.
    """
    if words == later:
        return its_position >= position
    from random import Random  # noqa: PLC0415  # a stream that moved is that of a library which has loaded it

    generator = Random()  # noqa: S311  # no secret: it draws what the program has drawn
    generator.setstate((3, (*later, 0), None))
    wanted = generator.getrandbits(32 * WORDS).to_bytes(4 * WORDS, "little")
    generator.setstate((3, (*words, WORDS), None))
    while refills > 0:
        step = min(refills, _STEP)
        if wanted in generator.getrandbits(32 * WORDS * step).to_bytes(4 * WORDS * step, "little"):
            return True
        refills -= step
    return False


_STEP: Final = 64


def _refilled_from(after: list[int]) -> list[int]:
    """Return the state before a refill ("twist"), but for the low 31 bits of its first word, which are lost."""
    state = list(after)
    for i in range(WORDS - 1, -1, -1):
        high = _untwisted(state[i] ^ state[(i + 397) % WORDS])
        low = _untwisted(state[i - 1] ^ state[(i + 396) % WORDS])
        state[i] = (high & 0x80000000) | (low & 0x7FFFFFFF)
    return state


def _untwisted(value: int) -> int:
    """Undo `x >> 1 ^ (matrix if x & 1)` for both halves of the word that was shifted."""
    return (((value ^ 0x9908B0DF) << 1) | 1) & _MASK if value & 0x80000000 else (value << 1) & _MASK


@functools.lru_cache(maxsize=1)
def _base() -> tuple[int, ...]:
    """Return the state that every seeding by a key starts from."""
    words = [19650218]
    for i in range(1, WORDS):
        words.append((1812433253 * (words[-1] ^ (words[-1] >> 30)) + i) & _MASK)
    return tuple(words)


def _mixed(word: int, factor: int) -> int:
    return ((word ^ (word >> 30)) * factor) & _MASK


def _has_short_key(final: list[int]) -> bool:
    """Return whether the key that gives this state repeats itself within `LONGEST_KEY` words."""
    state = list(final)
    state[0] = state[WORDS - 1]  # as it was before the last step overwrote it
    state[1] = ((state[1] + 1) & _MASK) ^ _mixed(state[0], 1566083941)
    for i in range(WORDS - 1, 1, -1):
        state[i] = ((state[i] + i) & _MASK) ^ _mixed(state[i - 1], 1566083941)
    base = _base()
    # Words 1 and 2 went through the first loop together with a word that is gone: the key is read from word 3 on.
    added = [(state[i] - (base[i] ^ _mixed(state[i - 1], 1664525))) & _MASK for i in range(3, WORDS)]
    return any(_repeats(added, length) for length in range(1, LONGEST_KEY + 1))


def _repeats(added: list[int], length: int) -> bool:
    return added[0] == added[length] and added[1] == added[1 + length] and added[length:] == added[:-length]
