"""A Python without the calls that only POSIX has, as far as that can be had on Linux: `make test-portable`.

Put this folder on `PYTHONPATH`, and each interpreter that starts loses them before it runs anything else. What the
standard library itself needs to start processes (`_posixsubprocess`, `select`) stays. A module that is set to None
cannot be imported, as on a system that does not have it.

It shows that the code finds another way where a call is missing. It does not show how another system behaves.
"""

from __future__ import annotations

import os
import signal
import sys

MODULES = ("fcntl", "grp", "pwd", "resource", "termios", "pty", "tty", "syslog")
OF_OS = """
    chown chroot fchdir fchmod fchown fork forkpty fpathconf fstatvfs getegid geteuid getgid getgroups getloadavg getpgid
    getpgrp getresgid getresuid getsid getuid initgroups killpg lchown mkfifo mknod nice pathconf posix_fadvise
    posix_fallocate pread preadv pwrite pwritev register_at_fork sched_getaffinity sched_yield sendfile setegid seteuid setgid
    setgroups setpgid setregid setresuid setreuid setsid setuid statvfs sync sysconf ttyname uname wait3 wait4
    O_CLOEXEC O_DIRECTORY O_NOFOLLOW O_NONBLOCK O_NOCTTY O_SYNC O_PATH
""".split()
OF_SIGNAL = """
    alarm getitimer pause pthread_kill pthread_sigmask setitimer sigpending sigwait sigwaitinfo sigtimedwait siginterrupt
    SIGALRM SIGHUP SIGKILL SIGQUIT SIGSTOP SIGCONT SIGCHLD SIGUSR1 SIGUSR2 SIGPIPE SIGTSTP
""".split()
KEPT = {"O_CLOEXEC", "O_NONBLOCK"}
"""Names that the standard library's own modules for POSIX read without asking, at import."""


def remove() -> None:
    """Take the calls away from this process."""
    import random  # noqa: F401, PLC0415  (each registers for forks at import)
    import subprocess  # noqa: F401, PLC0415  (reads what `os` has once, at import)
    import tempfile  # noqa: F401, PLC0415

    for name in MODULES:
        sys.modules[name] = None  # type: ignore[assignment]
    for module, names in ((os, OF_OS), (signal, OF_SIGNAL)):
        for name in names:
            if name not in KEPT and hasattr(module, name):
                delattr(module, name)
    os.supports_dir_fd = frozenset()  # type: ignore[assignment]
    os.supports_fd = frozenset()  # type: ignore[assignment]
    os.supports_follow_symlinks = frozenset()  # type: ignore[assignment]


remove()
