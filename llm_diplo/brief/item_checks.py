"""The checks of positions and next steps, a function each: a new check is one function and one row of a table below."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, TypeAlias

from llm_diplo.brief.extraction import ExtractedPosition, ExtractedStep
from llm_diplo.brief.holders import holder_is_shown, other_speaker
from llm_diplo.brief.parties import Parties
from llm_diplo.brief.prose import distant_numbers, distant_quotes, invented_numbers, invented_quotes
from llm_diplo.brief.review import Doubt, Fault, Reviewed
from llm_diplo.brief.wording import Wording, content_stems
from llm_diplo.codes import ActorType, Stance
from llm_diplo.text import gazetteer
from llm_diplo.text.folding import fold, fold_name
from llm_diplo.text.units import UNITS_BEFORE

SHARED_WORDS = 2
NEAR = 2
"""How many units away a statement's words are looked for when its evidence has none of them."""
FAR = 20
"""The same where the holder need not be named, as in a speech, so that only the words tell which units are meant."""

Position: TypeAlias = Reviewed[ExtractedPosition]
Step: TypeAlias = Reviewed[ExtractedStep]


@dataclass(frozen=True)
class Context:
    """What items are held against."""

    wording: Wording
    parties: Parties
    issues: tuple[str, ...]

    def other_speaker(self, quote: str, holder: int) -> int | None:
        """Return the listed actor to whom the article gives a quotation (“q1”), if that is not its holder."""
        return other_speaker(self.wording.quotation(int(quote[1:])), holder, self.parties, self.wording)

    def is_named_beside(self, holder: int, quote: str) -> bool:
        """Whether the unit of a quotation names the holder."""
        unit = self.wording.quotation(int(quote[1:])).unit
        return self.wording.names([unit], self.parties.forms(holder), self.parties.kind(holder))

    def has_named_speaker(self, quote: str) -> bool:
        """Whether the article gives a quotation to somebody by name, not by a pronoun."""
        speaker = self.wording.quotation(int(quote[1:])).speaker
        named = self.wording.article.text[speaker.start : speaker.end] if speaker else ""
        return bool(named) and fold_name(named) not in gazetteer.words("pronouns_third", self.wording.language)


Check: TypeAlias = Callable[[Reviewed[Any], Context], Iterable[Fault | Doubt]]


def apply_checks(checks: Iterable[Check], review: Reviewed[Any], context: Context) -> None:
    """Note in a review what each check finds in its item."""
    for check in checks:
        for finding in tuple(check(review, context)):
            review.note(finding)


def article_faults(name: str, text: str, wording: Wording) -> Iterator[Fault]:
    """What the words of a field quote or count that is nowhere in the article."""
    for fragment in invented_quotes(text, wording):
        reason = f"“{fragment}” stands in quotation marks, but is not verbatim in the article"
        yield Fault(name, reason, "copy the words exactly, or leave out the marks")
    for number in invented_numbers(text, wording):
        yield Fault(name, f"the number {number} is nowhere in the article", "use the article's number, or none")


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
    """A date stands in the evidence, or in the unit before it."""
    units = review.item.evidence
    written = fold(review.item.date_text)
    if written and written not in _text({near for unit in units for near in (unit - 1, unit) if near}, context.wording):
        where = "evidence" if written in context.wording.folded else "article"
        yield Doubt("date_text", review.item.date_text, f"the {where} does not write this", {"date_text": ""})


def _text(units: Iterable[int], wording: Wording) -> str:
    return fold(" ".join(map(wording.article.unit_text, sorted(units))))


def _statement(review: Position, context: Context) -> Iterator[Fault]:
    yield from _prose(review, ("statement", "condition"), context.wording)


def _action(review: Step, context: Context) -> Iterator[Fault]:
    yield from _prose(review, ("action", "condition"), context.wording)


def _prose(review: Reviewed[Any], names: Sequence[str], wording: Wording) -> Iterator[Fault]:
    """What a field quotes or counts must stand in the evidence, not only somewhere in the article."""
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
        if person and not holder_is_shown(index, near, context.parties, context.wording):
            name = context.parties.actors[index].name
            yield Fault("actors", f"“{name}” is named neither in the evidence nor near it", "name who would act, or nobody")


def _one_holder_each(positions: Sequence[Position], context: Context) -> None:
    """A quotation has one speaker: of two holders only the one that its frame names may keep it."""
    holders: dict[str, set[int]] = {}
    for review in positions:
        for quote in review.item.quotes:
            holders.setdefault(quote, set()).update(review.refs.get("actor", ()))
    for quote, found in holders.items():
        if len(found) < 2:
            continue
        possible = {holder for holder in found if context.other_speaker(quote, holder) is None}
        for review in positions:
            rightful = len(possible) == 1 and possible.issuperset(review.refs.get("actor", ()))
            if quote in review.item.quotes and not rightful:
                review.fault("quotes", f"{quote} is given to two holders; it has one speaker", "leave it to its speaker")


def _quotations_of_others(positions: Sequence[Position], context: Context) -> None:
    """A quotation that the article gives to another listed actor is dropped.

    It is a fault where nothing is left that the article gives to the holder: “he added” continues the other's words. Where
    the unit of the quotation names the holder, too, two can be meant, and the words only are dropped.
    """
    for review in positions:
        if review.faults or not review.refs.get("actor"):
            continue
        holder = review.refs["actor"][0]
        others = {quote: context.other_speaker(quote, holder) for quote in review.item.quotes}
        kept = [quote for quote, other in others.items() if other is None]
        for quote, other in others.items():
            if other is None:
                continue
            name = context.parties.actors[other].name
            reason = f"the article gives these words to {name}"
            if context.is_named_beside(holder, quote) or any(context.has_named_speaker(left) for left in kept):
                review.note(Doubt("quotes", quote, reason, {"quotes": kept}))
            else:
                review.fault("quotes", f"{quote}: {reason}", f"give the position to {name}, or cite other words")


def _one_position_an_issue(positions: Sequence[Position], context: Context) -> None:
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
            review.fault("issue", reason, "make one of the two, mixed if they take both sides, with the evidence of both")


def numbered(noun: str, known: Sequence[int], letter: str = "") -> str:
    """Say what there is: “the units are 1 to 7”, of a window “the units are 1, 410 to 687”."""
    if not known:
        return f"there is no {noun} at all"
    ends = [place for place, (one, other) in enumerate(pairwise(known)) if other != one + 1]
    runs = [known[start:stop] for start, stop in pairwise((0, *(end + 1 for end in ends), len(known)))]
    said = ", ".join(f"{letter}{run[0]}" + (f" to {letter}{run[-1]}" if len(run) > 1 else "") for run in runs)
    return f"the {noun}s are {said}" if len(known) > 1 else f"the only {noun} is {said}"


POSITION_CHECKS: tuple[Check, ...] = (_issue, _via, _date, _statement, _shared_words)
STEP_CHECKS: tuple[Check, ...] = (_date, _action, _doers)
CHECKS_OF_ALL_POSITIONS: tuple[Callable[[Sequence[Position], Context], None], ...] = (
    _one_holder_each,
    _quotations_of_others,
    _one_position_an_issue,
)
