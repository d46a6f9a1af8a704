"""What faults ask of a call: what was sent, about which generation, in which circumstances.

Small readers and small edits, shared by the faults and the variants. No lie is told here, and nothing here
keeps a state but `nth`, `twin` and `kept_by_url`, which take notes in the gateway's own memory.
"""

import json
import math
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from generations_contract.gateway.accounts import AccountBook, bearer_key
from generations_contract.gateway.call import Call, Reply
from generations_contract.gateway.jobs import NON_TERMINAL, Job
from generations_contract.gateway.media import Signer
from generations_contract.gateway.models import INPUT_KEYS, TOP_LEVEL_KEYS
from generations_contract.gateway.wire import Problem

_KEPT_S = 60.0
Document = dict[str, Any]
HeaderList = list[tuple[str, str]]
Answer = tuple[int, Document]  # status and envelope of a refusal


# ---- the request


def body(call: Call) -> Document:
    """The body as it was sent, if it was a JSON object; else an empty one."""
    try:
        sent = json.loads(call.request.body)
    except (ValueError, RecursionError):
        return {}
    return sent if isinstance(sent, dict) else {}


def fields(document: object) -> Document:
    """`input` of a request document, if it is an object; else an empty one."""
    given = document.get("input") if isinstance(document, dict) else None
    return given if isinstance(given, dict) else {}


def top(document: object, **changes: Any) -> Any:
    """The request document with other top-level values; what is no object stays as it is."""
    return {**document, **changes} if isinstance(document, dict) else document


def under(document: object, **changes: Any) -> Any:
    """The request document with other values under `input`; what has no such object stays as it is."""
    if not isinstance(document, dict) or not isinstance(document.get("input"), dict):
        return document
    return {**document, "input": {**document["input"], **changes}}


def number(value: object) -> bool:
    """Whether a JSON value is a number (`true` is none)."""
    return isinstance(value, int | float) and not isinstance(value, bool)


def known_only(document: object, *, at_top: bool = True, nested: bool = True) -> Any:
    """The request document without its unknown keys."""
    if not isinstance(document, dict):
        return document
    kept = {k: v for k, v in document.items() if k in TOP_LEVEL_KEYS or not at_top}
    if nested and isinstance(kept.get("input"), dict):
        kept["input"] = {k: v for k, v in kept["input"].items() if k in INPUT_KEYS}
    return kept


def unknown_at_top(document: object) -> list[str]:
    """The unknown top-level keys, in their order."""
    return [key for key in document if key not in TOP_LEVEL_KEYS] if isinstance(document, dict) else []


def unknown_nested(document: object) -> list[str]:
    """The unknown keys under `input`, in their order."""
    return [key for key in fields(document) if key not in INPUT_KEYS]


def listed_modality(call: Call, document: object) -> str | None:
    """The modality of the model that a request document names, where that model is listed."""
    name = document.get("model") if isinstance(document, dict) else None
    model = call.state.catalogue.models.get(name) if isinstance(name, str) else None
    return model.modality if model else None


def presented(call: Call) -> str:
    """The bearer key that the request shows, or nothing."""
    return bearer_key(call.request.header("authorization")) or ""


def book_of(call: Call, matches: Callable[[str], object]) -> AccountBook | None:
    """The first account whose key matches."""
    return next((book for book in call.state.books if matches(book.account.key)), None)


def path_id(call: Call) -> str:
    """The id in the path of a GET."""
    return call.request.path.rpartition("/")[2]


def sent_wait(call: Call) -> Any:
    """`wait` as a POST gives it ("auto" where it is left out)."""
    return body(call).get("wait", "auto")


def rejected(call: Call) -> bool:
    """Whether the request has a prompt, or a picture where one is taken, that the house rejects."""
    house, given = call.state.catalogue.house, call.asked.input if call.asked else None
    if given is None:
        return False
    pictures = (
        call.model is not None
        and call.model.takes_images
        and not {*given.images}.isdisjoint(house.rejected_images)
    )
    return pictures or any(phrase in given.prompt for phrase in house.rejected_phrases)


# ---- the generation and the occasion


def fetching(call: Call) -> bool:
    """Whether this is a GET of a generation."""
    return call.operation == "fetch"


def creating(call: Call) -> bool:
    """Whether this is a POST."""
    return call.operation == "create"


def valid_creation(call: Call, problem: Problem | None) -> bool:
    """Whether this is a POST in which nothing was found wrong."""
    return problem is None and creating(call)


def video(call: Call) -> bool:
    """Whether the model is a video model."""
    return call.model is not None and call.model.modality == "video"


def image(call: Call) -> bool:
    """Whether the model is an image model."""
    return call.model is not None and call.model.modality == "image"


def nth(call: Call, name: str) -> int:
    """How often this was asked of the gateway under that name, this time included."""
    count: int = call.memory.get(name, 0) + 1
    call.memory[name] = count
    return count


def ended(call: Call, job: Job | None = None) -> bool:
    """Whether the generation was terminal when the request came."""
    return (job or call.job).ends_at <= call.now


def renamed(job: Job, id_: str) -> Job:
    """The job under another id, its assets too."""
    named = tuple(replace(asset, name=asset.name.replace(job.id, id_)) for asset in job.assets)
    return replace(job, id=id_, assets=named)


def twin(call: Call, job: Job, key: object, within_s: float) -> Job:
    """The job of the last creation with the same key, if it is that recent and nobody has begun it."""
    seen: dict[object, tuple[float, Job]] = call.memory.setdefault("twins", {})
    created_at, other = seen.get(key, (-math.inf, job))
    if call.now - created_at < within_s and call.now < other.starts_at:
        return other
    seen[key] = (call.now, job)
    return job


def kept_by_url(call: Call, reply: Reply, *, keep: bool, told: bool = True) -> Reply:
    """What a cache answers that goes by the URL alone: what it has kept for a minute, else the reply (to `keep`).

    `told`: whether this caller is given what was kept.
    """
    kept: dict[str, Reply] = call.memory.setdefault("answers by URL", {})
    found = kept.get(call.request.target)
    if told and found is not None and found.at <= call.now < found.at + _KEPT_S:
        return replace(found, at=call.now, call=call)
    if keep:
        kept[call.request.target] = reply
    return reply


# ---- the answer


def non_terminal(document: Mapping[str, Any]) -> bool:
    """Whether a resource shows a status that is not final."""
    return document.get("status") in NON_TERMINAL


def media(document: Document, change: Callable[[int, Document], Document]) -> Document:
    """The resource with every media entry changed."""
    if not document.get("output"):
        return document
    entries = [change(index, entry) for index, entry in enumerate(document["output"]["media"])]
    return {**document, "output": {**document["output"], "media": entries}}


def signed_for(call: Call, document: Document, lifetime_s: int) -> Document:
    """The resource with URLs that expire so many seconds from now."""
    signer, now = call.state.signer, call.state.epoch + call.now
    fresh = Signer(signer.origin, signer.secret, lifetime_s)
    assets = call.job.assets
    return media(document, lambda i, entry: {**entry, "url": fresh.url(assets[i], now, now)})


def without(document: Document, *names: str) -> Document:
    """The document without some members."""
    return {key: value for key, value in document.items() if key not in names}


def header(headers: HeaderList, name: str, value: str | None) -> HeaderList:
    """The headers with another value for one that is there; `None` takes it away."""
    others = [(key, old) for key, old in headers if key.lower() != name.lower()]
    if len(others) == len(headers) or value is None:
        return others
    return [*others, (name, value)]


def has(headers: HeaderList, name: str, text: str = "") -> bool:
    """Whether a header is there, and contains a text."""
    return any(key.lower() == name.lower() and text in value for key, value in headers)


def refusal(reply: Reply, status: int, content_type: str, text: str) -> Reply:
    """The reply with another status, content type and body."""
    headers = header(list(reply.headers), "Content-Type", content_type)
    return replace(reply, status=status, headers=tuple(headers), body=text.encode())
