"""What a mock has seen, for whoever develops a client: exchanges and findings as JSON, and as a small page."""

from collections.abc import Iterable, Sequence
from typing import Any, Final

from generations_contract.clauses import CLIENT_CLAUSES
from generations_contract.clients.mending import mend
from generations_contract.exchange.exchange import Exchange
from generations_contract.forms.html import template
from generations_contract.judging.clause import Breach, breaches_of
from generations_contract.judging.judge import Judge
from generations_contract.recordings.codec import to_dict

JOURNAL_PATH: Final = "/__journal"
# The newest are shown.
_SHOWN: Final = 500


def findings(exchanges: Iterable[Exchange]) -> list[tuple[str, Breach]]:
    """What the clauses of section `client` find, of exchanges in the order of their ends."""
    judge = Judge(CLIENT_CLAUSES.values())
    return [found for each in exchanges for found in breaches_of(judge.judge(each).rulings)]


def journal(visits: Sequence[tuple[str, Sequence[Exchange]]], agents: Sequence[str]) -> dict[str, Any]:
    """The journal as JSON: what was played, (scenario, exchanges) each, and what was found."""
    return {
        "plays": [
            {
                "scenario": name,
                "findings": [
                    {"clause": clause_id, "expected": each.expected, "actual": each.actual,
                     "mend": mend(clause_id, agents)}
                    for clause_id, each in findings(exchanges)
                ],
                "exchanges": [to_dict(each) for each in exchanges[-_SHOWN:]],
            }
            for name, exchanges in visits
        ]
    }  # fmt: skip


def page(content: dict[str, Any]) -> str:
    """The journal as a page without a script."""
    return template("generations_contract.clients", "journal.html.j2").render(plays=content["plays"])
