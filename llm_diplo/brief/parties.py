"""The actors of an extraction as its items name them: which name means whom, and by which forms a text may name them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cached_property

from llm_diplo.brief.extraction import ExtractedActor
from llm_diplo.schema import ActorType
from llm_diplo.text import gazetteer
from llm_diplo.text.folding import fold_name
from llm_diplo.text.names import surname_of

SHORTEST_HEAD_NOUN = 5


class Parties:
    """The listed actors, found by any name that an item may use for them."""

    def __init__(self, actors: Iterable[ExtractedActor]) -> None:
        self.actors = list(actors)

    def add(self, actor: ExtractedActor) -> int:
        """List one more actor and return its index."""
        self.actors.append(actor)
        self.__dict__.pop("_by_name", None)
        return len(self.actors) - 1

    @cached_property
    def _by_name(self) -> dict[str, int]:
        """Folded name to actor: full names first, then aliases, then surnames and gazetteer entries that mean only one."""
        found: dict[str, int] = {}
        for forms in (_full_names, _aliases, _entry_names):
            for index, actor in enumerate(self.actors):
                for form in forms(actor):
                    found.setdefault(fold_name(form), index)
        for form, owners in self._surnames().items():
            if len(owners) == 1:
                found.setdefault(form, next(iter(owners)))
        found.pop("", None)
        return found

    def _surnames(self) -> dict[str, set[int]]:
        owners: dict[str, set[int]] = {}
        for index, actor in enumerate(self.actors):
            if actor.type is ActorType.PERSON and (surname := surname_of(actor.name)):
                owners.setdefault(fold_name(surname), set()).add(index)
        return owners

    def find(self, name: str) -> int | None:
        """Return the index of the actor that a name means, or None.

        Tried in turn: a full name or alias, a surname that only one person has, the gazetteer's entry for the name,
        the one actor whose words are all in the name or hold all of its words.
        """
        folded = fold_name(name)
        if folded in self._by_name:
            return self._by_name[folded]
        entry = gazetteer.lookup(name)
        if entry is not None and fold_name(entry.name) in self._by_name:
            return self._by_name[fold_name(entry.name)]
        words = set(folded.split())
        near = {i for i, actor in enumerate(self.actors) if words and _overlap(words, set(fold_name(actor.name).split()))}
        return near.pop() if len(near) == 1 else None

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
            yield f"the {words[-1]}"
            yield "".join(word[0] for word in words if word[0].isupper()) if len(words) > 2 else ""

    def _offices(self, actor: ExtractedActor) -> Iterator[str]:
        """The office, and its head noun where no other listed person has it: “the minister”."""
        if not actor.office:
            return
        yield actor.office
        before = actor.office.split(" of ")[0].split(" to ")[0].split(" for ")[0]
        yield before if len(before.split()) > 1 else f"the {before}"
        head = before.split()[-1]
        holders = [other for other in self.actors if fold_name(head) in fold_name(f"{other.office} {other.name}").split()]
        if len(holders) == 1:
            yield f"the {head}"


def _full_names(actor: ExtractedActor) -> Iterator[str]:
    yield actor.name


def _aliases(actor: ExtractedActor) -> Iterator[str]:
    yield from actor.aliases


def _entry_names(actor: ExtractedActor) -> Iterator[str]:
    if actor.type is not ActorType.PERSON and (entry := gazetteer.lookup(actor.name)):
        yield entry.name


def _overlap(one: set[str], other: set[str]) -> bool:
    return bool(other) and (one <= other or other <= one)
