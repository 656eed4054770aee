"""Batches at their provider: files sent, batches made, watched and collected, each step kept before the next is taken.

A process may be killed at any moment: a file that was sent, but of whose batch nothing is known, is looked for among the
provider's batches before another is made.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from itertools import islice
from pathlib import Path
from time import sleep
from typing import Any
from uuid import uuid4

import openai
from tenacity import Retrying, retry_if_exception_type, stop_after_attempt, wait_random_exponential

from llm_diplo.corpus.limits import Budget, Spent
from llm_diplo.corpus.store import Store, now
from llm_diplo.errors import ModelError, UnavailableModelError
from llm_diplo.models.answers import cost_usd, keys_of, redacted
from llm_diplo.models.failures import explain
from llm_diplo.models.registry import Connections, get_model

MOST_REQUESTS = 50_000
MOST_BYTES = 200_000_000
"""What one file may hold: OpenAI's limits."""
FRAME = 200
"""Bytes of a line that are not its request's body, at most."""
LINES = 500
"""Answers that are committed at a time."""
TRIES = 6
"""How often sending a batch or fetching a file is tried while the provider is out of reach."""
NAME = "llm-diplo"
"""The key in a batch's metadata that holds our own name for it."""

_ENDED = ("completed", "failed", "expired", "cancelled")
_OWN_FAULTS = (400, 413, 422)
"""Statuses that blame the request itself: another round would not help."""
_OPEN = "batch is null and status is null"
_LOOKED_BACK = timedelta(days=1)
"""How much the provider's clock may differ from ours."""


class Batches:
    """The batches of one database."""

    def __init__(self, store: Store, key: str | None, say: Callable[[str], None]) -> None:
        """`key` is that of the provider, as for a model; `say` is called with what happens, line by line."""
        self.store = store
        self.key = key
        self.say = say

    @property
    def running(self) -> list[dict[str, Any]]:
        """The batches that are not collected yet, the oldest first."""
        return list(self.store.rows("select * from batches where collected is null order by id"))

    def count_open(self, rounds: int) -> int:
        """How many requests are in no batch, and may still go into one."""
        row = self.store.row(f"select count(*) as n from batch_requests where {_OPEN} and rounds < ?", (rounds,))
        return int(row["n"]) if row else 0

    # Sending

    def submit(self, rounds: int, budget: Budget, spent: Spent) -> None:
        """Send the open requests, as far as the budget goes; `spent` is what requests sent earlier cost or will cost.

        Raises `ModelError` and its kinds; what was to be sent is sent when it is called again.
        """
        groups = f"select distinct model, endpoint from batch_requests where {_OPEN} and rounds < ?"
        for group in list(self.store.rows(groups, (rounds,))):
            while self._assign(group["model"], group["endpoint"], rounds, budget, spent):
                pass
        for row in self.running:
            if not row["batch"]:
                _patiently(self._send, row["id"], row["model"])

    def _assign(self, model: str, endpoint: str, rounds: int, budget: Budget, spent: Spent) -> int:
        """Put open requests into a new batch of the database; returns how many."""
        found = self.store.rows(
            f"""select id, tokens, cost_usd, length(cast(body as blob)) as bytes from batch_requests
            where {_OPEN} and rounds < ? and model = ? and endpoint = ? order by rowid limit ?""",
            (rounds, model, endpoint, MOST_REQUESTS),
        )
        ids = list(_fitting(found, budget, spent))
        if not ids:
            return 0
        made = {"key": uuid4().hex, "model": model, "endpoint": endpoint, "requests": len(ids), "created": now()}
        with self.store.transaction() as conn:
            number = self.store.insert("batches", [{**made, "status": "planned"}])
            marked = "update batch_requests set batch = ?, rounds = rounds + 1, reason = null where id = ?"
            conn.executemany(marked, [(number, id_) for id_ in ids])
        return len(ids)

    def _send(self, number: int, model: str) -> None:
        row, client = self._row(number), self._client(model)
        with _explained(model):
            # A file of which nothing more is known may have become a batch before this process, or this try.
            batch = self._made_before(client, row) if row["file"] else None
            if not row["file"]:
                self._set(number, file=self._upload(client, row))
            if batch is None:
                batch = client.with_options(max_retries=0).batches.create(  # tried again, it could be made twice
                    completion_window="24h",
                    endpoint=row["endpoint"],
                    input_file_id=self._row(number)["file"],
                    metadata={NAME: row["key"]},
                )
        self._set(number, batch=batch.id, status=batch.status)
        self.say(f"Batch {batch.id}: {row['requests']:,} requests to {row['endpoint']} for {model}.")

    def _made_before(self, client: openai.OpenAI, row: dict[str, Any]) -> Any:
        """Return the batch that was made of a file, if there is one; batches are listed with the newest first."""
        oldest = (datetime.fromisoformat(row["created"]) - _LOOKED_BACK).timestamp()
        for batch in client.batches.list(limit=100):
            if (batch.metadata or {}).get(NAME) == row["key"]:
                return batch
            if batch.created_at < oldest:
                break
        return None

    def _upload(self, client: openai.OpenAI, row: dict[str, Any]) -> str:
        with tempfile.TemporaryFile() as file:
            for request in self.store.rows("select id, body from batch_requests where batch = ?", (row["id"],)):
                frame = json.dumps({"custom_id": request["id"], "method": "POST", "url": row["endpoint"]})
                file.write(f'{frame[:-1]}, "body": {request["body"]}}}\n'.encode())
            file.seek(0)
            return client.files.create(file=(f"{NAME}-{row['key']}.jsonl", file), purpose="batch").id

    # Watching

    def poll(self) -> bool:
        """Ask how the batches are; returns True when one has ended. A provider out of reach is asked again later."""
        for row in self.running:
            if row["batch"] and row["status"] not in _ENDED:
                try:
                    with _explained(row["model"]):
                        self._note(row["id"], self._client(row["model"]).batches.retrieve(row["batch"]))
                except UnavailableModelError as error:
                    self.say(str(error))
        return any(row["status"] in _ENDED for row in self.running)

    def wait(self, interval: float) -> None:
        """Wait until a batch has ended; asks every `interval` seconds."""
        shown = ""
        while not self.poll():
            if (line := self.line()) != shown:
                self.say(line)
                shown = line
            sleep(interval)

    def line(self) -> str:
        """One line: which batches are not collected, and how far they are."""
        parts = (f"{row['batch']} {row['status']} {row['completed'] or 0:,}/{row['requests']:,}" for row in self.running)
        return "Waiting: " + ", ".join(parts)

    def _note(self, number: int, batch: Any) -> None:
        """Keep what a provider says of a batch."""
        said = "; ".join(error.message or "" for error in (batch.errors.data or ())) if batch.errors else None
        counted = batch.request_counts.completed if batch.request_counts else None
        files = {"output_file": batch.output_file_id, "error_file": batch.error_file_id}
        self._set(number, status=batch.status, completed=counted, reason=said, **files)

    # Collecting

    def collect(self) -> None:
        """Keep the answers of the batches that have ended; what they did not answer is open again, with the reason."""
        for row in self.running:
            if row["status"] in _ENDED:
                for file in (row["output_file"], row["error_file"]):
                    if file:
                        _patiently(self._collect_file, file, row["model"])
                self._release(row["id"], _reason(row))

    def _collect_file(self, file: str, model: str) -> None:
        client = self._client(model)
        keys = keys_of(get_model(model), self.key)
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "results.jsonl"
            with _explained(model):
                try:
                    with client.files.with_streaming_response.content(file) as response:
                        response.stream_to_file(path)
                except openai.NotFoundError:
                    self.say(f"The provider no longer has {file}: what it held is asked for again.")
                    return
            with path.open("rb") as lines:
                while some := list(islice(lines, LINES)):
                    with self.store.transaction():
                        for line in some:
                            self._keep(line, model, keys)

    def _keep(self, line: bytes, model: str, keys: tuple[str, ...]) -> None:
        """Keep one result; a malformed line is skipped, and its request sent again."""
        try:
            result = json.loads(line)
            id_, response = result["custom_id"], result.get("response") or {}
            status, body = response.get("status_code") or 0, response.get("body")
        except (ValueError, LookupError, TypeError, AttributeError):
            return
        if isinstance(body, dict) and (200 <= status < 300 or status in _OWN_FAULTS):
            answer = redacted(json.dumps(body, ensure_ascii=False), keys)
            values = {"status": status, "answer": answer, "body": None, "reason": None, **_usage(body, model)}
        else:
            values = {"reason": redacted(_said(result, status), keys)}
        self.store.update("batch_requests", id_, values, where="status is null")

    def _release(self, number: int, reason: str) -> None:
        """End a batch: what it holds without an answer is open."""
        with self.store.transaction() as conn:
            conn.execute(
                "update batch_requests set batch = null, reason = coalesce(reason, ?) where batch = ? and status is null",
                (reason, number),
            )
            conn.execute("update batches set collected = ? where id = ?", (now(), number))

    # Ending

    def cancel(self) -> None:
        """Have the provider end all batches; what they have answered by then is collected by the next run."""
        for row in self.running:
            client = self._client(row["model"])
            with _explained(row["model"]):
                if row["file"] and not row["batch"] and (found := self._made_before(client, row)):
                    self._set(row["id"], batch=found.id, status=found.status)
                if not (id_ := self._row(row["id"])["batch"]):
                    self._release(row["id"], "it was cancelled before it was sent")
                elif row["status"] not in _ENDED:
                    self._note(row["id"], client.batches.cancel(id_))

    def _client(self, model: str) -> openai.OpenAI:
        return client_of(model, self.key)

    def _row(self, number: int) -> dict[str, Any]:
        row = self.store.row("select * from batches where id = ?", (number,))
        assert row
        return row

    def _set(self, number: int, **values: Any) -> None:
        with self.store.transaction():
            self.store.update("batches", number, values)


def client_of(model_id: str, key: str | None) -> openai.OpenAI:
    """Return a client of the openai package for the provider of a model. Raises `ModelError` where there is none."""
    model = get_model(model_id)
    get_client = getattr(model, "get_client", None)
    client = get_client.build(key, async_=False) if isinstance(get_client, Connections) else None
    if not isinstance(client, openai.OpenAI):
        raise ModelError(
            f"{model_id} has no batches that llm-diplo can use: leave out --batch, or choose an OpenAI-like model."
        )
    return client


def _patiently(step: Callable[..., None], *args: Any) -> None:
    """Take a step; while the provider is out of reach, again after a growing random pause."""
    retry = retry_if_exception_type(UnavailableModelError)
    tries = Retrying(stop=stop_after_attempt(TRIES), wait=wait_random_exponential(max=60), retry=retry, reraise=True)
    tries(step, *args)


@contextmanager
def _explained(model: str) -> Iterator[None]:
    """Turn what the openai package raises in the block into a `ModelError` of one line."""
    try:
        yield
    except openai.NotFoundError:
        raise ModelError(
            f"{model}'s provider does not know what it was asked for (HTTP 404): has it a Batch API, and is this the key of "
            "the account that the batches belong to?"
        ) from None
    except openai.OpenAIError as error:
        raise explain(error, get_model(model), model, 0) from None


def _fitting(rows: Iterable[dict[str, Any]], budget: Budget, spent: Spent) -> Iterator[str]:
    """The ids of the requests that one file can hold and the budget covers; what they cost is added to `spent`."""
    size = 0
    for row in rows:
        size += row["bytes"] + FRAME
        after = Spent(spent.tokens, spent.usd)
        after.add(row["tokens"], row["cost_usd"])
        if size > MOST_BYTES or not budget.covers(after):
            return
        spent.tokens, spent.usd = after.tokens, after.usd
        yield row["id"]


def _usage(body: dict[str, Any], model: str) -> dict[str, Any]:
    """What an answer cost, as the columns of its request; empty where it does not say."""
    usage = body.get("usage") or {}
    read, written = (usage.get(name) or usage.get(other) for name, other in _COUNTS)
    if not isinstance(read, int) or not isinstance(written, int):
        return {}
    return {"tokens": read + written, "cost_usd": cost_usd(model, read, written)}


_COUNTS = (("prompt_tokens", "input_tokens"), ("completion_tokens", "output_tokens"))


def _said(result: dict[str, Any], status: int) -> str:
    """Why a result is not an answer, as the provider says."""
    body = (result.get("response") or {}).get("body")
    error = result.get("error") or (body.get("error") if isinstance(body, dict) else None) or {}
    text = error.get("message") or error.get("code") if isinstance(error, dict) else error
    return " ".join(str(text or f"HTTP {status}").split())[:300]


def _reason(row: dict[str, Any]) -> str:
    """Why a batch that ended did not answer all of its requests."""
    return f"its batch ended as {row['status']}" + (f": {row['reason']}" if row["reason"] else "")
