"""Names of worker processes, by which another on the same machine can tell that one is dead."""

import os
import socket
from pathlib import Path

__all__ = ("is_dead", "worker_name")


def worker_name() -> str:
    """`host:pid:start`, with the moment at which this process began: a number may be given to another one."""
    pid = os.getpid()
    return f"{socket.gethostname()}:{pid}:{_began(pid)}"


def is_dead(name: str) -> bool:
    """Whether it ran on this machine, and runs no more. Of other machines nothing is known."""
    host, pid, began = name.rsplit(":", 2)
    if host != socket.gethostname():
        return False
    try:
        os.kill(int(pid), 0)
    except ProcessLookupError:
        return True
    except PermissionError:  # somebody else's process has the number, or ours under another user
        return began != _began(int(pid))
    return began != _began(int(pid))


def _began(pid: int) -> str:
    """When a process began, in clock ticks since the machine did; empty where that cannot be told."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return ""
    return stat.rpartition(")")[2].split()[19]
