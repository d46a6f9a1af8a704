"""Assets: their sizes, their signed URLs, and the bytes behind them."""

import io
from typing import Any

import av
import pytest
from PIL import Image

from generations_contract.gateway import Gateway, default_catalogue
from tests.gateway.gateway_helpers import Desk, code, header, media, with_models


def one(model: str, **given: Any) -> dict[str, Any]:
    """The first media entry of a finished generation."""
    return media(Desk().create(model, input=given, wait=60))[0]


@pytest.mark.parametrize(
    ("model", "given", "size"),
    [
        ("flux-1.1-pro", {}, (1024, 1024)),
        ("flux-1.1-pro", {"size": "640x480"}, (640, 480)),
        ("flux-1.1-pro", {"size": "640x480", "aspect_ratio": "1:1"}, (640, 480)),
        ("flux-1.1-pro", {"size": "1x99999"}, (64, 2048)),
        ("flux-1.1-pro", {"size": "9" * 400 + "x100"}, (2048, 100)),
        ("flux-1.1-pro", {"aspect_ratio": "16:9"}, (1365, 768)),
        ("flux-1.1-pro", {"aspect_ratio": "17:9"}, (1365, 768)),
        ("flux-1.1-pro", {"aspect_ratio": "1:" + "9" * 400}, (768, 1365)),
        ("seedream-4", {"size": "640x480"}, (1024, 1024)),
        ("sketch-free", {"aspect_ratio": "16:9"}, (512, 512)),
        ("veo-3", {}, (1280, 720)),
        ("veo-3", {"aspect_ratio": "9:16"}, (720, 1280)),
        ("veo-3", {"resolution": "1080p"}, (1920, 1080)),
        ("veo-3", {"resolution": "4000p"}, (1920, 1080)),
        ("veo-3", {"resolution": "cinema", "size": "64x64"}, (1280, 720)),
        ("runway-gen4", {"aspect_ratio": "21:9"}, (1680, 720)),
    ],
)
def test_size_is_the_nearest_supported(model: str, given: dict[str, Any], size: tuple[int, int]) -> None:
    """Size, ratio and resolution are honoured where the model takes them, capped to what it supports."""
    entry = one(model, **given)
    assert (entry["width"], entry["height"]) == size


@pytest.mark.parametrize(
    ("duration", "seconds"),
    [(None, 4), (6, 6), ("6", 6), ("6s", 6), (5.1, 6), (0, 4), (10**400, 8), ("long", 4), ("9" * 400, 8)],
)
def test_duration_is_the_nearest_supported(duration: object, seconds: float) -> None:
    """A clip is as long as the supported duration nearest to the one asked."""
    given = {} if duration is None else {"duration": duration}
    assert one("veo-3", **given)["duration_seconds"] == seconds


@pytest.mark.parametrize(
    ("model", "given"),
    [
        ("flux-1.1-pro", {"size": "301x77"}),
        ("sketch-free", {}),
        ("instant-video", {}),
        ("veo-3", {"aspect_ratio": "9:16", "duration": 4}),
    ],
)
def test_bytes_are_what_the_entry_says(model: str, given: dict[str, Any]) -> None:
    """Type, format, width, height and duration are those of the file that the URL gives."""
    desk = Desk()
    entry = media(desk.create(model, input=given, wait=60))[0]
    reply = desk.download(entry["url"], now=60)
    if entry["type"] == "image":
        with Image.open(io.BytesIO(reply.body)) as picture:
            assert (picture.format, header(reply, "content-type")) == ("PNG", "image/png")
            assert picture.size == (entry["width"], entry["height"])
            picture.load()
        return
    assert header(reply, "content-type") == "video/mp4"
    with av.open(io.BytesIO(reply.body)) as clip:
        stream = clip.streams.video[0]
        assert (stream.width, stream.height) == (entry["width"], entry["height"])
        assert (clip.duration or 0) / 1e6 == pytest.approx(entry["duration_seconds"], abs=0.05)
        assert len(list(clip.decode(video=0))) == 2 * entry["duration_seconds"]


def test_entries_have_urls_and_pictures_of_their_own() -> None:
    """Several images are as many different pictures at n different URLs."""
    desk = Desk()
    entries = media(desk.create(n=10))
    assert len({entry["url"] for entry in entries}) == 10
    assert len({desk.download(entry["url"], now=9).body for entry in entries}) == 10


@pytest.mark.parametrize(
    ("model", "first", "second", "same"),
    [
        ("flux-1.1-pro", {"seed": 7}, {"seed": 7}, True),
        ("flux-1.1-pro", {"seed": 7}, {"seed": 8}, False),
        ("flux-1.1-pro", {"seed": 7}, {"seed": 7, "prompt": "another"}, False),
        ("flux-1.1-pro", {}, {}, False),
        ("runway-gen4", {"seed": 7}, {"seed": 7}, True),
        ("seedream-4", {"seed": 7}, {"seed": 7}, False),
    ],
)
def test_seed_gives_the_same_picture(
    model: str, first: dict[str, Any], second: dict[str, Any], *, same: bool
) -> None:
    """Same model, seed and prompt, same bytes, on every gateway; on deterministic models only."""
    pictures = []
    for seed, given in enumerate((first, second)):
        desk = Desk(Gateway(seed=seed))
        entry = media(desk.create(model, input=given, wait=60))[0]
        pictures.append(desk.download(entry["url"], now=20).body)
    assert (pictures[0] == pictures[1]) is same


def test_url_needs_its_own_signature() -> None:
    """Without a signature, with another, another expiry or another path, there is nothing to download."""
    desk = Desk()
    first, second = (entry["url"] for entry in media(desk.create(n=2)))
    path, query = first.split("?")
    expires, signature = query.split("&")
    altered = signature[:-1] + ("0" if signature[-1] != "0" else "1")
    later = f"Expires={int(expires.removeprefix('Expires=')) + 1}"
    for url in (
        path,
        f"{path}?{expires}",
        f"{path}?{signature}",
        f"{path}?{expires}&{altered}",
        f"{path}?{expires}&X-Amz-Signature=",
        f"{path}?{expires}&X-Amz-Signature=\u00e9",
        f"{path}?{expires}&{signature.upper()}",
        f"{path}?{later}&{signature}",
        f"{path}?{expires}&{second.split('&')[1]}",
        f"{path}?{query}&{expires}",
        first.replace("-0.png", "-1.png"),
        first.replace("-0.png", "-0.mp4"),
        first.replace("/media/", "/media/../media/"),
    ):
        reply = desk.download(url, now=5)
        assert (reply.status, code(reply)) == (403, "forbidden"), url
    assert desk.download(first, now=5).status == 200


def test_url_of_another_gateway_does_not_download() -> None:
    """The signing secret is the gateway's own."""
    url = media(Desk(Gateway(secret=b"one")).create())[0]["url"]
    assert Desk(Gateway(secret=b"two")).download(url, now=5).status == 403


def test_url_lives_an_hour_and_is_renewed_by_fetching() -> None:
    """A URL lasts for an hour; a GET hours later gives one that is good again."""
    desk = Desk()
    created = desk.create(wait=60)
    url, id_ = media(created)[0]["url"], header(created, "location").rpartition("/")[2]  # type: ignore[union-attr]
    assert desk.download(url, now=created.at + 3599).status == 200
    assert desk.download(url, now=created.at + 3602).status == 403
    assert media(desk.fetch(id_, now=created.at + 1799))[0]["url"] == url
    for hours in (0.6, 5, 23):
        renewed = media(desk.fetch(id_, now=hours * 3600))[0]["url"]
        assert renewed != url
        assert desk.download(renewed, now=hours * 3600 + 1790).status == 200


def test_asset_is_not_there_before_the_job_has_ended() -> None:
    """A signature alone is not enough: the asset has to have been produced."""
    desk = Desk()
    url = media(desk.create(wait=60))[0]["url"]
    assert (reply := desk.download(url, now=0.1)).status == 404
    assert code(reply) == "not_found"


def test_download_takes_get_only() -> None:
    """Other methods get 405."""
    desk = Desk()
    reply = desk.send("POST", media(desk.create())[0]["url"].removeprefix("https://gateway.test"), now=9)
    assert (reply.status, header(reply, "allow")) == (405, "GET")


def test_picture_follows_from_the_reference_pictures() -> None:
    """By one seed: other pictures given, or in another order, make another picture; a model may take none."""
    offered = with_models({"seedream-4": {"deterministic": True}})

    def drawn(model: str, *images: str) -> bytes:
        desk = Desk(Gateway(offered))
        made = desk.create(model, input={"seed": 7, "images": [*images]}, wait=60)
        return desk.download(media(made)[0]["url"], now=made.at).body

    given = [(), ("a",), ("b",), ("a", "b"), ("b", "a")]
    assert len({drawn("flux-1.1-pro", *images) for images in given}) == len(given)
    assert drawn("flux-1.1-pro", "a") == drawn("flux-1.1-pro", "a")
    assert len({drawn("seedream-4", *images) for images in given}) == 1


@pytest.mark.parametrize(("model", "status"), [("flux-1.1-pro", 422), ("veo-3", 422), ("seedream-4", 200)])
def test_rejected_picture_is_refused_where_pictures_are_taken(model: str, status: int) -> None:
    """422 content_policy, naming the field; who takes no pictures does not look at them."""
    rejected = default_catalogue().house.rejected_images[0]
    reply = Desk().create(model, wait=0, input={"images": ["https://images.example/cat.png", rejected]})
    assert reply.status == status
