"""What was said at a door, as exchanges: keys and signatures replaced, assets known by their URLs.

Nothing is judged here. The key is the one that the client was given, whether the gateway knows it or not.
"""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final, cast

from generations_contract.api.terms import Terms
from generations_contract.clients.visit import Visit
from generations_contract.exchange.credentials import BEARER, KEY_IN_URL, in_shell
from generations_contract.exchange.exchange import Asset, Exchange, Failure, Headers, Kind, Request, Response
from generations_contract.exchange.parsing import path_and_query
from generations_contract.gateway import Reply
from generations_contract.gateway import Request as Received
from generations_contract.wire.redaction import Vault

VARIABLE: Final = "GATEWAY_API_KEY"


@dataclass
class Recorder:
    """The exchanges of one client, in the order of their ends. `key`: the client's; `unix`: of the clock's zero."""

    key: str
    unix: float
    exchanges: list[Exchange] = field(default_factory=list)
    assets: dict[str, Asset] = field(default_factory=dict)
    digests: dict[str, str] = field(default_factory=dict)
    agents: list[str] = field(default_factory=list)
    told: Callable[[Exchange], None] = lambda _exchange: None
    _vault: Vault = field(init=False, repr=False)

    def __post_init__(self) -> None:
        self._vault = Vault({"main": self.key}, {"main": VARIABLE})

    def take(self, visit: Visit, origin: str, operation: str, ended_at: float, terms: Terms) -> None:
        """Enter one request and what came of it."""
        received: Received = visit.request
        failure, reply = visit.failure, visit.reply
        if failure is None and reply is None:
            failure = Failure("abandoned", "the client hung up")
        path, query = path_and_query(self._vault.conceal_text(origin + received.target))
        asset = self._asset(received.target) if operation == "download" else None
        made = Exchange(
            kind=cast(Kind, operation),
            request=self._request(received, origin, path, query),
            sent_at=visit.sent_at,
            answered_at=max(ended_at, visit.sent_at),
            response=self._response(reply, api=operation != "download") if failure is None else None,
            failure=failure,
            credential=self._credential(received),
            intent=KEY_IN_URL if self._vault.leaks(received.target.encode()) else "",
            asset=asset,
            answered_unix=self.unix + ended_at,
            terms=terms,
        )
        if asset is not None and failure is None and reply is not None and reply.status == 200:
            self.digests[hashlib.sha256(reply.body).hexdigest()] = _name(received.target)
        if (agent := received.header("user-agent")) and agent not in self.agents:
            self.agents.append(agent)
        self._learn(made, reply)
        self.add(made)

    def add(self, exchange: Exchange) -> None:
        """Enter an exchange that is made already."""
        self.exchanges.append(exchange)
        self.told(exchange)

    def _learn(self, exchange: Exchange, reply: Reply | None) -> None:
        """The assets that an answer lists, by the names in their URLs."""
        if reply is None or exchange.generation_id is None:
            return
        for index, entry in enumerate(exchange.media):
            if isinstance(entry.get("url"), str):
                self.assets[_name(entry["url"])] = Asset(exchange.generation_id, index, entry)

    def _asset(self, target: str) -> Asset | None:
        return self.assets.get(_name(target))

    def _request(self, received: Received, origin: str, path: str, query: str) -> Request:
        conceal = self._vault.conceal_text
        fields = tuple(
            (name, in_shell(BEARER, VARIABLE) if self._is_key(name, value) else conceal(value))
            for name, value in received.headers
        )
        url = conceal(origin + received.target)
        return Request(received.method, url, path, query, Headers(fields), self._vault.conceal(received.body))

    def _is_key(self, name: str, value: str) -> bool:
        scheme, _, key = value.partition(" ")
        return name.lower() == "authorization" and scheme.lower() == BEARER and key.strip() == self.key

    def _credential(self, received: Received) -> str:
        value = received.header("authorization")
        if value is None:
            return "missing"
        if self._is_key("authorization", value):
            return BEARER
        return "unknown" if value.lower().startswith(BEARER) else "bare"

    def _response(self, reply: Reply | None, *, api: bool) -> Response | None:
        if reply is None:
            return None
        headers = Headers(tuple((name, self._vault.conceal_text(value)) for name, value in reply.headers))
        return Response(reply.status, headers, self._vault.conceal(reply.body) if api else reply.body)


def _name(url: str) -> str:
    """The name of an asset in its URL, whatever the host and the signature."""
    return url.partition("?")[0].rpartition("/")[2]
