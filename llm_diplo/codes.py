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


# Event.OTHER has none.
QUAD_CODES: dict[Event, QuadCode] = {
    Event.AGREE: QuadCode.VERBAL_COOPERATION,
    Event.CONSULT: QuadCode.VERBAL_COOPERATION,
    Event.SUPPORT: QuadCode.VERBAL_COOPERATION,
    Event.CONCEDE: QuadCode.VERBAL_COOPERATION,
    Event.COOPERATE: QuadCode.MATERIAL_COOPERATION,
    Event.AID: QuadCode.MATERIAL_COOPERATION,
    Event.RETREAT: QuadCode.MATERIAL_COOPERATION,
    Event.REQUEST: QuadCode.VERBAL_CONFLICT,
    Event.ACCUSE: QuadCode.VERBAL_CONFLICT,
    Event.REJECT: QuadCode.VERBAL_CONFLICT,
    Event.THREATEN: QuadCode.VERBAL_CONFLICT,
    Event.PROTEST: QuadCode.MATERIAL_CONFLICT,
    Event.SANCTION: QuadCode.MATERIAL_CONFLICT,
    Event.MOBILIZE: QuadCode.MATERIAL_CONFLICT,
    Event.COERCE: QuadCode.MATERIAL_CONFLICT,
    Event.ASSAULT: QuadCode.MATERIAL_CONFLICT,
}


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
