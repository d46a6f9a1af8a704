"""Values that may well be wrong, by keyword: beyond each end, near misses of a listed text, other types.

They are only proposed: `values` keeps those that break one clause and leave nothing open.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from generations_contract.api.formats import FORMATS
from generations_contract.api.schema import Schema
from generations_contract.oracle.fields import Field
from generations_contract.strategies.base import literal, plain
from generations_contract.strategies.fitting import (
    LONGEST_TEXT,
    Proposal,
    beside,
    bounds,
    entries,
    label,
    matching,
    of_branch,
)
from generations_contract.strategies.texts import COMPOSED, SAMPLES, tiled

# By JSON type: what people send in its place.
ODD_VALUES: Final[Mapping[str, Any]] = {
    "true": True,
    "false": False,
    "number": 5,
    "fraction": 1.5,
    "zero": 0,
    "digits": "5",
    "text": "five",
    "empty": "",
    "array": [],
    "object": {},
}
# Ways to miss a listed text nearly.
NEAR_TEXTS: Final[Mapping[str, Callable[[str], str]]] = {
    "upper": str.upper,
    "capital": str.capitalize,
    "leading-space": lambda text: f" {text}",
    "trailing-space": lambda text: f"{text} ",
    "longer": lambda text: f"{text}matic",
    "shorter": lambda text: text[:-1],
    "quoted": lambda text: f'"{text}"',
}


def amiss(one: Field, good: Any) -> Iterator[Proposal]:
    """Yield values of a field that may be wrong; `good` is a legal one, `None` for none."""
    for branch in one.branches if one.name != "input" else ():  # unknown keys of that are `mutations.keys`
        yield from beyond(branch)
    yield from one.mark.named("refused").items()
    for name, value in ODD_VALUES.items():
        if not (one.name == "input" and value == {}):  # that lacks a prompt
            yield name, value
    if one.required:
        yield "null", None
    if good is not None:
        yield "array-around", [plain(good)]


def beyond(schema: Schema) -> Iterator[Proposal]:
    """Yield values that a schema of one type may refuse."""
    for text in (*schema.get("enum", ()), *([schema["const"]] if "const" in schema else ())):
        if isinstance(text, str):
            yield from ((f"{way}-{label(text)}", miss(text)) for way, miss in NEAR_TEXTS.items())
    if "enum" in schema or "const" in schema:
        return
    kind = schema.get("type")
    if kind in ("integer", "number"):
        yield from _beyond_range(schema, whole=kind == "integer")
    elif kind == "string":
        yield from _beyond_text(schema)
    elif kind == "array":
        yield from _beyond_array(schema)
    elif kind == "object":
        yield "unknown-member", {**dict(of_branch(schema))["whole"], "unknown": None}


def _beyond_range(schema: Schema, *, whole: bool) -> Iterator[Proposal]:
    least, most = bounds(schema)
    beyond = [*beside(least, -1, -0.001, 0, -2), *beside(most, 1, 0.001, 0, 0.5)]
    beyond += [] if most is None else [most * 10, most * 60, most * 1000]
    if "multipleOf" in schema:
        beyond += [schema["multipleOf"] * 1.5, (least or 0) + schema["multipleOf"] + 1]
    for value in beyond:
        shown = round(value, 3)
        shown = int(shown) if float(shown).is_integer() else shown
        yield label(shown), shown
    for value in (1.5, 0.5) if whole else ():
        yield label(value), value
    if least is not None or most is not None:
        yield "20-digits", 10**20
        yield "minus-20-digits", -(10**20)
        yield "1e400", literal("1e400")
        yield "-1e400", literal("-1e400")
    for value in filter(None, (least, most)):
        yield f"text-{value}", str(value)
    yield "text-0", "0"


def _beyond_text(schema: Schema) -> Iterator[Proposal]:
    if schema.get("minLength"):
        yield "too-short", tiled(SAMPLES["ascii"], schema["minLength"] - 1)
    longest = schema.get("maxLength")
    if longest is not None and longest < LONGEST_TEXT:
        for script, sample in SAMPLES.items():
            # What counts in composed characters above the limit is open.
            if script != COMPOSED:
                yield f"{longest + 1}-{script}", tiled(sample, longest + 1)
        for length in (2 * longest, LONGEST_TEXT):
            yield f"{length}-ascii", tiled(SAMPLES["ascii"], length)
    if "format" in schema and schema["format"] in FORMATS:
        for index, text in enumerate(FORMATS[schema["format"]].wrong):
            yield f"no-{schema['format']}-{index + 1}", text
    if "pattern" in schema:
        text = next(iter(schema.get("examples", ())), None) or matching(schema) or ""
        for way, amiss in {
            "space": f"{text} {text}",
            "doubled": f"{text}/{text}",
            "dashes": "--",
            "blank": " ",
        }.items():
            yield f"unmatched-{way}", amiss


def _beyond_array(schema: Schema) -> Iterator[Proposal]:
    items, most = schema.get("items", {}), schema.get("maxItems")
    entry = next(entries(items), None)
    for count in (most + 1, 2 * most, 100) if most is not None else ():
        yield str(count), [entry] * count
    if entry is not None:
        yield "entry", entry
    for name, value in {**ODD_VALUES, "null": None, "object": {"url": "https://images.example/"}}.items():
        yield f"with-{name}", [entry, value]
        yield f"only-{name}", [value]
