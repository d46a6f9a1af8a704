"""Sections `errors` and `headers`: the envelope, the codes and who causes them, what header fields say."""

from dataclasses import replace
from typing import Any

import pytest

from generations_contract.exchange.exchange import Headers
from tests.clauses.stories import (
    FAILING,
    IMAGE,
    REJECTED,
    RESTRICTED,
    STALLED,
    body,
    get,
    post,
    resource,
    story,
    verdict,
)


def failed(code: str, model: str = IMAGE) -> dict[str, Any]:
    """A failed resource with a code."""
    return resource("failed", model=model, error={"code": code, "message": "It failed."})


def error(code: Any = "not_found", message: Any = "No.", **more: Any) -> dict[str, Any]:
    """The envelope."""
    return {"error": {"code": code, "message": message, **more}}


ROWS: list[tuple[str, Any, str]] = [
    ("errors.envelope", "404", "holds"),
    ("errors.envelope", (404, error(param="id", request_id="r")), "holds"),
    ("errors.envelope", (404, error(param=None)), "holds"),
    ("errors.envelope", (418, error("teapot")), "holds"),
    ("errors.envelope", (404, error(code="")), "breaks"),
    ("errors.envelope", (404, error(message=None)), "breaks"),
    ("errors.envelope", (404, error(code=404)), "breaks"),
    ("errors.envelope", (404, {"error": "not_found"}), "breaks"),
    ("errors.envelope", (404, {"detail": "Not Found"}), "breaks"),
    ("errors.envelope", (404, {"code": "not_found", "message": "No."}), "breaks"),
    ("errors.envelope", (502, b"<html>Bad Gateway</html>"), "breaks"),
    ("errors.envelope", (404, b""), "breaks"),
    ("errors.envelope", (200, error()), "breaks"),
    ("errors.envelope", "failed", "silent"),
    ("errors.envelope", (302, b""), "breaks"),
    ("errors.envelope", (304, b""), "breaks"),
    ("errors.code-status", "404", "holds"),
    ("errors.code-status", "404:missing", "breaks"),
    ("errors.code-status", "400:validation_error", "breaks"),
    ("errors.code-status", "422:invalid_input", "breaks"),
    ("errors.code-status", "409:invalid_input", "breaks"),
    ("errors.code-status", "503:provider_unavailable", "breaks"),
    ("errors.code-status", "500:provider_timeout", "breaks"),
    ("errors.code-status", "405:invalid_input", "silent"),
    ("errors.code-status", "405:method_not_allowed", "silent"),
    ("errors.code-status", "503:overloaded", "silent"),
    ("errors.code-status", (404, {"error": "x"}), "silent"),
    ("errors.no-server-error", "404", "holds"),
    ("errors.no-server-error", "502", "holds"),
    ("errors.no-server-error", "504", "holds"),
    ("errors.no-server-error", (502, b"<html>"), "holds"),
    ("errors.no-server-error", "500", "breaks"),
    ("errors.no-server-error", "502:oops", "breaks"),
    ("errors.no-server-error", "503:busy", "breaks"),
    ("errors.no-server-error", "501:odd", "breaks"),
    ("errors.no-server-error", "timeout", "silent"),
    ("errors.rate-limited", "429", "holds"),
    ("errors.rate-limited", "429:slow_down", "breaks"),
    ("errors.rate-limited", (429, b"slow"), "silent"),
    ("errors.no-leak", "404", "holds"),
    ("errors.no-leak", (500, b"Traceback (most recent call last):\n  File"), "breaks"),
    ("errors.no-leak", (500, error(message='File "/srv/app/main.py", line 12')), "breaks"),
    ("errors.no-leak", (500, error(message="at com.acme.Api.create(Api.java:41)")), "breaks"),
    ("errors.no-leak", (500, error(message="at handle (/app/server.js:10:5)")), "breaks"),
    ("errors.no-leak", (500, error(message="in /usr/src/app/generate.py")), "breaks"),
    ("errors.no-leak", (500, error(message="open /etc/gateway/keys: denied")), "breaks"),
    ("errors.no-leak", (502, b"<!DOCTYPE html><html><body>502</body></html>"), "breaks"),
    ("errors.no-leak", failed("internal_error") | {"error": {"code": "x", "message": "panic: /srv/a/b.go"}}, "breaks"),
    ("errors.no-leak", (400, error(message="see https://docs.example/errors/index.js or /v1/generations")), "holds"),
    ("errors.no-leak", (400, error(message="expected and/or got n/a; n must be 1-10 (at most)")), "holds"),
    ("errors.no-leak", "completed", "silent"),
    ("headers.retry-after", get("running", 5, headers={"Retry-After": "0"}), "holds"),
    ("headers.retry-after", get("running", 5, headers={"Retry-After": "Wed, 21 Oct 2026 07:28:00 GMT"}), "holds"),
    *[
        ("headers.retry-after", get("running", 5, headers={"Retry-After": wrong}), "breaks")
        for wrong in (..., "-1", "1.5", "soon", "", "1s")
    ],
    ("headers.retry-after", get("running", 0, headers={"Retry-After": ...}), "breaks SHOULD"),
    ("headers.retry-after", get("running", headers={"Retry-After": ...}), "breaks SHOULD"),
    ("headers.retry-after", post("queued", headers={"Retry-After": ...}), "breaks SHOULD"),
    ("headers.retry-after", post("queued", body(), headers={"Retry-After": ...}), "breaks"),
    ("headers.retry-after", get("completed", headers={"Retry-After": ...}), "silent"),
    *[
        ("headers.cache-terminal", get("completed", headers={"Cache-Control": fine}), "holds")
        for fine in ("private, max-age=60", "max-age=60,private", 'PRIVATE , Max-Age="60", immutable')
    ],
    *[
        ("headers.cache-terminal", get("failed", headers={"Cache-Control": wrong}), "breaks")
        for wrong in (..., "private", "max-age=60", "public, max-age=60", "private, max-age=60, no-store",
                      "private, max-age=600", "private, public, max-age=60", "private, max-age=x", "no-store")
    ],
    ("headers.cache-terminal", post("completed", headers={"Cache-Control": "no-store"}), "breaks SHOULD"),
    ("headers.cache-non-terminal", get("running", headers={"Cache-Control": "No-Store, private"}), "holds"),
    ("headers.cache-non-terminal", get("running", headers={"Cache-Control": "no-cache"}), "breaks"),
    ("headers.cache-non-terminal", get("queued", headers={"Cache-Control": ...}), "breaks"),
    ("headers.cache-non-terminal", post("queued", headers={"Cache-Control": ...}), "breaks SHOULD"),
    ("headers.rate-limit", "429", "holds"),
    ("headers.rate-limit", get("429", headers={"Retry-After": ...}), "breaks"),
    ("headers.rate-limit", get("429", headers={"Retry-After": "-1"}), "breaks"),
    # what the profile names, and what it then provokes
    ("errors.insufficient-quota", post("402", account="exhausted"), "holds"),
    *[("errors.insufficient-quota", post(w, account="exhausted"), "breaks") for w in ("queued", "403", "402:poor")],
    *[("errors.insufficient-quota", post(w, account="exhausted"), "silent") for w in ("429", "401", "reset")],
    ("errors.insufficient-quota", post("402"), "silent"),
    ("errors.insufficient-quota", post("400", body(n=11), account="exhausted"), "silent"),
    ("errors.insufficient-quota", post("403", body(RESTRICTED), account="exhausted"), "silent"),
    ("errors.model-unavailable", post("403", body(RESTRICTED)), "holds"),
    *[("errors.model-unavailable", post(w, body(RESTRICTED)), "breaks") for w in ("queued", "404", "403:no", "400")],
    *[("errors.model-unavailable", post(w, body(RESTRICTED)), "silent") for w in ("429", "402", "timeout")],
    ("errors.model-unavailable", post("queued", body(RESTRICTED), account="other"), "silent"),
    ("errors.content-policy", post("422", body(prompt=REJECTED)), "holds"),
    ("errors.content-policy", post(failed("content_policy"), body(prompt=REJECTED)), "holds"),
    *[
        ("errors.content-policy", post(wrong, body(prompt=REJECTED)), "breaks")
        for wrong in ("completed", "400", "500", failed("internal_error"), "422:refused")
    ],
    *[("errors.content-policy", post(w, body(prompt=REJECTED)), "silent") for w in ("queued", "429", "402")],
    ("errors.content-policy", post("cancelled", body(prompt=REJECTED)), "breaks"),
    ("errors.content-policy", post("422"), "silent"),
    ("errors.provider-unavailable", post("502", body(FAILING)), "holds"),
    ("errors.provider-unavailable", post("504", body(FAILING)), "breaks"),
    ("errors.provider-unavailable", post("500", body(FAILING)), "breaks"),
    ("errors.provider-unavailable", post("400", body(FAILING)), "silent"),
    ("errors.provider-unavailable", post(resource("completed", model=FAILING), body(FAILING)), "breaks"),
    ("errors.provider-unavailable", post((502, b"<html>"), body(FAILING)), "silent"),
    ("errors.provider-timeout", post("504", body(STALLED)), "holds"),
    ("errors.provider-timeout", post("502", body(STALLED)), "breaks"),
]  # fmt: skip


def test_304_that_was_asked_for_has_no_envelope() -> None:
    """A caching client's conditional GET is answered without any body."""
    asked = get((304, b""))
    request = replace(asked.request, headers=Headers((("If-None-Match", "x"),)))
    assert verdict("errors.envelope", replace(asked, request=request)) == "silent"


@pytest.mark.parametrize(("clause_id", "answer", "expected"), ROWS)
def test_single_answer_is_judged(clause_id: str, answer: Any, expected: str) -> None:
    """One exchange (or one answer to a plain GET), one word of the clause."""
    exchange = answer if hasattr(answer, "request") else get(answer)
    assert verdict(clause_id, exchange) == expected


@pytest.mark.parametrize(
    ("clause_id", "sent", "code", "model"),
    [
        ("errors.content-policy", body(prompt=REJECTED), "content_policy", IMAGE),
        ("errors.provider-unavailable", body(FAILING), "provider_unavailable", FAILING),
        ("errors.provider-timeout", body(STALLED), "provider_timeout", STALLED),
    ],
)
def test_poll_shows_the_end_that_the_creation_provoked(
    clause_id: str, sent: Any, code: str, model: str
) -> None:
    """A failed resource with the code holds; another end breaks; a non-terminal one exercises nothing."""
    first = post(resource("queued", model=model), sent)
    for clause in (clause_id, "errors.failed-resource"):
        assert verdict(clause, [first, get(failed(code, model), at=1)]) == "holds"
        assert verdict(clause, [first, get(failed("internal_error", model), at=1)]) == "breaks"
        assert verdict(clause, [first, get(resource("running", model=model), at=1)]) == "silent"
    assert verdict(clause_id, [first, get(resource("completed", model=model), at=1)]) == "breaks"
    assert verdict(clause_id, [first, get("404", at=1)]) == "silent"
    assert verdict(clause_id, [post("queued"), get(failed(code), at=1)]) == "silent"


def test_failure_has_one_code_wherever_it_shows() -> None:
    """On POST, on GET and as HTTP error; the first one seen is compared with nothing."""
    clause_id = "errors.failed-resource"
    assert verdict(clause_id, [post("queued"), get("failed", at=1)]) == "silent"
    assert verdict(clause_id, [post("queued"), get("504", at=1), get("failed", at=2)]) == "holds"
    assert verdict(clause_id, [post("queued"), get("502", at=1), get("failed", at=2)]) == "breaks"
    assert verdict(clause_id, [post("failed"), get(failed("internal_error"), at=1)]) == "breaks"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("+queued@0-0 running@0-5/w5", "holds"),
        ("+queued@0-0 completed@0-5/w5", "holds"),
        ("+queued@0-0 504:timeout@0-5/w5", "breaks"),
        ("+queued@0-0 504@0-5/w5", "breaks"),
        ("+queued@0-0 504@0-60", "silent"),
        ("+queued@0-0 504@0-60 running@61-61/w0", "breaks"),
        ("+queued@0-0 502@0-60 completed@61-61/w0", "breaks"),
        ("+queued@0-0 502@0-40 completed@61-61/w0", "silent"),
        ("+queued@0-0 504@0-60 failed@61-61/w0", "silent"),
        ("+queued@0-0 408:late@0-60", "breaks"),
        ("+queued@0-0 404@0-5/w5", "breaks"),
        ("+queued@0-0 404@0-5/w5/by=other", "silent"),
        ("404@0-5/w5/never", "silent"),
        ("+queued@0-0 429@0-5/w5", "silent"),
        ("+504@0-5/w5", "breaks"),
        ("+504@0-5/w5/model=stalled-provider", "silent"),
        ("+504@0-3/w5", "silent"),
        ("+408:late@0-60/w60", "breaks"),
        ("+queued@0-0 abandoned@0-5/w5", "silent"),
    ],
)
def test_elapsed_window_is_no_error(text: str, expected: str) -> None:
    """An error at the window's end breaks where nothing else explains it, or the generation lives on."""
    assert verdict("errors.elapsed-is-not-an-error", story(text)) == expected


def test_message_may_repeat_what_was_sent() -> None:
    """What also stands in the request is no leak."""
    prompt = 'File "/srv/app/main.py", line 12 <html> /etc/passwd'
    assert (
        verdict("errors.no-leak", post((400, error(message=f"bad prompt: {prompt}")), body(prompt=prompt)))
        == "holds"
    )
    assert verdict("errors.no-leak", post((400, error(message=f"bad prompt: {prompt}")))) == "breaks"


def test_retry_after_of_a_limit_is_true() -> None:
    """Only the limited account, whose one caller this is, can show that it is not."""

    def calls(*ats: float, by: str = "limited") -> str:
        return verdict("headers.rate-limit", [get("429", 0, at=at, account=by) for at in ats])

    assert calls(0, 0.5) == "holds"
    assert calls(0, 1.1) == "breaks SHOULD"
    assert calls(0, 1.1, by="main") == "holds"
    between = [
        get("429", 0, account="limited"),
        get("404", 0, at=1.05, account="limited"),
        get("429", 0, at=1.1, account="limited"),
    ]
    assert verdict("headers.rate-limit", between) == "holds"


def test_other_paths_are_recorded() -> None:
    """By method and path, ids left out."""
    call = replace(get("405:method_not_allowed"), kind="other")
    call = replace(call, request=replace(call.request, method="DELETE"))
    assert verdict("errors.other-paths", call) == "DELETE /v1/generations/{id}: 405 method_not_allowed"
    assert verdict("errors.no-server-error", replace(call, kind="fetch")) == "holds"
