"""What a date in words means, by the day of publication (12 March 2026, a Thursday)."""

from __future__ import annotations

import pytest

from llm_diplo.text.dates import resolve_date

PUBLISHED = "2026-03-12"

RESOLVED = {
    # Whole dates
    "on 20 March 2026": "2026-03-20",
    "March 20, 2026": "2026-03-20",
    "2026-03-20": "2026-03-20",
    "Friday, 20 March 2026": "2026-03-20",
    "by 20 March 2026": "2026-03-12/2026-03-20",
    "from 1 April 2026": "2026-04-01/..",
    "by 20 March 2020": None,
    # Days and months without a year: the nearest
    "20 March": "2026-03-20",
    "on 12 May": "2026-05-12",
    "March 5": "2026-03-05",
    "on 20th March": "2026-03-20",
    "the 3rd of April": "2026-04-03",
    "30 December": "2025-12-30",
    "on Friday, 20 March": "2026-03-20",
    "on Monday, 20 March": None,
    "31 February": None,
    "on the 20th": "2026-03-20",
    "on the 5th": None,
    "by 20 March": "2026-03-12/2026-03-20",
    "until 1 April": "2026-03-12/2026-04-01",
    "no later than April 1": "2026-03-12/2026-04-01",
    "before 20 March": "2026-03-12/2026-03-19",
    "from 1 April": "2026-04-01/..",
    "3 to 5 June": "2026-06-03/2026-06-05",
    "between 3 and 5 June": "2026-06-03/2026-06-05",
    "3–5 June 2027": "2027-06-03/2027-06-05",
    "June 3-5": "2026-06-03/2026-06-05",
    "5 to 3 June": None,
    # Weekdays: the day before to five days after
    "Friday": "2026-03-13",
    "on Friday": "2026-03-13",
    "on Thursday": "2026-03-12",
    "on Wednesday": "2026-03-11",
    "on Tuesday": "2026-03-17",
    "Monday morning": "2026-03-16",
    "on Friday at noon": "2026-03-13",
    "this Saturday": "2026-03-14",
    "this Wednesday": "2026-03-18",
    "next Thursday": "2026-03-19",
    "next Tuesday": "2026-03-17",
    "last Friday": "2026-03-06",
    "last Thursday": "2026-03-05",
    "by Friday": "2026-03-12/2026-03-13",
    "before Monday": "2026-03-12/2026-03-15",
    "starting Monday": "2026-03-16/..",
    # Days by distance
    "today": "2026-03-12",
    "tonight": "2026-03-12",
    "tomorrow": "2026-03-13",
    "tomorrow evening": "2026-03-13",
    "the day after tomorrow": "2026-03-14",
    "yesterday": "2026-03-11",
    "in three days": "2026-03-15",
    "in 10 days": "2026-03-22",
    "within 48 hours": "2026-03-12/2026-03-14",
    "within two weeks": "2026-03-12/2026-03-26",
    "in the next five days": "2026-03-12/2026-03-17",
    # Weeks, months and years
    "this week": "2026-03-09/2026-03-15",
    "later this week": "2026-03-12/2026-03-15",
    "by the end of the week": "2026-03-12/2026-03-15",
    "next week": "2026-03-16/2026-03-22",
    "by the end of next week": "2026-03-12/2026-03-22",
    "this weekend": "2026-03-14/2026-03-15",
    "this month": "2026-03",
    "later this month": "2026-03-12/2026-03-31",
    "by the end of the month": "2026-03-12/2026-03-31",
    "next month": "2026-04",
    "by the end of April": "2026-03-12/2026-04-30",
    "by the end of next month": "2026-03-12/2026-04-30",
    "in September": "2026-09",
    "in January": "2027-01",
    "in June 2028": "2028-06",
    "later this year": "2026-03-12/2026-12-31",
    "by the end of the year": "2026-03-12/2026-12-31",
    "next year": "2027",
    "in 2027": "2027",
    "by 2030": "2026-03-12/2030",
    # Other languages
    "en septembre": "2026-09",
    "le 3 avril": "2026-04-03",
    "am 3. April": "2026-04-03",
    "el 3 de abril": "2026-04-03",
    "mañana": "2026-03-13",
    "am Freitag": "2026-03-13",
    # Not certain
    "very shortly": None,
    "soon": None,
    "in the coming days": None,
    "in the coming weeks": None,
    "this summer": None,
    "before the summer break": None,
    "early next year": None,
    "after the elections": None,
    "in May or June": None,
    "": None,
}


@pytest.mark.parametrize(("said", "resolved"), RESOLVED.items(), ids=RESOLVED.keys())
def test_dates(said: str, resolved: str | None) -> None:
    assert resolve_date(said, PUBLISHED) == resolved


@pytest.mark.parametrize(
    ("published", "said", "resolved"),
    [
        ("2015-09-19", "Friday", "2015-09-18"),
        ("2015-09-19", "next Tuesday", "2015-09-22"),
        ("2015-09-19", "later this month", "2015-09-19/2015-09-30"),
        ("2015-09-19", "on 12 May", "2015-05-12"),
        ("2026-12-28", "on 5 January", "2027-01-05"),
        ("2024-02-28", "tomorrow", "2024-02-29"),
        ("2026-12-10", "next month", "2027-01"),
        ("2026-03-15", "this weekend", "2026-03-14/2026-03-15"),
        ("not a day", "tomorrow", None),
    ],
)
def test_by_other_days_of_publication(published: str, said: str, resolved: str | None) -> None:
    assert resolve_date(said, published) == resolved


def test_without_a_day_of_publication_only_whole_dates_resolve() -> None:
    assert resolve_date("on 20 March 2026", None) == "2026-03-20"
    assert [resolve_date(said, None) for said in ("on Friday", "in September", "20 March", "soon")] == [None] * 4
