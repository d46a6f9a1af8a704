"""What this suite noted beside an exchange that HAR and JSON lines have no place for (`codec.EXTRAS`)."""

import math
from typing import Any


def own(noted: dict[str, Any]) -> dict[str, Any]:
    """The same, in the types that this suite writes; raises `TypeError` or `ValueError` for what it never would."""
    for key, value in noted.items():
        if key == "sent_at":
            noted[key] = float(value)
            if not math.isfinite(noted[key]):
                raise ValueError(key)
        elif not isinstance(value, {"echoed": list, "asset": dict, "failure": dict}.get(key, str)):
            raise TypeError(key)
    asset = noted.get("asset", {"generation_id": "", "index": 0, "entry": {}})
    forms = (("generation_id", str), ("index", int), ("entry", dict))
    if not all(isinstance(asset[name], form) for name, form in forms):
        raise TypeError("asset")
    return noted
