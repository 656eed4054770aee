"""How long a web page takes to become an article, after the imports.

    python benchmarks/documents.py

A page of 30 KB: an article of 7 KB in a menu, scripts and a footer. The goal is 60 ms.
"""

from __future__ import annotations

import timeit

from llm_diplo.sources.html import read_html

SENTENCE = (
    "The five states on the strait agreed on Monday to hold a conference in September, after seven months without talks. "
)
MENU = "".join(f"<li><a href='/section/{number}'>Section number {number}</a></li>" for number in range(150))
SCRIPT = "<script>" + "var x = [1, 2, 3];\n" * 650 + "</script>"
ARTICLE = "".join(f"<p>{SENTENCE * 3}</p>" for _ in range(26))
PAGE = (
    f"<!doctype html><html><head><title>Five shores agree</title>{SCRIPT}</head><body><nav><ul>{MENU}</ul></nav>"
    f"<article><h1>Five shores agree</h1>{ARTICLE}</article><footer>All rights reserved</footer></body></html>"
).encode()


def main() -> None:
    """Read the page once, then measure the best of ten."""
    read_html(PAGE, "page.html")
    seconds = min(timeit.repeat(lambda: read_html(PAGE, "page.html"), number=1, repeat=10))
    print(f"{len(PAGE) / 1000:.0f} KB of HTML to an article: {1000 * seconds:.0f} ms (goal 60 ms)")


if __name__ == "__main__":
    main()
