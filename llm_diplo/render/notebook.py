"""A brief as HTML for notebooks: what the Markdown says, and nothing of the article's own markup."""

from __future__ import annotations

from llm_diplo.render.markdown import markdown
from llm_diplo.schema import Brief


def brief_html(brief: Brief) -> str:
    """Return a brief as an HTML fragment; raw HTML in the article's words shows as text."""
    from markdown_it import MarkdownIt

    body = MarkdownIt("commonmark", {"html": False}).enable("table").render(markdown(brief))
    return f'<div class="llm-diplo">{body}</div>'
