"""Section `response`, what the resource lists: output, its media entries, and how POST and GET agree on form.

What the bytes behind a URL are is `media`'s. `response.same-shape` compares
form and description; values that may not change are `lifecycle.identity`'s and `lifecycle.terminal-final`'s.
"""

from collections.abc import Iterator
from typing import Any, Final

from generations_contract.api.vocabulary import COMPLETED, N_DEFAULT, N_MAX, N_MIN
from generations_contract.clauses.facts.history import creation, creation_of, shown
from generations_contract.clauses.facts.resources import MEDIA_FIELDS, Resource, resource_of, stated
from generations_contract.clauses.facts.schemas import and_by_schema
from generations_contract.clauses.facts.windows import twice
from generations_contract.exchange.exchange import Exchange
from generations_contract.exchange.fact import derived
from generations_contract.judging.clause import MOOT, Breach, Earlier, Findings, Observation, alone, clause

KNOWN_MEDIA_FIELDS: Final = frozenset({*MEDIA_FIELDS, "url"})
RESOURCE_FIELDS: Final = frozenset(
    {"id", "object", "status", "model", "created_at", "completed_at", "output", "usage", "error"}
)
# Bounds on what a hostile answer can make of an observation.
OBSERVED_FIELDS: Final = 20
OBSERVED_LENGTH: Final = 60
# At least so many entries tell "n was obeyed" from a video model that gives two of its own accord.
TELLING_N: Final = 3


def _forms(resource: Resource, *, whole: bool) -> Iterator[tuple[str, object]]:
    """Which documented fields stand in a resource; those of terminal states only where states agree."""
    for name in ("id", "object", "model", "created_at"):
        yield name, resource.get(name) is not None
    if whole:
        for name in ("completed_at", "output", "usage", "error"):
            yield name, resource.get(name) is not None


def _described(media: list[dict[str, Any]]) -> Iterator[tuple[str, object]]:
    for index, entry in enumerate(media):
        for name in MEDIA_FIELDS:
            value = entry.get(name)
            yield f"output.media[{index}].{name}", value if isinstance(value, str | int | float) else None


@derived
def _form(exchange: Exchange) -> dict[str, object]:
    return dict((*_forms(resource_of(exchange), whole=True), *_described(exchange.media)))


@derived
def _form_in_any_state(exchange: Exchange) -> dict[str, object]:
    return dict(_forms(resource_of(exchange), whole=False))


@clause(
    "response.same-shape",
    "MUST",
    says="the GET response is identical to the POST shape",
    on=("fetch",),
    when=stated,
)
def same_shape(exchange: Exchange, earlier: Earlier) -> Findings:
    """Form, not values: the same documented fields are set, and the entries describe the assets alike.

    Values that may not change are `lifecycle.identity`'s and `lifecycle.terminal-final`'s.
    """
    created = creation(earlier)
    if created is None or created.state is None:
        yield MOOT
        return
    whole = created.state == exchange.state
    form = _form if whole else _form_in_any_state
    if form(created) == form(exchange):
        return
    before, now = resource_of(created), resource_of(exchange)
    fields = list(_forms(before, whole=whole))
    if whole and len(created.media) == len(exchange.media):
        fields += _described(created.media)
    found = dict((*_forms(now, whole=whole), *_described(exchange.media)))
    for name, value in fields:
        if found.get(name) != value:
            yield Breach(f"as on POST: {_told(name, value)}", _told(name, found.get(name)), (created,))


def _told(name: str, value: object) -> str:
    return f"{name} {'set' if value is True else 'not set' if value is False else shown(value)}"


@clause(
    "response.output",
    "MUST",
    says="output is present once status is completed, with one entry per produced asset",
    by=alone,
    when=stated,
)
@and_by_schema("response.output")
def output(exchange: Exchange, _earlier: Earlier) -> Findings:
    """An object with at least one media entry exactly when completed, null or absent otherwise."""
    value = resource_of(exchange).get("output")
    if exchange.state != COMPLETED:
        if value is not None:
            yield Breach(f"output null while {exchange.state}", shown(value))
    elif not exchange.media:
        yield Breach("output.media with at least one entry", f"output {shown(value)} without any")


@clause(
    "response.media-count",
    "MUST",
    says="output.media: one entry per produced asset; n: number of images to generate",
    when=lambda exchange: exchange.state == COMPLETED and bool(exchange.media),
)
def media_count(exchange: Exchange, earlier: Earlier) -> Findings:
    """N images give n entries; on video models, where n is ignored, it does not multiply the clips."""
    created = creation_of(exchange, earlier)
    n = (created.sent_object or {}).get("n", N_DEFAULT) if created and not twice(created) else None
    if created is None or created.modality is None or type(n) is not int or not N_MIN <= n <= N_MAX:
        yield MOOT
    elif created.modality == "image" and len(exchange.media) != n:
        yield Breach(f"{n} entries for n of {n}", f"{len(exchange.media)} entries")
    elif created.modality == "video" and len(exchange.media) == n >= TELLING_N:
        yield Breach("n ignored on a video model", f"{len(exchange.media)} entries for n of {n}")


@clause(
    "response.media-type",
    "MUST",
    says='type: "image" | "video"; duration_seconds: video only',
    when=lambda exchange: bool(exchange.media),
)
def media_type(exchange: Exchange, earlier: Earlier) -> Findings:
    """`type` is the model's modality; no `duration_seconds` on images (SHOULD)."""
    created = creation_of(exchange, earlier) or exchange
    modality = created.modality
    if modality is None:
        yield MOOT
        return
    for index, entry in enumerate(exchange.media):
        if entry.get("type") != modality:
            yield Breach(f"media[{index}].type {modality!r}", shown(entry.get("type")))
        elif modality == "image" and entry.get("duration_seconds") is not None:
            actual = f"media[{index}].duration_seconds {shown(entry['duration_seconds'])}"
            yield Breach("no duration_seconds on an image", actual, level="SHOULD")


def _additional(exchange: Exchange) -> Iterator[str]:
    resource = resource_of(exchange)
    yield from resource.keys() - RESOURCE_FIELDS
    for entry in exchange.media:
        for name in entry.keys() - KNOWN_MEDIA_FIELDS:
            yield f"output.media[].{name}"
    for parent, known in (("output", {"media"}), ("usage", {"cost_usd"}), ("error", {"code", "message"})):
        value = resource.get(parent)
        if isinstance(value, dict):
            for name in value.keys() - known:
                yield f"{parent}.{name}"


@clause(
    "response.additive-fields",
    "OPEN",
    says="response fields that the document does not name",
    by=alone,
    when=stated,
)
def additive_fields(exchange: Exchange, _earlier: Earlier) -> Findings:
    """One subject per field."""
    for name in sorted({*_additional(exchange)})[:OBSERVED_FIELDS]:
        yield Observation(f"field {name[:OBSERVED_LENGTH]}", "present")
