"""The request schema, document by document: verdict, and the keyword that it hangs on."""

import pytest

from generations_contract.api.schema import REQUEST, accepts, accepts_by_reference, explain

INPUT = {"prompt": "A beautiful sunset over mountains"}
LEAST = {"model": "flux-1.1-pro", "input": INPUT}
URL = "https://images.example/cat.png"


def with_input(**members: object) -> dict[str, object]:
    """Return the least request with more members under `input`."""
    return {"model": "flux-1.1-pro", "input": {**INPUT, **members}}


ACCEPTED = [
    ("least", "required", LEAST),
    ("model-empty", "type", {**LEAST, "model": ""}),
    ("prompt-1", "minLength", with_input(prompt="x")),
    ("prompt-8000", "maxLength", with_input(prompt="x" * 8000)),
    ("prompt-8000-astral", "maxLength", with_input(prompt="🌄" * 8000)),
    ("prompt-8000-right-to-left", "maxLength", with_input(prompt="ש" * 8000)),
    ("prompt-8000-combining", "maxLength", with_input(prompt="e\u0301" * 4000)),
    ("prompt-blank", "minLength", with_input(prompt=" ")),
    ("prompt-nul", "minLength", with_input(prompt="\0")),
    ("n-1", "minimum", {**LEAST, "n": 1}),
    ("n-10", "maximum", {**LEAST, "n": 10}),
    ("n-integral-float", "type", {**LEAST, "n": 1.0}),
    ("wait-0", "minimum", {**LEAST, "wait": 0}),
    ("wait-60", "maximum", {**LEAST, "wait": 60}),
    ("wait-fraction", "type", {**LEAST, "wait": 0.5}),
    ("wait-minus-zero", "minimum", {**LEAST, "wait": -0.0}),
    ("wait-auto", "const", {**LEAST, "wait": "auto"}),
    ("images-none", "maxItems", with_input(images=[])),
    ("images-8", "maxItems", with_input(images=[URL] * 8)),
    ("images-no-url", "items", with_input(images=["cat"])),
    ("aspect-ratio", "pattern", with_input(aspect_ratio="16:9")),
    ("aspect-ratio-unusual", "pattern", with_input(aspect_ratio="1000:7")),
    ("size", "type", with_input(size="1024x1024")),
    ("size-free-text", "type", with_input(size="large")),
    ("duration-integer", "type", with_input(duration=8)),
    ("duration-fraction", "type", with_input(duration=7.5)),
    ("duration-text", "type", with_input(duration="8")),
    ("resolution", "type", with_input(resolution="720p")),
    ("seed-0", "type", with_input(seed=0)),
    ("seed-negative", "type", with_input(seed=-1)),
    ("seed-beyond-64-bits", "type", with_input(seed=2**64)),
    ("seed-400-digits", "type", with_input(seed=10**400)),
    ("negative-prompt", "type", with_input(negative_prompt="blurry")),
    ("negative-prompt-empty", "type", with_input(negative_prompt="")),
]

REFUSED = [
    ("array", "type", [LEAST]),
    ("null", "type", None),
    ("string", "type", "{}"),
    ("number", "type", 1),
    ("empty", "required", {}),
    ("model-missing", "required", {"input": INPUT}),
    ("model-null", "type", {**LEAST, "model": None}),
    ("model-array", "type", {**LEAST, "model": ["flux-1.1-pro"]}),
    ("input-missing", "required", {"model": "flux-1.1-pro"}),
    ("input-null", "type", {**LEAST, "input": None}),
    ("input-text", "type", {**LEAST, "input": "A beautiful sunset"}),
    ("input-array", "type", {**LEAST, "input": [INPUT]}),
    ("prompt-missing", "required", {**LEAST, "input": {}}),
    ("prompt-null", "type", with_input(prompt=None)),
    ("prompt-number", "type", with_input(prompt=5)),
    ("prompt-empty", "minLength", with_input(prompt="")),
    ("prompt-8001", "maxLength", with_input(prompt="x" * 8001)),
    ("prompt-8001-astral", "maxLength", with_input(prompt="🌄" * 8001)),
    ("n-0", "minimum", {**LEAST, "n": 0}),
    ("n-11", "maximum", {**LEAST, "n": 11}),
    ("n-fraction", "type", {**LEAST, "n": 1.5}),
    ("n-text", "type", {**LEAST, "n": "5"}),
    ("n-true", "type", {**LEAST, "n": True}),
    ("n-400-digits", "maximum", {**LEAST, "n": 10**400}),
    ("n-infinite", "type", {**LEAST, "n": float("inf")}),
    ("wait-negative", "minimum", {**LEAST, "wait": -0.001}),
    ("wait-above", "maximum", {**LEAST, "wait": 60.001}),
    ("wait-upper-case", "const", {**LEAST, "wait": "AUTO"}),
    ("wait-digits", "const", {**LEAST, "wait": "5"}),
    ("wait-true", "anyOf", {**LEAST, "wait": True}),
    ("wait-nan", "anyOf", {**LEAST, "wait": float("nan")}),
    ("images-9", "maxItems", with_input(images=[URL] * 9)),
    ("images-text", "type", with_input(images=URL)),
    ("images-object", "type", with_input(images={"0": URL})),
    ("images-null-inside", "type", with_input(images=[URL, None])),
    ("aspect-ratio-cross", "pattern", with_input(aspect_ratio="16x9")),
    ("aspect-ratio-half", "pattern", with_input(aspect_ratio="16:")),
    ("aspect-ratio-zero", "pattern", with_input(aspect_ratio="0:9")),
    ("aspect-ratio-newline", "pattern", with_input(aspect_ratio="16:9\n")),
    ("aspect-ratio-other-digits", "pattern", with_input(aspect_ratio="\uff11\uff16:\uff19")),
    ("aspect-ratio-number", "type", with_input(aspect_ratio=1.78)),
    ("size-number", "type", with_input(size=1024)),
    ("duration-true", "type", with_input(duration=True)),
    ("duration-array", "type", with_input(duration=[8])),
    ("resolution-number", "type", with_input(resolution=720)),
    ("seed-fraction", "type", with_input(seed=1.5)),
    ("seed-text", "type", with_input(seed="42")),
    ("negative-prompt-array", "type", with_input(negative_prompt=["blurry"])),
    ("unknown-key", "additionalProperties", {**LEAST, "webhook": "x"}),
    ("unknown-key-null", "additionalProperties", {**LEAST, "webhook": None}),
    ("other-case", "additionalProperties", {**LEAST, "Wait": 5}),
    ("prompt-at-the-top", "additionalProperties", {**LEAST, "prompt": "x"}),
    ("wait-under-input", "additionalProperties", with_input(wait=5)),
    ("unknown-nested-key", "additionalProperties", with_input(negative_promt="x")),
    ("trailing-space", "additionalProperties", with_input(**{"seed ": 1})),
]


@pytest.mark.parametrize(("keyword", "document"), [pytest.param(*row[1:], id=row[0]) for row in ACCEPTED])
def test_request_schema_accepts_what_the_document_allows(keyword: str, document: object) -> None:
    """Both validators accept every request that the keyword at its edge allows."""
    assert accepts(REQUEST, document), keyword
    assert accepts_by_reference(REQUEST, document), keyword


@pytest.mark.parametrize(("keyword", "document"), [pytest.param(*row[1:], id=row[0]) for row in REFUSED])
def test_request_schema_refuses_by_exactly_one_keyword(keyword: str, document: object) -> None:
    """Both validators refuse the request, and the explanation names just the keyword it breaks."""
    assert not accepts(REQUEST, document)
    assert not accepts_by_reference(REQUEST, document)
    assert {violation.keyword for violation in explain(REQUEST, document)} == {keyword}
