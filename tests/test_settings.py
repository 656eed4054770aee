"""What is wrong with a run as a whole is one error, before the first call and before any source is read."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest
import yaml
from conftest import ARTICLES, stats

from llm_diplo import (
    Article,
    DiploError,
    MissingKeyError,
    ModelError,
    TemplateError,
    UnknownModelError,
    asummarize,
    summarize,
    summarize_events,
    summarize_many,
)
from llm_diplo.errors import LogError

pytestmark = pytest.mark.block_network(allowed_hosts=["127.0.0.1"])

WIRE = ARTICLES / "wire.txt"
TEXT = WIRE.read_text(encoding="utf-8")


def in_a_loop(source: Any, **choices: Any) -> Any:
    return asyncio.run(asummarize(source, **choices))


def with_events(source: Any, **choices: Any) -> Any:
    async def last() -> Any:
        return [event async for event in summarize_events(source, **choices)][-1]

    return asyncio.run(last()).brief


def many(source: Any, **choices: Any) -> Any:
    return next(summarize_many([source, source, source], **choices))


ALL = [summarize, in_a_loop, with_events, many]
ONE = ALL[:3]


@pytest.fixture
def wants_key(user_path: Path) -> Callable[[str], str]:
    """Let the newest model want a key that nobody has; returns its id."""

    def make(model: str) -> str:
        path = user_path / "extra-openai-models.yaml"
        models = yaml.safe_load(path.read_text(encoding="utf-8"))
        models[-1]["api_key_name"] = "nobody-has-it"
        path.write_text(yaml.safe_dump(models), encoding="utf-8")
        return model

    return make


WRONG: dict[str, tuple[dict[str, Any], type[DiploError], str]] = {
    "model": ({"model": "nosuch"}, UnknownModelError, "no model nosuch"),
    "second model": ({"verify": "nosuch"}, UnknownModelError, "no model nosuch"),
    "option": ({"options": {"temperature": "hot"}}, ModelError, "temperature"),
    "unknown option": ({"options": {"heat": 1}}, ModelError, "heat"),
    "template": ({"template": "nosuch"}, TemplateError, "nosuch"),
    "parameter": ({"params": {"colour": "red"}}, TemplateError, "no \\$colour"),
    "log": ({"log": WIRE}, LogError, "cannot be opened"),
}


@pytest.mark.parametrize("way", ALL)
@pytest.mark.parametrize(("choices", "kind", "message"), WRONG.values(), ids=WRONG.keys())
def test_a_wrong_choice_costs_no_call(
    way: Callable[..., Any], failing: Any, server: str, choices: dict[str, Any], kind: type[DiploError], message: str
) -> None:
    before = stats(server).get("requests", 0)
    with pytest.raises(kind, match=message):
        way(Path("not-even-read.txt"), **{"model": failing("good"), **choices})
    assert stats(server).get("requests", 0) == before


@pytest.mark.parametrize("way", ALL)
@pytest.mark.parametrize("place", ["model", "verify"])
def test_a_missing_key_costs_no_call(way: Callable[..., Any], failing: Any, wants_key: Any, server: str, place: str) -> None:
    before = stats(server).get("requests", 0)
    choices = {"model": failing("good"), place: wants_key(failing("good" if place == "model" else "verdicts"))}
    with pytest.raises(MissingKeyError, match=f"No key for {choices[place]}: `llm keys set nobody-has-it`"):
        way(TEXT, **choices)
    assert stats(server).get("requests", 0) == before
    assert way(TEXT, **choices, key="a-key-that-is-given").provenance.calls == 1


FLAGS: dict[str, tuple[tuple[str, ...], int, str]] = {
    "model": (("-m", "nosuch"), 2, "no model nosuch"),
    "query": (("-q", "nosuch"), 2, "No model matches nosuch"),
    "second model": (("--verify-model", "nosuch"), 2, "no model nosuch"),
    "option": (("-o", "heat", "1"), 1, "heat"),
    "template": (("-t", "nosuch"), 1, "nosuch"),
    "parameter": (("-p", "colour", "red"), 1, "no $colour"),
    "log": (("-d", str(WIRE)), 1, "cannot be opened"),
    "output": (("--output", "no-such-folder/briefs.json"), 1, "cannot be written"),
    "date": (("--date", "yesterday"), 2, "YYYY-MM-DD"),
    "jobs": (("-j", "0"), 2, "0"),
    "retries": (("--retries", "-1"), 2, "-1"),
}


@pytest.mark.parametrize(("flags", "code", "message"), FLAGS.values(), ids=FLAGS.keys())
def test_a_wrong_flag_is_one_error_for_all_sources(
    diplo: Any, failing: Any, server: str, flags: tuple[str, ...], code: int, message: str
) -> None:
    before = stats(server).get("requests", 0)
    model = () if flags[0] in ("-m", "-q") else ("-m", failing("good"))
    result = diplo(WIRE, WIRE, WIRE, "--json", *model, *flags)
    assert (result.exit_code, result.stdout) == (code, "")
    assert message in result.stderr
    assert result.stderr.count("Error: ") == 1
    assert stats(server).get("requests", 0) == before


def test_a_missing_key_is_one_error_and_leaves_the_old_output(diplo: Any, failing: Any, wants_key: Any, tmp_path: Path) -> None:
    output = tmp_path / "briefs.json"
    output.write_text("old", encoding="utf-8")
    result = diplo(WIRE, WIRE, WIRE, "-m", wants_key(failing("good")), "--output", output)
    assert (result.exit_code, result.stderr.count("Error: ")) == (1, 1)
    assert "llm keys set nobody-has-it" in result.stderr
    assert output.read_text(encoding="utf-8") == "old"


def test_the_template_is_read_once_a_run(failing: Any, tmp_path: Path) -> None:
    """A template that goes away while the first article is read is not looked for again."""
    template = tmp_path / "own.yaml"
    template.write_text("prompt: Make a brief.\n", encoding="utf-8")
    results = summarize_many([TEXT] * 9, model=failing("good"), template=str(template), jobs=1)
    prompts = {next(results).provenance.prompt.name}
    template.unlink()
    prompts |= {brief.provenance.prompt.name for brief in results}
    assert prompts == {str(template)}


MISTAKEN: dict[str, tuple[dict[str, Any], type[Exception], str]] = {
    "text": ({"retries": "1"}, TypeError, "retries is '1': give a whole number"),
    "a truth value": ({"retries": True}, TypeError, "retries is True"),
    "negative": ({"retries": -1}, ValueError, "retries is -1: give 0 or more"),
    "half": ({"retries": 0.5}, TypeError, "retries is 0.5"),
    "a model that is no name": ({"model": 7}, TypeError, "model is 7"),
    "options that are a list": ({"options": ["temperature"]}, TypeError, "options is \\['temperature'\\]: give a mapping"),
    "no choice": ({"temprature": 0}, TypeError, "temprature"),
}


@pytest.mark.parametrize("way", ALL)
@pytest.mark.parametrize(("choices", "kind", "message"), MISTAKEN.values(), ids=MISTAKEN.keys())
def test_a_choice_of_the_wrong_type_is_refused(
    way: Callable[..., Any], choices: dict[str, Any], kind: type[Exception], message: str
) -> None:
    with pytest.raises(kind, match=message):
        way(TEXT, **{"model": "diplo-offline", **choices})


@pytest.mark.parametrize("way", ONE)
@pytest.mark.parametrize("wrong", ["yesterday", "2026-13-01", 20260302, ""], ids=repr)
def test_what_is_no_date_is_refused(way: Callable[..., Any], wrong: Any) -> None:
    with pytest.raises((ValueError, TypeError), match=r"date is .*YYYY-MM-DD"):
        way(TEXT, model="diplo-offline", date=wrong)


@pytest.mark.parametrize("way", ONE)
@pytest.mark.parametrize("given", ["2026-03-05", date(2026, 3, 5), datetime(2026, 3, 5, 12, 30)], ids=str)
def test_a_date_is_taken_in_each_form(way: Callable[..., Any], given: Any) -> None:
    assert way(TEXT, model="diplo-offline", date=given).article.date_published == "2026-03-05"


@pytest.mark.parametrize("jobs", [0, -3, "4", 1.5, True, None], ids=repr)
def test_jobs_are_one_or_more(jobs: Any) -> None:
    with pytest.raises((ValueError, TypeError), match="jobs is "):
        summarize_many([TEXT], model="diplo-offline", jobs=jobs)


@pytest.mark.parametrize(
    "source", [TEXT, b"bytes", WIRE, Article.from_text(TEXT), None], ids=lambda source: type(source).__name__
)
def test_one_source_is_not_many(source: Any) -> None:
    with pytest.raises(TypeError, match="give a list"):
        summarize_many(source, model="diplo-offline")


def test_an_estimate_costs_no_call_and_needs_no_key(diplo: Any, failing: Any, wants_key: Any, server: str) -> None:
    before = stats(server).get("requests", 0)
    one, two = (diplo(*[WIRE] * count, "-m", wants_key(failing("good")), "--estimate") for count in (1, 2))
    tokens = [
        int(re.findall(r"about ([\d,]+) tokens, at an unknown price\n", result.stderr)[0].replace(",", ""))
        for result in (one, two)
    ]
    assert (one.exit_code, one.stdout, 2 * tokens[0]) == (0, "", tokens[1])
    assert tokens[0] > 1_000
    assert re.search(r"about [\d,]+ tokens, about \$0\.00\d\d\n", diplo(WIRE, "-m", "gpt-4o-mini", "--estimate").stderr)
    assert stats(server).get("requests", 0) == before
