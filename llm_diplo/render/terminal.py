"""The brief on a terminal: rich draws the Markdown."""

from __future__ import annotations

from typing import TYPE_CHECKING

from llm_diplo.render.markdown import markdown
from llm_diplo.schema import Brief

if TYPE_CHECKING:
    from rich.markdown import Markdown


def terminal(brief: Brief) -> Markdown:
    """Return what rich prints for a brief."""
    from rich.markdown import Markdown

    return Markdown(markdown(brief), hyperlinks=False)
