"""Words of a schema that no validator reads and people go by: a proof about documents says nothing of them.

Nothing is searched here: a change that was found safe is said to be what it is instead.
"""

from dataclasses import replace
from typing import Any, Final

from generations_contract.containment.formats import STANDARD
from generations_contract.containment.values import Json, freeze
from generations_contract.regression.edits.edits import ABSENT, Edit
from generations_contract.regression.verdicts.change import POLICY, SAFE, UNDECIDED, Change
from generations_contract.regression.versions.document import Contract
from generations_contract.regression.versions.units import Unit

# Ranges, which are proved, and a hint for whoever draws a form.
_KNOWN: Final = STANDARD | {"int32", "int64", "password"}
_PRACTICE: Final = "OpenAPI 3.0 gives nullable no meaning without a type, and many tools do"


def spoken(edit: Edit, change: Change, units: list[Unit], new: Contract) -> Change:
    """The change, worse where the edit says what documents cannot show."""
    if change.level != SAFE:
        return change
    if edit.kind in ("readOnly", "writeOnly"):
        return replace(change, level=POLICY, reason="no document shows who may send it, or read it")
    unknown = ""
    if edit.kind == "format" and any(one not in _KNOWN for one in _formats(edit)):
        unknown = "no validator knows the format: whether it breaks anyone is not known"
    elif edit.kind == "discriminator" and _is_retold(edit.first.old, edit.first.new):
        unknown = "not compared: which schema a discriminator chooses"
    elif edit.kind == "xml" and any("xml" in str(unit.place[-1]) for unit in units):
        unknown = "not compared: how it is written as XML"
    elif edit.kind == "nullable" and new.openapi is not None:
        unknown = _PRACTICE if str(new.openapi.get("openapi")).startswith("3.0") else ""
    return replace(change, level=UNDECIDED, reason=unknown) if unknown else change


def _formats(edit: Edit) -> list[Json]:
    return [value for value in (edit.first.old, edit.first.new) if value is not ABSENT]


def _is_retold(old: Any, new: Any) -> bool:
    """Whether a discriminator chooses otherwise; one value more comes with its branch, which is judged."""
    if (
        not isinstance(old, dict)
        or not isinstance(new, dict)
        or old.get("propertyName") != new.get("propertyName")
    ):
        return True
    before, after = old.get("mapping") or {}, new.get("mapping") or {}
    return any(freeze(after.get(name)) != freeze(schema) for name, schema in before.items())
