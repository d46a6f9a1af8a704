"""Whether an answer was written by somebody on the way rather than by the gateway: a cut is not a breach.

Proxies, load balancers, limiters and firewalls answer in the gateway's place, in a form of their own. The page of a
known product is recognised here, and becomes a failure. Whether that of an unknown author is the gateway's, a single
answer cannot tell: `foreign` says only that it may be somebody else's, and `run.losses` finds out. The age of the
request is what the operator needs to find the time-out to change.
"""

import re
from collections.abc import Sequence
from typing import Final

from generations_contract.exchange.exchange import Exchange, Failure, Headers, Response

_FORBIDDEN: Final = 403
# Statuses that somebody on the way gives by himself: what is behind is slow or gone, or the client is unwanted.
_STATUSES: Final = frozenset({_FORBIDDEN, 408, 429, 499, 502, 503, 504, 520, 521, 522, 523, 524, 530})
_WROTE_IT: Final[Sequence[tuple[str, re.Pattern[bytes]]]] = (
    ("nginx", re.compile(rb"<hr><center>(nginx|openresty)", re.IGNORECASE)),
    ("HAProxy", re.compile(rb"<h1>50[234] [^<]*</h1>\s*(The server (didn't respond|returned)|No server)")),
    ("Envoy", re.compile(rb"^(upstream (request timeout|connect error)|stream timeout|no healthy upstream)")),
    ("Cloudflare", re.compile(rb"cloudflare|^error code: 52\d", re.IGNORECASE)),
    ("Varnish", re.compile(rb"Guru Meditation|Varnish cache server", re.IGNORECASE)),
    ("Apache", re.compile(rb"<p>The (proxy server received an invalid|gateway did not receive a timely)\s")),
    ("IIS", re.compile(rb"while acting as a gateway or proxy server", re.IGNORECASE)),
    ("Heroku", re.compile(rb"herokucdn\.com/error-pages")),
    ("Google load balancer", re.compile(rb"That.s an error\.|upstream request timeout", re.IGNORECASE)),
)  # fmt: skip
_API_GATEWAY: Final = re.compile(
    rb'^\{"message": ?"(Endpoint request timed out|Service Unavailable|Too Many Requests)"\}'
)
_SERVERS: Final = (
    ("awselb", "AWS load balancer"),
    ("cloudfront", "CloudFront"),
    ("azure", "Azure front door"),
    ("akamaighost", "Akamai"),
)
# Header fields that only such a product sets, and only with an answer of its own.
_MARKS: Final = (("x-squid-error", "Squid"), ("cf-mitigated", "Cloudflare"))
# A request that ends sooner than this was not cut for its age (seconds).
YOUNGEST_CUT_S: Final = 1.0
_TOLD: Final = re.compile(r"(?:cut|answered) by a proxy (\(.+\) with [0-9]{3}) at ")


def cut_by(response: Response) -> str | None:
    """The product whose own page this answer is; `None` for everything that may be the gateway's."""
    if response.status not in _STATUSES:
        return None
    for name, product in _MARKS:
        if response.headers.get(name):
            return product
    if _is_json(response.headers):
        ours = response.headers.get("x-amz-apigw-id") or response.headers.get("apigw-requestid")
        return "Amazon API Gateway" if ours and _API_GATEWAY.search(response.body[:200]) else None
    server = (response.headers.get("server") or "").lower()
    named = next((product for mark, product in _SERVERS if server.startswith(mark)), None)
    page = response.body[:4000].strip()
    return named or next((product for product, page_of in _WROTE_IT if page_of.search(page)), None)


def cut(response: Response, age_s: float) -> Failure | None:
    """The failure that a proxy's own answer stands for; `age_s` is how long the request had been held."""
    product = cut_by(response)
    if product is None:
        return None
    verb = "cut" if age_s >= YOUNGEST_CUT_S else "answered"
    return Failure("reset", f"{verb} by a proxy ({product}) with {response.status} at {age_s:.1f} s")


def product_in(failure: Failure) -> str | None:
    """What stood in the gateway's place, by the failure that `cut` made of it: "nginx with 502"."""
    found = _TOLD.search(failure.detail)
    return found and found[1].replace("(", "").replace(")", "")


def foreign(exchange: Exchange) -> bool:
    """Whether an answer may be somebody else's: such a status, and not the documented envelope."""
    response = exchange.response
    if response is None or response.status not in _STATUSES or exchange.problem is not None:
        return False
    return response.status != _FORBIDDEN or "html" in (response.headers.get("content-type") or "").lower()


def product_of(exchange: Exchange) -> str | None:
    """The known product that answered in the gateway's place, and how: "nginx with 502"."""
    return product_in(exchange.failure) if exchange.failure else None


def written_by(exchange: Exchange) -> str | None:
    """The same, whether the product is known or not; `None` where nothing answered."""
    return f"an unknown one with {exchange.status}" if exchange.failure is None else product_of(exchange)


def _is_json(headers: Headers) -> bool:
    return "json" in (headers.get("content-type") or "").lower()
