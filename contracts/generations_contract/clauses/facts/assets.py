"""What a media URL addresses: the asset behind it, whoever signed it and when.

No clause lives here. With a query the signature is in the query and the path
is the asset; without one the signature may be part of the path, and only a file's name still tells.
"""

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from generations_contract.exchange.exchange import Exchange
from generations_contract.exchange.fact import derived

_FILE = re.compile(r"[\w.%~-]+\.[A-Za-z][A-Za-z0-9]{1,4}", re.ASCII)
OPAQUE = "(an opaque URL)"


def address(entry: Mapping[str, Any], exchange: Exchange) -> str:
    """What an entry's URL addresses, without host and signature; opaque where the URL does not tell."""
    url = entry.get("url")
    if not isinstance(url, str):
        return ""
    try:
        parts = urlsplit(url)
    except ValueError:
        return OPAQUE
    if parts.query:
        return parts.path
    name = parts.path.rpartition("/")[2]
    telling = _FILE.fullmatch(name) or (exchange.generation_id and exchange.generation_id in name)
    return name if telling else OPAQUE


@derived
def addresses(exchange: Exchange) -> tuple[str, ...]:
    """What the entries of an answer address, in no order: a set may be listed anew in another one."""
    return tuple(sorted(address(entry, exchange) for entry in exchange.media))


def absolute(url: object) -> bool:
    """Whether a URL can be downloaded as it stands."""
    if not isinstance(url, str):
        return False
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and bool(parts.netloc)
