"""Whether a contract can be judged: files of a kind that is read, and valid schemas, or else every place told at once.

Nothing is read or compared here.
"""

import re
from collections.abc import Collection, Iterator
from typing import Final

from generations_contract.api.usage import UsageError
from generations_contract.containment.dialect import UnsupportedSchemaError
from generations_contract.containment.validators import ValidatorPair, check
from generations_contract.regression.verdicts.policy import policy_changes
from generations_contract.regression.verdicts.remainder import remaining_changes
from generations_contract.regression.versions.document import Contract
from generations_contract.regression.versions.units import OPENAPI, Unit

PROBLEMS_MAX: Final = 20  # so many places are told at once


def check_kinds(contract: Contract) -> None:
    """Every file must be a schema, or an OpenAPI document of a version that is read. Raises `UsageError`."""
    for name, content in contract.files.items():
        if not isinstance(content, dict | bool) or (name == OPENAPI and not isinstance(content, dict)):
            where = "" if contract.label.endswith(name) else f"{name} "
            raise UsageError(f"{contract.label}: {where}is no schema: its top level must be an object")
    version = "3.1" if contract.openapi is None else str(contract.openapi.get("openapi"))
    if not re.match(r"3\.[012](\.|$)", version):
        raise UsageError(f"{contract.label}: OpenAPI {version} is not read; use 3.0, 3.1 or 3.2")


def malformed(contract: Contract, error: Exception) -> UsageError:
    """What is told of a document that is not built as its kind is."""
    return UsageError(f"{contract.label}: malformed: {type(error).__name__} {error}"[:200])


def checked(contract: Contract, excused: Collection[str] | None) -> None:
    """Every unit must be a schema that can be judged, unless its place is excused. Raises `UsageError`."""
    try:
        problems = _problems(contract)
        policy_changes(contract, contract)  # goes wherever a comparison will go
        list(remaining_changes(contract, contract))
    except UnsupportedSchemaError as error:
        raise UsageError(f"{contract.label}: {error}") from error
    except (LookupError, TypeError, ValueError, AttributeError, RecursionError) as error:
        raise malformed(contract, error) from error
    contract.problems = tuple(problems)
    if contract.openapi is None or (excused is not None and set(problems) - set(excused)):
        _refuse(contract.label, [one for one in problems if not excused or one not in excused])
    if not contract.units():
        raise UsageError(f"{contract.label}: describes no request and no answer")


def _refuse(label: str, problems: list[str]) -> None:
    """All places on one line: who mends one wants to know of the others."""
    more = f"; and {len(problems) - PROBLEMS_MAX} more" if len(problems) > PROBLEMS_MAX else ""
    if problems:
        raise UsageError(f"{label}: {'; '.join(problems[:PROBLEMS_MAX])}{more}")


def _problems(contract: Contract) -> list[str]:
    """What is no valid schema: components, whether or not something refers to them, then units; each looked at once."""
    wrong = dict(_problems_of_components(contract))
    found = [f"components/schemas/{name}: {problem}" for name, problem in wrong.items()]
    sound = {unit.key for unit in _sound_together(contract, wrong.keys())}
    seen: set[bytes] = set()
    for unit in contract.units():
        key = contract.key(unit)
        reached = contract.components_reached(unit) if contract.openapi and unit.file == OPENAPI else None
        if key in seen or unit.key in sound or set(reached or ()) & wrong.keys():
            continue
        seen.add(key)
        try:
            ValidatorPair(contract.schema(unit), contract.dialect, formats=True)
        except UnsupportedSchemaError as error:
            found.append(f"{error}" if contract.label.endswith(unit.name) else f"{unit.name}: {error}")
    return found


def _sound_together(contract: Contract, wrong: Collection[str]) -> list[Unit]:
    """The units that can be compiled in one go with all their components: none, where one of them cannot."""
    reached = {
        unit: names
        for unit in contract.units()
        if unit.file == OPENAPI
        and (names := contract.components_reached(unit)) is not None
        and not set(names) & set(wrong)
    }
    schemas = [contract.stated(unit) for unit in reached]
    if any(isinstance(schema, dict) and "$defs" in schema for schema in schemas):
        return []
    names = sorted({name for each in reached.values() for name in each})
    try:
        ValidatorPair(contract.complete({"anyOf": schemas}, names), contract.dialect, formats=True)
    except UnsupportedSchemaError:
        return []
    return list(reached)


def _problems_of_components(contract: Contract) -> Iterator[tuple[str, str]]:
    for name, schema in contract.components.items():
        try:
            check(schema, contract.dialect)
        except UnsupportedSchemaError as error:
            yield name, str(error)
