"""The values of every documented field, by its schema: those that must be accepted, and those that must be refused.

Values are proposed by keyword (both ends of a range, every value of an enumeration, texts of every script at
every length that tells) and kept by the oracle: what it finds clearly valid is legal, what breaks one clause and
leaves nothing open is wrong. So an edit of a schema moves both, and nothing that is open can be among them.

Never here: requests, and values of several fields that fit together.
"""

import math
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

from hypothesis import HealthCheck, Phase, find, settings
from hypothesis import strategies as st
from hypothesis.errors import HypothesisException

from generations_contract.api.formats import FORMATS
from generations_contract.api.schema import Part, Schema, python_pattern
from generations_contract.api.usual import WORD, usual
from generations_contract.api.vocabulary import Modality
from generations_contract.oracle.annotations import Break
from generations_contract.oracle.fields import FIELDS, OPTIONAL, Field
from generations_contract.oracle.reading import Reading, read_field
from generations_contract.strategies.base import REFERENCE, literal, needs_reference, plain
from generations_contract.strategies.texts import ASTRAL, COMPOSED, ODD_TEXTS, SAMPLES, tiled

Proposal = tuple[str, Any]

# Longer texts are of no use: a proxy may refuse them for their size alone.
LONGEST_TEXT: Final = 100_000
# Where a schema sets no limit, so far and no farther: what every gateway can hold.
INTEGER_PLAIN_MAX: Final = 2**31 - 1
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
# Keywords that make a range.
LIMITS: Final = frozenset(
    {"minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "minLength", "maxLength", "minItems", "maxItems"}
)
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


@dataclass(frozen=True)
class Wrong:
    """A value that breaks one clause. `everywhere`: also on models that have no use for the field."""

    value: Any
    broken: Break
    everywhere: bool


def label(value: object) -> str:
    """Return how an id shows a value: plain, in characters that can be typed."""
    shown = str(value).lower() if isinstance(value, bool) or value is None else str(value)
    return re.sub(r"[^A-Za-z0-9_.:=~+-]+", "-", shown) or "empty"


def home(one: Field) -> tuple[Modality, frozenset[str]]:
    """The modality and the traits of a model to which a field belongs."""
    return one.mark.modality or "image", frozenset({one.mark.trait} - {None})


def read(one: Field, value: object) -> Reading:
    """Read a value of a field, where the field belongs."""
    return read_field(one.name, plain(value), *home(one))


@cache
def legal(name: str) -> Mapping[str, Any]:
    """Return the values of a field that every gateway must accept where the field belongs, by name."""
    one = FIELDS[name]
    return _named(one, _proposed(one), lambda value: value if read(one, value).valid else None)


@cache
def wrong(name: str) -> Mapping[str, Wrong]:
    """Return the values of a field that every gateway must refuse where the field belongs, by name."""
    one = FIELDS[name]
    return _named(one, _amiss(one), lambda value: _wrong(one, value))


@cache
def plain_value(name: str, modality: Modality) -> Any:
    """Return a value of a field for requests that are about something else."""
    one = FIELDS[name]
    if isinstance(one.schema.get("items"), dict) and legal(name):
        return next((value for value in legal(name).values() if value), [])
    try:
        value = usual(one.schema, modality)
    except ValueError:
        value = None
    known = name in OPTIONAL and not read_field(name, value, one.mark.modality or modality, home(one)[1]).valid
    return next(iter(legal(name).values()), value) if known else value


@cache
def ranges(name: str) -> tuple[tuple[Any, ...], ...]:
    """Return the legal values of a field by the branches of its schema that have a limit, each from low to high.

    Numbers go by size, texts and arrays by length; those of one length in the order of `legal`.
    """
    return tuple(
        tuple(sorted(values, key=size))
        for branch in FIELDS[name].branches
        if branch.keys() & LIMITS and (values := _accepted_by(branch, name))
    )


def _accepted_by(branch: Schema, name: str) -> list[Any]:
    part = Part({key: value for key, value in branch.items() if key != "items"})
    return [each for each in legal(name).values() if plain(each) == each or needs_reference(each) if part.accepts(each)]


def size(value: Any) -> float:
    """Return how large a value of a range is: a number itself, a text or an array by its length."""
    return len(value) if isinstance(value, str | list) else float(value)


def _named(one: Field, proposals: Iterable[Proposal], keep: Callable[[Any], Any]) -> dict[str, Any]:
    """The proposals that are kept, each value and each name once."""
    found: dict[str, Any] = {}
    seen: set[str] = set()
    for name, value in proposals:
        kept = keep(value) if repr(value) not in seen else None
        seen.add(repr(value))
        if kept is None and value is not None:
            continue
        texts = isinstance(value, str) and name == label(value)
        unique = f"text-{name}" if name in found or (texts and _reads_as_another(one, value)) else name
        while unique in found:
            unique += "+"
        if kept is not None:
            found[unique] = kept
    return found


def _reads_as_another(one: Field, text: str) -> bool:
    """Whether a text looks like a value of another type that the field may have: "8" beside 8."""
    return len(one.branches) > 1 and bool(re.fullmatch(r"-?[0-9.]+", text))


def _wrong(one: Field, value: Any) -> Wrong | None:
    found = read(one, value)
    if found.opens or len(found.violations) != 1:
        return None
    clause = next(iter(found.violations))
    elsewhere = [read_field(one.name, plain(value), modality, ()) for modality in ("image", "video")]
    everywhere = all(each.violations and not each.opens for each in elsewhere)
    return Wrong(value, Break(clause, found.levels.get(clause, "MUST")), everywhere)


# -- what must be accepted ---------------------------------------------------------------------------------


def _proposed(one: Field) -> Iterator[Proposal]:
    for value in (*one.mark.usual.values(), *one.schema.get("examples", ())):
        yield label(value), value
    yield from one.mark.named("accepted").items()
    for branch in one.branches:
        if not ("pattern" in branch and one.examples):
            yield from _of_branch(branch)


def _of_branch(schema: Schema) -> Iterator[Proposal]:
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
        if (text := _matching(schema)) is not None:
            yield "matching", text
    else:
        yield from _free_texts(schema.get("minLength", 1), schema.get("maxLength"))


def _matching(schema: Schema) -> str | None:
    """The simplest text of a pattern, the same in every run; `None` where none is found."""
    quick = settings(
        database=None,
        derandomize=True,
        deadline=None,
        phases=[Phase.generate, Phase.shrink],
        suppress_health_check=list(HealthCheck),
    )
    lengths = range(schema.get("minLength", 0), schema.get("maxLength", LONGEST_TEXT) + 1)
    drawn = st.from_regex(python_pattern(schema["pattern"]))
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
    else:
        yield WORD, WORD
        yield from scripts.items()
    yield from ODD_TEXTS.items()


def _integers(schema: Schema) -> Iterator[Proposal]:
    least, most = _bounds(schema)
    ends = [*_beside(least, 0, 1), *_beside(most, 0, -1), *([] if most is not None else [INTEGER_PLAIN_MAX])]
    step = schema.get("multipleOf", 1)
    for value in sorted({*map(math.floor, ends), 0, 1, 2, 42, *(end // step * step for end in ends)}):
        yield label(value), value


def _numbers(schema: Schema) -> Iterator[Proposal]:
    least, most = _bounds(schema)
    low = 0 if least is None else least
    high = low + 60 if most is None else most
    for value in (low, low + 0.5, low + 1, (low + high) // 2, high - 0.5, high):
        yield label(value), value
    # Every spelling of a JSON number.
    for text in (f"{float(high)}", "1e1", f"{low + 0.001}", f"{high - 0.001}", "-0"):
        yield text, literal(text)


def _bounds(schema: Schema) -> tuple[float | None, float | None]:
    """Both ends of a range of numbers; whether they belong to it the oracle knows."""
    return (
        schema.get("minimum", schema.get("exclusiveMinimum")),
        schema.get("maximum", schema.get("exclusiveMaximum")),
    )


def _beside(end: float | None, *steps: float) -> list[float]:
    return [] if end is None else [end + step for step in steps]


def _arrays(schema: Schema) -> Iterator[Proposal]:
    entry = next(_entries(schema.get("items", {})), None)
    fewest, most = schema.get("minItems", 0), schema.get("maxItems")
    for count in sorted({fewest, 1, 2, *([most] if most is not None else [])}):
        if entry is not None or not count:
            yield str(count), [entry] * count


def _entries(items: Schema) -> Iterator[Any]:
    """Values of an array's entries, the plainest first."""
    if items.get("x-contract", {}).get("source"):
        yield REFERENCE
    else:
        yield from (value for _, value in _of_branch(items))


def _objects(schema: Schema) -> Iterator[Proposal]:
    described, required = schema.get("properties", {}), schema.get("required", ())
    members = {name: next((v for _, v in _of_branch(one)), None) for name, one in described.items()}
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


# -- what must be refused ----------------------------------------------------------------------------------


def _amiss(one: Field) -> Iterator[Proposal]:
    for branch in one.branches if one.name != "input" else ():  # unknown keys of that are `mutations.keys`
        yield from _beyond(branch)
    yield from one.mark.named("refused").items()
    for name, value in ODD_VALUES.items():
        if not (one.name == "input" and value == {}):  # that lacks a prompt
            yield name, value
    if one.required:
        yield "null", None
    good = next(iter(legal(one.name).values()), None)
    if good is not None:
        yield "array-around", [plain(good)]


def _beyond(schema: Schema) -> Iterator[Proposal]:
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
        yield "unknown-member", {**dict(_objects(schema))["whole"], "unknown": None}


def _beyond_range(schema: Schema, *, whole: bool) -> Iterator[Proposal]:
    least, most = _bounds(schema)
    beyond = [*_beside(least, -1, -0.001, 0, -2), *_beside(most, 1, 0.001, 0, 0.5)]
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
        text = next(iter(schema.get("examples", ())), None) or _matching(schema) or ""
        for way, amiss in {"space": f"{text} {text}", "doubled": f"{text}/{text}", "dashes": "--", "blank": " "}.items():
            yield f"unmatched-{way}", amiss


def _beyond_array(schema: Schema) -> Iterator[Proposal]:
    items, most = schema.get("items", {}), schema.get("maxItems")
    entry = next(_entries(items), None)
    for count in (most + 1, 2 * most, 100) if most is not None else ():
        yield str(count), [entry] * count
    if entry is not None:
        yield "entry", entry
    for name, value in {**ODD_VALUES, "null": None, "object": {"url": "https://images.example/"}}.items():
        yield f"with-{name}", [entry, value]
        yield f"only-{name}", [value]
