"""Speakers as texts write them, taken apart and compared: a person's name, a body, or a mere description."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

from llm_diplo.text import gazetteer
from llm_diplo.text.folding import fold_name
from llm_diplo.text.languages import EAST_ASIAN
from llm_diplo.text.names import acronym_of

_WORD = re.compile(r"[^\W_]+(?:[-'’.][^\W_]+)*\.?(?:['’](?!\w))?")
_POSSESSIVE = re.compile(r"['’]s?$")
_INFLECTED = re.compile(r"[\u0370-\u052f]")  # Greek and Cyrillic: surnames have case endings
_ARABIC = re.compile(r"[\u0600-\u06ff]")
_SHORTEST_STEM = 4
_LONGEST_ENDING = 3
_INDEFINITE = frozenset("a an one another some several two many un une une ein eine einer uno una unos один одна".split())
_ARTICLES = frozenset("the le la les l el los las der die das den dem".split())
_CUTS = frozenset("of for to from in at with on by from de du des del von für aus в из".split())
_AND = frozenset("and et y e und и & with".split())
_PARTICLES = frozenset("de del da al bin ben van von der den du des la el".split())


class SpeakerKind(StrEnum):
    """What a text calls a speaker by."""

    PERSON = "person"
    BODY = "body"
    """A state, institution or organization."""
    DESCRIPTION = "description"
    """“A diplomat”, “the minister”, “Osk's aide”: no name of the speaker's own."""
    PRONOUN = "pronoun"


class Likeness(StrEnum):
    """Whether two speakers are one."""

    SAME = "same"
    OTHER = "other"
    UNSURE = "unsure"


@dataclass(frozen=True, slots=True)
class Speaker:
    """A speaker as a text writes it, taken apart."""

    written: str
    kind: SpeakerKind
    name: tuple[str, ...] = ()
    """Folded words of the name of a person or body, in order, titles left out."""
    party: str | None = None
    """Name of the state or body in the gazetteer that the whole stands for."""
    traits: frozenset[str] = frozenset()
    """Folded words that describe: office, side, whose."""


@lru_cache(maxsize=1 << 12)
def read_speaker(written: str) -> Speaker:
    """Take a speaker apart; capitals, or a script without them, tell names from descriptions."""
    words = _WORD.findall(written)
    folded = [fold_name(word) for word in words]
    if not any(folded) or set(folded) <= gazetteer.words("pronouns_third", None) | gazetteer.words("pronouns_first", None):
        return Speaker(written, SpeakerKind.PRONOUN)
    if entry := _entry(written):
        return Speaker(written, SpeakerKind.BODY, tuple(fold_name(entry.name).split()), entry.name)
    if EAST_ASIAN.search(written):
        return _read_east_asian(written.strip())
    traits = frozenset(filter(None, folded)) - _ARTICLES - _CUTS - _INDEFINITE
    if folded[0] in _INDEFINITE and not words[0][0].isupper():
        return Speaker(written, SpeakerKind.DESCRIPTION, traits=traits)
    if _AND & set(folded[1:]) and not _is_body(folded):
        return Speaker(written, SpeakerKind.DESCRIPTION, traits=traits)
    return _read_name(written, words, folded, traits)


def _read_name(written: str, words: list[str], folded: list[str], traits: frozenset[str]) -> Speaker:
    if folded[0] in _INDEFINITE:
        return Speaker(written, SpeakerKind.DESCRIPTION, traits=traits)
    if own := _behind_owner(words, folded):
        return _read_name(written, words[own:], folded[own:], traits)
    cut = next((at for at, word in enumerate(words) if at and word in _CUTS - _PARTICLES), len(words))
    name: list[str] = []
    for word, form in zip(words[:cut], folded, strict=False):
        if _POSSESSIVE.search(word) or (word.islower() and form not in _PARTICLES and not _is_caseless(word)):
            name = []
        elif form and not (form in _ARTICLES or gazetteer.is_title(word, None)) and (name or form not in _PARTICLES):
            name = name if not name and _is_adjective(word) else [*name, form]
    while name and name[-1] in _PARTICLES:
        name.pop()
    if _is_body(folded) and (name or words[-1][0].isupper()):
        whole = [form for form in folded if form not in _ARTICLES | _CUTS]
        return Speaker(written, SpeakerKind.BODY, tuple(whole), traits=traits)
    if not name or (words[cut - 1].islower() and not _is_caseless(words[cut - 1])):
        return Speaker(written, SpeakerKind.DESCRIPTION, traits=traits)
    return Speaker(written, SpeakerKind.PERSON, tuple(" ".join(name).split()), traits=traits - set(name))


def _behind_owner(words: list[str], folded: list[str]) -> int:
    """Return where a person's name begins behind an owner or a rank: “the Harbour Party's Ines Osk”, “Navy Capt. Osk”."""
    for at in range(len(words) - 1, 0, -1):
        before = words[at - 1]
        owned = _POSSESSIVE.search(before) or folded[at - 1] in gazetteer.honorifics("en") or before.endswith(".")
        if len(before) > 2 and owned and words[at][0].isupper() and not _is_body(folded[at:]) and _is_body(folded[:at]):
            return at
    return 0


def _read_east_asian(written: str) -> Speaker:
    """In Chinese and Japanese the name stands behind the office, without a blank."""
    office = max((title for title in gazetteer.words("offices_east", None) if title in written), key=written.rfind, default="")
    name = written[written.rfind(office) + len(office) :] if office else written
    if not name:
        return Speaker(written, SpeakerKind.DESCRIPTION, traits=frozenset({written}))
    return Speaker(written, SpeakerKind.PERSON, (fold_name(name),), traits=frozenset({written}))


def _entry(written: str) -> gazetteer.Entry | None:
    return (
        gazetteer.lookup(written)
        or gazetteer.lookup_metonym(written)
        or (gazetteer.lookup_demonym(written) if not written.islower() else None)
    )


def _is_adjective(word: str) -> bool:
    return gazetteer.lookup_demonym(word) is not None or gazetteer.lookup(word) is not None


def _is_body(folded: list[str]) -> bool:
    return not gazetteer.words("bodies", None).isdisjoint(folded)


def _is_caseless(word: str) -> bool:
    return word.lower() == word.upper()


def compare_speakers(one: Speaker, other: Speaker) -> Likeness:
    """Say whether two named speakers are one, by their names alone.

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
    shorter, longer = sorted((one, other), key=len)
    if len(shorter) == 1:
        same = is_form_of(shorter[0], longer[-1]) or shorter[0] in longer
        return Likeness.SAME if same else Likeness.OTHER
    if is_form_of(one[-1], other[-1]):
        initials = len(one[0]) == 1 or len(other[0]) == 1
        same = one[0] == other[0] or is_form_of(one[0], other[0]) or (initials and one[0][0] == other[0][0])
        return Likeness.SAME if same or set(shorter) <= set(longer) else Likeness.OTHER
    return Likeness.SAME if set(shorter) <= set(longer) else Likeness.OTHER


def _compare_bodies(one: Speaker, other: Speaker) -> Likeness:
    if one.party and other.party:
        if one.party == other.party:
            return Likeness.SAME
        countries = {gazetteer.country_code(one.party), gazetteer.country_code(other.party)}
        return Likeness.UNSURE if len(countries) == 1 and None not in countries else Likeness.OTHER
    mine, theirs = set(one.name), set(other.name)
    if mine <= theirs or theirs <= mine:
        return Likeness.SAME
    acronyms = {acronym_of(one.written), acronym_of(other.written)} - {""}
    return Likeness.SAME if acronyms & {" ".join(one.name), " ".join(other.name)} else Likeness.OTHER


def is_form_of(one: str, other: str) -> bool:
    """Say whether two folded surnames are one, in Greek and Cyrillic whatever the case ending."""
    if one == other:
        return True
    if EAST_ASIAN.search(one):
        return one.endswith(other) or other.endswith(one)
    if not _INFLECTED.match(one):
        return bool(_ARABIC.match(one)) and one.removeprefix("ال") == other.removeprefix("ال")
    stem = min(_stem(one), _stem(other), key=len)
    return one.startswith(stem) and other.startswith(stem) and abs(len(one) - len(other)) <= _LONGEST_ENDING


def _stem(surname: str) -> str:
    return surname[: max(_SHORTEST_STEM, len(surname) - 2)]
