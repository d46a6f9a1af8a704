"""Requests that the document allows, at every limit: one row each, with an id that says what is special.

Never here: random values, and values whose acceptance the contract leaves open (`open_questions`): an
`aspect_ratio`, `size`, `duration` or `resolution` is always one of the document's own examples, and a prompt
of 8000 characters always one of the BMP.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

from generations_contract.api.vocabulary import (
    EXAMPLE_ASPECT_RATIOS,
    EXAMPLE_DURATIONS,
    EXAMPLE_RESOLUTIONS,
    EXAMPLE_SIZES,
    IMAGES_MAX,
    N_MAX,
    N_MIN,
    PROMPT_LENGTH_MAX,
    WAIT_AUTO,
    WAIT_MAX_S,
    WAIT_MIN_S,
    Modality,
)
from generations_contract.strategies.base import Base, Members, Request, with_members
from generations_contract.strategies.texts import ASTRAL, SAMPLES, tiled
from generations_contract.strategies.usual import FURTHER, LEGAL, limits

DOCUMENTED: Final = "request.documented-accepted"
IGNORED: Final = "request.irrelevant-ignored"
BOTH: Final[frozenset[Modality]] = frozenset({"image", "video"})
IMAGE: Final[frozenset[Modality]] = frozenset({"image"})
VIDEO: Final[frozenset[Modality]] = frozenset({"video"})

MembersOf = Callable[[Base], Members]


@dataclass(frozen=True)
class Row:
    """A request that must be accepted.

    `clauses`: what accepting it shows. `takes_size`: only for models that do, or do not; `None`: for all.
    """

    id: str
    members: MembersOf
    clauses: tuple[str, ...] = (DOCUMENTED,)
    modalities: frozenset[Modality] = BOTH
    takes_size: bool | None = None
    backwards: bool = False

    def applies_to(self, base: Base) -> bool:
        """Whether the row can be built from `base`, and means there what its clauses say."""
        if base.modality not in self.modalities or self.takes_size not in (None, base.takes_size):
            return False
        return base.reference_image is not None or not self.members(base).get("images")

    def build(self, base: Base) -> Request:
        """Return the request for one model."""
        request = with_members(base.request(), self.members(base))
        return _reversed(request) if self.backwards else request


def _reversed(request: Request) -> Request:
    return {
        key: _reversed(value) if isinstance(value, dict) else value
        for key, value in reversed(list(request.items()))
    }


def label(value: object) -> str:
    """Return how an id shows a value: text is marked as such, so that 8 and "8" differ without quotes."""
    return f"text-{value}" if isinstance(value, str) else str(value).lower()


def fixed(members: Members) -> MembersOf:
    """Return members that are the same for every model."""
    return lambda _base: members


def images(count: int) -> MembersOf:
    """Return `count` times the base's reference picture."""
    return lambda base: {"images": [base.reference_image] * count}


def everything(base: Base) -> Members:
    """Return every optional field at once, each with a value of the document's examples."""
    return {
        "n": 2,
        "wait": 30,
        "images": [base.reference_image],
        "aspect_ratio": EXAMPLE_ASPECT_RATIOS[1 if base.modality == "image" else 0],
        "size": EXAMPLE_SIZES[0],
        "duration": EXAMPLE_DURATIONS[0],
        "resolution": EXAMPLE_RESOLUTIONS[0],
        "seed": 42,
        "negative_prompt": "blurry",
        **{name: LEGAL[name] for name in FURTHER},
    }


def _highest(base: Base) -> Members:
    return {
        **everything(base),
        "prompt": tiled(SAMPLES["ascii"], PROMPT_LENGTH_MAX),
        "n": N_MAX,
        "wait": WAIT_MAX_S,
        "images": [base.reference_image] * IMAGES_MAX,
        "duration": EXAMPLE_DURATIONS[-1],
        "resolution": EXAMPLE_RESOLUTIONS[-1],
    }


def _lowest(base: Base) -> Members:
    return {**everything(base), "prompt": "x", "n": N_MIN, "wait": WAIT_MIN_S, "images": [], "seed": 0}


def _prompt_rows() -> Iterator[Row]:
    bmp = {name: sample for name, sample in SAMPLES.items() if name != ASTRAL}
    for name, sample in bmp.items():
        for length in (1, PROMPT_LENGTH_MAX - 1, PROMPT_LENGTH_MAX):
            prompt = tiled(sample, length)
            yield Row(
                f"prompt-length-{length}-{name}",
                fixed({"prompt": prompt}),
                (DOCUMENTED, "request.prompt-length"),
            )
    for name, prompt in {
        "astral": SAMPLES[ASTRAL],
        "astral-4000": tiled(SAMPLES[ASTRAL], PROMPT_LENGTH_MAX // 2),
        "joined-emoji": "A family 👩‍👩‍👧‍👦 under a 🏳️‍🌈 flag",
        "mixed-direction": "A sign that says שלום beside مرحبا in neon",
        "line-breaks": "A beautiful sunset\n\tover mountains\r\nin autumn",
        "quotes": "A \"quoted\" word, an 'other', a back\\slash, {braces} and <tags>",
        "escape-like": "A literal \\u0041, a %41, an &amp; and a ${variable}",
        "digits": "12345",
    }.items():
        yield Row(f"prompt-{name}", fixed({"prompt": prompt}))


def _alone_rows() -> Iterator[Row]:
    for wait in (0, 0.5, 1, 2.25, 30, 59.5, 60, 60.0, WAIT_AUTO):
        yield Row(f"wait={wait}", fixed({"wait": wait}), (DOCUMENTED, "request.wait-range"))
    yield Row("images=0", images(0))
    for count in (1, 2, IMAGES_MAX):
        yield Row(f"images={count}", images(count), (DOCUMENTED, "request.images-limit"))
    for ratio in EXAMPLE_ASPECT_RATIOS:
        yield Row(f"aspect_ratio={ratio}", fixed({"aspect_ratio": ratio}))
    for seed in (0, 1, 42, 2**31 - 1):
        yield Row(f"seed={seed}", fixed({"seed": seed}))
    yield Row("negative_prompt=word", fixed({"negative_prompt": "blurry"}))
    yield Row("negative_prompt=other-script", fixed({"negative_prompt": SAMPLES["han"]}))
    for size in EXAMPLE_SIZES:
        yield Row(f"size={size}", fixed({"size": size}), takes_size=True)


def _modal_rows() -> Iterator[Row]:
    for n in (N_MIN, 2, N_MAX):
        yield Row(f"n={n}", fixed({"n": n}), (DOCUMENTED, "request.n-range"), IMAGE)
        yield Row(f"ignored-n={n}", fixed({"n": n}), (IGNORED,), VIDEO)
    for duration in EXAMPLE_DURATIONS:
        name = f"duration={label(duration)}"
        yield Row(name, fixed({"duration": duration}), modalities=VIDEO)
        yield Row(f"ignored-{name}", fixed({"duration": duration}), (IGNORED,), IMAGE)
    for resolution in EXAMPLE_RESOLUTIONS:
        yield Row(f"resolution={resolution}", fixed({"resolution": resolution}), modalities=VIDEO)
        yield Row(f"ignored-resolution={resolution}", fixed({"resolution": resolution}), (IGNORED,), IMAGE)
    for size in EXAMPLE_SIZES:
        yield Row(f"ignored-size={size}", fixed({"size": size}), (IGNORED,), takes_size=False)


def _further_rows() -> Iterator[Row]:
    for name, schema in FURTHER.items():
        for at, value in limits(schema).items():
            yield Row(f"{name}={at}", fixed({name: value}))


def _together_rows() -> Iterator[Row]:
    yield Row("least", fixed({}))
    yield Row("everything", everything, (DOCUMENTED, IGNORED))
    yield Row("everything-lowest", _lowest, (DOCUMENTED, IGNORED))
    yield Row("everything-highest", _highest, (DOCUMENTED, IGNORED))
    yield Row("keys-backwards", everything, (DOCUMENTED, IGNORED), backwards=True)
    yield Row("everything-ignored", fixed({"duration": 8, "resolution": "720p"}), (IGNORED,), IMAGE)


BOUNDARIES: Final = (*_together_rows(), *_prompt_rows(), *_alone_rows(), *_modal_rows(), *_further_rows())
