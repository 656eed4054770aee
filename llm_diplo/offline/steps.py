"""Next steps by pattern: what a sentence announces, who would do it, and when."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from llm_diplo.codes import Commitment
from llm_diplo.text.dates import resolve_date
from llm_diplo.text.marks import DOUBLE, OPENERS
from llm_diplo.text.number_words import english_months

LONGEST_ACTION = 30  # words

_DAYS = r"(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day"
_MONTHS = "|".join(english_months())
_SEASONS = "(?:spring|summer|autumn|fall|winter)"
_DATE_FORMS = (
    rf"(?:later|early|earlier|late) (?:this|next) (?:week|month|year|{_SEASONS})",
    rf"(?:this|next) (?:week|weekend|month|year|{_SEASONS}|{_DAYS})",
    r"by the end of (?:the|this|next) (?:week|month|year)",
    rf"(?:by|before) the end of (?:{_MONTHS}|\d{{4}}|the (?:year|month))",
    rf"(?:before|after) the {_SEASONS}(?: break)?",
    r"[Tt]omorrow|tonight",
    r"in the (?:coming|next) (?:few )?(?:days|weeks|months)",
    rf"(?:later )?in (?:the )?{_SEASONS}",
    r"within (?:\w+ )?(?:hours|days|weeks|months)",
    rf"[Ff]rom (?:{_MONTHS}) \d{{1,2}}(?: ?(?:to|[-–]) ?(?:(?:{_MONTHS}) )?\d{{1,2}})?",
    rf"[Ff]rom \d{{1,2}} ?(?:to|[-–]) ?\d{{1,2}} (?:{_MONTHS})",
    rf"(?:(?:[Oo]n|by|before|until|till) )?\d{{1,2}} (?:{_MONTHS})(?: \d{{4}})?",
    rf"(?:(?:[Oo]n|by|before|until|till) )?(?:{_MONTHS}) \d{{1,2}}\b(?:, \d{{4}})?",
    rf"(?:[Ii]n|by|before|until|early in|late in) (?:(?:early|mid|late)[ -])?(?:{_MONTHS}|\d{{4}})(?: \d{{4}})?",
    rf"(?:[Oo]n|by|before|until|next) {_DAYS}",
)
_DATE = re.compile(rf"\b(?:{'|'.join(_DATE_FORMS)})\b")
_YEAR = re.compile(r"\b(?:19|20)\d\d\b")
_PAST = re.compile(rf"\b(?:last (?:year|month|week|night|{_SEASONS}|\w+day)(?!['’]s)|yesterday|ago|previously|at the time)\b")
_CONDITION = re.compile(
    rf"\b(?:if|unless|provided that|as long as|on condition that|once)\s+(?P<condition>[^,.;{DOUBLE}]{{8,160}})"
)
_NO_ACTION = (
    r"(?!(?:be|have|need|remain|become|mean|require|depend|see|know|make it|say|comment|confirm|elaborate|answer|speak|like"
    r"|want|also be|probably|likely|no longer be|still be)\b)"
)
_DONE = r"be (?:\w+ed|held|sent|put|built|met|led|shown|taken|given|brought|\w+ing)\b"
_DEMAND = r"(?P<demand>)"
_VERB = rf"(?:(?:also|soon|then|\w+ly) )?(?P<action>(?:{_DONE}|{_NO_ACTION}[a-z]+\b).*)"
_NP = (
    r"(?P<action>(?:(?:the|a|an|any|both|all|its|his|her|their|more|further|new|joint|immediate|urgent)\b"
    r"|[a-z]+\b(?! to\b)).*)"
)
# Pattern, commitment, whether the subject itself would act, and whether a bare weekday is the date of the step.
_PATTERNS = tuple(
    (re.compile(rf"\b{pattern}"), commitment, acts, ahead)
    for pattern, commitment, acts, ahead in (
        (rf"(?:refused|refuses|declined|declines) to {_VERB}", Commitment.REFUSE, True, False),
        (rf"(?:will not|won['’]t|would not|would never|will never) {_VERB}", Commitment.REFUSE, True, False),
        (rf"(?:threatened|threatens|threatening) to {_VERB}", Commitment.THREATEN, True, False),
        (rf"(?:pledged|pledges|promised|promises|vowed|vows|undertook) to {_VERB}", Commitment.PLEDGE, True, True),
        (rf"(?:agreed|agrees|agree)(?: on {_DAYS})? to {_VERB}", Commitment.AGREE, True, True),
        (
            rf"(?:offered|offers|is ready|are ready|is prepared|are prepared|is willing|are willing) to {_VERB}",
            Commitment.PLEDGE,
            True,
            False,
        ),
        (
            rf"(?:remain|remains|stand|stands) (?:\w+ and )?(?:ready|willing|prepared) to {_VERB}",
            Commitment.PLEDGE,
            True,
            False,
        ),
        (r"(?:is|are|remain|remains) (?:\w+ly )?committed to (?P<action>[a-z]+ing\b.*)", Commitment.PLEDGE, True, False),
        (rf"(?:plans|plan|intends|intend|is planning|are planning) to {_VERB}", Commitment.SCHEDULE, True, True),
        (rf"(?:hopes|hope|aims|aim) to {_VERB}", Commitment.EXPECT, True, True),
        (rf"(?:is|are|'s|’s) (?:\w+ly )?(?:expected|likely) to {_VERB}", Commitment.EXPECT, True, True),
        (rf"(?:(?:is|are) )?(?:set|due|scheduled|slated) to {_VERB}", Commitment.SCHEDULE, True, True),
        (rf"(?:is|are|am|'m|’m|'re|’re) (?:about |going )?to {_VERB}", Commitment.SCHEDULE, True, True),
        (rf"(?:'ll|’ll) {_VERB}", Commitment.SCHEDULE, True, True),
        (
            r"(?:urged|urges|urge|urging|asked|asks|pressed|invited|invites|called on|calls on|call on|called upon"
            r"|encouraged|encourages|encourage|ordered|orders|appealed to|appeals to|appeal to)(?: on)?"
            rf" (?P<addressee>[^,;{DOUBLE}]{{2,70}}?) (?:not )?to {_VERB}",
            Commitment.REQUEST,
            False,
            False,
        ),
        (r"(?:demanded|demands|requested|requests) that (?P<action>.+)", Commitment.REQUEST, False, False),
        (rf"(?:called|calls|call|appealed|appeals) for {_NP}", Commitment.REQUEST, False, False),
        (rf"(?:demanded|demands|requested|requests) {_NP}", Commitment.REQUEST, False, False),
        (
            rf"(?:proposed|proposes|propose|is proposing|are proposing|suggested|recommended) (?:that )?{_NP}",
            Commitment.PROPOSE,
            False,
            False,
        ),
        (
            rf"{_DEMAND}(?:must|should|ought to|has to|have to|needs to|need to) (?:not )?{_VERB}",
            Commitment.REQUEST,
            False,
            False,
        ),
        (rf"will {_VERB}", Commitment.SCHEDULE, True, True),
        (rf"would {_VERB}", Commitment.SCHEDULE, True, True),
    )
)
# What is to be done to whom: “said that the tolls must fall”. A pronoun tells nothing without its sentence.
_SUBJECT = re.compile(
    rf"(?:\A|[,;:{DOUBLE}]\s?|\b(?:that|said|says|added|and|but)\s)(?P<subject>(?!(?:he|she|it|they|we|i|you|this|that|there|who|which)\s)"
    rf"(?:(?!that\s)[\w’'-]+\s){{1,6}})[{DOUBLE}]?\Z",
    re.IGNORECASE,
)
_UNCERTAIN = re.compile(r"\b(?:whether|if|unless) [^,;]{1,40}\Z")  # “whether he will stay”: nobody has said it
HEADLINE = re.compile(r" to (?P<action>(?!(?:be|have)\b)[a-z]+\b.*)")
_ACTION_ENDS = re.compile(
    rf"[;{DOUBLE}]|[.?!](?:\s+(?=[A-Z{OPENERS}])|\s*$)(?<!\b[A-Z]\.\s)(?<!\b[A-Z]\.)"
    r"|, (?:but|which|who|where|while|although|though|after|he|she|they|as|ending|saying|adding|according)\b"
    r"|,? but (?:would|will|not|he|she|they|it|that)\b"
    r"|, and (?:warned|said|would|will|added|called|that|he|she|they|it)\b| and (?:warned|said|would|will|called|urged)\b"
    r"|,? (?:[A-Z][\w.]* ?){1,4}(?:said|told|reported|added|wrote)\b|,? (?:he|she|they|officials) (?:said|added|told)\b"
)
REPORTING = re.compile(
    r"\b(?P<verb>said|says|told|added|adds|announced|confirmed|stated|stating|insisted|warned|warns|warning|threatened"
    r"|promised|promises|pledged|vowed|agreed|argued)\b"
)
_FIRMNESS = {
    "warned": Commitment.THREATEN,
    "warns": Commitment.THREATEN,
    "warning": Commitment.THREATEN,
    "threatened": Commitment.THREATEN,
    "promised": Commitment.PLEDGE,
    "promises": Commitment.PLEDGE,
    "pledged": Commitment.PLEDGE,
    "vowed": Commitment.PLEDGE,
    "agreed": Commitment.AGREE,
}


@dataclass(frozen=True, slots=True)
class Announcement:
    """What a sentence says may happen."""

    place: int
    """Where in the sentence the announcing words begin."""
    action: str
    commitment: Commitment
    acts: bool
    """Whether the subject of the sentence itself would act."""
    addressee: tuple[int, int] | None
    """Where the sentence says who is asked to act."""
    condition: str
    date_text: str
    conditional: bool
    """Whether the announcing word is “would”, which is a step only in reported speech."""
    demand: bool
    """Whether the announcing word is “must” or “should”, which is a step only from its speaker."""


def find_announcements(words: str, published: str | None = None) -> Iterator[Announcement]:
    """Return what a sentence announces, in order, without overlaps. Dates before `published` (ISO 8601) are past.

    Linear in the sentence. White space must be single spaces of the same length as the article's.
    """
    taken = 0
    found = sorted(
        ((match.start(), rank, match) for rank, (pattern, *_) in enumerate(_PATTERNS) for match in pattern.finditer(words)),
        key=lambda item: item[:2],
    )
    for place, rank, match in found:
        if place < taken or _UNCERTAIN.search(words, 0, place):
            continue
        announcement = _announcement(words, match, rank, published)
        if announcement:
            taken = match.start("action")
            yield announcement


def find_headline(words: str) -> Announcement | None:
    """Return what a headline without a verb announces: “Dockers to vote on a strike”."""
    match = HEADLINE.search(words)
    if match is None or len(words[: match.start()].split()) > 4:
        return None
    return Announcement(match.start() + 1, match["action"].strip(" ."), Commitment.SCHEDULE, True, None, "", "", False, False)


def _announcement(words: str, match: re.Match[str], rank: int, published: str | None) -> Announcement | None:
    _, commitment, acts, ahead = _PATTERNS[rank]
    action = _ACTION_ENDS.split(match["action"])[0].strip(" ,.")
    if len(action.split()) > LONGEST_ACTION:
        action = " ".join(action.partition(",")[0].split()[:LONGEST_ACTION])
    if not action:
        return None
    conditional = match[0].startswith("would")
    clause = match["action"][: len(action) + 1]
    reported = [*REPORTING.finditer(words, 0, match.start())]
    if reported and commitment is Commitment.SCHEDULE:
        commitment = _FIRMNESS.get(reported[-1]["verb"], Commitment.SCHEDULE)
    if _PAST.search(clause):
        return None
    date_text = _date_of(words, match, clause, ahead)
    if date_text and _is_past(date_text, published):
        if not ahead or commitment is Commitment.AGREE:
            return None
        date_text = ""
    condition = _CONDITION.search(clause)
    action = action[: condition.start()].strip(" ,") if condition else action
    demand = "demand" in match.groupdict()
    if demand and (subject := _SUBJECT.search(words, 0, match.start())):
        action = f"{subject['subject']}{words[match.start() : match.start('action')]}{action}"
    addressee = match.span("addressee") if "addressee" in match.groupdict() and match["addressee"] else None
    return Announcement(
        match.start(),
        action,
        commitment,
        acts,
        addressee,
        condition["condition"].strip() if condition else "",
        date_text,
        conditional,
        demand,
    )


def _date_of(words: str, match: re.Match[str], clause: str, ahead: bool) -> str:
    """The date in the action itself, else one that opens the clause: “In February we will …”."""
    for date in _DATE.finditer(clause):
        if ahead or not re.fullmatch(rf"[Oo]n {_DAYS}", date[0]):
            return date[0]
    before = words[: match.start()]
    opening = _DATE.match(before) or _DATE.search(before, max(0, before.rfind("—"))) if ahead else None
    return (
        opening[0]
        if opening
        and len(before[opening.end() :].split()) <= 6
        and opening.start() in {0, before.find(opening[0])}
        and not REPORTING.search(before)
        else ""
    )


def _is_past(date_text: str, published: str | None) -> bool:
    if published is None:
        return False
    year = _YEAR.search(date_text)
    if year and int(year[0]) < int(published[:4]):
        return True
    resolved = resolve_date(date_text, published)
    return resolved is not None and resolved.split("/")[-1][:10] < published[: len(resolved.split("/")[-1])]
