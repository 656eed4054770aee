"""What `llm diplo check` found, to read: Markdown with every change marked, and JSON."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence

from llm_diplo.quotes.check import Attribution, CheckedQuote
from llm_diplo.quotes.finder import QuoteMatch, QuoteStatus
from llm_diplo.text.inert import escape_markdown as safe

_STATUSES = {
    QuoteStatus.VERBATIM: "verbatim",
    QuoteStatus.NORMALIZED: "the same words, other marks or spacing",
    QuoteStatus.ELIDED: "shortened, as it shows",
    QuoteStatus.NEAR: "small changes, none that turns its sense",
    QuoteStatus.ALTERED: "**altered**",
    QuoteStatus.ABSENT: "**not found**",
}
_MOUTHS = {
    Attribution.SAME: "{said} says so there too",
    Attribution.OTHER: "**not {named}'s words**: there {said}",
    Attribution.UNCLEAR: "whether {named} says so there is not clear",
}


def quote_report(draft: str, checked: Sequence[CheckedQuote]) -> str:
    """Return the report on a draft as Markdown, ending in a newline; what is taken from texts is inert."""
    parts = [
        f"# Quotations in {safe(draft)}",
        _sum(checked),
        *(_passage(place, quote) for place, quote in enumerate(checked, 1)),
    ]
    return "\n\n".join(parts) + "\n"


def quote_report_json(draft: str, checked: Sequence[CheckedQuote]) -> str:
    """Return the report as one JSON object; offsets are code points of the draft and of the source."""
    data = {"draft": draft, "sound": all(quote.sound for quote in checked), "quotations": [_data(quote) for quote in checked]}
    return json.dumps(data, ensure_ascii=False, indent=2) + "\n"


def _sum(checked: Sequence[CheckedQuote]) -> str:
    if not checked:
        return "It holds no quotation."
    altered = sum(quote.match.status is QuoteStatus.ALTERED for quote in checked)
    absent = sum(quote.match.status is QuoteStatus.ABSENT for quote in checked)
    mouths = sum(quote.match.status.grounded and not quote.sound for quote in checked)
    counts = ((altered, "altered"), (absent, "not found"), (mouths, "in the wrong mouth"))
    wrong = "".join(f" · {count} {what}" for count, what in counts if count)
    return f"{sum(quote.sound for quote in checked)} of {len(checked)} borne out by the sources{wrong}"


def _passage(place: int, quote: CheckedQuote) -> str:
    where = f", {safe(quote.source)}" + (f" [{quote.source_unit}]" if quote.source_unit else "") if quote.source else ""
    changed = quote.match.status in (QuoteStatus.ALTERED, QuoteStatus.NEAR)
    lines = [
        f"{place}. {'✓' if quote.sound else '✗'} {_STATUSES[quote.match.status]}{where}{_mouth(quote)}",
        f"   > “{_marked(quote.match) if changed else safe(quote.quote)}”",
    ]
    if changed or quote.match.status is QuoteStatus.ELIDED:
        lines.append(f"\n   there: “{safe(quote.match.found)}”")
    return "\n".join(lines)


def _mouth(quote: CheckedQuote) -> str:
    if quote.source is None or quote.attribution not in _MOUTHS:
        return ""
    said = f"“{safe(quote.source_speaker)}”" if quote.source_speaker else "nobody is named"
    if quote.attribution is Attribution.SAME:
        said = safe(quote.speaker or "")
    return "; " + _MOUTHS[quote.attribution].format(named=safe(quote.speaker or ""), said=said)


def _marked(match: QuoteMatch) -> str:
    """The quote with what it left out struck through and what it put in bold."""
    return " ".join(_edits(match))


def _edits(match: QuoteMatch) -> Iterator[str]:
    for edit in match.difference:
        if edit.op == "equal":
            yield safe(edit.quote_words)
            continue
        if edit.source_words.strip():
            yield f"~~{safe(edit.source_words)}~~"
        if edit.quote_words.strip():
            yield f"**{safe(edit.quote_words)}**"


def _data(quote: CheckedQuote) -> dict[str, object]:
    match = quote.match
    return {
        "number": quote.number,
        "sound": quote.sound,
        "quote": quote.quote,
        "start": quote.start,
        "end": quote.end,
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
