"""`summary.md`: the verdict for a pull request or a job summary, short enough for a comment.

What came from a gateway passes `forms.markdown.code`.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from generations_contract.api.schema_files import OWN
from generations_contract.forms.markdown import code, folded, table
from generations_contract.judging.verdict import FAILING
from generations_contract.report.json import unbilled

_SHOWN_BREACHES = 30
_SIGNS = {"held": "✅", "broken": "❌", "unmet": "🟥", "waived": "🟡", "not exercised": "⚪"}
_TITLES = {
    "passed": "✅ The contract holds",
    "broken": "❌ The contract is broken",
    "unmet": "❌ What was promised did not come",
    "interrupted": "⚠️ The run was interrupted",
    "inconclusive": "⚠️ The run is inconclusive",
    "unusable": "⚠️ The target cannot be used",
    "failed": "❌ No clause is broken, but the run failed",
}


def document(content: Mapping[str, Any]) -> str:
    """The run (`json.document`) as Markdown."""
    return "\n".join(_lines(content)) + "\n"


def _lines(content: Mapping[str, Any]) -> Iterator[str]:
    counts, generations = content["counts"], sum(content["generations"].values())
    cost_usd, unseen = sum(content["cost_usd"].values()), unbilled(content)["generations"]
    yield f"## {_TITLES[content['outcome']]}"
    yield ""
    yield (
        f"{code(content['target'])} — "
        + ", ".join(f"{_SIGNS[state]} {count} {state}" for state, count in counts.items())
        + f" — {content['exchanges']} exchanges, {generations} generations, ${cost_usd:.2f}"
        + (f", no bill seen of {unseen:.0f}" if unseen else "")
    )
    if content["schemas"]["source"] != OWN:
        yield ""
        yield f"schemas: {code(content['schemas']['source'])} (sha256 {content['schemas']['sha256']})"
    if content["document"]:
        yield ""
        yield f"measured by the contract of {code(content['document'])}"
    if content["note"]:
        yield ""
        yield f"> {code(content['note'])}"
    for line in (*content["stale"], *content["network"]):
        yield ""
        yield f"> {code(line)}"
    yield from _broken(content)
    yield from _sections(content)
    yield from _open(content)


def _broken(content: Mapping[str, Any]) -> Iterator[str]:
    broken = [clause for clause in content["clauses"] if clause["state"] in FAILING]
    if not broken:
        return
    yield ""
    yield from table(("clause", "level", "expected", "actual"), map(_row, broken[:_SHOWN_BREACHES]))
    if len(broken) > _SHOWN_BREACHES:
        yield f"| … {len(broken) - _SHOWN_BREACHES} more in the report | | | |"


def _row(clause: Mapping[str, Any]) -> tuple[str, ...]:
    breach = next((each for each in clause["breaches"] if not each["waived"]), None)
    expected, actual = (breach["expected"], breach["actual"]) if breach else ("", "")
    times = clause["broken"] + clause["unmet"]
    return f"`{clause['id']}` {clause['state']} ×{times}", clause["level"], code(expected), code(actual)


def _sections(content: Mapping[str, Any]) -> Iterator[str]:
    head = ["section", *(f"{sign} {state}" for state, sign in _SIGNS.items()), "generations", "cost"]
    missing = [clause for clause in content["clauses"] if clause["state"] in ("not exercised", "waived")]
    left_out = [f"- not played, {count}: {code(reason)}" for reason, count in content["left_out"].items()]
    lines = [*table(head, _counts(content), numbers_from=1), "", *map(_reason, missing), *left_out]
    yield from folded("All clauses by section", lines)


def _counts(content: Mapping[str, Any]) -> Iterator[list[str]]:
    """A section's clauses by state, its generations, what they cost."""
    for section in dict.fromkeys(clause["section"] for clause in content["clauses"]):
        states = [clause["state"] for clause in content["clauses"] if clause["section"] == section]
        made, cost = content["generations"].get(section, 0), content["cost_usd"].get(section, 0.0)
        yield [section, *(str(states.count(state)) for state in _SIGNS), str(made), f"${cost:.2f}"]


def _reason(clause: Mapping[str, Any]) -> str:
    why = "; ".join(clause["reasons"]) or "no probe of this run was about it"
    told = clause["waiver"] if clause["state"] == "waived" else why
    required = "required, and " if clause["required"] and clause["state"] == "not exercised" else ""
    return f"- {_SIGNS[clause['state']]} `{clause['id']}` {required}{clause['state']}: {code(told or '')}"


def _open(content: Mapping[str, Any]) -> Iterator[str]:
    seen = [
        f"- `{clause['id']}` {code(subject)}: {code(' / '.join(behaviours))}"
        for clause in content["clauses"]
        for subject, behaviours in clause["observed"].items()
    ]
    if seen:
        yield from folded("Where the document is silent", seen)
