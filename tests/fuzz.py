"""Coverage-guided fuzzing with atheris (`pip install atheris`), from the small seeds in `tests/fuzz_corpus/`.

    python tests/fuzz.py TARGET [SECONDS [SEED]]   one target
    python tests/fuzz.py --all [SECONDS]           all of them, two at a time

Each run draws a new seed and prints it. A target raises when a property does not hold: the error and the input are printed, and the
exit code is 1. An input that once failed belongs in the corpus.
"""

from __future__ import annotations

import random
import re
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).parent.parent
WIRE = (ROOT / "tests" / "articles" / "wire.txt").read_text(encoding="utf-8")
CORPUS = ROOT / "tests" / "fuzz_corpus"
ARTICLES = (ROOT / "tests" / "articles", ROOT / "tests" / "hostile")
LONGEST_INPUT = 4_096
LARGEST_MEMORY = 3_000
LONGEST_REPORT = 12_000

import atheris  # noqa: E402

with atheris.instrument_imports(include=["llm_diplo"]):
    from llm_diplo.brief.assembly import assemble_brief
    from llm_diplo.brief.checks import check_extraction
    from llm_diplo.brief.extraction import read_answer
    from llm_diplo.errors import DiploError, InvalidExtractionError
    from llm_diplo.quotes.brackets import trim_quote
    from llm_diplo.quotes.finder import QuoteStatus, find_quote
    from llm_diplo.render.markdown import markdown
    from llm_diplo.schema import Brief, Prompt, Provenance
    from llm_diplo.sources.read import read_file
    from llm_diplo.text.article import Article, decode
    from llm_diplo.text.quotations import number_article
    from llm_diplo.text.units import number_units

HIDDEN = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u200b\u202a-\u202e\u2066-\u2069]")
MADE = Provenance(model="none", prompt=Prompt(name="none", sha256=""), calls=0, seconds=0, created="2026-01-01T00:00:00")
NUMBERED = number_article(Article.from_text(WIRE))


def decoding(data: bytes) -> None:
    """Bytes are decoded or refused."""
    try:
        text, _ = decode(data)
    except DiploError:
        return
    assert isinstance(text, str)


def files(data: bytes) -> None:
    """A file of any kind (web page, PDF, Markdown, text) is read or refused; its units stand in its text."""
    with tempfile.NamedTemporaryFile() as file:
        file.write(data)
        file.flush()
        try:
            article = read_file(Path(file.name))
        except DiploError:
            return
    assert all(article.text[unit.start : unit.end].strip() for unit in article.units)
    assert list(article.pages) == sorted(article.pages)


def units(data: bytes) -> None:
    """Units follow one another, and hold every word."""
    text = data.decode("utf-8", "replace")
    end = 0
    for number, unit in enumerate(number_units(text), start=1):
        assert (unit.number, end <= unit.start < unit.end <= len(text)) == (number, True)
        assert not text[end : unit.start].strip()
        end = unit.end
    assert not text[end:].strip()


def quotations(data: bytes) -> None:
    """Quotations stand in the text, their parts in order."""
    text = data.decode("utf-8", "replace")
    if not text.strip():
        return
    for quotation in number_article(Article.from_text(text)).quotations:
        place = 0
        for span in quotation.spans:
            assert place <= span.start < span.end <= len(text)
            place = span.end


def quotes(data: bytes) -> None:
    """`found` is a slice of the text; `verbatim` exactly when the quote is in it."""
    quote, _, text = data.decode("utf-8", "replace").partition("\n")
    match = find_quote(quote, text)
    assert match.found == text[match.start : match.end]
    if trim_quote(quote):
        assert (match.status is QuoteStatus.VERBATIM) == (quote in text)


def answers(data: bytes) -> None:
    """An answer is read or refused."""
    try:
        read_answer(data.decode("utf-8", "replace"))
    except InvalidExtractionError:
        return


def brief_of(data: bytes) -> Brief | None:
    """The brief that an answer gives for a fixed article; None where it is no answer."""
    try:
        answer = read_answer(data.decode("utf-8", "replace"))
    except InvalidExtractionError:
        return None
    return assemble_brief(check_extraction(answer.extraction, NUMBERED), NUMBERED, MADE, answer.rejected)


def checks(data: bytes) -> None:
    """Whatever passes the checks points at the article, and survives a round trip."""
    brief = brief_of(data)
    if brief is None:
        return
    shown = [part for item in (*brief.positions, *brief.next_steps) for part in item.evidence]
    assert all(WIRE[part.start : part.end] == part.quote for part in shown)
    assert Brief.model_validate_json(brief.model_dump_json()) == brief


def rendering(data: bytes) -> None:
    """Markdown holds no hidden character and no tag."""
    if brief := brief_of(data):
        text = markdown(brief)
        assert not HIDDEN.search(text)
        assert "<script" not in text.replace("\\<script", "")


TARGETS: dict[str, Callable[[bytes], None]] = {
    target.__name__: target for target in (decoding, files, units, quotations, quotes, answers, checks, rendering)
}
READERS, ANSWERS = (CORPUS / "texts", *ARTICLES), (CORPUS / "answers",)
SEEDS = {
    "files": (CORPUS / "files", *ARTICLES),
    "quotes": (CORPUS / "quotes",),
    **dict.fromkeys(("decoding", "units", "quotations"), READERS),
    **dict.fromkeys(("answers", "checks", "rendering"), ANSWERS),
}


def run_one(target: str, seconds: int, seed: int) -> None:
    """Fuzz one target in this process; what it finds on the way goes into a temporary folder."""
    print(f"{target}: seed {seed}", flush=True)
    with tempfile.TemporaryDirectory() as folder:
        limits = [f"-max_total_time={seconds}", f"-max_len={LONGEST_INPUT}", f"-rss_limit_mb={LARGEST_MEMORY}", "-timeout=10"]
        printing = ["-verbosity=0", "-print_final_stats=1", f"-artifact_prefix={folder}/"]
        atheris.Setup([sys.argv[0], *limits, f"-seed={seed}", *printing, folder, *map(str, SEEDS[target])], TARGETS[target])
        atheris.Fuzz()


def run_all(seconds: int) -> int:
    """Fuzz all targets, two at a time, each in a process of its own; returns how many failed."""
    waiting, running, failed = list(TARGETS), {}, 0
    while waiting or running:
        while waiting and len(running) < 2:
            name = waiting.pop(0)
            seed = random.randrange(1, 2**31)
            command = [sys.executable, __file__, name, str(seconds), str(seed)]
            running[name] = seed, subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        name, (seed, process) = next(iter(running.items()))
        printed, _ = process.communicate()
        del running[name]
        runs = re.search(r"number_of_executed_units:\s*(\d+)", printed)
        print(
            f"{name:12} {'failed' if process.returncode else 'held'} after {runs[1] if runs else '?'} inputs (seed {seed})",
            flush=True,
        )
        if process.returncode:
            failed += 1
            print(re.sub(r"(?m)^(INFO|WARNING): .*\n", "", printed)[-LONGEST_REPORT:])
    return failed


if __name__ == "__main__":
    SECONDS = int(sys.argv[2]) if len(sys.argv) > 2 else 60
    if sys.argv[1] == "--all":
        sys.exit(1 if run_all(SECONDS) else 0)
    run_one(sys.argv[1], SECONDS, int(sys.argv[3]) if len(sys.argv) > 3 else random.randrange(1, 2**31))
