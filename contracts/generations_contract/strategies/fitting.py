"""Values that may well be legal, by keyword: both ends of a range, every listed value, texts of every script.

They are only proposed: `values` keeps those that the oracle finds clearly valid. Each has a name, which says what
is special about it, and which is the same in every run.
"""

import math
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from hypothesis import HealthCheck, Phase, find, settings
from hypothesis import strategies as st
from hypothesis.errors import HypothesisException

from generations_contract.api.formats import FORMATS
from generations_contract.api.schema import Schema, python_pattern
from generations_contract.api.schema_files import ANNOTATION
from generations_contract.api.usual import WORD
from generations_contract.oracle.fields import Field
from generations_contract.strategies.base import REFERENCE, literal
from generations_contract.strategies.texts import ASTRAL, ODD_TEXTS, SAMPLES, tiled

Proposal = tuple[str, Any]

# Longer texts are of no use: a proxy may refuse them for their size alone.
LONGEST_TEXT: Final = 100_000
# Where a schema sets no limit, so far and no farther: what every gateway can hold.
INTEGER_PLAIN_MAX: Final = 2**31 - 1


def label(value: object) -> str:
    """Return how an id shows a value: plain, in characters that can be typed."""
    shown = str(value).lower() if isinstance(value, bool) or value is None else str(value)
    return re.sub(r"[^A-Za-z0-9_.:=~+-]+", "-", shown) or "empty"


def proposed(one: Field) -> Iterator[Proposal]:
    """Yield values of a field that may be legal, the plainest first; a value may come twice."""
    for value in (*one.mark.usual.values(), *one.schema.get("examples", ())):
        yield label(value), value
    yield from one.mark.named("accepted").items()
    for branch in one.branches:
        yield from of_branch(branch)


def of_branch(schema: Schema) -> Iterator[Proposal]:
    """Yield values that a schema of one type may accept; none for a type that it does not know."""
    for value in (*schema.get("enum", ()), *([schema["const"]] if "const" in schema else ())):
        yield label(value), value
    if not schema.keys() & {"enum", "const"}:
        yield from _BY_TYPE.get(str(schema.get("type")), _no_proposal)(schema)


def _no_proposal(_schema: Schema) -> Iterator[Proposal]:
    yield from ()


def _texts(schema: Schema) -> Iterator[Proposal]:
    if "format" in schema:
        samples = FORMATS.get(schema["format"])
        for index, text in enumerate(samples.right if samples else ()):
            yield f"{schema['format']}-{index + 1}", text
    elif "pattern" in schema:
        # Making one up takes a second, and a document's own example is the better one.
        found = next(iter(schema.get("examples", ())), None) or matching(schema)
        yield from () if found is None else (("matching", found),)
    else:
        yield from _free_texts(schema.get("minLength", 1), schema.get("maxLength"))


def matching(schema: Schema) -> str | None:
    """The simplest text of a pattern, the same in every run; `None` where none is found."""
    quick = settings(
        database=None,
        derandomize=True,
        deadline=None,
        phases=[Phase.generate, Phase.shrink],
        suppress_health_check=list(HealthCheck),
    )
    lengths = range(schema.get("minLength", 0), schema.get("maxLength", LONGEST_TEXT) + 1)
    drawn: st.SearchStrategy[str] = st.from_regex(python_pattern(schema["pattern"]))
    try:
        return find(drawn, lambda text: len(text) in lengths and text.isprintable(), settings=quick)
    except (HypothesisException, re.error):
        return None


def _free_texts(shortest: int, longest: int | None) -> Iterator[Proposal]:
    """Texts of every script of the BMP at both ends, one below the upper, and odd ones between."""
    scripts = {name: sample for name, sample in SAMPLES.items() if name != ASTRAL}
    if longest is not None and longest <= LONGEST_TEXT:
        for script, sample in scripts.items():
            for length in dict.fromkeys((max(shortest, 1), longest - 1, longest)):
                yield f"{length}-{script}", tiled(sample, length)
        yield f"{longest // 2}-{ASTRAL}", tiled(SAMPLES[ASTRAL], longest // 2)
        yield from ODD_TEXTS.items()
    else:
        yield WORD, WORD
        yield from SAMPLES.items()


def _integers(schema: Schema) -> Iterator[Proposal]:
    least, most = bounds(schema)
    ends = [*beside(least, 0, 1), *beside(most, 0, -1), *([] if most is not None else [INTEGER_PLAIN_MAX])]
    step = schema.get("multipleOf", 1)
    for value in sorted({*map(math.floor, ends), 0, 1, 2, 42, *(end // step * step for end in ends)}):
        yield label(value), value


def _numbers(schema: Schema) -> Iterator[Proposal]:
    least, most = bounds(schema)
    low = 0 if least is None else least
    high = low + 60 if most is None else most
    for value in (low, low + 0.5, low + 1, (low + high) // 2, high - 0.5, high):
        yield label(value), value
    # Every spelling of a JSON number.
    for text in (f"{float(high)}", "1e1", f"{low + 0.001}", f"{high - 0.001}", "-0"):
        yield text, literal(text)


def bounds(schema: Schema) -> tuple[float | None, float | None]:
    """Both ends of a range of numbers; whether they belong to it the oracle knows."""
    return (
        schema.get("minimum", schema.get("exclusiveMinimum")),
        schema.get("maximum", schema.get("exclusiveMaximum")),
    )


def beside(end: float | None, *steps: float) -> list[float]:
    """Return the numbers at these distances from an end; none where there is no end."""
    return [] if end is None else [end + step for step in steps]


def _arrays(schema: Schema) -> Iterator[Proposal]:
    entry = next(entries(schema.get("items", {})), None)
    fewest, most = schema.get("minItems", 0), schema.get("maxItems")
    for count in sorted({fewest, 1, 2, *([most] if most is not None else [])}):
        if entry is not None or not count:
            yield str(count), [entry] * count


def entries(items: Schema) -> Iterator[Any]:
    """Values of an array's entries, the plainest first."""
    if items.get(ANNOTATION, {}).get("source"):
        yield REFERENCE
    else:
        yield from (value for _, value in of_branch(items))


def _objects(schema: Schema) -> Iterator[Proposal]:
    described, required = schema.get("properties", {}), schema.get("required", ())
    members = {name: next((v for _, v in of_branch(one)), None) for name, one in described.items()}
    yield "least", {name: value for name, value in members.items() if name in required}
    yield "whole", members


_BY_TYPE: Final[Mapping[str, Callable[[Schema], Iterator[Proposal]]]] = {
    "string": _texts,
    "integer": _integers,
    "number": _numbers,
    "array": _arrays,
    "object": _objects,
    "boolean": lambda _schema: iter((("true", True), ("false", False))),
    "null": lambda _schema: iter((("null", None),)),
}
