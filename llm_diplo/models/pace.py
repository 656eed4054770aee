"""How fast one model's requests may be sent: as fast as they come, until the server answers 429 (too many requests)."""

from __future__ import annotations

import random
import time
from threading import Lock

FIRST_PAUSE = 1.0
"""Seconds to pause after a 429 that does not say how long."""
LONGEST_PAUSE = 60.0
"""Seconds that a pause may grow to over what the server asks for."""
LONGEST_ASKED = 120.0
"""Seconds; a server that asks for a longer pause means tomorrow, so its answer is passed on."""
MOST_PROBES = 8
"""Refused probes in a row after which a 429 is passed on."""
PATIENCE = 1.0
"""Seconds after which a probe counts as accepted: a refusal comes at once, an answer takes its time."""


class Pace:
    """The pace of one model's requests, shared by every job, thread and event loop of the process.

    After a 429 everyone waits as long as the server asks, and longer each time that it refuses again. Then one request
    is sent as a probe. When it is accepted, the others follow one by one: first over the length of the pause, 3 % faster
    with each answer, half as fast after each new 429 (additive increase, multiplicative decrease, as in RFC 5681).
    """

    def __init__(self) -> None:
        self.lock = Lock()
        self.paused = float("-inf")  # when the last pause began
        self.until = float("-inf")
        self.refused = 0  # pauses in a row without an answer between them
        self.probing = False  # whether a pause is over that no answer has ended yet
        self.probed = float("-inf")  # when the last probe was sent
        self.interval = 0.0
        self.following = float("-inf")  # when the next request may be sent

    def delay(self) -> float:
        """Return the seconds to wait before asking again; 0.0 when the request may be sent now."""
        with self.lock:
            now = time.monotonic()
            if now < self.until:
                return self.until - now + random.uniform(0, self.interval)
            if self.probing and self.probed >= self.until:
                if now - self.probed < PATIENCE:
                    return random.uniform(0.02, 0.1)
                self.probing = False
            if self.probing:
                self.probed = now
            elif now < self.following:
                return self.following - now + random.uniform(0, self.interval)
            self.following = now + self.interval
            return 0.0

    def refuse(self, sent: float, asked: float | None) -> bool:
        """Note a 429 to a request sent at `sent` (monotonic seconds); return True if it is to be sent again.

        `asked` is the pause in seconds that the server asks for, if it does.
        """
        if asked is not None and asked > LONGEST_ASKED:
            return False
        with self.lock:
            now = time.monotonic()
            seconds = FIRST_PAUSE if asked is None else max(asked, 0.0)
            if sent >= self.paused:
                self.paused = now
                self.probing = True
                self.interval = max(2 * self.interval, seconds / 20)
                self.refused += 1
            if self.refused > MOST_PROBES:
                return False
            grown = min(seconds * 1.5 ** (self.refused - 1), max(seconds, LONGEST_PAUSE))
            self.until = max(self.until, now + grown)
            return True

    def accept(self, sent: float) -> None:
        """Note an answer to a request sent at `sent`; what was sent before the pause says nothing about it."""
        with self.lock:
            if sent >= self.paused:
                self.refused = 0
                self.probing = False
                self.interval = 0.97 * self.interval if self.interval > 0.001 else 0.0
