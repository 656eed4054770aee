"""How fast a corpus is read, and for how much money: limits, and what a run would cost."""

from __future__ import annotations

import re
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from importlib.util import find_spec
from typing import TYPE_CHECKING

from llm_diplo.corpus import duplicates
from llm_diplo.corpus.inputs import Entry
from llm_diplo.errors import DiploError, install_command
from llm_diplo.models.answers import cost_usd
from llm_diplo.models.registry import is_free
from llm_diplo.models.settings import Plan
from llm_diplo.text.article import Article
from llm_diplo.text.windows import tokens_in

if TYPE_CHECKING:  # it needs the extra `corpus`, which an estimate does not
    from llm_diplo.corpus.journal import Journal

BACK_OFF = 0.5
"""The share of jobs that remains after the model was too busy (multiplicative decrease, RFC 5681)."""
TOGETHER = 2.0
"""Seconds in which several refusals count as one."""
EXPECTED_ANSWER = 1_000
"""Tokens of an answer, when nothing is known yet: an extraction of a short article."""
INSTRUCTIONS = 1_650
"""Tokens of instructions and schema."""
SAMPLE = 20
"""Sources that are read to estimate how long the others are."""
SECONDS = 10.0
"""How long a call is assumed to take."""

_NEEDED = ("aiolimiter", "datasketch", "filelock")
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


def tokens_of(text: str) -> int:
    """Estimate the tokens of a request with `text` and its answer."""
    return tokens_in(text) + EXPECTED_ANSWER


# Estimates


@dataclass(frozen=True)
class Estimate:
    """How many sources, and what each may cost."""

    count: int
    each: Spent
    is_priced: bool
    """Whether the model's price is known."""

    @property
    def total(self) -> Spent:
        """What they may cost together."""
        return Spent(self.each.tokens * self.count, self.each.usd * self.count)

    def __str__(self) -> str:
        total = self.total
        cents = f"{total.usd:.2f}" if total.usd >= 1 or not total.usd else f"{total.usd:.4f}"
        price = f", about ${cents}" if self.is_priced else ", at an unknown price"
        return f"about {total.tokens:,} tokens{price}"


def estimated(entries: Iterable[Entry], plan: Plan) -> Estimate:
    """Count entries, and read the first few to estimate what one costs."""
    count = 0
    tokens: list[int] = []
    for entry in entries:
        count += 1
        if len(tokens) < SAMPLE:
            with suppress(DiploError):
                tokens.append(_tokens(entry.read()))
    mean = sum(tokens) // len(tokens) if tokens else 0
    return _estimate(count, mean, plan)


def _tokens(article: Article) -> int:
    return INSTRUCTIONS + tokens_of(article.text)


def _estimate(count: int, tokens: int, plan: Plan) -> Estimate:
    """The estimate for so many sources of so many tokens each."""
    usd = price_usd(plan, max(tokens - EXPECTED_ANSWER, 0), EXPECTED_ANSWER)
    return Estimate(count, Spent(tokens, usd or 0.0), usd is not None)


def price_usd(plan: Plan, input_tokens: int, output_tokens: int) -> float | None:
    """What so many tokens of a plan's model cost, in US dollars; None if its price is unknown."""
    return 0.0 if is_free(plan.first.model) else cost_usd(plan.first.id, input_tokens, output_tokens)


@dataclass
class Preview:
    """What a run would do."""

    plan: Plan
    counts: Counter[str] = field(default_factory=Counter)
    """Sources: to ask for, copies, done before, unreadable."""
    tokens: int = 0

    def lines(self, jobs: int) -> Iterator[str]:
        """Yield what is to be printed."""
        for name, count in self.counts.items():
            yield f"{count:>8,} {name}"
        asked = self.counts["to ask for"]
        if not asked:
            yield "nothing to ask for"
            return
        estimate = _estimate(asked, self.tokens // asked, self.plan)
        minutes = max(asked * SECONDS / jobs / 60, 1)
        yield f"{estimate}, about {minutes:,.0f} min at {SECONDS:.0f} seconds a call and -j {jobs}"


def previewed(entries: Iterable[Entry], plan: Plan, journal: Journal | None, *, dedupe: bool) -> Preview:
    """Read every entry and report what a run would do, over a new database if there is no journal; nothing is written."""
    preview = Preview(plan)
    seen: dict[bytes, list[bytes]] = {}
    for entry in entries:
        if settled := journal.settled(entry) if journal else None:
            preview.counts[f"{settled.state.value} before"] += 1
            continue
        try:
            article = entry.read()
        except DiploError:
            preview.counts["cannot be read"] += 1
            continue
        if dedupe and _is_copy(article, seen):
            preview.counts["near-identical to another"] += 1
            continue
        preview.counts["to ask for"] += 1
        preview.tokens += _tokens(article)
    return preview


def _is_copy(article: Article, seen: dict[bytes, list[bytes]]) -> bool:
    """Return True if an article is a copy of an earlier one; otherwise remember it."""
    signature = duplicates.signature(article.text)
    bands = duplicates.bands(signature)
    near = (other for band in bands for other in seen.get(band, ()))
    if any(duplicates.similarity(signature, other) >= duplicates.THRESHOLD for other in near):
        return True
    for band in bands:
        seen.setdefault(band, []).append(signature)
    return False
