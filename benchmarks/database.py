"""How large a database of briefs is, and how long it takes to answer, at a number of briefs; a million by extrapolation.

    python benchmarks/database.py [BRIEFS]

The briefs are made from `examples/strait-conference.txt` and its extraction, with another surname for each of its people
every time, and are imported with their answers. Each query is timed at a tenth of BRIEFS (10,000) and at all of them, once
the file is in memory: what grows in between is extrapolated in a straight line, what does not is taken as it is.
"""

from __future__ import annotations

import argparse
import json
import random
import sqlite3
import tempfile
import time
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

ROOT = Path(__file__).parent.parent
MILLION = 1_000_000
GROWS = 2.0
LEAST = 0.001
"""A query that takes this much longer over ten times the briefs, and more than so many seconds, grows with them."""
QUERIES = {
    "search statements for a word": "select count(*) from positions_fts where positions_fts match 'tolls'",
    "search statements for a name": "select rowid from positions_fts where positions_fts match ? limit 20",
    "a brief by its source": "select json from briefs join sources on sources.brief = briefs.id where sources.name = 'b77'",
    "positions of a brief with quotes": "select * from positions_with_quotes where brief = 77",
    "steps by date, the first 20": "select * from steps_by_date limit 20",
    "actors and issues, the first 10": "select * from actor_issue_matrix limit 10",
    "cost by model": "select * from cost_by_model",
    "states": "select state, count(*) from sources group by state",
}


def surname(length: int) -> str:
    """A name that nobody has."""
    return "".join(random.choice("bdfgklmnprstvz" if place % 2 == 0 else "aeiou") for place in range(length)).capitalize()


def lines(start: int, end: int) -> Iterator[str]:
    """As many lines as `--export` writes."""
    from llm_diplo import Article
    from llm_diplo.brief.assembly import resolve_extraction
    from llm_diplo.text.quotations import number_article

    article = Article.from_text((ROOT / "examples" / "strait-conference.txt").read_text(encoding="utf-8"))
    answer = (ROOT / "examples" / "strait-conference.extraction.json").read_text(encoding="utf-8")
    people = {actor["name"].split()[-1] for actor in json.loads(answer)["actors"] if actor["type"] == "person"}
    brief = resolve_extraction(answer, number_article(article), model="gpt-4.1-mini")
    kept = {"key": "k", "model": "gpt-4.1-mini", "input_tokens": 2_300, "output_tokens": 1_050, "text": answer}
    line = {"source": "b", "text": article.text, "brief": brief.model_dump(mode="json"), "answers": [kept]}
    first = json.dumps(line, ensure_ascii=False)
    for number in range(start, end):
        # A name as long as the one before leaves every offset as it is.
        made = first
        for name in people:
            made = made.replace(name, surname(len(name)))
        one = json.loads(made)
        digest = sha256(one["text"].encode()).hexdigest()
        one["brief"]["article"].update(id=digest[:16], text_sha256=digest)
        one["answers"][0]["key"] = f"k{number}"
        yield json.dumps({**one, "source": f"b{number}"}, ensure_ascii=False)


def seconds(db: Path, query: str, name: str) -> float:
    """The best of three."""
    with sqlite3.connect(db) as connection:
        taken = []
        for _ in range(3):
            started = time.perf_counter()
            connection.execute(query, (name,) if "?" in query else ()).fetchall()
            taken.append(time.perf_counter() - started)
    connection.close()
    return min(taken)


def size(db: Path) -> int:
    """Bytes of the database, its journal written back."""
    connection = sqlite3.connect(db)
    connection.execute("pragma wal_checkpoint(truncate)")
    connection.close()
    return db.stat().st_size


def main() -> None:
    """Fill the database to a tenth, measure, fill it up, and measure again."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("briefs", nargs="?", type=int, default=10_000)
    count = parser.parse_args().briefs
    random.seed(1)
    from llm_diplo.corpus.exchange import imported
    from llm_diplo.corpus.store import Store

    measured, sizes = [], []
    with tempfile.TemporaryDirectory() as folder:
        db = Path(folder, "diplo.db")
        for start, end in ((0, count // 10), (count // 10, count)):
            began = time.perf_counter()
            with Store(db) as store:
                sum(1 for _ in imported(store, enumerate(lines(start, end), 1), "generated"))
            print(
                f"{end:,} briefs: {(end - start) / (time.perf_counter() - began):.0f} a second to make and import", flush=True
            )
            sizes.append(size(db))
            name = sqlite3.connect(db).execute("select name from actors where type = 'person' limit 1").fetchone()[0]
            measured.append([seconds(db, query, name.split()[-1]) for query in QUERIES.values()])
    each = (sizes[1] - sizes[0]) / (count - count // 10)
    print(f"{each:,.0f} bytes a brief; {each * MILLION / 1e9:.1f} GB for a million, extrapolated\n")
    print(f"{'milliseconds at':34} {count // 10:>10,} {count:>10,} {MILLION:>12,} extrapolated")
    for query, (small, large) in zip(QUERIES, zip(*measured, strict=True), strict=True):
        far = large * MILLION / count if large > max(GROWS * small, LEAST) else large
        print(f"{query:34} {small * 1000:10.2f} {large * 1000:10.2f} {far * 1000:12,.1f}")


if __name__ == "__main__":
    main()
