"""How fast a corpus is read, and for how much money."""

from __future__ import annotations

import re
import time
from dataclasses import dataclass, field
from importlib.util import find_spec

from llm_diplo.errors import DiploError, install_command
from llm_diplo.text.windows import tokens_in

_NEEDED = ("aiolimiter", "datasketch", "filelock")
BACK_OFF = 0.5
"""The share of jobs that remains after the model was too busy (multiplicative decrease, RFC 5681)."""
TOGETHER = 2.0
"""Seconds in which several refusals count as one."""

_UNITS = {"usd": 1.0, "$": 1.0, "tok": 1.0, "ktok": 1e3, "mtok": 1e6}
_AMOUNT = re.compile(r"(?P<dollar>\$)?(?P<number>\d+(?:\.\d+)?)\s*(?P<unit>usd|[km]?tok)?", re.IGNORECASE)


def check_installed() -> None:
    """Raise `DiploError` unless what a run needs is installed."""
    if missing := [name for name in _NEEDED if find_spec(name) is None]:
        what = ", ".join(missing)
        raise DiploError(f"A corpus needs the extra `corpus` ({what}): {install_command('corpus')}.")


class Jobs:
    """How many sources may be worked on at once: up to a ceiling, fewer while the model is too busy.

    A refusal halves the number, and each brief raises it a little (additive increase, multiplicative decrease).
    """

    def __init__(self, ceiling: int) -> None:
        self.ceiling = float(ceiling)
        self._allowed = self.ceiling
        self._cut = float("-inf")

    @property
    def allowed(self) -> int:
        """How many, 1 or more."""
        return int(self._allowed)

    def refused(self) -> None:
        """Note that the model was too busy or out of reach; refusals of calls in flight together count as one."""
        if time.monotonic() - self._cut > TOGETHER:
            self._cut = time.monotonic()
            self._allowed = max(1.0, self._allowed * BACK_OFF)

    def answered(self) -> None:
        """Note a brief."""
        self._allowed = min(self.ceiling, self._allowed + 1 / self._allowed)


class Rates:
    """Fixed limits of a provider: requests and tokens a minute."""

    def __init__(self, rpm: int | None = None, tpm: int | None = None) -> None:
        """Raises `DiploError` unless what a run needs is installed: every run has rates, and they come first."""
        check_installed()
        from aiolimiter import AsyncLimiter

        # One request at a time, evenly spread: a burst at the start would be refused.
        self.requests = AsyncLimiter(1, 60 / rpm) if rpm else None
        self.tokens = AsyncLimiter(tpm, 60) if tpm else None
        self.most = tpm or 0

    async def wait(self, tokens: int) -> None:
        """Wait until a request of about `tokens` tokens, answer included, may be sent."""
        if self.tokens:
            await self.tokens.acquire(min(tokens, self.most))
        if self.requests:
            await self.requests.acquire()


@dataclass
class Spent:
    """Tokens and US dollars that answers have cost."""

    tokens: int = 0
    usd: float = 0.0

    def add(self, tokens: int, usd: float | None) -> None:
        """Add an answer."""
        self.tokens += tokens
        self.usd += usd or 0.0


@dataclass
class Budget:
    """The most that a run may cost, in dollars or tokens; checked, with the sources in flight, before another starts."""

    usd: float | None = None
    tokens: int | None = None
    spent: Spent = field(default_factory=Spent)
    begun: int = 0
    """Sources started."""
    ended: int = 0
    """Sources ended."""
    expected: Spent = field(default_factory=Spent)
    """The estimated cost of a source; replaced by the mean once there is one."""

    @classmethod
    def parse(cls, text: str) -> Budget:
        """Read `5usd`, `$5`, `2Mtok`, `500ktok` or `800000tok`. Raises `ValueError`."""
        found = _AMOUNT.fullmatch(text.strip())
        if not found or bool(found["dollar"]) == bool(found["unit"]) or not float(found["number"]):
            raise ValueError(f"{text} is not a budget: write it as 5usd or 2Mtok.")
        unit = (found["unit"] or "$").lower()
        amount = float(found["number"]) * _UNITS[unit]
        return cls(usd=amount) if unit in ("usd", "$") else cls(tokens=int(amount))

    @property
    def is_limited(self) -> bool:
        """Whether there is a limit at all."""
        return self.usd is not None or self.tokens is not None

    @property
    def is_spent(self) -> bool:
        """Whether one more source, with those in flight, would exceed it."""
        each, flying = self.each(), self.begun - self.ended + 1
        return not self.covers(Spent(self.spent.tokens + flying * each.tokens, self.spent.usd + flying * each.usd))

    def covers(self, spent: Spent) -> bool:
        """Whether so much may be spent."""
        return (self.usd is None or spent.usd <= self.usd) and (self.tokens is None or spent.tokens <= self.tokens)

    def each(self) -> Spent:
        """The cost of a source: the mean of those that ended, or the estimate before any has."""
        if not self.ended:
            return self.expected
        return Spent(self.spent.tokens // self.ended, self.spent.usd / self.ended)

    def __str__(self) -> str:
        return f"${self.usd:g}" if self.usd is not None else f"{self.tokens:,} tokens"


EXPECTED_ANSWER = 1_000
"""Tokens of an answer, when nothing is known yet: an extraction of a short article."""


def tokens_of(text: str) -> int:
    """Estimate the tokens of a request with `text` and its answer."""
    return tokens_in(text) + EXPECTED_ANSWER
