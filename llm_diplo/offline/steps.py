"""Next steps by pattern: how a sentence announces what may come, what kind of action it is, and when."""

from __future__ import annotations

import re
from dataclasses import dataclass

from llm_diplo.brief.extraction import ExtractedStep
from llm_diplo.offline.event_words import code_action
from llm_diplo.schema import Commitment, Event
from llm_diplo.text.calendar import english_months

LONGEST_ACTION = 30  # words

_DAYS = r"(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day"
_MONTHS = "|".join(english_months())
_BEFORE = r"(?:on|by|before|until) "
_DATE_FORMS = (
    r"(?:later|early|earlier) (?:this|next) (?:week|month|year)",
    rf"(?:this|next) (?:week|weekend|month|year|spring|summer|autumn|fall|winter|{_DAYS})",
    r"by the end of (?:the|this|next) (?:week|month|year)",
    r"tomorrow|tonight",
    r"in the (?:coming|next) (?:few )?(?:days|weeks|months)",
    r"within (?:\w+ )?(?:hours|days|weeks|months)",
    rf"{_BEFORE}{_DAYS}",
    rf"(?:{_BEFORE})?\d{{1,2}} (?:{_MONTHS})(?: \d{{4}})?",
    rf"(?:{_BEFORE})?(?:{_MONTHS}) \d{{1,2}}\b(?:, \d{{4}})?",
    rf"(?:in|by|before|until) (?:{_MONTHS}|\d{{4}})(?: \d{{4}})?",
)
DATE_TEXT = re.compile(rf"\b(?:{'|'.join(_DATE_FORMS)})\b")
_CONDITION = re.compile(r"\b(?:if|unless|provided that|as long as|on condition that|once)\s+(?P<condition>[^,.;“”\"]{8,160})")
# Pattern with the action last, commitment, whether the subject would act itself. The first that fits wins.
_PATTERNS = tuple(
    (re.compile(pattern), commitment, acts)
    for pattern, commitment, acts in (
        (r"\b(?:refus\w+|declin\w+) to (?P<action>.+)", Commitment.REFUSE, True),
        (r"\b(?:will not|won['’]t|would not|would never|will never) (?P<action>.+)", Commitment.REFUSE, True),
        (r"\bthreaten\w* to (?P<action>.+)", Commitment.THREATEN, True),
        (r"\b(?:pledg|promis|vow|commit|undert)\w* to (?P<action>.+)", Commitment.PLEDGE, True),
        (r"\b(?:agreed?|agrees|decided?) to (?P<action>.+)", Commitment.AGREE, True),
        (r"\b(?:offer|offered|ready|prepared|willing) to (?P<action>.+)", Commitment.PLEDGE, True),
        (r"\b(?:plan|intend|aim|hope)(?:s|ned|ed|d)? to (?P<action>.+)", Commitment.EXPECT, True),
        (r"\b(?:expected|likely|set|due|scheduled|about) to (?P<action>.+)", Commitment.SCHEDULE, True),
        (
            r"\b(?:urg|ask|press|demand|invit|call)\w*(?: on| upon)? (?P<addressee>.{2,60}?) to (?P<action>.+)",
            Commitment.REQUEST,
            False,
        ),
        (r"\b(?:called|calls|calling|appealed|appeals) for (?P<action>.+)", Commitment.REQUEST, False),
        (r"\b(?:propos|suggest|recommend)\w* (?:that )?(?P<action>.+)", Commitment.PROPOSE, False),
        (r"\b(?:must|should|needs? to|has to|have to) (?P<action>.+)", Commitment.REQUEST, False),
        (r"\bwill (?P<action>.+)", Commitment.SCHEDULE, True),
    )
)
_ACTION_ENDS = re.compile(
    r"[.;“”\"]|, (?:but|which|who|he|she|they|and|after|as|a|the)\b"
    r"|,? (?:[A-Z][\w.]* ?){1,4}(?:said|told|reported|added)\b|,? (?:he|she|they|officials) said\b"
)


@dataclass(frozen=True, slots=True)
class Announcement:
    """What a sentence says may happen."""

    place: int
    """Where in the sentence the announcing words begin."""
    action: str
    event: Event
    commitment: Commitment
    acts: bool
    """Whether the subject of the sentence would act itself."""
    addressee: str
    """Who is asked to act, as the sentence says it; may be empty."""
    condition: str
    date_text: str


def find_announcement(words: str) -> Announcement | None:
    """Return what a sentence on one line announces, or None; linear in its length."""
    for pattern, commitment, acts in _PATTERNS:
        for match in pattern.finditer(words):
            action = _ACTION_ENDS.split(match["action"])[0].strip(" ,")
            event = code_action(action)
            if event and 1 < len(action.split()) <= LONGEST_ACTION and not _inside_quotation(words, match.start()):
                condition = _CONDITION.search(words)
                date_text = DATE_TEXT.search(words)
                return Announcement(
                    match.start(),
                    action,
                    event,
                    commitment,
                    acts,
                    (match.groupdict().get("addressee") or "").strip(),
                    condition["condition"].strip() if condition else "",
                    date_text[0] if date_text else "",
                )
    return None


def _inside_quotation(words: str, place: int) -> bool:
    before = words[:place]
    return before.count("“") > before.count("”") or before.count('"') % 2 == 1 or before.count("''") % 2 == 1


def announced_step(found: Announcement, unit: int, who: str, addressee: str | None) -> ExtractedStep:
    """Make a next step of an announcement whose subject is `who`."""
    nobody = found.commitment in {Commitment.EXPECT, Commitment.SCHEDULE}
    return ExtractedStep(
        evidence=[unit],
        action=found.action,
        proposed_by=[] if nobody else [who],
        actors=[who] if found.acts else [name for name in [addressee] if name],
        recipients=[],
        event=found.event,
        commitment=found.commitment,
        condition=found.condition,
        date_text=found.date_text,
    )
