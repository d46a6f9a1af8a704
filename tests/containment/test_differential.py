"""No verdict on generated schema pairs contradicts a brute-force search over small documents."""

import random
from itertools import product
from typing import Any

import jsonschema
import jsonschema_rs
import pytest

from generations_contract.containment.decide import CONTAINED, NOT_CONTAINED, UNSUPPORTED, Limits, decide

NAMES = ("a", "b", "ab")
SCALARS: tuple[Any, ...] = (
    None,
    True,
    False,
    0,
    1,
    2,
    3,
    4,
    6,
    -1,
    0.5,
    1.5,
    2.5,
    "",
    "a",
    "b",
    "ab",
    "aab",
    "abc",
)
PATTERNS = ("^a", "b$", "^a*$", "^[ab]+$", "a|b", "^(a|ab)$")


def documents() -> list[Any]:
    """Scalars, short arrays of them, small objects over three names, and some of these nested once."""
    few: tuple[Any, ...] = (None, 0, 1, 2.5, "a", "ab", [], {})
    flat = [
        list(items)
        for n in range(4)
        for items in product(few[:6], repeat=n)
        if n < 3 or len(set(map(str, items))) < 3
    ]
    objects = [
        {name: value for name, value in zip(NAMES, values, strict=True) if value != "absent"}
        for values in product(("absent", 0, 1, 2.5, "a", "ab", None), repeat=len(NAMES))
    ]
    nested = [{"a": inner} for inner in (*flat[:20], *objects[:30])] + [[inner] for inner in objects[:30]]
    return [*SCALARS, *few, *flat, *objects, *nested]


DOCUMENTS = documents()


class SchemaMaker:
    """Random schemas over the vocabulary of one draft, small enough for small documents to tell apart."""

    def __init__(self, seed: int, *, modern: bool) -> None:
        self.random = random.Random(seed)  # noqa: S311
        self.modern = modern
        self.definitions = 0

    def document(self) -> Any:
        """A schema with definitions, some of them recursive."""
        schema = self.schema(3)
        if not isinstance(schema, dict) or self.random.random() < 0.5:
            return schema
        place = "$defs" if self.modern else "definitions"
        leaf = self.schema(1)
        loop = {
            "properties": {"a": {"$ref": f"#/{place}/loop"}, "b": self.schema(1)},
            "required": ["b"][: self.random.randint(0, 1)],
        }
        schema = {"allOf": [schema, {"$ref": f"#/{place}/{self.random.choice(('leaf', 'loop'))}"}]}
        return {**schema, place: {"leaf": leaf, "loop": loop}}

    def schema(self, depth: int) -> Any:
        """One to three keywords."""
        chance = self.random.random()
        if chance < 0.06:
            return chance < 0.04
        schema: dict[str, Any] = {}
        for _ in range(self.random.choice((1, 1, 2, 2, 3))):
            schema.update(self.keyword(depth))
        return schema

    def keyword(self, depth: int) -> dict[str, Any]:
        """One keyword, or a few that belong together."""
        pick, number = self.random.choice, self.random.randint
        simple = [
            lambda: {
                "type": pick(
                    ("integer", "number", "string", "object", "array", "null", ["string", "integer"])
                )
            },
            lambda: {"enum": self.random.sample(SCALARS, number(1, 4))},
            lambda: {"const": pick((*SCALARS, {"a": 1}, [1]))},
            lambda: {pick(("minimum", "exclusiveMinimum")): pick((0, 1, 2, 0.5))},
            lambda: {pick(("maximum", "exclusiveMaximum")): pick((0, 1, 2, 3, 2.5))},
            lambda: {"multipleOf": pick((1, 2, 3, 0.5))},
            lambda: {pick(("minLength", "maxLength")): number(0, 3)},
            lambda: {"pattern": pick(PATTERNS)},
            lambda: {pick(("minItems", "maxItems", "minProperties", "maxProperties")): number(0, 3)},
            lambda: {"uniqueItems": pick((True, True, False))},
            lambda: {"required": self.random.sample(NAMES, number(1, 2))},
            lambda: self.dependent_names(),
        ]
        return pick(simple)() if not depth or self.random.random() < 0.4 else self.compound(depth - 1)

    def dependent_names(self) -> dict[str, Any]:
        """A member that brings another along."""
        first, second = self.random.sample(NAMES, 2)
        return {"dependentRequired" if self.modern else "dependencies": {first: [second]}}

    def compound(self, depth: int) -> dict[str, Any]:
        """A keyword that holds schemas."""
        pick, inner = self.random.choice, lambda: self.schema(depth)
        choices = [
            lambda: {
                "properties": {name: inner() for name in self.random.sample(NAMES, self.random.randint(1, 3))}
            },
            lambda: {"properties": {pick(NAMES): inner()}, "additionalProperties": pick((False, inner()))},
            lambda: {"patternProperties": {pick(PATTERNS): inner()}},
            lambda: {"propertyNames": inner()},
            lambda: {pick(("allOf", "anyOf", "oneOf")): [inner() for _ in range(self.random.randint(1, 3))]},
            lambda: {"not": inner()},
            lambda: {"if": inner(), "then": inner(), "else": inner()},
            lambda: {"items": inner()},
            lambda: {"contains": inner()},
            lambda: {"dependentSchemas" if self.modern else "dependencies": {pick(NAMES): inner()}},
        ]
        if self.modern:
            choices += [
                lambda: {"prefixItems": [inner(), inner()], "items": pick((False, inner()))},
                lambda: {
                    "contains": inner(),
                    pick(("minContains", "maxContains")): self.random.randint(0, 2),
                },
                lambda: {pick(("unevaluatedProperties", "unevaluatedItems")): pick((False, inner()))},
                lambda: {
                    "allOf": [{"properties": {pick(NAMES): inner()}}],
                    "unevaluatedProperties": pick((False, inner())),
                },
                lambda: {
                    "anyOf": [{"prefixItems": [inner()]}, inner()],
                    "unevaluatedItems": pick((False, inner())),
                },
            ]
        else:
            choices.append(lambda: {"items": [inner(), inner()], "additionalItems": pick((False, inner()))})
        return pick(choices)()

    def related(self, schema: Any) -> Any:
        """The schema with one keyword more, less or other: pairs that are nearly equal are the hard ones."""
        if not isinstance(schema, dict) or self.random.random() < 0.2:
            return self.document()
        edited = dict(schema)
        keywords = [key for key in edited if key not in ("$defs", "definitions", "allOf")]
        if keywords and self.random.random() < 0.5:
            del edited[self.random.choice(keywords)]
        else:
            edited.update(self.keyword(2))
        return edited


def pair(seed: int) -> tuple[Any, Any, int | str]:
    """A generated pair and its draft."""
    modern = seed % 3 != 0
    maker = SchemaMaker(seed, modern=modern)
    first = maker.document()
    second = maker.related(first)
    pairs = (first, second) if seed % 2 else (second, first)
    return *pairs, ("2020-12" if modern else 7)


def validators(schema: Any, draft: int | str) -> tuple[Any, Any]:
    """Both validators of a schema, made without any of the code under test."""
    if draft == 7:
        return jsonschema_rs.Draft7Validator(schema, validate_formats=False), jsonschema.Draft7Validator(
            schema
        )
    return jsonschema_rs.Draft202012Validator(schema), jsonschema.Draft202012Validator(schema)


def contradictions(seed: int, limits: Limits) -> tuple[str, list[str]]:
    """The outcome for a seed's pair, and what brute force has against it."""
    first, second, draft = pair(seed)
    verdict = decide(first, second, draft=draft, limits=limits)
    if verdict.outcome == UNSUPPORTED:
        return verdict.outcome, []
    (fast_first, slow_first), (fast_second, slow_second) = validators(first, draft), validators(second, draft)
    against = []
    if verdict.outcome == NOT_CONTAINED:
        for accepts, refuses in ((fast_first, fast_second), (slow_first, slow_second)):
            if not accepts.is_valid(verdict.witness) or refuses.is_valid(verdict.witness):
                against.append(f"no witness: {verdict.witness!r}")
    if verdict.outcome == CONTAINED:
        against += [
            f"falsely contained: {document!r}"
            for document in DOCUMENTS
            if fast_first.is_valid(document)
            and not fast_second.is_valid(document)
            and slow_first.is_valid(document)
            and not slow_second.is_valid(document)
        ]
    return verdict.outcome, [f"seed {seed}: {problem} for {first} in {second}" for problem in against[:1]]


@pytest.mark.parametrize("block", range(6))
def test_verdicts_agree_with_brute_force(block: int) -> None:
    """Of 600 generated pairs none is falsely contained or falsely refused, and nearly all are settled."""
    outcomes, problems = [], []
    for seed in range(block * 100, block * 100 + 100):
        outcome, against = contradictions(seed, Limits(budget_ms=200))
        outcomes.append(outcome)
        problems += against
    assert problems == []
    assert outcomes.count("undecided") <= 3
    assert outcomes.count(CONTAINED) >= 15
    assert outcomes.count(NOT_CONTAINED) >= 15
