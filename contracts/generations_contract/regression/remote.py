"""A document at an address (`https://…`): fetched once, within limits of time, size and reach.

Nothing is parsed here. A redirect into a network that the address itself is not in is not followed. What is
shown of an address has neither its credentials nor its query.
"""

from dataclasses import replace
from pathlib import Path
from typing import Final
from urllib.parse import urljoin, urlsplit

from generations_contract.api.documents import SIZE_MAX_BYTES
from generations_contract.api.usage import UsageError
from generations_contract.exchange.exchange import Failure
from generations_contract.wire.allowed_hosts import Reach, host_of
from generations_contract.wire.bounds import BOUNDS
from generations_contract.wire.transport import HttpClient, Outgoing, trusting

TIME_MAX_S: Final = 30.0
FILES_MAX: Final = 200


def shown(url: str) -> str:
    """The address without what may be secret in it."""
    parts = urlsplit(url)
    port = f":{parts.port}" if parts.port else ""
    return f"{parts.scheme}://{parts.hostname or ''}{port}{parts.path}"


class Remote:
    """The documents of one address. `ca`: certificates (PEM) to trust instead of the usual ones."""

    def __init__(self, url: str, ca: Path | None = None) -> None:
        try:
            self.url, self.label = url, shown(url)
            self._origin = urlsplit(url)[:2]
        except ValueError as error:
            raise UsageError(f"{url[:8]}…: is no address: {error}") from error
        if ca is not None:
            try:
                trusting(ca)
            except UsageError as error:
                raise UsageError(f"--ca {ca}: {str(error).rpartition(': ')[2]}") from None
        self._http = HttpClient(ca_file=ca, bounds=replace(BOUNDS, media_bytes=SIZE_MAX_BYTES))
        self._left = FILES_MAX

    def read(self, relative: str = "") -> tuple[str, bytes]:
        """What to call a document, relative to the address, and its bytes; raises `UsageError`."""
        url = urljoin(self.url, relative)
        if urlsplit(url)[:2] != self._origin:
            raise UsageError(f"{shown(url)}: is not where {self.label} is, and nothing else is fetched")
        self._left -= 1
        if self._left < 0:
            raise UsageError(f"{self.label}: refers to more than {FILES_MAX} files; bundle them into one")
        found = self._http.send(
            Outgoing(
                "download",
                "GET",
                url,
                (),
                b"",
                account="",
                timeout_s=TIME_MAX_S,
                reach=Reach(host_of(self.url)),
            )
        )
        if isinstance(found, Failure):
            told = found.detail.partition("; name it in")[0]
            raise UsageError(
                f"{shown(url)}: cannot be fetched: {found.kind}: {told}".replace(url, shown(url))
            )
        if found.status != 200:
            raise UsageError(f"{shown(url)}: cannot be fetched: it answers {found.status}")
        return shown(url), found.body
