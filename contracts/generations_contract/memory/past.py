"""Earlier exchanges made of what is remembered, so that the same clauses compare that compare within a run.

They are marked by their intent, lie before everything that the run itself has seen, and hold what was remembered and
no more: no clause that asks for the rest of an answer may be asked about them.
"""

import json
from collections.abc import Iterator
from typing import Any, Final
from urllib.parse import quote

from generations_contract.api.terms import Terms
from generations_contract.api.vocabulary import GENERATIONS_PATH
from generations_contract.exchange.exchange import Exchange, Headers, Kind, Request, Response
from generations_contract.memory.form import Entry, Generation

# The intent of an exchange that an earlier run has had.
REMEMBERED: Final = "remembered"
_JSON: Final = Headers((("content-type", "application/json"),))
# At least so long before this run began, however the calendars of two machines differ.
_BEFORE_S: Final = 1.0


def exchanges_of(known: Generation, first: Exchange, base_url: str, terms: Terms) -> Iterator[Exchange]:
    """The creation, and the last sight of it; `first`: this run's first exchange, for its clocks."""
    offset, latest = first.answered_unix - first.answered_at, first.sent_at - _BEFORE_S
    created_at = min(known.created_unix - offset, latest - _BEFORE_S)
    seen_at = min(known.seen_unix - offset, latest)
    sent = {"model": known.asked_model} if known.asked_model else {}
    begun = {"id": known.id, "model": known.model, "status": "queued", "created_at": known.created_at}

    def said(kind: Kind, path: str, body: object, status: int, answer: dict[str, Any], at: float) -> Exchange:
        method, data = ("POST", json.dumps(body).encode()) if kind == "create" else ("GET", b"")
        return Exchange(
            kind,
            Request(method, f"{base_url}{path}", path, body=data),
            sent_at=at,
            answered_at=at,
            response=Response(status, _JSON, json.dumps(answer).encode()),
            account=known.account,
            intent=REMEMBERED,
            answered_unix=at + offset,
            terms=terms,
        )

    yield said("create", GENERATIONS_PATH, sent, 202, begun, created_at)
    path = f"{GENERATIONS_PATH}/{quote(known.id, safe='')}"
    yield said("fetch", path, None, 200, _resource(known), seen_at)


def _resource(known: Generation) -> dict[str, Any]:
    told = {
        "id": known.id,
        "model": known.model,
        "status": known.status,
        "created_at": known.created_at,
        "completed_at": known.completed_at,
        "usage": None if known.cost_usd is None else {"cost_usd": known.cost_usd},
        "error": None if known.code is None else {"code": known.code},
        "output": {"media": [_listed(each) for each in known.media]} if known.media else None,
    }
    return {name: value for name, value in told.items() if value is not None}


def _listed(entry: Entry) -> dict[str, Any]:
    """The entry as it was listed, with another query in the place of the one that was not kept."""
    query = "" if not entry.signed else f"?expires={entry.expires_unix or 0:.0f}"
    told = entry.model_dump(exclude={"url", "signed", "expires_unix"}, exclude_none=True)
    return told | ({} if entry.url is None else {"url": f"{entry.url}{query}"})
