"""The named mutations: each refuses for one reason, and only because of itself."""

import re

import pytest

from generations_contract.api.schema import REQUEST, accepts, explain
from generations_contract.api.vocabulary import EXAMPLE_MODELS, INPUT_KEYS, TOP_LEVEL_KEYS
from generations_contract.exchange.parsing import MALFORMED, json_document
from generations_contract.strategies import EXAMPLE_BASES, MUTATIONS, Base, Mutation, encode

IMAGE, VIDEO = (next(base for base in EXAMPLE_BASES if base.modality == name) for name in ("image", "video"))
SIZED = Base("flux-1.1-pro", "image", prompt="שקיעה", traits=frozenset({"sized"}))
BASES = pytest.mark.parametrize("base", [IMAGE, VIDEO, SIZED], ids=["image", "video", "sized"])
BY_ID = {mutation.id: mutation for mutation in MUTATIONS}

MALFORMED_BODY = "request.malformed-body"
# Clauses that the schema leaves to others, because they hold on some models only; how a breach is told here.
OUTSIDE_THE_SCHEMA = {
    "request.size-form": lambda document: (
        not re.fullmatch("[1-9][0-9]*x[1-9][0-9]*", document["input"]["size"])
    ),
    "request.unknown-model": lambda document: document["model"] not in EXAMPLE_MODELS,
}


def sent(mutation: Mutation, base: Base) -> object:
    """Return the document in the bytes as sent."""
    return json_document(mutation.body(base))


def applicable(base: Base) -> list[Mutation]:
    """Return the mutations that apply to a model."""
    return [mutation for mutation in MUTATIONS if mutation.applies_to(base)]


@BASES
def test_mutation_undone_is_valid(base: Base) -> None:
    """Before its mutation every request is accepted, and a mutation leaves it as it was."""
    for mutation in applicable(base):
        prepared = mutation.prepare(base)
        before = encode(prepared)
        mutation.mutate(prepared, base)
        assert encode(prepared) == before, mutation.id
        assert explain(REQUEST, json_document(before)) == [], mutation.id


@BASES
def test_mutation_is_refused_as_sent_for_one_reason(base: Base) -> None:
    """The bytes as sent are refused, at the place that is blamed and nowhere else."""
    for mutation in applicable(base):
        document = sent(mutation, base)
        if mutation.clause in OUTSIDE_THE_SCHEMA:
            assert accepts(REQUEST, document), mutation.id
            assert OUTSIDE_THE_SCHEMA[mutation.clause](document), mutation.id
        elif mutation.clause == MALFORMED_BODY:
            assert document is MALFORMED or not isinstance(document, dict), mutation.id
        else:
            assert document is not MALFORMED, mutation.id
            places = {violation.pointer for violation in explain(REQUEST, document)}
            assert len(places) == 1, (mutation.id, places)
            assert is_blamed(mutation, places.pop()), mutation.id


def is_blamed(mutation: Mutation, pointer: str) -> bool:
    """Whether the place of a violation is the field that the mutation blames, or the object that lacks it."""
    if mutation.blamed is None:
        return pointer in ("", "/input")
    parts = mutation.blamed.split(".", 1) if mutation.blamed.startswith("input.") else [mutation.blamed]
    path = "".join(f"/{part}" for part in parts)
    return pointer == path or pointer.startswith(f"{path}/") or pointer == path.rpartition("/")[0]


def test_mutation_ids_are_unique_and_plain() -> None:
    """An id is used once, says field and value, and can be typed."""
    assert len(BY_ID) == len(MUTATIONS) > 250
    assert [name for name in BY_ID if not re.fullmatch(r"[A-Za-z0-9_.:=~+-]+", name)] == []


@BASES
def test_mutations_of_one_model_differ(base: Base) -> None:
    """No two mutations of a model send the same bytes."""
    bodies: dict[bytes, list[str]] = {}
    for mutation in applicable(base):
        bodies.setdefault(mutation.body(base), []).append(mutation.id)
    assert [names for names in bodies.values() if len(names) > 1] == []


@pytest.mark.parametrize("modality", ["image", "video"])
def test_mutations_reach_every_clause_on_both_modalities(modality: str) -> None:
    """Each clause of refusals has mutations for image and for video models, where it applies to them."""
    base = SIZED if modality == "image" else Base("veo-3", "video", traits=frozenset({"sized"}))
    reached = {mutation.clause for mutation in applicable(base)}
    everything = {mutation.clause for mutation in MUTATIONS}
    assert everything - reached == ({"request.n-range"} if modality == "video" else set())


@pytest.mark.parametrize(
    ("level", "key"),
    [("input", "negative_promt"), ("input", "Seed"), ("input", "seed "), ("input", "aspectRatio")]
    + [("input", "aspect-ratio"), ("input", "image"), ("", "N"), ("", "Wait"), ("", " wait"), ("", "waits")]
    + [("", key) for key in INPUT_KEYS]
    + [("input", key) for key in TOP_LEVEL_KEYS],
)
def test_mutations_have_the_near_miss(level: str, key: str) -> None:
    """The near misses that people make are all sent, each with a value the documented key accepts."""
    clause = "strict.nested" if level else "strict.top-level"
    found = [sent(mutation, IMAGE) for mutation in MUTATIONS if mutation.clause == clause]
    nodes = [document["input"] if level else document for document in found if isinstance(document, dict)]
    assert any(key in node for node in nodes)


@pytest.mark.parametrize("level", ["", "input"])
@pytest.mark.parametrize("key", sorted({*TOP_LEVEL_KEYS, *INPUT_KEYS} - {"model", "input", "prompt"}))
def test_mutations_have_an_unknown_key_beside_every_optional_field(level: str, key: str) -> None:
    """Beside every optional field an unknown key is sent, on both levels, with value null."""
    place = f"{level}.unknown" if level else "unknown"
    document = sent(BY_ID[f"key:{place}-beside-{key}"], IMAGE)
    assert isinstance(document, dict)
    assert key in (document["input"] if key in INPUT_KEYS else document)
    assert (document["input"] if level else document)["unknown"] is None


@pytest.mark.parametrize("level", ["", "input"])
def test_mutations_put_the_unknown_key_first_and_last(level: str) -> None:
    """An unknown key stands before all others, and after all others."""
    keys = []
    for mutation in MUTATIONS:
        document = sent(mutation, IMAGE) if mutation.clause.startswith("strict.") else None
        node = document["input"] if isinstance(document, dict) and level else document
        if isinstance(node, dict) and "unknown" in node:
            keys.append(list(node))
    assert any(names[0] == "unknown" for names in keys)
    assert any(names[-1] == "unknown" for names in keys)


@pytest.mark.parametrize(
    ("name", "body"),
    [
        ("n=digits", b'"n": "5"'),
        ("n=true", b'"n": true'),
        ("n=1e400", b'"n": 1e400'),
        ("wait=-0.001", b'"wait": -0.001'),
        ("body:wait-nan", b'"wait": NaN'),
        ("body:seed-leading-zero", b'"seed": 05'),
        ("key:input.seed~trailing-space", b'"seed ": 42'),
    ],
)
def test_mutation_sends_these_bytes(name: str, body: bytes) -> None:
    """What no Python value is written as stands on the wire all the same."""
    assert body in BY_ID[name].body(IMAGE)


def test_mutations_spare_what_is_open() -> None:
    """No mutation sends null for an optional field, an integral float, or a wrong `n` to a video model."""
    for mutation in MUTATIONS:
        document = sent(mutation, IMAGE)
        if not isinstance(document, dict) or not mutation.clause.startswith("request."):
            continue
        fields = document["input"] if isinstance(document.get("input"), dict) else {}
        values = [*document.items(), *fields.items()]
        assert not any(value is None for key, value in values if key not in ("model", "input", "prompt"))
        assert not any(isinstance(value, float) and value.is_integer() for _, value in values), mutation.id
    assert not any(mutation.blamed == "n" for mutation in applicable(VIDEO))
