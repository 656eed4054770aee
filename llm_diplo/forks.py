"""What a forked child must not share with its parent. Without effect where processes cannot fork (Windows)."""

from __future__ import annotations

import os
from collections.abc import Callable
from threading import Lock


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
