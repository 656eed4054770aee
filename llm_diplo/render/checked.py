"""The page of `llm diplo check`: drafts with their quotations marked, beside the words in the sources.

A pure function of the reports and the sources; it shares its parts with the evidence page.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from llm_diplo.quotes.places import Place
from llm_diplo.quotes.report import (
    IN_DRAFT,
    IN_SOURCE,
    SIGNS,
    UNMARKED,
    DraftReport,
    changes,
    counts_of,
    is_changed,
    short_name,
)
from llm_diplo.quotes.verdict import CheckedQuote, Verdict
from llm_diplo.render.pages import MarkedUnit, draw_page, marked_paragraphs, text_fragment_url
from llm_diplo.schema import Evidence
from llm_diplo.text.article import Article
from llm_diplo.text.injection import one_line

_UNITS_BESIDE = 1


@dataclass(frozen=True)
class Passage:
    """Words of a source in their paragraph."""

    name: str
    unit: int | None
    before: str
    found: str
    after: str
    language: str | None
    url: str | None
    """A link to the words on the live page."""


@dataclass(frozen=True)
class Entry:
    """A checked quotation as the page shows it."""

    id: str
    number: int
    quote: CheckedQuote
    unit: int
    """The unit of the draft in which the quotation begins."""
    place: Place
    around: tuple[str, str]
    changes: tuple[tuple[str, str], ...]
    passage: Passage | None
    citation: str


@dataclass(frozen=True)
class Sheet:
    """A draft as the page shows it."""

    id: str
    name: str
    language: str | None
    counts: str
    paragraphs: list[list[MarkedUnit]]
    entries: dict[str, Entry]


def check_page(reports: Sequence[DraftReport], sources: Sequence[Article]) -> str:
    """Return one page for all drafts."""
    named = {source.source: source for source in sources}
    sheets = [_sheet(f"d{number}", report, named) for number, report in enumerate(reports, 1)]
    name = sheets[0].name if len(sheets) == 1 else f"{len(sheets)} drafts"
    return draw_page(
        "check.html",
        title=f"Quotations in {name}",
        facts=counts_of(reports),
        unmarked=UNMARKED,
        legend=(IN_SOURCE, IN_DRAFT) if any(is_changed(quote) for report in reports for quote in report.quotes) else None,
        left="Draft" if len(sheets) == 1 else "Drafts",
        right="Quotations",
        sheets=sheets,
        verdicts=[verdict.value for verdict in Verdict],
        signs={verdict.value: sign for verdict, sign in SIGNS.items()},
    )


def _sheet(id_: str, report: DraftReport, sources: Mapping[str, Article]) -> Sheet:
    article = report.article
    entries = {entry.id: entry for entry in _entries(id_, report, sources)}
    stretches = ((entry.quote.start, entry.quote.end, entry.id, False) for entry in entries.values())
    paragraphs = list(marked_paragraphs(article, stretches))
    return Sheet(id_, report.name, article.metadata.language, counts_of([report]), paragraphs, entries)


def _entries(id_: str, report: DraftReport, sources: Mapping[str, Article]) -> Iterator[Entry]:
    for number, (quote, place) in enumerate(zip(report.quotes, report.places(), strict=True), 1):
        source = sources.get(quote.source or "")
        passage = _passage(source, quote) if source else None
        drawn = tuple(changes(quote.match))
        unit = report.article.unit_at(quote.start)
        at = unit.number if unit else 1
        yield Entry(f"{id_}q{number}", number, quote, at, place, report.around(quote), drawn, passage, _citation(quote))


def _passage(source: Article, quote: CheckedQuote) -> Passage:
    """The words in their paragraph, with at most one unit before and after."""
    start, end = quote.match.start, quote.match.end
    over = [unit for unit in source.units if unit.end > start and unit.start < end]
    first, last = start, end
    if over:
        beside = source.units[max(0, over[0].number - 1 - _UNITS_BESIDE) : over[-1].number + _UNITS_BESIDE]
        near = [unit for unit in beside if over[0].paragraph <= unit.paragraph <= over[-1].paragraph]
        first, last = min(start, near[0].start), max(end, near[-1].end)
    words = Evidence(unit=quote.source_unit or 1, start=start, end=end, quote=quote.match.found)
    return Passage(
        short_name(source.source),
        quote.source_unit,
        source.text[first:start],
        source.text[start:end],
        source.text[end:last],
        source.metadata.language,
        text_fragment_url(source.metadata.url, source.text, words),
    )


def _citation(quote: CheckedQuote) -> str:
    """Quote, verdict and place in the source, on one line, for pasting."""
    source = short_name(quote.source) if quote.source else ""
    unit = f"unit {quote.source_unit}" if quote.source_unit else ""
    facts = "; ".join(filter(None, (quote.source_speaker, source, unit)))
    return one_line(" — ".join(filter(None, (f"“{quote.quote}”", f"{quote.verdict}: {quote.reason}", facts))))
