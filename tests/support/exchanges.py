"""What the tests of the core share: a target, exchanges in one line, and clauses that say what they are told.

Nothing here replaces code of the suite: exchanges, clauses and targets are made by their own constructors.
"""

import json
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

from hypothesis import settings

from generations_contract.api.target import Target
from generations_contract.api.terms import Terms
from generations_contract.exchange.exchange import Exchange, Headers, Kind, Request, Response
from generations_contract.judging.clause import Clause, Finding, Level, Ruling
from tests import ROOT

# A busy machine makes single examples slow, which says nothing about the code.
STEADY: Final = settings(deadline=None, max_examples=150)

ORIGIN: Final = "https://gateway.test"
ENVIRONMENT: Final = {
    "GATEWAY_API_KEY": "zt_main_Q7m2XvT9kRLw4BsH",
    "GATEWAY_OTHER_KEY": "zt_other_d5JnY8cPzF3eGTua",
    "GATEWAY_EXHAUSTED_KEY": "zt_exhausted_W6brK1qMxS0vNdhC",
    "GATEWAY_LIMITED_KEY": "zt_limited_f9LtZ4oUyA7iEgVp",
}
KEY: Final = ENVIRONMENT["GATEWAY_API_KEY"]
EXAMPLE_PROFILE: Final = ROOT / "contracts" / "examples" / "staging.toml"
MINIMAL_PROFILE: Final = f'[target]\nbase_url = "{ORIGIN}"\n[models]\nimage = "flux-1.1-pro"\n'


def example_target(nonce: str = "") -> Target:
    """The target of the example profile, with a key for every account."""
    return Target.load(EXAMPLE_PROFILE, ENVIRONMENT, nonce)


def answered(
    body: Mapping[str, Any] | bytes | None = None,
    *,
    status: int = 200,
    sent: Mapping[str, Any] | bytes = b"",
    kind: Kind = "fetch",
    path: str = "/v1/generations/gen_1",
    at: tuple[float, float] = (0.0, 1.0),
    headers: Mapping[str, str] | None = None,
    terms: Terms | None = None,
    **rest: Any,
) -> Exchange:
    """An exchange that was answered; `at` is (sent_at, answered_at), `path` may have a query."""
    address, _, query = path.partition("?")
    method = "POST" if kind == "create" else "GET"
    return Exchange(
        kind,
        Request(method, ORIGIN + path, address, query, Headers(), _bytes(sent)),
        *at,
        response=Response(status, Headers(tuple((headers or {}).items())), _bytes(body or b"")),
        terms=terms or Terms(),
        **rest,
    )


def resource(state: str = "running", generation_id: str = "gen_1", **members: Any) -> dict[str, Any]:
    """A generation as the API shows it."""
    return {"id": generation_id, "object": "generation", "status": state, "model": "flux-1.1-pro"} | members


def saying(
    clause_id: str,
    check: Callable[[Exchange], Iterable[Finding]] = lambda _: (),
    *,
    level: Level = "MUST",
    timing: bool = False,
) -> Clause:
    """A clause that applies to every exchange of the two operations and finds what `check` finds."""
    return Clause(
        clause_id,
        level,
        f"The sentence of {clause_id}.",
        frozenset({"create", "fetch"}),
        lambda _: True,
        lambda exchange, _: check(exchange),
        timing=timing,
    )


def ruling(clause: Clause, exchange: Exchange, *findings: Finding) -> Ruling:
    """What a clause said of an exchange."""
    return Ruling(clause, exchange, findings)


def _bytes(body: Mapping[str, Any] | bytes) -> bytes:
    return body if isinstance(body, bytes) else json.dumps(body).encode()
