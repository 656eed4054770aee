"""Which listed actor a name means, and by which forms a text may name an actor."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import cached_property

from llm_diplo.brief.extraction import ExtractedActor
from llm_diplo.brief.wording import Wording, apart_in_text
from llm_diplo.codes import ActorType
from llm_diplo.schema import Span
from llm_diplo.text import gazetteer
from llm_diplo.text.folding import fold_name
from llm_diplo.text.inflection import Kind
from llm_diplo.text.mentions import Mention, without_overlaps
from llm_diplo.text.names import SpeakerKind, normal_name, read_name, read_speaker, same, surname_of

SHORTEST_HEAD_NOUN = 5


class Parties:
    """The listed actors, found by any name that an item may use for them; names are compared as `language` inflects them."""

    def __init__(self, actors: Iterable[ExtractedActor], language: str | None = None) -> None:
        self.actors = list(actors)
        self.language = language
        self._known: dict[str, int | None] = {}

    def add(self, actor: ExtractedActor) -> int:
        """List one more actor and return its index."""
        self.actors.append(actor)
        self._forget()
        return len(self.actors) - 1

    def replace(self, index: int, actor: ExtractedActor) -> None:
        """List another actor in the place of one."""
        self.actors[index] = actor
        self._forget()

    def _forget(self) -> None:
        self.__dict__.pop("_by_name", None)
        self._known.clear()

    @cached_property
    def _by_name(self) -> dict[str, int]:
        """Folded name to actor: full names first, then aliases and gazetteer entries, then what means only one of them."""
        found: dict[str, int] = {}
        for forms in (_full_names, _aliases, _entry_names):
            for index, actor in enumerate(self.actors):
                for form in forms(actor):
                    found.setdefault(normal_name(form), index)
        for forms in (_surnames, _office):
            owners: dict[str, set[int]] = {}
            for index, actor in enumerate(self.actors):
                for form in forms(actor):
                    owners.setdefault(normal_name(form), set()).add(index)
            for form, indexes in owners.items():
                if len(indexes) == 1:
                    found.setdefault(form, next(iter(indexes)))
        found.pop("", None)
        return found

    def find(self, name: str) -> int | None:
        """Return the index of the actor that a name means, or None.

        Tried in turn: a full name or alias, a surname or office that only one person has, the gazetteer's entry for the
        name, a person's name without title and country, the one actor whose name is the same (“Foreign Minister Venn” for
        “Orsolya Venn”), the one actor whose words are all in the name or hold all of its words.
        """
        if name not in self._known:
            self._known[name] = self._find(name)
        return self._known[name]

    def _find(self, name: str) -> int | None:
        entry, speaker = gazetteer.lookup(name), read_speaker(name)
        # “Foreign Minister Ines Calloway of Ketter” holds the name of a country, too.
        bare = " ".join(speaker.name) if speaker.kind is SpeakerKind.PERSON else ""
        for known in (name, entry.name if entry else "", bare):
            if normal_name(known) in self._by_name:
                return self._by_name[normal_name(known)]
        near = [index for index, actor in enumerate(self.actors) if self._is_named(actor, name)]
        if not near:
            words = set(read_name(name, self.language).words)
            near = [
                i for i, actor in enumerate(self.actors) if _overlap(words, set(read_name(actor.name, self.language).words))
            ]
        return near[0] if len(near) == 1 else None

    def _is_named(self, actor: ExtractedActor, name: str) -> bool:
        """Whether a name is the same as an actor's; a lone surname among the aliases is not enough for another given name."""
        full = (alias for alias in actor.aliases if len(read_name(alias, self.language).core) > 1)
        return any(same(name, own, self.language) for own in (actor.name, *full))

    def is_person(self, index: int) -> bool:
        """Return True if an actor is a person."""
        return self.actors[index].type is ActorType.PERSON

    def kind(self, index: int) -> Kind:
        """Return what decides the endings that an actor's name may have."""
        return Kind.PERSON if self.is_person(index) else Kind.GROUP

    def forms(self, index: int) -> frozenset[str]:
        """Return the surface forms under which a text may name an actor: names, surname, office, demonym, metonym."""
        actor = self.actors[index]
        return frozenset(filter(None, (actor.name, *actor.aliases, *self._other_forms(actor))))

    def _other_forms(self, actor: ExtractedActor) -> Iterator[str]:
        if actor.type is ActorType.PERSON:
            yield surname_of(actor.name)
            yield from self._offices(actor)
            return
        for name in (actor.name, *actor.aliases):
            yield from gazetteer.surface_forms(name)
        words = actor.name.split()
        if len(words) > 1 and actor.type is not ActorType.STATE and len(words[-1]) >= SHORTEST_HEAD_NOUN:
            yield f"the {words[-1]}".lower()
            yield "".join(word[0] for word in words if word[0].isupper()) if len(words) > 2 else ""

    def _offices(self, actor: ExtractedActor) -> Iterator[str]:
        """The office, and its head noun where no other listed person has it: “the minister”."""
        if not actor.office:
            return
        yield actor.office
        before = actor.office.split(" of ")[0].split(" to ")[0].split(" for ")[0]
        yield before if len(before.split()) > 1 else f"the {before}".lower()
        head = before.split()[-1]
        holders = [other for other in self.actors if fold_name(head) in fold_name(f"{other.office} {other.name}").split()]
        if len(holders) == 1:
            yield f"the {head}".lower()


def _full_names(actor: ExtractedActor) -> Iterator[str]:
    yield actor.name


def _aliases(actor: ExtractedActor) -> Iterator[str]:
    yield from actor.aliases


def _surnames(actor: ExtractedActor) -> Iterator[str]:
    if actor.type is ActorType.PERSON:
        yield surname_of(actor.name)


def _office(actor: ExtractedActor) -> Iterator[str]:
    yield actor.office


def _entry_names(actor: ExtractedActor) -> Iterator[str]:
    if actor.type is not ActorType.PERSON and (entry := gazetteer.lookup(actor.name)):
        yield entry.name


def _overlap(one: set[str], other: set[str]) -> bool:
    return bool(one) and bool(other) and (one <= other or other <= one)


def recalled_name(actor: ExtractedActor, others: Iterable[ExtractedActor], wording: Wording) -> str | None:
    """Return what the article calls an actor whose name it does not write: one completed from memory, or an alias of it.

    That is an alias or a person's surname, as the article writes it, if no other listed actor has it. A surname does not count
    if the article gives it to somebody with another given name. None if there is neither.
    """
    person = actor.type is ActorType.PERSON
    taken = {normal_name(form) for other in others for form in (other.name, *other.aliases, *_surnames(other))}
    aliases = [alias for alias in actor.aliases if not person or same(alias, actor.name, wording.language)]
    for form in (*sorted(aliases, key=len, reverse=True), *_surnames(actor)):
        mentions = wording.index.find(form)
        if normal_name(form) in taken or not mentions:
            continue
        if not person or not any(_is_given_name(wording.index.before(mention), wording) for mention in mentions):
            return wording.spelling(form)
    return None


def _is_given_name(word: str, wording: Wording) -> bool:
    """Whether a word before a surname is a given name: no title, no country, and nowhere in small letters."""
    if not word or not (word[0].isupper() or word.lower() == word.upper()):
        return False
    language = wording.language
    cue = fold_name(word) in gazetteer.words("not_subjects", language) or gazetteer.country_code(word)
    small = re.search(rf"(?<!\w){re.escape(word.lower())}(?!\w)", wording.article.text) if word[0].isupper() else None
    return not (cue or small or gazetteer.is_title(word, language) or gazetteer.is_title(word))


def mentions_of(parties: Parties, wording: Wording) -> dict[int, list[Span]]:
    """Return every place where an actor is named by name, alias or lone surname, the longest form first.

    If there is none, other forms count: an office, a demonym, the words of the name apart.
    """
    owners: dict[str, int] = {}
    for forms in (_full_names, _aliases, _surnames):
        for index, actor in enumerate(parties.actors):
            for form in forms(actor):
                if form and (forms is not _surnames or parties.find(form) == index):
                    owners.setdefault(form, index)
    every = ((form, mention) for form, index in owners.items() for mention in wording.index.find(form, parties.kind(index)))
    found: dict[int, list[Span]] = {}
    for form, mention in without_overlaps(every):
        found.setdefault(owners[form], []).append(Span(start=mention.start, end=mention.end))
    for index in range(len(parties.actors)):
        if index not in found and (other := _other_mentions(index, parties, wording)):
            found[index] = [Span(start=mention.start, end=mention.end) for _, mention in other]
    return found


def _other_mentions(index: int, parties: Parties, wording: Wording) -> list[tuple[str, Mention]]:
    kind = parties.kind(index)
    found = [(form, mention) for form in parties.forms(index) for mention in wording.index.find(form, kind)]
    return without_overlaps(found or [("", mention) for mention in apart_in_text(parties.actors[index].name, wording, kind)])
