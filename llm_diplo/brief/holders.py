"""Who holds a position: is the holder named where the evidence is, and is a quotation in the right mouth?

The rule trades a few true holders for most of the wrong ones; a pronoun alone proves nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from llm_diplo.brief.parties import Parties
from llm_diplo.brief.wording import Wording
from llm_diplo.schema import ActorType
from llm_diplo.text import gazetteer
from llm_diplo.text.folding import fold_name
from llm_diplo.text.quotations import Quotation
from llm_diplo.text.units import UNITS_BEFORE


def holder_is_shown(holder: int, units: Sequence[int], parties: Parties, wording: Wording) -> bool:
    """Say whether the evidence names the holder by any surface form.

    Else, where a unit of it holds a third-person pronoun or begins inside a quotation, the three units before or the
    attribution unit after may name him. A pronoun alone never passes. The document's own speaker always does.
    """
    speaker = wording.article.metadata.speaker
    if speaker and parties.find(speaker) == holder:
        return True
    forms, person = parties.forms(holder), parties.actors[holder].type is ActorType.PERSON
    if wording.names(units, forms):
        return True
    return any(wording.names(_antecedents(unit, wording, person), forms) for unit in units)


def _antecedents(unit: int, wording: Wording, person: bool) -> Iterator[int]:
    """The units around one that may name whom it only points at."""
    inside = _begins_inside_quotation(unit, wording)
    if inside or _has_pronoun(unit, wording, person):
        yield from range(max(1, unit - UNITS_BEFORE), unit)
    if inside and unit < len(wording.units) and _has_word(unit + 1, "speech_verbs", wording):
        yield unit + 1


def _begins_inside_quotation(unit: int, wording: Wording) -> bool:
    start = wording.article.unit(unit).start
    return any(span.start <= start < span.end for quotation in wording.numbered.quotations for span in quotation.spans)


def _has_pronoun(unit: int, wording: Wording, person: bool) -> bool:
    """Whether a unit holds a pronoun of the third person; “its” stands for no person."""
    neuter = gazetteer.words("pronouns_neuter", wording.language) if person else frozenset()
    pronouns = gazetteer.words("pronouns_third", wording.language) - neuter
    return not pronouns.isdisjoint(wording.units[unit - 1].split())


def _has_word(unit: int, table: str, wording: Wording) -> bool:
    return not gazetteer.words(table, wording.language).isdisjoint(wording.units[unit - 1].split())


def other_speaker(quotation: Quotation, holder: int, parties: Parties, wording: Wording) -> int | None:
    """Return the listed actor whom the article names as the speaker of a quotation, if that is not its holder.

    A body and the person who speaks for it count as one.
    """
    if quotation.speaker is None:
        return None
    named = wording.article.text[quotation.speaker.start : quotation.speaker.end]
    if fold_name(named) in gazetteer.words("pronouns_third", wording.language):
        return None
    speaker = parties.find(named)
    if speaker is None or speaker == holder or _speaks_for(speaker, holder, parties) or _speaks_for(holder, speaker, parties):
        return None
    return speaker


def _speaks_for(one: int, other: int, parties: Parties) -> bool:
    affiliation = parties.actors[one].affiliation
    return bool(affiliation) and parties.find(affiliation) == other
