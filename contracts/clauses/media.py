"""Section `media`: that the assets are what the entries say, and can be had as the document says.

Bytes are decoded in `contracts/media.py`, never here. The one decision worth knowing: a download is judged by
the entry as it was listed (`exchange.asset`); those sent on purpose with a spoilt URL say so by their intent.
"""

from urllib.parse import urlsplit

from contracts.clause import Breach, Earlier, Findings, alone, clause
from contracts.clauses.judging import outcome, shown
from contracts.exchange import Exchange


def absolute(url: object) -> bool:
    """Whether a URL can be downloaded as it stands."""
    if not isinstance(url, str):
        return False
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and bool(parts.netloc)


@clause(
    "media.direct-url",
    "MUST",
    says="a direct URL to the asset; download or copy the asset before the URL expires",
    on=("create", "fetch", "download"),
    by=alone,
    when=lambda exchange: bool(exchange.media) or (exchange.kind == "download" and not exchange.intent),
)
def direct_url(exchange: Exchange, _earlier: Earlier) -> Findings:
    """Absolute, and downloads without the API key."""
    for index, entry in enumerate(exchange.media):
        if not absolute(entry.get("url")):
            yield Breach(f"media[{index}].url absolute", shown(entry.get("url")))
    if exchange.kind == "download" and not exchange.ok:
        yield Breach("the asset, without the API key", outcome(exchange))
