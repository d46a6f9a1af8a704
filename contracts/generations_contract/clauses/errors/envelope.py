"""Section `errors`: one envelope, and codes and statuses that always go together.

What provokes a code lives in `causes.py`. Statuses of HTTP itself (405, 413,
415 …) are no part of the document's table, so only codes that it names are held to theirs.
"""

import re
from typing import Final

from generations_contract.api.schema import ERROR
from generations_contract.api.terms import EARLY_TOLERANCE_S
from generations_contract.api.vocabulary import (
    CODES_OF_STATUS,
    COMPLETED,
    FAILED,
    GENERATIONS_PATH,
    PROVIDER_CODES,
    STATUS_OF_CODE,
)
from generations_contract.clauses.facts.causes import cause
from generations_contract.clauses.facts.history import creation_of, outcome, provider_problem, seconds, shown
from generations_contract.clauses.facts.leaks import leak
from generations_contract.clauses.facts.schemas import refused_by_schema
from generations_contract.clauses.facts.windows import allowance_s, documented_window_s, pending
from generations_contract.exchange.exchange import Exchange
from generations_contract.judging.clause import MOOT, Breach, Earlier, Findings, Observation, alone, clause

# Refusals by the form of HTTP, not by what the document is about.
HTTP_STATUSES: Final = frozenset({405, 406, 408, 411, 413, 414, 415, 417, 421, 426, 428, 431, 501, 505})
# The answer to a cache that asks whether it may keep what it has: no error, and no body.
NOT_MODIFIED: Final = 304
PROVIDER_STATUSES: Final = sorted(
    {status for code, status in STATUS_OF_CODE.items() if code in PROVIDER_CODES and status > 500}
)
# A provider that gives up after exactly so long is no coincidence to be judged; shorter windows are.
LONGEST_TELLING_WINDOW_S: Final = 30.0
# What a person could tell to a support desk: a member or a header of such a name, or a text of such a form.
SUPPORT_HEADER: Final = re.compile(
    r"(x-)?([a-z]+-)*(request|trace|correlation|generation|ray|error)-?id|cf-ray|location", re.IGNORECASE
)
SUPPORT_ID: Final = re.compile(
    r'"(?:id|[a-z_]*(?:request|trace|generation|correlation|error|ticket|incident)_?id)"\s*:\s*"[^"]+"'
    r"|\b(?:gen|req|job|err|trace)[_-][A-Za-z0-9]{6,}|\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b",
    re.IGNORECASE,
)
SEARCHED_BYTES: Final = 4096


def _failing(exchange: Exchange) -> bool:
    return exchange.status is not None and exchange.status >= 400


def _instead_of_resource(exchange: Exchange) -> bool:
    resource = exchange.resource
    return (
        resource is not None
        and isinstance(resource.get("error"), dict)
        and not {"id", "status"} & resource.keys()
    )


def _unmodified(exchange: Exchange) -> bool:
    """Whether this is the 304, without any body, that the request asked for."""
    asked = exchange.request.headers
    return exchange.status == NOT_MODIFIED and any(map(asked.get, ("if-none-match", "if-modified-since")))


@clause(
    "errors.envelope",
    "MUST",
    says="errors share the unified envelope",
    by=alone,
    when=lambda exchange: (
        ((exchange.status or 0) >= 300 and not _unmodified(exchange)) or _instead_of_resource(exchange)
    ),
)
def envelope(exchange: Exchange, _earlier: Earlier) -> Findings:
    """`{"error": {"code", "message"}}` with texts that are not empty; and never under a 2xx.

    A redirect is no 2xx either: the document has none, and no client of an API follows one with a key.
    """
    if exchange.ok:
        yield Breach("a generation in a 2xx", f"{exchange.status} with the error envelope")
        return
    problem = exchange.problem
    if problem is None:
        yield Breach('{"error": {"code", "message"}}', f"{exchange.status} without it")
        return
    for name in ("code", "message"):
        value = problem.get(name)
        if not isinstance(value, str) or not value.strip():
            yield Breach(f"error.{name} a text", shown(value))


@clause(
    "errors.schema",
    "MUST",
    says="errors share the unified envelope, as the error schema has it",
    by=alone,
    when=lambda exchange: _failing(exchange) and exchange.problem is not None,
)
def whole_schema(exchange: Exchange, _earlier: Earlier) -> Findings:
    """The whole schema; of code and message `errors.envelope` tells."""
    yield from refused_by_schema(exchange, "errors.schema", ERROR)


@clause(
    "errors.code-status",
    "MUST",
    says="error.code and HTTP status, as the table pairs them",
    by=alone,
    when=lambda exchange: _failing(exchange) and exchange.code is not None,
)
def code_status(exchange: Exchange, _earlier: Earlier) -> Findings:
    """Both ways: a documented status has its code, a documented code has its status."""
    status, code = exchange.status or 0, exchange.code or ""
    expected = CODES_OF_STATUS.get(status, ())
    if expected and code not in expected:
        yield Breach(f"{status} with {' or '.join(expected)}", f"{status} with {shown(code)}")
    elif not expected and code in STATUS_OF_CODE and status not in HTTP_STATUSES:
        yield Breach(f"{code} with {STATUS_OF_CODE[code]}", f"{code} with {status}")
    elif not expected and (status in HTTP_STATUSES or code not in STATUS_OF_CODE):
        yield MOOT


@clause(
    "errors.elapsed-is-not-an-error",
    "MUST",
    says="if wait elapses without a terminal status, you get the same shape",
    timing=True,
    when=lambda exchange: (
        (documented_window_s(exchange) or 0) > EARLY_TOLERANCE_S
        or (exchange.kind == "fetch" and exchange.state is not None)
    ),
)
def elapsed_is_not_an_error(exchange: Exchange, earlier: Earlier) -> Findings:
    """At the window's end there is a 2xx with the resource.

    A provider's failure may fall on that moment: it is held against the gateway where the generation turns
    out alive later, or where a window well below any provider's patience ends in 504.
    """
    window = documented_window_s(exchange) or 0
    elapsed = window > EARLY_TOLERANCE_S and exchange.elapsed_s >= _due_s(exchange)
    if not elapsed and exchange.kind == "create":
        yield MOOT
        return
    alive = _alive_after_error(exchange, earlier)
    if alive is not None:
        yield Breach(
            f"2xx at the end of {seconds(documented_window_s(alive) or 0)}", outcome(alive), (alive,)
        )
    if not elapsed:
        if alive is None:
            yield MOOT
    elif _error_for_elapsed(exchange, window) and _unexplained(exchange, earlier):
        yield Breach(f"2xx with the resource when {seconds(window)} elapsed", outcome(exchange))
    elif not exchange.ok:
        yield MOOT


def _due_s(exchange: Exchange) -> float:
    return (documented_window_s(exchange) or 0) - EARLY_TOLERANCE_S


def _unexplained(exchange: Exchange, earlier: Earlier) -> bool:
    """Whether no cause of an error is known: neither a named one, nor a stranger, nor an unknown id."""
    created = creation_of(exchange, earlier)
    return created is not None and created.account == exchange.account and cause(created) is None


def _error_for_elapsed(exchange: Exchange, window: float) -> bool:
    """Whether an error at the window's end can only mean that the window elapsed."""
    status = exchange.status
    if exchange.elapsed_s > window + allowance_s(exchange) or cause(exchange) is not None:
        return False
    if status == 504 and exchange.code == "provider_timeout":
        return window <= LONGEST_TELLING_WINDOW_S
    if status in (408, 504) or (exchange.ok and exchange.resource is None):
        return True
    return exchange.kind == "fetch" and status in (404, 409, 410, 425)


def _alive_after_error(exchange: Exchange, earlier: Earlier) -> Exchange | None:
    """The latest poll that ended with its window, in a provider's error, though the generation lived on."""
    if not (pending(exchange) or exchange.state == COMPLETED) or earlier.first(provider_problem) is None:
        return None
    return earlier.last(
        lambda each: (
            provider_problem(each)
            and (documented_window_s(each) or 0) > EARLY_TOLERANCE_S
            and _due_s(each) <= each.elapsed_s <= (documented_window_s(each) or 0) + allowance_s(each)
        )
    )


@clause(
    "errors.failed-resource",
    "MUST",
    says="error is present on status failed: {code, message}, see error codes",
    when=lambda exchange: (
        exchange.state == FAILED or (exchange.kind == "fetch" and provider_problem(exchange))
    ),
)
def failed_resource(exchange: Exchange, earlier: Earlier) -> Findings:
    """The code that the cause has in the table, where the profile names one; else the code seen before.

    The same on POST and on GET, in the resource and as an HTTP error.
    """
    created = creation_of(exchange, earlier)
    expected = cause(created) if created else None
    before = None
    if expected is None:
        before = earlier.last(lambda each: each.state == FAILED or provider_problem(each))
        expected = before.code if before else None
    if expected is None:
        yield MOOT
    elif exchange.code != expected:
        yield Breach(
            f"error.code {expected}", f"error.code {shown(exchange.code)}", (before,) if before else ()
        )


@clause(
    "errors.no-server-error",
    "MUST",
    says="internal_error, 500: bug on our side",
    by=alone,
    when=lambda exchange: exchange.response is not None,
)
def no_server_error(exchange: Exchange, _earlier: Earlier) -> Findings:
    """No 5xx but 502 `provider_unavailable` and 504 `provider_timeout`; and no generation that fails like a 500.

    A 502 or 504 of the gateway that only lacks the envelope is `errors.envelope`'s.
    """
    if exchange.state == FAILED and exchange.code == "internal_error":
        yield Breach(
            "no generation that fails with internal_error", f"{outcome(exchange)} with internal_error"
        )
    status = exchange.status or 0
    if status >= 500 and not (
        status in PROVIDER_STATUSES and (exchange.problem is None or exchange.code in PROVIDER_CODES)
    ):
        besides = " and ".join(map(str, PROVIDER_STATUSES))
        yield Breach(f"no 5xx besides {besides} of the provider", outcome(exchange))


@clause(
    "errors.support-id",
    "OPEN",
    says="internal_error: open a support ticket with the id",
    by=alone,
    when=lambda exchange: (exchange.status or 0) >= 500,
)
def support_id(exchange: Exchange, _earlier: Earlier) -> Findings:
    """Where one is named: in the body, in a header, or nowhere."""
    headers = exchange.response.headers if exchange.response else ()
    in_header = any(SUPPORT_HEADER.fullmatch(name) and value.strip() for name, value in headers)
    body = exchange.response.body[:SEARCHED_BYTES].decode("utf-8", "replace") if exchange.response else ""
    told = "an id in the body" if SUPPORT_ID.search(body) else "an id in a header" if in_header else "no id"
    yield Observation(f"a {exchange.status}", f"names {told}")


@clause(
    "errors.other-paths",
    "OPEN",
    says="what other methods and paths answer",
    on=("other",),
    by=alone,
    when=lambda exchange: exchange.response is not None,
)
def other_paths(exchange: Exchange, _earlier: Earlier) -> Findings:
    """One subject per method and path; ids do not make paths differ."""
    path = exchange.request.path.partition("?")[0]
    if path.startswith(f"{GENERATIONS_PATH}/") and len(path) > len(GENERATIONS_PATH) + 1:
        path = f"{GENERATIONS_PATH}/{{id}}"
    told = f"{exchange.status} {exchange.code}" if exchange.code else str(exchange.status)
    yield Observation(f"{exchange.request.method[:20]} {path[:60]}", told[:60])


@clause(
    "errors.no-leak",
    "SHOULD",
    says="no error carries a stack trace, a file path or HTML",
    on=("create", "fetch", "other"),
    by=alone,
    when=lambda exchange: _failing(exchange) or exchange.state == FAILED,
)
def no_leak(exchange: Exchange, _earlier: Earlier) -> Findings:
    """What the request itself said may come back in a message."""
    found = leak(exchange)
    if found is not None:
        yield Breach("a message for the caller only", f"{found[0]}: {shown(found[1])}")
