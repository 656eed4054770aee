"""What a run would cost, before it does."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from llm_diplo.corpus import duplicates
from llm_diplo.corpus.inputs import Entry
from llm_diplo.corpus.limits import EXPECTED_ANSWER, Spent, tokens_of
from llm_diplo.errors import DiploError
from llm_diplo.models.answers import cost_usd
from llm_diplo.models.settings import Plan
from llm_diplo.text.article import Article

SAMPLE = 20
"""Sources that are read to estimate how long the others are."""
INSTRUCTIONS = 1_650
"""Tokens of instructions and schema."""
SECONDS = 10.0
"""How long a call is assumed to take."""


@dataclass(frozen=True)
class Estimate:
    """How many sources, and what each may cost."""

    count: int
    each: Spent

    @property
    def total(self) -> Spent:
        """What they may cost together."""
        return Spent(self.each.tokens * self.count, self.each.usd * self.count)

    def __str__(self) -> str:
        total = self.total
        price = f", about ${total.usd:.2f}" if total.usd else ", at an unknown price"
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
    return Estimate(count, _spent(mean, plan))


def _tokens(article: Article) -> int:
    return INSTRUCTIONS + tokens_of(article.text)


def _spent(tokens: int, plan: Plan) -> Spent:
    usd = cost_usd(plan.first.id, max(tokens - EXPECTED_ANSWER, 0), EXPECTED_ANSWER)
    return Spent(tokens, usd or 0.0)


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
        estimate = Estimate(asked, _spent(self.tokens // asked if asked else 0, self.plan))
        minutes = max(asked * SECONDS / jobs / 60, 1)
        yield f"{estimate}, about {minutes:,.0f} min at {SECONDS:.0f} seconds a call and -j {jobs}"


def previewed(entries: Iterable[Entry], plan: Plan, path: Path, *, dedupe: bool) -> Preview:
    """Read every entry and report what a run over the database at `path` would do; nothing is written."""
    from llm_diplo.corpus.collect import settings_key
    from llm_diplo.corpus.journal import Journal, State
    from llm_diplo.corpus.store import Store

    preview = Preview(plan)
    known = Journal(Store(path), settings_key(plan)) if path.exists() else None
    seen: dict[bytes, list[bytes]] = {}
    for entry in entries:
        found = known.known(entry) if known else None
        if found and found.state is not State.PENDING:
            preview.counts[f"{found.state.value} before"] += 1
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
    if known:
        known.store.close()
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
