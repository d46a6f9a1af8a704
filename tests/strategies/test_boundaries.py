"""The rows that must be accepted, and the questions that are open: exact, valid, complete."""

import json

import pytest

from generations_contract.api.schema import REQUEST, accepts, explain
from generations_contract.api.vocabulary import INPUT_KEYS, TOP_LEVEL_KEYS
from generations_contract.exchange.parsing import MALFORMED, json_document
from generations_contract.strategies import (
    BOUNDARIES,
    EXAMPLE_BASES,
    OPEN_QUESTIONS,
    PAIRWISE,
    Base,
    Row,
    encode,
)
from generations_contract.strategies.pairwise import CHOICES, all_pairs
from generations_contract.strategies.texts import SAMPLES

IMAGE, VIDEO = (next(base for base in EXAMPLE_BASES if base.modality == name) for name in ("image", "video"))
SIZED = Base("flux-1.1-pro", "image", reference_image=IMAGE.reference, traits=frozenset({"sized"}))
BARE = Base("flux-1.1-pro", "image")
ROWS = {row.id: row for row in (*BOUNDARIES, *PAIRWISE)}
OPTIONAL = {*TOP_LEVEL_KEYS, *INPUT_KEYS} - {"model", "input", "prompt"}
BASES = pytest.mark.parametrize("base", [IMAGE, VIDEO, SIZED, BARE], ids=["image", "video", "sized", "bare"])


def members(row: Row, base: Base) -> dict[str, object]:
    """Return the members of the row's request, both levels in one."""
    request = row.build(base)
    return {**request["input"], **{key: value for key, value in request.items() if key != "input"}}


@BASES
def test_boundary_row_is_accepted_by_the_schema(base: Base) -> None:
    """Every row that applies to a model is valid as the bytes that are sent."""
    applicable = [row for row in ROWS.values() if row.applies_to(base)]
    for row in applicable:
        assert explain(REQUEST, json_document(encode(row.build(base)))) == [], row.id
    assert len(applicable) > 40


def test_boundary_ids_are_unique() -> None:
    """No two rows, and no two questions, share an id."""
    assert len(ROWS) == len(BOUNDARIES) + len(PAIRWISE)
    assert len({question.id for question in OPEN_QUESTIONS}) == len(OPEN_QUESTIONS)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        *(("n", 1), ("n", 10), ("wait", 0), ("wait", 60), ("wait", 0.5), ("wait", "auto")),
        *(("duration", 8), ("duration", "8"), ("seed", 0), ("resolution", "1080p"), ("size", "1024x1024")),
        *(("aspect_ratio", "9:16"), ("negative_prompt", "blurry"), ("images", [IMAGE.reference] * 8)),
    ],
)
@pytest.mark.parametrize("base", [IMAGE, VIDEO], ids=["image", "video"])
def test_boundary_table_has_each_limit_alone(base: Base, name: str, value: object) -> None:
    """Each optional field stands alone at each of its limits, for image and for video models."""
    alone = [
        found
        for row in BOUNDARIES
        if row.applies_to(base) and (found := members(row, base)).keys() & OPTIONAL == {name}
    ]
    assert any(found[name] == value and type(found[name]) is type(value) for found in alone)


@pytest.mark.parametrize("length", [1, 7999, 8000])
@pytest.mark.parametrize("script", [name for name in SAMPLES if name != "astral"])
def test_boundary_table_has_exact_prompt_lengths(script: str, length: int) -> None:
    """Prompts have exactly the length that the id names, and no space at an end that could be trimmed."""
    prompt = ROWS[f"prompt={length}-{script}"].build(IMAGE)["input"]["prompt"]
    assert len(prompt) == length
    assert prompt == prompt.strip()
    assert max(prompt) <= "\uffff"


def test_boundary_rows_with_everything_leave_nothing_out() -> None:
    """All optional fields stand together, also at both ends of their ranges, and in another order of keys."""
    for name in ("everything", "everything-lowest", "everything-highest", "keys-backwards"):
        assert members(ROWS[name], IMAGE).keys() >= OPTIONAL
    forwards, backwards = (json.dumps(ROWS[name].build(IMAGE)) for name in ("everything", "keys-backwards"))
    assert forwards != backwards
    assert json.loads(forwards) == json.loads(backwards)


def test_boundary_rows_need_what_the_target_has() -> None:
    """Without a reference picture no row has images; `size` is honoured or ignored, never both."""
    assert not any(members(row, BARE).get("images") for row in ROWS.values() if row.applies_to(BARE))
    assert ROWS["size=1024x1024"].applies_to(SIZED)
    assert not ROWS["size=1024x1024"].applies_to(IMAGE)
    assert ROWS["ignored-size=1024x1024"].applies_to(IMAGE)
    assert not ROWS["ignored-n=10"].applies_to(IMAGE)


def test_pairwise_covers_every_pair_of_levels() -> None:
    """Any two levels of two fields stand together in some row, and the rows stay few."""
    covered = {
        frozenset({one, other})
        for choice in CHOICES
        for one in choice.items()
        for other in choice.items()
        if one[0] != other[0]
    }
    assert set(all_pairs()) <= covered
    assert len(CHOICES) <= 20


@BASES
def test_open_question_is_a_question_about_the_request_alone(base: Base) -> None:
    """A question sends one JSON object that names the base's model; nothing else about it is wrong."""
    applicable = [question for question in OPEN_QUESTIONS if question.applies_to(base)]
    for question in applicable:
        document = json_document(question.body(base))
        assert document is not MALFORMED, question.id
        assert document["model"] == base.model, question.id
    assert len(applicable) > 20


@pytest.mark.parametrize("clause", ["characters", "integral-float", "unsupported-value", "image-urls"])
def test_open_question_of_these_clauses_is_valid_by_the_schema(clause: str) -> None:
    """Where JSON Schema has an opinion on an open question, and accepts, the record can say so."""
    judged = [question for question in OPEN_QUESTIONS if question.clause == f"request.{clause}"]
    verdicts = {question.id: accepts(REQUEST, json_document(question.body(VIDEO))) for question in judged}
    assert [name for name, accepted in verdicts.items() if not accepted] == {
        "unsupported-value": ["aspect_ratio=0:9", "aspect_ratio=016:09"],
    }.get(clause, [])


def test_open_question_of_duplicate_keys_sends_them() -> None:
    """A question about duplicate keys really has the key twice."""
    judged = [question for question in OPEN_QUESTIONS if question.clause == "request.duplicate-keys"]
    for question in judged:
        key = question.id.split("-")[0].encode()
        assert question.body(IMAGE).count(b'"' + key + b'":') == 2, question.id
    assert len(judged) == 7
