"""The day on which a web page says it was published; never that of a change, a copyright line or another article."""

from __future__ import annotations

import re
from copy import deepcopy
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lxml.html import HtmlElement

# Names of <meta>, as property, name or itemprop: Open Graph, schema.org, Dublin Core, and those of publishing systems.
_PUBLISHED = (
    "article:published_time og:published_time article:published datepublished dc.date.issued dcterms.issued dc.date.created "
    "dcterms.created dc.date dcterms.date citation_publication_date parsely-pub-date sailthru.date publish-date publish_date "
    "publishdate pubdate date"
).split()
_MODIFIED = "article:modified_time og:updated_time datemodified dcterms.modified dc.date.modified last-modified lastmod".split()
_DAY = re.compile(r"\s*(\d{4})[-/]?(\d\d)[-/]?(\d\d)(?!\d)")
_JSON_DAY = re.compile(r'"datePublished"\s*:\s*"(\d{4}-\d\d-\d\d)')
_ELSEWHERE = "//aside|//nav|//footer|//script|//*[contains(@class,'related') or contains(@class,'comment')]"


def date_published(tree: HtmlElement, url: str | None = None) -> str | None:
    """Return the ISO date on which a page says it was published: its <meta>, its JSON-LD, else what htmldate finds in
    its body or address, asides and footers left out; None where only a change is dated.
    """
    from htmldate import find_date

    stated = {name.casefold(): content for name, content in map(_meta, tree.iter("meta")) if name and content}
    for name in _PUBLISHED:
        if day := _DAY.match(stated.get(name, "")):
            return "-".join(day.groups())
    days: set[str] = {day for script in tree.iter("script") for day in _JSON_DAY.findall(script.text or "")}
    if len(days) == 1:
        return days.pop()
    own = deepcopy(tree)
    for element in own.xpath(_ELSEWHERE):
        element.drop_tree()
    found = find_date(own, extensive_search=False, original_date=True, url=url)
    changed = {"-".join(day.groups()) for name in _MODIFIED if (day := _DAY.match(stated.get(name, "")))}
    return found if found and found not in changed else None


def _meta(element: HtmlElement) -> tuple[str, str]:
    named = element.get("property") or element.get("name") or element.get("itemprop") or ""
    return str(named), str(element.get("content") or "")
