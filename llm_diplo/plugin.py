"""The hooks of `llm`; what they need is imported when it is used."""

from __future__ import annotations

from typing import Any

import llm


@llm.hookimpl
def register_commands(cli: Any) -> None:
    """Add `llm diplo`."""
    from llm_diplo.cli.group import diplo

    cli.add_command(diplo)


@llm.hookimpl
def register_models(register: Any) -> None:
    """Add `diplo-offline`, which needs no key and no network."""
    from llm_diplo.offline.model import AsyncOfflineModel, OfflineModel

    register(OfflineModel(), AsyncOfflineModel())


@llm.hookimpl
def register_fragment_loaders(register: Any) -> None:
    """Add `-f diplo:SOURCE` and `-f diplo-brief:ID`."""
    from llm_diplo.loaders import load_article, load_brief

    register("diplo", load_article)
    register("diplo-brief", load_brief)


@llm.hookimpl
def register_template_loaders(register: Any) -> None:
    """Add `-t diplo:brief`, `diplo:questions` and `diplo:compare`."""
    from llm_diplo.loaders import load_template

    register("diplo", load_template)


@llm.hookimpl
def register_tools(register: Any) -> None:
    """Add `-T Diplo`."""
    from llm_diplo.loaders import Diplo

    register(Diplo)
