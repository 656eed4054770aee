"""A brief as HTML for notebooks: the evidence page's brief, without the article beside it."""

from __future__ import annotations

from llm_diplo.render.evidence import brief_parts
from llm_diplo.render.template import draw
from llm_diplo.schema import Brief


def brief_html(brief: Brief) -> str:
    """Return a brief as an HTML fragment; HTML in the article's words is shown as text."""
    return draw("notebook.html", **brief_parts(brief), in_place=False)
