"""The examples that a contract itself gives of what travels: documents to try first."""

from typing import Any

from generations_contract.api.pointers import at
from generations_contract.containment.values import Json
from generations_contract.regression.versions.document import Contract
from generations_contract.regression.versions.units import OPENAPI, Unit


def examples_of(contract: Contract, unit: Unit) -> tuple[Json, ...]:
    """The contract's own examples of a unit."""
    schema: Any = at(contract.files[unit.file], unit.path)
    if unit.file != OPENAPI:
        return tuple(schema.get("examples", ())) if isinstance(schema, dict) else ()
    found = list(schema.get("examples", ())) if isinstance(schema, dict) else []
    if (
        isinstance(schema, dict)
        and isinstance(schema.get("$ref"), str)
        and (to := contract.resolve(OPENAPI, schema["$ref"]))
    ):
        found += at(contract.files[to[0]], to[1]).get("examples", ())
    around = at(contract.files[OPENAPI], unit.path[:-1])
    found += (
        [one["value"] for one in around.get("examples", {}).values() if "value" in one]
        if isinstance(around.get("examples"), dict)
        else []
    )
    return tuple(found + ([around["example"]] if "example" in around else []))
