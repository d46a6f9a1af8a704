"""The lies the reference gateway can tell, one decorated function each, and the clauses that each one breaks.

A fault is a realistic mistake of a backend team, consistent in all else: rather a true snapshot of the
wrong moment than an edited field. `seams` says where it can attach and what it is given; nothing of the
core is changed for a fault. Ids of clauses stand here as text: the gateway never imports a clause.
"""

import json
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from contracts.gateway.jobs import Job
from contracts.gateway.seams import FAULTS, VARIANTS, Call, fault, variant
from contracts.gateway.wire import Reply
from contracts.vocabulary import CANCELLED, INPUT_KEYS, TOP_LEVEL_KEYS

__all__ = ["FAULTS", "VARIANTS"]  # the registries, filled

Headers = list[tuple[str, str]]


def _only(keys: Iterable[str], document: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in document.items() if key in keys}


@fault("unknown-key-dropped", breaks={"strict.top-level", "strict.every-modality"}, at="document")
def unknown_key_dropped(_: Call, document: Any) -> Any:
    """Unknown top-level keys are dropped without a word."""
    return _only(TOP_LEVEL_KEYS, document) if isinstance(document, dict) else document


@fault("unknown-input-key-dropped", breaks={"strict.nested", "strict.every-modality"}, at="document")
def unknown_input_key_dropped(_: Call, document: Any) -> Any:
    """Unknown keys under input are dropped without a word."""
    if isinstance(document, dict) and isinstance(document.get("input"), dict):
        return {**document, "input": _only(INPUT_KEYS, document["input"])}
    return document


@fault("poll-answers-at-window-end", breaks={"wait.wakes", "wait.terminal-at-once"}, at="answer_at")
def poll_answers_at_window_end(call: Call, due: float) -> float:
    """A held GET is answered when its window closes, even if the job ended long before."""
    return call.now + (call.wait_s or 0) if call.operation == "fetch" else due


@fault("third-poll-is-stale", breaks={"lifecycle.forward-only", "lifecycle.terminal-final"}, at="moment")
def third_poll_is_stale(call: Call, moment: float) -> float:
    """The third poll of a generation is answered by a replica that lags behind by a minute."""
    return max(call.job.created_at, moment - 60) if call.nth_poll == 3 else moment


@fault("dropped-poll-cancels", breaks={"lifecycle.resumable"}, at="dropped")
def dropped_poll_cancels(call: Call, job: Job) -> Job:
    """When the poller hangs up, the job is cancelled with it."""
    if job.ends_at <= call.now:
        return job
    return replace(job, ends_at=call.now, ends_as=CANCELLED, assets=(), cost_usd=0.0)


@fault("terminal-not-cacheable", breaks={"headers.cache-terminal"}, at="headers")
def terminal_not_cacheable(call: Call, headers: Headers) -> Headers:
    """Every GET says no-store, the final ones too."""
    if call.operation != "fetch":
        return headers
    return [(k, "no-store") if k == "Cache-Control" else (k, v) for k, v in headers]


@variant("created-is-201", at="reply")
def created_is_201(call: Call, reply: Reply) -> Reply:
    """POST answers 201 instead of 200."""
    return replace(reply, status=201) if call.operation == "create" and reply.status == 200 else reply


@variant("pretty-json", at="reply")
def pretty_json(_: Call, reply: Reply) -> Reply:
    """JSON comes indented."""
    return replace(reply, body=json.dumps(json.loads(reply.body), indent=2).encode())
