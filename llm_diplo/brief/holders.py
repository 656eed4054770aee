"""Who holds a position: is the holder named where the evidence is, and is a quotation attributed to the right speaker?

The rule trades a few true holders for most of the wrong ones; a pronoun alone proves nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence, Set

from llm_diplo.brief.parties import Parties
from llm_diplo.brief.wording import Wording
from llm_diplo.text import gazetteer
from llm_diplo.text.folding import fold_name
from llm_diplo.text.names import same
from llm_diplo.text.quotations import Quotation
from llm_diplo.text.units import UNITS_BEFORE


def holder_is_shown(holder: int, units: Sequence[int], parties: Parties, wording: Wording) -> bool:
    """Return True if the evidence names the holder by any surface form.

    Else, where a unit of it holds a third-person pronoun or begins inside a quotation, the three units before or the
    attribution unit after may name the holder; where it speaks of “both sides” or “the two leaders”, the unit before, if it
    names two who can be meant. A pronoun alone never passes. The document's own speaker always does, and so does the author of
    a text in the first person.
    """
    if _is_own_voice(holder, parties, wording):
        return True
    forms, kind = parties.forms(holder), parties.kind(holder)
    if wording.names(units, forms, kind):
        return True
    return any(
        wording.names(_antecedents(unit, holder, parties, wording), forms, kind)
        or _is_one_of_two(holder, unit, parties, wording)
        for unit in units
    )


def _is_own_voice(holder: int, parties: Parties, wording: Wording) -> bool:
    """Whether the text speaks in the holder's voice."""
    metadata = wording.article.metadata
    if metadata.speaker and parties.find(metadata.speaker) == holder:
        return True
    return bool(metadata.author) and parties.find(metadata.author or "") == holder and _is_in_first_person(wording)


def _is_in_first_person(wording: Wording) -> bool:
    """Whether some unit without a quotation holds a pronoun of the first person."""
    quoting = {quotation.unit for quotation in wording.numbered.quotations}
    return any(
        _has_word(unit.number, "pronouns_first", wording) and not _begins_inside_quotation(unit.number, wording)
        for unit in wording.article.units
        if unit.number not in quoting
    )


def _is_one_of_two(holder: int, unit: int, parties: Parties, wording: Wording) -> bool:
    """Whether a unit speaks of two who were named in the unit before, the holder and one other of the same kind."""
    person = parties.is_person(holder)
    table = "both_persons" if person else "both_parties"
    words = f" {wording.words(unit)} "
    if unit < 2 or not any(f" {phrase} " in words for phrase in gazetteer.words(table, wording.language)):
        return False
    named = [
        index
        for index in range(len(parties.actors))
        if parties.is_person(index) == person and wording.names([unit - 1], parties.forms(index), parties.kind(index))
    ]
    return len(named) == 2 and holder in named


def _antecedents(unit: int, holder: int, parties: Parties, wording: Wording) -> Iterator[int]:
    """The units around one that may name the person its pronoun means."""
    inside = _begins_inside_quotation(unit, wording)
    if inside or _has_pronoun(unit, holder, parties, wording):
        yield from range(max(1, unit - UNITS_BEFORE), unit)
    if inside and unit < len(wording.article.units) and _has_word(unit + 1, "speech_verbs", wording):
        yield unit + 1


def _begins_inside_quotation(unit: int, wording: Wording) -> bool:
    return wording.numbered.is_quoted(wording.article.unit(unit).start)


def _has_pronoun(unit: int, holder: int, parties: Parties, wording: Wording) -> bool:
    """Whether a unit holds a pronoun of the third person that may mean the holder; “its” means no person."""
    pronouns = gazetteer.words("pronouns_third", wording.language)
    if not parties.is_person(holder):
        return not pronouns.isdisjoint(wording.words(unit).split())
    pronouns -= gazetteer.words("pronouns_neuter", wording.language)
    others = [other for other in range(len(parties.actors)) if other != holder and parties.is_person(other)]
    named = min((place for other in others for place in _places(other, unit, parties, wording)), default=None)
    return any(named is None or place < named or speaks for place, speaks in _pronouns(pronouns, unit, wording))


def _pronouns(pronouns: Set[str], unit: int, wording: Wording) -> Iterator[tuple[int, bool]]:
    """Yield where some pronouns are in a unit, and whether each speaks: “he said”, “as he has said”, not “his remarks”."""
    verbs = gazetteer.words("speech_verbs", wording.language)
    owners = gazetteer.words("possessives", wording.language)
    found = list(re.finditer(r"\w+", wording.article.unit_text(unit)))
    words = [fold_name(word[0]) for word in found]
    for index, word in enumerate(words):
        if word in pronouns:
            speaks = word not in owners and not verbs.isdisjoint(words[max(0, index - 1) : index + 3])
            yield found[index].start(), speaks


def _places(party: int, unit: int, parties: Parties, wording: Wording) -> Iterator[int]:
    """Yield where in a unit a party is named, in characters from the unit's start."""
    span = wording.article.unit(unit)
    for form in parties.forms(party):
        for mention in wording.index.find(form, parties.kind(party)):
            if span.start <= mention.start < span.end:
                yield mention.start - span.start


def _has_word(unit: int, table: str, wording: Wording) -> bool:
    return not gazetteer.words(table, wording.language).isdisjoint(wording.words(unit).split())


def other_speaker(quotation: Quotation, holder: int, parties: Parties, wording: Wording) -> int | None:
    """Return the listed actor whom the article names as the speaker of a quotation, if that is not its holder.

    A pronoun, or a quotation without a frame, counts if only one speaker can be meant. A body and the person who speaks for
    it count as one.
    """
    voices = wording.numbered.voices.of_quotations[quotation.number - 1]
    if len(voices) != 1:
        return None
    named = voices[0]
    speaker = parties.find(named)
    if speaker is None or speaker == holder:
        return None
    if any(same(name, parties.actors[holder].name, wording.language) for name in (named, parties.actors[speaker].name)):
        return None
    if _speaks_for(speaker, holder, parties) or _speaks_for(holder, speaker, parties):
        return None
    return speaker


def _speaks_for(one: int, other: int, parties: Parties) -> bool:
    affiliation = parties.actors[one].affiliation
    return bool(affiliation) and parties.find(affiliation) == other
