"""A job is a timeline, not a state: fixed on POST, and from then on a function of time.

Here stand the timeline (`Job`), how it is drawn (`Planner`), what it looks like at a moment (`status_at`), and
how many answers about it are held back meanwhile (`Holds`). There is no clock and no `random` in it: every draw
is a keyed hash of the generation's number, so the same secret and the same order of requests give the same ids,
times and pictures, and another secret none of them.
"""

import hashlib
from dataclasses import dataclass, field
from heapq import heappop, heappush
from typing import Final

from generations_contract.api.vocabulary import CANCELLED, COMPLETED, FAILED, QUEUED, RUNNING, Modality
from generations_contract.gateway.catalogue import Model
from generations_contract.gateway.models import CreateRequest
from generations_contract.gateway.sizes import clip_seconds, clip_size, picture_size

NON_TERMINAL: Final = frozenset({QUEUED, RUNNING})
_CROCKFORD: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_PAIRS: Final = [high + low for high in _CROCKFORD for low in _CROCKFORD]


@dataclass(frozen=True, slots=True)
class Asset:
    """One produced picture or clip. `picture` is what it shows: equal digests, equal bytes."""

    name: str  # as in its URL, with the extension
    type: Modality
    format: str
    width: int
    height: int
    duration_s: float | None
    picture: bytes


@dataclass(frozen=True, slots=True)
class Job:
    """The whole life of a generation. Times in seconds on the clock of `now`; `error_code` only if failed."""

    id: str
    model: str
    modality: Modality
    created_at: float
    starts_at: float
    ends_at: float
    ends_as: str
    error_code: str | None
    cost_usd: float
    assets: tuple[Asset, ...]

    def status_at(self, moment: float) -> str:
        """The lifecycle state at a moment."""
        if moment >= self.ends_at:
            return self.ends_as
        return RUNNING if moment >= self.starts_at else QUEUED

    def asset(self, name: str) -> Asset | None:
        """The asset of that name, if it is one of this generation's."""
        return next((asset for asset in self.assets if asset.name == name), None)


@dataclass(slots=True)
class Planner:
    """Draws timelines. `secret` makes ids unguessable; the count of generations makes them unique."""

    secret: bytes
    epoch: float
    count: int = 0

    def plan(self, model: Model, asked: CreateRequest, now: float) -> Job:
        """The timeline of the next generation, created at `now`."""
        self.count += 1
        draw = self._draw(b"job", self.count.to_bytes(8, "big"))
        starts_at = now + _between(model.queued_s, draw[0:4])
        id_ = generation_id(self.epoch + now, draw[8:18])
        good = model.outcome == COMPLETED
        assets = self._assets(id_, draw, model, asked) if good else ()
        return Job(
            id=id_,
            model=asked.model,
            modality=model.modality,
            created_at=now,
            starts_at=starts_at,
            ends_at=starts_at + _between(model.running_s, draw[4:8]),
            ends_as=model.outcome if model.outcome in {COMPLETED, CANCELLED} else FAILED,
            error_code=None if model.outcome in {COMPLETED, CANCELLED} else model.outcome,
            cost_usd=round(model.price_usd * len(assets), 6),
            assets=assets,
        )

    def _assets(self, id_: str, draw: bytes, model: Model, asked: CreateRequest) -> tuple[Asset, ...]:
        repeatable = model.deterministic and "seed" in asked.input.model_fields_set
        recipe = f"{model.id}\0{asked.input.seed}\0{asked.input.prompt}".encode("utf-8", "replace")
        canvas = self._draw(b"", recipe) if repeatable else self._draw(b"picture", draw)
        if model.takes_images and asked.input.images:
            canvas = self._draw(
                b"", "\0".join((canvas.hex(), *asked.input.images)).encode("utf-8", "replace")
            )
        if model.modality == "video":
            width, height = clip_size(model, asked.input)
            name, seconds = f"{id_}.mp4", clip_seconds(model, asked.input)
            return (Asset(name, "video", "mp4", width, height, seconds, canvas),)
        width, height = picture_size(model, asked.input)
        return tuple(
            Asset(f"{id_}-{i}.png", "image", "png", width, height, None, canvas + i.to_bytes(2, "big"))
            for i in range(int(asked.n))
        )

    def _draw(self, purpose: bytes, data: bytes) -> bytes:
        # A seeded picture depends on nothing but what was asked (purpose b""): two gateways draw the same.
        key = self.secret + purpose if purpose else b"seeded"
        return hashlib.blake2b(data, key=key[-64:], digest_size=24).digest()


def _between(span: tuple[float, float], draw: bytes) -> float:
    least, most = span
    return least + (most - least) * int.from_bytes(draw, "big") / 0x1_0000_0000


def generation_id(unix_s: float, entropy: bytes) -> str:
    """`gen_` and a ULID: 48 bits of milliseconds, then the ten bytes given, in Crockford's base 32."""
    number = (int(unix_s * 1000) & 0xFFFF_FFFF_FFFF) << 80 | int.from_bytes(entropy, "big")
    return "gen_" + "".join([_PAIRS[number >> shift & 0x3FF] for shift in range(120, -1, -10)])


@dataclass(slots=True)
class Holds:
    """How many answers are held back at a moment, without a clock and without being told when they leave.

    An answer leaves at the moment it is due, or earlier when its client hangs up; both are kept as heaps of due
    times, so that counting is cheap with ten thousand of them.
    """

    due: list[float] = field(default_factory=list)
    gone: list[float] = field(default_factory=list)

    def hold(self, now: float, until: float) -> None:
        """An answer is held until then."""
        self.count(now)  # forgets those that have left, so that an hour of polls takes no more room than one
        heappush(self.due, until)

    def drop(self, until: float) -> None:
        """The client of an answer that was due then has hung up."""
        heappush(self.gone, until)

    def count(self, now: float) -> int:
        """How many are held at `now`, which never goes back."""
        for heap in (self.due, self.gone):
            while heap and heap[0] <= now:
                heappop(heap)
        return len(self.due) - len(self.gone)
