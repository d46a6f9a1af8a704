"""Requests about which the document says nothing sure: sent to record what a target does, never to judge it.

Here: the OPEN clauses of `request.*` that a POST body can ask. What is accepted creates a generation and may
cost money, so every row is one question, asked once.
"""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Final

from generations_contract.api.vocabulary import (
    OPTIONAL_INPUT_KEYS,
    OPTIONAL_KEYS,
    PROMPT_LENGTH_MAX,
    Modality,
)
from generations_contract.strategies.base import Base, Request, encode, literal, with_members
from generations_contract.strategies.boundaries import BOTH, IMAGE, VIDEO, label
from generations_contract.strategies.texts import ASTRAL, SAMPLES, tiled


@dataclass(frozen=True)
class Question:
    """A request whose acceptance is open; `clause` is the OPEN clause that records the answer."""

    id: str
    clause: str
    ask: Callable[[Base], Request | bytes]
    modalities: frozenset[Modality] = BOTH
    takes_size: bool = False

    def applies_to(self, base: Base) -> bool:
        """Whether the question makes sense for this model."""
        return base.modality in self.modalities and (base.takes_size or not self.takes_size)

    def body(self, base: Base) -> bytes:
        """Return the bytes to send."""
        return encode(self.ask(base))


def _with(**members: Any) -> Callable[[Base], Request]:
    return lambda base: with_members(base.request(), members)


def _characters() -> Iterator[Question]:
    texts = {
        f"{PROMPT_LENGTH_MAX}-astral": tiled(SAMPLES[ASTRAL], PROMPT_LENGTH_MAX),
        f"{PROMPT_LENGTH_MAX // 2 + 1}-astral": tiled(SAMPLES[ASTRAL], PROMPT_LENGTH_MAX // 2 + 1),
    }
    for name, prompt in texts.items():
        yield Question(f"prompt={name}", "request.characters", _with(prompt=prompt))


def _nulls() -> Iterator[Question]:
    for name in (*OPTIONAL_KEYS, *OPTIONAL_INPUT_KEYS):
        yield Question(f"{name}=null", "request.null-optional", _with(**{name: None}))


def _integral_floats() -> Iterator[Question]:
    clause = "request.integral-float"
    for text in ("1.0", "1e0", "10.0"):
        yield Question(f"n={text}", clause, _with(n=literal(text)), IMAGE)
    yield Question("seed=42.0", clause, _with(seed=literal("42.0")))
    yield Question("seed=4.2e1", clause, _with(seed=literal("4.2e1")))


def _duplicates() -> Iterator[Question]:
    def twice(name: str, first: object, second: object) -> Callable[[Base], bytes]:
        def ask(base: Base) -> bytes:
            body = encode(with_members(base.request(), {name: first}))
            member = f'"{name}": {json.dumps(first)}'.encode()
            return body.replace(member, member + f', "{name}": {json.dumps(second)}'.encode(), 1)

        return ask

    clause = "request.duplicate-keys"
    yield Question("n-twice", clause, twice("n", 1, 1), IMAGE)
    yield Question("n-valid-then-wrong", clause, twice("n", 1, 11), IMAGE)
    yield Question("n-wrong-then-valid", clause, twice("n", 11, 1), IMAGE)
    yield Question("wait-valid-then-wrong", clause, twice("wait", 0, 61))
    yield Question("prompt-twice", clause, twice("prompt", "a sunset", "a sunrise"))


def _unsupported() -> Iterator[Question]:
    clause = "request.unsupported-value"
    for ratio in ("1000:1", "7:3", "0:9", "016:09"):
        yield Question(f"aspect_ratio={ratio}", clause, _with(aspect_ratio=ratio))
    for size in ("1x1", "513x511", "100000x100000", "0x0"):
        yield Question(f"size={size}", clause, _with(size=size), takes_size=True)
    for duration in (0, -1, 7.5, 100_000, "8s", "eight"):
        yield Question(f"duration={label(duration)}", clause, _with(duration=duration), VIDEO)
    for resolution in ("1p", "4k", "720P", ""):
        yield Question(f"resolution={resolution or 'empty'}", clause, _with(resolution=resolution), VIDEO)


def _image_urls() -> Iterator[Question]:
    urls = {"word": "cat", "empty": "", "relative": "/cat.png", "data": "data:image/png;base64,iVBORw0KGgo="}
    for name, url in urls.items():
        yield Question(f"images={name}", "request.image-urls", _with(images=[url]))


def _counts_on_video() -> Iterator[Question]:
    for n in (0, 11, -1, 1.5, "5", True):
        yield Question(f"video-n={label(n)}", "request.n-on-video", _with(n=n), VIDEO)


OPEN_QUESTIONS: Final = (
    *_characters(),
    *_nulls(),
    *_integral_floats(),
    *_duplicates(),
    *_unsupported(),
    *_image_urls(),
    *_counts_on_video(),
)
