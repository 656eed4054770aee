"""Speakers who are described, not named: “the mayor”, “Vell's energy minister”, “an aide to Osk”.

A description is an office or role, word for word, and whose it is. It means a person of the source where the source gives
her that very role by a title or an apposition, and nobody else may have it: “the minister” is not “the former minister”,
nor “a critic of the minister”.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache

from llm_diplo.text import gazetteer
from llm_diplo.text.folding import fold_name
from llm_diplo.text.frames import NAME
from llm_diplo.text.names import Speaker, SpeakerKind, same_person
from llm_diplo.text.quotations import NumberedArticle
from llm_diplo.text.tables import read_table
from llm_diplo.text.voices import Mention, Voices

_WORD = re.compile(r"[^\W_]+(?:[-.’'][^\W_]+)*\.?(?:['’](?!\w))?")
_OWNER = re.compile(r"['’]s?$")
_DEFINITE = frozenset("the le la les l el los las der die das den dem his her its their our my".split())
_INDEFINITE = frozenset("a an one un une uno una ein eine один одна".split())
_WHOSE = frozenset("of for at in de du des del d von für aus в из".split())
_SMALL = _DEFINITE | _INDEFINITE | _WHOSE
_OPENING = _WHOSE | frozenset("to from with by on about against under over than after before like and or but as that".split())
_LIMITS = frozenset("who which whose that when until since from to against by with on as was is were".split())
_APPOSITION = re.compile(r",\s+(?P<phrase>[^,;.:()\n“”„\"«»]{2,110}?)(?=,\s|[.;:)\n]|$)")
_SIDE_BEHIND = re.compile(rf"\s+of\s+(?:the\s+)?(?P<side>{NAME.pattern})")
_CLAUSE_END = re.compile(r"[.!?;:\n“”„\"«»()]")
_LONGEST_CLAUSE = 90
_AND = re.compile(r"\s+(?:and|et|y|und|и)\s+")
_LONGEST_TITLE = 6  # words
_PLACE = re.compile(rf"\b(?:[Ii]n|[Aa]t|[Ff]rom|[Oo]f|[Ee]n|[Àà])\s+(?P<place>{NAME.pattern})")


@dataclass(frozen=True, slots=True)
class Role:
    """An office or role as it is written, and whose."""

    head: tuple[str, ...]
    """Folded words: “energy minister”."""
    sides: frozenset[str]
    """Folded words and codes of states: of “Vell”."""
    definite: bool = True
    start: int = -1
    """Where it is in the text that it was read from."""
    end: int = -1


def read_role(phrase: str) -> Role | None:
    """Take a description apart; nothing where it has no role, or says when or against whom it is one."""
    words = _WORD.findall(phrase)
    folded = [fold_name(_OWNER.sub("", word)) for word in words]
    definite = not (folded and folded[0] in _INDEFINITE)
    cased = any(
        word.islower() for word, form in zip(words, folded, strict=True) if form not in _DEFINITE | _INDEFINITE | _WHOSE
    )
    head: list[str] = []
    sides: set[str] = set()
    for at, (word, form) in enumerate(zip(words, folded, strict=True)):
        if form in _WHOSE and head:
            if not _LIMITS.isdisjoint(folded[at:]):
                return None
            sides.update(_side(other) for other in folded[at:] if other not in _SMALL)
            break
        if form in _LIMITS:
            return None
        if _OWNER.search(word):
            sides.update([*map(_side, head), _side(form)])
            head = []
        elif form in _DEFINITE | _INDEFINITE and not head:
            continue
        elif gazetteer.country_code(word) or (cased and word[0].isupper() and word != word.lower() and not _is_of_office(form)):
            sides.add(_side(form))
        else:
            head.append(form)
    return Role(tuple(head), frozenset(sides), definite) if head else None


def _is_of_office(form: str) -> bool:
    return gazetteer.is_title(form, None) or form in _not_held()


def _side(word: str) -> str:
    return (gazetteer.country_code(word.title()) if len(word) > 3 else None) or word


def roles_of(person: Speaker, voices: Voices) -> list[Role]:
    """Return the roles that a text gives to a person beside the name: titles and appositions."""
    mentions = (one for one in voices.people if same_person(one.speaker.name, person.name))
    return [role for mention in mentions for role in _roles_beside(mention, voices.article.text)]


def _roles_beside(mention: Mention, text: str) -> Iterator[Role]:
    words = list(_WORD.finditer(text, mention.start, mention.end))
    folded = [fold_name(word[0]) for word in words]
    name = mention.speaker.name
    at = next((at for at in range(len(words)) if tuple(folded[at : at + len(name)]) == name), None)
    if at is None:
        return
    if title := _title(text, mention.start, words[at - 1].end() if at else None):
        behind = _SIDE_BEHIND.match(text, words[at + len(name) - 1].end())
        sides = {_side(fold_name(word)) for word in behind["side"].split()} if behind else set()
        yield replace(title, sides=title.sides | sides)
    if apposition := _APPOSITION.match(text, mention.end):
        place = apposition.start("phrase")
        for part in _AND.split(apposition["phrase"]):
            start = text.find(part, place)
            place = start + len(part)
            if role := read_role(part):
                yield replace(role, start=start, end=place)


def _title(text: str, start: int, end: int | None) -> Role | None:
    """Return the role that ends right before a name, and perhaps within the capitals at its `start`, up to `end`."""
    clause = _CLAUSE_END.split(text[max(0, start - _LONGEST_CLAUSE) : start])[-1]
    inside = text[start:end] if end is not None else ""
    first = sure = len(clause)
    apart = clause.rstrip().endswith(",")
    words = list(_WORD.finditer(clause))
    while words:
        word = words.pop()
        form = fold_name(_OWNER.sub("", word[0]))
        if form in _OPENING or form in gazetteer.words("speech_verbs", None) or "," in clause[word.end() : first].rstrip(", "):
            words.append(word)
            break
        first = word.start()
        if form in _DEFINITE | _INDEFINITE or _OWNER.search(word[0]):
            sure = first
            break
        belongs = _is_of_office(form) or gazetteer.country_code(word[0])
        if belongs and sure == word.end() + 1:
            sure = first
    if apart and words and fold_name(words[-1][0]) in _WHOSE:
        return None  # “wife of the mayor, Ines Osk”: either may be she
    before = clause[sure if inside else first :].strip(" ,")
    if len(before.split()) > _LONGEST_TITLE or not (inside or gazetteer.is_title(before.rpartition(" ")[2], None)):
        before = ""
    role = read_role(f"{before} {inside}")
    return replace(role, start=start - len(clause) + clause.rfind(before), end=end or start) if role else None


@cache
def _not_held() -> frozenset[str]:
    """Words before an office that say that somebody else has it, or nobody yet: “former”, “shadow”."""
    return frozenset(read_table("names")["not_held"].split())


def has_role(role: Role, other: Role) -> bool:
    """Whether a description with a role may mean somebody with the other: the same words, and no side that is not its."""
    head, sides = other.head, other.sides
    extra = head[: len(head) - len(role.head)]
    if extra and frozenset(map(_side, extra)) <= role.sides:  # “Karsholm Mayor Osk”: Karsholm's mayor
        head, sides = head[len(extra) :], sides | frozenset(map(_side, extra))
    return role.head == head and role.sides <= sides


def is_sole_holder(role: Role, person: Speaker, voices: Voices) -> bool:
    """Whether nobody else in a text may be meant by a role that a person of it has."""
    others = (one for one in voices.people if not same_person(one.speaker.name, person.name))
    text = voices.article.text
    if any(has_role(role, other) for one in others for other in _roles_beside(one, text)):
        return False
    if role.sides:
        return True
    own = [(one.start, one.end) for one in roles_of(person, voices)]
    words = r"[\s-]+".join(map(re.escape, role.head))
    for match in re.finditer(rf"\b{words}(?P<plural>s|es|en|in|innen)?\b", text, re.IGNORECASE):
        if fold_name((_WORD.findall(text[max(0, match.start() - 30) : match.start()]) or [""])[-1]) in _not_held():
            continue  # another office: “the deputy prime minister”
        attached = any(start <= match.start() < end for start, end in own)
        if match["plural"] or not (attached or _points_back(text, match)):
            return False
    return True


def _points_back(text: str, match: re.Match[str]) -> bool:
    """Whether a role stands alone with an article: “the mayor”, but not “the mayor of Vell” or “the mayor Osk”."""
    before = _WORD.findall(text[max(0, match.start() - 30) : match.start()])
    behind = _WORD.match(text, match.end() + 1) if text[match.end() : match.end() + 1] == " " else None
    if not before or fold_name(before[-1]) not in _DEFINITE or text[match.end() : match.end() + 1] in {"'", "’", "-"}:
        return False
    named = re.match(rf",?\s+{NAME.pattern}", text[match.end() :])
    return named is None and not (behind and fold_name(behind[0]) in _WHOSE)


def may_be_elsewhere(described: Speaker, person: Speaker, draft: NumberedArticle, start: int, source: Voices) -> bool:
    """Whether a draft may mean another holder of a role than a person: it names one, or a place that is not the person's."""
    role = read_role(described.written) if described.kind is SpeakerKind.DESCRIPTION else None
    if role is None or role.sides or person.kind is not SpeakerKind.PERSON:
        return False
    others = (one for one in draft.voices.people if not same_person(one.speaker.name, person.name))
    text = draft.article.text
    if any(role.head == other.head for one in others for other in _roles_beside(one, text)):
        return True
    unit = draft.article.unit_at(start)
    if unit is None:
        return True
    units = draft.article.units
    first = next(one for one in units if one.paragraph == unit.paragraph).start
    own = frozenset(side for held in roles_of(person, source) for side in held.sides) | frozenset(person.name)
    place = any(
        own.isdisjoint(map(_side, map(fold_name, match["place"].split())))
        for match in _PLACE.finditer(text, unit.start, unit.end)
        if not draft.is_quoted(match.start())
    )
    known = source.article.text.casefold()
    names = (match[0].split() for match in NAME.finditer(text, first, start) if not draft.is_quoted(match.start()))
    return place or any(word.casefold().strip(".,'’") not in known for name in names for word in name)


def is_described(draft: Speaker, voice: Speaker, source: Voices) -> bool:
    """Whether a description in a draft means the speaker of the source, whom it names or describes too."""
    role = read_role(draft.written)
    if role is None or fold_name(draft.written.split()[0]) == "another":
        return False
    if voice.kind is SpeakerKind.DESCRIPTION:
        other = read_role(voice.written)
        if other is None or not has_role(role, other):
            return False
        return not role.definite or (other.definite and role.sides == other.sides)
    if voice.kind is not SpeakerKind.PERSON:
        return False
    held = [other for other in roles_of(voice, source) if has_role(role, other)]
    if not any(other.definite or not role.definite for other in held):
        return False
    return not role.definite or is_sole_holder(role, voice, source)
