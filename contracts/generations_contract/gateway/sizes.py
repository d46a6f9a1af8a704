"""How large a picture or a clip becomes: what was asked, capped to what the model supports.

"Capped to the model's supported set" is read as: the nearest supported value is taken, nothing well-formed
is refused, and what does not apply to the model is not looked at. Form is checked in `models` and by
`size_form`.
"""

import math
import re
from typing import Final

from generations_contract.gateway.catalogue import Model
from generations_contract.gateway.models import InputFields

_SIZE: Final = re.compile(r"([1-9][0-9]*)x([1-9][0-9]*)")
_RESOLUTION: Final = re.compile(r"([1-9][0-9]*)p")
_SECONDS: Final = re.compile(r"([0-9]+(?:\.[0-9]+)?)s?")


def _number(digits: str) -> float:
    return float(digits) if len(digits) < 16 else 1e16  # beyond any set, and short of overflow


def size_form(size: str) -> tuple[float, float] | None:
    """(width, height) of a `WxH`, or None when it is not of that form."""
    match = _SIZE.fullmatch(size)
    return match and (_number(match[1]), _number(match[2]))


def ratio_of(aspect_ratio: str) -> float:
    """Width over height of a well-formed `W:H`."""
    width, _, height = aspect_ratio.partition(":")
    return _number(width) / _number(height)


def _shape(model: Model, asked: InputFields, default: float) -> float:
    """Width over height: the supported ratio nearest to the one asked, on a scale of proportions."""
    if not model.aspect_ratios:
        return default
    if not asked.aspect_ratio:
        return ratio_of(model.aspect_ratios[0])
    wanted = ratio_of(asked.aspect_ratio)
    return min(map(ratio_of, model.aspect_ratios), key=lambda ratio: abs(math.log(ratio / wanted)))


def picture_size(model: Model, asked: InputFields) -> tuple[int, int]:
    """(width, height) in pixels. An explicit size outranks a ratio, on a model that takes one."""
    size = size_form(asked.size) if model.sized else None
    if size:
        width, height = (int(min(max(side, model.side_min), model.side_max)) for side in size)
        return width, height
    root = math.sqrt(_shape(model, asked, 1.0))
    return round(model.side * root), round(model.side / root)


def clip_size(model: Model, asked: InputFields) -> tuple[int, int]:
    """(width, height) in pixels, both even, as the codec wants them. A resolution names the shorter side."""
    short = model.side
    match = _RESOLUTION.fullmatch(asked.resolution)
    if match and model.resolutions:
        wanted = _number(match[1])
        short = min((int(r[:-1]) for r in model.resolutions), key=lambda side: abs(side - wanted))
    ratio = _shape(model, asked, 16 / 9)
    width, height = (short * ratio, short) if ratio >= 1 else (short, short / ratio)
    return round(width / 2) * 2, round(height / 2) * 2


def clip_seconds(model: Model, asked: InputFields) -> float:
    """The supported duration nearest to the one asked; text that is no number of seconds asks for none."""
    wanted = asked.duration
    if isinstance(wanted, str):
        match = _SECONDS.fullmatch(wanted)
        wanted = _number(match[1]) if match else model.duration_s
    wanted = max(0, min(wanted, 86400))  # a number of any length is well-formed
    return float(min(model.durations_s or (model.duration_s,), key=lambda seconds: abs(seconds - wanted)))
