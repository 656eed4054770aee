"""The hooks of `llm`; what they need is imported when it is used."""

from __future__ import annotations

from typing import Any

import llm


@llm.hookimpl
def register_commands(cli: Any) -> None:
    """Add `llm diplo`."""
    from llm_diplo.cli import diplo

    cli.add_command(diplo)


@llm.hookimpl
def register_models(register: Any) -> None:
    """Add `diplo-offline`, which needs no key and no network."""
    from llm_diplo.offline import AsyncOfflineModel, OfflineModel

    register(OfflineModel(), AsyncOfflineModel())
