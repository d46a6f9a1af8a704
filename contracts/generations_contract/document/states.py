"""The dated states of the contract: which clauses came when, and which are younger than a run is measured by."""

from collections.abc import Mapping

from generations_contract.api.usage import UsageError
from generations_contract.document.table import Document, day, document


def states(table: Document | None = None) -> dict[str, list[str]]:
    """Date -> the clauses that this state of the contract brought, oldest first."""
    found: dict[str, list[str]] = {}
    for clause_id, entry in (table or document()).clauses.items():
        found.setdefault(entry.since, []).append(clause_id)
    return dict(sorted(found.items()))


def frozen(asked: str | None, name: str = "[target] document") -> str | None:
    """The date by which a run is measured, as it was asked for; raises `UsageError` in one line for a wrong one."""
    if asked is None:
        return None
    if wrong := _what_is_wrong(asked):
        raise UsageError(
            f"{name} {asked[:40]}: {wrong}; `generations-contract clauses --dates` lists the states"
        )
    return asked


def _what_is_wrong(asked: str) -> str:
    first = next(iter(states()))
    try:
        return "" if day(asked) >= first else f"is before the first state of the contract, {first}"
    except ValueError as error:
        return str(error)


def younger(than: str | None) -> Mapping[str, str]:
    """Clause id -> why it is not counted, of all clauses younger than that date; none where no date is given."""
    if than is None:
        return {}
    reason = f"younger than the contract of {than}"
    return {name: reason for name, entry in document().clauses.items() if entry.since > than}
