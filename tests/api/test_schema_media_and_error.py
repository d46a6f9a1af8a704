"""The two small schemas, document by document: a media artifact and the error envelope."""

from collections.abc import Sequence

import pytest

from generations_contract.api.schema import ERROR, MEDIA, accepts, accepts_by_reference, explain
from generations_contract.api.vocabulary import STATUS_OF_CODE

IMAGE = {"type": "image", "url": "https://media.example/a.png"}
DETAIL = {"code": "invalid_input", "message": "n must be between 1 and 10."}

ACCEPTED = [
    (MEDIA, "least", "required", IMAGE),
    (MEDIA, "nulls", "type", {**IMAGE, "format": None, "width": None, "height": None}),
    (MEDIA, "image-null-duration", "type", {**IMAGE, "duration_seconds": None}),
    (MEDIA, "video", "enum", {**IMAGE, "type": "video", "format": "mp4", "duration_seconds": 8}),
    (MEDIA, "fractional-duration", "type", {**IMAGE, "type": "video", "duration_seconds": 7.96}),
    (MEDIA, "additional", "properties", {**IMAGE, "sha256": "00"}),
    (MEDIA, "url-ipv6", "format", {**IMAGE, "url": "http://[::1]:8080/a.png?sig=a%2Fb+c=="}),
    (MEDIA, "url-elided", "format", {**IMAGE, "url": "https://…/gen_01H….png?X-Amz-Signature=…"}),
    (ERROR, "least", "required", {"error": DETAIL}),
    (ERROR, "param", "properties", {"error": {**DETAIL, "param": "n"}}),
    (ERROR, "param-null", "type", {"error": {**DETAIL, "param": None}}),
    (ERROR, "additional", "properties", {"error": {**DETAIL, "type": "x"}, "request_id": "r"}),
    (ERROR, "code-not-listed", "minLength", {"error": {**DETAIL, "code": "method_not_allowed"}}),
]

REFUSED = [
    (MEDIA, "type-missing", "required", {"url": IMAGE["url"]}),
    (MEDIA, "type-other", "enum", {**IMAGE, "type": "gif"}),
    (MEDIA, "url-missing", "required", {"type": "image"}),
    (MEDIA, "url-null", "type", {**IMAGE, "url": None}),
    (MEDIA, "url-relative", "format", {**IMAGE, "url": "/media/a.png"}),
    (MEDIA, "url-empty", "format", {**IMAGE, "url": ""}),
    (MEDIA, "url-spaces", "format", {**IMAGE, "url": "https://media.example/a b.png"}),
    (MEDIA, "format-number", "type", {**IMAGE, "format": 1}),
    (MEDIA, "width-text", "type", {**IMAGE, "width": "1024"}),
    (MEDIA, "height-fraction", "type", {**IMAGE, "height": 1024.5}),
    (MEDIA, "duration-text", "type", {**IMAGE, "type": "video", "duration_seconds": "8"}),
    (ERROR, "bare", "required", DETAIL),
    (ERROR, "text", "type", {"error": "invalid_input"}),
    (ERROR, "null", "type", {"error": None}),
    (ERROR, "code-missing", "required", {"error": {"message": "No."}}),
    (ERROR, "code-number", "type", {"error": {**DETAIL, "code": 400}}),
    (ERROR, "code-empty", "minLength", {"error": {**DETAIL, "code": ""}}),
    (ERROR, "message-missing", "required", {"error": {"code": "invalid_input"}}),
    (ERROR, "message-empty", "minLength", {"error": {**DETAIL, "message": ""}}),
    (ERROR, "message-array", "type", {"error": {**DETAIL, "message": ["No."]}}),
    (ERROR, "param-number", "type", {"error": {**DETAIL, "param": 1}}),
]


def rows(table: Sequence[tuple[str, str, str, object]]) -> list[object]:
    """Make parameters of a table, with ids that name the schema."""
    return [
        pytest.param(name, keyword, document, id=f"{name}-{row}") for name, row, keyword, document in table
    ]


@pytest.mark.parametrize(("name", "keyword", "document"), rows(ACCEPTED))
def test_small_schema_accepts_the_document(name: str, keyword: str, document: object) -> None:
    """Both validators accept what the document leaves room for."""
    assert accepts(name, document), keyword
    assert accepts_by_reference(name, document), keyword


@pytest.mark.parametrize(("name", "keyword", "document"), rows(REFUSED))
def test_small_schema_refuses_by_exactly_one_keyword(name: str, keyword: str, document: object) -> None:
    """Both validators refuse it, and the explanation names just the keyword that it breaks."""
    assert not accepts(name, document)
    assert not accepts_by_reference(name, document)
    assert {violation.keyword for violation in explain(name, document)} == {keyword}


@pytest.mark.parametrize("code", STATUS_OF_CODE)
def test_small_schema_accepts_every_documented_code(code: str) -> None:
    """Every code of the document's table may stand in the envelope."""
    assert accepts(ERROR, {"error": {**DETAIL, "code": code}})
