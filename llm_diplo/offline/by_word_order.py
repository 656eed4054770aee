"""An article read by word order alone: quotations and their frames, names by the gazetteer and by capitals.

Needs no spaCy. Linear in the article.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache

from llm_diplo.brief.extraction import ExtractedActor, Extraction
from llm_diplo.codes import ActorType, Attribution
from llm_diplo.offline.compose import compose
from llm_diplo.offline.groups import RULERS, collective_nouns
from llm_diplo.offline.speech import Rule, Speech, head_of
from llm_diplo.schema import Span
from llm_diplo.text import gazetteer
from llm_diplo.text.folding import fold_name
from llm_diplo.text.frames import find_frame
from llm_diplo.text.marks import DOUBLE, OPENERS
from llm_diplo.text.quotations import NumberedArticle
from llm_diplo.text.tables import read_table

LONGEST_GROUP = 2  # words
LONGEST_GAP = 40  # characters between a verb and its “that”

_RUN = re.compile(
    r"(?:[A-ZÀ-Þ][\w’'-]+|(?:[A-Z]\.)+)(?:(?:\s+(?:al|bin|de|del|la|van|von|of|for|and|the)){0,2}[\s-]+(?:[A-ZÀ-Þ][\w’'-]+|(?:[A-Z]\.)+)){0,8}"
)
_THAT = re.compile(r"\sthat\s")
_MARK = re.compile(f"[{OPENERS}]")
_WORD = re.compile(r"[\w’'.-]+")
_SMALL = re.compile(r"(?:\s[a-z-]+){1,2}\b")
_LINKS = frozenset({"of", "for", "and", "the"})
_SAID = re.compile(r"([A-ZÀ-Þ][\w’'-]+)\s(?:said|says|told|added|insists|warned)\b")
_APPOSITION = re.compile(r",\s(?:who\b|(?:(?:the|an?|its|his|her|their)\s)?(?:[\w’'-]+\s){0,3}?(?P<office>[a-z-]+)\b)")
_GOVERNMENT = re.compile(r"['’]s?\s+(?:government|foreign ministry|parliament|army|president|prime minister)\b")
_BEFORE = 40  # characters in which a title comes before a name


def extract_by_rules(numbered: NumberedArticle) -> Extraction:
    """Return the actors and speech of an article; linear in its length."""
    actors = _Names(numbered).actors()
    clauses = list(_indirect(numbered))
    found = compose(numbered, actors, clauses)
    used = {position.actor for position in found.positions}
    used |= {name for step in found.next_steps for name in (*step.actors, *step.proposed_by)}
    return found.model_copy(update={"actors": [actor for actor in found.actors if actor.name in used]})


def _indirect(numbered: NumberedArticle) -> Iterator[Speech]:
    """“Calloway said on Friday that …”: the clause after the first “that” of a unit, with the frame before it."""
    article = numbered.article
    quoted = {quotation.unit for quotation in numbered.quotations}
    for unit in article.units:
        that = _THAT.search(article.text, unit.start, unit.end)
        if that is None or numbered.is_quoted(that.start()):
            continue
        frame = find_frame(article.text, (unit.start, unit.end), [(that.start(), unit.end)])
        if frame is None or frame.speaker is None or not 0 <= that.start() - frame.cue.end < LONGEST_GAP:
            continue
        end = unit.start + len(article.text[unit.start : unit.end].rstrip("."))
        head = head_of(article, frame.speaker.start, frame.speaker.end)
        kind = (
            Attribution.MIXED
            if unit.number in quoted and _MARK.search(article.text, that.start(), end)
            else Attribution.INDIRECT
        )
        yield Speech(kind, (Span(start=that.start() + 1, end=end),), Rule.CLAUSE, frame.cue, frame.speaker, head)


class _Names:
    """The names in an article, each once: from the gazetteer, or capitalized words used like a person, body or state."""

    def __init__(self, numbered: NumberedArticle) -> None:
        self.article = numbered.article
        self.text = numbered.article.text
        self.saying = {match[1].removesuffix("’s").removesuffix("'s") for match in _SAID.finditer(self.text)}
        self.found: dict[str, ExtractedActor] = {}
        self.owners: dict[str, ExtractedActor] = {}

    def actors(self) -> list[ExtractedActor]:
        headline = self.article.metadata.headline is not None
        for unit in self.article.units[1 if headline else 0 :]:
            for run in _RUN.finditer(self.text, unit.start, unit.end):
                if run[0].isupper() and len(run[0].split()) > 1:
                    continue  # a line in capitals
                self._read(run, first=run.start() == unit.start)
        return list(self.found.values())

    def _read(self, run: re.Match[str], *, first: bool) -> None:
        words = [(match[0], match.start()) for match in _WORD.finditer(self.text, run.start(), run.end())]
        place = 0
        while place < len(words):
            place = (
                self._group(words, place, run.end())
                or self._known(words, place)
                or self._new(words, place, first=first and place == 0)
            )

    def _group(self, words: list[tuple[str, int]], place: int, end: int) -> int | None:
        """“Iraqi security forces”: a state or its people with a noun for a group behind; returns the place after it."""
        behind = _SMALL.match(self.text, end)
        if behind is None or words[-1][0].endswith(("’s", "'s")):
            return None
        noun = next((n for n, word in enumerate(behind[0].split()[:LONGEST_GROUP], start=1) if word in collective_nouns()), 0)
        form = _bare(" ".join(word for word, _ in words[place:])) if noun else ""
        entry = (gazetteer.lookup(form) or gazetteer.lookup_demonym(form)) if noun else None
        if entry is None:
            return None
        group = " ".join(behind[0].split()[:noun])
        if group in RULERS:
            self._add(fold_name(entry.name), form, entry.type, [f"{form} {group}"])
        else:
            self._add(fold_name(f"{form} {group}"), f"{form} {group}", collective_nouns()[group.split()[-1]], [])
        return len(words)

    def _known(self, words: list[tuple[str, int]], place: int) -> int | None:
        """The longest name in the gazetteer that begins here; returns the place after it."""
        for end in range(len(words), place, -1):
            form = _bare(" ".join(word for word, _ in words[place:end]))
            entry = gazetteer.lookup(form)
            if entry and form[:1].isupper():
                if entry.type is not ActorType.MEDIA:
                    self._add(fold_name(entry.name), form, entry.type, [])
                return end
        return None

    def _new(self, words: list[tuple[str, int]], place: int, *, first: bool) -> int:
        """A name that is in no table, without titles; returns the place after it."""
        while place < len(words) and self._leads(words[place][0]):
            place += 1
        place = self._behind_title(words, place)
        bodies = gazetteer.words("bodies", "en")
        end = place
        while end < len(words) and not (end > place and _is_known(words[end][0])):
            if words[end][0] in _LINKS and not any(fold_name(_bare(word)) in bodies for word, _ in words[place:end]):
                break
            end += 1
            if words[end - 1][0].endswith(("'s", "’s", ".")) and len(words[end - 1][0]) > 2:
                break
        while end > place and words[end - 1][0] in _LINKS:
            end -= 1
        if end > place:
            self._name(words[place:end], first=first)
        return max(end, place + 1) if end <= place else end

    def _behind_title(self, words: list[tuple[str, int]], place: int) -> int:
        """Where a name begins whose title begins with other words: “Harbour Commission Secretary Edvard Osk”."""
        bare = [_bare(word) for word, _ in words[place:]]
        whole = next((n for n, word in enumerate(bare) if word in _LINKS), len(bare))
        titles = [n for n in range(1, whole - 1) if gazetteer.is_title(bare[n])]
        bodies = gazetteer.words("bodies", "en")
        named = titles and not any(fold_name(word) in bodies for word in bare[titles[-1] + 1 : whole])
        return place + titles[-1] + 1 if named else place

    def _leads(self, word: str) -> bool:
        """Return True for a word that comes before a name: a title, a nationality, an article, a small first word."""
        folded = fold_name(word)
        return (
            gazetteer.is_title(word)
            or gazetteer.lookup_demonym(_bare(word)) is not None
            or folded in _LINKS
            or folded in gazetteer.words("not_subjects", "en")
            or folded in gazetteer.words("pronouns_third", "en")
            or folded in gazetteer.words("pronouns_first", "en")
            or folded in gazetteer.words("determiners", "en")
        )

    def _name(self, words: list[tuple[str, int]], *, first: bool) -> None:
        start, last = words[0][1], words[-1]
        name = _bare(" ".join(word for word, _ in words))
        end = last[1] + len(_bare(last[0]))
        heads = [word for word, _ in words if fold_name(_bare(word)) in gazetteer.words("bodies", "en")]
        if heads and len(words) == 1:
            return  # “the Ministry”: short for a longer name
        if heads:
            self._add(fold_name(name), name, ActorType.OTHER, [_bare(heads[-1])])
        elif _GOVERNMENT.match(self.text, end):
            self._add(fold_name(name), name, ActorType.STATE, [])
        elif any(word in _LINKS for word, _ in words):
            return
        elif fold_name(name.split()[-1]) in _places():
            if name.split()[-1] in self.saying:
                self._add(fold_name(name), name, ActorType.OTHER, [])
        elif len(words) > 1 and self._acts(start, end, name):
            self._add(fold_name(name), name, ActorType.PERSON, [name.split()[-1]])
        elif len(words) == 1 and not first and self._titled(start):
            self._add(fold_name(name), name, ActorType.PERSON, [])
        elif name.split()[-1] in self.saying and (len(words) > 1 or not first):
            self._add(fold_name(name), name, ActorType.PERSON if len(words) > 1 else ActorType.OTHER, [])

    def _acts(self, start: int, end: int, name: str) -> bool:
        """Whether it has a title before it, an apposition or a verb of saying after it, or its surname speaks elsewhere."""
        beside = _APPOSITION.match(self.text, end)
        if self._titled(start) or name.rsplit(maxsplit=1)[-1] in self.saying or (beside and self._is_office(beside)):
            return True
        verbs = gazetteer.words("speech_verbs", "en")
        near = self.text[max(0, start - 20) : start].split()[-1:] + self.text[end : end + 30].split()[:2]
        return any(word.strip(",." + DOUBLE).casefold() in verbs for word in near)

    def _is_office(self, apposition: re.Match[str]) -> bool:
        words = apposition[0].strip(", ").split()
        return words[0] == "who" or any(
            gazetteer.is_title(word) for word in self.text[apposition.start() : apposition.end() + 40].split(",")[1].split()[:5]
        )

    def _titled(self, start: int) -> bool:
        before = self.text[max(0, start - _BEFORE) : start].split()
        return bool(before) and gazetteer.is_title(before[-1].strip(","))

    def _add(self, key: str, form: str, kind: ActorType, aliases: list[str]) -> None:
        """One actor per name; a surname or head word alone is an alias of the first name that has it."""
        known = self.found.get(key) or self.owners.get(key)
        if known is None:
            known = ExtractedActor(name=form, type=kind, country="", office="", affiliation="", aliases=[])
            self.found[key] = known
        for alias in (form, *aliases):
            if alias not in {known.name, *known.aliases}:
                known.aliases.append(alias)
            self.owners.setdefault(fold_name(alias), known)


@cache
def _places() -> frozenset[str]:
    return frozenset(read_table("collectives")["places"].split())


def _is_known(word: str) -> bool:
    return (gazetteer.lookup(_bare(word)) or gazetteer.lookup_demonym(_bare(word))) is not None


def _bare(word: str) -> str:
    return (
        word.removesuffix("’s").removesuffix("'s").rstrip(",'’")
        if not word.endswith(".") or word.count(".") > 1
        else word.rstrip(".")
    )
