"""What a date in words means, by the day of publication (a Thursday)."""

from __future__ import annotations

import pytest

from llm_diplo.dates import resolve_date

PUBLISHED = "2026-03-12"

RESOLVED = {
    "on 20 March 2026": "2026-03-20",
    "20 March": "2026-03-20",
    "March 5": "2027-03-05",
    "on Friday": "2026-03-13",
    "on Thursday": "2026-03-12",
    "next Thursday": "2026-03-19",
    "last Friday": "2026-03-06",
    "tomorrow": "2026-03-13",
    "later this month": "2026-03-12/2026-03-31",
    "by the end of the year": "2026-03-12/2026-12-31",
    "next month": "2026-04",
    "in September": "2026-09",
    "in January": "2027-01",
    "in June 2028": "2028-06",
    "en septembre": "2026-09",
    "le 3 avril": "2026-04-03",
    "very shortly": None,
    "before the summer break": None,
    "31 February": None,
    "": None,
}


@pytest.mark.parametrize(("said", "resolved"), RESOLVED.items(), ids=RESOLVED.keys())
def test_dates(said: str, resolved: str | None) -> None:
    assert resolve_date(said, PUBLISHED) == resolved


def test_without_a_day_of_publication_only_whole_dates_resolve() -> None:
    assert resolve_date("on 20 March 2026", None) == "2026-03-20"
    assert [resolve_date(said, None) for said in ("on Friday", "in September", "20 March", "soon")] == [None] * 4
