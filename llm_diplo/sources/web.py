"""Web pages: one bounded GET, redirects checked one by one, private networks refused.

Each host is resolved first, refused unless all its IP addresses are public, and connected to by the address that was
checked, so that a name cannot change between the check and the call.
"""

from __future__ import annotations

import ipaddress
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias
from urllib.parse import urljoin, urlsplit

from llm_diplo.errors import SourceError

if TYPE_CHECKING:
    import httpx2

IPAddress: TypeAlias = ipaddress.IPv4Address | ipaddress.IPv6Address

LARGEST_PAGE = 10_000_000
"""Bytes of one page, after decompression."""
LONGEST_WAIT = 20.0
"""Seconds for one page, redirects included, however slowly it drips in. Resolving a name is not counted."""
MOST_REDIRECTS = 10
MOST_ADDRESSES = 4
ACCEPTED = "text/html, text/plain, application/pdf"
AGENT = "llm-diplo (reads one article for a person; https://pypi.org/project/llm-diplo/)"


# What `ipaddress` calls global but leads to this machine, its cloud's services or its own network: deprecated site-local
# (RFC 3879), IETF protocol assignments (RFC 6890), the host agent of Azure's virtual machines.
_OWN_NETWORKS = tuple(map(ipaddress.ip_network, ("fec0::/10", "192.0.0.0/24", "168.63.129.16/32")))
# IPv6 addresses that carry an IPv4 one, and by how many bits it is shifted: IPv4-compatible (RFC 4291), NAT64
# (RFC 6052 and, for local use, RFC 8215), 6to4 (RFC 3056).
_CARRIERS = (("::/96", 0), ("64:ff9b::/96", 0), ("64:ff9b:1::/48", 0), ("2002::/16", 80))


@dataclass(frozen=True, slots=True)
class Page:
    """What a URL answered."""

    url: str
    """The last URL, after redirects."""
    content_type: str
    """Media type without parameters, lower case."""
    data: bytes
    charset: str | None = None
    """The encoding that the server states."""


class _Deadline:
    """Ends a request at a fixed time. Time-outs alone bound one read, not a reply that comes byte by byte."""

    def __init__(self, seconds: float) -> None:
        self.at = time.monotonic() + seconds
        self._stream: Any = None
        self._timer = threading.Timer(seconds, self._cut)
        self._timer.daemon = True

    def __enter__(self) -> _Deadline:
        self._timer.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._timer.cancel()

    @property
    def left(self) -> float:
        """Seconds that are left, at least a tenth of one."""
        return max(0.1, self.at - time.monotonic())

    @property
    def is_over(self) -> bool:
        """Whether the time is up."""
        return time.monotonic() >= self.at

    def watch(self, _event: str, info: dict[str, Any]) -> None:
        """Note the newest network stream; called by httpx2 for each step of a request (its `trace` extension)."""
        if hasattr(stream := info.get("return_value"), "get_extra_info"):
            self._stream = stream

    def _cut(self) -> None:
        connection = self._stream and self._stream.get_extra_info("socket")
        if connection:
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)


def is_url(source: str) -> bool:
    """Return True if a source has a scheme: `http://…`, and also `file://…`, which `fetch_page` refuses."""
    return "://" in source[:20]


def fetch_page(url: str, *, allow_private: bool = False, accept: str = ACCEPTED) -> Page:
    """Get a page. Raises `SourceError` with one line for whatever keeps it from being read.

    At most `LARGEST_PAGE` bytes, `LONGEST_WAIT` seconds and `MOST_REDIRECTS` redirects; `http` and `https` only. Hosts
    in private, loopback, link-local or other special ranges are refused unless `allow_private`.
    """
    import httpx2

    seen: list[str] = []
    # trust_env: a proxy from the environment would do the resolving, unchecked.
    client = httpx2.Client(trust_env=False, headers={"User-Agent": AGENT, "Accept": accept})
    with client, _Deadline(LONGEST_WAIT) as deadline:
        while True:
            seen.append(url)
            answer = _get(client, url, seen[0], deadline, allow_private)
            if isinstance(answer, Page):
                return answer
            if answer in seen or len(seen) > MOST_REDIRECTS:
                raise SourceError(f"{seen[0]} redirects in a loop: open it in a browser and save the article.")
            url = answer


def _get(client: httpx2.Client, url: str, asked: str, deadline: _Deadline, allow_private: bool) -> Page | str:
    """One request: a page, or the URL of the next."""
    host, port = _host_and_port(url, asked)
    addresses = _checked_addresses(host, port, asked, allow_private)
    with _explained(asked, deadline), closing(_connected(client, url, addresses, deadline)) as response:
        if response.is_redirect and "location" in response.headers:
            return _redirected(url, str(response.headers["location"]), asked)
        _refuse_status(response.status_code, response.reason_phrase, asked)
        kind = response.headers.get("content-type", "").split(";")[0].strip().lower()
        return Page(url, kind, _body(response, asked, deadline), response.charset_encoding)


def _redirected(url: str, location: str, asked: str) -> str:
    try:
        return urljoin(url, location)
    except ValueError as error:
        raise SourceError(f"{asked} redirects to something that is no URL ({error}): check the URL.") from None


def _host_and_port(url: str, asked: str) -> tuple[str, int]:
    try:
        parts = urlsplit(url)
        port = parts.port or (443 if parts.scheme == "https" else 80)
    except ValueError as error:
        raise SourceError(f"{asked} is no URL: {error}.") from None
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise SourceError(f"{asked} cannot be read: only http and https URLs with a host can.")
    return parts.hostname, port


def _connected(client: httpx2.Client, url: str, addresses: list[str], deadline: _Deadline) -> httpx2.Response:
    """The answer of the first address that takes the connection: a host's IPv6 may be out of reach."""
    import httpx2

    for address in addresses[:-1]:
        try:
            return _request(client, url, address, deadline)
        except httpx2.ConnectError:
            continue
    return _request(client, url, addresses[-1], deadline)


def _request(client: httpx2.Client, url: str, address: str, deadline: _Deadline) -> httpx2.Response:
    import httpx2

    named = httpx2.URL(url)
    request = client.build_request(
        "GET",
        named.copy_with(host=address),
        headers={"Host": named.netloc.decode("ascii").rpartition("@")[2]},
        extensions={"sni_hostname": named.host, "trace": deadline.watch},
        timeout=deadline.left,
    )
    return client.send(request, stream=True)


def _body(response: httpx2.Response, asked: str, deadline: _Deadline) -> bytes:
    parts, size = [], 0
    for chunk in response.iter_bytes(65_536):
        parts.append(chunk)
        size += len(chunk)
        if size > LARGEST_PAGE:
            raise SourceError(f"{asked} is larger than {LARGEST_PAGE // 1_000_000} MB: save the article and give the file.")
        if deadline.is_over:
            raise SourceError(_slow(asked))
    return b"".join(parts)


def _checked_addresses(host: str, port: int, asked: str, allow_private: bool) -> list[str]:
    """Resolve a host and return the addresses to connect to, one at least, or raise `SourceError`."""
    try:
        found = [str(info[4][0]) for info in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]
    except (OSError, UnicodeError):
        raise SourceError(f"{asked} cannot be reached: no such host as {host}. Check the URL.") from None
    if not allow_private and (private := next((address for address in found if not _is_public(address)), None)):
        raise SourceError(
            f"{asked} is refused: {host} is the private address {private}. Allow private addresses to read it.",
            on_command_line="Use --allow-private.",
        )
    return found[:MOST_ADDRESSES]


def _is_public(address: str) -> bool:
    """Return True if an IP address, and the IPv4 address that it may carry, is one of the public internet."""
    parsed = ipaddress.ip_address(address.split("%", maxsplit=1)[0])
    return all(map(_is_global, (parsed, *_carried(parsed))))


def _is_global(address: IPAddress) -> bool:
    own = any(address.version == network.version and address in network for network in _OWN_NETWORKS)
    return address.is_global and not address.is_multicast and not own


def _carried(address: IPAddress) -> Iterator[ipaddress.IPv4Address]:
    if isinstance(address, ipaddress.IPv4Address):
        return
    if address.ipv4_mapped:
        yield address.ipv4_mapped
    for network, shift in _CARRIERS:
        if address in ipaddress.ip_network(network):
            yield ipaddress.IPv4Address(int(address) >> shift & 0xFFFFFFFF)


def _refuse_status(status: int, reason: str, asked: str) -> None:
    if status in {401, 402, 403, 407, 451}:
        raise SourceError(f"{asked} answered {status} {reason}: it is not public. Save the article and give the file.")
    if status != 200:
        raise SourceError(f"{asked} answered {status} {reason}: check the URL, or try again later.")


def _slow(asked: str) -> str:
    return f"{asked} took longer than {LONGEST_WAIT:.0f} s: try again, or save the article and give the file."


@contextmanager
def _explained(asked: str, deadline: _Deadline) -> Iterator[None]:
    import httpx2

    try:
        yield
        if deadline.is_over:
            raise httpx2.ReadTimeout("the deadline")
    except httpx2.TimeoutException:
        raise SourceError(_slow(asked)) from None
    except httpx2.DecodingError:
        raise SourceError(f"{asked} sent data that cannot be decompressed: save the article and give the file.") from None
    except (httpx2.HTTPError, httpx2.InvalidURL, UnicodeError) as error:
        if deadline.is_over:
            raise SourceError(_slow(asked)) from None
        raise SourceError(f"{asked} cannot be reached: {error or type(error).__name__}. Check the URL.") from None
