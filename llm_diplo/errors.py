"""What can go wrong, as one family: every message says what happened and what to try."""

from __future__ import annotations


def install_command(extra: str) -> str:
    """Return the command that adds an extra to this installation: from where it was installed, else from PyPI."""
    import json
    from importlib.metadata import PackageNotFoundError, distribution

    try:
        origin = json.loads(distribution("llm-diplo").read_text("direct_url.json") or "{}")
    except (PackageNotFoundError, ValueError):
        origin = {}
    url = origin.get("url", "")
    if origin.get("dir_info", {}).get("editable"):
        return f"llm install -e '{url.removeprefix('file://')}[{extra}]'"
    if url and "vcs_info" in origin:
        url = f"{origin['vcs_info']['vcs']}+{url}"
    return f"llm install 'llm-diplo[{extra}]{' @ ' if url else ''}{url}'"


class DiploError(Exception):
    """The base of every error that llm-diplo raises on purpose; `str()` is one line for whoever called."""

    def __init__(self, message: str = "", *, on_command_line: str = "") -> None:
        """`on_command_line` is a sentence that the command adds: which of its flags helps."""
        super().__init__(message)
        self.on_command_line = on_command_line


class SourceError(DiploError):
    """A source could not be read as an article."""


class NoSuchSourceError(SourceError):
    """There is no file or fragment of that name."""


class TemplateError(DiploError):
    """A prompt template is missing, or asks for what a brief cannot use."""


class ModelError(DiploError):
    """A model gave no answer that a brief could be made from."""


class UnknownModelError(ModelError):
    """No installed plugin offers a model of that name."""


class AccessError(ModelError):
    """The provider refuses the key, or has no such model: no other call would succeed either."""


class MissingKeyError(AccessError):
    """The model needs a key, and none is stored or given."""


class UnavailableModelError(ModelError):
    """The model was too busy, too slow or out of reach: the same call may succeed later."""


class RateLimitError(UnavailableModelError):
    """The provider refuses more requests for now (HTTP 429), also after waiting."""


class TruncatedAnswerError(ModelError):
    """The model stopped at its token limit before its answer was complete."""


class RefusedAnswerError(ModelError):
    """The model declined to answer."""


class EmptyAnswerError(ModelError):
    """The model answered with nothing at all."""


class OversizedAnswerError(ModelError):
    """The answer was longer than any extraction can be, and was cut off."""


class InvalidAnswerError(ModelError):
    """The answer was still not an extraction after the last retry."""


class UndeliveredAnswerError(ModelError):
    """Batch after batch ended without an answer to a request; asked once more, it may be answered."""


class UnansweredError(DiploError):
    """A request was noted instead of sent: make the brief again once its answer is there."""


class LogError(DiploError):
    """The log could not be written; the brief is not lost."""


class DatabaseError(DiploError):
    """A database of briefs cannot be used: damaged, of a newer version, read-only, full or in use."""


class OutputError(DiploError):
    """The briefs could not be written where they should go."""


class InvalidBriefError(DiploError):
    """A text given as a brief is not one: it is not JSON, or has another schema version."""


class MismatchError(DiploError):
    """A brief was made from another text than the article given with it."""


class InternalError(DiploError):
    """A bug in llm-diplo or a plugin prevented this brief; with `DIPLO_DEBUG=1` the traceback is in its notes."""


class InvalidExtractionError(DiploError):
    """A text given as an extraction is not one: it is not JSON, or does not follow the schema."""


def by_name(name: str | None) -> type[DiploError]:
    """Return the class of an error that was noted by its name; `DiploError` for one that there is no more."""
    kind = globals().get(name or "")
    return kind if isinstance(kind, type) and issubclass(kind, DiploError) else DiploError
