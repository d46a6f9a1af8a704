"""Whether an answer was written by a proxy on the way rather than by the gateway: a cut is not a breach.

Proxies and load balancers end a held poll in two ways: they close the connection, or they answer in the
gateway's place with a page of their own. Only pages that a known product writes are recognised; the page of
an unknown author is the gateway's, because a gateway that answers HTML breaks its contract. The age of the
request at the cut is what the operator needs to find the time-out to change.
"""

import re
from collections.abc import Sequence
from typing import Final

from generations_contract.exchange.exchange import Exchange, Failure, Headers, Response

# Statuses that a proxy gives by itself when what is behind it takes too long or goes away.
_STATUSES: Final = frozenset({408, 502, 503, 504, 520, 521, 522, 523, 524})
_WROTE_IT: Final[Sequence[tuple[str, re.Pattern[bytes]]]] = (
    ("nginx", re.compile(rb"<hr><center>(nginx|openresty)", re.IGNORECASE)),
    ("HAProxy", re.compile(rb"<h1>50[234] [^<]*</h1>\s*(The server (didn't respond|returned)|No server)")),
    ("Envoy", re.compile(rb"^(upstream (request timeout|connect error)|stream timeout|no healthy upstream)")),
    ("Cloudflare", re.compile(rb"cloudflare|^error code: 52\d", re.IGNORECASE)),
    ("Varnish", re.compile(rb"Guru Meditation|Varnish cache server", re.IGNORECASE)),
    ("Apache", re.compile(rb"<p>The (proxy server received an invalid|gateway did not receive a timely)\s")),
    ("IIS", re.compile(rb"while acting as a gateway or proxy server", re.IGNORECASE)),
    ("Google load balancer", re.compile(rb"That.s an error\.|upstream request timeout", re.IGNORECASE)),
)  # fmt: skip
_SERVERS: Final = (
    ("awselb", "AWS load balancer"),
    ("cloudfront", "CloudFront"),
    ("azure", "Azure front door"),
)
# A connection that is closed sooner than this was not cut for its age.
_YOUNGEST_CUT_S: Final = 1.0


def cut_by(response: Response) -> str | None:
    """The product whose own page this answer is; `None` for everything that may be the gateway's."""
    if response.status not in _STATUSES or _is_json(response.headers):
        return None
    server = (response.headers.get("server") or "").lower()
    named = next((product for mark, product in _SERVERS if server.startswith(mark)), None)
    page = response.body[:4000].strip()
    return named or next((product for product, page_of in _WROTE_IT if page_of.search(page)), None)


def cut(response: Response, age_s: float) -> Failure | None:
    """The failure that a proxy's own answer stands for; `age_s` is how long the request had been held."""
    product = cut_by(response)
    if product is None:
        return None
    return Failure("reset", f"cut by a proxy ({product}) with {response.status} at {age_s:.1f} s")


def sentence(exchanges: Sequence[Exchange]) -> str | None:
    """One sentence about held polls whose connection was closed, with their ages; `None` if none was."""
    cuts = [each for each in exchanges if _is_cut(each)]
    if not cuts:
        return None
    ages = sorted(each.elapsed_s for each in cuts)
    span = f"{ages[0]:.1f} s" if ages[-1] - ages[0] < 0.1 else f"{ages[0]:.1f}–{ages[-1]:.1f} s"
    asked = ", ".join(
        sorted({f"{each.longest_window_s:g} s" for each in cuts if each.longest_window_s is not None})
    )
    return (
        f"held polls are cut on the way: {len(cuts)} of windows of {asked} ended without an answer "
        f"at the age of {span}; raise the idle time-out of the proxy or load balancer above 60 s"
    )


def _is_cut(exchange: Exchange) -> bool:
    failure, window_s = exchange.failure, exchange.longest_window_s
    if failure is None or failure.kind != "reset" or not window_s:
        return False
    named = "cut by a proxy" in failure.detail
    return named or _YOUNGEST_CUT_S <= exchange.elapsed_s < window_s


def _is_json(headers: Headers) -> bool:
    return "json" in (headers.get("content-type") or "").lower()
