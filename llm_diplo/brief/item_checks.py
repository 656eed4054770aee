"""The checks of summary, positions and next steps, a function each: a new check is one function and one row of a table below.

A check is pure: it looks at a repaired item in its context, and yields faults and doubts.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import pairwise
from typing import Any, TypeAlias

from pydantic import BaseModel

from llm_diplo.brief.extraction import ExtractedPosition, ExtractedStep
from llm_diplo.brief.holders import has_named_speaker, holder_is_shown, is_named, other_speaker
from llm_diplo.brief.review import Check, Context, Doubt, Fault, Finding, Reviewed
from llm_diplo.brief.wording import Wording, content_stems, distant_numbers, distant_quotes, invented_numbers, invented_quotes
from llm_diplo.codes import ActorType, Stance
from llm_diplo.text.folding import fold
from llm_diplo.text.units import UNITS_BEFORE, number_units

SUMMARY_SENTENCES = 3
NAMED_WITHIN = 20
"""How many units around the evidence are searched for one that names the holder."""
MOST_NAMED = 3
SHARED_WORDS = 2
NEAR = 2
"""How many units away a statement's words are looked for when its evidence has none of them."""
FAR = 20
"""The same where the holder need not be named, as in a speech, so that only the words tell which units are meant."""

Position: TypeAlias = Reviewed[ExtractedPosition]
Step: TypeAlias = Reviewed[ExtractedStep]

_LABEL = re.compile(r"\s*[qQ]?\s*(\d{1,6})\s*\Z")


# Repairs, and whom an item refers to


def repair_position(position: ExtractedPosition, context: Context) -> ExtractedPosition:
    """Return a position with only the quotations and units that exist; the units of its quotations are added."""
    numbers = [number for number in map(_quotation_number, position.quotes) if number in context.quotations]
    implied = [context.wording.quotation(number).unit for number in numbers]
    labels = [f"q{number}" for number in dict.fromkeys(numbers)]
    return position.model_copy(update={"evidence": _known([*position.evidence, *implied], context), "quotes": labels})


def repair_step(step: ExtractedStep, context: Context) -> ExtractedStep:
    """Return a step with only the units that exist."""
    return step.model_copy(update={"evidence": _known(step.evidence, context)})


def _known(units: Iterable[int], context: Context) -> list[int]:
    return sorted({unit for unit in units if unit in context.units})


def _quotation_number(label: str) -> int:
    match = _LABEL.match(label)
    return int(match[1]) if match else 0


def references(item: BaseModel) -> dict[str, list[str]]:
    """Return the names by which an item refers to actors, by field."""
    if isinstance(item, ExtractedPosition):
        return {"actor": [item.actor]}
    if isinstance(item, ExtractedStep):
        return {"proposed_by": item.proposed_by, "actors": item.actors, "recipients": item.recipients}
    return {}


# The summary


def shorten_summary(summary: str) -> str:
    """Return the first sentences of a summary."""
    sentences = number_units(summary)
    return summary if len(sentences) <= SUMMARY_SENTENCES else summary[: sentences[SUMMARY_SENTENCES - 1].end]


def _summary(review: Reviewed[str], context: Context) -> Iterator[Fault]:
    yield from article_faults("summary", review.given["summary"], context.wording)


def _length(review: Reviewed[str], context: Context) -> Iterator[Doubt]:
    count = len(number_units(review.given["summary"]))
    if count > SUMMARY_SENTENCES and not review.faults:
        yield Doubt("summary", None, f"of {count} sentences the first {SUMMARY_SENTENCES} are kept")


# Positions and next steps


def _quotes(review: Position, context: Context) -> Iterator[Fault]:
    for label in review.given["quotes"]:
        if _quotation_number(label) not in context.quotations:
            yield Fault("quotes", f"there is no quotation {label}", numbered("quotation", context.quotations, "q"))


def _evidence(review: Position | Step, context: Context) -> Iterator[Fault]:
    unknown = [number for number in review.given["evidence"] if number not in context.units]
    for number in unknown:
        yield Fault("evidence", f"there is no unit {number}", numbered("unit", context.units))
    if not (review.item.evidence or unknown or review.faults):
        yield Fault("evidence", "it cites no evidence", "cite the units that show it")


def _holder(review: Position, context: Context) -> Iterator[Fault]:
    yield from _shown("actor", review.item.actor, review.item.evidence, context)


def _proposers(review: Step, context: Context) -> Iterator[Fault]:
    for name in review.item.proposed_by:
        yield from _shown("proposed_by", name, review.item.evidence, context)


def _shown(field: str, holder: str, units: list[int], context: Context) -> Iterator[Fault]:
    """A holder is an actor whom the evidence names."""
    if not holder.strip():
        yield Fault(field, "it names no holder", "say who holds it, or leave the item out")
    elif holder not in context.found:
        yield _unknown(field, holder)
    elif units and not holder_is_shown(context.found[holder], units, context):
        reason = f"the holder is not in the evidence: {_units_do(units)} not name “{holder}”"
        yield Fault("evidence", reason, _where_named(holder, units, context))


def _where_named(holder: str, units: list[int], context: Context) -> str:
    """The cure: the units near the evidence that name the holder."""
    around = [unit for unit in context.units if units[0] - NAMED_WITHIN <= unit <= units[-1] + NAMED_WITHIN]
    named = [unit for unit in around if is_named(context.found[holder], unit, context)]
    nearest = sorted(sorted(named, key=lambda unit: min(abs(unit - cited) for cited in units))[:MOST_NAMED])
    if not nearest:
        return "give the item to the holder that the evidence names, or leave it out"
    return f"“{holder}” is named in {_listed(nearest)}: cite what shows this, or name the holder that the evidence names"


def _units_do(units: list[int]) -> str:
    return f"unit{'s' if len(units) > 1 else ''} {_listed(units)} do{'' if len(units) > 1 else 'es'}"


def _listed(numbers: list[int]) -> str:
    *others, last = map(str, numbers)
    return f"{', '.join(others)} and {last}" if others else last


def _parties(review: Step, context: Context) -> Iterator[Fault]:
    for field in ("actors", "recipients"):
        for name in getattr(review.item, field):
            if name.strip() and name not in context.found:
                yield _unknown(field, name)


def _unknown(field: str, name: str) -> Fault:
    reason = f"“{name}” is neither listed as an actor nor in the article"
    return Fault(field, reason, "use a name that the article writes, or leave it out")


def _issue(review: Position, context: Context) -> Iterator[Fault | Doubt]:
    """Issue 0 is a statement that takes no side."""
    number = review.item.issue
    if not 0 <= number <= len(context.issues):
        cure = f"{numbered('issue', range(1, len(context.issues) + 1))}; a statement without a side has 0"
        yield Fault("issue", f"there is no issue {number}", cure)
    elif number:
        yield from article_faults(f"issue {number}", context.issues[number - 1], context.wording)
    elif review.item.stance is not Stance.UNCLEAR:
        yield Doubt("stance", review.item.stance.value, "it is towards no issue", {"stance": Stance.UNCLEAR})


def _via(review: Position, context: Context) -> Iterator[Doubt]:
    if not context.wording.holds_all(review.item.via):
        yield Doubt("via", review.item.via, "the article does not name this source", {"via": ""})


def _date(review: Position | Step, context: Context) -> Iterator[Doubt]:
    """A date is in the evidence, or in the unit before it."""
    units = review.item.evidence
    written = fold(review.item.date_text)
    if written and written not in _text({near for unit in units for near in (unit - 1, unit) if near}, context.wording):
        where = "evidence" if written in context.wording.folded else "article"
        yield Doubt("date_text", review.item.date_text, f"the {where} does not write this", {"date_text": ""})


def _text(units: Iterable[int], wording: Wording) -> str:
    return fold(" ".join(map(wording.article.unit_text, sorted(units))))


def article_faults(name: str, text: str, wording: Wording) -> Iterator[Fault]:
    """Quoted words and numbers in a field that are nowhere in the article."""
    for fragment in invented_quotes(text, wording):
        reason = f"“{fragment}” stands in quotation marks, but is not verbatim in the article"
        yield Fault(name, reason, "copy the words exactly, or leave out the marks")
    for number in invented_numbers(text, wording):
        yield Fault(name, f"the number {number} is nowhere in the article", "use the article's number, or none")


def _statement(review: Position, context: Context) -> Iterator[Fault]:
    yield from _prose(review, ("statement", "condition"), context.wording)


def _action(review: Step, context: Context) -> Iterator[Fault]:
    yield from _prose(review, ("action", "condition"), context.wording)


def _prose(review: Reviewed[Any], names: Sequence[str], wording: Wording) -> Iterator[Fault]:
    """Quoted words and numbers must be in the evidence, not just anywhere in the article."""
    for name in names:
        text, units = getattr(review.item, name), review.item.evidence
        yield from article_faults(name, text, wording)
        for fragment in distant_quotes(text, units, wording) if units else ():
            cure = "cite the unit that has them, or leave them out"
            yield Fault(name, f"the words “{fragment}” are in the article, but not in the evidence", cure)
        for number in distant_numbers(text, units, wording) if units else ():
            cure = "cite the unit that has it, or leave it out"
            yield Fault(name, f"the number {number} is in the article, but not in the evidence", cure)


def _shared_words(review: Position, context: Context) -> Iterator[Fault | Doubt]:
    """A statement that has no content word of its evidence, but two or more of a unit nearby, cites the wrong unit."""
    units, wording = review.item.evidence, context.wording
    words = content_stems(review.item.statement)
    if not units or any(words & wording.content(unit) for unit in units):
        return
    spoken = _is_spoken_by_holder(review, context)
    reach = FAR if spoken else NEAR
    last = len(wording.article.units)
    around = {near for unit in units for near in range(max(1, unit - reach), min(last, unit + reach) + 1)}
    counts = {unit: len(words & wording.content(unit)) for unit in sorted(around)}
    best = max(counts, key=counts.__getitem__, default=0)
    if not best or counts[best] < SHARED_WORDS:
        return
    if spoken:
        reason = f"the statement shares no word with its evidence, but {counts[best]} with unit {best}"
        yield Fault("evidence", reason, "cite the units that the statement paraphrases")
    else:
        yield Doubt("evidence", str(units), f"the statement shares no word with its evidence, but some with unit {best}")


def _is_spoken_by_holder(review: Position, context: Context) -> bool:
    """Whether the holder need not be named: a speech, or turns of a transcript."""
    speaker = context.wording.article.metadata.speaker
    if speaker and review.refs.get("actor") == [context.parties.find(speaker)]:
        return True
    return any(context.wording.article.unit(unit).label for unit in review.item.evidence)


def _doers(review: Step, context: Context) -> Iterator[Fault]:
    """A person who would act is named in the evidence or near it; bodies and groups may be implied."""
    units = review.item.evidence
    if not units:
        return
    near = range(max(1, units[0] - UNITS_BEFORE), min(len(context.wording.article.units), units[-1] + 1) + 1)
    for index in review.refs.get("actors", ()):
        person = context.parties.actors[index].type is ActorType.PERSON
        if person and not holder_is_shown(index, near, context):
            name = context.parties.actors[index].name
            yield Fault("actors", f"“{name}” is named neither in the evidence nor near it", "name who would act, or nobody")


def _one_holder_each(positions: Sequence[Position], context: Context) -> Iterator[tuple[Position, Finding]]:
    """A quotation has one speaker: of two holders only the one that its frame names may keep it."""
    holders: dict[str, set[int]] = {}
    for review in positions:
        for quote in review.item.quotes:
            holders.setdefault(quote, set()).update(review.refs.get("actor", ()))
    for quote, found in holders.items():
        if len(found) < 2:
            continue
        possible = {holder for holder in found if other_speaker(quote, holder, context) is None}
        for review in positions:
            rightful = len(possible) == 1 and possible.issuperset(review.refs.get("actor", ()))
            if quote in review.item.quotes and not rightful:
                yield review, Fault("quotes", f"{quote} is given to two holders; it has one speaker", "leave it to its speaker")


def _quotations_of_others(positions: Sequence[Position], context: Context) -> Iterator[tuple[Position, Finding]]:
    """A quotation that the article gives to another listed actor is dropped.

    It is a fault where nothing is left that the article gives to the holder: “he added” continues the other's words. Where
    the unit of the quotation names the holder, too, two can be meant, and the words only are dropped.
    """
    for review in positions:
        if review.faults or not review.refs.get("actor"):
            continue
        holder = review.refs["actor"][0]
        others = {quote: other_speaker(quote, holder, context) for quote in review.item.quotes}
        kept = [quote for quote, other in others.items() if other is None]
        for quote, other in others.items():
            if other is None:
                continue
            name = context.parties.actors[other].name
            reason = f"the article gives these words to {name}"
            if is_named(holder, context.wording.quotation(int(quote[1:])).unit, context) or any(
                has_named_speaker(left, context) for left in kept
            ):
                yield review, Doubt("quotes", quote, reason, {"quotes": kept})
            else:
                yield review, Fault("quotes", f"{quote}: {reason}", f"give the position to {name}, or cite other words")


def _one_position_an_issue(positions: Sequence[Position], context: Context) -> Iterator[tuple[Position, Finding]]:
    """A holder has one position on an issue: the first stays."""
    first: dict[tuple[int, int], int] = {}
    for review in positions:
        holder = review.refs.get("actor", ())
        if review.faults or not review.item.issue or not holder:
            continue
        number = first.setdefault((holder[0], review.item.issue), review.number)
        if number != review.number:
            name = context.parties.actors[holder[0]].name
            reason = f"{name} has a position on issue {review.item.issue} already: position {number}"
            yield (
                review,
                Fault("issue", reason, "make one of the two, mixed if they take both sides, with the evidence of both"),
            )


def numbered(noun: str, known: Sequence[int], letter: str = "") -> str:
    """Say which numbers exist: “the units are 1 to 7”, for a window “the units are 1, 410 to 687”."""
    if not known:
        return f"there is no {noun} at all"
    ends = [place for place, (one, other) in enumerate(pairwise(known)) if other != one + 1]
    runs = [known[start:stop] for start, stop in pairwise((0, *(end + 1 for end in ends), len(known)))]
    said = ", ".join(f"{letter}{run[0]}" + (f" to {letter}{run[-1]}" if len(run) > 1 else "") for run in runs)
    return f"the {noun}s are {said}" if len(known) > 1 else f"the only {noun} is {said}"


SUMMARY_CHECKS: tuple[Check, ...] = (_summary, _length)
POSITION_CHECKS: tuple[Check, ...] = (_quotes, _evidence, _holder, _issue, _via, _date, _statement, _shared_words)
STEP_CHECKS: tuple[Check, ...] = (_evidence, _proposers, _parties, _date, _action, _doers)
CHECKS_OF_ALL_POSITIONS: tuple[Callable[[Sequence[Position], Context], Iterable[tuple[Position, Finding]]], ...] = (
    _one_holder_each,
    _quotations_of_others,
    _one_position_an_issue,
)
