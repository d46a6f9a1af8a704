"""jsonschema-rs' own opinion on containment, behind one thin door.

It is experimental (renamed between releases, hence pinned exactly), so nothing it says is taken alone: its
"yes" is attacked by the search, its "no" needs a witness, and its difference schema is only a place to look.
"""

from dataclasses import dataclass
from typing import Literal

import jsonschema_rs
from jsonschema_rs.canonical import CanonicalizationError, Containment, Satisfiability

from generations_contract.containment.validators import ValidatorPair
from generations_contract.containment.values import Json

Opinion = Literal["yes", "no", "unknown"]


@dataclass(frozen=True)
class Covering:
    """Whether the second schema covers the first, and the schema of what it leaves out, if known."""

    opinion: Opinion
    difference: Json = None


def covering(first: ValidatorPair, second: ValidatorPair) -> Covering:
    """What jsonschema-rs makes of "every document of the first is one of the second"."""
    try:
        small, large = first.canonical, second.canonical
        verdict = large.covers(small)
    except (CanonicalizationError, jsonschema_rs.ValidationError, ValueError):
        return Covering("unknown")
    if verdict == Containment.YES:
        return Covering("yes")
    opinion: Opinion = "no" if verdict == Containment.NO else "unknown"
    try:
        rest = small.subtract(large)
        if opinion == "unknown" and rest.satisfiability() == Satisfiability.NO:
            return Covering("yes")
        return Covering(opinion, rest.to_json_schema())
    except (CanonicalizationError, ValueError):
        return Covering(opinion)
