"""A tiny language for literal histories, and single exchanges to put beside them.

`story("+queued@0-0 running@0-60 completed@60-71")` is a POST answered at once and two polls, each by what it
showed, when it was sent and when it was answered. No clause is named here and nothing is asserted.

A word is `[+]WHAT@SENT-ANSWERED[/OPTION…]`. `+` makes it a POST. WHAT is a state, an HTTP status with its
documented code (`404`) or another one (`404:gone`), or why there was no answer (`timeout`, `abandoned`).
Options: `w5` the window (`w0` on POST and `w60` on GET when left out), `bare` no `wait` at all, `auto`,
`by=other` the account, `id=gen_2`, `model=veo-3`, `cost=0.05`, `key=missing`, `never` an id that never was.
"""

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, Final, get_args

from generations_contract.api.terms import Terms
from generations_contract.api.vocabulary import CODES_OF_STATUS, STATUSES, TERMINAL
from generations_contract.clauses import CLAUSES as _REGISTERED
from generations_contract.exchange.exchange import (
    Exchange,
    Failure,
    FailureKind,
    Headers,
    Request,
    Response,
)
from generations_contract.judging.clause import CLAUSES, Breach, Observation
from generations_contract.judging.judge import Judge

assert _REGISTERED is CLAUSES

IMAGE, VIDEO, RESTRICTED = "flux-1.1-pro", "veo-3", "gated-model"
FAILING, STALLED, REJECTED = "flaky-provider", "stalled-provider", "a prompt that is refused"
CANCELLING, REJECTED_IMAGE = "cancelling-model", "https://images.example/refused.png"
TERMS: Final = Terms(
    modalities={IMAGE: "image", VIDEO: "video", FAILING: "image", STALLED: "video", RESTRICTED: "image"},
    slack_s=0.5,
    restricted=RESTRICTED,
    failing=FAILING,
    timing_out=STALLED,
    rejected_prompt=REJECTED,
    rejected_image=REJECTED_IMAGE,
    cancelling=CANCELLING,
    named=frozenset({IMAGE, VIDEO, RESTRICTED, FAILING, STALLED, CANCELLING}),
    sized=frozenset({IMAGE}),
    proportioned=frozenset({IMAGE, VIDEO}),
    timed=frozenset({VIDEO}),
    resolved=frozenset({VIDEO}),
    image_to_image=frozenset({IMAGE}),
    deterministic=frozenset({IMAGE}),
)
ID: Final = "gen_1"
BEGUN: Final = datetime(2026, 4, 18, 12, tzinfo=UTC)
FAILURES: Final = frozenset(get_args(FailureKind))
_WORD = re.compile(r"(\+?)([\w:.-]+)@([\d.]+)-([\d.]+)((?:/[^/\s]+)*)")


def body(model: object = IMAGE, /, prompt: object = "a lighthouse", **more: Any) -> dict[str, Any]:
    """A request body; `n` and `wait` at the top, every other keyword under `input`."""
    top = {"model": model, "input": {"prompt": prompt}}
    for key, value in more.items():
        (top if key in ("n", "wait") else top["input"])[key] = value  # type: ignore[index]
    return top


def resource(state: str = "completed", /, **changes: Any) -> dict[str, Any]:
    """A consistent resource in a state, with changes; `...` takes a member away."""
    model = changes.get("model", IMAGE)
    ended = state in TERMINAL
    found: dict[str, Any] = {
        "id": ID,
        "object": "generation",
        "status": state,
        "model": model,
        "created_at": stamp(0),
        "completed_at": stamp(9) if ended else None,
        "output": {"media": [entry(model=model)]} if state == "completed" else None,
        "usage": {"cost_usd": 0.04} if ended else None,
        "error": {"code": "provider_timeout", "message": "It took too long."} if state == "failed" else None,
    }
    return {key: value for key, value in (found | changes).items() if value is not ...}


def entry(index: int = 0, *, model: object = IMAGE, **changes: Any) -> dict[str, Any]:
    """A media entry of a model, with changes; `...` takes a member away."""
    kind = TERMS.modality(model) or "image"
    suffix = "png" if kind == "image" else "mp4"
    found = {
        "type": kind,
        "url": f"https://media.example/{ID}/{index}.{suffix}?sig=abc",
        "format": suffix,
        "width": 1024,
        "height": 1024,
        "duration_seconds": None if kind == "image" else 8.0,
    }
    return {key: value for key, value in (found | changes).items() if value is not ...}


def stamp(seconds: float, form: str = "Z") -> str:
    """A timestamp some seconds after the beginning of every story."""
    return (BEGUN + timedelta(seconds=seconds)).isoformat().replace("+00:00", form)


def answer(what: object, **headers: str) -> Response | Failure:
    """An answer: a state, a resource, a status (with its documented code), `(status, body)`, or a failure."""
    if isinstance(what, Response | Failure):
        return what
    if isinstance(what, str) and what in FAILURES:
        return Failure(what)  # type: ignore[arg-type]
    status, document = _content(what)
    defaults = {"Content-Type": "application/json"}
    state = document.get("status") if isinstance(document, dict) else None
    if isinstance(state, str) and state in TERMINAL:
        defaults["Cache-Control"] = "private, max-age=60"
    elif isinstance(state, str):
        defaults |= {"Cache-Control": "no-store", "Retry-After": "1"}
    elif status == 429:
        defaults["Retry-After"] = "1"
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    fields = {key: value for key, value in (defaults | named).items() if value is not ...}  # type: ignore[comparison-overlap]
    raw = document if isinstance(document, bytes) else json.dumps(document).encode()
    return Response(status, Headers(tuple(fields.items())), raw)


def _content(what: object) -> tuple[int, Any]:
    if isinstance(what, dict):
        return 200, what
    if isinstance(what, tuple):
        return what[0], what[1]
    text = str(what)
    if text in STATUSES:
        return 200, resource(text)
    number, _, code = text.partition(":")
    code = code or CODES_OF_STATUS.get(int(number), ("odd",))[0]
    return int(number), {"error": {"code": code, "message": "No."}}


def post(
    what: object = "queued", sent: object = None, *, at: float = 0, until: float | None = None, **facts: Any
) -> Exchange:
    """A POST and its answer; `sent` is a body or its very bytes."""
    given = body(wait=0) if sent is None else sent
    raw = given if isinstance(given, bytes) else json.dumps(given).encode()
    headers = Headers((("Content-Type", facts.pop("content_type", "application/json")),))
    request = Request("POST", "https://gateway.example/v1/generations", "/v1/generations", "", headers, raw)
    return _exchange("create", request, what, at, until, facts)


def get(
    what: object = "completed",
    wait: object = None,
    *,
    at: float = 0,
    until: float | None = None,
    **facts: Any,
) -> Exchange:
    """A GET and its answer; `wait` as it stands in the query, `query` for a whole one."""
    query = facts.pop("query", "" if wait is None else f"wait={wait}")
    path = f"/v1/generations/{facts.pop('id', ID)}"
    request = Request("GET", f"https://gateway.example{path}", path, query)
    return _exchange("fetch", request, what, at, until, facts)


def _exchange(
    kind: Any, request: Request, what: object, at: float, until: float | None, facts: dict[str, Any]
) -> Exchange:
    headers = facts.pop("headers", {})
    outcome = answer(what, **headers)
    given: dict[str, Any] = {"response": outcome} if isinstance(outcome, Response) else {"failure": outcome}
    facts = {"terms": TERMS, "answered_unix": BEGUN.timestamp() + 3600} | facts
    return Exchange(kind, request, at, at if until is None else until, **given, **facts)


def story(text: str, terms: Terms = TERMS) -> list[Exchange]:
    """The exchanges of a history, in the order of their answers."""
    found = [_told(word, terms) for word in text.split()]
    return sorted(found, key=lambda exchange: exchange.answered_at)


def _told(word: str, terms: Terms) -> Exchange:
    match = _WORD.fullmatch(word)
    assert match, f"no word of a story: {word}"
    plus, what, sent, answered, tail = match.groups()
    options = dict(_option(each) for each in tail.split("/")[1:])
    model, one = options.get("model", IMAGE), options.get("id", ID)
    shown: object = what
    if what in STATUSES:
        shown = resource(what, model=model, id=one)
        if "cost" in options:
            shown["usage"] = {"cost_usd": float(options["cost"])}
    facts: dict[str, Any] = {
        "at": float(sent),
        "until": float(answered),
        "account": options.get("by", "main"),
        "credential": options.get("key", "bearer"),
        "intent": "unknown-id" if "never" in options else "",
        "terms": terms,
    }
    if plus:
        wait = {} if "bare" in options else {"wait": _wait(options, "0")}
        return post(shown, body(model, **wait), **facts)
    return get(shown, None if "bare" in options else _wait(options, "60"), id=one, **facts)


def _option(text: str) -> tuple[str, str]:
    name, _, value = text.partition("=")
    return ("w", text[1:]) if re.fullmatch(r"w[\d.]+", text) else (name, value)


def _wait(options: Mapping[str, str], default: str) -> Any:
    return "auto" if "auto" in options else json.loads(options.get("w", default))


def verdict(clause_id: str, exchanges: Iterable[Exchange] | Exchange) -> str:
    """What a clause says of the last exchange: holds, breaks, breaks SHOULD, silent, or what it observes."""
    judge, told = Judge([CLAUSES[clause_id]]), "silent"
    for exchange in [exchanges] if isinstance(exchanges, Exchange) else exchanges:
        held, rulings = judge.judge(exchange)
        told = "holds" if held else "silent"
        for ruling in rulings:
            for finding in ruling.findings:
                if isinstance(finding, Observation):
                    told = f"{finding.subject}: {finding.behaviour}"
            if ruling.breaches:
                told = _worst(ruling.breaches)
    return told


def is_unmet(clause_id: str, exchanges: Iterable[Exchange] | Exchange) -> bool:
    """Whether what a clause holds against the last exchange is only that a promised case did not come."""
    judge, found = Judge([CLAUSES[clause_id]]), list[Breach]()
    for exchange in [exchanges] if isinstance(exchanges, Exchange) else exchanges:
        found = [breach for ruling in judge.judge(exchange).rulings for breach in ruling.breaches]
    return bool(found) and all(breach.unmet for breach in found)


def _worst(breaches: Iterable[Breach]) -> str:
    levels = {breach.level for breach in breaches}
    return "breaks SHOULD" if levels == {"SHOULD"} else "breaks"


def under(exchange: Exchange, **terms: Any) -> Exchange:
    """The same exchange under other terms."""
    return replace(exchange, terms=replace(exchange.terms, **terms))
