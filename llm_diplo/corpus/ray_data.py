"""A corpus in a cluster: a Ray data set of texts becomes one of briefs."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterator, Mapping
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any, Unpack

from llm_diplo.corpus.exchange import COLUMNS
from llm_diplo.errors import AccessError, DiploError, MissingKeyError, RateLimitError, UnavailableModelError, install_command
from llm_diplo.models.failures import own_error
from llm_diplo.models.registry import get_async_or_sync_model
from llm_diplo.models.settings import Settings, check_count, prepared
from llm_diplo.sources.document import stated_facts
from llm_diplo.sources.read import read_record
from llm_diplo.summarizer import Choices, asummarize_article, chosen

if TYPE_CHECKING:
    import pyarrow
    from ray.data import Dataset

BLOCK = 50
"""Rows that are written together: a job that is killed loses the blocks in flight, and no more."""
PASSING = frozenset(kind.__name__ for kind in (UnavailableModelError, RateLimitError, AccessError, MissingKeyError))
"""Errors that say nothing about the text: such a row is tried again."""
CPUS = 0.5
"""CPUs of an actor: it mostly waits for the model, and a task that writes must fit beside it."""


def summarize_dataset(
    dataset: Dataset,
    *,
    text: str = "text",
    id: str = "id",
    resume_from: str | Path | None = None,
    concurrency: int = 1,
    jobs: int = BLOCK,
    **choices: Unpack[Choices],
) -> Dataset:
    """Make the briefs of a Ray data set, lazily: a row for each row, in any order.

    A row has `id`, `text` (as it was read: offsets count in it) and `brief` (JSON); where there is no brief, `error_kind` and
    `error` in its place. `llm diplo corpus --import` reads them. Needs the extra `ray`.

    Args:
        dataset: its columns `text` and `id` are read, and those that state a headline, date, author, url, … as corpora do.
        text: the column that holds the texts.
        id: the column that identifies a text; values that are not strings are converted to strings.
        resume_from: folder or URI of an earlier run's Parquet, if any; its rows with a brief or a lasting error are left out.
        concurrency: how many actors, 1 or more; each is a process with half a CPU and connections of its own.
        jobs: how many rows each works on at once, 1 or more.
        choices: those of `summarize`, but `log`. They are sent to the actors, a key among them: set that in their environment.

    Raises `DiploError` when Ray is missing, and what `summarize` raises for its choices, before anything is read.
    """
    check_count("concurrency", concurrency, least=1)
    check_count("jobs", jobs, least=1)
    if find_spec("ray") is None or find_spec("pyarrow") is None:
        raise DiploError(f"summarize_dataset needs the extra `ray`: {install_command('ray')}.")
    if choices.get("log"):
        raise TypeError("log is given: actors on several machines cannot share one; the briefs say what they cost.")
    from ray.data import ActorPoolStrategy

    with chosen(**choices) as settings:
        prepared(settings, get_async_or_sync_model, key=False)
    if resume_from is not None:
        written = _written(str(resume_from))
        dataset = dataset.map_batches(partial(_unwritten, id=id, written=written), batch_format="pyarrow")
    # A block more than the rows in flight fill, so that the last row of a block holds up no other.
    calls = -(-jobs // BLOCK) + 1
    pool = ActorPoolStrategy(size=concurrency, max_concurrent_calls_per_actor=calls, max_tasks_in_flight_per_actor=calls)
    return dataset.repartition(target_num_rows_per_block=BLOCK).map_batches(
        _Summarizer,
        fn_constructor_args=(settings, text, id, jobs),
        compute=pool,
        batch_size=BLOCK,
        batch_format="pyarrow",
        num_cpus=CPUS,
    )


class _Summarizer:
    """An actor; it finds its model by itself, as models cannot be pickled."""

    def __init__(self, settings: Settings, text: str, id: str, jobs: int) -> None:
        self.plan = prepared(settings, get_async_or_sync_model)
        self.text = text
        self.id = id
        self.free = asyncio.Semaphore(jobs)

    async def __call__(self, batch: pyarrow.Table) -> pyarrow.Table:
        """The rows of a batch, side by side: Ray itself would begin no more than 16 of them."""
        import pyarrow

        rows = await asyncio.gather(*map(self._row, batch.to_pylist()))
        return pyarrow.Table.from_pylist(rows, pyarrow.schema([(name, pyarrow.string()) for name in COLUMNS]))

    async def _row(self, values: Mapping[str, Any]) -> dict[str, str | None]:
        row: dict[str, str | None] = {"id": str(values[self.id]), "text": str(values[self.text] or "")}
        try:
            async with self.free:
                facts: Any = stated_facts(values)
                article = read_record(str(row["text"]), str(row["id"]), **facts)
                brief = await asummarize_article(article, self.plan)
        except Exception as error:
            known = own_error(error, self.plan.settings.key)
            return {**row, "error_kind": type(known).__name__, "error": str(known)}
        return {**row, "text": article.text, "brief": brief.model_dump_json()}


def _unwritten(batch: pyarrow.Table, id: str, written: pyarrow.Array) -> pyarrow.Table:
    """The rows whose id is not among those written."""
    from pyarrow import compute

    return batch.filter(compute.invert(compute.is_in(batch[id].cast("string"), value_set=written)))


def _written(folder: str) -> pyarrow.Array:
    """The ids that need not be asked for again."""
    import pyarrow

    return pyarrow.array((id for table in _tables(folder) for id in _settled(table)), pyarrow.string())


def _settled(table: pyarrow.Table) -> Iterator[str]:
    return (row["id"] for row in table.to_pylist() if row["error_kind"] not in PASSING)


def _tables(folder: str) -> Iterator[pyarrow.Table]:
    """The ids and errors of each file in a folder; a file that a killed job left unfinished is reported and left out."""
    import pyarrow.parquet
    from pyarrow.fs import FileSelector, FileSystem

    system, path = FileSystem.from_uri(folder if "://" in folder else Path(folder).absolute().as_uri())
    for file in system.get_file_info(FileSelector(path, allow_not_found=True, recursive=True)):
        if file.extension == "parquet":
            try:
                yield pyarrow.parquet.read_table(file.path, columns=["id", "error_kind"], filesystem=system)
            except pyarrow.ArrowInvalid as error:
                logging.getLogger(__name__).warning("%s is left out, delete it: %s", file.path, error)
