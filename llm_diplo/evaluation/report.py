"""Reports of an evaluation: a table in Markdown, JSON, and an HTML page with a bar for each model."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from html import escape
from typing import Any, Protocol

from llm_diplo.evaluation.scoring import Score
from llm_diplo.text.injection import one_line

# What two human annotators reach on PolNeAR; see docs/evaluation.md.
HUMANS = {
    "quotations, direct and mixed, IoU ≥ 0.3": 0.965,
    "quotations, direct and mixed, IoU ≥ 0.8": 0.919,
    "quotations, all, IoU ≥ 0.3": 0.82,
    "quotations, all, IoU ≥ 0.8": 0.74,
    "quotations, all, named speaker": 0.97,
}
HUMANS_NAME = "two people (PolNeAR)"
_PLAIN = frozenset({"calls", "seconds", "input tokens", "output tokens", "cost in US dollars"})
"""Means per document: they are not shares, so they get no bar."""


class Evaluated(Protocol):
    """What a report needs to know about an evaluation."""

    model: str
    documents: int
    scores: dict[str, Score]
    failed: list[str]


def evaluation_markdown(evaluations: Sequence[Evaluated]) -> str:
    """Return one table: a row per measure, a column per model, and last the human ceiling if it is known."""
    humans = any(name in HUMANS for name in _measures(evaluations))
    columns = [one_line(evaluation.model) for evaluation in evaluations] + ([HUMANS_NAME] if humans else [])
    lines = [
        "| measure | n | " + " | ".join(columns) + " |",
        "|---|---:|" + "---|" * len(columns),
    ]
    for name in _measures(evaluations):
        cells = [_cell(name, evaluation.scores.get(name)) for evaluation in evaluations]
        cells += [f"{HUMANS[name]:.3g}" if name in HUMANS else ""] if humans else []
        number = max(e.scores[name].number for e in evaluations if name in e.scores)
        lines.append(f"| {name} | {number:,.0f} | " + " | ".join(cells) + " |")
    lines += ["", *_remarks(evaluations)]
    return "\n".join(lines) + "\n"


def evaluation_json(evaluations: Sequence[Evaluated], problems: Sequence[str]) -> str:
    """Return one JSON object: `models`, each with its scores, the `humans`, and the gold lines that are not valid."""
    models: list[dict[str, Any]] = [
        {
            "model": evaluation.model,
            "documents": evaluation.documents,
            "scores": {name: asdict(score) for name, score in evaluation.scores.items()},
            "failed": evaluation.failed,
        }
        for evaluation in evaluations
    ]
    return json.dumps({"models": models, "humans": HUMANS, "problems": list(problems)}, indent=2, ensure_ascii=False) + "\n"


def evaluation_html(evaluations: Sequence[Evaluated]) -> str:
    """Return a self-contained page: for each share a bar per model, with its interval."""
    parts = [_bars(name, evaluations) for name in _measures(evaluations) if name not in _PLAIN]
    plain = [name for name in _measures(evaluations) if name in _PLAIN]
    rows = "".join(
        f"<tr><th>{escape(name)}</th>"
        + "".join(f"<td>{escape(_cell(name, evaluation.scores.get(name)))}</td>" for evaluation in evaluations)
        + "</tr>"
        for name in plain
    )
    heads = "".join(f"<th>{escape(one_line(evaluation.model))}</th>" for evaluation in evaluations)
    table = f"<h2>Per document</h2><table><tr><th></th>{heads}</tr>{rows}</table>" if plain else ""
    remarks = "".join(f"<p>{escape(remark)}</p>" for remark in _remarks(evaluations))
    return _PAGE.replace("<!--BODY-->", "".join(parts) + table + remarks)


def _bars(name: str, evaluations: Sequence[Evaluated]) -> str:
    rows = [(one_line(e.model), score) for e in evaluations if (score := e.scores.get(name))]
    bars = "".join(
        f'<div class="row"><span class="name">{escape(model)}</span><span class="track">'
        f'<span class="bar" style="width:{100 * score.value:.1f}%"></span>'
        f'<span class="interval" style="left:{100 * score.low:.1f}%;width:{100 * (score.high - score.low):.1f}%"></span>'
        f'</span><span class="value">{score.value:.2f} '
        f"<small>{score.low:.2f}–{score.high:.2f}</small></span></div>"
        for model, score in rows
    )
    if name in HUMANS:
        bars += (
            f'<div class="row"><span class="name">{HUMANS_NAME}</span><span class="track"><span class="bar human" '
            f'style="width:{100 * HUMANS[name]:.0f}%"></span></span><span class="value">{HUMANS[name]:.3g}</span></div>'
        )
    return f"<section><h2>{escape(name)}</h2>{bars}</section>"


def _measures(evaluations: Sequence[Evaluated]) -> list[str]:
    return list(dict.fromkeys(name for evaluation in evaluations for name in evaluation.scores))


def _cell(name: str, score: Score | None) -> str:
    if score is None:
        return ""
    if name in _PLAIN:
        return f"{score.value:,.4g}"
    sides = (
        f", P {score.precision:.2f} R {score.recall:.2f}" if score.precision is not None and score.recall is not None else ""
    )
    return f"{score.value:.2f} ({score.low:.2f}–{score.high:.2f}{sides})"


def _remarks(evaluations: Sequence[Evaluated]) -> Iterator[str]:
    yield "Intervals: 95 %, bootstrap over documents. Definitions: docs/evaluation.md."
    for evaluation in evaluations:
        yield f"{one_line(evaluation.model)}: {evaluation.documents} documents" + (
            f", {len(evaluation.failed)} gave no brief" if evaluation.failed else ""
        )
        grounding = evaluation.scores.get("grounding")
        if grounding and grounding.value < 1:
            yield f"{one_line(evaluation.model)}: a quote shown is not a slice of its text. That is a bug: please report it."


_PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>llm diplo eval</title><style>
body{font:15px/1.45 system-ui,sans-serif;max-width:56rem;margin:2rem auto;padding:0 1rem;color:#1c2430;background:#fff}
h1{font-size:1.4rem}h2{font-size:.95rem;margin:1.2rem 0 .3rem}
.row{display:grid;grid-template-columns:12rem 1fr 9rem;gap:.6rem;align-items:center;margin:.15rem 0}
.name{overflow:hidden;text-overflow:ellipsis;white-space:nowrap}
.track{position:relative;height:.9rem;background:#edf0f4;border-radius:3px}
.bar{position:absolute;inset:0 auto 0 0;background:#2f6db3;border-radius:3px}.bar.human{background:#8a94a3}
.interval{position:absolute;top:calc(50% - 1px);height:2px;background:#11243c}
.value{font-variant-numeric:tabular-nums}small{color:#5b6675}
table{border-collapse:collapse}th,td{padding:.2rem .7rem;text-align:left;border-bottom:1px solid #dde2e9;font-weight:400}
@media (prefers-color-scheme:dark){body{background:#12161c;color:#e4e8ee}.track{background:#242b35}.interval{background:#fff}
th,td{border-color:#2d3540}small{color:#9aa5b5}}
</style></head><body><h1>llm diplo eval</h1><!--BODY--></body></html>
"""
