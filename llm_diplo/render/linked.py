"""Briefs as JSON-LD: schema.org for article, parties, claims and quotations; the Web Annotation model for evidence.

The context is in the document, so that it can be read without a network. Selectors are those of the W3C Web Annotation
Data Model, §4.2.4 (TextQuoteSelector) and §4.2.5 (TextPositionSelector); positions count code points from 0.
"""

from __future__ import annotations

import json
from base64 import urlsafe_b64encode
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from llm_diplo.codes import ActorType
from llm_diplo.render.outline import whole_quotes
from llm_diplo.render.pages import web_url
from llm_diplo.schema import Actor, ArticleMetadata, Brief, Evidence, NextStep, Position

_BESIDE = 32  # characters of prefix and suffix
_ANNOTATION = "http://www.w3.org/ns/oa#"
_CONTEXT: dict[str, Any] = {
    "@vocab": "https://schema.org/",
    "oa": _ANNOTATION,
    "diplo": "urn:llm-diplo:",
    **{name: f"oa:{name}" for name in ("Annotation", "SpecificResource", "TextQuoteSelector", "TextPositionSelector")},
    **{name: f"oa:{name}" for name in ("exact", "prefix", "suffix", "start", "end")},
    "motivation": {"@id": "oa:motivatedBy", "@type": "@vocab"},
    "describing": "oa:describing",
    "body": {"@id": "oa:hasBody", "@type": "@id"},
    "target": {"@id": "oa:hasTarget"},
    "source": {"@id": "oa:hasSource", "@type": "@id"},
    "selector": {"@id": "oa:hasSelector"},
    "url": {"@id": "https://schema.org/url", "@type": "@id"},
    **{name: {"@id": f"https://schema.org/{name}", "@type": "@id"} for name in ("appearance", "isPartOf", "spokenByCharacter")},
    **{name: {"@id": f"https://schema.org/{name}", "@type": "@id"} for name in ("agent", "participant", "memberOf")},
    "holder": {"@id": "https://schema.org/author", "@type": "@id"},
    "issue": {"@id": "https://schema.org/about", "@type": "@id"},
    "actionStatus": {"@id": "https://schema.org/actionStatus", "@type": "@vocab"},
    "stance": "diplo:stance",
    "commitment": "diplo:commitment",
    "event": "diplo:event",
    "condition": "diplo:condition",
}
_TYPES = {
    ActorType.PERSON: "Person",
    ActorType.STATE: "Country",
    ActorType.GOVERNMENT_BODY: "GovernmentOrganization",
    ActorType.POLITICAL_PARTY: "PoliticalParty",
    ActorType.COMPANY: "Corporation",
    ActorType.MEDIA: "NewsMediaOrganization",
}


def jsonld(briefs: Iterable[Brief], texts: Mapping[str, str] | None = None) -> str:
    """Return briefs as one JSON-LD document; nodes are named by the SHA-256 of the article's text (RFC 6920).

    If an article's text is in `texts`, by SHA-256, each TextQuoteSelector also has the words before and after the quote.
    """
    nodes = (node for brief in briefs for node in _nodes(brief, (texts or {}).get(brief.article.text_sha256)))
    graph = [{key: value for key, value in node.items() if value not in (None, [], "")} for node in nodes]
    return json.dumps({"@context": _CONTEXT, "@graph": graph}, ensure_ascii=False, indent=2) + "\n"


def _nodes(brief: Brief, text: str | None) -> Iterator[dict[str, Any]]:
    base = _name(brief.article)
    yield _article(brief.article, base)
    yield from (_actor(actor, base) for actor in brief.actors)
    yield from ({"@id": f"{base}#{issue.id}", "@type": "Statement", "text": issue.proposition} for issue in brief.issues)
    for position in brief.positions:
        yield from (_claim(position, base), *_quotations(position, base), *_annotations(position, base, text))
    for step in brief.next_steps:
        yield from (_action(step, base), *_annotations(step, base, text))


def _name(article: ArticleMetadata) -> str:
    digest = urlsafe_b64encode(bytes.fromhex(article.text_sha256)).decode().rstrip("=")
    return f"ni:///sha-256;{digest}"


def _article(article: ArticleMetadata, base: str) -> dict[str, Any]:
    return {
        "@id": base,
        "@type": "NewsArticle",
        "headline": article.headline,
        "url": web_url(article.url),
        "datePublished": article.date_published,
        "inLanguage": article.language,
        "author": article.author,
        "publisher": article.publisher,
        "dateline": article.dateline,
        "sha256": article.text_sha256,
    }


def _actor(actor: Actor, base: str) -> dict[str, Any]:
    return {
        "@id": f"{base}#{actor.id}",
        "@type": _TYPES.get(actor.type, "Organization"),
        "name": actor.name,
        "alternateName": list(actor.aliases),
        "jobTitle": actor.office,
        "memberOf": f"{base}#{actor.affiliation}" if actor.affiliation else None,
        "addressCountry": actor.country,
    }


def _claim(position: Position, base: str) -> dict[str, Any]:
    return {
        "@id": f"{base}#{position.id}",
        "@type": "Claim",
        "holder": f"{base}#{position.actor}",
        "issue": f"{base}#{position.issue}" if position.issue else None,
        "stance": position.stance.value,
        "text": position.statement,
        "condition": position.condition,
        "temporal": position.date,
        "appearance": base,
    }


def _quotations(position: Position, base: str) -> list[dict[str, Any]]:
    return [
        {
            "@type": "Quotation",
            "text": " … ".join(part.quote for part in parts),
            "spokenByCharacter": f"{base}#{position.actor}",
            "isPartOf": base,
        }
        for parts in whole_quotes(position.quotes)
    ]


def _action(step: NextStep, base: str) -> dict[str, Any]:
    return {
        "@id": f"{base}#{step.id}",
        "@type": "Action",
        "actionStatus": "PotentialActionStatus",
        "description": step.action,
        "agent": [f"{base}#{actor}" for actor in step.actors],
        "participant": [f"{base}#{actor}" for actor in step.recipients],
        "holder": [f"{base}#{actor}" for actor in step.proposed_by],
        "commitment": step.commitment.value,
        "event": step.event.value,
        "condition": step.condition,
        "temporal": step.date,
    }


def _annotations(item: Position | NextStep, base: str, text: str | None) -> list[dict[str, Any]]:
    words = (*item.evidence, *(item.quotes if isinstance(item, Position) else ()))
    return [
        {
            "@type": "Annotation",
            "motivation": "describing",
            "body": f"{base}#{item.id}",
            "target": {"@type": "SpecificResource", "source": base, "selector": _selectors(part, text)},
        }
        for part in words
    ]


def _selectors(part: Evidence, text: str | None) -> list[dict[str, Any]]:
    quote = {"@type": "TextQuoteSelector", "exact": part.quote}
    if text is not None:
        before, after = text[max(0, part.start - _BESIDE) : part.start], text[part.end : part.end + _BESIDE]
        quote |= {name: words for name, words in (("prefix", before), ("suffix", after)) if words}
    return [quote, {"@type": "TextPositionSelector", "start": part.start, "end": part.end}]
