"""Briefs as a network: actors and issues, and how much actors agree (Leifeld, Discourse Network Analyzer).

Two-mode edges give an actor's stance on an issue. One-mode edges count, for two actors, the issues on which they take
the same side (congruence) and opposite sides (conflict). In several briefs an actor is the same by name and country, an
issue by its proposition.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import combinations
from typing import TypeAlias
from xml.etree import ElementTree

from llm_diplo.codes import Stance
from llm_diplo.render.outline import STANCES
from llm_diplo.schema import Actor, Brief
from llm_diplo.text.injection import one_line

_SIDES = {Stance.SUPPORT, Stance.OPPOSE}
_NO_XML = re.compile("[\ufffe\uffff]")
_NAMESPACE = "http://graphml.graphdrawing.org/xmlns"
_KEYS = (
    ("node", "name", "string"),
    ("node", "variable", "string"),
    ("node", "type", "string"),
    ("node", "country", "string"),
    ("node", "frequency", "int"),
    ("edge", "relation", "string"),
    ("edge", "stance", "string"),
    ("edge", "weight", "double"),
)
_MERMAID = {"#": "#35;", '"': "#quot;", "<": "#lt;", ">": "#gt;", "&": "#amp;", "`": "#96;", "\\": "#92;"}

_Party: TypeAlias = tuple[str, str | None]


@dataclass
class Network:
    """Who takes which stance on what, and how often."""

    actors: dict[_Party, Actor] = field(default_factory=dict)
    stances: Counter[tuple[_Party, str, Stance]] = field(default_factory=Counter)

    @property
    def issues(self) -> list[str]:
        """The propositions, in the order of the briefs."""
        return list(dict.fromkeys(issue for _, issue, _ in self.stances))

    def ids(self) -> dict[_Party | str, str]:
        """Return a short id for each actor and issue: `n1`, `n2` …"""
        nodes: list[_Party | str] = [*self.actors, *self.issues]
        return {node: f"n{number}" for number, node in enumerate(nodes, start=1)}

    def agreement(self) -> tuple[Counter[tuple[_Party, _Party]], Counter[tuple[_Party, _Party]]]:
        """Return for pairs of actors the number of issues with the same side, and with opposite sides.

        Quadratic in the actors of one issue. Mixed and unclear stances count for neither.
        """
        sides: dict[str, dict[_Party, set[Stance]]] = defaultdict(lambda: defaultdict(set))
        for party, issue, stance in self.stances:
            if stance in _SIDES:
                sides[issue][party].add(stance)
        same: Counter[tuple[_Party, _Party]] = Counter()
        opposite: Counter[tuple[_Party, _Party]] = Counter()
        for held in sides.values():
            for first, second in combinations([party for party in self.actors if party in held], 2):
                same[first, second] += bool(held[first] & held[second])
                opposite[first, second] += bool((_SIDES - held[first]) & held[second])
        return same, opposite


def network(briefs: Iterable[Brief]) -> Network:
    """Collect the positions on issues."""
    made = Network()
    for brief in briefs:
        actors = {actor.id: actor for actor in brief.actors}
        issues = {issue.id: issue.proposition for issue in brief.issues}
        for position in brief.positions:
            if position.issue:
                actor = actors[position.actor]
                party = (actor.name, actor.country)
                made.actors.setdefault(party, actor)
                made.stances[party, issues[position.issue], position.stance] += 1
    return made


def graphml(briefs: Iterable[Brief]) -> str:
    """Return the network as GraphML: nodes `actor` and `concept`, edges `position`, `congruence` and `conflict`."""
    made = network(briefs)
    root = ElementTree.Element("graphml", xmlns=_NAMESPACE)
    for target, name, type_ in _KEYS:
        ElementTree.SubElement(root, "key", {"id": name, "for": target, "attr.name": name, "attr.type": type_})
    graph = ElementTree.SubElement(root, "graph", id="brief", edgedefault="undirected")
    ids = made.ids()
    for party, actor in made.actors.items():
        said = sum(count for (who, _, _), count in made.stances.items() if who == party)
        facts = {"name": actor.name, "variable": "actor", "type": actor.type.value, "country": actor.country, "frequency": said}
        _add(graph, "node", {"id": ids[party]}, facts)
    for issue in made.issues:
        said = sum(count for (_, what, _), count in made.stances.items() if what == issue)
        _add(graph, "node", {"id": ids[issue]}, {"name": issue, "variable": "concept", "frequency": said})
    for (party, issue, stance), count in made.stances.items():
        ends = {"source": ids[party], "target": ids[issue]}
        _add(graph, "edge", ends, {"relation": "position", "stance": stance.value, "weight": count})
    for relation, pairs in zip(("congruence", "conflict"), made.agreement(), strict=True):
        for (first, second), count in pairs.items():
            if count:
                _add(graph, "edge", {"source": ids[first], "target": ids[second]}, {"relation": relation, "weight": count})
    ElementTree.indent(root)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ElementTree.tostring(root, encoding="unicode") + "\n"


def _add(graph: ElementTree.Element, kind: str, attributes: dict[str, str], facts: dict[str, str | int | None]) -> None:
    element = ElementTree.SubElement(graph, kind, attributes)
    for name, value in facts.items():
        if value is not None:
            ElementTree.SubElement(element, "data", key=name).text = _NO_XML.sub("", one_line(str(value)))


def mermaid(briefs: Iterable[Brief]) -> str:
    """Return the network as a Mermaid flowchart: actors, issues and the stances between them."""
    made = network(briefs)
    ids = made.ids()
    lines = ["flowchart LR"]
    lines += [f'    {ids[party]}["{_label(actor.name)}"]' for party, actor in made.actors.items()]
    lines += [f'    {ids[issue]}{{{{"{_label(issue)}"}}}}' for issue in made.issues]
    for party, issue, stance in made.stances:
        arrow = "-->" if stance is Stance.SUPPORT else "-.->"
        lines.append(f'    {ids[party]} {arrow}|"{STANCES[stance]}"| {ids[issue]}')
    return "\n".join(lines) + "\n"


def _label(text: str) -> str:
    return "".join(_MERMAID.get(character, character) for character in one_line(text))
