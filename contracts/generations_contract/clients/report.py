"""The report directory of a judged client: the forms of any run, with its scenarios and how to mend what was found."""

import re
import shlex
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from generations_contract.api.usage import UsageError
from generations_contract.clients.judging import Judged
from generations_contract.clients.mending import mend
from generations_contract.clients.play import Played
from generations_contract.recordings.codec import to_dict
from generations_contract.report import bundle
from generations_contract.report import json as json_report

STAGE: Final = "client"
# Of endless polls the first are kept.
_MOST_EXCHANGES: Final = 200
_SECRET: Final = re.compile(r"key|token|secret|passw|auth|credential", re.IGNORECASE)
_HIDDEN: Final = "***"


def content(judged: Judged, played: Sequence[Played], command: Sequence[str]) -> dict[str, Any]:
    """The run as one JSON document: `json.document`'s, the scenarios beside it, and how to mend each breach."""
    agents = [agent for each in played for agent in each.agents]
    document = json_report.document(
        judged.ledger,
        target=shlex.join(public(command)),
        stage=STAGE,
        outcome=judged.ledger.wrong or "passed",
    )
    for clause in document["clauses"]:
        for breach in clause["breaches"]:
            breach["mend"] = mend(clause["id"], agents)
    document["scenarios"] = [_scenario(judged, each) for each in played]
    return document


def public(command: Sequence[str]) -> list[str]:
    """The command without what it was told as a secret: the value of an option whose name says that it is one."""
    told: list[str] = []
    hidden = False
    for word in command:
        name, equals, _ = word.partition("=")
        secret = name.startswith("-") and _SECRET.search(name) is not None
        told.append(_HIDDEN if hidden else f"{name}={_HIDDEN}" if secret and equals else word)
        hidden = secret and not equals
    return told


def write(directory: Path, judged: Judged, played: Sequence[Played], command: Sequence[str]) -> None:
    """Write every form; raises `UsageError` where the directory cannot be written."""
    traffic = [document for each in played for document in _documents(each)]
    try:
        bundle.write(directory, content(judged, played, command), traffic)
    except OSError as error:
        raise UsageError(f"--report {directory}: cannot be written: {error.strerror or error}") from None


def _scenario(judged: Judged, played: Played) -> dict[str, Any]:
    end = played.ends[-1]
    found = judged.findings[played.scenario.name]
    return {
        "name": played.scenario.name,
        "sentence": played.scenario.sentence,
        "exit_code": end.code,
        "deadline_s": end.deadline_s,
        "lasted_s": round(end.lasted_s, 3),
        "generations": played.generations,
        "billed_usd": played.billed_usd,
        "findings": [{"clause": clause_id, "actual": breach.actual} for clause_id, breach in found],
        "exchanges": _documents(played),
    }


def _documents(played: Played) -> list[dict[str, Any]]:
    return [to_dict(each) for each in played.exchanges if each.ended is None][:_MOST_EXCHANGES]
