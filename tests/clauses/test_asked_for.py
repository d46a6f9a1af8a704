"""Clips as asked for, URLs that bear a signature, headers that take nothing back, moments, and spellings."""

from dataclasses import replace
from typing import Any

import pytest

from generations_contract.exchange.exchange import Asset, Exchange, Headers, Request, Response
from generations_contract.exchange.signed_urls import may_be_signed
from generations_contract.gateway.render import mp4
from tests.clauses.stories import (
    BEGUN,
    ID,
    TERMS,
    VIDEO,
    body,
    entry,
    get,
    is_unmet,
    post,
    resource,
    stamp,
    verdict,
)

SIGNATURE, SIZE, TIMES = "media.signature", "media.requested-size", "response.timestamps"
ACCEPTED = "request.documented-accepted"


def clip(asked: dict[str, Any], size: tuple[int, int], seconds: float) -> list[Exchange]:
    """A creation of a clip, and the download of what came of it."""
    created = post(resource("completed", model=VIDEO), body(VIDEO, wait=60, **asked))
    url = entry(model=VIDEO)["url"]
    answer = Response(200, Headers((("Content-Type", "video/mp4"),)), mp4(b"x", *size, seconds))
    asset = Asset(ID, 0, entry(model=VIDEO))
    got = Exchange("download", Request("GET", url, "/"), 1, 2, answer, asset=asset, terms=TERMS)
    return [created, got]


CLIPS = [
    ({"duration": 8}, (128, 72), 8.0, "holds"),
    ({"duration": "8"}, (128, 72), 8.05, "holds"),
    ({"duration": 8}, (128, 72), 4.0, "breaks"),
    ({"duration": "8"}, (128, 72), 4.0, "breaks"),
    ({"duration": 7}, (128, 72), 4.0, "silent"),  # not the document's own value: the model may not have it
    ({"resolution": "720p"}, (1280, 720), 1.0, "holds"),
    ({"resolution": "720p"}, (720, 1280), 1.0, "holds"),
    ({"resolution": "720p"}, (1280, 536), 1.0, "holds"),  # by the longer side, in cinema format
    ({"resolution": "1080p"}, (1280, 720), 1.0, "breaks"),
    ({"resolution": "4k"}, (1280, 720), 1.0, "silent"),
    ({}, (128, 72), 4.0, "silent"),
    ({"resolution": "720p", "duration": 8}, (1280, 720), 4.0, "breaks"),
]


@pytest.mark.parametrize(("asked", "size", "seconds", "expected"), CLIPS)
def test_clip_is_as_asked_for(
    asked: dict[str, Any], size: tuple[int, int], seconds: float, expected: str
) -> None:
    """As long and of the resolution that was asked for, where a trait names the model."""
    assert verdict(SIZE, clip(asked, size, seconds)) == expected
    if expected != "silent":
        bare = [
            replace(each, terms=replace(each.terms, timed=frozenset(), resolved=frozenset()))
            for each in clip(asked, size, seconds)
        ]
        assert verdict(SIZE, bare) == "silent"


UNSIGNED = [
    f"https://media.example/{ID}/0.png",
    f"https://media.example/{ID}-0.png?Expires=1776517200",
    "https://media.example/images/2026/04/18/sunset_0001.png",
    "https://media.example/a.png?inline=1&size=large",
]
SIGNED = [
    "https://media.example/0.png?X-Amz-Signature=",  # what a recording left of it
    "https://media.example/0.png?verify=1776517200-Xy9%2Fq",
    "https://media.example/0.png?k=Zq81xT0p",
    "https://media.example/hdnts=exp=1776517200~acl=/*~hmac=ab12/0.png",
    "https://media.example/bcdn_token=abc&expires=1776517200/0.png",
    "https://res.media.example/image/upload/s--x1Y2z3A4--/0.png",
    "https://media.example/files/b/monkey/o7mXq3Zt1_YkL9.png",
    "https://media.example/pbxt/8vJ2mQeT5sLw0Rz9yKcXbN4hGfDp/out-0.png",
    "https://media.example/550e8400-e29b-41d4-a716-446655440000.png",
    "https://user:secret@media.example/0.png",
]


@pytest.mark.parametrize("url", UNSIGNED)
def test_url_without_a_signature_is_unmet(url: str) -> None:
    """A plain address, with or without an expiry: the document promises a signed URL."""
    listed = get(resource("completed", output={"media": [entry(url=url)]}))
    assert is_unmet(SIGNATURE, listed)
    assert not may_be_signed(url, ID)


@pytest.mark.parametrize("url", SIGNED)
def test_url_that_may_be_signed_is_left_in_peace(url: str) -> None:
    """Whoever signs has a form of his own: in the query under any name, in the path, or the path itself."""
    assert verdict(SIGNATURE, get(resource("completed", output={"media": [entry(url=url)]}))) == "silent"


HEADERS = [
    ("headers.cache-terminal", "completed", {"Cache-Control": "private, max-age=60, no-cache"}, "breaks"),
    (
        "headers.cache-terminal",
        "completed",
        {"Cache-Control": 'private, max-age=60, no-cache="Set-Cookie"'},
        "holds",
    ),
    ("headers.cache-terminal", "completed", {"Vary": "*"}, "breaks"),
    ("headers.cache-terminal", "completed", {"Vary": "Accept-Encoding, *"}, "breaks"),
    ("headers.cache-terminal", "completed", {"Vary": "Authorization"}, "holds"),
    ("headers.cache-terminal", "completed", {"Age": "61"}, "breaks"),
    ("headers.cache-terminal", "completed", {"Age": "60"}, "holds"),
    ("headers.cache-terminal", "completed", {"Age": "old"}, "holds"),
    ("headers.retry-after", "running", {"Retry-After": "300"}, "holds"),
    ("headers.retry-after", "running", {"Retry-After": "86400"}, "breaks SHOULD"),
    ("headers.retry-after", "running", {"Retry-After": "Sun, 19 Apr 2026 12:00:00 GMT"}, "holds"),
    (
        "headers.retry-after",
        "running",
        {"Retry-After": "Sun, 19 Apr 2026 12:00:00 GMT", "Date": "Sat, 18 Apr 2026 12:00:00 GMT"},
        "breaks SHOULD",
    ),
]


@pytest.mark.parametrize(("clause_id", "state", "headers", "expected"), HEADERS)
def test_header_takes_nothing_back(
    clause_id: str, state: str, headers: dict[str, str], expected: str
) -> None:
    """Nothing beside `max-age=60` forbids what it allows, and nobody is sent away for a day."""
    assert verdict(
        clause_id, get(state, headers={key.replace("-", "_"): text for key, text in headers.items()})
    ) == (expected)


def seen(at: float, state: str = "completed", date: str | None = None, **changes: Any) -> Exchange:
    """A GET some seconds after the beginning, whose client has a clock that is right."""
    headers = {"Date": date} if date else {}
    return get(resource(state, **changes), at=at, headers=headers, answered_unix=BEGUN.timestamp() + at)


def made(**changes: Any) -> Exchange:
    """The creation that goes before it."""
    return post(resource("queued", **changes), answered_unix=BEGUN.timestamp())


MOMENTS = [
    ([made(), seen(9)], "holds"),
    ([made(created_at=stamp(-200))], "holds"),
    ([made(created_at=stamp(-400))], "breaks SHOULD"),
    ([made(created_at="1970-01-01T00:00:00Z")], "breaks SHOULD"),
    ([made(), seen(900, "running"), seen(901, completed_at=stamp(700))], "holds"),
    ([made(), seen(900, "running"), seen(901, completed_at=stamp(500))], "breaks SHOULD"),
    ([seen(9, created_at="1970-01-01T00:00:00Z")], "holds"),  # nobody saw it created
    # The client's clock is wrong, and the target's `Date` agrees with what it says; or the other way round.
    ([seen(-7200, date="Sat, 18 Apr 2026 12:00:10 GMT")], "holds"),
    ([seen(10, date="Sat, 18 Apr 2026 09:00:00 GMT")], "holds"),
    ([seen(-7200, date="Sat, 18 Apr 2026 10:00:00 GMT")], "breaks SHOULD"),
]


@pytest.mark.parametrize(("exchanges", "expected"), MOMENTS)
def test_moments_are_about_when_it_was(exchanges: list[Exchange], expected: str) -> None:
    """Within five minutes, or by the clock of `Date`: what neither allows is a SHOULD."""
    assert verdict(TIMES, exchanges) == expected


@pytest.mark.parametrize("wait", ["1e1", "6E1", "5e-1", "0e0"])
def test_odd_spelling_of_a_window_is_accepted_on_get(wait: str) -> None:
    """A number of JSON is a number, where an earlier poll shows that the generation can be read."""
    before = [post("completed"), get("completed", at=1)]
    assert verdict(ACCEPTED, [*before, get("400", wait, at=2)]) == "breaks"
    assert verdict(ACCEPTED, [*before, get("completed", wait, at=2)]) == "holds"
    for nothing in ("404", "429", "500", "timeout"):
        assert verdict(ACCEPTED, [*before, get(nothing, wait, at=2)]) == "silent"
    assert verdict(ACCEPTED, [post("completed"), get("400", wait, at=2)]) == "silent"


@pytest.mark.parametrize("wait", ["+5", "05", "1e", "0x5", "7e1", "1e-400000", "inf"])
def test_no_number_of_json_is_nobodys_window(wait: str) -> None:
    """What only generous readers take, and what is out of range, is not judged as accepted."""
    assert verdict(ACCEPTED, [get("completed"), get("400", wait, at=2)]) == "silent"
