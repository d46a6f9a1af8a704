"""A review as workflow commands: annotations at the lines of a pull request that they speak of.

Nothing is judged here, and no file is read: the texts come with the contract.
"""

from typing import Any, Final

import yaml

from generations_contract.api.pointers import Path, path_of
from generations_contract.forms.github import Kind, command, data
from generations_contract.regression.report.phrases import counted, on_one_line, proofs, whom, why
from generations_contract.regression.verdicts.change import Change
from generations_contract.regression.verdicts.review import Review, breaks_only_strict
from generations_contract.regression.versions.document import Origin

_KINDS: Final[dict[str, Kind]] = {
    "breaking": "error",
    "undecided": "warning",
    "policy": "notice",
    "safe": "notice",
    "ignored": "notice",
}


def github(review: Review) -> str:
    """An annotation a change that wants attention, at the line of the new version where it stands."""
    nodes: dict[str, Any] = {}
    lines = []
    for change in review.changes:
        quiet = change.level == "safe" and not breaks_only_strict(change)
        if change.accepted or quiet or change.level == "ignored":
            continue
        body = [change.text + (f": {whom(change)}" if whom(change) else "")]
        body += [why(change)] if why(change) else []
        body += [f"{audience}: {on_one_line(witness)}" for audience, witness in proofs(change)]
        where = _file(review, change, nodes)
        lines.append(command(_KINDS[change.level], body, {**where, "title": change.id}))
    for entry in review.stale:
        told = f"accepted but not met: {entry.fingerprint} ({entry.reason})"
        lines.append(command("warning", [told], {"title": "accepted-but-not-met"}))
    lines.append(data([f"{counted(review)}; version step: {review.step}"]))
    return "\n".join(lines) + "\n"


def _file(review: Review, change: Change, nodes: dict[str, Any]) -> dict[str, str | int]:
    origin = review.origins.get(change.file)
    if origin is None:
        return {"file": change.file}
    if change.file not in nodes:
        nodes[change.file] = _composed(origin)
    return {"file": origin.path, "line": line_of(nodes[change.file], path_of(change.new_pointer))}


def _composed(origin: Origin) -> Any:
    """The nodes of a file, which know their lines; JSON is YAML."""
    try:
        return yaml.compose(origin.text, Loader=yaml.CSafeLoader)
    except (yaml.YAMLError, RecursionError):
        return None


def line_of(node: Any, path: Path) -> int:
    """The line of what stands at a path, or of the last on the way to it that is there; from 1."""
    line = node.start_mark.line + 1 if node is not None else 1
    for key in path:
        found = _entry(node, str(key))
        if found is None:
            break
        start, node = found
        line = start.start_mark.line + 1
    return line


def _entry(node: Any, key: str) -> tuple[Any, Any] | None:
    """What a key stands at, and what it leads to."""
    if isinstance(node, yaml.MappingNode):
        return next(((name, value) for name, value in node.value if name.value == key), None)
    if isinstance(node, yaml.SequenceNode) and key.isdecimal() and int(key) < len(node.value):
        return node.value[int(key)], node.value[int(key)]
    return None
