"""A legal value for every documented field, and, for a field that no row is written for, its limits.

A field that the schema gains is sent alone, in company, at its limits and with wrong values before anybody
writes a row for it; rows that mean more stand in `boundaries`, `pairwise` and `mutations`. Never here: requests.
"""

from collections.abc import Iterator
from typing import Any, Final

from generations_contract.api.schema_files import REQUEST, Schema, load, member
from generations_contract.api.vocabulary import OPTIONAL_INPUT_KEYS, OPTIONAL_KEYS
from generations_contract.strategies.texts import SAMPLES, tiled

# By field: a plain value. Of any other field the schema gives one.
WRITTEN: Final[dict[str, Any]] = {
    "model": "flux-1.1-pro",
    "input": {"prompt": "A beautiful sunset"},
    "n": 1,
    "wait": 0,
    "prompt": "A beautiful sunset",
    "images": [],
    "aspect_ratio": "16:9",
    "size": "1024x1024",
    "duration": 8,
    "resolution": "720p",
    "seed": 42,
    "negative_prompt": "blurry",
}
LONG: Final = 200
WORD: Final = "vivid"


def limits(schema: Schema) -> dict[str, Any]:
    """Return values that the schema of a field accepts, by name, the plainest first.

    Raises `ValueError` where nothing can be made up: such a field needs `examples`.
    """
    found: dict[str, Any] = {str(one).lower(): one for one in _named(schema)}
    if not found:
        found = dict(_ends(schema))
    if not found:
        raise ValueError(f"a field needs `examples` for its rows: {schema}")
    return found


def _named(schema: Schema) -> list[Any]:
    named: list[Any] = [schema["const"]] if "const" in schema else []
    return [*schema.get("examples", ()), *schema.get("enum", ()), *named]


def _ends(schema: Schema) -> Iterator[tuple[str, Any]]:
    if schema.keys() & {"pattern", "format"}:
        return
    kind = schema.get("type")
    if kind == "string":
        yield from _texts(schema.get("minLength", 1), schema.get("maxLength", LONG))
    elif kind in ("integer", "number"):
        least = schema.get("minimum", min(0, schema.get("maximum", 0)))
        yield from {str(end): end for end in (least, schema.get("maximum", least + 1))}.items()
    elif kind == "boolean":
        yield from (("true", True), ("false", False))


def _texts(shortest: int, longest: int) -> Iterator[tuple[str, str]]:
    """Texts as short as may be, and as long, in scripts that count the same by code points and UTF-16 units."""
    if shortest <= len(WORD) <= longest:
        yield "word", WORD
    yield "shortest", tiled(SAMPLES["ascii"], max(shortest, 1))
    for script in ("ascii", "han"):
        yield f"longest-{script}", tiled(SAMPLES[script], longest)


def beyond(schema: Schema) -> dict[str, Any]:
    """Return values of the right type that the schema refuses, by name: past a limit, outside a list."""
    wrong: dict[str, Any] = {}
    if "maxLength" in schema:
        wrong["too-long"] = tiled(SAMPLES["ascii"], schema["maxLength"] + 1)
    if "minimum" in schema:
        wrong["too-small"] = schema["minimum"] - 1
    if "maximum" in schema:
        wrong["too-large"] = schema["maximum"] + 1
    if schema.get("type") == "string" and schema.keys() & {"enum", "const"}:
        wrong["not-listed"] = "no-such-value"
    return wrong


def _schemas() -> Iterator[tuple[str, Schema]]:
    request = load(REQUEST)
    for names in (*((key,) for key in OPTIONAL_KEYS), *(("input", key) for key in OPTIONAL_INPUT_KEYS)):
        yield names[-1], member(request, *names)


# By field: the schema of an optional one without a row of its own.
FURTHER: Final = {name: schema for name, schema in _schemas() if name not in WRITTEN}
LEGAL: Final = {**WRITTEN, **{name: next(iter(limits(one).values())) for name, one in FURTHER.items()}}
