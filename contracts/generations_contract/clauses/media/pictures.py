"""Section `media`, whether a picture is what was asked for: its size, its ratio, its seed.

That it is what the entry says is `media.bytes`. Equal bytes are the same
picture, but other bytes need not be another one; encoders differ, so what differs is looked at.
"""

from collections.abc import Hashable
from typing import Any, Final

from generations_contract.api.vocabulary import (
    EXAMPLE_ASPECT_RATIOS,
    EXAMPLE_DURATIONS,
    EXAMPLE_RESOLUTIONS,
)
from generations_contract.clauses.facts.downloads import DURATION_TOLERANCE_S, decoded, got
from generations_contract.clauses.facts.history import creation
from generations_contract.clauses.facts.request import reading
from generations_contract.exchange.exchange import Exchange
from generations_contract.exchange.fact import derived
from generations_contract.judging.clause import MOOT, Breach, Earlier, Findings, Observation, clause
from generations_contract.media import Broken, Decoded, Difference, difference

RATIO_TOLERANCE: Final = 0.02
# Sizes that every model can be expected to have, if it takes sizes at all: others it may round.
USUAL_SIDES: Final = range(256, 2049, 64)
LONGEST_SIDE: Final = 6
# Up to these differences of two thumbnails (0 to 1) they show the same picture: on the average, and anywhere.
SAME_ON_AVERAGE: Final = 0.03
SAME_ANYWHERE: Final = 0.15


def _shape_asked(created: Exchange) -> tuple[str, tuple[int, int]] | None:
    """("size" or "ratio", the two numbers) where the profile says that the model honours it."""
    terms, sent, model = created.terms, created.sent_input or {}, created.model
    size, ratio = sent.get("size"), sent.get("aspect_ratio")
    if isinstance(size, str) and model in terms.sized:
        texts = [side for side in size.lower().split("x") if side.isascii() and side.isdecimal()]
        sides = [int(side) for side in texts if len(side) < LONGEST_SIDE]
        usual = len(sides) == 2 and all(side in USUAL_SIDES for side in sides)
        return ("size", (sides[0], sides[1])) if usual else None
    if size is None and ratio in EXAMPLE_ASPECT_RATIOS and model in terms.proportioned:
        width, height = str(ratio).split(":")
        return "ratio", (int(width), int(height))
    return None


@clause(
    "media.requested-size",
    "SHOULD",
    says="size: explicit pixel size; aspect_ratio in W:H form; duration in seconds; resolution (e.g. 720p)",
    on=("download",),
    when=got,
)
def requested_size(exchange: Exchange, earlier: Earlier) -> Findings:
    """On models that the profile calls sized, proportioned (within 2 %), timed (within 0.1 s) or resolved."""
    created, found = creation(earlier), decoded(exchange)
    if created is None or isinstance(found, Broken) or not _clear(created):
        yield MOOT
        return
    findings = [
        finding
        for looked_at in (_shape, _length, _lines)
        if (finding := looked_at(created, found)) is not None
    ]
    yield from (each for each in findings if isinstance(each, Breach))
    if not findings:
        yield MOOT


def _clear(created: Exchange) -> bool:
    """Whether a creation says beyond doubt what it asks for."""
    read = reading(created)
    return not read.violations and "request.duplicate-keys" not in read.opens


def _shape(created: Exchange, found: Decoded) -> Breach | bool | None:
    """Size or ratio: a breach, whether it is as asked for, or `None` where nothing was asked that is honoured."""
    asked = _shape_asked(created)
    if asked is None:
        return None
    kind, (width, height) = asked
    actual = f"{found.width} x {found.height}"
    if kind == "size":
        return found.measures(width, height) or Breach(f"{width} x {height} pixels as asked for", actual)
    right = _in_ratio(found, width / height)
    return right or Breach(f"{width}:{height} as asked for (within 2 %)", actual)


def _length(created: Exchange, found: Decoded) -> Breach | bool | None:
    """The same of `duration`, a number or a text: of the document's own values, which a model that is timed has."""
    asked = (created.sent_input or {}).get("duration")
    example = any(asked == each and type(asked) is type(each) for each in EXAMPLE_DURATIONS)
    if created.model not in created.terms.timed or not example or found.type != "video":
        return None
    told = " or ".join(dict.fromkeys(f"{each:.3g} s" for each in found.durations_s))
    right = found.lasts(float(asked or 0), DURATION_TOLERANCE_S)
    return right or Breach(f"a clip of {asked} s as asked for (within 0.1 s)", told)


def _lines(created: Exchange, found: Decoded) -> Breach | bool | None:
    """The same of `resolution`: by the shorter side, or by the longer one of a 16:9 picture, as either is usual."""
    asked = (created.sent_input or {}).get("resolution")
    if (
        created.model not in created.terms.resolved
        or asked not in EXAMPLE_RESOLUTIONS
        or found.type != "video"
    ):
        return None
    lines = int(str(asked).removesuffix("p"))
    right = any(
        abs(side / wanted - 1) <= RATIO_TOLERANCE
        for size in found.sizes
        for side, wanted in ((min(size), lines), (max(size), lines * 16 / 9))
    )
    return right or Breach(f"{asked} as asked for", f"{found.width} x {found.height}")


def _in_ratio(found: Decoded, ratio: float) -> bool:
    return any(high and abs(wide / high / ratio - 1) <= RATIO_TOLERANCE for wide, high in found.sizes)


def seeded(exchange: Exchange) -> Hashable | None:
    """Group: seeded creations on deterministic models, and what is downloaded."""
    if exchange.kind == "download":
        return "seeded" if exchange.terms.deterministic else None
    return "seeded" if exchange.kind == "create" and exchange.ok and _recipe(exchange) is not None else None


@derived
def _recipe(created: Exchange) -> tuple[Any, ...] | None:
    """What makes a picture: model, number and input; `None` without a seed or a deterministic model."""
    sent, inner = created.sent_object or {}, created.sent_input or {}
    if created.model not in created.terms.deterministic or type(inner.get("seed")) is not int:
        return None
    return (created.model, sent.get("n", 1), sorted((key, repr(value)) for key, value in inner.items()))


@clause(
    "media.seed",
    "SHOULD",
    says="same model + same provider + same seed + same prompt -> same image",
    on=("download",),
    by=seeded,
    when=lambda exchange: bool(exchange.terms.deterministic) and got(exchange),
)
def seed(exchange: Exchange, earlier: Earlier) -> Findings:
    """By bytes; where they differ, by the look: the same picture in other bytes is recorded.

    Several pictures by one seed may be listed in another order.
    """
    twins = _twins(exchange, earlier)
    apart = [difference(_body(exchange), _body(each)) for each in twins]
    if not twins:
        yield MOOT
    elif any(_body(each) == _body(exchange) for each in twins):
        yield Observation("the same seed", "the same bytes")
    elif any(each is None for each in apart):
        yield MOOT
    elif any(
        each and _alike(decoded(exchange), decoded(twin), each)
        for twin, each in zip(twins, apart, strict=True)
    ):
        yield Observation("the same seed", "the same picture in other bytes")
    elif apart[0]:
        told = f"another one ({apart[0].mean:.0%} apart, {apart[0].most:.0%} in one place)"
        yield Breach("the same picture by the same seed", told, (twins[0],))


def _body(download: Exchange) -> bytes:
    return download.response.body if download.response else b""


def _alike(first: Decoded | Broken, second: Decoded | Broken, apart: Difference) -> bool:
    return (
        isinstance(first, Decoded)
        and isinstance(second, Decoded)
        and not {*first.sizes}.isdisjoint(second.sizes)
        and apart.mean <= SAME_ON_AVERAGE
        and apart.most <= SAME_ANYWHERE
    )


def _twins(exchange: Exchange, earlier: Earlier) -> list[Exchange]:
    """Earlier downloads of all entries of another generation made by the same recipe, the same entry's first.

    Empty where one of them was not seen: it might be the one.
    """
    recipes = {each.generation_id: _recipe(each) for each in earlier if each.kind == "create"}
    recipe = recipes.get(exchange.generation_id)
    if recipe is None or exchange.asset is None:
        return []
    index = exchange.asset.index

    def alike(each: Exchange) -> bool:
        return (
            got(each)
            and each.generation_id != exchange.generation_id
            and recipes.get(each.generation_id) == recipe
        )

    other = earlier.last(lambda each: alike(each) and each.asset is not None and each.asset.index == index)
    if other is None:
        return []
    found = {
        each.asset.index: each
        for each in earlier
        if alike(each) and each.generation_id == other.generation_id and each.asset is not None
    }
    _, asked, _ = recipe
    whole = type(asked) is not int or len(found) >= asked
    return [other, *(each for at, each in found.items() if at != index)] if whole else []
