"""How briefs are made: the same for every article of a run, and all of it checked before the first call."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import llm

from llm_diplo.brief.stream import BriefEvent
from llm_diplo.errors import ModelError
from llm_diplo.models.answers import Memory
from llm_diplo.models.failures import no_key
from llm_diplo.models.instructions import Instructions, load_instructions
from llm_diplo.models.log import Logbook
from llm_diplo.models.registry import AsyncModel, SyncModel, answers_again, checked_options, default_model_id
from llm_diplo.text.windows import DEFAULT_WINDOW, LEAST_WINDOW

FindModel: TypeAlias = Callable[[str], SyncModel | AsyncModel]

_TYPES: dict[str, tuple[type | tuple[type, ...], str]] = {
    "model": (str, "the id or alias of a model"),
    "key": (str, "a key, or the name of a stored one"),
    "options": (Mapping, "a mapping"),
    "template": (str, "the name or path of a template"),
    "params": (Mapping, "a mapping"),
    "verify": ((bool, str), "True, or the id or alias of a model"),
    "language": (str, "the code or name of a language"),
}
"""The types of each choice besides None, and what an error says to give."""


@dataclass(frozen=True, kw_only=True)
class Settings:
    """The user's choices for all articles of a run. It can be pickled unless it holds an open log or a local function.

    Raises `TypeError` or `ValueError` for an impossible value; models, options, templates and keys are checked in `prepared`.
    """

    model: str | None = None
    """Id or alias of an llm model; None for the template's, else llm's default."""
    key: str | None = field(default=None, repr=False)
    options: Mapping[str, Any] = field(default_factory=dict)
    template: str | None = None
    params: Mapping[str, str] = field(default_factory=dict)
    retries: int = 1
    verify: bool | str = False
    """Whether each item is read a second time beside its evidence; the id or alias of a model has that one do it."""
    language: str | None = None
    """What models write in; None for what they choose."""
    window: int = DEFAULT_WINDOW
    """Tokens; an article that is longer is read in parts of this length."""
    window_jobs: int = 4
    """How many parts of an article are read at once."""
    logbook: Logbook | None = None
    memory: Memory | None = field(default=None, repr=False)
    """Where answers are kept between runs, if they are."""
    on_call: Callable[[str, int], None] | None = None
    """Called with the model's id and 1, 2 … before each call."""
    on_event: Callable[[BriefEvent], None] | None = None
    """Called with each event while a brief is made; models are then asked to stream."""

    def __post_init__(self) -> None:
        check_count("retries", self.retries, least=0)
        check_count("window", self.window, least=LEAST_WINDOW)
        check_count("window_jobs", self.window_jobs, least=1)
        for name, (types, wanted) in _TYPES.items():
            value = getattr(self, name)
            if value is not None and not isinstance(value, types):
                # A key is never shown.
                shown = type(value).__name__ if name == "key" else repr(value)
                raise TypeError(f"{name} is {shown}: give {wanted}.")


def check_count(name: str, value: Any, *, least: int) -> None:
    """Raise `TypeError` for anything but a whole number, `ValueError` for one that is too small."""
    if not isinstance(value, int) or isinstance(value, bool):
        raise TypeError(f"{name} is {value!r}: give a whole number, {least} or more.")
    if value < least:
        raise ValueError(f"{name} is {value}: give {least} or more.")


@dataclass(frozen=True)
class Asked:
    """A model that a run asks, with the options that it gets."""

    id: str
    model: SyncModel | AsyncModel
    options: dict[str, Any]


@dataclass(frozen=True)
class Plan:
    """Settings whose template is filled and whose models are found: nothing in it can fail any more."""

    settings: Settings
    instructions: Instructions
    first: Asked
    second: Asked
    """The model of the second reading, if there is one."""


def prepared(settings: Settings, find: FindModel, *, key: bool = True) -> Plan:
    """Check all that does not depend on an article, once a run; `find` returns the model of an id. Without `key`, no
    key has to be there: nothing is going to be asked.

    Raises `TemplateError`, `UnknownModelError`, `MissingKeyError`, or `ModelError` for an option.
    """
    instructions = load_instructions(settings.template, settings.params, settings.language)
    first_id = settings.model or instructions.model or default_model_id()
    second_id = settings.verify if settings.verify and isinstance(settings.verify, str) else first_id
    first, second = find(first_id), find(second_id)
    if settings.verify and not answers_again(second):
        raise ModelError(f"{second_id} does no second reading: name another.", on_command_line="Use --verify-model MODEL.")
    options = checked_options(first, {**dict(instructions.options), **settings.options})
    for model_id, model in {first_id: first, second_id: second}.items() if key else ():
        _check_key(model_id, model, settings.key)
    return Plan(
        settings,
        instructions,
        Asked(first_id, first, options),
        Asked(second_id, second, options if second_id == first_id else {}),
    )


def _check_key(model_id: str, model: SyncModel | AsyncModel, key: str | None) -> None:
    try:
        model.get_key(key)
    except llm.NeedsKeyException:
        raise no_key(model, model_id) from None
