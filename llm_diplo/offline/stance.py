"""Stances stated by a verb: “rejected a reduction”, “called for restraint”, “refused to support the loan”.

The verb must follow its subject directly and precede a short noun phrase, which becomes the issue; anything else is a
statement that takes no side.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from llm_diplo.codes import Stance
from llm_diplo.text import gazetteer
from llm_diplo.text.folding import fold_name
from llm_diplo.text.marks import OPENERS, PAIRED
from llm_diplo.text.tables import read_table

LONGEST_ISSUE = 7  # words
SHORTEST_STEM = 4  # characters
NEAR_VERB = 20  # characters

_WORD = re.compile(r"[\w’'-]+")
_PARTICIPLE = re.compile(r"\w{2,}(?:ed|ing)")
_OPENING = re.compile(r"(?:the|an?|any|all|its|his|their|such|no|both|what|this|these)\s", re.IGNORECASE)
_NO_START = frozenset("for of more some many various much very not last next few above among".split())
# Signs that a phrase is not complete: a quotation begins, or “to be …” follows.
_CUT = re.compile(rf"\s*(?:[{OPENERS}‘]|{PAIRED})|[^,;.]{{0,60}}?\bto be\b")
_TRAILING_NAME = re.compile(r"\b(?!(?:of|the|a|an|for|and|in|to|with|by|on|from|any|new)\b)[a-z]+((?:\s[A-Z][\w’'-]*)+)$")
_LOOSE = frozenset("the a an of for and any all its his their our this that these those such more most ago".split())
# A time after a noun phrase does not belong to it.
_TIME = re.compile(
    r"\s(?:(?:last|next|this|earlier this)\s\w+|today|yesterday|tomorrow|here|again|online|\w+ly)$", re.IGNORECASE
)
_OF = re.compile(r"\w\s(?:of|for)\s\w")
_LINK = re.compile(r"\s+(?:and|or|but)\b|\s*\d")
_PLURAL_OR_ADVERB = re.compile(r"(?:[^\W_]s|ly|n['’]t)\Z")
_SPACE = re.compile(r"\s+")


@dataclass(frozen=True, slots=True)
class StanceFound:
    """A verb that takes a side. Offsets into the text that was read."""

    place: int
    """Where the verb, or the word that negates it, begins: the subject comes right before."""
    end: int
    """One past the noun phrase."""
    stance: Stance
    issue: str


def find_stances(text: str, start: int, end: int) -> Iterator[StanceFound]:
    """Return the stances that a sentence states; linear in its length. English."""
    for match in _verbs().finditer(text, start, end):
        stance = Stance(match.lastgroup or "")
        turned = match["turning"] is not None
        if not _is_verb(text, match, start):
            continue
        issue_end = _noun_phrase(text, match.end(), end)
        if issue_end and not (turned and stance is Stance.OPPOSE):
            issue = _SPACE.sub(" ", text[match.end() : issue_end]).strip()
            yield StanceFound(match.start(), issue_end, Stance.OPPOSE if turned else stance, issue)


def find_blame(text: str, start: int, end: int) -> Iterator[StanceFound]:
    """Return what a first-person sentence criticizes: the noun phrase around the first word of blame. Linear. English."""
    stems, ends = gazetteer.words("negative", "en"), _words("ends")
    words = list(_WORD.finditer(text, start, end))
    for place, word in enumerate(words):
        folded = fold_name(word[0])
        if not any(folded[:size] in stems for size in range(SHORTEST_STEM, len(folded) + 1)) or folded in ends:
            continue
        first, last = place, place
        while first > 0 and place - first < 2 and _joined(text, words[first - 1], words[first]):
            first -= 1
        while last + 1 < len(words) and last - first < LONGEST_ISSUE - 1 and _joined(text, words[last + 1], words[last]):
            last += 1
        while last > place and words[last][0].casefold() in _LOOSE:
            last -= 1
        if last > first:
            issue = _SPACE.sub(" ", text[words[first].start() : words[last].end()])
            yield StanceFound(words[first].start(), words[last].end(), Stance.OPPOSE, issue)
            return


def _joined(text: str, word: re.Match[str], other: re.Match[str]) -> bool:
    """Return True if a word belongs to the noun phrase of the one beside it."""
    gap = text[min(word.end(), other.end()) : max(word.start(), other.start())]
    return not gap.strip() and word[0].casefold() not in _words("ends")


def _noun_phrase(text: str, start: int, end: int) -> int | None:
    """Return where the noun phrase that begins at `start` ends; None if there is none, or only a long one."""
    ends = _words("ends")
    last, count, before = None, 0, start
    for word in _WORD.finditer(text, start, end):
        gap = text[before : word.start()]
        folded = word[0].casefold()
        if gap.strip() or folded in ends or count > LONGEST_ISSUE:
            break
        if count and _PARTICIPLE.fullmatch(word[0]) and _stops_after(text, word.end(), end):
            break
        last, before, count = word.end(), word.end(), count + 1
    phrase = text[start:last].strip() if last else ""
    if not phrase or count > LONGEST_ISSUE or phrase.split()[-1].casefold() in _LOOSE:
        return None
    if phrase.split()[0].casefold() in _NO_START or _goes_on(text, last or start, end):
        return None
    timeless = _TIME.sub("", phrase)
    kept = _TRAILING_NAME.sub(lambda found: found[0].removesuffix(found[1]), timeless)
    if not _is_whole(kept, cut=kept != timeless or bool(_LINK.match(text, last or start))):
        return None
    return start + text[start:last].index(phrase) + len(kept)


def _is_whole(phrase: str, *, cut: bool) -> bool:
    """Whether words are a noun phrase fit to be an issue: it begins with an article, contains “of” or ends in a noun.

    If it is `cut` before a name or “and”, only a noun at its end counts (“a comprehensive and costly survey”).
    """
    opened = bool(_OPENING.match(phrase))
    if not opened and (phrase[0].isupper() or not phrase[0].isalpha()):
        return False
    return (not cut and (opened or bool(_OF.search(phrase)))) or _is_noun(phrase.rpartition(" ")[2])


def _is_verb(text: str, match: re.Match[str], start: int) -> bool:
    """Whether an ambiguous word is a verb: “they back”, “will veto”, not “pull back”, “the Russian veto”."""
    if match[0].split()[-1] not in _words("nouns_too") or match["turning"]:
        return True
    before = text[max(start, match.start() - NEAR_VERB) : match.start()]
    word = before.split()[-1] if before.strip() else ""
    return word.casefold() in _words("helpers") or bool(_PLURAL_OR_ADVERB.search(word))


def _is_noun(word: str) -> bool:
    """Whether a word has a noun's ending or is in the table of nouns."""
    folded = fold_name(word)
    return folded in _words("nouns") or folded.endswith(_noun_endings())


def _goes_on(text: str, start: int, end: int) -> bool:
    """Return True if the phrase goes on: with a quotation, with “and” after a nationality, or with “to be …”."""
    rest = text[start:end]
    head_of = text[:start].rsplit(None, 1)[-1]
    return bool(_CUT.match(rest)) or (rest.lstrip().startswith("and ") and gazetteer.lookup_demonym(head_of) is not None)


def _stops_after(text: str, start: int, end: int) -> bool:
    word = _WORD.search(text, start, end)
    return word is None or bool(text[start : word.start()].strip()) or word[0].casefold() in _words("ends")


@cache
def _verbs() -> re.Pattern[str]:
    table = read_table("stances")
    turning = "|".join(re.escape(words).replace(r"\ ", r"\s+") for words in table["turning"])
    sides = "|".join(
        rf"(?P<{side}>{'|'.join((*table[f'{side}_phrases'], *table[side].split()))})" for side in ("support", "oppose")
    )
    return re.compile(rf"(?<![-–])\b(?:(?P<turning>(?:(?:do|does|did|would|has|have|had)\s*)?(?:{turning}))\s+)?(?:{sides})\s+")


@cache
def _words(name: str) -> frozenset[str]:
    return frozenset(map(fold_name, read_table("stances")[name].split()))


@cache
def _noun_endings() -> tuple[str, ...]:
    return tuple(read_table("stances")["noun_endings"])
