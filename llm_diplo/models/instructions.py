"""The instructions: templates in llm's own format, from `prompts/` or the user's, with a fingerprint."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

from llm_diplo.errors import TemplateError
from llm_diplo.text.languages import language_name

DEFAULT = "brief"
# A brief sets its own schema and article, and a template is data, not code.
_REFUSED = (
    "schema_object",
    "tools",
    "functions",
    "extract",
    "extract_last",
    "attachments",
    "attachment_types",
    "fragments",
    "system_fragments",
)


@dataclass(frozen=True, slots=True)
class Instructions:
    """What a model gets besides the article: the system prompt, and the request that follows the article."""

    name: str
    system: str
    request: str
    model: str | None = None
    options: tuple[tuple[str, Any], ...] = ()

    @property
    def sha256(self) -> str:
        """Fingerprint of the words sent."""
        return hashlib.sha256(f"{self.system}\0{self.request}".encode()).hexdigest()


def read_prompt(name: str) -> str:
    """Return the YAML of one of the package's own templates.

    A wheel holds `prompts/` inside the package; in an editable install it stands beside it. Raises `TemplateError`.
    """
    package = files("llm_diplo")
    for folder in (package / "prompts", Path(str(package)).parent / "prompts"):
        found = folder / f"{name}.yaml"
        if found.is_file():
            return found.read_text(encoding="utf-8")
    raise TemplateError(f"llm-diplo has no prompt {name}: reinstall it.")


def prompt_names() -> list[str]:
    """Return the names of the package's own templates, sorted."""
    package = files("llm_diplo")
    for folder in (package / "prompts", Path(str(package)).parent / "prompts"):
        if folder.is_dir():
            return sorted(item.name.removesuffix(".yaml") for item in folder.iterdir() if item.name.endswith(".yaml"))
    return []


def load_instructions(
    template: str | None = None, params: Mapping[str, str] | None = None, language: str | None = None
) -> Instructions:
    """Fill a template: the package's own, or the user's, as `llm -t` would find it.

    A user's template may set `prompt`, `system`, `model`, `options` and `defaults`; without a system prompt, the package's
    own is used. The parameter `focus` needs no place in the template; `language` (BCP 47, or a name) is what
    the model writes in. Raises `TemplateError`.
    """
    own = _own(DEFAULT)
    chosen = _users(template) if template else own
    values = {**(chosen.defaults or {}), **(params or {})}
    system = _fill(chosen.system or own.system, values, chosen.name)
    request = _fill(chosen.prompt or own.prompt, values, chosen.name)
    taken = chosen.vars()
    request = _with_wishes(request, "" if "focus" in taken else values.get("focus", ""), language)
    unknown = sorted(set(params or {}) - taken - {"focus"})
    if unknown:
        raise TemplateError(f"Template {chosen.name} has no ${unknown[0]}: leave out -p {unknown[0]}.")
    return Instructions(chosen.name, system.strip(), request.strip(), chosen.model, tuple((chosen.options or {}).items()))


def verification_instructions() -> Instructions:
    """Return the package's own instructions for the second reading."""
    own = _own("verify")
    return Instructions(own.name, own.system.strip(), own.prompt.strip())


def summary_instructions(params: Mapping[str, str], language: str | None = None) -> Instructions:
    """Return the package's own instructions for the summary of an article that was read in windows."""
    own = _own("summary")
    return Instructions(own.name, own.system.strip(), _with_wishes(own.prompt, params.get("focus", ""), language).strip())


def _with_wishes(request: str, focus: str, language: str | None) -> str:
    """A request with its focus and the language to write in, if these are given."""
    wishes = (("focus", focus), ("language", language_name(language) if language else ""))
    more = (_fill(_own(name).prompt, {name: value}, name).rstrip() for name, value in wishes if value)
    return "\n".join([request.rstrip(), *more])


@cache
def _own(name: str) -> Any:
    import yaml
    from llm import Template

    return Template(name=name, **yaml.safe_load(read_prompt(name)))


def _users(name: str) -> Any:
    import httpx2
    import yaml
    from llm.cli import LoadTemplateError, load_template, template_dir
    from pydantic import ValidationError

    folder = template_dir()
    if not Path(name).exists() and not (folder / f"{name}.yaml").resolve().is_relative_to(folder.resolve()):
        raise TemplateError(f"Template {name} is not in {folder}: give the path of its file, with its ending.")
    try:
        template = load_template(name)
    except (LoadTemplateError, ValidationError, yaml.YAMLError, httpx2.HTTPError, OSError, UnicodeError) as error:
        raise TemplateError(f"{' '.join(str(error).split())[:300]}: `llm templates` lists those you have.") from None
    refused = [field for field in _REFUSED if getattr(template, field, None)]
    if "input" in template.vars():
        refused.append("$input")
    if refused:
        raise TemplateError(
            f"Template {name} uses {', '.join(refused)}, which a brief cannot take: remove it from the template."
        )
    return template


def _fill(text: str | None, values: Mapping[str, str], name: str) -> str:
    from llm import Template

    try:
        return Template.interpolate(text, dict(values)) or ""
    except Template.MissingVariables as error:
        missing = str(error).removeprefix("Missing variables: ")
        raise TemplateError(f"Template {name} needs {missing}: give it with -p {missing.split(',')[0]} VALUE.") from None
    except ValueError:
        raise TemplateError(f"Template {name} has a $ that is not a variable: write $$ for a dollar sign.") from None
