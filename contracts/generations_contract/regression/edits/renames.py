"""Edits that belong together: a member that went while an equal one came, and what `required` says of members.

Nothing is judged here. A name that was changed in several places of a file is one edit, a rename: that is
what was done, and that is what a reader wants to be told.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from generations_contract.api.subschemas import rewrite
from generations_contract.containment.dialect import ANNOTATIONS
from generations_contract.containment.values import Json, compact, freeze
from generations_contract.regression.edits.edits import ABSENT, Edit, Patch


def bare(schema: Json) -> Any:
    """What is left of a schema once annotations are gone, to compare by."""
    return freeze(rewrite(schema, lambda one: {k: v for k, v in one.items() if k not in ANNOTATIONS}))


def together(edits: list[Edit]) -> list[Edit]:
    """The same edits, members joined with what was said of them.

    "One member went, an equal one came" becomes a rename; a member that came or went takes along the edit of
    `required` that names it.
    """
    kept = list(edits)
    members = [edit for edit in edits if edit.kind == "property"]
    for gone in [edit for edit in members if edit.first.new is ABSENT]:
        for come in [edit for edit in kept if edit.kind == "property" and edit.first.old is ABSENT]:
            same_place = gone.first.old_path[:-1] == come.first.old_path[:-1]
            if same_place and bare(gone.first.old) == bare(come.first.new):
                _join(kept, "rename", [gone, come], f"{gone.name} → {come.name}")
                break
    for edit in members:
        if edit in kept:
            _join(kept, "property", [edit], edit.name)
    return _once_a_name(kept)


def _once_a_name(edits: list[Edit]) -> list[Edit]:
    """Renames of one name in one file, as one edit at the first place."""
    kept: list[Edit] = []
    for edit in edits:
        place = next(
            (i for i, one in enumerate(kept) if edit.kind == one.kind == "rename" and one.name == edit.name),
            None,
        )
        if place is None:
            kept.append(edit)
        else:
            kept[place] = replace(kept[place], patches=(*kept[place].patches, *edit.patches))
    return kept


def _join(kept: list[Edit], kind: str, edits: list[Edit], name: str) -> None:
    """Replace edits of members, and what `required` says of them, by one."""
    needed = [e for edit in edits for e in kept if e.kind == "required" and _speaks_of(e, edit)]
    if kind == "property" and not needed:
        return
    patches = [patch for edit in edits for patch in edit.patches]
    if needed:
        patches.append(_merged(needed))
    place = kept.index(edits[0])
    joined = Edit(edits[0].file, kind, tuple(patches), edits[0].old_holder, edits[-1].new_holder, name)
    kept[place] = joined
    for edit in [*edits[1:], *needed]:
        kept.remove(edit)


def _speaks_of(required: Edit, member: Edit) -> bool:
    return required.new_holder is member.new_holder and required.name[1:] == compact(member.name)


def _merged(edits: list[Edit]) -> Patch:
    """Several edits of one `required`, each of one name, as one."""
    names = {sign: [e.name[1:] for e in edits if e.name[0] == sign] for sign in "+-"}
    come = [name for name in edits[0].first.new + edits[-1].first.new if compact(name) in names["+"]]
    gone = [name for name in edits[0].first.old + edits[-1].first.old if compact(name) in names["-"]]
    changed = {*come, *gone}
    was = [name for name in edits[0].first.old if name not in changed] + list(dict.fromkeys(gone))
    now = [name for name in edits[0].first.new if name not in changed] + list(dict.fromkeys(come))
    return Patch(edits[0].first.old_path, edits[0].first.new_path, was, now)
