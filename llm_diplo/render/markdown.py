"""The brief to read: Markdown, grouped by issue so that agreement and dispute show at once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import groupby

from llm_diplo.schema import Actor, ActorType, Brief, Commitment, Evidence, NextStep, Position, Stance
from llm_diplo.text.inert import escape_markdown as safe

OFFLINE = "diplo-offline"

_STANCES = {
    Stance.SUPPORT: "supports",
    Stance.OPPOSE: "opposes",
    Stance.MIXED: "is of two minds",
    Stance.UNCLEAR: "takes no clear side",
}
_STANDINGS = {
    Commitment.PROPOSE: "proposed",
    Commitment.REQUEST: "requested",
    Commitment.PLEDGE: "pledged",
    Commitment.AGREE: "agreed",
    Commitment.SCHEDULE: "scheduled",
    Commitment.EXPECT: "expected",
    Commitment.THREATEN: "threatened",
    Commitment.REFUSE: "refused",
}


def markdown(brief: Brief) -> str:
    """Return a brief as Markdown, ending in a newline. Its text is inert: no markup of the article's comes through."""
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
    facts = [article.publisher, place, article.date_published, article.author, article.speaker]
    line = " · ".join(safe(fact) for fact in facts if fact)
    return "\n".join(filter(None, [f"# {safe(article.headline or 'Untitled article')}", line]))


def _positions(brief: Brief) -> Iterator[str]:
    actors = {actor.id: actor for actor in brief.actors}
    if brief.positions:
        yield "## Positions"
    for issue in brief.issues:
        held = [position for position in brief.positions if position.issue == issue.id]
        yield "\n".join([f"**{safe(issue.proposition)}**\n", *(_position(position, actors) for position in held)])
    if statements := [position for position in brief.positions if position.issue is None]:
        yield "\n".join(["**Statements**\n", *(_position(position, actors) for position in statements)])


def _position(position: Position, actors: dict[str, Actor]) -> str:
    via = f", according to {safe(position.via)}" if position.via else ""
    condition = f", if {safe(_bare(position.condition))}" if position.condition else ""
    claim = f"{_STANCES[position.stance]}{via}: {safe(position.statement)}{condition} {_units(position.evidence)}"
    quotes = "".join(f"\n  > {words}" for words in _quotes(position.quotes))
    return f"- {_holder(actors[position.actor])} {claim}{quotes}"


def _holder(actor: Actor) -> str:
    facts = ", ".join(safe(fact) for fact in (actor.office, actor.country) if fact)
    return f"**{safe(actor.name)}**" + (f" ({facts})" if facts else "")


def _quotes(quotes: Iterable[Evidence]) -> Iterator[str]:
    for _, parts in groupby(quotes, key=lambda part: part.quotation):
        yield " … ".join(safe(part.quote) for part in parts)


def _units(evidence: Iterable[Evidence]) -> str:
    parts = list(evidence)
    pages = sorted({part.page for part in parts if part.page})
    on = "" if not pages else f"; p. {pages[0]}" if len(pages) == 1 else f"; pp. {', '.join(map(str, pages))}"
    return f"[{', '.join(str(part.unit) for part in parts)}{on}]"


def _next_steps(brief: Brief) -> Iterator[str]:
    if not brief.next_steps:
        return
    names = {actor.id: safe(actor.name) for actor in brief.actors}
    rows = [_next_step(step, names) for step in brief.next_steps]
    yield "## Next steps"
    yield "\n".join(["| when | who | what | standing |", "|---|---|---|---|", *rows])


def _next_step(step: NextStep, names: dict[str, str]) -> str:
    said = f"“{safe(step.date_text)}”" if step.date_text else None
    when = ", ".join(filter(None, [step.date, said]))
    who = ", ".join(names[actor] for actor in step.actors)
    what = f"{safe(step.action)} ({step.event})" + (f", if {safe(_bare(step.condition))}" if step.condition else "")
    by = f" by {', '.join(names[actor] for actor in step.proposed_by)}" if step.proposed_by else ""
    return f"| {when} | {who} | {what} | {_STANDINGS[step.commitment]}{by} {_units(step.evidence)} |"


def _bare(condition: str) -> str:
    return condition.removeprefix("if ").removeprefix("If ")


def _actors(brief: Brief) -> str:
    if not brief.actors:
        return ""
    return "## Actors\n\n" + " · ".join(_actor(actor) for actor in brief.actors)


def _actor(actor: Actor) -> str:
    kind = "" if actor.type is ActorType.OTHER else actor.type.replace("_", " ")
    facts = ", ".join(filter(None, [kind, actor.country]))
    aliases = ", ".join(safe(alias) for alias in actor.aliases)
    inner = "; ".join(filter(None, [facts, aliases]))
    return safe(actor.name) + (f" ({inner})" if inner else "")


def _footer(brief: Brief) -> str:
    return "---\n\n" + " · ".join([*_left_out(brief), *_made_by(brief)])


def _left_out(brief: Brief) -> Iterator[str]:
    coverage = brief.coverage
    yield (f"{coverage.cited} of {_count(coverage.quotations, 'quotation')} cited" if coverage.quotations else "no quotations")
    if brief.rejected:
        reason = safe(brief.rejected[0].reasons[0])
        yield f"{_count(len(brief.rejected), 'item')} set aside ({reason}{', …' if len(brief.rejected) > 1 else ''})"
    if brief.warnings:
        yield _count(len(brief.warnings), "warning")


def _made_by(brief: Brief) -> Iterator[str]:
    made = brief.provenance
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
