"""JSON texts, read as RFC 8259 has them: what Python would wave through is refused with its reason."""

import json
from typing import Final

from generations_contract.containment.values import Json

_INFINITIES: Final = (float("inf"), float("-inf"))


def parsed(text: str, *, once: bool = False) -> Json:
    """The value of a JSON text; with `once`, a member that stands twice in an object is refused.

    Raises `ValueError`, and `RecursionError` where the text is nested too deeply.
    """
    pairs = _each_once if once else None
    return json.loads(text, parse_constant=_no_constant, parse_float=_finite, object_pairs_hook=pairs)


def _no_constant(name: str) -> Json:
    raise ValueError(f"{name} is no JSON")


def _finite(text: str) -> float:
    value = float(text)
    if value in _INFINITIES:
        raise ValueError(f"the number {text} is out of range")
    return value


def _each_once(pairs: list[tuple[str, Json]]) -> dict[str, Json]:
    """One of the two would be lost, and no reader could tell which: the mark of a merge gone wrong."""
    found: dict[str, Json] = {}
    for name, value in pairs:
        if name in found:
            raise ValueError(f"the member {name!r} stands twice in one object")
        found[name] = value
    return found
