"""A desk at the reference gateway: create, fetch and download in JSON, at a moment of your choice.

No test stands here. It talks to `Gateway.receive` and to nothing else, so what it sees is what an adapter
sees.
"""

import json
from dataclasses import dataclass, field
from typing import Any

from generations_contract.gateway import Catalogue, Gateway, Reply, Request, default_catalogue
from generations_contract.gateway.catalogue import parse

ORIGIN = "https://gateway.test"


def bearer(gateway: Gateway, account: str = "main") -> tuple[str, str]:
    """The Authorization header of an account."""
    return "Authorization", f"Bearer {gateway.state.catalogue.accounts[account].key}"


@dataclass
class Desk:
    """Requests as one account."""

    gateway: Gateway = field(default_factory=Gateway)
    account: str = "main"

    def send(self, method: str, target: str, body: bytes = b"", *, now: float = 0.0) -> Reply:
        """Any request, with this account's key."""
        headers = (bearer(self.gateway, self.account),)
        return self.gateway.receive(Request(method, target, headers, body), now)

    def create(self, model: str = "flux-1.1-pro", *, now: float = 0.0, **given: Any) -> Reply:
        """POST; `input` fields besides the prompt go into `input=`."""
        inputs = {"prompt": "a lighthouse", **given.pop("input", {})}
        return self.post({"model": model, "input": inputs, **given}, now=now)

    def post(self, document: Any, *, now: float = 0.0) -> Reply:
        """POST of any document."""
        return self.send("POST", "/v1/generations", json.dumps(document).encode(), now=now)

    def fetch(self, id_: str, wait: float | str | None = None, *, now: float) -> Reply:
        """GET, with `wait` as it is written."""
        query = "" if wait is None else f"?wait={wait}"
        return self.send("GET", f"/v1/generations/{id_}{query}", now=now)

    def download(self, url: str, *, now: float) -> Reply:
        """GET of a media URL, without a key."""
        return self.gateway.receive(Request("GET", url.removeprefix(ORIGIN)), now)


def with_models(changes: dict[str, dict[str, object]]) -> Catalogue:
    """The packaged catalogue, in which the named models have other values."""
    tables = default_catalogue().model_dump()
    for name, values in changes.items():
        tables["models"][name].update(values)
    return parse(tables)


def header(reply: Reply, name: str) -> str | None:
    """The first value of a reply's header, or None."""
    return next((value for key, value in reply.headers if key.lower() == name), None)


def read(reply: Reply) -> Any:
    """The JSON of a reply."""
    return json.loads(reply.body)


def code(reply: Reply) -> str:
    """The code in the envelope of a refusal."""
    return str(read(reply)["error"]["code"])


def media(reply: Reply) -> list[dict[str, Any]]:
    """The media entries of a completed generation."""
    entries: list[dict[str, Any]] = read(reply)["output"]["media"]
    return entries
