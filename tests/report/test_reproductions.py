"""What a report prints to repeat a breach repeats it: each clause's curl line and snippet are run."""

import shutil
from collections.abc import Iterator
from typing import Final

import pytest

from generations_contract.clauses import CLAUSES
from tests.report.reproductions import Outcome, demonstrations, outcomes

_SEVERAL: Final = "it compares several exchanges, and a generation goes on meanwhile"
_SIGNED: Final = "it is a download, and no report prints the signature of a URL"
# Clauses whose breach one curl line cannot show. It must run and be answered all the same.
NOT_BY_ONE_LINE: Final = {
    "auth.foreign-generation": "the generation goes on meanwhile",
    "lifecycle.forward-only": _SEVERAL,
    "wait.no-cadence": _SEVERAL,
    "wait.auto-modality": _SEVERAL,
    "media.bytes": _SIGNED,
    "media.content-type": _SIGNED,
    "media.distinct": _SIGNED,
    "media.requested-size": _SIGNED,
    "media.seed": _SIGNED,
    "media.signature": _SIGNED,
}


def _by_line(outcome: Outcome) -> Iterator[str]:
    """What is wrong with the curl line: it must get the answer that the clause complains about."""
    judged, answer = outcome.judged, outcome.answer
    if answer is None or judged is None:
        if judged is None or judged.response is not None:
            yield "the curl line got no answer"
    elif outcome.demonstration.clause not in NOT_BY_ONE_LINE:
        # A generation that had not ended may have gone on; its end stays.
        state = judged.state if judged.terminal else answer.state
        if (answer.status, answer.code, answer.state) != (judged.status, judged.code, state):
            yield f"curl got {answer.status} {answer.code or answer.state}, not {judged.status} {judged.code or judged.state}"


def _by_snippet(outcome: Outcome) -> Iterator[str]:
    """What is wrong with the snippet: its assertion must fail on the fault, and hold without."""
    if not outcome.faulty.startswith("AssertionError"):
        yield f"the snippet does not fail on the fault by its assertion: {outcome.faulty!r}"
    if outcome.honest:
        yield f"the snippet fails on the honest gateway: {outcome.honest}"


@pytest.mark.alone
def test_every_printed_reproduction_shows_its_breach() -> None:
    """Of every clause that can break: the curl line and the snippet, over HTTP, with the fault and without."""
    if shutil.which("curl") is None:
        pytest.fail(
            "`curl` is not installed: the lines that reports print cannot be run (apt-get install curl)"
        )
    wrong = [
        f"{outcome.demonstration}: {problem}"
        for outcome in outcomes(demonstrations())
        for problem in (*_by_line(outcome), *_by_snippet(outcome))
    ]
    assert wrong == []


def test_exceptions_are_of_clauses() -> None:
    """The table names clauses that there are."""
    assert NOT_BY_ONE_LINE.keys() <= CLAUSES.keys()
