"""Section `media`: what the bytes are, what was asked for, and whether a URL keeps what it claims."""

from dataclasses import replace
from typing import Any

import pytest

from generations_contract.exchange.exchange import Asset, Exchange, Headers, Request, Response
from generations_contract.exchange.signed_urls import SPOILT, expires_unix, tampered
from tests.clauses.stories import (
    BEGUN,
    ID,
    IMAGE,
    TERMS,
    VIDEO,
    answer,
    body,
    entry,
    get,
    post,
    resource,
    under,
    verdict,
)
from tests.media.assets import clip, picture, still

NOW = BEGUN.timestamp()
URL = f"https://media.example/{ID}/0.png?Expires={int(NOW) + 3600}&X-Amz-Signature=REDACTED-0123456789ab"


PNG, RED, CLIP = picture(), picture(colour="red"), clip(1.0)
TURNED = picture("JPEG", turned=True)
ANIMATED = picture("GIF", save_all=True, append_images=[still(colour="red")])
LOUD = clip(1.0, sound_s=1.8)


def listed(**changes: Any) -> dict[str, Any]:
    """The entry of the small picture, or with `type="video"` of the small clip."""
    if changes.get("type") == "video":
        found = entry(model=VIDEO, url=URL, width=64, height=48, duration_seconds=1.0)
    else:
        found = entry(url=URL, width=64, height=48)
    return found | changes


def download(
    data: Any = PNG, about: Any = None, index: int = 0, kind: str = "image/png", **facts: Any
) -> Exchange:
    """A download of an entry and what came: bytes, or an answer."""
    asset = Asset(facts.pop("id", ID), index, listed() if about is None else about)
    outcome = (
        Response(200, Headers((("Content-Type", kind),)), data) if isinstance(data, bytes) else answer(data)
    )
    given: dict[str, Any] = {"response": outcome} if isinstance(outcome, Response) else {"failure": outcome}
    at = facts.pop("at", 20.0)
    facts = {"terms": TERMS, "answered_unix": NOW + at, "credential": "missing"} | facts
    return Exchange("download", Request("GET", URL, "/0.png"), at, at, asset=asset, **given, **facts)


BYTES: list[tuple[bytes, dict[str, Any], str]] = [
    (PNG, listed(), "holds"),
    (PNG, listed(format=None, width=None, height=None), "holds"),
    (PNG, listed(format="PNG"), "holds"),
    (PNG, listed(format="image/png"), "holds"),
    (PNG, listed(format="jpeg"), "breaks"),
    (PNG, listed(width=48), "breaks"),
    (PNG, listed(height=64), "breaks"),
    (PNG, listed(type="video"), "breaks"),
    (picture("JPEG"), listed(format="jpg"), "holds"),
    (TURNED, listed(format="jpeg", width=48, height=64), "holds"),
    (picture("WEBP"), listed(format="webp"), "holds"),
    (PNG[:-40], listed(), "breaks"),
    (PNG + b"PK\x03\x04zip", listed(), "breaks"),
    (PNG + b"\0" * 16, listed(), "holds"),
    (b"<html>expired</html>", listed(), "breaks"),
    (b"", listed(), "breaks"),
    (b"\0\0\0\x20ftypheic", listed(format="heic"), "silent"),
    (b"\0\0\0\x20ftypheic" + b"\0" * 99, listed(format="heic"), "silent"),
    (TURNED, listed(format="jpeg", width=None, height=64), "holds"),
    (TURNED, listed(format="jpeg", width=48, height=48), "breaks"),
    (ANIMATED, listed(format="gif"), "holds"),
    (ANIMATED, listed(type="video", format="gif", duration_seconds=3), "holds"),
    (picture("GIF"), listed(type="video", format="gif"), "breaks"),
    (CLIP, listed(type="video"), "holds"),
    (LOUD, listed(type="video", duration_seconds=1), "holds"),
    (LOUD, listed(type="video", duration_seconds=1.8), "holds"),
    (LOUD, listed(type="video", duration_seconds=1.4), "breaks"),
    (CLIP, listed(type="video", duration_seconds=1.08), "holds"),
    (CLIP, listed(type="video", duration_seconds=2), "breaks"),
    (CLIP, listed(type="video", duration_seconds=10**400), "breaks"),
    (CLIP, listed(type="video", format="webm"), "breaks"),
    (CLIP, listed(), "breaks"),
    (CLIP[: len(CLIP) // 2], listed(type="video"), "breaks"),
]  # fmt: skip


@pytest.mark.parametrize(("data", "about", "expected"), BYTES)
def test_bytes_are_what_the_entry_declares(data: bytes, about: dict[str, Any], expected: str) -> None:
    """Where it is not null; cut off and two files in one are breaches, never crashes."""
    assert verdict("media.bytes", download(data, about)) == expected
    assert verdict("media.bytes", download(data, about, intent="unsigned")) == "silent"
    assert verdict("media.bytes", download("403", about)) == "silent"


def test_content_type_is_that_of_the_bytes() -> None:
    """Parameters are free, a container may go by its other name."""
    for data, kind, expected in (
        (PNG, "image/png", "holds"), (PNG, "image/PNG; x=y", "holds"), (PNG, "image/jpeg", "breaks"),
        (picture("JPEG"), "image/jpg", "holds"), (PNG, "video/png", "breaks"), (PNG, "png", "breaks"),
        (PNG, "binary/octet-stream", "breaks"), (PNG, "", "breaks"), (CLIP, "video/mp4", "holds"),
        (CLIP, "video/quicktime", "holds"), (b"?", "image/png", "silent"),
    ):  # fmt: skip
        assert verdict("media.content-type", download(data, kind=kind)) == expected


@pytest.mark.parametrize(
    ("sent", "size", "expected"),
    [
        (body(size="512x256"), (512, 256), "holds"),
        (body(size="512x256"), (256, 512), "breaks"),
        (body(size="512x256", aspect_ratio="1:1"), (512, 256), "holds"),
        (body(size="500x250"), (512, 256), "silent"),
        (body(aspect_ratio="16:9"), (512, 288), "holds"),
        (body(aspect_ratio="16:9"), (512, 292), "holds"),
        (body(aspect_ratio="16:9"), (288, 512), "breaks"),
        (body(aspect_ratio="16:9"), (512, 512), "breaks"),
        (body(aspect_ratio="21:9"), (512, 512), "silent"),
        (body(), (512, 512), "silent"),
    ],
)
def test_picture_has_the_size_asked_for(sent: Any, size: tuple[int, int], expected: str) -> None:
    """On a model that the profile calls sized and proportioned."""
    made = under(post("completed", sent), proportioned=frozenset({IMAGE}))
    assert verdict("media.requested-size", [made, download(picture(size=size))]) == expected
    assert (
        verdict(
            "media.requested-size", [under(made, sized=frozenset(), proportioned=frozenset()), download()]
        )
        == "silent"
    )


def test_entries_are_assets_of_their_own() -> None:
    """Different URLs, different bytes; one seed may give one picture twice."""
    two = resource(output={"media": [entry(0), entry(1)]})
    assert verdict("media.distinct", get(two)) == "holds"
    assert verdict("media.distinct", get(resource(output={"media": [entry(0), entry(0)]}))) == "breaks"
    assert verdict("media.distinct", get("completed")) == "silent"
    made = post(two, body(n=2))
    other = picture(colour="red")
    assert verdict("media.distinct", [made, download(), download(other, entry(1), index=1, at=21)]) == "holds"
    assert verdict("media.distinct", [made, download(), download(about=entry(1), index=1, at=21)]) == "breaks"
    assert verdict("media.distinct", [made, download(), download(at=21)]) == "silent"
    seeded = post(two, body(n=2, seed=1))
    assert (
        verdict("media.distinct", [seeded, download(), download(about=entry(1), index=1, at=21)]) == "silent"
    )
    # The same entry in another place of the list is no other asset.
    assert verdict("media.distinct", [made, download(), download(index=1, at=21)]) == "silent"


def test_url_is_direct_and_lives_as_long_as_it_claims() -> None:
    """The first download is `direct-url`'s, what comes later, or after another listing, `lifetime`'s."""
    made = get(resource(output={"media": [listed()]}), at=10, answered_unix=NOW + 10)
    anew = get(resource(output={"media": [listed(url=URL + "b")]}), at=15, answered_unix=NOW + 15)
    rows = [
        ([made, download()], "holds", "silent"),
        ([made, download("403")], "breaks", "silent"),
        ([made, download("reset")], "breaks", "silent"),
        ([made, download("abandoned")], "silent", "silent"),
        ([made, download("too-large")], "silent", "silent"),
        ([made, download((302, b""))], "silent", "silent"),
        ([made, download(), download(at=3000)], "holds", "holds"),
        ([made, download(), download("403", at=3000)], "silent", "breaks"),
        ([made, download(), download("403", at=3700)], "silent", "silent"),
        ([made, download("403", at=3700)], "silent", "silent"),
        ([made, anew, download()], "holds", "holds"),
        ([made, anew, download("403")], "silent", "breaks"),
    ]
    for history, direct, lives in rows:
        assert verdict("media.direct-url", history) == direct
        assert verdict("media.lifetime", history) == lives


@pytest.mark.parametrize(
    ("url", "absolute", "lives", "told"),
    [
        (URL, "holds", "holds", "a URL's claim: lives 5 minutes to 2 hours"),
        (
            URL.replace(str(int(NOW) + 3600), str(int(NOW) + 60)),
            "holds",
            "breaks",
            "a URL's claim: lives under 5 minutes",
        ),
        ("https://m.example/0.png", "holds", "silent", "a URL's claim: tells no expiry"),
        ("/media/0.png", "breaks", "silent", "a URL's claim: tells no expiry"),
        ("http://[bad", "breaks", "silent", "a URL's claim: tells no expiry"),
    ],
)
def test_url_tells_its_life(url: str, absolute: str, lives: str, told: str) -> None:
    """Five minutes at the least, whenever it is listed, by the target's own clock."""
    for told_date in ({}, {"Date": BEGUN.strftime("%a, %d %b %Y %H:%M:%S GMT")}):
        shown = get(
            resource(output={"media": [listed(url=url)]}),
            headers=told_date,
            answered_unix=NOW if not told_date else 9e8,
        )
        assert verdict("media.direct-url", shown) == absolute
        assert verdict("media.lifetime", shown) == lives
        assert verdict("media.expiry", shown) == told


def test_tampered_url_does_not_download() -> None:
    """A refusal holds; the asset breaks, however it is tampered; a page with 200 is no asset."""
    for intent in SPOILT:
        assert verdict("media.signature", download("403", intent=intent)) == "holds"
        assert verdict("media.signature", download(intent=intent)) == "breaks"
        assert verdict("media.signature", download(b"<Error/>", intent=intent)) == "holds"
        assert (
            verdict("media.signature", [download(b"odd"), download(b"odd", intent=intent, at=21)]) == "breaks"
        )
        assert verdict("media.signature", download("timeout", intent=intent)) == "silent"
    assert verdict("media.signature", download("403")) == "silent"


def test_same_seed_gives_the_same_picture() -> None:
    """Equal bytes, or the same look in other bytes; another picture breaks."""

    def twins(second: bytes, sent: Any = None, **facts: Any) -> str:
        made = [
            post(resource(id=one), body(seed=1) if one == "gen_1" or sent is None else sent)
            for one in ("gen_1", "gen_2")
        ]
        return verdict("media.seed", [*made, download(at=20), download(second, id="gen_2", at=21, **facts)])

    assert twins(PNG) == "the same seed: the same bytes"
    assert twins(picture("JPEG", quality=90)) == "the same seed: the same picture in other bytes"
    assert twins(picture(colour="red")) == "breaks"
    assert twins(picture(dot=(20, 12, 25, 17))) == "breaks"
    assert twins(picture(size=(32, 24))) == "breaks"
    assert twins(picture(colour="red"), body(seed=2)) == "silent"
    assert twins(picture(colour="red"), body(prompt="other", seed=1)) == "silent"
    assert twins(b"no picture") == "silent"


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        ((PNG, RED), (PNG, RED), "the same seed: the same bytes"),
        ((PNG, RED), (RED, PNG), "the same seed: the same bytes"),
        ((PNG, RED), (PNG, picture(colour="green")), "breaks"),
        ((PNG,), (RED,), "silent"),
    ],
    ids=["in order", "in another order", "another picture", "one not looked at"],
)
def test_several_pictures_by_one_seed_may_come_in_another_order(
    first: tuple[bytes, ...], second: tuple[bytes, ...], expected: str
) -> None:
    """Nothing says which is listed first; one that was not downloaded may be the same."""
    told = [post(resource(id=one), body(seed=1, n=2)) for one in ("gen_1", "gen_2")]
    for start, one, pictures in ((20, "gen_1", first), (30, "gen_2", second)):
        told += [download(each, id=one, index=at, at=start + at) for at, each in enumerate(pictures)]
    assert verdict("media.seed", told) == expected


def test_urls_expire_by_the_names_that_providers_use() -> None:
    """Absolute moments, and a life since the signing; nothing else is taken for an expiry."""
    for query, moment in (
        (f"Expires={int(NOW)}", NOW), (f"exp={int(NOW) * 1000}", NOW), ("se=2026-04-18T12%3A00%3A00Z", NOW),
        ("X-Amz-Date=20260418T120000Z&X-Amz-Expires=3600", NOW + 3600), ("X-Amz-Expires=3600", None), ("e=x", None),
    ):  # fmt: skip
        assert expires_unix(f"https://m.example/0.png?{query}") == moment


def test_url_is_tampered_in_every_way_it_allows() -> None:
    """Each is another URL for the same path; without a signature there is nothing to spoil."""
    query = (
        URL.partition("?")[2]
        .replace("0123456789ab", "ba9876543210")
        .replace(f"{int(NOW) + 3600}", f"{int(NOW) + 3599}")
    )
    other = f"{URL.partition('?')[0].replace('/0.png', '/1.png')}?{query}"
    ways = tampered(URL, other)
    assert set(ways) == set(SPOILT)
    assert len({*ways.values(), URL}) == len(SPOILT) + 1
    assert ways["foreign-signature"] == URL.replace("0123456789ab", "ba9876543210")
    assert ways["foreign-query"] == f"{URL.partition('?')[0]}?{query}"
    assert replace(download(), intent="unsigned").intent in ways
    assert tampered("https://m.example/0.png?v=1") == {}
