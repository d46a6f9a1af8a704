"""`summary.md`: the verdict for a pull request or a job summary, short enough for a comment.

Whatever came from a gateway stands between `<code>` tags with every character that Markdown or HTML could act
upon written as an entity: no link, no mention, no image and no table row can be forged.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from generations_contract.forms.text import printable
from generations_contract.report.json import unbilled

_SHOWN_BREACHES = 30
_ACTIVE = re.compile(r"[^\w\s.,;:/=+%()…–→×$'\"-]|_", re.ASCII)
_SIGNS = {"held": "✅", "broken": "❌", "waived": "🟡", "not exercised": "⚪"}
_TITLES = {
    "passed": "✅ The contract holds",
    "broken": "❌ The contract is broken",
    "interrupted": "⚠️ The run was interrupted",
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
        f"{_code(content['target'])} — "
        + ", ".join(f"{_SIGNS[state]} {count} {state}" for state, count in counts.items())
        + f" — {content['exchanges']} exchanges, {generations} generations, ${cost_usd:.2f}"
        + (f", no bill seen of {unseen:.0f}" if unseen else "")
    )
    if content["note"]:
        yield ""
        yield f"> {_code(content['note'])}"
    for line in content["stale"]:
        yield ""
        yield f"> {_code(line)}"
    yield from _broken(content)
    yield from _sections(content)
    yield from _open(content)


def _broken(content: Mapping[str, Any]) -> Iterator[str]:
    broken = [clause for clause in content["clauses"] if clause["state"] == "broken"]
    if not broken:
        return
    yield from ("", "| broken clause | level | expected | actual |", "|---|---|---|---|")
    for clause in broken[:_SHOWN_BREACHES]:
        breach = next((each for each in clause["breaches"] if not each["waived"]), None)
        expected, actual = (breach["expected"], breach["actual"]) if breach else ("", "")
        name = f"`{clause['id']}` ×{clause['broken']}"
        yield f"| {name} | {clause['level']} | {_code(expected)} | {_code(actual)} |"
    if len(broken) > _SHOWN_BREACHES:
        yield f"| … {len(broken) - _SHOWN_BREACHES} more in the report | | | |"


def _sections(content: Mapping[str, Any]) -> Iterator[str]:
    yield from ("", "<details><summary>All clauses by section</summary>", "")
    yield (
        "| section | "
        + " | ".join(f"{sign} {state}" for state, sign in _SIGNS.items())
        + " | generations | cost |"
    )
    yield "|---|" + "--:|" * (len(_SIGNS) + 2)
    for section in dict.fromkeys(clause["section"] for clause in content["clauses"]):
        states = [clause["state"] for clause in content["clauses"] if clause["section"] == section]
        made, cost = content["generations"].get(section, 0), content["cost_usd"].get(section, 0.0)
        cells = " | ".join(str(states.count(state)) for state in _SIGNS)
        yield f"| {section} | {cells} | {made} | ${cost:.2f} |"
    yield ""
    missing = [clause for clause in content["clauses"] if clause["state"] in ("not exercised", "waived")]
    for clause in missing:
        why = "; ".join(clause["reasons"]) or "no probe of this run was about it"
        told = clause["waiver"] if clause["state"] == "waived" else why
        yield f"- {_SIGNS[clause['state']]} `{clause['id']}` {clause['state']}: {_code(told or '')}"
    yield from ("", "</details>")


def _open(content: Mapping[str, Any]) -> Iterator[str]:
    seen = [clause for clause in content["clauses"] if clause["observed"]]
    if not seen:
        return
    yield from ("", "<details><summary>Where the document is silent</summary>", "")
    for clause in seen:
        for subject, behaviours in clause["observed"].items():
            yield f"- `{clause['id']}` {_code(subject)}: {_code(' / '.join(behaviours))}"
    yield from ("", "</details>")


def _code(text: str) -> str:
    """The text so that it is shown as it is, on one line, in Markdown and in a table's cell."""
    return f"<code>{_ACTIVE.sub(lambda found: f'&#{ord(found[0])};', printable(text, 300))}</code>"
