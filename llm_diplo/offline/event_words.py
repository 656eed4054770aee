"""PLOVER event types by cue words. A baseline; English."""

from __future__ import annotations

import re
from functools import cache

from llm_diplo.codes import Event
from llm_diplo.text import gazetteer
from llm_diplo.text.folding import fold_name
from llm_diplo.text.tables import read_table

_WORD = re.compile(r"[a-z][a-z'-]*")
_REPORTED = re.compile(r",? (?:[\w ]{0,40})(?:officials?|sources?|agency|media|police) (?:said|say|told|reported).*$")
# A word with a capital within a sentence is a name; the first word is one unless it may be a verb or a noun of doing.
_NAME = re.compile(r"\b[A-Z][\w’'-]*")
_INFLECTED = re.compile(r"\w+(?:s|ed|ing|ers?)")
SHORTEST_STEM = 4


def code_action(action: str) -> Event | None:
    """Return the type of an action given as a verb phrase: by its first word, else by the first cue in it."""
    words = _WORD.findall(fold_name(action))
    return (_verb(words[0]) if words else None) or code_sentence(action)


def code_sentence(sentence: str) -> Event | None:
    """Return the type of the event that a sentence describes, or None.

    Threats and refusals win over what is threatened or refused; otherwise the first cue in the sentence decides. Linear.
    """
    text = _REPORTED.sub("", " ".join(fold_name(_without_names(sentence)).split()))
    if re.search(r"\bthreat|\bultimatum|\bwarn", text):
        return Event.THREATEN
    if re.search(r"\b(?:will not|would not|won't|refus\w+|rejects?|rejected|rule[sd]? out|turned down|denied|denies)\b", text):
        return Event.REJECT
    found = [*_phrase_places(text), *_verb_places(text)]
    return min(found)[2] if found else None


def _without_names(sentence: str) -> str:
    """The words that are no names: “Calloway” is no call. A headline in capitals, and a verb that opens it, stay."""
    capitals = len(_NAME.findall(sentence))
    if capitals > len(sentence.split()) / 2:
        return sentence
    return _NAME.sub(lambda word: word[0] if word.start() == 0 and _INFLECTED.fullmatch(word[0]) else "", sentence)


def _phrase_places(text: str) -> list[tuple[int, int, Event]]:
    return [(match.start(), 0, event) for event, pattern in _phrases() if (match := pattern.search(text))]


def _verb_places(text: str) -> list[tuple[int, int, Event]]:
    return [
        (match.start(), 1, event) for match in _WORD.finditer(text) if (event := _verb(match[0])) and not _is_title(text, match)
    ]


def _is_title(text: str, match: re.Match[str]) -> bool:
    """Whether the word belongs to a title or an actor (“the peace talks envoy”), and so to no event."""
    return gazetteer.is_title(match[0])


@cache
def _verb(word: str) -> Event | None:
    stems = _stems()
    for length in range(len(word), 2, -1):
        event = stems.get(word[:length])
        if event and (length >= SHORTEST_STEM or length >= len(word) - 1):
            return event
    return None


@cache
def _stems() -> dict[str, Event]:
    return {
        stem: Event(name)
        for name, table in read_table("events").items()
        if name in Event.__members__
        for stem in table["verbs"].split()
    }


@cache
def _phrases() -> tuple[tuple[Event, re.Pattern[str]], ...]:
    return tuple(
        (Event(name), re.compile(rf"\b(?:{'|'.join(map(re.escape, table['phrases']))})\b"))
        for name, table in read_table("events").items()
        if name in Event.__members__
    )
