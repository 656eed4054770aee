"""Self-contained HTML pages: templates, their style and script, and a policy that allows only these."""

from __future__ import annotations

from base64 import b64encode
from functools import cache
from hashlib import sha256
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from llm_diplo.brief.prose import bare_condition
from llm_diplo.render import outline
from llm_diplo.text.injection import inert

if TYPE_CHECKING:
    from jinja2 import Environment

FOLDER = "page"


def draw_page(template: str, **values: Any) -> str:
    """Return a page: the template with the pages' style and script, and a Content-Security-Policy of their hashes."""
    style, script = _asset("page.css"), _asset("page.js")
    return draw(
        template,
        **values,
        style=_trusted(style),
        script=_trusted(script),
        policy=f"default-src 'none'; style-src '{_hash(style)}'; script-src '{_hash(script)}'; img-src data:; "
        "base-uri 'none'; form-action 'none'",
    )


def draw(template: str, **values: Any) -> str:
    """Return a template filled in; words from texts are escaped and inert."""
    return _environment().get_template(template).render(**values)


@cache
def _environment() -> Environment:
    from jinja2 import Environment, FunctionLoader

    environment = Environment(
        autoescape=True, loader=FunctionLoader(_asset), finalize=_finalize, trim_blocks=True, lstrip_blocks=True
    )
    wording = ("STANCES", "STANDINGS", "aliases_of", "claim_of", "facts_of", "stance_of", "whole_quotes", "words_of")
    environment.globals.update({name: getattr(outline, name) for name in wording}, bare_condition=bare_condition)
    return environment


def _finalize(value: Any) -> Any:
    """Remove the characters that hide or reorder text; everything on a page passes through here."""
    return inert(value) if isinstance(value, str) and not hasattr(value, "__html__") else value


@cache
def _asset(name: str) -> str:
    return (files(__package__) / FOLDER / name).read_text(encoding="utf-8")


def _trusted(text: str) -> Any:
    from markupsafe import Markup

    return Markup(text)


def _hash(text: str) -> str:
    """A Content-Security-Policy source that allows exactly this text."""
    return "sha256-" + b64encode(sha256(text.encode()).digest()).decode()
