"""The table of scenarios: a row each. What a row can show is what the matrix of clients in the tests shows by it."""

from dataclasses import replace
from typing import Any, Final

from generations_contract.clients.scenario import EVERY, Act, Operation, Rule, Scenario
from generations_contract.gateway.call import Call
from generations_contract.gateway.hooks import Fault
from generations_contract.gateway.tampers import VARIANTS

# What may be broken in any scenario.
ALWAYS: Final = (
    "client.request-valid", "client.authorization", "client.key-stays-home", "client.stops-at-terminal",
    "client.reports-failure", "client.polite-polling", "client.honours-retry-after",
)  # fmt: skip


def _tamper(hook: str, tamper: Any, name: str) -> Fault:
    return Fault(name, name, frozenset(), {hook: (tamper,)})


def _variants(*names: str) -> tuple[Fault, ...]:
    return tuple(VARIANTS[name] for name in names)


def _several(_call: Call, asked: Any) -> Any:
    return asked.model_copy(update={"n": 3})


def _renewed(call: Call, document: dict[str, Any]) -> dict[str, Any]:
    """Each further answer that lists assets gives URLs of its own."""
    shown = call.memory[call.job.id] = call.memory.get(call.job.id, 0) + bool(document.get("output"))
    for entry in (document.get("output") or {}).get("media", ()):
        entry["url"] += f"&renewal={shown}"
    return document


def _unknown_code(_call: Call, document: dict[str, Any]) -> dict[str, Any]:
    error = document.get("error")
    return document if not error else {**document, "error": {**error, "code": "provider_overloaded"}}


def _without_message(_call: Call, document: dict[str, Any]) -> dict[str, Any]:
    error = document.get("error")
    return document if not error else {**document, "error": {**error, "message": ""}}


def _in_french(_call: Call, document: dict[str, Any]) -> dict[str, Any]:
    error = document.get("error")
    return (
        document if not error else {**document, "error": {**error, "message": "Le travail n'a pas abouti."}}
    )


def _on(operation: Operation, how: Any, first: int = 1, last: int | None = None, **act: Any) -> Rule:
    return Rule(operation, Act(how, **act), first, first if last is None else last)


def _refusal(name: str, status: int, code: str, message: str, sentence: str, **more: Any) -> Scenario:
    """A creation that is refused for good."""
    rule = _on("create", "refusal", 1, EVERY, status=status, code=code, message=message)
    return Scenario(name, sentence, ("client.retries-only-retryable",), rules=(rule,), **more)


_VIDEO: Final[dict[str, Any]] = {"modality": "video", "queued_s": 0.4, "running_s": 2.0}
_CUT: Final = ("client.resumes-after-cut",)
_TWICE: Final = ("client.no-duplicate-creation",)
_SLOW: Final = ("client.gives-window",)
_FAILED: Final = Scenario(
    "failed-policy",
    "The job fails: content_policy, as the resource says.",
    (),
    outcome="content_policy",
    pair="failed-policy",
)
_QUOTA: Final = _refusal(
    "quota", 402, "insufficient_quota", "The account is out of credit.",
    "The account has no credit.", pair="quota",
)  # fmt: skip
_POLICY: Final = _refusal(
    "policy", 422, "content_policy", "The provider rejected the prompt.",
    "The prompt is rejected at once.", pair="policy",
)  # fmt: skip
_ADDITIONS: Final = _variants(
    "members-beside", "progress-while-running", "usage-tells-more", "media-tell-more", "headers-beside",
    "nulls-left-out", "envelope-tells-more", "times-with-offset",
)  # fmt: skip

_TABLE: Final = (
    Scenario("plain", "A picture, done before the creation is answered.", (), pair="plain"),
    Scenario("video", "A clip: the creation is answered early, a poll waits for the end.", (), **_VIDEO),
    Scenario("queued-long", "A job is queued for long, then runs.", _SLOW, "video", 5.0, 1.5),
    Scenario(
        "minute-creation", "The creation is held for a whole minute, then the poll for a moment.", _SLOW,
        "image", 1.0, 60.6, deadline_s=85.0, patient=True,
    ),
    Scenario(
        "minute-poll", "A poll is held for a whole minute, its window elapses, the next one gets the end.", _SLOW,
        "video", 1.0, 61.2, deadline_s=85.0, patient=True,
    ),
    Scenario("poll-reset", "The first poll is cut by a reset.", _CUT,
             rules=(_on("fetch", "lost", after_s=0.4, made=True),), **_VIDEO),
    Scenario("poll-502-page", "The first poll is answered by a proxy's page, 502.", _CUT,
             rules=(_on("fetch", "page", status=502, after_s=0.2),), **_VIDEO),
    Scenario("poll-504-page", "The first poll is answered by a proxy's page, 504, after a while.", _CUT,
             rules=(_on("fetch", "page", status=504, after_s=1.0),), **_VIDEO),
    Scenario("poll-5xx", "Three polls are answered 500 in the envelope.", _CUT,
             rules=(_on("fetch", "refusal", 1, 3, status=500, code="internal_error", message="A bug."),), **_VIDEO),
    Scenario("creation-lost", "The job is made, and the answer to its creation is lost.", _TWICE,
             rules=(_on("create", "lost", after_s=0.4, made=True),)),
    Scenario("creation-502-page", "The job is made, and a proxy answers with a page, 502.", _TWICE,
             rules=(_on("create", "page", status=502, after_s=0.3, made=True),)),
    Scenario("creation-504-page", "The job is made, and a proxy answers with a page, 504.", _TWICE,
             rules=(_on("create", "page", status=504, after_s=1.0, made=True),)),
    Scenario("creation-500", "The creation is answered 500 in the envelope.", _TWICE,
             rules=(_on("create", "refusal", status=500, code="internal_error", message="A bug.", made=True),)),
    Scenario("failed-provider", "Every provider failed: 502 in the envelope, as the answer to the creation.", _TWICE,
             outcome="provider_unavailable", as_http=True),
    Scenario("creation-refused", "For the first two seconds nothing listens.", (), listens_after_s=2.0),
    Scenario("creation-503", "The creation is answered 503 before anything was made.", (),
             rules=(_on("create", "page", status=503, headers=(("Retry-After", "1"),)),)),
    Scenario("limited-creation", "The first creation is answered 429 with Retry-After: 2.", (),
             rules=(_on("create", "refusal", status=429, code="rate_limited", message="Slow down.",
                        headers=(("Retry-After", "2"),)),)),
    Scenario("limited-poll", "The first poll is answered 429 with Retry-After: 2.", (),
             rules=(_on("fetch", "refusal", status=429, code="rate_limited", message="Slow down.",
                        headers=(("Retry-After", "2"),)),), **_VIDEO),
    _refusal("invalid", 400, "invalid_input", "input.prompt: not for this model", "The input is refused."),
    _refusal("forbidden", 403, "model_unavailable", "Not enabled for your account.", "The model is not enabled.",
             pair="forbidden"),
    Scenario("bad-key", "The key is unknown.", ("client.retries-only-retryable",), bad_key=True),
    _QUOTA,
    _POLICY,
    _FAILED,
    Scenario("failed-timeout", "A poll is answered with a failed job: provider_timeout.", (),
             outcome="provider_timeout", **_VIDEO),
    Scenario("cancelled", "The provider cancels the job.", (), outcome="cancelled", **_VIDEO),
    replace(_FAILED, name="failed-in-french", sentence="The same failure, told in another language.",
            shows=("client.branches-on-code",), altered="messages",
            tampers=(_tamper("resource", _in_french, "in french"),)),
    replace(_FAILED, name="failed-without-message", sentence="The same failure, without a message.",
            shows=("client.branches-on-code",), altered="messages",
            tampers=(_tamper("resource", _without_message, "no message"),)),
    replace(_QUOTA, name="quota-reworded", sentence="No credit, in other words.",
            shows=("client.branches-on-code",), altered="messages",
            rules=(_on("create", "refusal", 1, EVERY, status=402, code="insufficient_quota",
                       message="Bitte laden Sie Ihr Konto auf."),)),
    replace(_POLICY, name="policy-reworded", sentence="The prompt is rejected, in other words.",
            shows=("client.branches-on-code",), altered="messages",
            rules=(_on("create", "refusal", 1, EVERY, status=422, code="content_policy",
                       message="Try something else, please."),)),
    replace(_FAILED, name="failed-unknown-code", sentence="The job fails with a code that nobody documented.",
            shows=("client.tolerates-additions",), altered="additions",
            tampers=(*_variants("error-tells-more"), _tamper("resource", _unknown_code, "unknown code"))),
    _refusal("unknown-code", 403, "region_blocked", "Not from here.", "The creation is refused with an unknown code.",
             pair="forbidden", altered="additions"),
    Scenario("additions", "Fields and headers beside the documented ones, and no nulls.",
             ("client.tolerates-additions",), pair="plain", altered="additions", tampers=_ADDITIONS),
    Scenario("several", "The job gives three pictures.", ("client.asset-in-time",),
             tampers=(_tamper("asked", _several, "three"),)),
    Scenario("dead-url", "The first URL has expired; a fetch gives a fresh one.", ("client.asset-in-time",),
             rules=(_on("download", "expired", 1, EVERY),), tampers=(_tamper("resource", _renewed, "renewed"),)),
    Scenario("redirect", "The media host redirects to another one.", (),
             rules=(_on("download", "redirect", 1, EVERY),)),
    Scenario("endless", "The job never ends.", ("client.outer-deadline",), "video", 1.0, 3000.0,
             deadline_s=9.0, patient=True),
    Scenario("silent", "A poll gets no answer at all, not even after its window.",
             ("client.outer-deadline",), "video", 1.0, 3000.0, deadline_s=55.0, grace_s=20.0, patient=True,
             rules=(_on("fetch", "silent", 1, EVERY),)),
    Scenario("crash", "The client is killed in a poll, and started again in its folder.",
             ("client.resumes-after-crash",), "video", 0.5, 5.0, auto_s=0.5, killed_in_fetch=True),
    Scenario("buffering", "A proxy buffers answers, and ends them by closing the connection.", (),
             rules=(_on("create", "buffered", 1, EVERY, after_s=0.2), _on("fetch", "buffered", 1, EVERY, after_s=0.2)),
             **_VIDEO),
    Scenario("closing", "Connections are closed after each answer, without a word.", (),
             rules=(_on("create", "closing", 1, EVERY), _on("fetch", "closing", 1, EVERY)), **_VIDEO),
    Scenario("heartbeat", "White space comes while a poll is held, then the body.", (),
             rules=(_on("create", "heartbeat", 1, EVERY), _on("fetch", "heartbeat", 1, EVERY)), **_VIDEO),
)  # fmt: skip
SCENARIOS: Final = {each.name: each for each in _TABLE}
# Without which nothing else is played.
FIRST: Final = "plain"
# Whose deadline may be chosen.
ENDLESS: Final = "endless"


def showing(clause_id: str) -> list[str]:
    """The scenarios that are about a clause; all of them where it may be broken anywhere."""
    about = [name for name, each in SCENARIOS.items() if clause_id in each.shows]
    return about if clause_id not in ALWAYS else list(SCENARIOS)
