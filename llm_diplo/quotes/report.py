"""What `llm diplo check` found, to read: Markdown with every change marked, and JSON."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import PurePath

from llm_diplo.quotes.finder import QuoteMatch, QuoteStatus
from llm_diplo.quotes.verdict import CheckedQuote, Verdict
from llm_diplo.text.injection import escape_markdown as safe

_SIGNS = {Verdict.CONFIRMED: "✓", Verdict.UNCONFIRMED: "?", Verdict.WRONG: "✗"}
_AROUND = 30  # characters of the draft shown before a quotation


@dataclass(frozen=True, slots=True)
class DraftReport:
    """The checked quotations of one draft."""

    name: str
    text: str
    quotes: Sequence[CheckedQuote]

    def fails(self, *, strict: bool = False) -> bool:
        """Whether a quotation is wrong, or unconfirmed where `strict`."""
        verdicts = {quote.verdict for quote in self.quotes}
        return Verdict.WRONG in verdicts or (strict and Verdict.UNCONFIRMED in verdicts)

    def place(self, quote: CheckedQuote) -> tuple[int, int]:
        """Return line and column of a quotation, from 1."""
        before = self.text[: quote.start]
        return before.count("\n") + 1, quote.start - (before.rfind("\n") + 1) + 1


def quote_report(reports: Sequence[DraftReport]) -> str:
    """Return the reports as Markdown, ending in a newline; what is taken from texts is inert."""
    parts: list[str] = []
    for report in reports:
        parts += [f"# Quotations in {safe(report.name)}", _counts([report])]
        parts += [_passage(report, place, quote) for place, quote in enumerate(report.quotes, 1)]
    return "\n\n".join(parts) + "\n"


def quote_report_json(reports: Sequence[DraftReport]) -> str:
    """Return one JSON object for one draft, an array for several; offsets are code points of draft and source."""
    data = [{"draft": report.name, "quotations": [_data(report, quote) for quote in report.quotes]} for report in reports]
    return json.dumps(data[0] if len(data) == 1 else data, ensure_ascii=False, indent=2) + "\n"


def summary_line(reports: Sequence[DraftReport]) -> str:
    """Return the counts of all drafts as one line."""
    return f"{', '.join(report.name for report in reports)}: {_counts(reports)}"


def _counts(reports: Sequence[DraftReport]) -> str:
    counts = Counter(quote.verdict for report in reports for quote in report.quotes)
    if not counts:
        return "It holds no quotation."
    rest = "".join(f" · {counts[verdict]} {verdict}" for verdict in (Verdict.UNCONFIRMED, Verdict.WRONG) if counts[verdict])
    return f"{counts[Verdict.CONFIRMED]} of {counts.total()} confirmed{rest}"


def _passage(report: DraftReport, place: int, quote: CheckedQuote) -> str:
    line, column = report.place(quote)
    verdict = f"**{quote.verdict}**" if quote.verdict is not Verdict.CONFIRMED else str(quote.verdict)
    changed = bool(quote.match.difference)
    before = " ".join(report.text[max(0, quote.start - _AROUND) : quote.start].split("\n")[-1].split())
    lines = [
        f"{place}. {_SIGNS[quote.verdict]} {verdict}: {safe(quote.reason)} ({line}:{column})",
        f"   > {safe(before)} “{_marked(quote.match) if changed else safe(quote.quote)}”".replace(">  “", "> “"),
    ]
    if quote.source:
        said = f", {safe(quote.source_speaker)}" if quote.source_speaker else ""
        unit = f" [{quote.source_unit}]" if quote.source_unit else ""
        lines.append(f"\n   {safe(PurePath(quote.source).name)}{unit}{said}: “{safe(quote.match.found)}”")
    return "\n".join(lines)


def _marked(match: QuoteMatch) -> str:
    """The quote with what it left out struck through and what it put in bold."""
    return " ".join(_edits(match))


def _edits(match: QuoteMatch) -> Iterator[str]:
    elided = match.status is QuoteStatus.ELIDED
    for edit in match.difference:
        if edit.op == "equal":
            yield safe(edit.quote_words)
            continue
        if edit.source_words.strip():
            yield "…" if elided and edit.op == "delete" else f"~~{safe(edit.source_words)}~~"
        if edit.quote_words.strip():
            yield f"**{safe(edit.quote_words)}**"


def _data(report: DraftReport, quote: CheckedQuote) -> dict[str, object]:
    match = quote.match
    line, column = report.place(quote)
    return {
        "number": quote.number,
        "verdict": quote.verdict,
        "reason": quote.reason,
        "quote": quote.quote,
        "start": quote.start,
        "end": quote.end,
        "line": line,
        "column": column,
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
