"""`verdicts.json`: the outcome of a run for machines, in a stable form (schemas/verdicts.schema.json)."""

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from generations_contract.api import schema_files
from generations_contract.judging.ledger import Ledger
from generations_contract.judging.verdict import STATES, Verdict, place

FORMAT = 1
# Control, bidi and separator characters that JSON itself lets stand, and what no UTF-8 can say.
_STEERING: Final = re.compile(r"[\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")


def document(
    ledger: Ledger, *, target: str, stage: str, outcome: str, note: str | None = None
) -> dict[str, Any]:
    """The run as one JSON document; clauses in the order of the contract."""
    schemas = schema_files.version()
    states = [verdict.state for verdict in ledger.verdicts.values()]
    return {
        "format": FORMAT,
        "outcome": outcome,
        "note": note,
        "target": target,
        "stage": stage,
        "schemas": {"source": schemas.label, "sha256": schemas.digest, "notes": list(schemas.notes)},
        "document": ledger.document,
        "counts": {state: states.count(state) for state in STATES},
        "exchanges": ledger.exchanges,
        "generations": dict(sorted(ledger.generations.items())),
        "cost_usd": {section: round(cost, 6) for section, cost in sorted(ledger.cost_usd.items())},
        "unbilled": {
            section: {"generations": count, "set_aside_usd": round(ledger.unbilled_usd[section], 6)}
            for section, count in sorted(ledger.unbilled.items())
            if count
        },
        "stale": ledger.stale,
        "left_out": dict(sorted(ledger.left_out.items())),
        "network": ledger.network.lines(ledger.exercised),
        "clauses": [
            _clause(verdict)
            for verdict in sorted(ledger.verdicts.values(), key=lambda each: place(each.clause.section))
        ],
    }


def unbilled(content: Mapping[str, Any]) -> dict[str, float]:
    """Of all sections together: the generations whose bill was not seen, and what is set aside for them."""
    sections = content["unbilled"].values()
    return {name: sum(each[name] for each in sections) for name in ("generations", "set_aside_usd")}


def write(path: Path, content: dict[str, Any]) -> None:
    """Write a document as readable UTF-8 JSON; what would steer whoever displays the file is escaped."""
    text = json.dumps(content, ensure_ascii=False, indent=1)
    path.write_text(_STEERING.sub(lambda found: json.dumps(found[0])[1:-1], text) + "\n", encoding="utf-8")


def _clause(verdict: Verdict) -> dict[str, Any]:
    return {
        "id": verdict.clause.id,
        "section": verdict.clause.section,
        "level": verdict.clause.level,
        "says": verdict.clause.says,
        "state": verdict.state,
        "exercised": verdict.exercised,
        "required": verdict.required,
        "broken": verdict.broken,
        "unmet": verdict.unmet,
        "waived": verdict.waived,
        "waiver": verdict.forgiveness or None,
        "reasons": verdict.excuses,
        "notes": verdict.remarks,
        "observed": {
            subject: dict(sorted(seen.items())) for subject, seen in sorted(verdict.observed.items())
        },
        "breaches": verdict.breaches,
        "fingerprints": [
            {"fingerprint": mark, "kind": alike, "probe": probe, "actual": actual}
            for mark, (probe, actual, alike) in sorted(verdict.fingerprints.items())
        ],
    }
