"""Pages from the web: one GET with bounds, redirects checked one by one, private networks out of reach.

Every address is resolved first, refused unless it is public, and then connected to as it was checked, so that a name
cannot change between the check and the call.
"""

from __future__ import annotations

import ipaddress
import socket
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urljoin, urlsplit

from llm_diplo.errors import SourceError

if TYPE_CHECKING:
    import httpx2

LARGEST_PAGE = 10_000_000
"""Bytes of one page, after decompression."""
LONGEST_WAIT = 20.0
"""Seconds for one page, redirects included."""
MOST_REDIRECTS = 10
MOST_ADDRESSES = 4
AGENT = "llm-diplo (reads one article for a person; https://pypi.org/project/llm-diplo/)"


@dataclass(frozen=True, slots=True)
class Page:
    """What an address answered."""

    url: str
    """The last address, after redirects."""
    content_type: str
    """Media type without parameters, lower case."""
    data: bytes
    charset: str | None = None
    """The encoding that the server states."""


def is_url(source: str) -> bool:
    """Say whether a source is an address with a scheme: `http://…`, and also `file://…`, which `fetch_page` refuses."""
    return "://" in source[:20]


def fetch_page(url: str, *, allow_private: bool = False) -> Page:
    """Get a page. Raises `SourceError` with one line for whatever keeps it from being read.

    At most `LARGEST_PAGE` bytes, `LONGEST_WAIT` seconds and `MOST_REDIRECTS` redirects. `http` and `https` only. Hosts
    in private, loopback, link-local or other special ranges are refused unless `allow_private`.
    """
    import httpx2

    deadline = time.monotonic() + LONGEST_WAIT
    seen: list[str] = []
    # trust_env: a proxy from the environment would do the resolving, unchecked.
    with httpx2.Client(
        trust_env=False, headers={"User-Agent": AGENT, "Accept": "text/html, text/plain, application/pdf"}
    ) as client:
        while True:
            seen.append(url)
            answer = _get(client, url, seen[0], deadline, allow_private)
            if isinstance(answer, Page):
                return answer
            if answer in seen or len(seen) > MOST_REDIRECTS:
                raise SourceError(f"{seen[0]} redirects in a loop: open it in a browser and save the article.")
            url = answer


def _get(client: httpx2.Client, url: str, asked: str, deadline: float, allow_private: bool) -> Page | str:
    """One request: a page, or the address of the next."""
    host, port = _host_and_port(url, asked)
    addresses = _checked_addresses(host, port, asked, allow_private)
    with _told(asked), closing(_connected(client, url, addresses, deadline)) as response:
        if response.is_redirect and "location" in response.headers:
            return urljoin(url, str(response.headers["location"]))
        _refuse_status(response.status_code, response.reason_phrase, asked)
        kind = response.headers.get("content-type", "").split(";")[0].strip().lower()
        return Page(url, kind, _body(response, asked, deadline), response.charset_encoding)


def _host_and_port(url: str, asked: str) -> tuple[str, int]:
    try:
        parts = urlsplit(url)
        port = parts.port or (443 if parts.scheme == "https" else 80)
    except ValueError as error:
        raise SourceError(f"{asked} is no address: {error}.") from None
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise SourceError(f"{asked} cannot be read: only http and https addresses with a host are.")
    return parts.hostname, port


def _connected(client: httpx2.Client, url: str, addresses: list[str], deadline: float) -> httpx2.Response:
    """The answer of the first address that takes the connection: a host's IPv6 may be out of reach."""
    import httpx2

    for address in addresses[:-1]:
        try:
            return _request(client, url, address, deadline)
        except httpx2.ConnectError:
            continue
    return _request(client, url, addresses[-1], deadline)


def _request(client: httpx2.Client, url: str, address: str, deadline: float) -> httpx2.Response:
    import httpx2

    named = httpx2.URL(url)
    request = client.build_request(
        "GET",
        named.copy_with(host=address),
        headers={"Host": named.netloc.decode("ascii").rpartition("@")[2]},
        extensions={"sni_hostname": named.host},
        timeout=max(0.1, deadline - time.monotonic()),
    )
    return client.send(request, stream=True)


def _body(response: httpx2.Response, asked: str, deadline: float) -> bytes:
    parts, size = [], 0
    for chunk in response.iter_bytes(65_536):
        parts.append(chunk)
        size += len(chunk)
        if size > LARGEST_PAGE:
            raise SourceError(f"{asked} is larger than {LARGEST_PAGE // 1_000_000} MB: save the article and give the file.")
        if time.monotonic() > deadline:
            raise SourceError(_slow(asked))
    return b"".join(parts)


def _checked_addresses(host: str, port: int, asked: str, allow_private: bool) -> list[str]:
    """Resolve a host and return the addresses to connect to, one at least, or raise `SourceError`."""
    try:
        found = [str(info[4][0]) for info in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]
    except (OSError, UnicodeError):
        raise SourceError(f"{asked} cannot be reached: no such host as {host}. Check the address.") from None
    if not allow_private and (private := next((address for address in found if not _is_public(address)), None)):
        raise SourceError(f"{asked} is refused: {host} is the private address {private}. --allow-private reads it.")
    return found[:MOST_ADDRESSES]


def _is_public(address: str) -> bool:
    parsed = ipaddress.ip_address(address.split("%", maxsplit=1)[0])
    mapped = getattr(parsed, "ipv4_mapped", None)
    return (mapped or parsed).is_global and not parsed.is_multicast


def _refuse_status(status: int, reason: str, asked: str) -> None:
    if status in {401, 402, 403, 407, 451}:
        raise SourceError(
            f"{asked} answered {status} {reason}: it is not open to everybody. Save the article and give the file."
        )
    if status != 200:
        raise SourceError(f"{asked} answered {status} {reason}: check the address, or try again later.")


def _slow(asked: str) -> str:
    return f"{asked} took longer than {LONGEST_WAIT:.0f} s: try again, or save the article and give the file."


@contextmanager
def _told(asked: str) -> Iterator[None]:
    import httpx2

    try:
        yield
    except httpx2.TimeoutException:
        raise SourceError(_slow(asked)) from None
    except httpx2.DecodingError:
        raise SourceError(f"{asked} sent data that cannot be decompressed: save the article and give the file.") from None
    except (httpx2.HTTPError, httpx2.InvalidURL, UnicodeError) as error:
        raise SourceError(f"{asked} cannot be reached: {error or type(error).__name__}. Check the address.") from None
