"""The re-ask: what was wrong with an answer, in words that the model can act on."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails, from_json

from llm_diplo.brief.checks import check_extraction
from llm_diplo.brief.extraction import LONGEST_ANSWER, Answer, Extraction, bounded, json_in, read_answer
from llm_diplo.brief.follow_up import Summary, Verdicts, check_summary
from llm_diplo.brief.review import Checked, Fault, Reviewed
from llm_diplo.errors import InvalidExtractionError
from llm_diplo.text.quotations import NumberedArticle

LONGEST_REASK = 4_000
LONGEST_LINE = 400
LONGEST_NAME = 60
ENDING = "Return the whole answer; leave all else unchanged."

_HOLDER = {"actor": "name", "position": "actor", "next_step": "proposed_by"}
# By Pydantic's type of error; what is not here is said in Pydantic's own words.
_WORDS = {
    "missing": "is missing",
    "extra_forbidden": "is no field of the schema: leave it out",
    "enum": "must be {expected}, not “{value}”",
    "list_type": "must be a list",
    "string_type": "must be a string",
    "int_type": "must be a whole number",
    "int_parsing": "must be a whole number, not “{value}”",
    "int_from_float": "must be a whole number, not “{value}”",
    "model_type": "must be an object",
    "dict_type": "must be an object",
}


def reask_extraction(answer: str, numbered: NumberedArticle) -> str:
    """Return what is sent after the extraction `answer`: its faults, at most `LONGEST_REASK` characters."""
    try:
        invalid = _invalid_fields(Extraction, answer)
    except ValueError as error:
        return _reask([_no_json(answer, error)])
    try:
        read = read_answer(answer)
    except InvalidExtractionError:
        return _reask(invalid)
    checked = check_extraction(read.extraction, numbered)
    faults = [_line(review, fault, read) for review in checked.reviewed for fault in review.faults]
    return _reask([*invalid, *faults], [_line(*doubt, read) for doubt in _doubts(checked)])


def reask_verdicts(answer: str, count: int) -> str:
    """Return what is sent after the verdicts `answer` on `count` claims."""
    try:
        invalid = _invalid_fields(Verdicts, answer)
        faults = invalid or Verdicts.model_validate(_json(answer)).faults(count)
    except ValueError as error:
        faults = [_no_json(answer, error)]
    return _reask(faults)


def reask_summary(answer: str, numbered: NumberedArticle) -> str:
    """Return what is sent after the summary `answer` of an article."""
    try:
        faults = _invalid_fields(Summary, answer)
        checked = check_summary(Summary.model_validate(_json(answer)).summary, numbered) if not faults else None
    except ValueError as error:
        return _reask([_no_json(answer, error)])
    found = [fault for review in checked.reviewed for fault in review.faults] if checked else []
    return _reask([*faults, *(f"{fault.field}: {fault.reason}. {fault.cure.capitalize()}." for fault in found)])


def _reask(faults: Sequence[str], doubts: Sequence[str] = ()) -> str:
    """As many faults as there is room for, then as many doubts."""
    lines = ["Your answer has these faults:", *(faults or ["it does not follow the schema"])]
    lines += ["Mend these, too, where the article allows it:", *doubts] if doubts else []
    text = ""
    for place, line in enumerate(lines):
        shown = f"{'- ' if not line.endswith(':') else ''}{shortened(line, LONGEST_LINE)}\n"
        if len(text) + len(shown) > LONGEST_REASK - 100:
            text += f"- and {len(lines) - place} more\n"
            break
        text += shown
    return text + ENDING


def _doubts(checked: Checked) -> Iterator[tuple[Reviewed[Any], Fault]]:
    """The warnings that another answer can do without; an alias is just dropped."""
    for review in checked.reviewed:
        for warning in () if review.faults else review.warnings:
            if warning.field != "aliases":
                yield review, Fault(warning.field, f"{_shown(warning.value)}: {warning.reason}")


def _line(review: Reviewed[Any], fault: Fault, read: Answer) -> str:
    """“position 2 (Orsolya Venn), evidence: what is wrong. What would mend it.”"""
    kind, number = review.kind, read.places[review.kind][review.number - 1] if review.number else 0
    place = _place(kind, number, review.given)
    where = f"{place}, {fault.field}" if fault.field and fault.field != kind else place
    cure = f". {fault.cure[0].upper()}{fault.cure[1:]}." if fault.cure else ""
    return f"{where}: {fault.reason}{cure}"


def _place(kind: str, number: int, item: Any) -> str:
    given = item.get(_HOLDER.get(kind)) if isinstance(item, dict) else None
    named = ", ".join(map(str, given)) if isinstance(given, list) else given
    holder = f" ({shortened(str(named), LONGEST_NAME)})" if named else ""
    return f"{kind.replace('_', ' ')}{f' {number}' if number else ''}{holder}"


def _invalid_fields(model: type[BaseModel], answer: str) -> list[str]:
    """Why an answer does not follow `model`, one line each; raises `ValueError` if it is not JSON."""
    data = _json(answer)
    try:
        model.model_validate(data)
    except ValidationError as error:
        return [_invalid(found, data) for found in error.errors(include_url=False)]
    return []


def _json(answer: str) -> Any:
    return bounded(from_json(json_in(answer[:LONGEST_ANSWER])))


def _invalid(error: ErrorDetails, data: Any) -> str:
    location = error["loc"]
    words = _WORDS.get(error["type"], error["msg"])
    said = words.format(expected=(error.get("ctx") or {}).get("expected"), value=shortened(str(error["input"]), LONGEST_NAME))
    if len(location) > 1 and isinstance(location[1], int):
        name, place, *inside = location
        item = data[name][place]
        where = _place(str(name).removesuffix("s"), int(place) + 1, item)
    else:
        where, inside = "answer", list(location)
    return f"{', '.join([where, *map(_field, inside)])}: it {said}"


def _field(part: int | str) -> str:
    return f"item {part + 1}" if isinstance(part, int) else part


def _no_json(answer: str, error: Exception) -> str:
    if not answer.strip():
        return "it is empty. Answer with one JSON object that follows the schema"
    return f"it is not valid JSON ({error}). Answer with one JSON object that follows the schema, and nothing else"


def _shown(value: str | None) -> str:
    return f"“{shortened(value or '', LONGEST_NAME)}”"


def shortened(text: str, longest: int) -> str:
    """Return a text on one line, cut to a length."""
    line = " ".join(text.split())
    return line if len(line) <= longest else f"{line[: longest - 1]}…"
