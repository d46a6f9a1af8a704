"""The drafts in which the schemas of a contract are written: every file by its own, compared in one.

Nothing is judged here. A contract whose files are of several drafts, or two versions that are, become 2020-12.
"""

from dataclasses import replace

from generations_contract.containment.dialect import DRAFT_7, DRAFT_2020_12, Dialect, dialect_for
from generations_contract.containment.drafts import converted, spoken, spoken_as
from generations_contract.regression.versions.document import Contract


def in_one_draft(contract: Contract) -> None:
    """Read every schema file by its own draft; raises `UnsupportedSchemaError`."""
    usual = dialect_for(None, *contract.schema_files.values())
    read: dict[str, Dialect] = {}
    for name, schema in contract.schema_files.items():
        dialect = dialect_for(None, schema) if isinstance(schema, dict) and "$schema" in schema else usual
        contract.drafts[name] = dialect.name
        contract.files[name] = spoken(schema, dialect)
        read[name] = spoken_as(dialect)
    if len(set(read.values())) > 1:
        for name, dialect in read.items():
            contract.files[name] = converted(contract.files[name], dialect, DRAFT_2020_12)


def alike(old: Contract, new: Contract) -> tuple[Contract, Contract]:
    """Both versions in one draft, where their drafts differ; raises `UnsupportedSchemaError`."""
    if old.dialect is new.dialect or not (old.schema_files and new.schema_files):
        return old, new
    return _modern(old), _modern(new)


def _modern(contract: Contract) -> Contract:
    if contract.openapi is not None or contract.dialect is not DRAFT_7:
        return contract
    files = {
        name: converted(schema, DRAFT_7, DRAFT_2020_12) if isinstance(schema, dict) else schema
        for name, schema in contract.files.items()
    }
    return replace(contract, files=files, _known={})
