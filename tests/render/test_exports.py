"""Files for other tools, each opened by a reader that people use."""

from __future__ import annotations

import io
import json
import sqlite3
from pathlib import Path
from typing import Any

import networkx
import pandas as pd
import pytest
import sqlite_utils
from conftest import EXAMPLES
from pyld import jsonld as processor

from llm_diplo import Article, Brief
from llm_diplo.brief.assembly import resolve_extraction
from llm_diplo.render.graph import graphml, mermaid
from llm_diplo.render.linked import jsonld
from llm_diplo.render.tables import COLUMNS, csv_table
from llm_diplo.text.quotations import number_article

ARTICLE = EXAMPLES / "strait-conference.txt"
EXTRACTION = EXAMPLES / "strait-conference.extraction.json"
RESOLVE = ("resolve", EXTRACTION, "--against", ARTICLE)


@pytest.fixture(scope="module")
def brief() -> Brief:
    article = Article.from_text(ARTICLE.read_text(encoding="utf-8"), url="https://courier.example/strait")
    return resolve_extraction(EXTRACTION.read_text(encoding="utf-8"), number_article(article))


def with_statement(brief: Brief, statement: str) -> Brief:
    changed = brief.positions[0].model_copy(update={"statement": statement})
    return brief.model_copy(update={"positions": (changed, *brief.positions[1:])})


def test_pandas_opens_the_table(brief: Brief) -> None:
    table = pd.read_csv(io.StringIO(csv_table([brief])))
    assert tuple(table.columns) == COLUMNS
    assert len(table) == len(brief.positions) + len(brief.next_steps)
    names = {actor.id: actor.name for actor in brief.actors}
    assert list(table["actor"][: len(brief.positions)]) == [names[position.actor] for position in brief.positions]
    text = ARTICLE.read_text(encoding="utf-8")
    for _, row in table[table["kind"] == "next_step"].iterrows():
        assert text[row["start"] : row["end"]].startswith(row["text"].split(" … ")[0])
    assert table["statement ID"].is_unique


def test_sqlite_utils_opens_the_table(brief: Brief, tmp_path: Path) -> None:
    from sqlite_utils.utils import rows_from_file

    rows, _ = rows_from_file(io.BytesIO(csv_table([brief]).encode()))
    database = sqlite_utils.Database(sqlite3.connect(":memory:"))
    database["statements"].insert_all(rows, pk="statement ID")
    assert database["statements"].count == len(brief.positions) + len(brief.next_steps)


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r=", " =", "＝", "\u200b="])
def test_no_cell_is_a_formula(brief: Brief, start: str) -> None:
    table = csv_table([with_statement(brief, f"{start}HYPERLINK(A1)")])
    (cell,) = [value for value in pd.read_csv(io.StringIO(table))["statement"] if "HYPERLINK" in value]
    assert cell.startswith("'")


def test_a_byte_order_mark_stands_only_at_the_start(diplo: Any, tmp_path: Path) -> None:
    path = tmp_path / "brief.csv"
    assert diplo(*RESOLVE, "--output", path, "--bom").exit_code == 0
    text = path.read_text(encoding="utf-8")
    assert (text[0], text.count("\ufeff")) == ("\ufeff", 1)
    assert list(pd.read_csv(path, encoding="utf-8-sig").columns) == list(COLUMNS)


def test_networkx_opens_the_network(brief: Brief) -> None:
    graph = networkx.read_graphml(io.BytesIO(graphml([brief]).encode()))
    nodes = dict(graph.nodes(data=True))
    kinds = networkx.get_node_attributes(graph, "variable")
    on_issues = [position for position in brief.positions if position.issue]
    assert sorted(kinds.values()).count("concept") == len(brief.issues)
    edges = [facts for *_, facts in graph.edges(data=True)]
    assert sum(edge["weight"] for edge in edges if edge["relation"] == "position") == len(on_issues)
    for first, second, edge in graph.edges(data=True):
        ends = {nodes[first]["variable"], nodes[second]["variable"]}
        assert ends == ({"actor", "concept"} if edge["relation"] == "position" else {"actor"})


def test_congruence_counts_the_issues_on_which_two_agree(brief: Brief) -> None:
    graph = networkx.read_graphml(io.BytesIO(graphml([brief, brief]).encode()))
    names = networkx.get_node_attributes(graph, "name")
    counted = {
        (frozenset((names[first], names[second])), edge["relation"]): edge["weight"]
        for first, second, edge in graph.edges(data=True)
        if edge["relation"] != "position"
    }
    assert counted[frozenset(("Ketter", "Tor Brandt")), "congruence"] == 1
    assert counted[frozenset(("Orsolya Venn", "Tor Brandt")), "conflict"] == 1


def test_pyld_reads_every_statement(brief: Brief) -> None:
    expanded = processor.expand(json.loads(jsonld([brief])))
    graph = {node["@type"][0]: node for node in expanded}
    assert set(graph) >= {
        "https://schema.org/NewsArticle",
        "https://schema.org/Claim",
        "https://schema.org/Quotation",
        "https://schema.org/Action",
        "http://www.w3.org/ns/oa#Annotation",
    }
    text = ARTICLE.read_text(encoding="utf-8")
    oa = "http://www.w3.org/ns/oa#"
    selectors = [node[f"{oa}hasTarget"][0][f"{oa}hasSelector"] for node in expanded if node["@type"] == [f"{oa}Annotation"]]
    assert len(selectors) == sum(
        len(item.evidence) + len(getattr(item, "quotes", ())) for item in (*brief.positions, *brief.next_steps)
    )
    for quote, place in selectors:
        start, end = (place[f"{oa}{name}"][0]["@value"] for name in ("start", "end"))
        assert text[start:end] == quote[f"{oa}exact"][0]["@value"]
    assert processor.to_rdf(expanded)["@default"]


def test_quote_selectors_have_the_words_around_where_the_text_is_known(diplo: Any, tmp_path: Path) -> None:
    text = ARTICLE.read_text(encoding="utf-8")
    selectors = [
        node["target"]["selector"]
        for node in json.loads(diplo(*RESOLVE, "--format", "jsonld").stdout)["@graph"]
        if node["@type"] == "Annotation"
    ]
    assert len(selectors) > 10
    for quote, place in selectors:
        around = quote.get("prefix", "") + quote["exact"] + quote.get("suffix", "")
        start = place["start"] - len(quote.get("prefix", ""))
        assert text[start : start + len(around)] == around
        assert len(quote.get("prefix", "")) == min(32, place["start"])
        assert len(quote.get("suffix", "")) == min(32, len(text) - place["end"])
    path = tmp_path / "brief.json"
    diplo(*RESOLVE, "--output", path)
    assert '"prefix"' not in diplo("render", path, "--format", "jsonld").stdout.split("@graph")[1]
    assert '"prefix"' in diplo("render", path, "--against", ARTICLE, "--format", "jsonld").stdout.split("@graph")[1]


def test_mermaid_labels_hold_no_markup(brief: Brief) -> None:
    chart = mermaid([brief.model_copy(update={"issues": tuple(
        issue.model_copy(update={"proposition": f'{issue.proposition}"]\n click n1 "javascript:x" <b>`'}) for issue in brief.issues
    )})])  # fmt: skip
    first, *lines = chart.splitlines()
    assert first == "flowchart LR"
    assert "click n1 #quot;javascript:x#quot; #lt;b#gt;#96;" in chart
    assert all(line.count('"') == 2 for line in lines)
    assert 'agrees"| n' in chart


@pytest.mark.parametrize(
    "ending, start",
    [
        (".csv", "statement ID,"),
        (".graphml", "<?xml"),
        (".mmd", "flowchart"),
        (".jsonld", "{"),
        (".jsonl", '{"article"'),
        (".md", "# "),
    ],
)
def test_the_ending_of_the_file_decides(diplo: Any, tmp_path: Path, ending: str, start: str) -> None:
    path = tmp_path / f"brief{ending}"
    assert diplo(*RESOLVE, "--output", path).exit_code == 0
    assert path.read_text(encoding="utf-8").startswith(start)
    assert diplo(*RESOLVE, "--output", path, "--format", "json").exit_code == 0
    assert json.loads(path.read_text(encoding="utf-8"))["positions"]


@pytest.mark.parametrize("format_", ["csv", "graphml", "mermaid", "jsonld"])
def test_several_sources_are_one_document(diplo: Any, format_: str) -> None:
    sources = (EXAMPLES / "harbour-talks.txt", ARTICLE)
    result = diplo(*sources, "-m", "diplo-offline", "-o", "reader", "rules", "-n", "--format", format_)
    assert result.exit_code == 0
    if format_ == "csv":
        assert pd.read_csv(io.StringIO(result.stdout))["document ID"].nunique() == 2
    elif format_ == "graphml":
        networkx.read_graphml(io.BytesIO(result.stdout.encode()))
    elif format_ == "jsonld":
        kinds = [kind for node in processor.expand(json.loads(result.stdout)) for kind in node.get("@type", ())]
        assert kinds.count("https://schema.org/NewsArticle") == 2
    else:
        assert result.stdout.count("flowchart") == 1
