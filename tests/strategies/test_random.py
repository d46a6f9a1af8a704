"""The random layer: what is drawn is what it says it is, hits the limits, and is quick."""

from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from generations_contract.api.schema import ERROR, MEDIA, REQUEST, RESPONSE, accepts, explain, load
from generations_contract.exchange.parsing import MALFORMED, json_document
from generations_contract.strategies import (
    EXAMPLE_BASES,
    MUTATIONS,
    Base,
    Refused,
    documented_requests,
    encode,
    prompts,
    refused_requests,
    undisputed_prompts,
)
from generations_contract.strategies.from_schema import UnknownKeywordError, documents
from generations_contract.strategies.texts import ALPHABETS, SAMPLES, tiled

IMAGE, VIDEO = (next(base for base in EXAMPLE_BASES if base.modality == name) for name in ("image", "video"))
BARE = Base("flux-1.1-pro", "image")
BASES = pytest.mark.parametrize("base", [IMAGE, VIDEO, BARE], ids=["image", "video", "bare"])


def drawn(strategy: st.SearchStrategy[Any], count: int) -> list[Any]:
    """Draw that many values, the same in every run."""
    values: list[Any] = []

    @settings(
        max_examples=count,
        database=None,
        derandomize=True,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(strategy)
    def collect(value: Any) -> None:
        values.append(value)

    collect()
    return values


@pytest.mark.parametrize("name", [REQUEST, MEDIA, ERROR])
def test_translation_gives_what_the_schema_accepts(name: str) -> None:
    """Every document drawn from a translated schema is accepted by that schema."""
    documents_drawn = drawn(documents(load(name)), 300)
    assert [document for document in documents_drawn if not accepts(name, document)] == []


def test_translation_reaches_the_limits_of_every_field() -> None:
    """A few hundred draws hit each limit of each field, and many combinations of the optional fields."""
    requests = drawn(documents(load(REQUEST)), 500)
    lengths = Counter(len(request["input"]["prompt"]) for request in requests)
    assert min(lengths[1], lengths[7999], lengths[8000]) > 10
    assert {1, 10} <= {request.get("n") for request in requests}
    assert {0, 60, 0.5, "auto"} <= {request.get("wait") for request in requests}
    assert {0, 8} <= {len(request["input"].get("images", ())) for request in requests}
    assert {int, float, str} <= {type(request["input"].get("duration")) for request in requests}
    present = Counter(frozenset({*request, *request["input"]}) for request in requests)
    assert len(present) > 40


@BASES
def test_documented_requests_are_valid_and_undisputed(base: Base) -> None:
    """What is drawn as documented is valid, names the model, and uses only values that nobody may refuse."""
    for request in drawn(documented_requests(base), 300):
        fields = request["input"]
        assert explain(REQUEST, json_document(encode(request))) == []
        assert request["model"] == base.model
        assert len(fields["prompt"].encode("utf-16-le")) <= 16_000
        assert fields.get("aspect_ratio", "1:1") in ("16:9", "1:1", "9:16")
        assert set(fields.get("images", ())) <= {base.reference_image}
        assert base.reference_image or not fields.get("images")


@BASES
def test_refused_requests_are_refused_for_the_clauses_they_name(base: Base) -> None:
    """What is drawn as refused is refused as sent, and names the clauses of its mutations."""
    clauses = {mutation.id: mutation.clause for mutation in MUTATIONS}
    stacked = 0
    for refused in drawn(refused_requests(base), 500):
        assert isinstance(refused, Refused)
        document = json_document(refused.body)
        assert document is MALFORMED or not accepts(REQUEST, document), refused.mutations
        assert refused.clauses == {clauses[name] for name in refused.mutations}
        stacked += len(refused.mutations) > 1
    assert stacked > 50


def test_refused_requests_keep_every_stacked_mutation_broken() -> None:
    """Stacked mutations do not undo each other: each one's own place is refused."""
    blamed = {mutation.id: mutation.blamed for mutation in MUTATIONS}
    for refused in drawn(refused_requests(IMAGE), 500):
        document = json_document(refused.body)
        if len(refused.mutations) == 1 or document is MALFORMED:
            continue
        text = " ".join(f"{found.pointer} {found.message}" for found in explain(REQUEST, document))
        for name in refused.mutations:
            place = blamed[name]
            key = "unknown" if place is None else place.rpartition("input.")[2]
            assert repr(key)[1:-1] in text, (refused.mutations, name, text)


@pytest.mark.parametrize("strategy", [prompts, undisputed_prompts])
def test_prompts_of_every_script_reach_the_longest(strategy: Callable[[], st.SearchStrategy[str]]) -> None:
    """Prompts of exactly 8000 occur in every script; never a lone surrogate, never more than asked."""
    found = drawn(strategy(), 800)
    longest = [prompt for prompt in found if len(prompt) == 8000]
    for script, alphabet in ALPHABETS.items():
        if strategy is prompts or script != "astral":
            assert any(set(prompt) <= set(alphabet) for prompt in longest), script
    assert {len(prompt) for prompt in found} >= {1, 2, 7999, 8000}
    for prompt in found:
        assert 1 <= len(prompt) <= 8000
        prompt.encode("utf-8")


@pytest.mark.parametrize("sample", SAMPLES.values(), ids=SAMPLES)
@pytest.mark.parametrize("length", [0, 1, 2, 7, 8000])
def test_tiled_text_has_exactly_the_length(sample: str, length: int) -> None:
    """A tiled text has the length asked for and ends as its sample begins, so trimming takes nothing."""
    text = tiled(sample, length)
    assert len(text) == length
    assert text == text.strip()


@pytest.mark.parametrize(
    ("schema", "pointer", "keyword"),
    [
        ({"type": "object", "patternProperties": {}}, "", "patternProperties"),
        (
            {"type": "object", "properties": {"n": {"type": "number", "multipleOf": 2}}},
            "/properties/n",
            "multipleOf",
        ),
        ({"type": "array", "items": {"type": "string", "format": "regex"}}, "/items", "format"),
        ({"type": "string", "minimum": 1}, "", "minimum"),
        ({"anyOf": [{"type": "null"}], "type": "null"}, "", "type"),
        ({"anyOf": [{"type": "null"}, {"not": {}}]}, "/anyOf/1", "not"),
        ({"const": 1, "minimum": 0}, "", "minimum"),
        ({"type": "string", "pattern": "a", "format": "uri"}, "", "format"),
        ({"type": "object", "additionalProperties": {"type": "null"}}, "", "additionalProperties"),
        ({"minLength": 1}, "", "minLength"),
        (load(RESPONSE), "", "allOf"),
    ],
)
def test_translation_refuses_a_keyword_it_does_not_know(
    schema: dict[str, Any], pointer: str, keyword: str
) -> None:
    """A keyword that generation would ignore is an error at translation, with its place."""
    with pytest.raises(UnknownKeywordError) as caught:
        documents(schema)
    assert (caught.value.pointer, caught.value.keyword) == (pointer, keyword)


def test_translation_refuses_an_override_of_no_place() -> None:
    """An override that names no place in the schema is an error, not a silent nothing."""
    with pytest.raises(KeyError, match="/properties/m"):
        documents(load(REQUEST), {"/properties/m": st.none()})
