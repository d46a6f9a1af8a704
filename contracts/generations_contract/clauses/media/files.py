"""Section `media`: that the assets are what the entries say, and can be had as the document says.

Bytes are decoded in `contracts/media/`, never here. A download is judged by
the entry as it was listed (`exchange.asset`); those sent on purpose with a tampered URL say so by their intent.
"""

from collections.abc import Iterator
from typing import Any, Final

from generations_contract.clauses.facts.assets import OPAQUE, absolute, address
from generations_contract.clauses.facts.downloads import (
    DURATION_TOLERANCE_S,
    decoded,
    entry,
    expiries_unix,
    got,
    intact,
    listing_of,
    listings,
    remaining_s,
    url_of,
)
from generations_contract.clauses.facts.history import creation, outcome, seconds, shown
from generations_contract.exchange.exchange import Exchange
from generations_contract.exchange.fact import derived
from generations_contract.exchange.parsing import media_type, path_and_query
from generations_contract.exchange.signed_urls import SPOILT, expires_unix, may_be_signed
from generations_contract.judging.clause import (
    MOOT,
    Breach,
    Earlier,
    Finding,
    Findings,
    Observation,
    alone,
    clause,
)
from generations_contract.media import Broken, Decoded, content_type, format_name, served_as

LIFE_MIN_S: Final = 300.0
# Clocks, and the way from the signing to the answer.
LIFE_TOLERANCE_S: Final = 10.0
# Ends of a download that are this client's own doing: no asset is too large by the document.
OURS: Final = frozenset({"abandoned", "too-large"})
LIVES: Final = (
    (300.0, "under 5 minutes"),
    (7_200.0, "5 minutes to 2 hours"),
    (172_800.0, "2 hours to 2 days"),
)


@derived
def _unusable(exchange: Exchange) -> list[tuple[int, object]]:
    """The entries (their place, their URL) that cannot be downloaded as they stand."""
    urls = ((index, each.get("url")) for index, each in enumerate(exchange.media))
    return [(index, url) for index, url in urls if not absolute(url)]


def redirected(exchange: Exchange) -> bool:
    """Whether storage sends the client elsewhere: allowed, and followed by nobody here."""
    return exchange.status is not None and 300 <= exchange.status < 400


def due(exchange: Exchange, earlier: Earlier) -> bool:
    """Whether a URL should still work: it claims to, or it was certainly listed less than five minutes ago."""
    moment = expires_unix(url_of(entry(exchange)))
    if moment is not None and exchange.answered_unix > 0:
        return exchange.server_unix < moment - LIFE_TOLERANCE_S
    listed = listing_of(exchange, earlier)
    return listed is not None and exchange.sent_at - listed.answered_at < LIFE_MIN_S


def superseded(exchange: Exchange, earlier: Earlier) -> bool:
    """Whether the URL has worked before, or a later answer listed another one: a question of lifetime."""
    url = url_of(entry(exchange))
    if earlier.last(lambda each: got(each) and url_of(entry(each)) == url) is not None:
        return True
    newest = next(listings(earlier), None)
    return newest is not None and all(url_of(each) != url for each in newest.media)


@clause(
    "media.direct-url",
    "MUST",
    says="a direct URL to the asset; download or copy the asset before the URL expires",
    on=("create", "fetch", "download"),
    when=lambda exchange: bool(exchange.media) or intact(exchange),
)
def direct_url(exchange: Exchange, earlier: Earlier) -> Findings:
    """Absolute, and downloads without the API key; later downloads are `media.lifetime`'s."""
    for index, url in _unusable(exchange):
        yield Breach(f"media[{index}].url absolute", shown(url))
    if exchange.kind == "download" and not exchange.ok:
        late = superseded(exchange, earlier) or not due(exchange, earlier)
        if late or redirected(exchange) or (exchange.failure and exchange.failure.kind in OURS):
            yield MOOT
        else:
            yield Breach("the asset, without the API key", outcome(exchange))


@clause(
    "media.bytes",
    "MUST",
    says="MediaArtifact: type, format, width, height, duration_seconds",
    on=("download",),
    by=alone,
    when=got,
)
def contents(exchange: Exchange, _earlier: Earlier) -> Findings:
    """The bytes are what the entry declares, where it is not null; a format nobody here decodes is no lie."""
    found, listed = decoded(exchange), entry(exchange)
    if isinstance(found, Broken):
        yield MOOT if found.unknown else Breach(f"{shown(listed.get('type'))} bytes", found.why)
        return
    if not found.may_be_called(listed.get("type")):
        yield Breach(f"type {shown(listed.get('type'))}", f"{found.type} ({found.format})")
        return
    yield from _declared(found, listed)


def _declared(found: Decoded, listed: Any) -> Iterator[Finding]:
    name, width, height = (listed.get(key) for key in ("format", "width", "height"))
    if isinstance(name, str) and format_name(name) != found.format:
        yield Breach(f"format {shown(name)}", found.format)
    if not found.measures(*(side if isinstance(side, int) else None for side in (width, height))):
        yield Breach(f"{shown(width)} x {shown(height)} pixels", f"{found.width} x {found.height}")
    duration = listed.get("duration_seconds")
    if isinstance(duration, bool) or not isinstance(duration, int | float):
        return
    if not found.lasts(duration, DURATION_TOLERANCE_S):
        told = " or ".join(dict.fromkeys(map(seconds, found.durations_s)))
        yield Breach(f"duration_seconds {shown(duration)} (within 0.1 s)", told)


@clause(
    "media.distinct",
    "MUST",
    says="one entry per produced asset",
    on=("create", "fetch", "download"),
    when=lambda exchange: len(exchange.media) > 1 or got(exchange),
)
def distinct(exchange: Exchange, earlier: Earlier) -> Findings:
    """Different URLs that lead to different bytes; by one seed several pictures may be alike."""
    if exchange.kind != "download":
        urls = [url_of(each) for each in exchange.media]
        if len({*urls}) < len(urls):
            yield Breach(f"{len(urls)} different URLs", f"{len({*urls})} different ones")
        return
    here = address(entry(exchange), exchange)
    others = [
        each
        for each in earlier
        if got(each)
        and _index(each) != _index(exchange)
        and (address(entry(each), each) != here or here == OPAQUE or _side_by_side(each, exchange, earlier))
    ]
    created = creation(earlier)
    if not others or (created and (created.sent_input or {}).get("seed") is not None):
        yield MOOT
        return
    body = exchange.response.body if exchange.response else b""
    same = next((each for each in others if each.response and each.response.body == body), None)
    if same is not None:
        yield Breach(
            f"an asset of its own as entry {_index(exchange)}", f"that of entry {_index(same)}", (same,)
        )


def _side_by_side(one: Exchange, other: Exchange, earlier: Earlier) -> bool:
    """Whether one answer lists both: then they are two entries, and not one that has moved."""
    both = {url_of(entry(one)), url_of(entry(other))}
    return len(both) > 1 and any(both <= {url_of(e) for e in each.media} for each in listings(earlier))


def _index(exchange: Exchange) -> int:
    return exchange.asset.index if exchange.asset else 0


@clause(
    "media.lifetime",
    "SHOULD",
    says="signed URL; download or copy the asset before the URL expires (typically one hour)",
    on=("create", "fetch", "download"),
    when=lambda exchange: bool(exchange.media) or intact(exchange),
)
def lifetime(exchange: Exchange, earlier: Earlier) -> Findings:
    """It claims five minutes at the least whenever it is listed, and keeps what it claims, more than once."""
    if exchange.kind != "download":
        now, moments = exchange.server_unix, expiries_unix(exchange)
        if not moments or now <= 0:
            yield MOOT
        elif min(moments) - now < LIFE_MIN_S - LIFE_TOLERANCE_S:
            yield Breach(f"a URL that lives {seconds(LIFE_MIN_S)} at the least", seconds(min(moments) - now))
    elif exchange.failure is not None or redirected(exchange) or not superseded(exchange, earlier):
        yield MOOT
    elif not exchange.ok:
        if due(exchange, earlier):
            yield Breach("the asset, as long as the URL claims to live", outcome(exchange))
        else:
            yield MOOT


@clause(
    "media.content-type",
    "SHOULD",
    says='format: e.g. "png", "jpeg", "mp4"',
    on=("download",),
    by=alone,
    when=got,
)
def served(exchange: Exchange, _earlier: Earlier) -> Findings:
    """The download's `Content-Type` is that of the bytes."""
    found, told = decoded(exchange), media_type(exchange.header("content-type"))
    if isinstance(found, Broken):
        yield MOOT
    elif not served_as(found, told):
        yield Breach(f"Content-Type {content_type(found)}", f"Content-Type {shown(told)}")


@derived
def _unsigned(exchange: Exchange) -> str | None:
    """The first URL that an answer lists without a signature, by its path."""
    urls = (url_of(each) for each in exchange.media)
    bare = next(
        (url for url in urls if absolute(url) and not may_be_signed(url, exchange.generation_id or "")), None
    )
    return path_and_query(bare)[0] if bare else None


@clause(
    "media.signature",
    "SHOULD",
    says="signed URL",
    on=("create", "fetch", "download"),
    when=lambda exchange: (
        bool(exchange.media) or (exchange.response is not None and exchange.intent in SPOILT)
    ),
)
def signature(exchange: Exchange, earlier: Earlier) -> Findings:
    """Removed, altered, with another expiry or another asset's: it does not download. A page is no asset.

    A URL without anything that could be a signature is none that is signed.
    """
    if exchange.kind != "download":
        bare = _unsigned(exchange)
        yield Breach("a signed URL", f"nothing but {shown(bare)}", unmet=True) if bare else MOOT
        return
    if not exchange.ok or exchange.response is None:
        return
    body = exchange.response.body
    known = earlier.last(lambda each: got(each) and each.response is not None and each.response.body == body)
    if known is not None or isinstance(decoded(exchange), Decoded):
        expected = f"no download with the URL's signature tampered ({exchange.intent})"
        yield Breach(expected, outcome(exchange), (known,) if known else ())


@clause(
    "media.expiry",
    "OPEN",
    says="how long the URL lives, where the URL tells",
    on=("create", "fetch"),
    by=alone,
    timed=True,
    when=lambda exchange: bool(exchange.media),
)
def expiry(exchange: Exchange, _earlier: Earlier) -> Findings:
    """In coarse steps: a URL that is handed out again has a part of its life behind it."""
    claim = remaining_s(exchange, exchange.media[0])
    if claim is None:
        yield Observation("a URL's claim", "tells no expiry")
    else:
        told = next((name for limit, name in LIVES if claim < limit), "2 days and more")
        yield Observation("a URL's claim", f"lives {told}")
