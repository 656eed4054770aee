"""What `llm diplo check` found, to read: Markdown with every change marked, and JSON."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import PurePath

from llm_diplo.quotes.finder import QuoteMatch
from llm_diplo.quotes.places import Place, find_places
from llm_diplo.quotes.verdict import CheckedQuote, Verdict
from llm_diplo.text.article import Article
from llm_diplo.text.injection import escape_markdown as safe

SIGNS = {Verdict.CONFIRMED: "✓", Verdict.UNCONFIRMED: "?", Verdict.WRONG: "✗"}
IN_SOURCE, IN_DRAFT = "the source's words", "the draft's words where they differ"
UNMARKED = "Sentences without quotation marks are not checked."
_AROUND = 40  # characters of the draft shown on either side of a quotation


@dataclass(frozen=True, slots=True)
class DraftReport:
    """The checked quotations of one draft."""

    name: str
    article: Article
    quotes: Sequence[CheckedQuote]
    written: str | None = None
    """The draft as its file has it, where that is not its text: Markdown, HTML."""

    def fails(self, *, strict: bool = False) -> bool:
        """Whether a quotation is wrong, or unconfirmed where `strict`."""
        verdicts = {quote.verdict for quote in self.quotes}
        return Verdict.WRONG in verdicts or (strict and Verdict.UNCONFIRMED in verdicts)

    def places(self) -> list[Place]:
        """Return where the file has each quotation, in the order of `quotes`."""
        spans = [(quote.start, quote.end) for quote in self.quotes]
        return find_places(self.article.text, spans, self.article.text if self.written is None else self.written)

    def around(self, quote: CheckedQuote) -> tuple[str, str]:
        """Return what the draft's line has before and after the quoted words, quote marks included."""
        text = self.article.text
        start = text.find(quote.quote, quote.start)
        before = text[:start].rpartition("\n")[2]
        after = text[start + len(quote.quote) :].partition("\n")[0]
        if len(before) > _AROUND:
            before = "…" + before[-_AROUND:].partition(" ")[2]
        if len(after) > _AROUND:
            after = after[:_AROUND].rpartition(" ")[0] + "…"
        return before.replace("\t", " "), after.replace("\t", " ")


def quote_report(reports: Sequence[DraftReport]) -> str:
    """Return the reports as Markdown, ending in a newline; what is taken from texts is inert."""
    parts: list[str] = []
    for report in reports:
        parts += [f"# Quotations in {safe(report.name)}", counts_of([report])]
        numbered = enumerate(zip(report.quotes, report.places(), strict=True), 1)
        parts += [_passage(report, number, quote, place) for number, (quote, place) in numbered]
    quotes = [quote for report in reports for quote in report.quotes]
    legend = f"~~Struck out~~: {IN_SOURCE}; **bold**: {IN_DRAFT}. " if any(map(is_changed, quotes)) else ""
    return "\n\n".join([*parts, "---", legend + UNMARKED]) + "\n"


def quote_report_json(reports: Sequence[DraftReport]) -> str:
    """Return one JSON object for one draft, an array for several; offsets are code points of draft and source."""
    data = [{"draft": report.name, "quotations": _quotations(report)} for report in reports]
    return json.dumps(data[0] if len(data) == 1 else data, ensure_ascii=False, indent=2) + "\n"


def summary_line(reports: Sequence[DraftReport]) -> str:
    """Return the counts of all drafts as one line."""
    return f"{', '.join(report.name for report in reports)}: {counts_of(reports)}"


def counts_of(reports: Sequence[DraftReport]) -> str:
    """Return how many quotations are confirmed, unconfirmed and wrong."""
    counts = Counter(quote.verdict for report in reports for quote in report.quotes)
    if not counts:
        return "It holds no quotation."
    rest = "".join(f" · {counts[verdict]} {verdict}" for verdict in (Verdict.UNCONFIRMED, Verdict.WRONG) if counts[verdict])
    return f"{counts[Verdict.CONFIRMED]} of {counts.total()} confirmed{rest}"


def short_name(source: str) -> str:
    """Return the last part of a source's path."""
    return PurePath(source).name


def changes(match: QuoteMatch) -> Iterator[tuple[str, str]]:
    """Yield the words of a changed quote as `same`, `dropped` (the source's) or `added`.

    Fair brackets and ellipses are no changes: the words of the source are shown with it.
    """
    for edit in match.difference:
        convention = edit.is_ellipsis or edit.is_bracket
        if edit.op == "equal" or (convention and match.status.grounded):
            yield "same", edit.quote_words
            continue
        if edit.source_words.strip():
            yield "dropped", edit.source_words
        if edit.quote_words.strip():
            yield ("same" if edit.is_ellipsis else "added"), edit.quote_words


def is_changed(quote: CheckedQuote) -> bool:
    """Whether the report shows words that differ from the source's."""
    return any(kind != "same" for kind, _ in changes(quote.match))


def _passage(report: DraftReport, number: int, quote: CheckedQuote, place: Place) -> str:
    verdict = f"**{quote.verdict}**" if quote.verdict is not Verdict.CONFIRMED else str(quote.verdict)
    before, after = report.around(quote)
    words = _marked(quote.match) if quote.match.difference else safe(quote.quote)
    lines = [
        f"{number}. {SIGNS[quote.verdict]} {verdict}: {safe(quote.reason)} ({place.line}:{place.column})",
        f"   > {_beside(before, -1)}{words}{_beside(after, 0)}",
    ]
    if quote.source:
        said = f", {safe(quote.source_speaker)}" if quote.source_speaker else ""
        unit = f" [{quote.source_unit}]" if quote.source_unit else ""
        lines.append(f"\n   {safe(short_name(quote.source))}{unit}{said}: “{safe(quote.match.found)}”")
    return "\n".join(lines)


def _beside(words: str, edge: int) -> str:
    """Return inert words with the blank that parts them from the quotation, at their end or start."""
    blank = " " if words[edge : edge + 1 or None].isspace() else ""
    return f"{safe(words)}{blank}" if edge else f"{blank}{safe(words)}"


def _marked(match: QuoteMatch) -> str:
    """The quote with what it left out struck through and what it put in bold."""
    styles = {"dropped": "~~{}~~", "added": "**{}**", "same": "{}"}
    return " ".join(styles[kind].format(safe(words)) for kind, words in changes(match))


def _quotations(report: DraftReport) -> list[dict[str, object]]:
    return [_data(report, quote, place) for quote, place in zip(report.quotes, report.places(), strict=True)]


def _data(report: DraftReport, quote: CheckedQuote, place: Place) -> dict[str, object]:
    match = quote.match
    before, after = report.around(quote)
    return {
        "number": quote.number,
        "verdict": quote.verdict,
        "reason": quote.reason,
        "rule": quote.why.rule,
        "quote": quote.quote,
        "before": before,
        "after": after,
        "start": quote.start,
        "end": quote.end,
        "line": place.line,
        "column": place.column,
        "speaker": quote.speaker,
        "status": match.status,
        "attribution": quote.attribution,
        "source": quote.source,
        "source_unit": quote.source_unit,
        "source_start": match.start if quote.source else None,
        "source_end": match.end if quote.source else None,
        "found": match.found or None,
        "source_speaker": quote.source_speaker,
        "difference": [edit._asdict() for edit in match.difference],
    }
