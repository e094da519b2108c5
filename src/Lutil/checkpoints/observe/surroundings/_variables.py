"""Environment variables, and arguments of the script, that a run was seen to read; and what they are now.

A value enters the final key by its digest and is kept nowhere. What a run itself has set is no input of it. A run that
goes through all variables reads each of them, but for those that shells, terminals, schedulers and tools set, which
differ from one session to the next.
"""

from __future__ import annotations

import functools
import os
import re
import sys
from typing import TYPE_CHECKING, Any, Final

from xxhash import xxh3_128_digest

from ...model._key import Note, NoteKind, PartKind, tagged
from .._trace import ALL_VARIABLES, ARGUMENTS, Mode, Observed
from ..files._file_digests import digest_of_names

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ..files._settled import Settled

__all__ = ["EnvironmentLog", "environment_digest", "variable_digest", "variable_name"]

_SESSION: Final = re.compile(
    r"""(?x)
    _ | PWD | OLDPWD | HOME | USER | LOGNAME | USERNAME | HOST | HOSTNAME | MAIL | SHELL | SHLVL | PATH
    | LANG | LANGUAGE | PS[124] | TERM | TERMINFO | COLUMNS | LINES | COLORTERM | COLORFGBG | NO_COLOR | FORCE_COLOR
    | CLICOLOR\w* | LS_?COLORS | LESS\w* | PAGER | MANPATH | MANPAGER | EDITOR | VISUAL | DISPLAY | WAYLAND_DISPLAY
    | WINDOWID | INVOCATION_ID | JOURNAL_STREAM | HIST[A-Z]+ | TMPDIR | TMP | TEMP | STY | TMUX | ZSH | ZDOTDIR | CI
    | HOSTTYPE | OSTYPE | MACHTYPE | MPLBACKEND | MAKEFLAGS | MAKELEVEL | MFLAGS | MODULEPATH | LOADEDMODULES
    | PYTHON[A-Z0-9]* | VIRTUAL_ENV\w* | _?CONDA_\w+ | _CE_\w+ | CUDA_VISIBLE_DEVICES | NVIDIA_\w+ | \w+_NUM_THREADS
    | (?: LC | TERM | SSH | XDG | DBUS | DESKTOP | GNOME | GTK | GDK | KDE | QT | ITERM | VTE | TMUX | WT | WSL
        | VSCODE | ELECTRON | PYCHARM | JPY | JUPYTER | IPYTHON | COLAB | PYTEST | PYDEVD | PYENV | PIP | POETRY | UV
        | SUDO | GPG | GIT | GITHUB | GITLAB | RUNNER | BUILDKITE | CIRCLE | JENKINS | SLURM | PBS | LSB | SGE
        | KUBERNETES | OMP | MKL | KMP | WANDB | MLFLOW | LUTIL | LMOD | SYSTEMD | COVERAGE | COV | BASH | HOMEBREW
      ) _ \w+
    """
)
"""Names that say where and how a program was started, not with what."""
_CAPITALS: Final = os.name == "nt"


class EnvironmentLog:
    """What one run did to the environment. Each table only grows, and keeps the order in which it grew."""

    def __init__(self) -> None:
        self.read: dict[tuple[str, str], bytes] = {}
        """By name and mode, the digest of what was read first; of all names, these in bytes."""
        self.own: dict[str, None] = {}
        """Variables that the run itself has set or removed: no inputs from then on."""
        self.settled: set[str | bytes] = set()
        """Names, as they were asked for, of variables of which there is nothing more to be learnt."""
        self._arguments = environment_digest(ARGUMENTS, Mode.VALUE)

    def tables(self) -> tuple[dict[Any, Any], ...]:
        """Return all that is known."""
        return self.read, self.own

    def merge(self, read: dict[tuple[str, str], bytes], own: dict[str, None]) -> None:
        """Count what another run did as done by this one, from its tables."""
        for (name, mode), digest in read.items():
            if not self.is_own(name, digest):
                self.read.setdefault((name, mode), digest)
        self.own |= own

    def is_own(self, name: str, digest: bytes) -> bool:
        """Return whether what was read is of the run's own making: it has set a variable, or other arguments."""
        return digest != self._arguments if name == ARGUMENTS else name in self.own

    def knows(self, name: str) -> bool:
        """Return whether there is nothing more to be learnt of a variable."""
        return name in self.own or (name, Mode.VALUE) in self.read

    def variable(self, name: str, value: str | None) -> None:
        """Take note that a variable was read, or found missing."""
        self.read[name, Mode.VALUE] = _digest(value)

    def names(self) -> None:
        """Take note that the names of all variables were read."""
        if (ALL_VARIABLES, Mode.NAMES) not in self.read:
            self.read[ALL_VARIABLES, Mode.NAMES] = "\0".join(_names()).encode("utf-8", "surrogateescape")

    def arguments(self) -> None:
        """Take note that the arguments of the script were read, if they are those that the run started with."""
        if environment_digest(ARGUMENTS, Mode.VALUE) == self._arguments:
            self.read[ARGUMENTS, Mode.VALUE] = self._arguments

    def set(self, name: str) -> None:
        """Take note that a variable was set or removed."""
        self.own.setdefault(name)

    def settle(self, done: Settled) -> None:
        """Add what was read to the inputs, and see that it is still what it was."""
        through_all = (ALL_VARIABLES, Mode.NAMES) in self.read
        for (name, mode), found in self.read.items():
            if through_all and mode == Mode.VALUE and not _counts_among_all(name):
                continue
            digest = found
            if mode == Mode.NAMES:
                own = frozenset(self.own)
                digest = digest_of_names(frozenset(found.decode("utf-8", "surrogateescape").split("\0")), own)
                mode = f"{mode} without {'/'.join(sorted(own))}" if own else mode  # noqa: PLW2901
            observed = Observed(PartKind.ENVIRONMENT, name, mode)
            done.add(observed, digest)
            if name != ARGUMENTS and name not in self.own and environment_digest(name, mode) != digest:
                done.unstable = observed.shown

    def notes(self) -> Iterator[Note]:
        """Yield what is to be said of variables that do not count."""
        if (ALL_VARIABLES, Mode.NAMES) in self.read:
            what = "all are read: those that only tell of the session do not count"
            yield Note(NoteKind.BLIND_SPOT, ALL_VARIABLES, what)


def _names() -> list[str]:
    """Return the names of all variables but those of the session."""
    return sorted(filter(_counts_among_all, os.environ))


@functools.lru_cache(maxsize=4096)
def _counts_among_all(name: str) -> bool:
    return not _SESSION.fullmatch(name)


def variable_name(key: str | bytes) -> str:
    """Return what a variable is called."""
    name = os.fsdecode(key)
    return name.upper() if _CAPITALS else name


def variable_digest(name: str) -> bytes:
    """Return the digest of what an environment variable is now, or of its not being set."""
    return _digest(os.environ.get(name))


def _digest(value: str | None) -> bytes:
    text = b"unset" if value is None else tagged(b"value", value.encode("utf-8", "surrogateescape"))
    return xxh3_128_digest(tagged(b"Env", text))


def environment_digest(name: str, mode: str) -> bytes:
    """Return the digest of the present state of what a trace names: a variable, all names, the arguments."""
    if name == ARGUMENTS:
        words = [tagged(b"a", word.encode("utf-8", "surrogateescape")) for word in sys.argv[1:]]
        return xxh3_128_digest(tagged(b"argv", b"".join(words)))
    word, _, rest = mode.partition(" without ")
    if word == Mode.NAMES:
        return digest_of_names(frozenset(_names()), frozenset(rest.split("/")) if rest else frozenset())
    return variable_digest(name)
