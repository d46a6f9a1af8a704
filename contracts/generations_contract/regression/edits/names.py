"""Names for edits: a stable kebab-case id and a sentence. Ids are never renumbered and never reused.

No verdict is reached here: `request-max-length-lowered` says what was done, not whom it breaks. A keyword
that has no name of its own is `<role>-<keyword>-changed`, so that nothing is ever left out of a report.
"""

import re
from collections.abc import Callable
from typing import Any, Final

from generations_contract.api.pointers import Path
from generations_contract.api.subschemas import MAPS
from generations_contract.containment.values import Json, compact, freeze
from generations_contract.regression.edits.edits import ABSENT, Edit
from generations_contract.regression.versions.units import Role

BOUNDS: Final = {
    "maxLength": "max-length", "minLength": "min-length", "maxItems": "max-items", "minItems": "min-items",
    "maximum": "maximum", "minimum": "minimum", "exclusiveMaximum": "exclusive-maximum",
    "exclusiveMinimum": "exclusive-minimum",
    "maxProperties": "max-properties", "minProperties": "min-properties",
    "maxContains": "max-contains", "minContains": "min-contains",
}  # fmt: skip
WORDS: Final = {
    "description": "description-changed", "title": "title-changed",
    "$comment": "comment-changed", "examples": "examples-changed", "example": "examples-changed",
    "deprecated": "deprecation-changed",
}  # fmt: skip
_TEXT_MAX: Final = 80


def kebab(keyword: str) -> str:
    """`additionalProperties` → `additional-properties`."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "-", re.sub("[^A-Za-z0-9-]", "", keyword)).lower()


def whole(value: Json) -> str:
    """A value for a message."""
    return "absent" if value is ABSENT else compact(value)


def shown(value: Json) -> str:
    """A value for a message, shortened."""
    text = whole(value)
    return text if len(text) <= _TEXT_MAX else text[: _TEXT_MAX - 1] + "…"


def named(edit: Edit, role: Role) -> str:
    """The id of an edit in a schema of this role."""
    if not edit.is_annotation and _is_conditional(edit.first.new_path):
        return f"{role}-condition-changed"
    return f"{role}-{WORDS.get(edit.kind) or _own(edit)}"


def _is_conditional(path: Path) -> bool:
    """Whether the place is inside an `if` or a `not`, where more means less."""
    return any(
        key in ("if", "not") and (place == 0 or path[place - 1] not in MAPS) for place, key in enumerate(path)
    )


def _own(edit: Edit) -> str:
    old, new = edit.first.old, edit.first.new
    if edit.kind in BOUNDS:
        return f"{BOUNDS[edit.kind]}-{_moved(old, new)}"
    if edit.kind in ("enum", "type", "required"):
        return {"enum": _enumeration, "type": _type, "required": _required}[edit.kind](edit)
    if edit.kind == "property":
        return _property(edit)
    if edit.kind == "branch":
        keyword, gone, come = edit.name.split(":")
        ways = [word for count, word in ((come, "added"), (gone, "removed")) if count != "0"]
        return f"{_branch(keyword)}-{'changed' if len(ways) != 1 else ways[0]}"
    if edit.kind == "rename":
        return "property-renamed"
    if edit.kind in ("additionalProperties", "unevaluatedProperties"):
        return _openness(old, new)
    return f"{kebab(edit.kind)}-{_presence(old, new)}"


def _presence(old: Json, new: Json) -> str:
    return "added" if old is ABSENT else "removed" if new is ABSENT else "changed"


def _moved(old: Any, new: Any) -> str:
    if old is ABSENT or new is ABSENT:
        return _presence(old, new)
    return "raised" if new > old else "lowered"


def _branch(keyword: str) -> str:
    return {"anyOf": "alternative", "oneOf": "alternative", "allOf": "condition"}[keyword]


def _listed(edit: Edit) -> tuple[set[Any], set[Any]]:
    return {freeze(one) for one in _as_list(edit.first.old)}, {
        freeze(one) for one in _as_list(edit.first.new)
    }


def _enumeration(edit: Edit) -> str:
    if edit.name:
        return "enum-value-added" if edit.name.startswith("+") else "enum-value-removed"
    old, new = edit.first.old, edit.first.new
    return f"enum-{_presence(old, new)}" if ABSENT in (old, new) else "enum-reordered"


def _type(edit: Edit) -> str:
    before, after = _listed(edit)
    null = freeze("null")
    if edit.first.old is ABSENT or edit.first.new is ABSENT:
        return f"type-{_presence(edit.first.old, edit.first.new)}"
    if before | {null} == after | {null}:
        return "became-nullable" if null in after - before else "became-not-nullable"
    wider = before < after or (after - before == {freeze("number")} and before - after == {freeze("integer")})
    narrower = after < before or (
        before - after == {freeze("number")} and after - before == {freeze("integer")}
    )
    return "type-widened" if wider else "type-narrowed" if narrower else "type-changed"


def _required(edit: Edit) -> str:
    if not edit.name:
        return "required-reordered"
    return "property-became-required" if edit.name.startswith("+") else "property-became-optional"


def _property(edit: Edit) -> str:
    if edit.first.new is ABSENT:
        return "property-removed"
    needed = edit.new_holder.get("required", ()) if isinstance(edit.new_holder, dict) else ()
    return "required-property-added" if edit.name in needed else "property-added"


def _openness(old: Json, new: Json) -> str:
    if new is False:
        return "unknown-properties-forbidden"
    return (
        "unknown-properties-allowed"
        if old is False and new in (ABSENT, True)
        else "unknown-properties-changed"
    )


def sentence(edit: Edit, show: Callable[[Json], str] = shown) -> str:
    """The edit as a sentence fragment: what stood there, and what stands there now; values by `show`."""
    old, new = edit.first.old, edit.first.new
    if edit.kind == "rename":
        places = sum(patch.new is ABSENT for patch in edit.patches)
        return edit.name + (f" (in {places} places)" if places > 1 else "")
    if edit.kind in ("enum", "required") and edit.name:
        values = ", ".join(one[1:] for one in edit.name.split("\0"))
        if edit.kind == "required":
            return f"{values} {'required' if edit.name[0] == '+' else 'no longer required'}"
        return f"{values} {'added' if edit.name[0] == '+' else 'removed'}"
    if edit.kind == "branch":
        return _branches(edit, show)
    if edit.kind in ("property", "definition", "schema-file") and new is ABSENT:
        return f"{edit.name} removed"
    if edit.kind in ("property", "definition", "schema-file") and old is ABSENT:
        return f"{edit.name} added: {show(new)}" if edit.kind != "schema-file" else f"{edit.name} added"
    return f"{show(old)} → {show(new)}"


def _branches(edit: Edit, show: Callable[[Json], str]) -> str:
    """The branches that came and went: each list has them behind those that stayed."""
    _, gone, come = edit.name.split(":")
    ways = (("removed", edit.first.old, int(gone)), ("added", edit.first.new, int(come)))
    return "; ".join(
        f"{show(one)} {way}" for way, branches, count in ways for one in _as_list(branches)[-count:] if count
    )


def _as_list(value: Json) -> list[Json]:
    return value if isinstance(value, list) else [] if value is ABSENT else [value]
