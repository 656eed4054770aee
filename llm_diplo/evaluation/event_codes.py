"""CAMEO codes and older PLOVER names as PLOVER event types (PLOVER manual, “Converting CAMEO to PLOVER”)."""

from __future__ import annotations

from llm_diplo.codes import Event

# The root of a CAMEO code is its first two digits. 01, a mere statement, has no PLOVER type; 087 is a retreat.
_ROOTS = {
    "02": Event.REQUEST,
    "03": Event.AGREE,
    "04": Event.CONSULT,
    "05": Event.SUPPORT,
    "06": Event.COOPERATE,
    "07": Event.AID,
    "08": Event.CONCEDE,
    "09": Event.ACCUSE,
    "10": Event.REQUEST,
    "11": Event.ACCUSE,
    "12": Event.REJECT,
    "13": Event.THREATEN,
    "14": Event.PROTEST,
    "15": Event.MOBILIZE,
    "16": Event.SANCTION,
    "17": Event.COERCE,
    "18": Event.ASSAULT,
    "19": Event.ASSAULT,
    "20": Event.ASSAULT,
}
_OLDER = {
    "DEMAND": Event.REQUEST,
    "INVESTIGATE": Event.ACCUSE,
    "DISAPPROVE": Event.ACCUSE,
    "FIGHT": Event.ASSAULT,
    "YIELD": Event.CONCEDE,
}


def plover_event(code: str | None) -> Event | None:
    """Return the PLOVER type of a CAMEO code (`"0871"`) or a PLOVER name of any version; None for anything else."""
    if not code:
        return None
    if code in Event.__members__:
        return Event(code)
    if code.startswith("087"):
        return Event.RETREAT
    return _OLDER.get(code) or (_ROOTS.get(code[:2]) if code.isdigit() else None)
