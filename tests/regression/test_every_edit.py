"""No edit is passed over: one anywhere in a document is told, or the two documents say the same.

The oracle is dumb on purpose: it knows which words are for people, and nothing of OpenAPI.
"""

import copy
import json
import tempfile
from pathlib import Path
from typing import Any, Final

from hypothesis import HealthCheck, Phase, assume, given, settings
from hypothesis import strategies as st

from generations_contract.api.pointers import Path as Way
from generations_contract.api.pointers import at, pointer_of
from generations_contract.api.usage import UsageError
from generations_contract.regression.sources import load
from generations_contract.regression.verdicts.change import SAFE
from generations_contract.regression.verdicts.review import Review, review
from tests.regression.document_helpers import written

GONE: Final = object()
NAMES: Final = ("A", "B", "C D", "E/f")
MEDIA: Final = ("application/json", "application/problem+json", "multipart/form-data", "text/plain")
# Whatever they say, and whether they stand there or not, people alone read them.
WORDS: Final = frozenset(
    {"summary", "tags", "externalDocs", "example", "examples", "info", "$id", "$schema", "$anchor"}
)
OTHERS: Final[tuple[Any, ...]] = (
    False, True, 0, 3, "string", "integer", "a", [], ["a"], {}, {"type": "string"}, {"not": {}},
    {"$ref": "#/components/schemas/A"}, {"application/json": {"schema": {"type": "integer"}}},
)  # fmt: skip
MEMBERS: Final = (
    "required", "maxLength", "type", "enum", "nullable", "readOnly", "format", "deprecated", "encoding", "style",
    "explode", "allowReserved", "security", "servers", "callbacks", "links", "headers", "schema", "x-a", "xml",
    "discriminator", "itemSchema", "$ref", "requestBody", "parameters", "default", "additionalProperties", "q",
)  # fmt: skip


def schemas(*, is_component: bool = False) -> st.SearchStrategy[Any]:
    """Schemas that some document meets, with references to the components."""
    reference = st.sampled_from(NAMES).map(
        lambda name: {"$ref": "#/components/schemas/" + name.replace("/", "~1").replace(" ", "%20")}
    )
    plain = st.fixed_dictionaries(
        {"type": st.sampled_from(["string", "integer"])},
        optional={"enum": st.just(["a"]), "readOnly": st.just(True)},
    )
    return st.recursive(
        plain if is_component else reference | plain,
        lambda inner: st.one_of(
            st.builds(lambda a, r: {"type": "object", "properties": {"a": a}, "required": r}, inner,
                      st.sampled_from([[], ["a"]])),
            st.builds(lambda a: {"type": "array", "items": a}, inner),
            st.builds(lambda a: {"allOf": [a, {"description": "a"}]}, inner),
        ),
        max_leaves=3,
    )  # fmt: skip


@st.composite
def documents(draw: st.DrawFn) -> Any:
    """OpenAPI documents with every kind of object somewhere, half of them behind references."""

    def content() -> Any:
        kinds = draw(st.lists(st.sampled_from(MEDIA), min_size=1, max_size=2, unique=True))
        return {kind: {"schema": draw(schemas())} for kind in kinds}

    def parameter(name: str) -> Any:
        place = draw(st.sampled_from(["query", "header"]))
        return {"name": name, "in": place, "schema": draw(schemas()), "required": draw(st.booleans())}

    def response() -> Any:
        return {"description": "a", "content": content(), "headers": {"X-A": {"schema": draw(schemas())}}}

    def operation() -> Any:
        refer = {"$ref": "#/components/parameters/P"}
        return {
            "parameters": [parameter("q"), draw(st.sampled_from([refer, {**parameter("r")}]))],
            "requestBody": draw(
                st.sampled_from([{"$ref": "#/components/requestBodies/B"}, {"content": content()}])
            ),
            "responses": {"200": response(), "default": {"$ref": "#/components/responses/R"}},
        }

    called = {"{$request.body#/url}": {"post": operation()}}
    return {
        "openapi": draw(st.sampled_from(["3.0.3", "3.1.0", "3.2.0"])),
        "info": {"title": "a", "version": "1"},
        "paths": {
            "/a/{id}": {"get": operation(), "post": {**operation(), "callbacks": {"done": called}}},
            "/b": {"$ref": "#/components/pathItems/I"},
        },
        "webhooks": {"hook": {"post": operation()}},
        "components": {
            "schemas": {name: draw(schemas(is_component=True)) for name in NAMES},
            "parameters": {"P": parameter("p")},
            "requestBodies": {"B": {"content": content()}},
            "responses": {"R": response()},
            "pathItems": {"I": {"put": operation()}},
        },
    }


def places(value: Any, way: Way = ()) -> list[Way]:
    """Every place in a document."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [way, *(one for key, each in inner for one in places(each, (*way, key)))]


def edited(document: Any, way: Way, value: Any) -> Any:
    """A copy with another value at a place, or without what stands there."""
    copied = copy.deepcopy(document)
    holder = at(copied, way[:-1])
    if value is GONE:
        del holder[way[-1]]
    else:
        holder[way[-1]] = copy.deepcopy(value)
    return copied


def said(value: Any) -> Any:
    """What a document says, by the dumb oracle: all but the words for people."""
    if isinstance(value, list):
        return [said(one) for one in value]
    return {k: said(v) for k, v in value.items() if k not in WORDS} if isinstance(value, dict) else value


def judged(old: Any, new: Any) -> Review | None:
    """The comparison; nothing where a document is refused in one line."""
    with tempfile.TemporaryDirectory() as folder:
        try:
            versions = [
                load(written(Path(folder), f"{side}.json", one)) for side, one in (("a", old), ("b", new))
            ]
            return review(versions[0], versions[1], formats=True)
        except UsageError:
            return None


@st.composite
def files(draw: st.DrawFn) -> Any:
    """Schema files with definitions, some of them referred to."""
    whole = {**draw(schemas()), "$defs": {name: draw(schemas(is_component=True)) for name in NAMES}}
    return json.loads(json.dumps(whole).replace("#/components/schemas/", "#/$defs/"))


@st.composite
def edits(draw: st.DrawFn, drawn: st.SearchStrategy[Any]) -> tuple[Any, Any, Way]:
    """A document, the same with one edit, and the place of it."""
    document = draw(drawn)
    way = draw(st.sampled_from([one for one in places(document) if one]))
    kind = draw(st.sampled_from(["gone", "other", "copied", "added"]))
    if kind == "copied":
        value = at(document, draw(st.sampled_from(places(document))))
    else:
        value = GONE if kind == "gone" else draw(st.sampled_from(OTHERS))
    if kind == "added":
        assume(isinstance(at(document, way), dict))
        way = (*way, draw(st.sampled_from(MEMBERS)))
    return document, edited(document, way, value), way


SETTINGS: Final = settings(
    max_examples=25, deadline=None, derandomize=True, phases=[Phase.generate],
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much, HealthCheck.data_too_large],
)  # fmt: skip


@SETTINGS
@given(edits(documents()) | edits(files()))
def test_edit_anywhere_is_told_or_says_nothing(edit: tuple[Any, Any, Way]) -> None:
    """Where two documents differ in more than words, both ways of comparing them tell something."""
    old, new, way = edit
    for first, second in ((old, new), (new, old)):
        found = judged(first, second)
        if found is not None and not found.changes:
            assert json.dumps(said(first), sort_keys=True) == json.dumps(said(second), sort_keys=True), (
                pointer_of(way)
            )


def reached_schemas(document: Any) -> list[Way]:
    """The places of schemas that some operation leads to, found by following every reference there is."""
    found: dict[Way, None] = {}
    todo: list[tuple[Way, bool]] = [(("paths",), False), (("webhooks",), False)]
    seen = set()
    while todo:
        way, is_schema = todo.pop()
        if (way, is_schema) in seen:
            continue
        seen.add((way, is_schema))
        value = at(document, way)
        if is_schema and isinstance(value, dict):
            found[way] = None
        if isinstance(value, dict) and isinstance(value.get("$ref"), str):
            path = value["$ref"].replace("%20", " ").split("/")[1:]
            todo.append((tuple(key.replace("~1", "/") for key in path), is_schema))
            continue
        if isinstance(value, dict):
            for key, inner in value.items():
                if isinstance(inner, dict):
                    names = key == "properties" and is_schema
                    nested = [(*way, key, name) for name in inner] if names else [(*way, key)]
                    todo += [(one, is_schema or key == "schema") for one in nested]
                elif isinstance(inner, list) and key in ("allOf", "parameters"):
                    todo += [((*way, key, index), is_schema) for index in range(len(inner))]
    return list(found)


@SETTINGS
@given(st.data())
def test_schema_that_is_forbidden_is_never_safe(data: st.DataObject) -> None:
    """Nothing is accepted any more at a place that an operation leads to: in one of both directions it breaks."""
    old = data.draw(documents())
    way = data.draw(st.sampled_from(reached_schemas(old)))
    new = edited(old, way, {"enum": ["never seen before"]})
    assume(said(old) != said(new))
    found = [judged(old, new), judged(new, old)]
    assume(None not in found)
    levels = {change.level for one in found if one for change in one.changes}
    assert levels - {SAFE}, pointer_of(way)
