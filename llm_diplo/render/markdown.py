"""A brief as Markdown, grouped by issue, so that you see agreement and dispute at a glance."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from llm_diplo.brief.wording import bare_condition
from llm_diplo.codes import ActorType
from llm_diplo.render.outline import (
    STANDINGS,
    aliases_of,
    claim_of,
    facts_of,
    positions_by_issue,
    sections,
    sides,
    stance_of,
    statements_by_speaker,
    steps_in_order,
    title_of,
    whole_quotes,
    words_of,
)
from llm_diplo.schema import UNKNOWN, Actor, Brief, Evidence, NextStep, Notice, Position, Rejected
from llm_diplo.text.injection import escape_markdown as safe

OFFLINE = "diplo-offline"
MOST_LEFT_OVER = 3
MOST_WORDS = 12  # of what the footer repeats

_KINDS = {"actor": "actor", "position": "position", "next_step": "next step"}


def markdown(brief: Brief) -> str:
    """Return a brief as Markdown, ending in a newline. Its text is inert: markup in the article is escaped."""
    parts = [
        _title(brief),
        safe(brief.summary or ""),
        *_positions(brief),
        *_next_steps(brief),
        _actors(brief),
        _footer(brief),
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def _title(brief: Brief) -> str:
    article = brief.article
    place = article.dateline.title() if article.dateline and article.dateline.isupper() else article.dateline
    speaker = article.speaker if article.headline else None
    facts = [article.publisher, place, article.date_published, article.author, speaker]
    line = " · ".join(safe(fact) for fact in facts if fact)
    return "\n".join(filter(None, [f"# {safe(title_of(article))}", line]))


def _positions(brief: Brief) -> Iterator[str]:
    """Contested issues first, then single demands and assessments, then statements that take no side."""
    actors = {actor.id: actor for actor in brief.actors}
    held = positions_by_issue(brief)
    introduced: set[str] = set()
    for heading, issues in sections(brief):
        yield f"## {heading}"
        for issue in issues:
            lines = (_position(position, actors, introduced) for position in held[issue.id])
            yield "\n".join([f"**{safe(issue.proposition.removesuffix('.'))}**\n", *lines])
    if statements := statements_by_speaker(brief):
        yield "## Statements"
        yield "\n".join(_position(position, actors, introduced) for position in statements)


def _position(position: Position, actors: dict[str, Actor], introduced: set[str]) -> str:
    holder = _holder(actors[position.actor], actors, introduced)
    stance = f" {stance_of(actors[position.actor].name, position.stance)}" if position.issue else ""
    via = f" (according to {safe(position.via)})" if position.via else ""
    said = claim_of(position, actors[position.actor])
    condition = f"condition: {safe(bare_condition(position.condition))}" if position.condition else ""
    when = safe(", ".join(filter(None, [position.date, f"“{position.date_text}”" if position.date_text else None])))
    more = "; ".join(filter(None, [condition, when]))
    claim = f"{safe(said.removesuffix('.'))}; {more}" if said and more else safe(said) or more
    quotes = "".join(f"\n  > {' … '.join(safe(part.quote) for part in parts)}" for parts in whole_quotes(position.quotes))
    return f"- {holder}{stance}{via}{':' if claim else ''} {claim}{' ' if claim else ''}{_units(position.evidence)}{quotes}"


def _holder(actor: Actor, actors: dict[str, Actor], introduced: set[str]) -> str:
    """Return a holder's name, with office and side where it is named for the first time."""
    facts = "" if actor.id in introduced else facts_of(actor, actors)
    introduced.add(actor.id)
    return f"**{safe(actor.name)}**" + (f" ({safe(facts)})" if facts else "")


def _units(evidence: Iterable[Evidence]) -> str:
    parts = list(evidence)
    pages = sorted({part.page for part in parts if part.page})
    on = "" if not pages else f"; p. {pages[0]}" if len(pages) == 1 else f"; pp. {', '.join(map(str, pages))}"
    return f"[{', '.join(str(part.unit) for part in parts)}{on}]"


def _next_steps(brief: Brief) -> Iterator[str]:
    if not brief.next_steps:
        return
    names = {actor.id: safe(actor.name) for actor in brief.actors}
    yield "## Next steps"
    rows = [_next_step(step, names) for step in steps_in_order(brief)]
    yield "\n".join(["| when | who | what | standing |", "|---|---|---|---|", *rows])


def _next_step(step: NextStep, names: dict[str, str]) -> str:
    said = f"“{safe(step.date_text)}”" if step.date_text else None
    when = ", ".join(filter(None, [step.date, said]))
    recipients = ", ".join(names[actor] for actor in step.recipients if actor not in step.actors)
    who = ", ".join(filter(None, [", ".join(names[actor] for actor in step.actors), recipients and f"with {recipients}"]))
    condition = f"; condition: {safe(bare_condition(step.condition))}" if step.condition else ""
    by = f" by {', '.join(names[actor] for actor in step.proposed_by)}" if step.proposed_by else ""
    return f"| {when} | {who} | {safe(step.action)}{condition} | {STANDINGS[step.commitment]}{by} {_units(step.evidence)} |"


def _actors(brief: Brief) -> str:
    if not brief.actors:
        return ""
    actors = {actor.id: actor for actor in brief.actors}
    lines = [_side(members, actors) for members in sides(brief.actors)]
    return "## Actors\n\n" + "\\\n".join(lines)


def _side(members: list[Actor], actors: dict[str, Actor]) -> str:
    head, *others = members
    if not others or head.type is ActorType.PERSON:
        return " · ".join(_member(actor, actors) for actor in members)
    return f"**{safe(head.name)}**{_aliases(head)}: " + " · ".join(_member(actor, actors, head) for actor in others)


def _member(actor: Actor, actors: dict[str, Actor], head: Actor | None = None) -> str:
    body = actors.get(actor.affiliation or "")
    side = safe(body.name) if body and body is not head else "" if head else (actor.country or "")
    facts = ", ".join(filter(None, [safe(actor.office or ""), side]))
    return safe(actor.name) + (f" ({facts})" if facts else "") + _aliases(actor)


def _aliases(actor: Actor) -> str:
    shown = ", ".join(map(safe, aliases_of(actor)))
    return f" ({shown})" if shown else ""


def _footer(brief: Brief) -> str:
    notes = [*map(_rejected, brief.rejected), *map(_notice, brief.warnings)]
    return "\n".join(["---\n", " · ".join([_coverage(brief), *_made_by(brief)]), *(["", *notes] if notes else [])])


def _coverage(brief: Brief) -> str:
    coverage = brief.coverage
    if not coverage.quotations:
        return "no quotations"
    left = ", ".join(f"{safe(_cut(part.quote))} [{part.unit}]" for part in coverage.left_over[:MOST_LEFT_OVER])
    more = ", …" if len(coverage.left_over) > MOST_LEFT_OVER else ""
    not_cited = f", not {left}{more}" if left else ""
    return f"{coverage.cited} of {_count(coverage.quotations, 'quotation')} cited{not_cited}"


def _rejected(rejected: Rejected) -> str:
    """One line: what the model answered, and why it is not in the brief."""
    item = rejected.item
    what = words_of(rejected) or _KINDS.get(rejected.kind, rejected.kind)
    by = item.get("actor") or ""
    holder = f" by {safe(str(by))}" if by else ""
    return f"- Rejected: “{safe(_cut(str(what)))}”{holder}: {safe('; '.join(rejected.reasons))}"


def _notice(notice: Notice) -> str:
    where = " ".join(filter(None, [notice.item, notice.field]))
    value = f" “{safe(_cut(notice.value))}”" if notice.value else ""
    return f"- Warning: {safe(where)}{value}{': ' if where or value else ''}{safe(notice.reason)}"


def _cut(text: str) -> str:
    words = text.split()
    return " ".join(words) if len(words) <= MOST_WORDS else " ".join(words[:MOST_WORDS]) + " …"


def _made_by(brief: Brief) -> Iterator[str]:
    made = brief.provenance
    if made.model == UNKNOWN:
        yield "an extraction made elsewhere"
        return
    yield safe(made.model)
    if made.model == OFFLINE:
        yield "offline baseline: quotations and speakers, no judgement"
    facts = [_count(made.calls, "call")]
    if made.input_tokens is not None and made.output_tokens is not None:
        facts.append(f"{made.input_tokens:,} + {made.output_tokens:,} tokens")
    if made.cost_usd is not None:
        facts.append(f"${made.cost_usd:.4f}")
    yield ", ".join([*facts, f"{made.seconds:.1f} s"])
    if made.verification:
        yield f"second reading by {safe(made.verification.model)}, {_count(made.verification.calls, 'call')}"


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" + ("" if number == 1 else "s")
