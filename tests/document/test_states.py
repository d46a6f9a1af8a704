"""The dated states of the contract, and a run that is frozen at one."""

import json
from pathlib import Path

import pytest

from generations_contract.api.usage import UsageError
from generations_contract.clauses import CLAUSES
from generations_contract.cli import main
from generations_contract.document.states import frozen, states, younger
from generations_contract.judging.clause import Breach, Observation
from generations_contract.judging.ledger import Ledger
from generations_contract.report import html, junit, markdown, terminal
from tests.report.report_helpers import content_of
from tests.run.runs import Run, one
from tests.support.exchanges import answered, ruling

pytest_plugins = ["pytester", "tests.run.runs"]

FIRST, SECOND = "2026-11-20", "2026-11-27"
YOUNG = "errors.schema"
REASON = f"younger than the contract of {FIRST}"


def test_states_begin_with_the_first() -> None:
    """Oldest first; each clause came with one of them."""
    assert list(states())[:2] == [FIRST, SECOND]
    assert YOUNG in states()[SECOND]


def test_states_are_listed(capsys: pytest.CaptureFixture[str]) -> None:
    """A line each for people, all ids for machines."""
    assert main(["clauses", "--dates"]) == 0
    first, second, *_ = capsys.readouterr().out.splitlines()
    assert first.split(None, 1) == [FIRST, f"{len(states()[FIRST])} clauses"]
    assert second.startswith(SECOND)
    assert YOUNG in second
    assert main(["clauses", "--dates", "--json"]) == 0
    rows = json.loads(capsys.readouterr().out)
    assert {row["date"]: row["clauses"] for row in rows} == states()


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        ("2026-11-19", "is before the first state of the contract, 2026-11-20"),
        ("2026-13-01", "is no day of the calendar"),
        ("27.11.2026", "is no date; write it as YYYY-MM-DD"),
        ("", "is no date; write it as YYYY-MM-DD"),
        ("2026-11-2\u0660", "is no date; write it as YYYY-MM-DD"),
    ],
)
def test_date_that_is_none_is_one_line(asked: str, told: str) -> None:
    """No date, one without a day, one before the contract: what is wrong, and where dates are listed."""
    with pytest.raises(UsageError) as error:
        frozen(asked)
    assert str(error.value) == (
        f"[target] document {asked}: {told}; `generations-contract clauses --dates` lists the states"
    )


def test_younger_are_the_clauses_that_came_later() -> None:
    """None without a date and none at the newest state; a date between two states counts as the older."""
    assert younger(None) == younger(SECOND) == younger("2030-01-01") == {}
    assert younger(FIRST).keys() == younger("2026-11-26").keys() == set(states()[SECOND])


def _frozen_run() -> Ledger:
    """A ledger frozen at the first state: a young clause and an old one are broken."""
    ledger = Ledger(document=FIRST)
    for clause_id in (YOUNG, "errors.envelope"):
        ledger.enter([ruling(CLAUSES[clause_id], answered(), Breach("this", "that"))], "probe")
    return ledger


def test_young_clause_is_waived_although_it_is_a_must() -> None:
    """It is told with its breaches, and does not fail the run; what is old enough does."""
    ledger = _frozen_run()
    assert [verdict.clause.id for verdict in ledger.failing] == ["errors.envelope"]
    young = ledger.verdicts[YOUNG]
    assert (young.state, young.waived, young.broken, young.forgiveness) == ("waived", 1, 0, REASON)
    assert [breach["waived"] for breach in young.breaches] == [True]


def test_young_clause_never_counts_as_held() -> None:
    """Whether it held, or was never exercised, is not counted either; what was observed is told."""
    ledger = Ledger(document=FIRST)
    assert ledger.verdicts[YOUNG].state == "waived"
    ledger.enter([ruling(CLAUSES[YOUNG], answered(), Observation("it", "does so"))], "probe")
    assert ledger.verdicts[YOUNG].state == "waived"
    assert ledger.verdicts[YOUNG].observed == {"it": {"does so": 1}}


def test_workers_of_a_frozen_run_add_up() -> None:
    """A worker's part of the ledger brings no young breach back."""
    whole = Ledger(document=FIRST)
    whole.merge(_frozen_run().to_dict())
    assert [verdict.clause.id for verdict in whole.failing] == ["errors.envelope"]


def test_reports_name_the_date() -> None:
    """`verdicts.json`, the page and the summary say by which contract was measured; of the newest they say nothing."""
    content = content_of(_frozen_run())
    assert content["document"] == FIRST
    assert f"the contract of {FIRST}" in html.document(content)
    assert f"the contract of <code>{FIRST}</code>" in markdown.document(content)
    assert REASON in junit.document(content)
    assert any(REASON in line for line, _ in terminal.table(_frozen_run()))
    assert content_of(Ledger())["document"] is None
    assert "the contract of" not in markdown.document(content_of(Ledger()))


REFUSED = one(
    '"errors.envelope", "errors.schema", depth="free"', "yield Create({**target.request(wait=0), 'n': 0})"
)


@pytest.mark.parametrize(
    ("options", "state", "code"),
    [
        ((), "broken", 1),
        (("--contract-document", FIRST), "waived", 0),
        (("--contract-document", SECOND), "broken", 1),
    ],
)
def test_frozen_run_plays_what_is_young_and_does_not_fail(
    run: Run, options: tuple[str, ...], state: str, code: int
) -> None:
    """A gateway breaks a clause of the second state alone: measured by the first, the run passes."""
    result, report = run(REFUSED, "--contract-fault", "errors-param-path", *options)
    assert result.ret == code
    (clause,) = [each for each in report["clauses"] if each["id"] == YOUNG]
    assert clause["state"] == state
    assert clause["breaches"] != []
    assert report["document"] == (options[1] if options else None)


def test_profile_may_name_the_date(run: Run, tmp_path: Path) -> None:
    """`[target] document` is the same, and a wrong one is told before anything is sent."""
    profile = tmp_path / "target.toml"
    profile.write_text(
        '[target]\nbase_url = "http://127.0.0.1:9"\ndocument = "2025-01-01"\n[models]\nimage = "x"\n'
    )
    result, _ = run(REFUSED, "--contract-target", str(profile))
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(
        ["ERROR: ?target? document 2025-01-01: is before the first state of the contract, 2026-11-20;*"]
    )
