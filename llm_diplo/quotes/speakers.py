"""Does the draft name the speaker whom the source names?"""

from __future__ import annotations

import re
from enum import StrEnum

from llm_diplo.quotes.descriptions import is_described
from llm_diplo.text import gazetteer
from llm_diplo.text.folding import fold_name
from llm_diplo.text.names import Speaker, SpeakerKind, read_speaker, same, same_person
from llm_diplo.text.voices import Voices

_SPEAKS_FOR = frozenset("spokesman spokeswoman spokesperson porte-parole portavoz sprecher sprecherin".split())
_AND = re.compile(r",?\s+(?:and|et|y|und|и)\s+|,\s+")
_UNSIDED = frozenset("to in on at by with from against after under who which whose".split())
_SEVERAL = frozenset("only both two three four some several many few most all deux plusieurs dos varios zwei mehrere".split())


class Likeness(StrEnum):
    """Whether two speakers are one."""

    SAME = "same"
    OTHER = "other"
    UNSURE = "unsure"


def compare_voices(named: str, said_by: tuple[str, ...], source: Voices) -> Likeness:
    """Compare the speaker of a draft with those whom the source may mean; unsure wherever it could be another."""
    if not said_by:
        return Likeness.UNSURE
    draft = read_speaker(named)
    found = {_compare(draft, read_speaker(voice), source) for voice in said_by}
    if found == {Likeness.SAME}:
        return Likeness.SAME if len(said_by) == 1 else Likeness.UNSURE
    return Likeness.OTHER if found == {Likeness.OTHER} else Likeness.UNSURE


def _compare(draft: Speaker, voice: Speaker, source: Voices) -> Likeness:
    for one, other in ((draft, voice), (voice, draft)):
        if {_compare(name, other, source) for name in _names_listed(one)} == {Likeness.OTHER}:
            return Likeness.OTHER
    if voice.kind is SpeakerKind.PERSON and _is_incompatible(draft, source.traits(voice)):
        return Likeness.OTHER
    if draft.kind is SpeakerKind.DESCRIPTION:
        return _describes(draft, voice, source)
    likeness = _compare_names(draft, voice)
    if likeness is Likeness.SAME and draft.kind is voice.kind is SpeakerKind.PERSON:
        return Likeness.UNSURE if _is_shared(draft, voice, source) else Likeness.SAME
    return likeness


def _names_listed(several: Speaker) -> list[Speaker]:
    """Return the people and bodies that are named together (“Osk and Venn”); none where not all have names."""
    if several.kind is not SpeakerKind.DESCRIPTION:
        return []
    parts = [read_speaker(part) for part in _AND.split(several.written)]
    named = all(part.kind in (SpeakerKind.PERSON, SpeakerKind.BODY) for part in parts)
    return parts if len(parts) > 1 and named else []


def _is_incompatible(draft: Speaker, traits: frozenset[str]) -> bool:
    """Whether a body or a description in the draft cannot be the person whom the source describes by `traits`."""
    if draft.kind not in (SpeakerKind.BODY, SpeakerKind.DESCRIPTION):
        return False
    return _is_of_another_side(draft, traits) or _is_private(draft, traits)


def _is_of_another_side(draft: Speaker, traits: frozenset[str]) -> bool:
    """Whether both are of states, and not of the same: “Denmark”, “a Danish envoy” and “the foreign minister of Norway”.

    A preposition in the source leaves open whose side is meant: “the minister, attacked by Turkey”.
    """
    if traits.isdisjoint(gazetteer.words("public_roles", None)) or not traits.isdisjoint(_UNSIDED):
        return False
    mine, theirs = _countries(draft.traits), _countries(traits)
    if draft.kind is SpeakerKind.BODY:
        mine = {gazetteer.country_code(draft.party or draft.written)} - {None}
    return bool(mine and theirs) and mine.isdisjoint(theirs)


def _countries(words: frozenset[str]) -> set[str | None]:
    """Return the codes of the states that folded words name; words that are written like an acronym's letters name none."""
    return {gazetteer.country_code(word.title()) for word in words if len(word) > 3} - {None}


def _is_private(draft: Speaker, traits: frozenset[str]) -> bool:
    """Whether the source calls somebody by a private role, whom the draft gives as a body or an official.

    “The ministry” and “a Danish official” are not “Orla Fenn, a historian at the university”, unless the source connects
    her with the ministry, or with Denmark.
    """
    public = gazetteer.words("public_roles", None)
    if traits.isdisjoint(gazetteer.words("private_roles", None)) or not traits.isdisjoint(public):
        return False
    if draft.kind is SpeakerKind.DESCRIPTION:
        return not draft.traits.isdisjoint(public) and traits.isdisjoint(draft.traits)
    forms = gazetteer.surface_forms(draft.party) if draft.party else frozenset(draft.name)
    return traits.isdisjoint(word for form in forms for word in fold_name(form).split() if len(word) > 2)


def _is_shared(draft: Speaker, voice: Speaker, source: Voices) -> bool:
    """Whether a short name may mean two people in the source, unless the source uses the same short name."""
    if draft.traits and fold_name(draft.written) == fold_name(voice.written):
        return False
    short = min(draft.name, voice.name, key=len)
    return len(short) == 1 and len({name[0] for name in source.bearers(short[0])}) > 1


def _is_plural(word: str) -> bool:
    """Whether a word is an office held by several people: “ministers”."""
    return word.endswith("s") and gazetteer.is_title(word[:-1], None)


def _describes(draft: Speaker, voice: Speaker, source: Voices) -> Likeness:
    """A description fits where the source says all of it of the speaker, or where it speaks for the source's body."""
    if voice.kind is SpeakerKind.BODY:
        sides = draft.traits - _SPEAKS_FOR
        speaks = bool(draft.traits & _SPEAKS_FOR) and bool(sides)
        party = len(sides) == 1 and voice.party and (entry := gazetteer.lookup(next(iter(sides)))) and entry.name == voice.party
        return Likeness.SAME if speaks and (party or sides <= set(voice.name)) else Likeness.UNSURE
    if fold_name(draft.written.split()[0]) in _SEVERAL or any(map(_is_plural, draft.traits)):
        return Likeness.UNSURE
    return Likeness.SAME if is_described(draft, voice, source) else Likeness.UNSURE


def _compare_names(one: Speaker, other: Speaker) -> Likeness:
    """Whether two named speakers are one, by their names alone.

    Two people are one when they share the surname and no first names differ; two bodies when the gazetteer or their
    words say so. A description, and a person beside a body, cannot be compared by name.
    """
    kinds = {one.kind, other.kind}
    if kinds == {SpeakerKind.PERSON}:
        return _compare_people(one.name, other.name)
    if kinds == {SpeakerKind.BODY}:
        return _compare_bodies(one, other)
    if SpeakerKind.DESCRIPTION in kinds or SpeakerKind.PRONOUN in kinds:
        return Likeness.UNSURE
    return Likeness.SAME if set(one.name) == set(other.name) else Likeness.UNSURE


def _compare_people(one: tuple[str, ...], other: tuple[str, ...]) -> Likeness:
    shorter, longer = sorted((set(one), set(other)), key=len)
    return Likeness.SAME if same_person(one, other) or shorter <= longer else Likeness.OTHER


def _compare_bodies(one: Speaker, other: Speaker) -> Likeness:
    if one.party and other.party and one.party != other.party:
        countries = {gazetteer.country_code(one.party), gazetteer.country_code(other.party)}
        return Likeness.UNSURE if len(countries) == 1 and None not in countries else Likeness.OTHER
    mine, theirs = set(one.name), set(other.name)
    return Likeness.SAME if mine <= theirs or theirs <= mine or same(one.written, other.written) else Likeness.OTHER
