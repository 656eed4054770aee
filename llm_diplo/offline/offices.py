"""Offices of persons, as they stand beside a name: “Foreign Minister Ines Calloway”, “Edvard Osk, the chairman”."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache

from llm_diplo.brief.extraction import ExtractedActor
from llm_diplo.brief.parties import Parties
from llm_diplo.codes import ActorType
from llm_diplo.text import gazetteer
from llm_diplo.text.folding import fold_name
from llm_diplo.text.tables import read_table

BEFORE = 90  # characters before a name in which its office stands
AFTER = 120

_WORDS_BEFORE = re.compile(r"(?:[\w’'-]+ )+\Z")
_NAMES = r"(?: (?:of|for|to) (?:the )?[A-Z][\w.’'-]*(?: (?:(?:of|the|for) )*[A-Z][\w.’'-]*){0,5})?"


def add_offices(text: str, parties: Parties, mentions: Iterable[tuple[int, int, int]]) -> None:
    """Give each person the first office that the text sets beside the name; linear in the mentions."""
    found: dict[int, tuple[str, str]] = {}
    for start, end, index in mentions:
        if index not in found and _may_be_person(parties.actors[index]) and (beside := find_office(text, start, end)):
            found[index] = beside
    for index, (office, country) in found.items():
        known = {"type": ActorType.PERSON, "office": office, "country": country}
        parties.replace(index, parties.actors[index].model_copy(update=known))


def _may_be_person(actor: ExtractedActor) -> bool:
    """Whether a name is a person's, or may be: two or three words, of which none names a body or a place."""
    words = actor.name.split()
    nouns = gazetteer.words("bodies", "en") | frozenset(read_table("collectives")["places"].split())
    unclear = actor.type is ActorType.OTHER and 2 <= len(words) <= 3 and actor.name.replace(" ", "").isalpha()
    return actor.type is ActorType.PERSON or (unclear and not nouns & {fold_name(word) for word in words})


def find_office(text: str, start: int, end: int) -> tuple[str, str] | None:
    """Return the office beside the name at [start, end), and the code of the country before it or ""."""
    name = text[start:end].split()
    titles = [place for place, word in enumerate(name[:-1], start=1) if gazetteer.is_title(word)]
    own = name[: titles[-1]] if titles else []
    before = text[max(0, start - BEFORE) : start].rpartition("\n\n")[2]
    words = _title_words("".join(f"{word} " for word in (*before.split(), *own)))
    if words and fold_name(words[-1]) in gazetteer.offices("en"):
        country = _country(words[0]) if len(words) > 1 else None
        return " ".join(words[1:] if country else words), country or ""
    after = " ".join(text[end : end + AFTER].partition("\n\n")[0].split())
    beside = _after().match(after) or _owned().search(before)
    return (beside["office"].rstrip("."), "") if beside else None


def _country(word: str) -> str | None:
    return gazetteer.country_code(re.sub("['’]s?$", "", word))


def _title_words(before: str) -> list[str]:
    """The words of a title that ends right before a name, without articles and honorifics."""
    run = _WORDS_BEFORE.search(before)
    words = run[0].split() if run else []
    first = len(words)
    while first and _belongs(words[first - 1], words[first:]):
        first -= 1
    kept = words[first:]
    while kept and (kept[0] in {"of", "for", "the", "and"} or fold_name(kept[0]) in gazetteer.honorifics("en")):
        kept = kept[1:]
    return kept if any(fold_name(word) not in _modifiers() for word in kept) else []


def _belongs(word: str, behind: list[str]) -> bool:
    """Whether a word is part of the title that `behind` are the last words of."""
    if not behind or gazetteer.is_title(word):
        return gazetteer.is_title(word)
    return word in {"of", "for"} or (word[:1].isupper() and fold_name(word) not in gazetteer.words("not_subjects", "en"))


@cache
def _after() -> re.Pattern[str]:
    whose = r"(?:the|an?|its|his|her|their|(?:the )?[\w-]+['’]s?)"
    office = rf"(?P<office>(?:[\w-]+ ){{0,3}}?{_heads()}{_NAMES})\.?(?=[,.;]|$| (?:who|and|said|says|told) )"
    return re.compile(rf", (?:who (?:is|was) )?(?:then |now )?(?:{whose} )?{office}")


@cache
def _owned() -> re.Pattern[str]:
    """“Its director, Lena Marsh”"""
    return re.compile(rf"\b(?:[Ii]ts|[Hh]is|[Hh]er|[Tt]heir|[\w-]+['’]s?) (?P<office>(?:[a-z-]+ ){{0,2}}?{_heads()}),? \Z")


@cache
def _heads() -> str:
    return f"(?:{'|'.join(sorted(gazetteer.offices('en') - _modifiers()))})"


@cache
def _modifiers() -> frozenset[str]:
    return frozenset(map(fold_name, read_table("names")["modifiers"].split())) - {"general", "attorney", "premier", "chief"}
