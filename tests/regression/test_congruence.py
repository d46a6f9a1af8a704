"""A whole proved part by part: what may be taken apart, what may not, and what large documents need of it."""

import json
from typing import Any

import pytest

from generations_contract.containment.decide import CONTAINED, NOT_CONTAINED, Limits, decide
from generations_contract.regression.sources import load
from generations_contract.regression.verdicts.change import BREAKING, SAFE, UNDECIDED
from generations_contract.regression.verdicts.questions import BY_PARTS, EQUAL, Questions
from generations_contract.regression.verdicts.review import review
from generations_contract.regression.versions.document import Contract
from generations_contract.regression.versions.units import OPENAPI
from tests.containment.test_differential import pair

Json = Any
TEXT, NUMBER, SHORT = {"type": "string"}, {"type": "number"}, {"type": "string", "maxLength": 5}


def api(request: Json, **components: Json) -> Contract:
    """An API of one operation with this request."""
    body = {"content": {"application/json": {"schema": request}}}
    return Contract(
        "api",
        {
            OPENAPI: {
                "openapi": "3.1.0",
                "paths": {"/a": {"post": {"requestBody": body, "responses": {}}}},
                "components": {"schemas": components},
            }
        },
    )


def ref(name: str) -> Json:
    """A reference to a component."""
    return {"$ref": f"#/components/schemas/{name}"}


def kind(value: str, **members: Json) -> Json:
    """A branch with a discriminator."""
    return {"type": "object", "properties": {"kind": {"const": value}, **members}, "required": ["kind"]}


PROVED = [
    (({"items": ref("A")}, {"A": SHORT}), ({"items": ref("A")}, {"A": TEXT})),
    (({"properties": {"a": SHORT}, "required": ["a"]}, {}), ({"properties": {"a": TEXT, "b": True}}, {})),
    (
        ({"oneOf": [kind("x", a=SHORT), kind("y")]}, {}),
        ({"oneOf": [kind("x", a=TEXT), kind("y")]}, {}),
    ),
    (({"not": ref("A")}, {"A": {"enum": [1]}}), ({"not": ref("A")}, {"A": {"const": 1}})),
    (
        (ref("Tree"), {"Tree": {"properties": {"next": ref("Tree"), "a": SHORT}}}),
        (ref("Tree"), {"Tree": {"properties": {"next": ref("Tree"), "a": TEXT}}}),
    ),
    (
        ({"if": {"required": ["a"]}, "then": {"properties": {"a": SHORT}}}, {}),
        ({"if": {"required": ["a"]}, "then": {"properties": {"a": TEXT}}}, {}),
    ),
]


@pytest.mark.parametrize(("old", "new"), PROVED, ids=range(len(PROVED)))
def test_part_is_proved_where_it_stands(old: tuple[Json, Json], new: tuple[Json, Json]) -> None:
    """A part that grows in a place that grows with it makes the whole grow, recursive ones and branches included."""
    questions = Questions(api(old[0], **old[1]), api(new[0], **new[1]))
    verdict = questions.together(questions.new.units()[0])
    assert verdict == BY_PARTS
    back = Questions(questions.new, questions.old)
    assert back.together(back.new.units()[0]).outcome in (NOT_CONTAINED, CONTAINED)


REFUTED = [
    (({"not": ref("A")}, {"A": SHORT}), ({"not": ref("A")}, {"A": TEXT})),
    (({"oneOf": [SHORT, {"minLength": 9}]}, {}), ({"oneOf": [TEXT, {"minLength": 9}]}, {})),
    (({"oneOf": [ref("A"), {"minLength": 9}]}, {"A": SHORT}), ({"oneOf": [ref("A"), {"minLength": 9}]}, {"A": TEXT})),
    (
        ({"properties": {"a": True}, "additionalProperties": TEXT}, {}),
        ({"properties": {}, "additionalProperties": TEXT}, {}),
    ),
    (({"const": 1}, {}), ({"const": True}, {})),
    (({"items": TEXT}, {}), ({"prefixItems": [NUMBER], "items": TEXT}, {})),
    (
        ({"if": ref("A"), "then": False}, {"A": SHORT}),
        ({"if": ref("A"), "then": False}, {"A": TEXT}),
    ),
    (
        ({"contains": ref("A"), "maxContains": 1}, {"A": SHORT}),
        ({"contains": ref("A"), "maxContains": 1}, {"A": TEXT}),
    ),
    (
        ({"anyOf": [{"required": ["a"]}, {"properties": {"b": True}, "required": ["b"]}], "unevaluatedProperties": False}, {}),
        ({"anyOf": [{"required": ["a"]}, {"properties": {}, "required": ["b"]}], "unevaluatedProperties": False}, {}),
    ),
]  # fmt: skip


@pytest.mark.parametrize(("old", "new"), REFUTED, ids=range(len(REFUTED)))
def test_part_is_no_proof_where_its_neighbours_matter(old: tuple[Json, Json], new: tuple[Json, Json]) -> None:
    """A part that grows under `not`, `oneOf`, `if` or a limit, or whose neighbours differ, has its witness found."""
    questions = Questions(api(old[0], **old[1]), api(new[0], **new[1]))
    assert questions.together(questions.new.units()[0]).outcome == NOT_CONTAINED


def test_proof_by_parts_never_contradicts_a_witness() -> None:
    """Of generated pairs put under components and into members, none is proved by parts where a witness exists."""
    proved = 0
    for seed in range(120):
        first, second, draft = pair(seed)
        if draft != "2020-12" or "$ref" in json.dumps([first, second]):
            continue
        whole = {
            "properties": {"a": ref("A")},
            "required": ["a"],
            "items": {"anyOf": [ref("A"), {"const": 0}]},
        }
        questions = Questions(api(whole, A=first), api(whole, A=second), formats=False)
        unit = questions.new.units()[0]
        if questions.together(unit) in (BY_PARTS, EQUAL):
            proved += 1
            assert decide(first, second, draft=draft, limits=Limits(100)).outcome != NOT_CONTAINED
    assert proved


def test_unit_carries_the_components_that_it_reaches() -> None:
    """A schema is complete with what it refers to, and with nothing else."""
    contract = api(ref("A"), A={"items": ref("B")}, B=TEXT, C={"items": ref("A")})
    (unit,) = contract.units()
    assert contract.components_reached(unit) == ["A", "B"]
    assert set(contract.schema(unit)["$defs"]) == {"A", "B"}


def test_change_of_many_units_is_judged_in_all_and_told_of_the_worst() -> None:
    """A member that many operations send and read is one change, breaking where it is sent and safe where it is read."""

    def document(schema: Json) -> Contract:
        content = {"content": {"application/json": {"schema": ref("A")}}}
        answer = {"responses": {"200": content}}
        paths = {f"/{n}": {"post": answer | ({"requestBody": content} if n == 7 else {})} for n in range(12)}
        return Contract(
            "a", {OPENAPI: {"openapi": "3.1.0", "paths": paths, "components": {"schemas": {"A": schema}}}}
        )

    found = review(
        document({"properties": {"a": TEXT}}), document({"properties": {"a": SHORT}}), formats=True
    )
    assert [(one.level, one.unit) for one in found.changes] == [(BREAKING, "POST /7 request")]


def test_deep_change_has_its_witness_however_long(tmp_path: Any) -> None:
    """A text of ten million characters is built where nothing less tells two versions apart, and told by its length."""
    old, new = (
        api({"oneOf": [kind("x", a={"maxLength": most}), kind("y")]}) for most in (20_000_000, 10_000_000)
    )
    (found,) = review(old, new, formats=True).changes
    assert found.level == BREAKING
    assert "(10000001 characters)" in json.dumps(found.breaks, ensure_ascii=False)


def test_all_invalid_places_are_told_at_once(tmp_path: Any) -> None:
    """Each component that is no schema is named on the one line; an old version that cannot be mended is read all the same."""
    document = api(ref("A"), A=TEXT, B={"type": "strin"}, C={"minLength": "x"}).files[OPENAPI]
    path = tmp_path / "api.json"
    path.write_text(json.dumps(document), "utf-8")
    with pytest.raises(Exception, match="components/schemas/B.*; components/schemas/C"):
        load(str(path))
    assert len(load(str(path), excused=None).problems) == 2


def test_change_at_a_place_that_is_no_schema_is_undecided() -> None:
    """What cannot be read is never called safe."""
    old, new = api(ref("A"), A={"type": "strin"}), api(ref("A"), A={"type": "strang"})
    (found,) = review(old, new, formats=True).changes
    assert found.level == UNDECIDED
    assert "no valid schema" in found.reason


def test_recursive_answer_is_closed_for_strict_readers() -> None:
    """A member added deep within a recursive answer is safe, and breaks who refuses what is not documented."""

    def document(**members: Json) -> Contract:
        node = {"type": "object", "properties": {"next": ref("Node"), **members}}
        content = {"content": {"application/json": {"schema": ref("Node")}}}
        paths = {"/a": {"get": {"responses": {"200": content}}}}
        return Contract(
            "a", {OPENAPI: {"openapi": "3.1.0", "paths": paths, "components": {"schemas": {"Node": node}}}}
        )

    (found,) = review(document(), document(extra=TEXT), formats=True).changes
    assert found.level == SAFE
    assert "strict readers" in found.breaks


def test_undecided_pair_says_what_ran_out() -> None:
    """A verdict that is open names what was not read, or which search found no end."""
    items = {"items": {"$dynamicRef": "#x"}, "$defs": {"a": {"$dynamicAnchor": "x", "type": "string"}}}
    verdict = decide(
        items, {"items": {"maxLength": 9_000_000_000}}, draft="2020-12", limits=Limits(budget_ms=20)
    )
    assert verdict.outcome == UNDECIDED
    assert "$dynamicRef" in verdict.reason


def test_verdict_does_not_depend_on_the_time_it_takes() -> None:
    """The counts of a budget end a search before its time does: asked again, the answer is the same."""
    for seed in range(40):
        first, second, draft = pair(seed)
        verdicts = [decide(first, second, draft=draft, limits=Limits(budget_ms=200)) for _ in range(2)]
        assert verdicts[0].outcome == verdicts[1].outcome
