"""Who says it: the frame around a quotation, by word order and cue words alone.

Rules, the surest first: a label (Kerry: “…”), a frame after a quotation that ends in a comma (“…,” Kerry said; “…,” said
Kerry), a frame before it (Kerry said: “…”), “according to” on either side, a signature (“…” — Kerry). The candidate is the
nearest name, description or pronoun that can be the verb's subject; a participle (“…, saying “…”) takes the subject of its
sentence, except in “quoted Kerry as saying”.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from llm_diplo.schema import Span
from llm_diplo.text import gazetteer
from llm_diplo.text.folding import fold_name
from llm_diplo.text.languages import EAST_ASIAN, UPPER
from llm_diplo.text.marks import CLOSERS, QUOTE_MARKS
from llm_diplo.text.number_words import months, weekdays
from llm_diplo.text.units import NOT_AFTER_TITLE, TITLES

LONGEST_AFTER = 200

LINKS = frozenset("of de del da al bin ben van von der den the for to and du des la el".split())
"""Small words inside names."""
_TITLE_BEFORE = "|".join(rf"(?<=\b{title}\.)" for title in TITLES)
_GAP = rf"(?:(?<!\.)|(?<=\b[{UPPER}]\.)|{_TITLE_BEFORE})(?:[^\S\n]+|\n(?!\s*\n))"
_NAME = rf"[{UPPER}][\w’'.-]*(?:(?:{_GAP}(?:{'|'.join(sorted(LINKS))})){{0,2}}{_GAP}[{UPPER}][\w’'.-]*)*"
_ACCENTED = {"a": "[aàáâä]", "e": "[eèéêë]", "i": "[iíîï]", "o": "[oóôö]", "u": "[uúûü]"}
_CANDIDATE = re.compile(
    rf"(?P<pronoun>(?<!\w)(?i:he|she|they|it|we|i|il|elle|ils|elles|él|ella|ellos|er|sie|wir|он|она|они|мы|я)(?!\w))"
    rf"|(?P<name>(?!(?:The|Le|La|Les|Der|Die|Das|El|Los)\s+[a-zà-ÿ]|(?:An?|One|Some|Several|Many|Two|Only|Both)\s){_NAME})"
    r"|(?P<description>(?<!\w)(?i:(?:only\s+)?(?:the|an?|one|several|some|many|two|three|both)|only|le|la|les|un|une|el|los|der|die|das|ein|eine)\s+(?P<inner>[^\W\d_][\w’'-]*(?:\s+[^\W\d_][\w’'-]*){0,3}))"
)
_UNCAPITALIZED = re.compile(r"(?:\s+[a-z][\w-]*){1,3}")
_TITLED = re.compile(rf"\s+(?P<office>[a-z][\w-]*(?:\s+[a-z][\w-]*){{0,2}})\s+{_NAME}")
NAME = re.compile(_NAME)
"""A run of capitalized words with the links between them."""
_WORD = re.compile(r"[\w’'-]+")
_OWNED = re.compile(r"\s+[^\W\d_][\w-]*(?:\s+[^\W\d_][\w-]*)?")
_OWNING = re.compile(r"\b(?:for|of|to|from|by|de|du|des|del|von|des|der|für)\s+(?:the\s+|la\s+|le\s+|el\s+)?$")
_LABEL = re.compile(rf"(?:\A|[.!?…。！？\n{CLOSERS}])\s*(?P<name>{_NAME})\s?(?P<colon>[:：])\s*\Z")
_SIGNATURE = re.compile(rf"\s*(?P<dash>[—–―]|--)\s*(?P<name>{_NAME})(?=\s*(?:[,.(\n]|\Z))")
_GOVERNED = re.compile(
    r"\b(?:on|in|at|with|from|of|by|for|to|during|after|before|despite|like|unlike|against|over|under|about|into|than)\s+$",
    re.IGNORECASE,
)
_PARTICIPLE = re.compile(
    r"(?:\A|[.!?,]\s+|\b(?:by|after|while|when|before|without)\s+)(?!morning|evening)\w{2,}ing\s+\Z", re.IGNORECASE
)
"""“Quoting Osk, Venn said”: Osk is no subject."""
_APPOSITION = re.compile(
    r"\s?[,(]\s+(?:(?:who|which|whose|the|an?|his|her|its|their|another|one|now|then|[^\W\d_]*[a-z])\b|[^\W\d_]+ (?:of|for)\b)"
)
_POSSESSIVE = re.compile(r"['’]s?\b")
_CLAUSE_START = re.compile(r"(?:[,;]|\b(?:and|but|while|as|et|y|und|и))\s+$")
_QUOTED = re.compile(r"(?:quot|cit|describ)\w+\s+(?P<words>[^.;:]+?)\s+as\s*$")
_WITH = re.compile(r"\b(?:with|avec|con|mit)\s+$", re.IGNORECASE)
_NAMED_BEHIND = re.compile(rf"(?:\s[a-z]+){{0,3}},\s(?P<name>{_NAME})(?=[,.]|\Z)")
"""The name that ends a description: “the ambassador at the time, Edvard Osk.”"""
_SENTENCE_STOP = re.compile(rf"(?<![A-Z])[.!?。！？]{NOT_AFTER_TITLE}(?=\s|$|[{CLOSERS}])|\n\s*\n")


@dataclass(frozen=True, slots=True)
class Frame:
    """The reporting words around a quotation."""

    cue: Span
    speaker: Span | None


def has_speech_verb(text: str, language: str | None = None) -> bool:
    """Return True if a text holds a verb of saying or an “according to”."""
    return next(_cues(text, 0, len(text), language), None) is not None


def find_frame(text: str, sentence: tuple[int, int], spans: list[tuple[int, int]], language: str | None = None) -> Frame | None:
    """Return the frame of a quotation that is at `spans`, looking no further than `sentence`; None without one.

    Offsets are code points into `text`. Cost: linear in the sentence.
    """
    first, after = spans[0], spans[0][1]
    before = sentence[0], first[0]
    until = min(spans[1][0] if len(spans) > 1 else sentence[1], after + LONGEST_AFTER)
    stop = _SENTENCE_STOP.search(text, after, until)
    behind = after, stop.start() if stop else until
    attached = _is_attached(text, first, after)
    introduced = text[max(0, first[0] - 9) : first[0]].rstrip()[-1:] in {",", ":"} if first[0] - sentence[0] > 3 else False
    attached = attached and not introduced and (not _is_integrated(text, *before) or _follows_directly(text, *behind, language))
    sides = [(_after, behind), (_before, before)] if attached else [(_before, before), (_after, behind)]
    said = text[slice(*before)]
    if said.rstrip().endswith((":", "：")) and (label := _LABEL.search(said)):
        return Frame(_span(label, "colon", before[0]), _span(label, "name", before[0]))
    for side, (start, end) in sides:
        if start < end and (frame := side(text, start, end, language)):
            return frame
    signature = _SIGNATURE.match(text, after) if len(spans) == 1 else None
    return Frame(_span(signature, "dash"), _span(signature, "name")) if signature else None


def _span(match: re.Match[str], group: str, offset: int = 0) -> Span:
    return Span(start=offset + match.start(group), end=offset + match.end(group))


def _is_attached(text: str, span: tuple[int, int], after: int) -> bool:
    """Whether a quotation's last characters show that its frame follows: “…,” or “…?” or “…”, he said."""
    inside = text[span[0] : span[1]].rstrip(QUOTE_MARKS + " ")
    return inside[-1:] in {",", "?", "!", "—", "-"} or text[after : after + 1] == ","


def _is_integrated(text: str, start: int, end: int) -> bool:
    """Whether the reporter's own sentence continues after a quotation: Kerry called it “a mess,” …"""
    return text[start:end].rstrip(QUOTE_MARKS + " \u00a0")[-1:].isalpha()


def _follows_directly(text: str, start: int, end: int, language: str | None) -> bool:
    """Whether a frame begins right after a quotation: its verb, or its subject."""
    cue = next(_cues(text, start, end, language), None)
    if cue is None:
        return False
    between = text[start : cue.start]
    if _is_participle(text, cue):  # Osk stressed that “…,” suggesting that Venn …
        return False
    subject = next(_candidates(text, start, cue.start), None)
    return not between.strip(" ,;—–-") or (subject is not None and not text[start : subject.start].strip(" ,;—–-"))


def _after(text: str, start: int, end: int, language: str | None) -> Frame | None:
    cue = next(_cues(text, start, end, language), None)
    if cue is None:
        return None
    between = list(_candidates(text, start, cue.start))
    gap = text[start : cue.start].strip(" ,;—–-")
    speaker = _head(text, start, between, cue) if gap and between else _first_subject(text, cue.end, end)
    return Frame(cue, speaker)


def _before(text: str, start: int, end: int, language: str | None) -> Frame | None:
    cues = list(_cues(text, start, end, language))
    if not cues:
        return None
    cue = cues[-1]
    if text[cue.start : cue.end].casefold().startswith(("according", "selon", "laut", "según", "по")):
        return Frame(cue, _first_subject(text, cue.end, end))
    stops = [stop.end() for stop in _SENTENCE_STOP.finditer(text, start, cue.start)]
    clause = stops[-1] if stops else start
    candidates = list(_candidates(text, clause, cue.start))
    if quoted := _QUOTED.search(text, clause, cue.start):
        return Frame(cue, next(_candidates(text, quoted.start("words"), quoted.end("words")), None))
    if _is_participle(text, cue) and candidates:
        nearest = candidates[-1]
        own = _WITH.search(text, clause, nearest.start) and len(text[nearest.end : cue.start].split()) < 2
        return Frame(cue, nearest if own else _first_subject(text, clause, cue.start))
    return Frame(cue, _head(text, clause, candidates, cue) if candidates else None)


def _is_participle(text: str, cue: Span) -> bool:
    return text[cue.start : cue.end].casefold().endswith(("ing", "ant", "ndo"))


def _first_subject(text: str, start: int, end: int) -> Span | None:
    first = next(iter(_subjects(text, start, list(_candidates(text, start, end)))), None)
    if first and text[first.start].islower() and (named := _NAMED_BEHIND.match(text, first.end, end)):
        return _span(named, "name")
    return first


def _subjects(text: str, start: int, candidates: list[Span]) -> list[Span]:
    """Drop the candidates after a preposition, with a place named after them (“in Ames, Iowa”), unless all would go."""
    kept: list[Span] = []
    governed = -1
    for one in candidates:
        beside = governed >= 0 and text[governed : one.start].strip() == "," and text[one.start].isupper()
        governed_here = _GOVERNED.search(text, max(start, one.start - 12), one.start) or _PARTICIPLE.search(
            text[start : one.start]
        )
        if governed_here or (beside and text[one.end : one.end + 1] == ","):
            governed = one.end
        else:
            kept.append(one)
    return kept or candidates


def _head(text: str, start: int, candidates: list[Span], cue: Span) -> Span:
    """The subject nearest to its verb; an apposition (“Kerry, secretary of state, said”) leads back to the name before it."""
    candidates = _subjects(text, start, candidates)
    first, nearest = candidates[0], candidates[-1]
    named = all(word[0].isupper() or word in LINKS for word in text[first.start : first.end].split())
    opens = named and text[first.start].isupper() and len(text[start : first.start].split()) < 2
    if opens and _APPOSITION.match(text, first.end) and not _begins_clause(text, nearest, cue):
        return first
    named = text[nearest.start].isupper() and text[nearest.start - 2 : nearest.start] == ", "
    if named or "," not in text[nearest.end : cue.start]:
        return nearest
    for candidate in reversed(candidates[:-1]):
        if text[candidate.end : candidate.end + 1] == "," and text[candidate.start].isupper():
            return candidate
    return nearest


def _begins_clause(text: str, name: Span, cue: Span) -> bool:
    """Whether a name is the subject of a clause of its own: “Osk, the minister, left, and Venn said”."""
    alone = len(text[name.end : cue.start].split()) < 2 and "," not in text[name.end : cue.start]
    words = text[name.start : name.end]
    plain = words[0].isupper() and not _POSSESSIVE.search(words) and " of " not in words
    return alone and plain and _CLAUSE_START.search(text, max(0, name.start - 8), name.start) is not None


def _candidates(text: str, start: int, end: int) -> Iterator[Span]:
    """Every name, description or pronoun in a stretch that can be a subject."""
    position = start
    while match := _CANDIDATE.search(text, position, end):
        found_start, found_end = match.span()
        if match["description"] and (named := NAME.search(text, match.start("inner"), match.end("inner"))):
            # “the Russian ambassador …” is a description, “the Pentagon” a name.
            name = NAME.match(text, named.start(), end)
            if named.start() == match.start("inner") and name and name.end() >= found_end:
                found_end = name.end()
            elif named.start() > match.start("inner"):
                owner = _OWNING.search(text, match.start("inner"), named.start())
                found_end = named.end() if owner else named.start()
        if match["name"] and (titled := _TITLED.match(text, found_end, end)) and _is_office(titled["office"]):
            found_end = titled.end()
        elif match["name"] and match[0].startswith("The "):  # “The Norwegian energy minister” is a description
            found_end = _office_end(text, found_end, end)
        position = max(found_end, match.start() + 1)
        found_start = subject_start(text, found_start, found_end)
        words = text[found_start:found_end].rstrip(" .,'’")
        bare = words.removesuffix("’s").removesuffix("'s")
        if bare != words and (owned := _OWNED.match(text, found_start + len(words), end)) and owned[0].islower():
            words, bare = (text[found_start : owned.end()],) * 2
            position = owned.end()
        if bare == words and words and can_speak(fold_name(words)):
            yield Span(start=found_start, end=found_start + len(words))


def _office_end(text: str, start: int, end: int) -> int:
    """Return where an office of one to three words ends that stands at `start`; `start` if none does."""
    words = _UNCAPITALIZED.match(text, start, end)
    ends = (
        [word.end() for word in _WORD.finditer(text, start, words.end()) if gazetteer.is_title(word[0], None)] if words else []
    )
    return ends[-1] if ends else start


def _is_office(words: str) -> bool:
    return all(gazetteer.is_title(word, None) for word in words.split())


def subject_start(text: str, start: int, end: int) -> int:
    """Return where a name begins after capitalized words that only open a sentence: “Like Osk”, “Even Venn”."""
    while (word := _WORD.match(text, start, end)) and not _may_be_subject(fold_name(word[0])):
        rest = re.compile(r"\s+").match(text, word.end(), end)
        if rest is None or rest.end() == end:
            break
        start = rest.end()
    return start


def _may_be_subject(folded: str) -> bool:
    """Whether a capitalized word is no opening: “Even Osk”, “Quoting Osk”."""
    return can_speak(folded) and not (folded.endswith("ing") and folded in gazetteer.words("speech_verbs", "en"))


def can_speak(folded: str) -> bool:
    """Whether a capitalized word may be a name: it opens no sentence only, and is no month and no weekday."""
    return folded not in gazetteer.words("not_subjects", None) and folded not in months() and folded not in weekdays()


def _cues(text: str, start: int, end: int, language: str | None) -> Iterator[Span]:
    verbs, phrases = gazetteer.words("speech_verbs", language), _phrases(language)
    if phrase := phrases.search(text, start, end):
        yield Span(start=phrase.start(), end=phrase.end())
    for match in _WORD.finditer(text, start, end):
        word = match[0]
        if not word.isascii() and EAST_ASIAN.search(word):
            yield from _cjk_cues(match, language)
        elif (
            not word[0].isupper()
            and (word if word.isascii() else fold_name(word)) in verbs
            and not _is_noun(text, match.start())
        ):
            yield Span(start=match.start(), end=match.end())


def _is_noun(text: str, start: int) -> bool:
    """Whether a determiner within two words makes the word a noun: “their phone call”."""
    word = _WORD.match(text, start)
    return (
        word is not None
        and word[0] in gazetteer.words("nouns_too", "en")
        and not gazetteer.words("determiners", "en").isdisjoint(text[max(0, start - 30) : start].casefold().split()[-2:])
    )


def _cjk_cues(match: re.Match[str], language: str | None) -> Iterator[Span]:
    for verb in sorted(gazetteer.words("speech_verbs", language or "zh"), key=len, reverse=True):
        if EAST_ASIAN.search(verb) and (place := match[0].find(verb)) >= 0:
            yield Span(start=match.start() + place, end=match.start() + place + len(verb))
            return


@cache
def _phrases(language: str | None) -> re.Pattern[str]:
    phrases = gazetteer.words("according_to", language) - {"pour", "para"}
    written = "|".join(map(re.escape, sorted(phrases, key=len, reverse=True))) or "(?!)"
    accented = re.sub("[aeiou]", lambda vowel: _ACCENTED[vowel[0]], written)  # the table is folded, the text is not
    return re.compile(rf"(?<!\w)(?:{accented})(?!\w)", re.IGNORECASE)
