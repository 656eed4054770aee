"""Scores of one brief against one gold document, as counts that add up over documents.

Definitions with their sources are in `docs/evaluation.md`.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from llm_diplo.codes import QUAD_CODES, ActorType, Event
from llm_diplo.evaluation.gold import GoldDocument, GoldPosition, GoldStep
from llm_diplo.evaluation.matching import match_actors, match_spans, plover_event
from llm_diplo.offline.speech import Speech
from llm_diplo.schema import Brief, Evidence, Span
from llm_diplo.text.names import normal_name

Counts = Mapping[str, tuple[float, ...]]
"""Measure to counts: (hits, found, gold) for F1, (hits, tried) for a share, (sum, number) for a mean."""

THRESHOLDS = {"IoU ≥ 0.3": 0.3, "IoU ≥ 0.8": 0.8, "exact": 1.0}
KINDS = {
    "direct": {"direct"},
    "mixed": {"mixed"},
    "direct and mixed": {"direct", "mixed"},
    "all": {"direct", "mixed", "indirect"},
}
RESAMPLES = 1_000
CHARACTERS_COVERED = 0.5

_ORGANIZED = frozenset(ActorType) - {ActorType.PERSON}
_COARSE = {"person": {ActorType.PERSON}, "organisation": _ORGANIZED, "organization": _ORGANIZED, "place": {ActorType.STATE}}


@dataclass(frozen=True, slots=True)
class Score:
    """One measure over many documents."""

    value: float
    low: float
    """Lower end of the bootstrap's 95 % interval."""
    high: float
    precision: float | None = None
    recall: float | None = None
    number: float = 0
    """How many gold items, or trials, it rests on."""


def score_brief(gold: GoldDocument, brief: Brief) -> dict[str, tuple[float, ...]]:
    """Score the content of a brief: actors, positions, next steps; and what needs no gold data."""
    return {
        **_actors(gold, brief),
        **_recalled("positions", gold.positions, brief),
        **_recalled("next steps", gold.next_steps, brief),
        **_steps_right(gold, brief),
        **_ungraded(gold, brief),
    }


def score_speech(gold: GoldDocument, found: Sequence[Speech]) -> dict[str, tuple[float, ...]]:
    """Score attributed speech on its own; punctuation at the edges does not matter for an exact match."""
    counts: dict[str, tuple[float, ...]] = {}
    wanted = gold.scored_quotes
    if not wanted:
        return counts
    spans = [[Span(start=start, end=end) for start, end in quote.spans] for quote in wanted]
    for kind, types in KINDS.items():
        ours = [speech for speech in found if speech.kind.value in types]
        chosen = [place for place, quote in enumerate(wanted) if quote.type in types]
        for name, threshold in THRESHOLDS.items():
            pairs = match_spans([spans[place] for place in chosen], [speech.spans for speech in ours], threshold)
            counts[f"quotations, {kind}, {name}"] = (len(pairs), len(ours), len(chosen))
            if name == "IoU ≥ 0.3" and kind in {"direct and mixed", "all"}:
                named = [
                    (wanted[chosen[g]].speaker or "", ours[f].head)
                    for g, f in pairs
                    if wanted[chosen[g]].speaker_kind == "named" and wanted[chosen[g]].speaker
                ]
                counts[f"quotations, {kind}, named speaker"] = (sum(_same_speaker(g, f) for g, f in named), len(named))
    return counts


def score_events(gold: GoldDocument, found: Iterable[Event]) -> dict[str, tuple[float, ...]]:
    """Score the event of a sentence: whether its type, and whether its quadrant, is among the gold's."""
    codes = {event for item in gold.events if (event := plover_event(item.code))}
    if not codes:
        return {}
    events = list(found)[:1]
    quads = {QUAD_CODES.get(code) for code in codes}
    return {
        "events, type": (float(any(event in codes for event in events)), 1),
        "events, quad code": (float(any(QUAD_CODES.get(event) in quads for event in events)), 1),
    }


def summarize_counts(counts: Sequence[Counts]) -> dict[str, Score]:
    """Add up the counts of documents and give each measure its value and bootstrap interval over documents."""
    names = list(dict.fromkeys(name for document in counts for name in document))
    return {name: _score([document[name] for document in counts if name in document]) for name in names}


def _score(rows: Sequence[tuple[float, ...]]) -> Score:
    sums = _add(rows)
    draw = random.Random(0)
    values = sorted(_value(_add(draw.choices(rows, k=len(rows)))) for _ in range(RESAMPLES)) if len(rows) > 1 else []
    low, high = (values[int(0.025 * RESAMPLES)], values[int(0.975 * RESAMPLES) - 1]) if values else (_value(sums),) * 2
    if len(sums) == 3:
        return Score(_value(sums), low, high, _share(sums[0], sums[1]), _share(sums[0], sums[2]), sums[2])
    return Score(_value(sums), low, high, number=sums[1])


def _add(rows: Sequence[tuple[float, ...]]) -> tuple[float, ...]:
    return tuple(map(sum, zip(*rows, strict=True)))


def _value(sums: tuple[float, ...]) -> float:
    """F1 of (hits, found, gold), else the first over the second."""
    return _share(2 * sums[0], sums[1] + sums[2]) if len(sums) == 3 else _share(sums[0], sums[1])


def _share(part: float, whole: float) -> float:
    return part / whole if whole else 0.0


def _same_speaker(gold: str, head: str) -> bool:
    """Whether the heads agree, as a gold speaker may be a whole apposition."""
    return bool(head) and normal_name(head).split()[-1:] != [] and normal_name(head).split()[-1] in _words(gold)


def _words(text: str) -> list[str]:
    return "".join(c if c.isalnum() else " " for c in text.casefold()).split()


# Actors


def _actors(gold: GoldDocument, brief: Brief) -> dict[str, tuple[float, ...]]:
    wanted = gold.scored_actors
    if not wanted:
        return {}
    names = [[actor.name, *actor.aliases] for actor in brief.actors]
    pairs = match_actors([[actor.name, *actor.aliases] for actor in wanted], names)
    counts: dict[str, tuple[float, ...]] = {"actors": (len(pairs), len(brief.actors), len(wanted))}
    typed = [(wanted[g].type, brief.actors[f].type) for g, f in pairs if wanted[g].type]
    counts["actors, type"] = (sum(_same_type(str(g), f) for g, f in typed), len(typed))
    placed = [(wanted[g].country, brief.actors[f].country) for g, f in pairs if wanted[g].country]
    if placed:
        counts["actors, country"] = (sum(g == f for g, f in placed), len(placed))
    salient = [place for place, actor in enumerate(wanted) if actor.salient]
    if salient:
        counts["actors, salient recalled"] = (sum(g in salient for g, _ in pairs), len(salient))
    return counts


def _same_type(gold: str, found: ActorType) -> bool:
    return found in _COARSE.get(gold, {gold})


# Positions and next steps


def _recalled(layer: str, wanted: Sequence[GoldPosition] | Sequence[GoldStep], brief: Brief) -> dict[str, tuple[float, ...]]:
    """Score recall: the right actor, with evidence that covers half of the gold span."""
    if not wanted:
        return {}
    names = _names(brief)
    due = [item for item in wanted if not (isinstance(item, GoldStep) and item.optional)]
    recalled = right = named = coded = 0
    for item in due:
        hits = [found for found, holders, evidence in _found(layer, brief) if _is_meant(item, holders, evidence, names)]
        recalled += bool(hits)
        value = item.stance if isinstance(item, GoldPosition) else item.commitment
        if hits and value:
            named += 1
            right += any(value == code for code, _ in hits)
        if hits and isinstance(item, GoldStep) and item.event:
            coded += any(item.event == event for _, event in hits)
    sides: dict[str, tuple[float, ...]] = {f"{layer}, recalled": (recalled, len(due))}
    sides[f"{layer}, {'stance' if layer == 'positions' else 'commitment'}"] = (right, named)
    if any(isinstance(item, GoldStep) and item.event for item in wanted):
        sides[f"{layer}, event"] = (coded, recalled)
    if layer == "positions":
        opposed = [item for item in wanted if isinstance(item, GoldPosition) and item.stance == "oppose"]
        found = sum(_opposes(item, brief, names) for item in opposed)
        sides["positions, opposition recalled"] = (found, len(opposed))
    return sides


def _steps_right(gold: GoldDocument, brief: Brief) -> dict[str, tuple[float, ...]]:
    """Score the steps that are shown; a document whose gold has the layer has all of its steps marked."""
    if "next_steps" not in gold.model_fields_set:
        return {}
    names = _names(brief)
    found = _found("next steps", brief)
    right = (any(_is_meant(item, holders, evidence, names) for item in gold.next_steps) for _, holders, evidence in found)
    return {"next steps, right": (sum(right), len(found))}


def _names(brief: Brief) -> dict[str, set[str]]:
    return {actor.id: {normal_name(form) for form in (actor.name, *actor.aliases)} for actor in brief.actors}


def _is_meant(
    item: GoldPosition | GoldStep, holders: Iterable[str], evidence: Sequence[Evidence], names: Mapping[str, set[str]]
) -> bool:
    """Whether an item of the brief has one of the gold's actors, and evidence that covers half of its span."""
    actors = {item.actor, *(item.actors if isinstance(item, GoldStep) else ())}
    named = any(normal_name(actor) in names[holder] for actor in actors for holder in holders)
    return named and _covers(evidence, item.start, item.end)


def _found(layer: str, brief: Brief) -> list[tuple[tuple[str, str], tuple[str, ...], tuple[Evidence, ...]]]:
    if layer == "positions":
        return [((item.stance.value, ""), (item.actor,), (*item.evidence, *item.quotes)) for item in brief.positions]
    return [
        ((step.commitment.value, step.event.value), (*step.proposed_by, *step.actors), step.evidence)
        for step in brief.next_steps
    ]


def _opposes(item: GoldPosition, brief: Brief, names: Mapping[str, set[str]]) -> bool:
    return any(
        position.stance.value == "oppose"
        and normal_name(item.actor) in names[position.actor]
        and _covers((*position.evidence, *position.quotes), item.start, item.end)
        for position in brief.positions
    )


def _covers(evidence: Sequence[Evidence], start: int, end: int) -> bool:
    covered = {point for part in evidence for point in range(max(start, part.start), min(end, part.end))}
    return len(covered) >= CHARACTERS_COVERED * (end - start)


# Without gold


def _ungraded(gold: GoldDocument, brief: Brief) -> dict[str, tuple[float, ...]]:
    shown = [*_shown(brief)]
    items = len(brief.positions) + len(brief.next_steps) + len(brief.actors)
    made = brief.provenance
    counts: dict[str, tuple[float, ...]] = {
        "grounding": (sum(gold.text[part.start : part.end] == part.quote for part in shown), len(shown)),
        "items rejected": (len(brief.rejected), items + len(brief.rejected)),
        "items warned": (len({warning.item for warning in brief.warnings if warning.item}), items),
        "quotations cited": (brief.coverage.cited, brief.coverage.quotations),
        "calls": (made.calls, 1),
        "seconds": (made.seconds, 1),
    }
    tokens = (("input tokens", made.input_tokens), ("output tokens", made.output_tokens), ("cost in US dollars", made.cost_usd))
    return {**counts, **{name: (value, 1) for name, value in tokens if value is not None}}


def _shown(brief: Brief) -> Iterable[Evidence]:
    for position in brief.positions:
        yield from (*position.evidence, *position.quotes)
    for step in brief.next_steps:
        yield from step.evidence
    yield from brief.coverage.left_over
