"""The briefs of a long article's windows become one: in any order, without losing evidence, and nothing is united wrongly."""

from __future__ import annotations

import json
from itertools import permutations
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from llm_diplo import Article, Brief
from llm_diplo.brief.assembly import resolve_extraction
from llm_diplo.brief.likeness import mean_the_same
from llm_diplo.brief.merge import merge_briefs
from llm_diplo.codes import ActorType, Attribution, Commitment, Event, Stance
from llm_diplo.schema import (
    Actor,
    Coverage,
    Evidence,
    Issue,
    NextStep,
    Notice,
    Position,
    Prompt,
    Provenance,
    Rejected,
    Span,
)
from llm_diplo.text.quotations import number_article

TEXT = "\n\n".join(
    f"Edvard Osk, chairman of the Narrows Survey Office (NSO), said “that toll {n} should fall.” Ines Calloway and Lars Osk did not agree."
    for n in range(1, 9)
)
ARTICLE = number_article(Article.from_text(TEXT))
NAMES = ["Edvard Osk", "Lars Osk", "Osk", "Chairman Osk", "Ines Calloway", "Calloway", "Narrows Survey Office", "NSO", "Ketter"]
PROPOSITIONS = [
    "Tolls in the narrows should fall",
    "The tolls in the narrows must fall",
    "Tolls in the narrows should not fall",
    "Tolls in the narrows should be raised",
    "Fishing boats should be exempt from tolls",
    "Fishing boats should be exempted from the tolls",
    "Tolls should fall by 5 percent",
]
ACTIONS = [
    "lower the tolls in the narrows",
    "lower tolls in the narrows",
    "hold a conference in Karstad",
    "hold a conference in Brenn",
]
PROVENANCE = Provenance(model="m", prompt=Prompt(name="p", sha256=""), calls=1, seconds=0, created="2026-01-01T00:00:00")
OPTIONAL = st.sampled_from([None, "wages hold", "the fund is audited"])


def units(numbers: list[int]) -> tuple[Evidence, ...]:
    spans = [ARTICLE.article.unit(number) for number in sorted(numbers)]
    return tuple(Evidence(unit=u.number, start=u.start, end=u.end, quote=TEXT[u.start : u.end]) for u in spans)


def quotes(numbers: list[int]) -> tuple[Evidence, ...]:
    found = [ARTICLE.quotations[number] for number in numbers]
    return tuple(
        Evidence(unit=q.unit, start=span.start, end=span.end, quote=TEXT[span.start : span.end], quotation=q.label)
        for q in found
        for span in q.spans
    )


EVIDENCE = st.lists(st.integers(1, 16), min_size=1, max_size=3, unique=True).map(units)
QUOTES = st.lists(st.integers(0, 7), max_size=2, unique=True).map(quotes)


@st.composite
def briefs(draw: st.DrawFn) -> Brief:
    """A brief as one window's answer gives it: ids in order, each name once."""
    names = draw(st.lists(st.sampled_from(NAMES), min_size=1, max_size=4, unique=True))
    propositions = draw(st.lists(st.sampled_from(PROPOSITIONS), max_size=3, unique=True))
    actors = tuple(draw(actor(place, name, len(names))) for place, name in enumerate(names, start=1))
    ids = st.sampled_from([found.id for found in actors])
    issues = tuple(Issue(id=f"i{n}", proposition=text) for n, text in enumerate(propositions, start=1))
    issue = st.sampled_from([None, *(found.id for found in issues)])
    positions = tuple(draw(position(place, ids, issue)) for place in range(1, draw(st.integers(0, 4)) + 1))
    steps = tuple(draw(step(place, ids)) for place in range(1, draw(st.integers(0, 3)) + 1))
    cited = {part.quotation for item in positions for part in item.quotes}
    left = tuple(part for number in range(8) for part in quotes([number]) if part.quotation not in cited)
    return Brief(
        article=ARTICLE.article.metadata,
        summary=draw(st.sampled_from([None, "Osk wants lower tolls."])),
        actors=actors,
        issues=issues,
        positions=positions,
        next_steps=steps,
        rejected=draw(st.sampled_from([(), (Rejected(kind="actor", item={"name": "Nobody"}, reasons=("unknown",)),)])),
        warnings=draw(st.sampled_from([(), (Notice(reason="broken"),), (Notice(item="a1", field="office", reason="no"),)])),
        coverage=Coverage(quotations=8, cited=len(cited), left_over=left),
        provenance=PROVENANCE,
    )


@st.composite
def actor(draw: st.DrawFn, place: int, name: str, count: int) -> Actor:
    other = draw(st.sampled_from([None, *(f"a{n}" for n in range(1, count + 1) if n != place)]))
    start = draw(st.integers(0, 100))
    kind = (
        st.sampled_from([ActorType.PERSON, ActorType.OTHER])
        if "Office" not in name and name not in {"NSO", "Ketter"}
        else st.just(ActorType.STATE)
    )
    aliases = draw(st.sampled_from([(), ("the chairman",), ("the minister", "she")]))
    mentions = (Span(start=start, end=start + 5), Span(start=start + 10, end=start + 15))
    return Actor(id=f"a{place}", name=name, type=draw(kind), aliases=aliases, affiliation=other, mentions=mentions)


@st.composite
def position(draw: st.DrawFn, place: int, ids: Any, issue: Any) -> Position:
    shown = draw(QUOTES)
    return Position(
        id=f"p{place}",
        actor=draw(ids),
        issue=draw(issue),
        stance=draw(st.sampled_from(Stance)),
        statement=draw(st.sampled_from(PROPOSITIONS)),
        condition=draw(OPTIONAL),
        attribution=draw(st.sampled_from([Attribution.DIRECT, Attribution.MIXED])) if shown else Attribution.INDIRECT,
        evidence=draw(EVIDENCE),
        quotes=shown,
    )


@st.composite
def step(draw: st.DrawFn, place: int, ids: Any) -> NextStep:
    who = st.lists(ids, max_size=2, unique=True).map(tuple)
    return NextStep(
        id=f"n{place}",
        action=draw(st.sampled_from(ACTIONS)),
        proposed_by=draw(who),
        actors=draw(who),
        recipients=draw(who),
        event=draw(st.sampled_from([Event.CONSULT, Event.CONCEDE])),
        commitment=draw(st.sampled_from([Commitment.PROPOSE, Commitment.PLEDGE])),
        condition=draw(OPTIONAL),
        evidence=draw(EVIDENCE),
    )


@settings(deadline=None)
@given(st.lists(briefs(), min_size=1, max_size=3))
def test_the_order_does_not_matter(given_: list[Brief]) -> None:
    first = merge_briefs(given_)
    assert all(merge_briefs(order) == first for order in permutations(given_))


@settings(deadline=None)
@given(briefs(), st.integers(1, 3))
def test_a_brief_merged_with_itself_stays_as_it_is(brief: Brief, times: int) -> None:
    assert merge_briefs([brief] * times) == brief


@settings(deadline=None)
@given(st.lists(briefs(), min_size=1, max_size=3))
def test_what_is_merged_stays_as_it_is(given_: list[Brief]) -> None:
    merged = merge_briefs(given_)
    assert merge_briefs([merged, merged]) == merged


def forms(brief: Brief, id_: str) -> set[str]:
    found = brief.actor(id_)
    return {found.name, *found.aliases}


@settings(deadline=None)
@given(st.lists(briefs(), min_size=1, max_size=3))
def test_no_evidence_is_lost(given_: list[Brief]) -> None:
    """Every item is in one of the merged ones, with its holder, its stance and all its evidence and quotes."""
    merged = merge_briefs(given_)
    for brief in given_:
        for item in brief.positions:
            assert any(
                brief.actor(item.actor).name in forms(merged, found.actor)
                and (found.stance, bool(found.issue)) == (item.stance, bool(item.issue))
                and set(found.evidence) >= set(item.evidence)
                and set(found.quotes) >= set(item.quotes)
                for found in merged.positions
            )
        for step_ in brief.next_steps:
            assert any(
                set(found.evidence) >= set(step_.evidence)
                and all(
                    any(brief.actor(id_).name in forms(merged, by) for by in found.proposed_by) for id_ in step_.proposed_by
                )
                for found in merged.next_steps
            )
        kept = [span for found in merged.actors for span in found.mentions]
        assert all(
            any(span.start <= mention.start and mention.end <= span.end for span in kept)
            for found in brief.actors
            for mention in found.mentions
        )
    cited = {part.quotation for item in merged.positions for part in item.quotes}
    assert merged.coverage.cited == len(cited)
    assert cited.isdisjoint(part.quotation for part in merged.coverage.left_over)


@settings(deadline=None)
@given(st.lists(briefs(), min_size=1, max_size=3))
def test_every_id_leads_somewhere(given_: list[Brief]) -> None:
    merged = merge_briefs(given_)
    actors, issues = {found.id for found in merged.actors}, {found.id for found in merged.issues}
    assert len(actors) == len(merged.actors)
    assert {item.actor for item in merged.positions} <= actors
    assert {item.issue for item in merged.positions} - {None} <= issues
    assert {found.affiliation for found in merged.actors} - {None} <= actors
    assert all({*item.proposed_by, *item.actors, *item.recipients} <= actors for item in merged.next_steps)


def resolved(*actors: str, issue: str = "Toll 1 should fall", holder: int = 0, unit: int = 1, **position: Any) -> Brief:
    """A brief made of an answer, checked against the article."""
    held = {
        "evidence": [unit],
        "quotes": [],
        "actor": actors[holder],
        "issue": 1 if issue else 0,
        "stance": "support" if issue else "unclear",
        "statement": "The toll should fall.",
        "condition": "",
        "date_text": "",
        "via": "",
    }
    listed = [
        {"name": name, "type": "person", "country": "", "office": "", "affiliation": "", "aliases": []} for name in actors
    ]
    answer = {
        "summary": "",
        "actors": listed,
        "issues": [issue] if issue else [],
        "positions": [held | position],
        "next_steps": [],
    }
    brief = resolve_extraction(json.dumps(answer), ARTICLE)
    assert brief.positions, brief.rejected
    return brief


def test_a_lone_surname_joins_its_only_bearer() -> None:
    merged = merge_briefs([resolved("Calloway", unit=4), resolved("Ines Calloway", unit=2)])
    (found,) = merged.actors
    assert (found.name, found.aliases) == ("Ines Calloway", ("Calloway",))
    assert {TEXT[span.start : span.end] for span in found.mentions} == {"Ines Calloway"}
    (held,) = merged.positions
    assert [part.unit for part in held.evidence] == [2, 4]


def test_a_surname_of_two_stays_apart() -> None:
    merged = merge_briefs([resolved("Osk", unit=4), resolved("Edvard Osk", unit=1), resolved("Lars Osk", unit=2)])
    assert sorted(found.name for found in merged.actors) == ["Edvard Osk", "Lars Osk", "Osk"]


def test_two_actors_of_one_reading_stay_two() -> None:
    merged = merge_briefs([resolved("Osk", "Edvard Osk"), resolved("Edvard Osk", unit=3)])
    assert sorted(found.name for found in merged.actors) == ["Edvard Osk", "Osk"]


def test_stances_that_differ_stay_two_positions_of_one_issue() -> None:
    later = resolved("Edvard Osk", issue="The toll 1 must fall", unit=15, stance="oppose")
    merged = merge_briefs([resolved("Edvard Osk"), later])
    assert (len(merged.actors), len(merged.issues)) == (1, 1)
    assert [item.stance for item in merged.positions] == [Stance.SUPPORT, Stance.OPPOSE]
    assert [item.id for item in merged.positions] == ["p1", "p2"]


def test_a_remark_that_two_windows_read_is_one() -> None:
    """The overlap is read twice; what is said elsewhere in other words is another remark."""
    said = {"issue": "", "statement": "Osk called the audit a long winter."}
    same = {"issue": "", "statement": "Osk called this audit a long winter."}
    read_twice = merge_briefs([resolved("Edvard Osk", **said), resolved("Edvard Osk", **same)])
    elsewhere = merge_briefs([resolved("Edvard Osk", **said), resolved("Edvard Osk", unit=9, **same)])
    assert (len(read_twice.positions), len(elsewhere.positions)) == (1, 2)


def test_only_briefs_of_one_article_are_merged() -> None:
    brief = resolved("Edvard Osk")
    other = brief.model_copy(update={"article": brief.article.model_copy(update={"text_sha256": "0"})})
    for given_ in ([brief, other], []):
        with pytest.raises(ValueError, match="same article"):
            merge_briefs(given_)


ALIKE = [
    ("Tolls in the narrows should fall", "The tolls in the narrows must fall"),
    ("Harbour tolls should be lowered", "Tolls in the harbour should be lowered"),
    ("Fishing boats should be exempt from tolls", "Fishing boats should be exempted from the tolls"),
    ("Les péages doivent baisser", "Les péages devraient baisser"),
    ("双方应举行会谈", "双方应举行会谈"),
]
UNLIKE = [
    ("Harbour tolls should be lowered", "Harbour tolls should be raised"),
    ("Tolls in the narrows should fall", "Tolls in the narrows should not fall"),
    ("Tolls in the narrows should fall", "Tolls in the narrows should fall if wages hold"),
    ("Sudan should disarm at once", "South Sudan should disarm at once"),
    ("Niger should withdraw its troops", "Nigeria should withdraw its troops"),
    ("The EU should lift sanctions at once", "The EU should lift sanctions on Tarn at once"),
    ("Tolls should fall by 5 percent", "Tolls should fall by 7 percent"),
    ("An internal review of the fund should come", "An international review of the fund should come"),
    ("Les péages doivent baisser", "Les péages ne doivent pas baisser"),
    ("双方应举行会谈", "双方不应举行会谈"),
    ("", "Tolls"),
]


@pytest.mark.parametrize(("one", "other"), ALIKE)
def test_propositions_that_mean_the_same(one: str, other: str) -> None:
    assert mean_the_same(one, other)
    assert mean_the_same(other, one)


@pytest.mark.parametrize(("one", "other"), UNLIKE)
def test_propositions_that_do_not(one: str, other: str) -> None:
    assert not mean_the_same(one, other)
    assert not mean_the_same(other, one)
