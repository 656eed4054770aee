"""The code lists: what the coded fields of a brief may say. `docs/codebook.md` defines each value."""

from __future__ import annotations

from enum import StrEnum


class ActorType(StrEnum):
    """What kind of party an actor is."""

    PERSON = "person"
    STATE = "state"
    GOVERNMENT_BODY = "government_body"
    INTERNATIONAL_ORGANIZATION = "international_organization"
    ARMED_GROUP = "armed_group"
    POLITICAL_PARTY = "political_party"
    COMPANY = "company"
    CIVIL_SOCIETY = "civil_society"
    MEDIA = "media"
    OTHER = "other"


class Stance(StrEnum):
    """Where an actor stands on an issue's proposition (Discourse Network Analyzer: agreement)."""

    SUPPORT = "support"
    OPPOSE = "oppose"
    MIXED = "mixed"
    UNCLEAR = "unclear"


class Attribution(StrEnum):
    """How the article gives an actor's words (PARC 3.0: direct, indirect, mixed)."""

    DIRECT = "direct"
    INDIRECT = "indirect"
    MIXED = "mixed"


class Event(StrEnum):
    """The PLOVER type of an action (PLOVER manual, event types), or OTHER: elections, laws, reports."""

    AGREE = "AGREE"
    CONSULT = "CONSULT"
    SUPPORT = "SUPPORT"
    CONCEDE = "CONCEDE"
    COOPERATE = "COOPERATE"
    AID = "AID"
    RETREAT = "RETREAT"
    REQUEST = "REQUEST"
    ACCUSE = "ACCUSE"
    REJECT = "REJECT"
    THREATEN = "THREATEN"
    PROTEST = "PROTEST"
    SANCTION = "SANCTION"
    MOBILIZE = "MOBILIZE"
    COERCE = "COERCE"
    ASSAULT = "ASSAULT"
    OTHER = "OTHER"


class QuadCode(StrEnum):
    """PLOVER's four quadrants: words or deeds, cooperation or conflict."""

    VERBAL_COOPERATION = "verbal_cooperation"
    MATERIAL_COOPERATION = "material_cooperation"
    VERBAL_CONFLICT = "verbal_conflict"
    MATERIAL_CONFLICT = "material_conflict"


_BY_QUADRANT = {
    QuadCode.VERBAL_COOPERATION: (Event.AGREE, Event.CONSULT, Event.SUPPORT, Event.CONCEDE),
    QuadCode.MATERIAL_COOPERATION: (Event.COOPERATE, Event.AID, Event.RETREAT),
    QuadCode.VERBAL_CONFLICT: (Event.REQUEST, Event.ACCUSE, Event.REJECT, Event.THREATEN),
    QuadCode.MATERIAL_CONFLICT: (Event.PROTEST, Event.SANCTION, Event.MOBILIZE, Event.COERCE, Event.ASSAULT),
}
QUAD_CODES = {event: quadrant for quadrant, events in _BY_QUADRANT.items() for event in events}
"""Event.OTHER has none."""


class Commitment(StrEnum):
    """How firmly a next step is meant."""

    PROPOSE = "propose"
    REQUEST = "request"
    PLEDGE = "pledge"
    AGREE = "agree"
    SCHEDULE = "schedule"
    EXPECT = "expect"
    THREATEN = "threaten"
    REFUSE = "refuse"
