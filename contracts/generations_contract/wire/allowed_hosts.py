"""Where a download may lead: a URL that a gateway names must not turn the suite against its own network.

Nothing is sent from here. Any public host is fine, because a download
carries no key and storage is often elsewhere; an address inside a network is fine only where the target is
inside too, or where the profile names the host. What a name resolves to is judged on the very connection,
before anything is sent on it, so that a name that resolves differently the second time gains nothing.
"""

import ipaddress
import socket
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from urllib.parse import urljoin, urlsplit

Address = ipaddress.IPv4Address | ipaddress.IPv6Address


class OutOfReachError(Exception):
    """The suite does not go there; the message says where, and what would allow it."""


@dataclass(frozen=True)
class Reach:
    """The hosts that downloads may reach. `own`: the target's host; `named`: those of the profile.

    Where the profile names any, redirects lead only to those, to the target's own host and to the host of the
    URL that was listed; where it names none, to any public host.
    """

    own: str
    named: frozenset[str] = frozenset()

    def check_url(self, url: str, listed: str) -> None:
        """Raise `OutOfReachError` where `url`, reached from the URL that was listed, is none to go to."""
        scheme, host = _parts(url)
        if scheme not in ("http", "https") or not host:
            raise OutOfReachError(f"not followed: {scheme or 'no'} scheme; only http and https are")
        if self.named and host not in {self.own, _parts(listed)[1], *self.named}:
            raise OutOfReachError(f"not followed: {host} is not in [target] media_hosts")
        if (literal := _address(host)) is not None:
            self.check_address(host, literal)

    def check_peer(self, host: str, peer: str) -> None:
        """Raise `OutOfReachError` where the connection to a host has led to an address out of reach."""
        address = _address(peer)
        if address is not None:
            self.check_address(host, address)

    def check_address(self, host: str, address: Address) -> None:
        """Raise `OutOfReachError` where an address is inside a network and the target is not."""
        kind = _kind(address)
        known = kind is None or host == self.own or host in self.named
        if not known and kind not in _kinds_from(self.own):
            raise OutOfReachError(
                f"not followed: {host} is a {kind} address; name it in [target] media_hosts to allow it"
            )


def next_url(url: str, location: str) -> str | None:
    """Where a redirect from `url` leads, `None` where `location` is no URL reference."""
    try:
        return (location.strip() or None) and (urljoin(url, location.strip()) or None)
    except ValueError:
        return None


def host_of(url: str) -> str:
    """The host of a URL in lower case, empty where there is none."""
    return _parts(url)[1]


def _parts(url: str) -> tuple[str, str]:
    try:
        parts = urlsplit(url)
        return parts.scheme.lower(), (parts.hostname or "").rstrip(".").lower()
    except ValueError:
        return "", ""


def _address(host: str) -> Address | None:
    try:
        found = ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        return None
    return _inner(found) if isinstance(found, ipaddress.IPv6Address) else found


# Through these a translator (RFC 6052) leads to the IPv4 address in the last 32 bits.
_TRANSLATED = (ipaddress.IPv6Network("64:ff9b::/96"), ipaddress.IPv6Network("::/96"))


def _inner(address: ipaddress.IPv6Address) -> Address:
    """The IPv4 address that an IPv6 address stands for, itself where it stands for none."""
    inner = address.ipv4_mapped or address.sixtofour
    translated = any(address in network for network in _TRANSLATED) and int(address) > 1
    return inner or (ipaddress.IPv4Address(int(address) & 0xFFFF_FFFF) if translated else address)


def _kind(address: Address) -> str | None:
    """What kind of inside an address belongs to; `None` for public ones."""
    if address.is_loopback or address.is_unspecified:
        return "loopback"
    if address.is_link_local:
        return "link-local"
    return None if address.is_global and not address.is_multicast else "private"


@cache
def _kinds_from(own: str) -> frozenset[str]:
    """The kinds of inside that a target at this host may lead to: its own, and from loopback the network."""
    kinds: set[str | None] = set()
    for address in _resolved(own):
        kinds |= {_kind(address), "private"} if address.is_loopback else {_kind(address)}
    return frozenset(kind for kind in kinds if kind)


def _resolved(host: str) -> Iterable[Address]:
    try:
        found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except OSError:
        return []
    return [address for *_, where in found if (address := _address(str(where[0])))]
