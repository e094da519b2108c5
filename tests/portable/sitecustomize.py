"""A Python without the calls that only POSIX has, as far as that can be had on Linux: `make test-portable`.

Put this folder on `PYTHONPATH`, and each interpreter that starts loses them before it runs anything else. What the
standard library itself needs to start processes (`_posixsubprocess`, `select`) stays. A module that is set to None
cannot be imported, as on a system that does not have it.

It shows that the code finds another way where a call is missing. It does not show how another system behaves.
"""

from __future__ import annotations

import functools
import os
import shutil
import signal
import sys
import types
from collections.abc import Callable

MODULES = ("fcntl", "grp", "pwd", "resource", "termios", "pty", "tty", "syslog")
OF_OS = """
    O_CLOEXEC O_DIRECTORY O_NOCTTY O_NOFOLLOW O_NONBLOCK O_PATH O_SYNC chown chroot fchdir fchmod fchown fork
    forkpty fpathconf fstatvfs getegid geteuid getgid getgroups getloadavg getpgid getpgrp getresgid getresuid
    getsid getuid initgroups killpg lchown mkfifo mknod nice pathconf posix_fadvise posix_fallocate pread preadv
    pwrite pwritev readv register_at_fork sched_getaffinity sched_yield sendfile setegid seteuid setgid
    setgroups setpgid setregid setresuid setreuid setsid setuid statvfs sync ttyname uname wait3 wait4 writev
""".split()
OF_SIGNAL = """
    alarm getitimer pause pthread_kill pthread_sigmask setitimer sigpending sigwait sigwaitinfo sigtimedwait siginterrupt
    SIGALRM SIGHUP SIGQUIT SIGSTOP SIGCONT SIGCHLD SIGUSR1 SIGUSR2 SIGPIPE SIGTSTP
""".split()
KEPT = {"O_CLOEXEC", "O_NONBLOCK", "getuid", "uname"}
"""Names that the standard library, pytest and platformdirs use without asking, since they go by `sys.platform`."""


def msvcrt() -> types.ModuleType:
    """Return a stand-in for how Windows locks files: one who holds it, everybody else is refused."""
    import fcntl

    found = types.ModuleType("msvcrt")

    def locking(descriptor: int, mode: int, count: int) -> None:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise PermissionError(*error.args) from error

    found.locking, found.LK_NBLCK = locking, 2  # type: ignore[attr-defined]
    return found


def disk_usage(statvfs: Callable[[str], os.statvfs_result], path: str) -> tuple[int, int, int]:
    """Stand for `shutil.disk_usage` of Windows, which asks no `statvfs`."""
    found = statvfs(path)
    size, free = found.f_blocks * found.f_frsize, found.f_bavail * found.f_frsize
    return shutil._ntuple_diskusage(size, size - free, free)  # type: ignore[attr-defined]


def remove() -> None:
    """Take the calls away from this process."""
    import random  # noqa: F401  (each registers for forks at import)
    import subprocess  # noqa: F401  (reads what `os` has once, at import)
    import tempfile  # noqa: F401

    shutil.disk_usage = functools.partial(disk_usage, os.statvfs)  # type: ignore[assignment]
    sys.modules["msvcrt"] = msvcrt()
    for name in MODULES:
        sys.modules[name] = None  # type: ignore[assignment]
    for module, names in ((os, OF_OS), (signal, OF_SIGNAL)):
        for name in names:
            if name not in KEPT and hasattr(module, name):
                delattr(module, name)
    os.supports_dir_fd = set()
    os.supports_fd = {os.stat, os.truncate}
    os.supports_follow_symlinks = {os.stat}


remove()
