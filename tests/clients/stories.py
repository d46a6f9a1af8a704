"""What a client did, as literal rows: requests as the gateway saw them, in the order of their answers."""

import json
from typing import Any

from generations_contract.api.terms import Terms, Watched
from generations_contract.clauses import CLIENT_CLAUSES
from generations_contract.exchange.credentials import BEARER
from generations_contract.exchange.ended import Ended
from generations_contract.exchange.exchange import Asset, Exchange, Failure, Headers, Request, Response
from generations_contract.judging.clause import breaches_of
from generations_contract.judging.judge import Judge

HOME = "http://api.test"
MEDIA = "http://media.test"
SERVED = Terms(watched=Watched(deadline_at=19.0))
RECORDED = Terms()
BODY = {"model": "flux-1.1-pro", "input": {"prompt": "a lighthouse"}}


def _answer(status: int, state: str, code: str, retry_after: str, page: bool) -> Response:
    if page:
        return Response(status, Headers((("Content-Type", "text/html"),)), b"<html></html>")
    fields = (("Content-Type", "application/json"), *((("Retry-After", retry_after),) if retry_after else ()))
    if status >= 300:
        return Response(
            status, Headers(fields), json.dumps({"error": {"code": code, "message": "m"}}).encode()
        )
    media = {"media": [{"type": "image", "url": f"{MEDIA}/a"}, {"type": "image", "url": f"{MEDIA}/b"}]}
    resource: dict[str, Any] = {"id": "gen_1", "object": "generation", "status": state, "model": "flux-1.1-pro",
                                "created_at": "2026-04-18T12:00:00Z"}  # fmt: skip
    if state == "completed":
        resource["output"] = media
    if state == "failed":
        resource["error"] = {"code": code or "content_policy", "message": "m"}
    return Response(status, Headers(fields), json.dumps(resource).encode())


def _made(
    kind: str, request: Request, sent_at: float, answered_at: float, *, status: int = 200, state: str = "running",
    code: str = "x", retry_after: str = "", page: bool = False, failed: str = "", detail: str = "",
    credential: str = BEARER, terms: Terms = SERVED, asset: Asset | None = None, intent: str = "",
) -> Exchange:  # fmt: skip
    response = None if failed else _answer(status, state, code, retry_after, page)
    failure = Failure(failed, detail) if failed else None  # type: ignore[arg-type]
    return Exchange(
        kind, request, sent_at, answered_at, response, failure, credential=credential, terms=terms, asset=asset,  # type: ignore[arg-type]
        intent=intent,
    )  # fmt: skip


def create(sent_at: float, answered_at: float, body: dict[str, Any] | None = None, **more: Any) -> Exchange:
    """A creation, `wait` "auto" unless the body says otherwise."""
    fields = Headers((("Content-Type", "application/json"),))
    path = "/v1/generations"
    request = Request("POST", HOME + path, path, "", fields, json.dumps(body or BODY).encode())
    return _made("create", request, sent_at, answered_at, **more)


def fetch(sent_at: float, answered_at: float, query: str = "wait=60", **more: Any) -> Exchange:
    """A poll."""
    path = "/v1/generations/gen_1"
    url = HOME + path + (f"?{query}" if query else "")
    return _made("fetch", Request("GET", url, path, query), sent_at, answered_at, **more)


def download(sent_at: float, answered_at: float, host: str = MEDIA, key: str = "", **more: Any) -> Exchange:
    """A download of the first entry; `key`: the header in which the key stands."""
    headers = Headers(((key, "$GATEWAY_API_KEY"),) if key else ())
    asset = Asset("gen_1", 0, {"url": f"{host}/a"})
    return _made(
        "download", Request("GET", f"{host}/a", "/a", "", headers), sent_at, answered_at, asset=asset, **more
    )


def end(at: float, code: int | None = 0, terms: Terms = SERVED, **more: Any) -> Exchange:
    """The end of the client's process."""
    known = {"deadline_s": 20.0, "lasted_s": at, "allowed_s": 23.0, "assets": 2}
    return Exchange("other", Request("", "", ""), at, at, terms=terms, ended=Ended(code, **(known | more)))


def broken(*story: Exchange) -> list[str]:
    """The clauses that a story breaks, without their section, each once."""
    judge = Judge(CLIENT_CLAUSES.values())
    found = [clause for each in story for clause, _ in breaches_of(judge.judge(each).rulings)]
    return [clause.removeprefix("client.") for clause in dict.fromkeys(found)]
