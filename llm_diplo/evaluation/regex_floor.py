"""The regex floor: what two regular expressions reach on attributed speech. A baseline that is printed with every run."""

from __future__ import annotations

import re
from collections.abc import Iterator

from llm_diplo.codes import Attribution
from llm_diplo.offline.speech import Rule, Speech
from llm_diplo.schema import Span

_QUOTED = re.compile(r"“[^”\n]{3,}”|\"[^\"\n]{3,}\"|''[^\n]{3,}?''")
_AFTER = re.compile(r"\s*(?:said|says|told|added)?\s*((?:[A-Z][\w.-]+\s?)+)(?:said|says|told|added)?")
_BEFORE = re.compile(r"((?:[A-Z][\w.-]+\s?)+)(?:said|says|told|added)[,:]?\s*$")


def floor_speech(text: str) -> list[Speech]:
    """Return everything in double marks as direct speech of the nearest capitalized words; linear in the text."""
    return list(_quoted(text))


def _quoted(text: str) -> Iterator[Speech]:
    for match in _QUOTED.finditer(text):
        start = max(0, match.start() - 80)
        name = _BEFORE.search(text[start : match.start()])
        offset = start
        if name is None:
            name, offset = _AFTER.match(text[match.end() : match.end() + 80]), match.end()
        words = name[1].split() if name else []
        speaker = Span(start=offset + name.start(1), end=offset + name.end(1)) if name else None
        span = Span(start=match.start(), end=match.end())
        yield Speech(Attribution.DIRECT, (span,), Rule.FRAME_AFTER, None, speaker, words[-1] if words else "")
