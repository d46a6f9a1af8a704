"""`report.html`: one self-contained page that a person reads, on a phone or a desk, by day or by night.

The page is a template on the frame of `forms.html`. What is said here is in `json.document`; nothing is judged.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from itertools import groupby
from typing import Any

from markupsafe import Markup

from generations_contract.api.schema_files import OWN
from generations_contract.exchange.exchange import Exchange
from generations_contract.forms.html import template
from generations_contract.judging.verdict import FAILING
from generations_contract.recordings.codec import from_dict
from generations_contract.report.json import unbilled
from generations_contract.report.snippet import pytest_file
from generations_contract.report.timeline import picture

_SHOWN_BREACHES = 3
_SHOWN_BODY = 4000
_SIGNS = {"held": "✓", "broken": "✕", "unmet": "?", "waived": "~", "not exercised": "·"}
_TITLES = {
    "passed": "The contract holds",
    "broken": "The contract is broken",
    "unmet": "What was promised did not come",
    "failed": "No clause is broken, but the run failed",
    "interrupted": "The run was interrupted",
    "inconclusive": "The run is inconclusive",
    "unusable": "The target cannot be used",
}


def document(content: Mapping[str, Any], exchanges: Iterable[Mapping[str, Any]] = ()) -> str:
    """The run (`json.document`) as a page; `exchanges`: all of the run, the surroundings of each breach."""
    around = _by_generation(exchanges)
    clauses = content["clauses"]
    return template("generations_contract.report", "report.html.j2").render(
        run=content,
        title=_TITLES[content["outcome"]],
        own=OWN,
        signs=_SIGNS,
        broken=[_broken(clause, around) for clause in clauses if clause["state"] in FAILING],
        waived=[clause for clause in clauses if clause["state"] == "waived"],
        missing=_missing(clauses),
        observed=[clause for clause in clauses if clause["observed"]],
        notes=[note for clause in clauses if clause["state"] not in FAILING for note in clause["notes"]],
        unbilled=unbilled(content),
        sections=[
            (name, list(members)) for name, members in groupby(clauses, key=lambda each: each["section"])
        ],
        cost=_cost(content),
        scenarios=[
            # Numbers and escaped text only, see `timeline`.
            {**each, "picture": Markup(picture(each["exchanges"], ()))}  # noqa: S704
            for each in content.get("scenarios", ())
        ],
    )


def _broken(clause: Mapping[str, Any], around: Mapping[str, list[Mapping[str, Any]]]) -> dict[str, Any]:
    counted = [breach for breach in clause["breaches"] if not breach["waived"]]
    # Different breaches tell more than the same one again; the first stays first.
    different = {breach["fingerprint"]: breach for breach in reversed(counted)}
    chosen = list(reversed(different.values()))[:_SHOWN_BREACHES]
    return {
        **clause,
        "shown": [_breach(breach, around) for breach in chosen],
        "times": clause["broken"] + clause["unmet"],
        "hidden": clause["broken"] + clause["unmet"] - len(chosen),
    }


def _breach(breach: Mapping[str, Any], around: Mapping[str, list[Mapping[str, Any]]]) -> dict[str, Any]:
    ids = dict.fromkeys(_generation_of(each) for each in breach["exchanges"])
    others = [other for one in ids if one for other in around.get(one, [])]
    return {
        **breach,
        # Numbers and escaped text only, see `timeline`.
        "picture": Markup(picture(breach["exchanges"], others)),  # noqa: S704
        "snippet": "" if "mend" in breach else pytest_file(breach, others),
        "dialogue": [_dialogue(each) for each in breach["exchanges"][-6:]],
    }


def _dialogue(document: Mapping[str, Any]) -> dict[str, Any]:
    """An exchange as text: what was sent, what came back, when."""
    exchange = from_dict(document)
    request, response = exchange.request, exchange.response
    failure = exchange.failure
    return {
        "when": f"{exchange.sent_at:.3f} – {exchange.answered_at:.3f} s",
        "asked": f"{request.method} {request.url}",
        "sent": [*(f"{name}: {value}" for name, value in request.headers), *_body(request.body)],
        "came": f"{response.status}"
        if response
        else f"no answer: {failure.kind} {failure.detail}"
        if failure
        else "",
        "answer": [*(f"{name}: {value}" for name, value in response.headers), *_body(response.body)]
        if response
        else [],
    }


def _body(body: bytes) -> Sequence[str]:
    """A body as lines: JSON laid out, text as it is, anything else by its size."""
    if not body:
        return []
    try:
        lines = json.dumps(json.loads(body), indent=2, ensure_ascii=False).split("\n")
    except (ValueError, RecursionError):
        text = body[: _SHOWN_BODY * 4].decode("utf-8", "replace")
        lines = text.split("\n") if "\ufffd" not in text else [f"({len(body)} bytes that are no text)"]
    shown = "\n".join(lines)[:_SHOWN_BODY].split("\n")
    return [
        "",
        *shown,
        *(["… (cut; the rest is in verdicts.json)"] if len("\n".join(lines)) > _SHOWN_BODY else []),
    ]


def _missing(clauses: Iterable[Mapping[str, Any]]) -> list[tuple[str, list[str]]]:
    """(reason, ids of the clauses not exercised for it), so that a reason is read once."""
    found: dict[str, list[str]] = {}
    for clause in clauses:
        if clause["state"] == "not exercised":
            reason = "; ".join(clause["reasons"][:3]) or "no probe of this run was about it"
            required = "required, and: " if clause["required"] else ""
            found.setdefault(required + reason, []).append(clause["id"])
    return sorted(found.items(), key=lambda each: -len(each[1]))


def _cost(content: Mapping[str, Any]) -> list[tuple[str, int, float]]:
    made, cost = content["generations"], content["cost_usd"]
    return [(section, made.get(section, 0), cost.get(section, 0.0)) for section in sorted({*made, *cost})]


def _by_generation(exchanges: Iterable[Mapping[str, Any]]) -> dict[str, list[Mapping[str, Any]]]:
    found: dict[str, list[Mapping[str, Any]]] = {}
    for each in exchanges:
        generation_id = _generation_of(each)
        if generation_id:
            found.setdefault(generation_id, []).append(each)
    return found


def _generation_of(document: Mapping[str, Any]) -> str | None:
    exchange: Exchange = from_dict(document)
    return exchange.generation_id
