"""Next steps by pattern: what a sentence announces, who would do it, and when."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache

from llm_diplo.codes import Commitment, Event
from llm_diplo.offline.event_words import code_action
from llm_diplo.text.dates import resolve_date
from llm_diplo.text.marks import DOUBLE, OPENERS, PAIRED
from llm_diplo.text.number_words import english_months
from llm_diplo.text.tables import read_table
from llm_diplo.text.units import NOT_AFTER_TITLE

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
_SAID_ON = re.compile(rf",? [Oo]n {_DAYS}\Z")  # when it was refused or asked for, not when it would be done
_YEAR = re.compile(r"\b(?:19|20)\d\d\b")
_PAST = re.compile(rf"\b(?:last (?:year|month|week|night|{_SEASONS}|\w+day)(?!['’]s)|yesterday|ago|previously|at the time)\b")
_CONDITION = re.compile(
    r"\b(?:if|unless|provided that|as long as|on condition that|once)\s+"
    rf"(?P<condition>(?:[^,.;{DOUBLE}]|(?<=\b[A-Z])\.){{8,160}})"
)
_NO_ACTION = (
    r"(?!(?:the|an?|his|her|its|their|our|my|your|this|that|these|those|not|be|have|need|remain|become|mean|require|depend|see"
    r"|know|make it|make sense|say|comment|confirm|elaborate|answer|speak|like|want|also be|probably|likely|no longer be"
    r"|still be)\b)"
)
_DONE = (
    r"be (?:\w+(?:ed|ing|aken|iven|own|itten|osen|oken)|held|sent|put|(?:re)?built|met|led|brought|made|paid|kept|left|cut|sold"
    r"|set|done|won|begun|withdrawn)\b"
)
_VERBS_IN_LY = "(?:fly|apply|supply|reply|comply|multiply|imply|rely|rally|ally)"
# What follows the announcing words, as data/steps.toml names it.
_FOLLOWING = {
    "VERB": rf"(?:(?:also|soon|then|(?!{_VERBS_IN_LY}\b)\w+ly) )?(?=(?P<action>(?:{_DONE}|{_NO_ACTION}[a-z]+\b).*))",
    "NOUN": r"(?=(?P<action>(?:(?:the|a|an|any|both|all|its|his|her|their|more|further|new|joint|immediate|urgent)\b"
    r"|(?!(?:to|that|not|we|you|they|he|she|it|him|them|us)\b)[a-z]+\b(?! to\b)).*))",
    "GERUND": r"(?=(?P<action>[a-z]+ing\b.*))",
    "CLAUSE": r"(?=(?P<action>.+))",
    "ADDRESSEE": rf" (?P<addressee>(?:(?!\b(?:about|if|whether|why|how|that|what|who|which)\b)[^;{DOUBLE}]){{2,80}}?)",
    "DAY": _DAYS,
}
_NAMED_PART = re.compile("|".join(_FOLLOWING))


@dataclass(frozen=True, slots=True)
class _Wording:
    """One way to announce a step; see data/steps.toml."""

    pattern: re.Pattern[str]
    means: Commitment
    ahead: bool = False
    dated: bool = False
    demand: bool = False

    @property
    def acts(self) -> bool:
        """Whether the subject itself would act."""
        return self.means not in {Commitment.REQUEST, Commitment.PROPOSE}


@cache
def _wordings() -> tuple[_Wording, ...]:
    return tuple(
        _Wording(_pattern(entry.pop("words"), entry.pop("then")), Commitment(entry.pop("means")), **entry)
        for entry in read_table("steps")["step"]
    )


def _pattern(words: str, then: str) -> re.Pattern[str]:
    gap = "" if then.startswith(("(?: on", "ADDRESSEE")) else " "
    return re.compile(rf"(?<![\w-])(?:{words}){gap}{_NAMED_PART.sub(lambda part: _FOLLOWING[part[0]], then)}")


# What is to be done to whom: “said that the tolls must fall”. A pronoun tells nothing without its sentence.
_SUBJECT = re.compile(
    rf"(?:\A|[,;:{DOUBLE}]\s?|\b(?:that|said|says|saying|added|suggested|and|but)\s)(?P<subject>(?!(?:he|she|it|they|we|i|you|this|that|there|who|which)\s)"
    rf"(?:(?!(?:that|said|says|saying|added|suggested|and)\s)[\w’'-]+\s){{1,6}})[{DOUBLE}]?\Z",
    re.IGNORECASE,
)
# “Whether he will stay”: nobody has said it. “Those who will not pay”: nobody says it of somebody.
_UNCERTAIN = re.compile(r"\b(?:whether [^;]{1,80}|(?:if|unless) [^,;]{1,40}|(?<!,)\s(?:who|that)\s(?:\w+ly )?)\Z")
# “Was proposed as a site”: nobody proposes it here.
_PARTICIPLE = re.compile(r"\w+ed\b")
_IS = re.compile(r"\b(?:is|are|was|were|be|been|being) (?:\w+ )?\Z")
HEADLINE = re.compile(r" to (?P<action>(?!(?:be|have)\b)[a-z]+\b.*)")
_SENTENCE_ENDS = (
    rf"[.?!]{NOT_AFTER_TITLE}(?:\s+(?=[A-Z{OPENERS}])|\s*$)(?<!\b[A-Z]\.\s)(?<!\b[A-Z]\.)"
    r"|, (?:an?|the) (?:\w+ )?\w+ (?:that|which|who)\b"
    r"|, (?:but|which|who|where|while|although|though|after|he|she|they|as|ending|saying|adding|according)\b"
    r"|, (?:will|would)\b|,? but (?:would|will|not|he|she|they|it|that)\b"
    r"|, and (?:warned|said|would|will|added|called|that|he|she|they|it)\b| and (?:warned|said|would|will|called|urged)\b"
    r"|,? (?:[A-Z][\w.]* ?){1,4}(?:said|told|reported|added|wrote)\b|,? (?:he|she|they|officials) (?:said|added|told)\b"
)
_ENDS = re.compile(f";|{_SENTENCE_ENDS}")
_ENDS_QUOTED = re.compile(f"[;{DOUBLE}]|{PAIRED}|{_SENTENCE_ENDS}")
_HANGING = re.compile(r",?(?: (?:and|or|but|of|to|for|by|with|from|in|on|at|the|a))+\Z")
_LONE = frozenset("a an the any both all its his her their more further new".split())
REPORTING = re.compile(
    r"\b(?P<verb>said|says|told|added|adds|announced|confirmed|stated|stating|insisted|warned|warns|warning|threatened"
    r"|promised|promises|pledged|vowed|agreed|argued)\b"
)
_HARMFUL = frozenset({Event.ASSAULT, Event.COERCE, Event.SANCTION, Event.THREATEN, Event.PROTEST, Event.MOBILIZE})
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
    sentence: str = ""
    """The action with its subject, if that is a noun phrase: “the army will strike”."""


def find_announcements(
    words: str, published: str | None = None, is_quoted: Callable[[int], bool] = lambda place: True
) -> Iterator[Announcement]:
    """Return what a sentence announces, in order, without overlaps. Dates before `published` (ISO 8601) are past.

    `is_quoted` tells whether a place in it is inside a quotation; what is announced there ends with the quotation.
    Quadratic in the sentence. White space must be single spaces of the same length as the article's.
    """
    taken = asked = 0
    found = sorted(
        (
            (match.start(), rank, match, wording)
            for rank, wording in enumerate(_wordings())
            for match in wording.pattern.finditer(words)
        ),
        key=lambda item: item[:2],
    )
    for place, _, match, wording in found:
        if place < taken or _UNCERTAIN.search(words, 0, place) or (_PARTICIPLE.match(match[0]) and _IS.search(words, 0, place)):
            continue
        announcement = _announcement(words, match, wording, published, _ENDS_QUOTED if is_quoted(place) else _ENDS)
        if announcement and not (wording.demand and place < asked):
            taken = match.start("action")
            asked = asked if wording.acts else taken + len(announcement.action)
            yield announcement


def find_headline(words: str) -> Announcement | None:
    """Return what a headline without a verb announces: “Dockers to vote on a strike”."""
    match = HEADLINE.search(words)
    if match is None or len(words[: match.start()].split()) > 4:
        return None
    return Announcement(match.start() + 1, match["action"].strip(" ."), Commitment.SCHEDULE, True, None, "", "", False, False)


def _announcement(
    words: str, match: re.Match[str], wording: _Wording, published: str | None, ends: re.Pattern[str]
) -> Announcement | None:
    commitment = wording.means
    action = _HANGING.sub("", ends.split(match["action"])[0].strip(" ,."))
    if len(action.split()) > LONGEST_ACTION:
        action = " ".join(action.partition(",")[0].split()[:LONGEST_ACTION])
    if not action or action in _LONE:
        return None
    conditional = match[0].startswith("would")
    clause = match["action"][: len(action) + 1]
    reported = [*REPORTING.finditer(words, 0, match.start())]
    if reported and commitment is Commitment.SCHEDULE:
        commitment = _FIRMNESS.get(reported[-1]["verb"], Commitment.SCHEDULE)
    if _PAST.search(clause):
        return None
    date_text = _date_of(words, match, clause, wording.ahead)
    if date_text and _is_past(date_text, published):
        if not wording.ahead or wording.dated or commitment is Commitment.AGREE:
            return None
        date_text = ""
    if wording.dated and not date_text:
        return None
    condition = _CONDITION.search(clause)
    action = action[: condition.start()].strip(" ,") if condition else action
    if date_text and action.endswith(f" {date_text}"):
        action = action.removesuffix(date_text).strip(" ,")
    action = action if wording.ahead else _SAID_ON.sub("", action)
    subject = _SUBJECT.search(words, 0, match.start())
    sentence = f"{subject['subject']}{words[match.start() : match.start('action')]}{action}" if subject else ""
    if condition and commitment is Commitment.SCHEDULE:
        commitment = Commitment.THREATEN if code_action(action) in _HARMFUL else Commitment.PLEDGE
    addressee = match.span("addressee") if "addressee" in match.groupdict() and match["addressee"] else None
    return Announcement(
        match.start(),
        (wording.demand and sentence) or action,
        commitment,
        wording.acts,
        addressee,
        condition["condition"].strip() if condition else "",
        date_text,
        conditional,
        wording.demand,
        sentence,
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
