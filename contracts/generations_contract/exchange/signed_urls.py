"""Signed URLs: when they expire by their own words, and how to spoil them.

No request is sent and nothing is judged here. Signatures arrive here already
concealed, as tokens; a token taken away, cut or put on another URL is as tampered as the signature itself.
"""

import re
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Final, Literal
from urllib.parse import parse_qsl, unquote, urlencode, urlsplit, urlunsplit

from generations_contract.exchange.parsing import timestamp

Tampering = Literal["unsigned", "altered-signature", "altered-expiry", "foreign-signature", "foreign-query"]
SPOILT: Final[tuple[Tampering, ...]] = (
    "unsigned",
    "altered-signature",
    "altered-expiry",
    "foreign-signature",
    "foreign-query",
)

# Akamai's tokens are compounds: `exp=…~acl=…~hmac=…`.
COMPOUNDS: Final = frozenset({"hdnts", "hdnea", "hdntl", "hdnt", "__token__", "__gda__", "bcdn_token"})
SIGNATURES = COMPOUNDS | frozenset(
    {
        "x-amz-signature",
        "x-goog-signature",
        "signature",
        "sig",
        "sign",
        "token",
        "hmac",
        "hash",
        "st",
        "policy",
        "verify",
        "auth_key",
        "wssecret",
        "txsecret",
        "q-signature",
        "md5",
    }
)
MOMENTS = frozenset({"expires", "expires_at", "expiry", "exp", "e", "se"})
LIVES = ("x-amz-expires", "x-goog-expires")
_ISSUED = ("x-amz-date", "x-goog-date")
_MILLISECONDS: Final = 100_000_000_000
# Long without a dot or a slash in it; letters and digits mixed; a name with a value in the path.
_OPAQUE: Final = re.compile(
    r"[A-Za-z0-9_%-]{16,}|(?=[A-Za-z]*[0-9])(?=[0-9]*[A-Za-z])[A-Za-z0-9]{8,}|[a-z]+_token=|~hmac=|/[a-z]+=[^/]"
)
_COMPOUND_EXPIRY: Final = re.compile(r"[=/~]exp=([0-9]{9,11})(?:~|$)", re.ASCII)
_SHORTEST: Final = 8
_DIGITS: Final = 15


def _parameters(url: str) -> list[tuple[str, str]]:
    try:
        return parse_qsl(urlsplit(url).query, keep_blank_values=True)
    except ValueError:
        return []


@lru_cache(maxsize=1024)
def expires_unix(url: str) -> float | None:
    """The moment (Unix seconds) at which a URL says that it expires, by the names that providers use."""
    found = {name.lower(): value for name, value in _parameters(url)}
    for life, issued in zip(LIVES, _ISSUED, strict=True):
        begun = _compact(found.get(issued, ""))
        if begun is not None and re.fullmatch(r"[0-9]{1,9}", found.get(life, ""), re.ASCII):
            return begun + float(found[life])
    if compound := _COMPOUND_EXPIRY.search(unquote(url)):
        return float(compound[1])
    for name in sorted(MOMENTS & found.keys()):
        value = found[name]
        if re.fullmatch(r"[0-9]{9,14}", value, re.ASCII):
            moment = float(value)
            return moment / 1000 if moment > _MILLISECONDS else moment
        read = timestamp(value)
        if read is not None:
            return read[0].timestamp()
    return None


def _compact(text: str) -> float | None:
    """Unix seconds of a moment like 20260418T120000Z."""
    match = re.fullmatch(r"(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z", text, re.ASCII)
    read = timestamp("{}-{}-{}T{}:{}:{}Z".format(*match.groups())) if match else None
    return read[0].timestamp() if read else None


def may_be_signed(url: str, generation_id: str) -> bool:
    """Whether anything in a URL could be a signature: a parameter, or a part of the path that nobody could guess.

    Providers sign in the query under names of their own, in the path (`/hdnts=exp=...~hmac=.../`, `/s--x1Y2z3A4--/`),
    or make the path itself the secret. What is left without the generation's id must be too plain for any of them.
    """
    try:
        parts = urlsplit(url)
    except ValueError:
        return True
    named = {name.lower() for name, _ in _parameters(url)}
    if "@" in parts.netloc or named & SIGNATURES or named & {*LIVES, *_ISSUED}:
        return True
    rest = f"{parts.path}?{parts.query}"
    own = generation_id.rpartition("_")[2]
    for one in (generation_id, generation_id.lower(), own if len(own) >= _SHORTEST else ""):
        rest = rest.replace(one, "") if one else rest
    return _OPAQUE.search(rest) is not None or any(_telling(name, value) for name, value in _parameters(url))


def _telling(name: str, value: str) -> bool:
    """Whether a parameter may be a signature of few characters: anything but a plain word or a moment."""
    if name.lower() in MOMENTS or (value.isdigit() and len(value) < _DIGITS):
        return False
    return len(value) >= _SHORTEST and not value.isalpha()


def tampered(url: str, other: str | None = None) -> Mapping[Tampering, str]:
    """The URL tampered in every way that its parameters allow; `other` is the URL of another asset."""
    pairs = _parameters(url)
    signed = [index for index, (name, _) in enumerate(pairs) if name.lower() in SIGNATURES]
    if not signed:
        return {}
    found: dict[Tampering, str] = {
        "unsigned": _rebuilt(url, [pair for index, pair in enumerate(pairs) if index not in signed]),
        "altered-signature": _rebuilt(url, _changed(pairs, signed, _altered)),
    }
    late = [index for index, (name, value) in enumerate(pairs) if _is_expiry(name, value)]
    if late:
        found["altered-expiry"] = _rebuilt(url, _changed(pairs, late, lambda value: str(int(value) + 86_400)))
    if other:
        found.update(_borrowed(url, other, {pairs[index][0].lower() for index in signed}))
    return found


def _borrowed(url: str, other: str, names: set[str]) -> Mapping[Tampering, str]:
    """The URL with another asset's signature (the parameters named), and with all of its query."""
    pairs, given = _parameters(url), _parameters(other)
    theirs = {name.lower(): value for name, value in given}
    if not names <= theirs.keys():
        return {}
    # What is signed together with the asset comes along, unless the asset itself is told in the query.
    along = names | MOMENTS | {*LIVES, *_ISSUED}
    alike = _without(given, along) == _without(pairs, along)
    elsewhere = urlsplit(other).path != urlsplit(url).path
    if alike and not elsewhere:
        # The same asset, signed anew, has a good signature too: equal creations may be one, or one picture.
        return {}
    mixed = [(name, theirs[name.lower()] if name.lower() in names else value) for name, value in pairs]
    found: dict[Tampering, str] = {"foreign-signature": _rebuilt(url, mixed)}
    if alike and given != mixed:
        found["foreign-query"] = _rebuilt(url, given)
    return found


def _without(pairs: list[tuple[str, str]], names: set[str]) -> list[tuple[str, str]]:
    return [(name, value) for name, value in pairs if name.lower() not in names]


def _is_expiry(name: str, value: str) -> bool:
    return name.lower() in (*MOMENTS, *LIVES) and value.isascii() and value.isdigit() and len(value) < 15


def _altered(value: str) -> str:
    """Another text of the same look and length, and no token that still means the signature."""
    plain = value.replace("REDACTED-", "")
    return plain[:-1] + ("1" if plain[-1:] != "1" else "0")


def _changed(
    pairs: list[tuple[str, str]], which: list[int], change: Callable[[str], str]
) -> list[tuple[str, str]]:
    return [(name, change(value) if index in which else value) for index, (name, value) in enumerate(pairs)]


def _rebuilt(url: str, pairs: list[tuple[str, str]]) -> str:
    return urlunsplit(urlsplit(url)._replace(query=urlencode(pairs, errors="surrogatepass")))
