"""Names of people, states and bodies, taken apart and compared: who is who.

`read_name` takes a name apart, `same` compares two, `read_speaker` tells a name from a description;
`llm_diplo.text.mentions` finds names in a text. All compare words with `llm_diplo.text.inflection`, so that they agree
on which names are the same.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from functools import cache, lru_cache

from llm_diplo.text import gazetteer
from llm_diplo.text.folding import fold, fold_name
from llm_diplo.text.inflection import Kind, are_forms, find_words
from llm_diplo.text.languages import EAST_ASIAN, HANGUL, UNSPACED
from llm_diplo.text.tables import read_table

LONGEST_ACRONYM = 5

_JOINED = re.compile(f"[{UNSPACED}{HANGUL}]")
_BETWEEN_NAMES = re.compile(r"[\s・·‧]+")
_APPOSITION = re.compile(r", .*", re.DOTALL)
_PART = re.compile(r"[^\W_・]+")
_SPOKEN_WORD = re.compile(r"[^\W_]+(?:[-'’.][^\W_]+)*\.?(?:['’](?!\w))?")
_POSSESSIVE = re.compile(r"['’]s?$")
_INDEFINITE = frozenset("a an one another some several two many un une une ein eine einer uno una unos один одна".split())
_DEFINITE = frozenset("the le la les l el los las der die das den dem".split())
_CUTS = frozenset("of for to from in at with on by from de du des del von für aus в из".split())
_AND = frozenset("and et y e und и & with".split())


@dataclass(frozen=True, slots=True)
class Name:
    """A name taken apart. Words are folded, elided articles and possessive endings split off, in the order written."""

    written: str
    words: tuple[str, ...]
    """All words but a leading article; a description in small letters (“the minister”) keeps its own."""
    core: tuple[str, ...]
    """The words without titles and offices before them and what follows a comma, and without a generational suffix."""
    generation: str | None = None
    """“jr”, “ii” …"""

    @property
    def surname(self) -> str:
        """The last word: a person's surname without its particles (“al-Assad”: “assad”)."""
        return self.core[-1] if self.core else ""

    @property
    def given(self) -> tuple[str, ...]:
        """The words before the surname, particles left out."""
        return _given(self.core)

    @property
    def has_title(self) -> bool:
        """Whether titles or an office come before the name."""
        return len(self.core) < len(self.words) - bool(self.generation)


@lru_cache(maxsize=1 << 14)
def read_name(written: str, language: str | None = None) -> Name:
    """Take a name apart; a text without letters gives a name without words."""
    folded = fold(written)
    joined = bool(_JOINED.search(folded))
    words = _words_of(folded, language, joined)
    while len(words) > 1 and words[0] in articles() and not written.islower():
        words.pop(0)
    bare = words[: len(_words_of(_APPOSITION.sub("", folded), language, joined)) or None]
    last = next((word for word in words[1 : len(bare) + 1] if word in _words("generations")), None)
    bare = [word for word in bare if word != last]
    core = _without_joined_titles(bare) if joined else bare[_titles_before(bare, language) :]
    return Name(written, tuple(words), tuple(core), last)


def _words_of(folded: str, language: str | None, joined: bool) -> list[str]:
    return _PART.findall(folded) if joined else [core for _, core, _ in find_words(folded, language)]


def _titles_before(words: list[str], language: str | None) -> int:
    """How many words of titles and offices, with the states and bodies they belong to, come before a name.

    A name of a body keeps all its words (“Foreign Ministry”), and so does an office by itself (“minister of trade”).
    """
    titles = [n for n, word in enumerate(words[:-1], start=1) if gazetteer.is_title(word, language) or gazetteer.is_title(word)]
    if not titles or (all(words[n - 1] in _words("modifiers") for n in titles) and not _is_rank(words, titles)):
        return 0
    end = titles[-1]
    while end < len(words) - 1 and (words[end] in _words("linking") or gazetteer.country_code(words[end].title())):
        end += 1
    after_link = words[end - 1] in _words("linking")
    return 0 if after_link or is_body(words[end:]) else end


def _is_rank(words: list[str], titles: list[int]) -> bool:
    """Whether modifiers by themselves are a title: “Attorney General Venn”, “General Orla Venn”, but not “General Motors”."""
    return words[titles[-1] - 1] in _words("ranks") and (len(titles) > 1 or len(words) - titles[-1] > 1)


def _without_joined_titles(words: list[str]) -> list[str]:
    """Leave out a title that is attached to the name (“王毅外长”) or follows it (“김 대통령”)."""
    if len(words) > 1 and gazetteer.is_title(words[-1], None):
        return words[:-1]
    last = words[-1] if words else ""
    titles = (last[place:] for place in range(2, len(last)))
    title = next((title for title in titles if gazetteer.is_title(title, None)), "")
    return [*words[:-1], last.removesuffix(title)] if title else words


def is_body(words: list[str] | tuple[str, ...]) -> bool:
    """Whether the words name an institution by its head noun (“ministry”, “council”)."""
    return not gazetteer.words("bodies", None).isdisjoint(words)


def same(one: str, other: str, language: str | None = None) -> bool:
    """Return True if two names, taken by themselves, surely mean the same party.

    They do if their words agree apart from titles and endings, if the gazetteer has one entry for both, if one is the
    other's acronym, or if a person's surname agrees and no given name, middle initial or generation contradicts.
    A lone surname agrees with everyone who bears it; only a list of actors can show whether it is ambiguous.
    """
    a, b = read_name(one, language), read_name(other, language)
    if not a.core or not b.core or (a.generation and b.generation and a.generation != b.generation):
        return False
    if _agree(a.words, b.words, Kind.GROUP if is_body(a.core) else Kind.PERSON, language):
        return True
    known = _party(one), _party(other)
    if any(known):
        return known[0] == known[1]
    if acronym_of(one) == normal_name(other) or acronym_of(other) == normal_name(one):
        return True
    return not is_body(a.core) and not is_body(b.core) and same_person(a.core, b.core, language)


def _agree(one: tuple[str, ...], other: tuple[str, ...], kind: Kind, language: str | None) -> bool:
    return len(one) == len(other) and all(are_forms(a, b, kind, language) for a, b in zip(one, other, strict=True))


def same_person(one: tuple[str, ...], other: tuple[str, ...], language: str | None = None) -> bool:
    """Return True if two people's names, without titles, agree, names that only one of them has left aside."""
    if not one or not other or not same_surname(one[-1], other[-1], language):
        return False
    return all(_may_be_one(a, b, language) for a, b in zip(_given(one), _given(other), strict=False))


def same_surname(one: str, other: str, language: str | None = None) -> bool:
    """Return True if two folded surnames are forms of one; an East Asian one may be the end of a whole name."""
    joined = bool(EAST_ASIAN.search(one)) and (one.endswith(other) or other.endswith(one))
    return joined or are_forms(one, other, Kind.PERSON, language)


def _given(core: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(word for word in core[:-1] if word not in particles())


def _may_be_one(one: str, other: str, language: str | None) -> bool:
    """Whether two given names agree, one of them perhaps an initial."""
    initial = min(len(one), len(other)) == 1 and one[0] == other[0]
    return initial or are_forms(one, other, Kind.PERSON, language)


def _party(name: str) -> str | None:
    entry = gazetteer.lookup(name)
    return entry.name if entry else None


@lru_cache(maxsize=1 << 14)
def normal_name(name: str) -> str:
    """Return a name's words, folded; a leading article, honorifics and a possessive ending left out."""
    words = list(read_name(name).words)
    while len(words) > 1 and words[0] in gazetteer.honorifics("en"):
        words.pop(0)
    return " ".join(words)


def is_acronym(name: str) -> bool:
    """Whether a name is so short that only its capitals tell it from a word (US, WHO, U.N.)."""
    letters = name.replace(".", "")
    return letters.isalpha() and letters.isupper() and 2 <= len(letters) <= LONGEST_ACRONYM


def acronym_of(name: str) -> str:
    """Return the initials of a name's capitalized words, folded; empty for fewer than two."""
    initials = "".join(word[0] for word in re.findall(r"[^\W\d_]+", name) if word[0].isupper())
    return fold_name(initials) if len(initials) > 1 else ""


def surname_of(name: str) -> str:
    """Return the surname of a person's name of two or more words as it is written, particles left out; else nothing."""
    words = [
        word for word in _BETWEEN_NAMES.split(_APPOSITION.sub("", name).strip()) if fold_name(word) not in _words("generations")
    ]
    if len(words) < 2:
        return ""
    before, hyphen, rest = words[-1].partition("-")
    return rest if hyphen and fold_name(before) in particles() else words[-1]


def without_titles(written: str, language: str | None = None) -> str:
    """Return a person's name as it is written, without the titles and offices before it."""
    words, core = written.split(), read_name(written, language).core
    rests = (" ".join(words[place:]) for place in range(len(words)))
    names = (read_name(rest, language) for rest in rests)
    return next((name.written for name in names if name.core == core and not name.has_title), written)


def particles() -> frozenset[str]:
    """Words that may stand inside a person's name or be left out of it (“al”, “de”, “van”)."""
    return _words("particles")


def articles() -> frozenset[str]:
    """Articles that may open a name (“the”, “la”)."""
    return _words("articles")


@cache
def _inner_words() -> frozenset[str]:
    """The particles, with those that are given names or articles, too."""
    return particles() | frozenset({"ben", "des", "la"})


@cache
def _words(kind: str) -> frozenset[str]:
    return frozenset(read_table("names")[kind].split())


# Speakers: whom a text calls by name, and whom it only describes


class SpeakerKind(StrEnum):
    """How a text refers to a speaker."""

    PERSON = "person"
    BODY = "body"
    """A state, institution or organization."""
    DESCRIPTION = "description"
    """“A diplomat”, “the minister”, “Osk's aide”: no name of the speaker's own."""
    PRONOUN = "pronoun"


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
    words = _SPOKEN_WORD.findall(written)
    folded = [fold_name(word) for word in words]
    if not any(folded) or set(folded) <= gazetteer.words("pronouns_third", None) | gazetteer.words("pronouns_first", None):
        return Speaker(written, SpeakerKind.PRONOUN)
    if entry := _entry(written):
        return Speaker(written, SpeakerKind.BODY, tuple(fold_name(entry.name).split()), entry.name)
    if EAST_ASIAN.search(written):
        return _read_east_asian(written.strip())
    traits = frozenset(filter(None, folded)) - _DEFINITE - _CUTS - _INDEFINITE
    if folded[0] in _INDEFINITE and not words[0][0].isupper():
        return Speaker(written, SpeakerKind.DESCRIPTION, traits=traits)
    if _AND & set(folded[1:]) and not is_body(folded):
        return Speaker(written, SpeakerKind.DESCRIPTION, traits=traits)
    return _read_western(written, words, folded, traits)


def _read_western(written: str, words: list[str], folded: list[str], traits: frozenset[str]) -> Speaker:
    if folded[0] in _INDEFINITE:
        return Speaker(written, SpeakerKind.DESCRIPTION, traits=traits)
    if own := _behind_owner(words, folded):
        return _read_western(written, words[own:], folded[own:], traits)
    cut = next((at for at, word in enumerate(words) if at and word in _CUTS - _inner_words()), len(words))
    name: list[str] = []
    for at, (word, form) in enumerate(zip(words[:cut], folded, strict=False), start=1):
        if _POSSESSIVE.search(word) or (word.islower() and form not in _inner_words() and not _is_caseless(word)):
            name = []
        elif at < cut and words[at][0].isupper() and gazetteer.is_office(word):
            name = []  # “Energy Minister Brandt”
        elif form and not (form in _DEFINITE or gazetteer.is_title(word, None)) and (name or form not in _inner_words()):
            name = name if not name and _is_adjective(word) else [*name, form]
    while name and name[-1] in _inner_words():
        name.pop()
    if is_body(folded) and (name or words[-1][0].isupper()):
        whole = [form for form in folded if form not in _DEFINITE | _CUTS]
        return Speaker(written, SpeakerKind.BODY, tuple(whole), traits=traits)
    if not name or (words[cut - 1].islower() and not _is_caseless(words[cut - 1])):
        return Speaker(written, SpeakerKind.DESCRIPTION, traits=traits)
    return Speaker(written, SpeakerKind.PERSON, tuple(" ".join(name).split()), traits=traits - set(name))


def _behind_owner(words: list[str], folded: list[str]) -> int:
    """Return where a person's name begins after an owner or a rank: “the Harbour Party's Ines Osk”, “Navy Capt. Osk”."""
    for at in range(len(words) - 1, 0, -1):
        before = words[at - 1]
        owned = _POSSESSIVE.search(before) or folded[at - 1] in gazetteer.honorifics("en") or before.endswith(".")
        if len(before) > 2 and owned and words[at][0].isupper() and not is_body(folded[at:]) and is_body(folded[:at]):
            return at
    return 0


def _read_east_asian(written: str) -> Speaker:
    """In Chinese and Japanese the name follows the office, without a space."""
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


def _is_caseless(word: str) -> bool:
    return word.lower() == word.upper()
