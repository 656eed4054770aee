"""A provider's Batch API as a transport: a request is answered from the database, or noted there for the next batch.

The ordinary flow runs over it, round after round, until every request of an article is answered; a re-ask is simply a
request that was not there before.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextvars import ContextVar
from dataclasses import dataclass, field, replace
from functools import partial
from hashlib import sha256

import httpx2

from llm_diplo.corpus.batch_files import Batches, client_of
from llm_diplo.corpus.collect import RunOptions
from llm_diplo.corpus.inputs import Entry
from llm_diplo.corpus.journal import Journal, SourceMemory, State
from llm_diplo.corpus.limits import EXPECTED_ANSWER, Budget, Rates, Spent
from llm_diplo.errors import ModelError, UnansweredError, UndeliveredAnswerError
from llm_diplo.models.answers import Answer, cost_usd
from llm_diplo.models.registry import sent_over
from llm_diplo.models.settings import Plan
from llm_diplo.text.article import Article
from llm_diplo.text.windows import BYTES_A_TOKEN

ENDPOINTS = ("/v1/chat/completions", "/v1/responses")
"""What batches are made of."""

# A request that waits: it is in a batch, or may still go into one.
_WAITS = "status is null and (batch is not null or rounds < ?)"


@dataclass
class _Flow:
    """The requests of one article's flow so far."""

    source: int
    asked: Counter[str] = field(default_factory=Counter)


_flow: ContextVar[_Flow] = ContextVar("flow")
_answered_by: ContextVar[str] = ContextVar("answered_by", default="")


class BatchJournal(Journal):
    """The journal of a run over batches: it keeps articles as they were read, so that no round reads them anew."""

    def begin(self, entry: Entry, article: Article | None = None) -> int:
        """Note that a source is pending, and that the requests that follow in this task are its own."""
        with self.store.transaction():
            source = super().begin(entry, article)
            if article:
                row = {"source": source, "article": _packed(article)}
                self.store.insert("batch_articles", [row], conflict="or replace")
                _flow.set(_Flow(source))
        return source

    def answers_of(self, source: int) -> BatchMemory:
        """The memory for the calls of one source."""
        return BatchMemory(self, source)

    def forget_answers(self, source: int) -> None:
        """Forget the answers of a source, those of batches too."""
        super().forget_answers(source)
        with self.store.transaction() as conn:
            conn.execute("delete from batch_requests where source = ?", (source,))

    def reopen_failed(self) -> None:
        """Let the requests of failed sources that no batch answered be sent again."""
        with self.store.transaction() as conn:
            conn.execute(
                """update batch_requests set rounds = 0 where status is null and batch is null
                and source in (select id from sources where state = 'failed')"""
            )

    def is_noted(self, entry: Entry) -> bool:
        """Whether an earlier pass has read a source that still waits."""
        known = self.known(entry)
        noted = "select 1 from batch_articles where source = ?"
        return known is not None and known.state is State.PENDING and self.store.row(noted, (known.id,)) is not None

    def to_go_on(self, rounds: int) -> Iterator[Entry]:
        """Yield the sources that were noted and wait for no answer, with their articles as they were first read."""
        found = self.store.rows(
            f"""select sources.id from sources join batch_articles on source = id where state = 'pending' and settings = ?
            and not exists (select 1 from batch_requests where source = sources.id and {_WAITS}) order by id""",
            (self.settings, rounds),
        )
        for id_ in [row["id"] for row in found]:
            row = self.store.row(
                """select name, stamp, text, article from sources join texts on sha256 = text_sha256
                join batch_articles on source = id where id = ?""",
                (id_,),
            )
            assert row
            yield Entry(row["name"], row["stamp"], partial(_unpacked, row["text"], row["article"]))

    def spent(self, *, sent: bool = False) -> Spent:
        """What all requests cost, or those in a batch: answered ones as the provider counted, the others by an estimate."""
        where = "batch is not null" if sent else "true"
        row = self.store.row(f"select sum(tokens) as tokens, sum(cost_usd) as usd from batch_requests where {where}")
        return Spent(row["tokens"] or 0, row["usd"] or 0.0) if row else Spent()


class BatchMemory(SourceMemory):
    """The answers of one source, of which those that a batch brought are not recalled: the transport answers with them.

    A reply over the transport is whole; the body of a request after one from memory may differ, and would be paid again.
    """

    def recall(self, key: str) -> Answer | None:
        """Return the answer to a request that was made before, in no batch."""
        if self.journal.store.row("select 1 from batch_requests where answer_key = ?", (key,)):
            return None
        return super().recall(key)

    def remember(self, key: str, model: str, answer: Answer) -> None:
        """Commit an answer, once."""
        if self.journal.store.row("select 1 from answers where key = ?", (key,)):
            return
        super().remember(key, model, answer)
        with self.journal.store.transaction() as conn:
            conn.execute("update batch_requests set answer_key = ? where id = ?", (key, _answered_by.get()))


class BatchTransport(httpx2.AsyncBaseTransport):
    """Answers requests from the database; what it does not hold is noted there and raises `UnansweredError`."""

    def __init__(self, journal: BatchJournal, models: Mapping[str, str], rounds: int) -> None:
        """`models` maps the names in requests to llm's ids; `rounds` is the most times that one is sent."""
        self.store = journal.store
        self.models = models
        self.rounds = rounds
        self.spent = journal.spent()
        """What all requests cost or will cost, those not sent yet included."""

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        """Answer one request. Raises `UnansweredError`, and `UndeliveredAnswerError` when its rounds are over."""
        body = await request.aread()
        id_ = _id_of(request.url.path.encode(), body)
        known = self.store.row("select status, answer, batch, rounds, reason from batch_requests where id = ?", (id_,))
        if known is None:
            self._note(id_, request.url.path, body)
        elif known["status"]:
            _answered_by.set(id_)
            headers = {"content-type": "application/json"}
            return httpx2.Response(known["status"], headers=headers, content=known["answer"], request=request)
        elif known["batch"] is None and known["rounds"] >= self.rounds:
            rounds = f"{known['rounds']} rounds" if known["rounds"] > 1 else "one round"
            raise UndeliveredAnswerError(f"No batch brought an answer in {rounds} (the last: {known['reason']}).")
        raise UnansweredError("The request waits for its batch.")

    def _note(self, id_: str, path: str, body: bytes) -> None:
        data = json.loads(body)
        endpoint = next((one for one in ENDPOINTS if path.endswith(one.removeprefix("/v1"))), None)
        model = self.models.get(data.get("model"))
        if endpoint is None or model is None or data.get("stream"):
            raise ModelError(f"A batch cannot hold a request to {path}: leave out --batch, or choose another model with -m.")
        tokens = len(body) // BYTES_A_TOKEN
        cost = cost_usd(model, tokens, EXPECTED_ANSWER)
        row = {
            "id": id_,
            "source": _flow.get().source,
            "model": model,
            "endpoint": endpoint,
            "body": body.decode(),
            "tokens": tokens + EXPECTED_ANSWER,
            "cost_usd": cost,
            "rounds": 0,
        }
        with self.store.transaction():
            self.store.insert("batch_requests", [row])
        self.spent.add(tokens + EXPECTED_ANSWER, cost)


def _id_of(path: bytes, body: bytes) -> str:
    """SHA-256 of path and body, with a number if the flow makes the same request again, as after an empty answer."""
    asked = _flow.get().asked
    digest = sha256(path + b"\n" + body).hexdigest()
    asked[digest] += 1
    return digest if asked[digest] == 1 else sha256(f"{digest} {asked[digest]}".encode()).hexdigest()


def _packed(article: Article) -> str:
    """All of an article but its text, as JSON."""
    facts = article.metadata.model_dump(mode="json")
    return json.dumps([facts, article.source, article.warnings, article.pages])


def _unpacked(text: str, packed: str) -> Article:
    facts, source, warnings, pages = json.loads(packed)
    return Article.from_text(text, source=source, warnings=tuple(warnings), pages=tuple(pages), **facts)


@dataclass(frozen=True, kw_only=True)
class BatchOptions:
    """How a corpus is read in batches."""

    rounds: int = 4
    """The most times that a request is sent."""
    waits: bool = True
    """Whether to wait for the batches, and go on until nothing is open."""
    interval: float = 60.0
    """Seconds between two looks at the batches."""


class Rounds:
    """One run of a corpus in batches."""

    def __init__(
        self,
        journal: BatchJournal,
        plan: Plan,
        options: RunOptions,
        batch: BatchOptions,
        work: Callable[[Iterable[Entry], RunOptions], None],
        say: Callable[[str], None],
    ) -> None:
        """`work` makes the briefs of some entries, as `collect` does; `say` is called with what happens.

        Raises `ModelError` for a model without batches.
        """
        self.journal, self.options, self.batch, self.work = journal, options, batch, work
        self.batches = Batches(journal.store, plan.settings.key, say)
        models = {}
        for asked in {plan.first.id: plan.first, plan.second.id: plan.second}.values():
            client_of(asked.id, plan.settings.key)
            models[getattr(asked.model, "model_name", None) or asked.model.model_id] = asked.id
        self.transport = BatchTransport(journal, models, batch.rounds)

    def run(self, entries: Iterable[Entry]) -> None:
        """Go on with what earlier runs left, read what is new, and submit; with `waits`, until nothing is open.

        Raises `ModelError` when the provider refuses a batch, `DatabaseError`; the next run goes on from there.
        """
        if self.options.retry_failed:
            self.journal.reopen_failed()
        self.batches.poll()
        self.batches.collect()
        self._pass(self.journal.to_go_on(self.batch.rounds), dedupe=False)
        self._pass(self._new(entries), dedupe=self.options.dedupe)
        while not self.options.stopping.is_set():
            self.batches.submit(self.batch.rounds, self.options.budget, self.journal.spent(sent=True))
            if not (self.batch.waits and self.batches.running):
                return
            self.batches.wait(self.batch.interval)
            self.batches.collect()
            self._pass(self.journal.to_go_on(self.batch.rounds), dedupe=False)

    def _new(self, entries: Iterable[Entry]) -> Iterator[Entry]:
        """The entries that no earlier pass has noted, as far as the budget goes."""
        for entry in entries:
            if not self.options.budget.covers(self.transport.spent):
                return
            if not self.journal.is_noted(entry):
                yield entry

    def _pass(self, entries: Iterable[Entry], *, dedupe: bool) -> None:
        if self.options.stopping.is_set():
            return
        # Requests are noted, not sent: no limit but that of the batches counts.
        options = replace(self.options, dedupe=dedupe, timeout=None, rates=Rates(), budget=Budget())
        with sent_over(self.transport):
            self.work(entries, options)
