"""Evaluation: a model's briefs against gold documents, one by one, resumable."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from llm_diplo.codes import Attribution, Event
from llm_diplo.corpus.run import Result, summarize_all
from llm_diplo.errors import DiploError, SourceError
from llm_diplo.evaluation.gold import GoldDocument, facts
from llm_diplo.evaluation.scoring import Score, score_brief, score_events, score_speech, summarize_counts
from llm_diplo.models.settings import Settings
from llm_diplo.offline.attribution import parse_speech
from llm_diplo.offline.parse import is_available
from llm_diplo.offline.speech import Rule, Speech, read_speech
from llm_diplo.schema import Brief, Span
from llm_diplo.text.article import Article
from llm_diplo.text.quotations import number_article

OFFLINE = "diplo-offline"
FLOOR = "regex floor"

_QUOTED = re.compile(r"“[^”\n]{3,}”|\"[^\"\n]{3,}\"|''[^\n]{3,}?''")
_AFTER = re.compile(r"\s*(?:said|says|told|added)?\s*((?:[A-Z][\w.-]+\s?)+)(?:said|says|told|added)?")
_BEFORE = re.compile(r"((?:[A-Z][\w.-]+\s?)+)(?:said|says|told|added)[,:]?\s*$")


@dataclass
class Evaluation:
    """The scores of one model, or of the regex floor."""

    model: str
    documents: int = 0
    scores: dict[str, Score] = field(default_factory=dict)
    failed: list[str] = field(default_factory=list)
    """Documents that gave no brief, each with the reason."""


class Journal:
    """Counts of scored documents in a file of JSON lines, so that an interrupted run can continue."""

    def __init__(self, path: Path | None) -> None:
        self.path = path
        self._known: dict[str, dict[str, tuple[float, ...]]] = {}
        if path is not None and path.exists():
            for line in path.read_text(encoding="utf-8").splitlines():
                self._read(line)

    def _read(self, line: str) -> None:
        """Take one line; the last line of an interrupted run may be broken."""
        try:
            entry = json.loads(line)
            self._known[entry["key"]] = {name: tuple(counts) for name, counts in entry["counts"].items()}
        except (ValueError, KeyError, TypeError, AttributeError):
            return

    def counts(self, key: str) -> dict[str, tuple[float, ...]] | None:
        """Return the counts of a document that was scored before, or None."""
        return self._known.get(key)

    def add(self, key: str, counts: dict[str, tuple[float, ...]]) -> None:
        """Keep the counts of a document. Raises `SourceError` when the file cannot be written."""
        self._known[key] = counts
        if self.path is None:
            return
        try:
            with self.path.open("a", encoding="utf-8") as file:
                file.write(json.dumps({"key": key, "counts": counts}) + "\n")
        except OSError as error:
            raise SourceError(f"{self.path} cannot be written: {error.strerror or error}.") from None


async def evaluate_model(documents: Sequence[GoldDocument], settings: Settings, *, jobs: int, journal: Journal) -> Evaluation:
    """Score the briefs that a model makes of gold documents, up to `jobs` at a time.

    A document that gives no brief is listed in `failed` and counts in no measure. Counts in the journal are reused.
    """
    model = settings.model or ""
    keys = {document.id: _key(document, settings) for document in documents}
    waiting = [document for document in documents if journal.counts(keys[document.id]) is None]
    done = Evaluation(model)
    remaining = iter(waiting)
    async for result in summarize_all((partial(_article, document) for document in waiting), settings, jobs=jobs):
        document = next(remaining)
        if isinstance(result, DiploError):
            done.failed.append(f"{document.id}: {result}")
        else:
            journal.add(keys[document.id], _score(document, result, settings))
    found = [counts for document in documents if (counts := journal.counts(keys[document.id]))]
    done.documents = len(found)
    done.scores = summarize_counts(found)
    return done


def evaluate_floor(documents: Sequence[GoldDocument]) -> Evaluation | None:
    """Score the regex floor on the quotations of the same documents; None if no document has any."""
    counts = [score_speech(gold, list(_floor_speech(gold.text))) for gold in documents if gold.scored_quotes]
    return Evaluation(FLOOR, len(counts), summarize_counts(counts)) if counts else None


def _score(gold: GoldDocument, brief: Result, settings: Settings) -> dict[str, tuple[float, ...]]:
    assert isinstance(brief, Brief)
    return {
        **score_speech(gold, list(_speech(gold, settings))),
        **score_brief(gold, brief),
        **score_events(gold, _events(gold, brief)),
    }


def _speech(gold: GoldDocument, settings: Settings) -> Iterator[Speech]:
    """The attribution layer, which code finds: by parser for the offline model, else as the numbered quotations."""
    if not gold.scored_quotes:
        return
    article = _article(gold)
    parses = settings.model == OFFLINE and is_available() and settings.options.get("reader") != "rules"
    yield from parse_speech(article) if parses else read_speech(number_article(article))


def _events(gold: GoldDocument, brief: Brief) -> Iterator[Event]:
    """The event of a sentence: by the offline model's rules for sentences, else that of the first next step."""
    if brief.provenance.model == OFFLINE:
        from llm_diplo.offline.event_words import code_sentence

        yield from filter(None, [code_sentence(gold.text)])
    yield from (step.event for step in brief.next_steps)


def _article(gold: GoldDocument) -> Article:
    return Article.from_text(gold.text, source=gold.id, **facts(gold))


def _key(document: GoldDocument, settings: Settings) -> str:
    """What a score depends on: the gold line, the model and its settings."""
    asked: list[Any] = [
        document.model_dump_json(),
        settings.model,
        sorted(settings.options.items()),
        settings.template,
        sorted(settings.params.items()),
        settings.retries,
        settings.verify,
    ]
    return hashlib.sha256(json.dumps(asked, default=str).encode()).hexdigest()[:32]


def _floor_speech(text: str) -> Iterator[Speech]:
    """What two regular expressions find: everything in double marks, as said by the nearest capitalized words."""
    for match in _QUOTED.finditer(text):
        start = max(0, match.start() - 80)
        name = _BEFORE.search(text[start : match.start()])
        offset = start
        if name is None:
            name, offset = _AFTER.match(text[match.end() : match.end() + 80]), match.end()
        words = name[1].split() if name else []
        speaker = Span(start=offset + name.start(1), end=offset + name.end(1)) if name else None
        span = Span(start=match.start(), end=match.end())
        yield Speech(Attribution.DIRECT, (span,), Rule.FRAME_AFTER, None, speaker, words[-1] if words else "")
