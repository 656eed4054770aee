"""What concerns the process as a whole: locks in forked children, and Ctrl-C while `llm diplo` is still being loaded."""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from threading import Lock
from typing import NoReturn

INTERRUPTED = 130
"""The exit code after Ctrl-C."""
NOTHING_DONE = "Interrupted: nothing was done yet."


def in_forked_child(renew: Callable[[], object]) -> None:
    """Call `renew` in every child that is forked from now on, before anything else runs there."""
    if hasattr(os, "register_at_fork"):
        os.register_at_fork(after_in_child=renew)


def lock_that_forks() -> Lock:
    """Return a lock that is free in a forked child: one that another thread held would stay locked there for good."""
    lock = Lock()
    if hasattr(os, "register_at_fork"):
        os.register_at_fork(before=lock.acquire, after_in_parent=lock.release, after_in_child=lock.release)
    return lock


def end_quietly() -> None:
    """End the process at Ctrl-C from now on, if it is `llm diplo` and nobody else handles it; see `hand_over`."""
    is_ours = sys.argv[1:2] == ["diplo"] and Path(sys.argv[0]).stem in {"llm", "__main__", "-m"}
    is_main = threading.current_thread() is threading.main_thread()
    if is_ours and is_main and signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, _end)


def hand_over() -> None:
    """Have Ctrl-C raise `KeyboardInterrupt` again."""
    if signal.getsignal(signal.SIGINT) is _end:
        signal.signal(signal.SIGINT, signal.default_int_handler)


def _end(*_: object) -> NoReturn:
    os.write(2, f"{NOTHING_DONE}\n".encode())
    os._exit(INTERRUPTED)
