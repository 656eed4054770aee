"""On a terminal rich draws the Markdown of a brief or a report."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.markdown import Markdown


def terminal(text: str) -> Markdown:
    """Return what rich prints for Markdown; no link in it can be followed."""
    from rich.markdown import Markdown

    return Markdown(text, hyperlinks=False)
