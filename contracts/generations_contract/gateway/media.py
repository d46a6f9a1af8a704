"""Signed URLs of the assets, and what a download answers.

A URL is `{origin}/media/{asset}?Expires={unix}&X-Amz-Signature={hex}`: an HMAC over path and expiry, so
neither can be changed, nor one asset's signature used for another. It needs no API key. The name in it is
looked up among the gateway's generations and never becomes a path of the file system.

"Even hours later you'll get the final state, including the signed URL": so a URL is signed anew whenever
half of its life is over, and is the same string in between.
"""

import hmac
import math
from dataclasses import dataclass

from generations_contract.gateway.jobs import Asset
from generations_contract.gateway.render import render
from generations_contract.gateway.wire import Headers, Problem, Request

MEDIA_PATH = "/media/"
_CONTENT_TYPES = {"png": "image/png", "mp4": "video/mp4"}


@dataclass(frozen=True, slots=True)
class Signer:
    """Makes and checks media URLs. `lifetime_s` is at least twice what any URL handed out still lives."""

    origin: str
    secret: bytes
    lifetime_s: int

    def url(self, asset: Asset, ended_unix: float, shown_unix: float) -> str:
        """The URL of an asset as shown at a moment; both moments in Unix seconds."""
        half = self.lifetime_s / 2
        renewals = max(0, math.floor((shown_unix - ended_unix) / half))
        expires = math.ceil(ended_unix + renewals * half) + self.lifetime_s
        path = MEDIA_PATH + asset.name
        return f"{self.origin}{path}?Expires={expires}&X-Amz-Signature={self._sign(path, str(expires))}"

    def _sign(self, path: str, expires: str) -> str:
        return hmac.digest(
            self.secret, f"{path}?Expires={expires}".encode("utf-8", "surrogatepass"), "sha256"
        ).hex()

    def good(self, request: Request, unix_s: float) -> bool:
        """Whether the request's signature is this path's and expiry's, and the expiry is still to come."""
        expires, signature = request.query("Expires"), request.query("X-Amz-Signature")
        if len(expires) != 1 or len(signature) != 1:
            return False
        expected = self._sign(request.target.partition("?")[0], expires[0])
        if not hmac.compare_digest(signature[0].encode("utf-8", "surrogatepass"), expected.encode()):
            return False
        return unix_s < int(expires[0])


def asset_name(request: Request) -> str:
    """The asset that a download names."""
    return request.path[len(MEDIA_PATH) :]


def media_entry(asset: Asset, url: str) -> dict[str, object]:
    """The MediaArtifact of an asset; `duration_seconds` only on video, as in the document's example."""
    entry: dict[str, object] = {
        "type": asset.type,
        "url": url,
        "format": asset.format,
        "width": asset.width,
        "height": asset.height,
    }
    return entry if asset.duration_s is None else {**entry, "duration_seconds": asset.duration_s}


def asset_response(asset: Asset) -> tuple[int, Headers, bytes]:
    """Status, headers and bytes of a good download."""
    body = render(asset)
    return (
        200,
        (("Content-Type", _CONTENT_TYPES[asset.format]), ("Cache-Control", "private, max-age=3600")),
        body,
    )


REFUSED = Problem("forbidden", "The URL is not signed, or its signature has expired.")
