"""Derived facts about downloads: what the bytes are, when the URL was listed, what was asked for.

No clause lives here. A download with an intent was sent on purpose with a
tampered URL, and shows nothing but whether that is noticed.
"""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from generations_contract.clauses.facts.history import recent
from generations_contract.exchange.exchange import Exchange
from generations_contract.exchange.fact import derived
from generations_contract.exchange.signed_urls import expires_unix
from generations_contract.judging.clause import Earlier
from generations_contract.media import Broken, Decoded, decode

LISTINGS = 50
# By how much a clip may be shorter or longer than was said.
DURATION_TOLERANCE_S: Final = 0.1


def intact(exchange: Exchange) -> bool:
    """Whether a listed URL was downloaded as it stands."""
    return exchange.kind == "download" and exchange.asset is not None and not exchange.intent


def got(exchange: Exchange) -> bool:
    """Whether that gave bytes."""
    return intact(exchange) and exchange.ok


@derived
def decoded(exchange: Exchange) -> Decoded | Broken:
    """What the bytes of a download are."""
    return decode(exchange.response.body if exchange.response else b"")


def entry(exchange: Exchange) -> Mapping[str, Any]:
    """The media entry that a download is about, as it was listed."""
    return exchange.asset.entry if exchange.asset else {}


def url_of(listed: Mapping[str, Any]) -> str:
    """Its URL, signature concealed; empty where there is none."""
    url = listed.get("url")
    return url if isinstance(url, str) else ""


def remaining_s(exchange: Exchange, listed: Mapping[str, Any]) -> float | None:
    """How long a URL claims to live from the answer on; `None` where it does not tell."""
    moment, now = expires_unix(url_of(listed)), exchange.server_unix
    return moment - now if moment is not None and now > 0 else None


@derived
def expiries_unix(exchange: Exchange) -> list[float]:
    """When the URLs that an answer lists expire (Unix seconds), those that tell."""
    return [moment for each in exchange.media if (moment := expires_unix(url_of(each))) is not None]


def listings(earlier: Earlier) -> Iterator[Exchange]:
    """Answers that listed the generation's assets, the newest first."""
    for each in recent(earlier, LISTINGS):
        if each.kind in ("create", "fetch") and each.media:
            yield each


def listing_of(exchange: Exchange, earlier: Earlier) -> Exchange | None:
    """The last answer that listed the very URL of a download."""
    url = url_of(entry(exchange))
    return next((each for each in listings(earlier) if any(url_of(e) == url for e in each.media)), None)
