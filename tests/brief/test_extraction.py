"""The schema that models are sent, and the reading of what they answer."""

from __future__ import annotations

import contextlib
import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from conftest import ROOT
from hypothesis import given
from hypothesis import strategies as st
from openai.lib._pydantic import to_strict_json_schema

from llm_diplo import Article, codes, markdown
from llm_diplo import schema as brief_schema
from llm_diplo.brief.assembly import resolve_extraction
from llm_diplo.brief.extraction import LONGEST_LIST, Extraction, extraction_schema, json_in, read_answer
from llm_diplo.errors import InvalidExtractionError
from llm_diplo.text.quotations import number_article

CODEBOOK = ROOT / "docs" / "codebook.md"
EMPTY = {"summary": "", "actors": [], "issues": [], "positions": [], "next_steps": []}
ACTOR = {"name": "Venn", "type": "person", "country": "", "office": "", "affiliation": "", "aliases": []}


def nodes(node: Any) -> Iterator[dict[str, Any]]:
    """Every schema object, property tables left out."""
    if isinstance(node, dict):
        yield node
        for key, value in node.items():
            for child in value.values() if key == "properties" else [value]:
                yield from nodes(child)
    elif isinstance(node, list):
        for child in node:
            yield from nodes(child)


def test_the_schema_is_inlined_and_lean() -> None:
    for node in nodes(extraction_schema()):
        assert not node.keys() & {"$ref", "$defs", "title", "default", "anyOf", "oneOf", "allOf"}


def test_openai_strict_rules_change_nothing() -> None:
    """openai's own strict-schema code leaves the schema as it is: closed objects, every property required."""
    strict = to_strict_json_schema(Extraction)
    definitions = strict.pop("$defs")

    def inlined(node: Any) -> Any:
        if isinstance(node, dict) and "$ref" in node:
            return inlined({**definitions[node["$ref"].rsplit("/", 1)[-1]], **{k: v for k, v in node.items() if k != "$ref"}})
        if isinstance(node, dict):
            return {key: inlined(value) for key, value in node.items()}
        return [inlined(item) for item in node] if isinstance(node, list) else node

    def shape(node: Any) -> Any:
        """The schema without titles and texts."""
        if isinstance(node, dict) and "type" in node:
            kept = {key: shape(value) for key, value in node.items() if key not in {"title", "description"}}
            return {**kept, "required": sorted(kept.get("required", []))}
        if isinstance(node, dict):
            return {key: shape(value) for key, value in node.items()}
        return [shape(item) for item in node] if isinstance(node, list) else node

    assert shape(extraction_schema()) == shape(inlined(strict))


GEMINI_KEYS = {
    "type",
    "format",
    "description",
    "nullable",
    "enum",
    "items",
    "properties",
    "required",
    "additionalProperties",
}
GEMINI_TYPES = {"string", "integer", "number", "boolean", "array", "object"}


def test_gemini_subset() -> None:
    """Gemini takes a subset of JSON schema: known keys, one type, string enums, items in every array."""
    for node in nodes(extraction_schema()):
        assert node.keys() <= GEMINI_KEYS, node
        assert node["type"] in GEMINI_TYPES
        assert node["type"] != "array" or "items" in node
        assert "enum" not in node or (node["type"] == "string" and all(isinstance(value, str) for value in node["enum"]))


def test_descriptions_are_short() -> None:
    texts = [node["description"] for node in nodes(extraction_schema()) if "description" in node]
    assert len(texts) > 20
    assert [text for text in texts if len(text.split()) > 12] == []


def test_every_field_has_a_description() -> None:
    for node in nodes(extraction_schema()):
        for name, value in node.get("properties", {}).items():
            assert value.get("description"), name
    for definition in brief_schema.Brief.model_json_schema()["$defs"].values():
        for name, value in definition.get("properties", {}).items():
            assert value.get("description"), name


@pytest.mark.parametrize("name", ["ActorType", "Stance", "Attribution", "Event", "QuadCode", "Commitment"])
def test_the_codebook_defines_every_value(name: str) -> None:
    section = re.search(rf"^## {name}\n(.*?)(?=^## |\Z)", CODEBOOK.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE)
    assert section
    rows = re.findall(r"^\| `(\w+)` \| (.+?) \| (.+?) \|$", section[1], re.MULTILINE)
    assert [value for value, _, _ in rows] == [str(value) for value in getattr(brief_schema, name)]


def test_every_event_but_other_has_a_quad_code() -> None:
    assert set(codes.QUAD_CODES) == set(codes.Event) - {codes.Event.OTHER}


@pytest.mark.parametrize(
    "frame",
    ["{}", "  {}\n", "```json\n{}\n```", "Here it is:\n```\n{}\n```\nAnything else?", "Sure! {} I hope that helps."],
)
def test_json_is_found_in_its_frame(frame: str) -> None:
    text = frame.replace("{}", json.dumps({**EMPTY, "actors": [ACTOR]}))
    assert [actor.name for actor in read_answer(text).extraction.actors] == ["Venn"]


def test_one_bad_item_costs_only_itself() -> None:
    answer = read_answer(json.dumps({**EMPTY, "actors": [ACTOR, {**ACTOR, "type": "dog"}, "Osk"]}))
    assert [actor.name for actor in answer.extraction.actors] == ["Venn"]
    assert [(item.kind, item.item.get("name", item.item.get("value"))) for item in answer.rejected] == [
        ("actor", "Venn"),
        ("actor", "Osk"),
    ]
    assert "type" in answer.rejected[0].reasons[0]


def test_whole_items_of_a_cut_answer_are_kept() -> None:
    text = json.dumps({**EMPTY, "actors": [ACTOR, {**ACTOR, "name": "Osk"}]})
    cut = text[: text.index("Osk") + 2]
    answer = read_answer(cut)
    assert [actor.name for actor in answer.extraction.actors] == ["Venn"]
    assert len(answer.rejected) == 1


@pytest.mark.parametrize(
    "broken",
    ['{"summary": "Ées", "issues": ["a"], "positions": [{"quotes": [nope]}]}', '{"summary": "Ées", \n"issues": ["a", }'],
)
def test_of_broken_json_what_stands_before_the_break_is_kept(broken: str) -> None:
    extraction = read_answer(broken).extraction
    assert (extraction.summary, extraction.issues) == ("Ées", ["a"])


def test_bare_labels_get_their_quote_marks() -> None:
    assert json_in('{"quotes": [q1, "q2"], "statement": "as q3 says"}') == '{"quotes": ["q1", "q2"], "statement": "as q3 says"}'


@pytest.mark.parametrize("text", ["", "no", "[1, 2]", "{}", '{"a": 1}', "null", "{" * 5_000, "[" * 5_000, '{"actors":' * 3_000])
def test_what_is_no_extraction_is_refused(text: str) -> None:
    with pytest.raises(InvalidExtractionError):
        read_answer(text)


def test_lists_and_strings_are_bounded() -> None:
    answer = read_answer(json.dumps({**EMPTY, "actors": [ACTOR] * (LONGEST_LIST + 5), "summary": "x" * 100_000}))
    assert len(answer.extraction.actors) == LONGEST_LIST
    assert len(answer.extraction.summary) < 10_000
    assert "only the first" in answer.rejected[0].reasons[0]


@given(st.text())
def test_any_text_is_read_or_refused(text: str) -> None:
    with contextlib.suppress(InvalidExtractionError):
        read_answer(text)


@given(
    st.recursive(
        st.none() | st.integers() | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(st.sampled_from(sorted(EMPTY)), inner),
    )
)
def test_any_json_is_read_or_refused(value: Any) -> None:
    with contextlib.suppress(InvalidExtractionError):
        read_answer(json.dumps(value))


def test_a_statement_without_a_side_and_a_step_of_no_plover_type() -> None:
    text = "Orsolya Venn said the strait was calm. Port Ketter will hold an election on Monday."
    position = {
        "evidence": [1],
        "quotes": [],
        "actor": "Orsolya Venn",
        "issue": 0,
        "stance": "support",
        "statement": "The strait is calm.",
        "condition": "",
        "date_text": "",
        "via": "",
    }
    step = {
        "evidence": [2],
        "action": "hold an election",
        "proposed_by": [],
        "actors": ["Port Ketter"],
        "recipients": [],
        "event": "OTHER",
        "commitment": "schedule",
        "condition": "",
        "date_text": "on Monday",
    }
    answer = {"summary": "", "actors": [], "issues": [], "positions": [position], "next_steps": [step]}
    brief = resolve_extraction(json.dumps(answer), number_article(Article.from_text(text)))
    assert (brief.positions[0].issue, brief.positions[0].stance) == (None, "unclear")
    assert [(notice.field, notice.value) for notice in brief.warnings] == [("stance", "support")]
    assert brief.next_steps[0].quad_code is None
    assert [row["issue"] for row in brief.rows() if row["kind"] == "position"] == [None]
    assert "## Statements" in markdown(brief)


def test_an_answer_of_schema_1_still_loads() -> None:
    """The log keeps answers with `target` and without `condition` and `date_text`."""
    text = "Orsolya Venn said the tolls should fall."
    old = {
        "evidence": [1],
        "quotes": [],
        "actor": "Orsolya Venn",
        "issue": 1,
        "stance": "support",
        "statement": "Wants lower tolls.",
        "target": "Orsolya Venn",
        "via": "",
    }
    answer = {"summary": "", "actors": [], "issues": ["Tolls should fall"], "positions": [old], "next_steps": []}
    brief = resolve_extraction(json.dumps(answer), number_article(Article.from_text(text)))
    assert brief.rejected == ()
    assert (brief.positions[0].issue, brief.positions[0].condition) == ("i1", None)
    assert brief.provenance.schema_version == "2.0"
