"""Section media: what the URLs lead to."""

from contracts.exchange import Asset, Exchange
from contracts.probe import probe
from contracts.probes.flows import followed
from contracts.script import Download, Script
from contracts.target import Target


@probe("media.direct-url", depth="quick")
def test_an_image_downloads_without_the_key(target: Target) -> Script[None]:
    """Every entry of a completed generation is at an absolute URL that needs no key."""
    last = yield from followed(target.request(wait=60, n=2))
    yield from downloads(last)


@probe("media.direct-url", needs=("models.video",), depth="standard")
def test_a_video_downloads_without_the_key(target: Target) -> Script[None]:
    """The same for a video."""
    last = yield from followed(target.request(target.models.video, wait=60))
    yield from downloads(last)


def downloads(seen: Exchange) -> Script[list[Exchange]]:
    """Download every media entry of a generation: the exchanges, in order."""
    answers = []
    for index, entry in enumerate(seen.media):
        if isinstance(entry.get("url"), str) and seen.generation_id:
            answer: Exchange = yield Download(entry["url"], Asset(seen.generation_id, index, entry))
            answers.append(answer)
    return answers
