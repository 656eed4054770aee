"""Does the draft name the speaker whom the source names?"""

from __future__ import annotations

import re
from enum import StrEnum

from llm_diplo.codes import ActorType
from llm_diplo.quotes.descriptions import is_described, roles_of
from llm_diplo.text import gazetteer
from llm_diplo.text.folding import fold_name
from llm_diplo.text.names import Speaker, SpeakerKind, read_speaker, same, same_person
from llm_diplo.text.voices import Voices

_SPEAKS_FOR = frozenset("spokesman spokeswoman spokesperson porte-parole portavoz sprecher sprecherin".split())
_AND = re.compile(r",?\s+(?:and|et|y|und|и)\s+|,\s+")
_UNSIDED = frozenset("to in on at by with from against after under who which whose".split())
_COUNTED = frozenset("both two three four five deux trois dos tres zwei drei beide".split())
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
    if voice.kind is SpeakerKind.PERSON and _is_incompatible(draft, voice, source):
        return Likeness.OTHER
    if draft.kind is SpeakerKind.DESCRIPTION:
        return _describes(draft, voice, source)
    likeness = _compare_names(draft, voice)
    if likeness is Likeness.SAME and draft.kind is voice.kind is SpeakerKind.PERSON:
        return _compare_namesakes(draft, voice, source)
    return likeness


def _names_listed(several: Speaker) -> list[Speaker]:
    """Return the people and bodies that are named together (“Osk and Venn”); none where not all have names."""
    if several.kind is not SpeakerKind.DESCRIPTION:
        return []
    parts = [read_speaker(part) for part in _AND.split(several.written)]
    named = all(part.kind in (SpeakerKind.PERSON, SpeakerKind.BODY) for part in parts)
    return parts if len(parts) > 1 and named else []


def _is_incompatible(draft: Speaker, voice: Speaker, source: Voices) -> bool:
    """Whether a body or a description in the draft cannot be the person of the source."""
    if draft.kind not in (SpeakerKind.BODY, SpeakerKind.DESCRIPTION):
        return False
    traits = source.traits(voice)
    return _is_of_another_side(draft, traits) or _is_private(draft, traits) or _is_affiliated_elsewhere(draft, voice, source)


def _is_affiliated_elsewhere(draft: Speaker, voice: Speaker, source: Voices) -> bool:
    """Whether the draft names a state, and the source only a role in a named body: “head of the Port Fund”."""
    state = gazetteer.lookup(draft.party) if draft.kind is SpeakerKind.BODY and draft.party else None
    if state is None or state.type is not ActorType.STATE:
        return False
    roles = roles_of(voice, source)
    words = frozenset(word for role in roles for word in (*role.head, *role.sides)) | source.traits(voice)
    forms = {word for form in gazetteer.surface_forms(state.name) for word in fold_name(form).split()} | {state.country}
    return any(role.sides for role in roles) and words.isdisjoint(gazetteer.words("public_roles", None) | forms)


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


def _compare_namesakes(draft: Speaker, voice: Speaker, source: Voices) -> Likeness:
    """Compare two people of one surname: a short name may mean several of the source, unless a title tells which."""
    short, full = sorted((voice, draft), key=lambda speaker: len(speaker.name))
    bearers = source.bearers(short.name[0]) if len(short.name) == 1 else set()
    if len({name[0] for name in bearers}) < 2 or (draft.traits and fold_name(draft.written) == fold_name(voice.written)):
        return Likeness.SAME
    titles = short.traits - set(short.name)
    titled = {name for name in bearers if titles and titles <= source.traits_of(name)}
    if len({name[0] for name in titled}) != 1 or len(full.name) == 1:
        return Likeness.UNSURE
    return Likeness.SAME if any(same_person(name, full.name) for name in titled) else Likeness.OTHER


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
    first = [fold_name(word) for word in draft.written.split()[:2]]
    if not _COUNTED.isdisjoint(first) and voice.kind is SpeakerKind.PERSON:
        return Likeness.OTHER  # “two ministers” are not the one who says it
    if first[0] in _SEVERAL or any(map(_is_plural, draft.traits)):
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
