"""Lies about unknown keys: dropped in silence, refused with something else. Section `strict` of the contract.

Lenient gateways are lenient in circumstances; almost every fault here is conditional, and most of them pass a
test that adds one made-up key at the end of a minimal body.
"""

import re
from typing import Any

from generations_contract.gateway.call import Call
from generations_contract.gateway.hooks import fault
from generations_contract.gateway.models import INPUT_KEYS, TOP_LEVEL_KEYS, printable
from generations_contract.gateway.tampers.call_facts import (
    Answer,
    creating,
    fields,
    known_only,
    listed_modality,
    top,
    unknown_at_top,
    unknown_nested,
)
from generations_contract.gateway.wire import Problem

TOP, NESTED, EVERY = "strict.top-level", "strict.nested", "strict.every-modality"


def _plain(key: str) -> str:
    return re.sub(r"[^a-z]", "", key.lower()).rstrip("s")


def _nearly(key: str, known: tuple[str, ...]) -> bool:
    return any(_plain(key) == _plain(name) for name in known)


@fault("strict-top-dropped", breaks={TOP, EVERY}, at="document")
def top_dropped(_: Call, document: Any) -> Any:
    """Unknown top-level keys are dropped in silence."""
    return known_only(document, nested=False)


@fault("strict-nested-dropped", breaks={NESTED, EVERY}, at="document")
def nested_dropped(_: Call, document: Any) -> Any:
    """Unknown keys under `input` are handed to the provider, who drops them."""
    return known_only(document, at_top=False)


@fault("strict-video-dropped", breaks={TOP, NESTED, EVERY}, at="document")
def video_dropped(call: Call, document: Any) -> Any:
    """The video models came later: their request is not strict."""
    return known_only(document) if listed_modality(call, document) == "video" else document


@fault("strict-video-nested-dropped", breaks={NESTED, EVERY}, at="document")
def video_nested_dropped(call: Call, document: Any) -> Any:
    """Under `input` of a video model anything goes, as every provider has options of its own."""
    if listed_modality(call, document) != "video":
        return document
    return known_only(document, at_top=False)


@fault("strict-with-options-dropped", breaks={TOP, NESTED, EVERY}, at="document")
def with_options_dropped(_: Call, document: Any) -> Any:
    """A full request, with every optional input there is, takes a path that is not strict."""
    return known_only(document) if set(INPUT_KEYS) <= set(fields(document)) else document


@fault("strict-last-key-unseen", breaks={TOP, EVERY}, at="document")
def last_key_unseen(_: Call, document: Any) -> Any:
    """A hand-written check stops one short: an unknown key that comes last is not seen."""
    if isinstance(document, dict) and unknown_at_top(document) == list(document)[-1:] != []:
        return known_only(document, nested=False)
    return document


@fault("strict-first-key-unseen", breaks={TOP, EVERY}, at="document")
def first_key_unseen(_: Call, document: Any) -> Any:
    """The loop over the keys begins at the second."""
    if isinstance(document, dict) and unknown_at_top(document) == list(document)[:1] != []:
        return known_only(document, nested=False)
    return document


@fault("strict-null-unseen", breaks={TOP, NESTED, EVERY}, at="document")
def null_unseen(_: Call, document: Any) -> Any:
    """Nulls are stripped before the keys are looked at: an unknown key with null passes."""
    if not isinstance(document, dict):
        return document
    kept = {k: v for k, v in document.items() if v is not None or k in TOP_LEVEL_KEYS}
    inner = {k: v for k, v in fields(kept).items() if v is not None or k in INPUT_KEYS}
    return {**kept, "input": inner} if fields(kept) else kept


@fault("strict-any-case", breaks={TOP, NESTED, EVERY}, at="document")
def any_case(_: Call, document: Any) -> Any:
    """Keys are matched without regard to case, as the framework's decoder does, all but `wait`."""
    if not isinstance(document, dict):
        return document
    folded = _folded(document, TOP_LEVEL_KEYS)
    return {**folded, "input": _folded(fields(folded), INPUT_KEYS)} if fields(folded) else folded


def _folded(table: dict[str, Any], known: tuple[str, ...]) -> dict[str, Any]:
    """Keys in lower case where that makes them known; the exact spelling wins."""
    lower = {
        key.lower(): value for key, value in table.items() if key.lower() in known and key.lower() != "wait"
    }
    return {
        **lower,
        **{key: value for key, value in table.items() if key.lower() not in lower or key in known},
    }


@fault("strict-near-miss-dropped", breaks={TOP, NESTED, EVERY}, at="document")
def near_miss_dropped(_: Call, document: Any) -> Any:
    """Keys are compared by their letters: `Negative-Prompts` counts as known, and is then ignored."""
    if not isinstance(document, dict):
        return document
    exact = (*TOP_LEVEL_KEYS, *INPUT_KEYS)
    kept = {k: v for k, v in document.items() if k in exact or not _nearly(k, TOP_LEVEL_KEYS)}
    inner = {k: v for k, v in fields(kept).items() if k in exact or not _nearly(k, INPUT_KEYS)}
    return {**kept, "input": inner} if fields(kept) else kept


@fault("strict-own-extensions", breaks={TOP, NESTED, EVERY}, at="document")
def own_extensions(_: Call, document: Any) -> Any:
    """Fields that the frontend needed are there, typed and nowhere documented: `tags`, `num_images`."""
    given = fields(document)
    if type(given.get("num_images")) is int:
        return top(document, input={k: v for k, v in given.items() if k != "num_images"})
    if isinstance(document, dict) and isinstance(document.get("tags"), list):
        return {k: v for k, v in document.items() if k != "tags"}
    return document


@fault("strict-camel-case-taken", breaks={NESTED, EVERY}, at="document")
def camel_case_taken(_: Call, document: Any) -> Any:
    """`negativePrompt` and `aspectRatio` are taken for what they mean."""
    given = fields(document)
    snake = {re.sub(r"([A-Z])", lambda found: "_" + found[1].lower(), k): v for k, v in given.items()}
    renamed = {k: v for k, v in snake.items() if k in INPUT_KEYS or k in given}
    return top(document, input=renamed) if len(renamed) == len(given) != 0 else document


@fault("strict-inputs-hoisted", breaks={TOP, EVERY}, at="document")
def inputs_hoisted(_: Call, document: Any) -> Any:
    """Input fields at the top level are moved to where they belong: `seed` beside `model` is taken."""
    if not isinstance(document, dict) or not isinstance(document.get("input"), dict):
        return document
    moved = {k: v for k, v in document.items() if k in INPUT_KEYS}
    rest = {k: v for k, v in document.items() if k not in INPUT_KEYS}
    return {**rest, "input": {**moved, **document["input"]}} if moved else document


@fault("strict-options-sunk", breaks={NESTED, EVERY}, at="document")
def options_sunk(_: Call, document: Any) -> Any:
    """`n`, `wait` and `model` are overlooked when they stand under `input`."""
    given = fields(document)
    kept = {k: v for k, v in given.items() if k not in TOP_LEVEL_KEYS}
    return top(document, input=kept) if len(kept) < len(given) else document


@fault("strict-several-dropped", breaks={TOP, EVERY}, at="document")
def several_dropped(_: Call, document: Any) -> Any:
    """One unknown key is a typo and refused; two or more are taken for another client's dialect."""
    return known_only(document, nested=False) if len(unknown_at_top(document)) > 1 else document


@fault("strict-with-seed-dropped", breaks={NESTED, EVERY}, at="document")
def with_seed_dropped(_: Call, document: Any) -> Any:
    """A request with a seed goes to another backend, which ignores input keys that it does not know."""
    return known_only(document, at_top=False) if "seed" in fields(document) else document


@fault("strict-nested-422", breaks={NESTED, EVERY, "errors.code-status"}, at="problem_body")
def nested_422(call: Call, answer: Answer) -> Answer:
    """An unknown key under `input` keeps its code but has the framework's own status, 422."""
    return (422, answer[1]) if creating(call) and unknown_nested(call.document) else answer


@fault("strict-top-unknown-field", breaks={TOP, EVERY, "errors.code-status"}, at="problem_body")
def top_unknown_field(call: Call, answer: Answer) -> Answer:
    """An unknown key beside `model` and `input` has an error code that nobody documented, unknown_field."""
    if (
        not creating(call)
        or not unknown_at_top(call.document)
        or not {"model", "input"} <= set(call.document)
    ):
        return answer
    return 400, {"error": {**answer[1]["error"], "code": "unknown_field"}}


@fault("strict-top-403", breaks={TOP, EVERY}, at="problem")
def top_403(call: Call, problem: Problem | None) -> Problem | None:
    """A body with a made-up key is stopped by a firewall in front, with 403 model_unavailable."""
    if problem is None or problem.code != "invalid_input" or not unknown_at_top(call.document):
        return problem
    return Problem("model_unavailable", f"Blocked: {printable(problem.message)}")


@fault("strict-long-prompt-dropped", breaks={TOP, NESTED, EVERY}, at="document")
def long_prompt_dropped(_: Call, document: Any) -> Any:
    """A prompt of thousands of characters goes past the validator, for its speed."""
    prompt = fields(document).get("prompt")
    return known_only(document) if isinstance(prompt, str) and len(prompt) > 4000 else document


@fault("strict-full-clip-dropped", breaks={TOP, NESTED, EVERY}, at="document")
def full_clip_dropped(call: Call, document: Any) -> Any:
    """On video models a request with eight pictures and the longest window comes from the own app, and is trusted."""
    images = fields(document).get("images")
    full = listed_modality(call, document) == "video" and isinstance(images, list) and len(images) == 8
    return known_only(document) if full and document.get("wait") == 60 else document


@fault("strict-other-scripts-dropped", breaks={NESTED, EVERY}, at="document")
def other_scripts_dropped(_: Call, document: Any) -> Any:
    """A prompt that is not ASCII is translated first, and the translated input holds only what is known."""
    prompt = fields(document).get("prompt")
    foreign = isinstance(prompt, str) and not prompt.isascii()
    return known_only(document, at_top=False) if foreign else document


@fault("strict-broken-models-dropped", breaks={TOP, NESTED, EVERY}, at="document")
def broken_models_dropped(call: Call, document: Any) -> Any:
    """Models whose provider is down are routed to a stub, which is not strict."""
    name = document.get("model") if isinstance(document, dict) else None
    model = call.state.catalogue.models.get(name) if isinstance(name, str) else None
    return known_only(document) if model is not None and model.outcome == "provider_unavailable" else document
