"""Who holds a position: is the holder named where the evidence is, and is a quotation attributed to the right speaker?

The rule trades a few true holders for most of the wrong ones; a pronoun alone proves nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence, Set

from llm_diplo.brief.review import Context
from llm_diplo.text import gazetteer
from llm_diplo.text.folding import fold_name
from llm_diplo.text.names import same
from llm_diplo.text.units import UNITS_BEFORE


def holder_is_shown(holder: int, units: Sequence[int], context: Context) -> bool:
    """Return True if the evidence names the holder by any surface form.

    Else, where a unit of it holds a third-person pronoun or begins inside a quotation, the three units before or the
    attribution unit after may name the holder; where it speaks of “both sides” or “the two leaders”, the unit before, if it
    names two who can be meant. A pronoun alone never passes. The document's own speaker always does, and so does the author of
    a text in the first person.
    """
    if _is_own_voice(holder, context):
        return True
    forms, kind = context.parties.forms(holder), context.parties.kind(holder)
    if context.wording.names(units, forms, kind):
        return True
    return any(
        context.wording.names(_antecedents(unit, holder, context), forms, kind) or _is_one_of_two(holder, unit, context)
        for unit in units
    )


def _is_own_voice(holder: int, context: Context) -> bool:
    """Whether the text speaks in the holder's voice."""
    metadata = context.wording.article.metadata
    if metadata.speaker and context.parties.find(metadata.speaker) == holder:
        return True
    return bool(metadata.author) and context.parties.find(metadata.author or "") == holder and _is_in_first_person(context)


def _is_in_first_person(context: Context) -> bool:
    """Whether some unit without a quotation holds a pronoun of the first person."""
    quoting = {quotation.unit for quotation in context.wording.numbered.quotations}
    return any(
        _has_word(unit.number, "pronouns_first", context) and not _begins_inside_quotation(unit.number, context)
        for unit in context.wording.article.units
        if unit.number not in quoting
    )


def _is_one_of_two(holder: int, unit: int, context: Context) -> bool:
    """Whether a unit speaks of two who were named in the unit before, the holder and one other of the same kind."""
    person = context.parties.is_person(holder)
    table = "both_persons" if person else "both_parties"
    words = f" {context.wording.words(unit)} "
    if unit < 2 or not any(f" {phrase} " in words for phrase in gazetteer.words(table, context.wording.language)):
        return False
    named = [
        index
        for index in range(len(context.parties.actors))
        if context.parties.is_person(index) == person and is_named(index, unit - 1, context)
    ]
    return len(named) == 2 and holder in named


def _antecedents(unit: int, holder: int, context: Context) -> Iterator[int]:
    """The units around one that may name the person its pronoun means."""
    inside = _begins_inside_quotation(unit, context)
    if inside or _has_pronoun(unit, holder, context):
        yield from range(max(1, unit - UNITS_BEFORE), unit)
    if inside and unit < len(context.wording.article.units) and _has_word(unit + 1, "speech_verbs", context):
        yield unit + 1


def _begins_inside_quotation(unit: int, context: Context) -> bool:
    return context.wording.numbered.is_quoted(context.wording.article.unit(unit).start)


def _has_pronoun(unit: int, holder: int, context: Context) -> bool:
    """Whether a unit holds a pronoun of the third person that may mean the holder; “its” means no person."""
    pronouns = gazetteer.words("pronouns_third", context.wording.language)
    if not context.parties.is_person(holder):
        return not pronouns.isdisjoint(context.wording.words(unit).split())
    pronouns -= gazetteer.words("pronouns_neuter", context.wording.language)
    others = [other for other in range(len(context.parties.actors)) if other != holder and context.parties.is_person(other)]
    named = min((place for other in others for place in _places(other, unit, context)), default=None)
    return any(named is None or place < named or speaks for place, speaks in _pronouns(pronouns, unit, context))


def _pronouns(pronouns: Set[str], unit: int, context: Context) -> Iterator[tuple[int, bool]]:
    """Yield where some pronouns are in a unit, and whether each speaks: “he said”, “as he has said”, not “his remarks”."""
    verbs = gazetteer.words("speech_verbs", context.wording.language)
    owners = gazetteer.words("possessives", context.wording.language)
    found = list(re.finditer(r"\w+", context.wording.article.unit_text(unit)))
    words = [fold_name(word[0]) for word in found]
    for index, word in enumerate(words):
        if word in pronouns:
            speaks = word not in owners and not verbs.isdisjoint(words[max(0, index - 1) : index + 3])
            yield found[index].start(), speaks


def _places(party: int, unit: int, context: Context) -> Iterator[int]:
    """Yield where in a unit a party is named, in characters from the unit's start."""
    span = context.wording.article.unit(unit)
    for form in context.parties.forms(party):
        for mention in context.wording.index.find(form, context.parties.kind(party)):
            if span.start <= mention.start < span.end:
                yield mention.start - span.start


def _has_word(unit: int, table: str, context: Context) -> bool:
    return not gazetteer.words(table, context.wording.language).isdisjoint(context.wording.words(unit).split())


def is_named(actor: int, unit: int, context: Context) -> bool:
    """Whether a unit names an actor."""
    return context.wording.names([unit], context.parties.forms(actor), context.parties.kind(actor))


def has_named_speaker(quote: str, context: Context) -> bool:
    """Whether the article attributes a quotation (“q1”) to somebody by name, not by a pronoun."""
    speaker = context.wording.quotation(int(quote[1:])).speaker
    named = context.wording.article.text[speaker.start : speaker.end] if speaker else ""
    return bool(named) and fold_name(named) not in gazetteer.words("pronouns_third", context.wording.language)


def other_speaker(quote: str, holder: int, context: Context) -> int | None:
    """Return the listed actor whom the article names as the speaker of a quotation (“q1”), if that is not its holder.

    A pronoun, or a quotation without a frame, counts if only one speaker can be meant. A body and the person who speaks for
    it count as one.
    """
    voices = context.wording.numbered.voices.of_quotations[int(quote[1:]) - 1]
    if len(voices) != 1:
        return None
    named, parties, language = voices[0], context.parties, context.wording.language
    speaker = parties.find(named)
    if speaker is None or speaker == holder:
        return None
    if any(same(name, parties.actors[holder].name, language) for name in (named, parties.actors[speaker].name)):
        return None
    return None if _speaks_for(speaker, holder, context) or _speaks_for(holder, speaker, context) else speaker


def _speaks_for(one: int, other: int, context: Context) -> bool:
    affiliation = context.parties.actors[one].affiliation
    return bool(affiliation) and context.parties.find(affiliation) == other
