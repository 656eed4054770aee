"""The results of `llm diplo check` as SARIF 2.1.0, which GitHub and editors show beside the lines of a draft.

A quotation that is wrong is an error, an unconfirmed one a warning; confirmed ones are left out. The rules are the reasons.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path
from typing import Any
from urllib.parse import quote as percent_encode

from llm_diplo.quotes.places import Place
from llm_diplo.quotes.report import DraftReport, short_name
from llm_diplo.quotes.verdict import CheckedQuote, Reason, Verdict
from llm_diplo.text.injection import inert, inert_json

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
_LEVELS = {Verdict.WRONG: "error", Verdict.UNCONFIRMED: "warning"}


def sarif(reports: Sequence[DraftReport]) -> str:
    """Return one run over all drafts as JSON, ending in a newline; columns count code points."""
    found = [
        (report, quote, place)
        for report in reports
        for quote, place in zip(report.quotes, report.places(), strict=True)
        if quote.verdict in _LEVELS
    ]
    rules = {quote.why: _LEVELS[quote.verdict] for _, quote, _ in found}
    order = list(rules)
    run = {
        "tool": {
            "driver": {
                "name": "llm diplo check",
                "semanticVersion": version("llm-diplo"),
                "rules": [_rule(reason, level) for reason, level in rules.items()],
            }
        },
        "columnKind": "unicodeCodePoints",
        "artifacts": [{"location": {"uri": _uri(report.name)}} for report in reports],
        "results": [_result(report, quote, place, order) for report, quote, place in found],
    }
    text = json.dumps({"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}, ensure_ascii=False, indent=2)
    return inert_json(text) + "\n"


def _rule(reason: Reason, level: str) -> dict[str, Any]:
    return {"id": reason.rule, "shortDescription": {"text": reason.value}, "defaultConfiguration": {"level": level}}


def _result(report: DraftReport, quote: CheckedQuote, place: Place, order: list[Reason]) -> dict[str, Any]:
    region = {
        "startLine": place.line,
        "startColumn": place.column,
        "endLine": place.end_line,
        "endColumn": place.end_column,
        "snippet": {"text": report.article.text[quote.start : quote.end]},
    }
    where = {"artifactLocation": {"uri": _uri(report.name)}, "region": region}
    words = sha256(f"{quote.why.rule}\n{quote.quote}".encode()).hexdigest()
    return {
        "ruleId": quote.why.rule,
        "ruleIndex": order.index(quote.why),
        "level": _LEVELS[quote.verdict],
        "message": {"text": inert(_message(quote))},
        "locations": [{"physicalLocation": where}],
        "partialFingerprints": {"quotation/v1": words},
    }


def _message(quote: CheckedQuote) -> str:
    said = f"“{quote.quote}” is {quote.verdict}: {quote.reason}."
    if not quote.source:
        return said
    unit = f" [{quote.source_unit}]" if quote.source_unit else ""
    who = f", {quote.source_speaker}" if quote.source_speaker else ""
    return f"{said} {short_name(quote.source)}{unit}{who}: “{quote.match.found}”"


def _uri(name: str) -> str:
    """Return a draft's name as a URI: a path relative to where the command ran, as GitHub reads it."""
    if "://" in name:
        return name
    path = Path(name)
    return path.as_uri() if path.is_absolute() else percent_encode(path.as_posix())
