"""A run by a team's own version of the schemas: chosen before anything reads them, and held against what is sent.

What a version must be is `schema_checks`' business; here it is only asked whether requests can be made of it, and
whether the clauses that it names exist.
"""

from pathlib import Path

from generations_contract.api import schema_files
from generations_contract.api.schema_choice import choose as choose_version
from generations_contract.api.schema_files import NAMES, OWN, REQUEST
from generations_contract.api.usage import UsageError


def choose(option: Path | None, profile: str | None) -> None:
    """Judge by the version that the option names, else the profile; raises `UsageError`.

    So does one whose requests the suite cannot make: a keyword that is read over would weaken the run.
    """
    choose_version(option, profile)
    if schema_files.is_read() and schema_files.version().label != OWN:
        label = schema_files.version().label
        _check_annotations(label)
        _check_translatable(label)


def _check_annotations(label: str) -> None:
    from generations_contract.oracle import annotations

    schemas = {name: schema_files.load(name) for name in NAMES}
    try:
        annotations.check(schemas)
        # Clauses read the annotations when they are imported: their form must be right by then.
        from generations_contract.clauses import CLAUSES

        annotations.check_clauses(schemas, CLAUSES)
    except UsageError as error:
        raise UsageError(f"{label}: {error}") from None


def _check_translatable(label: str) -> None:
    try:
        # The import makes strategies already, of the parts that have one of their own.
        from generations_contract.strategies.from_schema import documents

        documents(schema_files.load(REQUEST))
    except (ValueError, LookupError) as error:
        pointer, keyword = getattr(error, "pointer", ""), getattr(error, "keyword", None)
        what = f"the suite cannot make requests of the keyword {keyword!r}" if keyword else str(error)
        raise UsageError(f"{label}: {REQUEST}#{pointer}: {what}") from None
