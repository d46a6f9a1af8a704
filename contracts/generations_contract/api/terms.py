"""What a judge must know of the target besides what was said on the wire.

A `Terms` value is a plain, frozen extract of the target profile: no keys, no addresses. Every exchange
carries it, so that a clause needs nothing but exchanges, and a recording can be judged on another day.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from generations_contract.api.vocabulary import EXAMPLE_MODELS, IMAGE_DEADLINE_S, VIDEO_DEADLINE_S, Modality

# Between "the window elapsed" and "the answer was written" clocks may differ by this much.
EARLY_TOLERANCE_S = 0.05


# The lists of models under [traits] of a profile.
TRAITS = ("deterministic", "sized", "proportioned", "free", "timed", "resolved", "image_to_image")
# Input fields that only some models take, or take only some values of, and the trait by which a profile says that
# one does; of `negative_prompt` no profile can say it. A `size` that a model has no use for it must ignore.
TRAIT_OF_FIELD: Final[Mapping[str, str | None]] = {
    "images": "image_to_image",
    "aspect_ratio": "proportioned",
    "duration": "timed",
    "resolution": "resolved",
    "negative_prompt": None,
}


@dataclass(frozen=True)
class Watched:
    """All that one client sends is seen. `deadline_at`: from when on, by the driver's clock, it may have to end."""

    deadline_at: float = float("inf")


@dataclass(frozen=True)
class Terms:
    """What judgement needs to know of a target; times in seconds.

    `slack_s` is the profile's allowance for network and server; `floor_s` is the measured time of a
    round trip, which is added to it. Model sets hold model ids; `named` are all that the profile names.
    `watched`: how much of a client is seen, where one is judged; of a recording nobody knows what it left out.
    """

    modalities: Mapping[str, Modality] = field(default_factory=lambda: dict(EXAMPLE_MODELS))
    slack_s: float = 0.5
    floor_s: float = 0.0
    image_deadline_s: float = IMAGE_DEADLINE_S
    video_deadline_s: float = VIDEO_DEADLINE_S
    deterministic: frozenset[str] = frozenset()
    sized: frozenset[str] = frozenset()
    proportioned: frozenset[str] = frozenset()
    free: frozenset[str] = frozenset()
    timed: frozenset[str] = frozenset()
    resolved: frozenset[str] = frozenset()
    image_to_image: frozenset[str] = frozenset()
    named: frozenset[str] = frozenset()
    restricted: str | None = None
    failing: str | None = None
    timing_out: str | None = None
    cancelling: str | None = None
    rejected_prompt: str | None = None
    rejected_image: str | None = None
    watched: Watched | None = None

    def modality(self, model: object) -> Modality | None:
        """The modality of a model id, `None` when nothing says."""
        return self.modalities.get(model) if isinstance(model, str) else None

    def lists(self, model: object) -> bool:
        """Whether the profile, or the document, names a model: what is sent to it is sent to one that there is."""
        return isinstance(model, str) and (model in self.modalities or model in self.named)

    def traits_of(self, model: object) -> frozenset[str]:
        """The traits under which the profile lists a model."""
        return frozenset(trait for trait in TRAITS if model in getattr(self, trait))

    def deadline_s(self, modality: Modality | None) -> float:
        """How long a generation may take to become terminal; the longer one when the modality is unknown."""
        return self.image_deadline_s if modality == "image" else self.video_deadline_s

    @property
    def allowance_s(self) -> float:
        """Slack and floor together: what a timing clause grants."""
        return self.slack_s + self.floor_s
