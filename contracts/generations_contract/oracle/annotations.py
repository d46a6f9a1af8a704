"""`x-contract`: what no keyword of JSON Schema can say about a place of a schema.

Its form is `schemas/x-contract.schema.json`. All of it is optional: without an annotation, which clause a
violation breaks follows from the place and the keyword. Never here: what a value is checked with.
"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import Any, Final, Literal, cast

from generations_contract.api.pointers import Path, path_of
from generations_contract.api.schema import Part, Schema
from generations_contract.api.schema_checks import complaint, places
from generations_contract.api.schema_files import ANNOTATION, ANNOTATION_SCHEMA, NAMES, load_own
from generations_contract.api.schema_names import DIALECT
from generations_contract.api.vocabulary import Modality

Level = Literal["MUST", "SHOULD"]

# The clause of what nobody records: a value that is only not to be judged.
UNCLEAR: Final = "unclear"
# Where an annotation lists what is open.
OPENS: Final = ("open", "open_beyond")
_META: Final = Part({"$ref": DIALECT})
# `when` of a value that is no example of its field.
NO_EXAMPLE: Final = "no-example"


@dataclass(frozen=True)
class Break:
    """The clause that a violation breaks, and at which level."""

    clause: str
    level: Level = "MUST"


@dataclass(frozen=True)
class Open:
    """Values that the document leaves open: the clause that records them, which they are, how that is told."""

    clause: str
    when: Part | None
    says: str


@dataclass(frozen=True)
class Annotation:
    """One annotation, read. `usual` is a value, or values by modality where `by_modality`."""

    breaks: Mapping[str, Break] = field(default_factory=dict)
    modality: Modality | None = None
    trait: str | None = None
    ignored: str = UNCLEAR
    honoured: Schema | None = None
    open: tuple[Open, ...] = ()
    open_beyond: tuple[Open, ...] = ()
    examples: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    source: str | None = None
    usual: Mapping[str, Any] = field(default_factory=dict)

    def named(self, kind: Literal["accepted", "refused", "open"]) -> Mapping[str, Any]:
        """The further examples of a kind, by name."""
        return self.examples.get(kind, {})


def read(schema: Schema) -> Annotation:
    """Return the annotation of a schema; an empty one where it has none. Its form is taken for right."""
    raw: dict[str, Any] = schema.get(ANNOTATION, {})
    return Annotation(
        breaks=breaks_of(schema),
        modality=raw.get("modality"),
        trait=raw.get("trait"),
        ignored=raw.get("ignored", UNCLEAR),
        honoured=raw.get("honoured"),
        open=tuple(map(_open, raw.get("open", ()))),
        open_beyond=tuple(map(_open, raw.get("open_beyond", ()))),
        examples=raw.get("examples", {}),
        source=raw.get("source"),
        usual=_usual(raw),
    )


def breaks_of(schema: Schema) -> dict[str, Break]:
    """Return which clause a violation of each keyword breaks; "*" stands for all others."""
    raw = schema.get(ANNOTATION, {}).get("breaks", {})
    if isinstance(raw, str) or "clause" in raw:
        return {"*": _break(raw)}
    return {keyword: _break(one) for keyword, one in raw.items()}


def _break(raw: str | dict[str, str]) -> Break:
    if isinstance(raw, str):
        return Break(raw)
    return Break(raw["clause"], cast("Level", raw.get("level", "MUST")))


def _open(raw: Mapping[str, Any]) -> Open:
    when = None if raw["when"] == NO_EXAMPLE else Part(raw["when"])
    return Open(raw.get("clause", UNCLEAR), when, raw.get("says", "{value} on {modality} models"))


def _usual(raw: Mapping[str, Any]) -> Mapping[str, Any]:
    if "usual" not in raw:
        return {}
    value = raw["usual"]
    by_modality = isinstance(value, dict) and value.keys() == {"image", "video"}
    return value if by_modality else {"image": value, "video": value}


def check(schemas: Mapping[str, Schema]) -> None:
    """Raise `UsageError`, with schema and path, for the first annotation that is not of the form that it must have."""
    form = Part(load_own(ANNOTATION_SCHEMA))
    for name, path, schema in annotated(schemas):
        mark = schema[ANNOTATION]
        for violation in form.explain(mark)[:1]:
            raise complaint(name, (*path, ANNOTATION, *path_of(violation.pointer)), violation.message)
        inner: list[tuple[Path, Any]] = [(("honoured",), mark.get("honoured"))]
        inner += [((key, i, "when"), one["when"]) for key in OPENS for i, one in enumerate(mark.get(key, ()))]
        for steps, each in inner:
            if isinstance(each, dict) and (wrong := _META.explain(each)):
                raise complaint(name, (*path, ANNOTATION, *steps), f"is no schema: {wrong[0]}")


def check_clauses(schemas: Mapping[str, Schema], known: Collection[str]) -> None:
    """Raise `UsageError`, with schema and path, for the first clause id of an annotation that is not known."""
    for name, path, schema in annotated(schemas):
        mark = read(schema)
        opens = (each.clause for each in (*mark.open, *mark.open_beyond))
        for clause in (*(each.clause for each in mark.breaks.values()), mark.ignored, *opens):
            if clause != UNCLEAR and clause not in known:
                close = get_close_matches(clause, known, n=1)
                hint = f"; did you mean {close[0]}?" if close else ""
                raise complaint(name, (*path, ANNOTATION), f"there is no clause {clause!r}{hint}")


def annotated(schemas: Mapping[str, Schema]) -> Iterator[tuple[str, Path, Schema]]:
    """Yield every place that has an annotation: the schema's name, the path to it, and the schema that stands there."""
    for name in NAMES:
        yield from ((name, path, schema) for path, schema in places(schemas[name]) if ANNOTATION in schema)
