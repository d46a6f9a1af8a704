"""Drift: what a gateway really answers, against the contract; recorded or live, nothing invented."""

import json
from pathlib import Path
from typing import Any

import pytest

from generations_contract.cli import main
from generations_contract.money import Budget
from generations_contract.own_client import embedded
from generations_contract.recordings.codec import to_dict
from generations_contract.regression.drift import (
    BEHAVIOUR,
    BREACH,
    UNDOCUMENTED,
    UNKNOWN_CODE,
    UNSEEN,
    Drift,
    Finding,
)
from generations_contract.regression.drift_command import observed, play
from generations_contract.regression.sources import home, load
from generations_contract.report import har
from tests.run.live_helpers import LENIENT, SeeminglyReal
from tests.support.stages import served, virtual


def drifted(*faults: str) -> list[Finding]:
    """The findings on the embedded gateway with these faults."""
    drift = Drift(load(str(home())))
    made, _ = play(embedded.target(), virtual(tampers=embedded.faults(faults)), Budget())
    for _, exchange in made.exchanges:
        drift.see(exchange)
    return drift.findings()


def breaches(found: list[Finding]) -> set[str]:
    """Where answers break the schema."""
    return {finding.pointer for finding in found if finding.id == BREACH}


def test_honest_gateway_does_not_drift() -> None:
    """Nothing is found on the reference gateway but values that a few requests do not show."""
    assert {finding.id for finding in drifted()} == {UNSEEN}


@pytest.mark.parametrize(
    ("fault", "pointer"),
    [
        ("response-status-processing", "/status"),
        ("response-width-text", "/output/media/*/width"),
        ("response-cost-missing", "/usage"),
        ("errors-flat", ""),
    ],
)
def test_answer_that_breaks_the_schema_is_found(fault: str, pointer: str) -> None:
    """Each breach is located, once for all items of an array, with the body as witness."""
    found = [finding for finding in drifted(fault) if finding.id == BREACH]
    assert pointer in breaches(found)
    assert all(finding.body is not None and finding.schema_pointer for finding in found)
    assert len({finding.fingerprint for finding in found}) == len(found)


def test_unseen_values_are_coverage_only() -> None:
    """A status that no answer showed is listed, and is no failure."""
    unseen = {finding.text for finding in drifted() if finding.id == UNSEEN}
    assert 'value "cancelled"' in unseen
    assert {finding.level for finding in drifted()} == {"coverage"}


def har_of(tmp_path: Path, *edits: Any) -> Path:
    """A recording of the embedded gateway; each edit changes the body of an answer of 200."""
    made, _ = play(embedded.target(), virtual(), Budget())
    documents = [to_dict(exchange) for _, exchange in made.exchanges]
    for document in documents:
        if document["response"]["status"] == 200:
            body = json.loads(document["response"]["body"])
            for edit in edits:
                edit(body)
            document["response"]["body"] = json.dumps(body)
    path = tmp_path / "traffic.har"
    har.write(path, documents)
    return path


def test_recorded_traffic_is_compared_without_sending(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """`drift --har` finds nothing in an honest recording, and a wrong type in another."""
    assert main(["drift", "--har", str(har_of(tmp_path))]) == 0
    assert "0 breaking, 0 policy" in capsys.readouterr().out
    wrong = har_of(tmp_path, lambda body: body.update(model=7))
    assert main(["drift", "--har", str(wrong), "--json"]) == 1
    found = json.loads(capsys.readouterr().out)["findings"][0]
    assert (found["id"], found["pointer"], found["body"]["model"]) == (BREACH, "/model", 7)


def test_undocumented_members_are_policy(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A member that no schema names is found in the closed copy, and fails only where asked."""
    more = har_of(tmp_path, lambda body: body.update(queue_position=3))
    assert main(["drift", "--har", str(more)]) == 0
    assert f"{UNDOCUMENTED}  generation-response#/queue_position" in capsys.readouterr().out
    assert main(["drift", "--har", str(more), "--fail-on", "policy"]) == 3


def test_undocumented_code_is_policy() -> None:
    """A code that the document does not list is allowed in the envelope, and found."""
    found = drifted("errors-missing-key-own-code")
    codes = [finding for finding in found if finding.id == UNKNOWN_CODE]
    assert len(codes) <= 1
    assert all(finding.level == "policy" for finding in codes)


def test_open_behaviour_that_changes_is_found(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """What an OPEN clause saw is stored with --update, and compared the next time."""
    path, stored = har_of(tmp_path), tmp_path / "observations.json"
    assert main(["drift", "--har", str(path), "--observations", str(stored), "--update"]) == 0
    kept = json.loads(stored.read_text("utf-8"))
    assert main(["drift", "--har", str(path), "--observations", str(stored), "--fail-on", "both"]) == 0
    changed = {clause: {subject: ["as never seen"] for subject in seen} for clause, seen in kept.items()}
    stored.write_text(json.dumps(changed), "utf-8")
    capsys.readouterr()
    assert main(["drift", "--har", str(path), "--observations", str(stored), "--fail-on", "policy"]) == 3
    assert f"{BEHAVIOUR}  {next(iter(kept))}" in capsys.readouterr().out


def test_budget_keeps_generations_from_being_made() -> None:
    """Without a budget only refusals are compared, and what was left out is said."""
    made, left_out = play(embedded.target(), virtual(), Budget(max_generations=0))
    assert {exchange.ok for _, exchange in made.exchanges} == {False}
    assert len(left_out) == 2
    assert observed(made.ledger) == observed(made.ledger)


def test_free_request_that_is_accepted_takes_of_the_budget() -> None:
    """A gateway that refuses nothing is sent no more than was allowed, and what was left out is said."""
    stage = virtual(SeeminglyReal, (LENIENT,))
    _, left_out = play(embedded.target(), stage, Budget(max_generations=1))
    assert sum(line.generations for line in stage.gateway.ledger) == 1  # type: ignore[attr-defined]
    assert [reason.partition(":")[0] for reason in left_out] == [
        "a request that should be refused",
        "a generation of flux-1.1-pro",
        "a generation of veo-3",
    ]


def test_live_gateway_is_compared(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Any) -> None:
    """`drift --target` asks a served gateway, and finds it to be what the contract says."""
    with served(tmp_path) as target:
        for label, variable in target.variables.items():
            monkeypatch.setenv(variable, target.keys[label])
        assert main(["drift", "--target", str(tmp_path / "served.toml")]) == 0
    told = capsys.readouterr().out
    assert "0 breaking, 0 policy" in told
    assert target.keys["main"] not in told


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--har", "none.har"], "none.har"),
        (["--target", "none.toml"], "none.toml"),
        (["--har", "none.har", "--fail-on", "always"], "--fail-on always"),
        (["--har", "none.har", "--update"], "--observations"),
        (["--har", "none.har", "--contract", "no-such-place"], "no-such-place"),
    ],
)
def test_wrong_usage_of_drift_is_one_line(
    arguments: list[str], told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Bad input is one clear line and exit code 4."""
    assert main(["drift", *arguments]) == 4
    error = capsys.readouterr().err
    assert told in error
    assert error.count("\n") == 1


def test_value_that_two_places_forbid_is_one_finding() -> None:
    """A time as a number is wrong in itself and by a condition; a reader fixes it once."""
    assert [found.pointer for found in drifted("response-times-unix") if found.id == BREACH] == [
        "/completed_at"
    ]


def test_missing_member_is_named() -> None:
    """What is told of a missing member is its name, not the whole object."""
    told = [found.text for found in drifted("errors-flat") if found.id == BREACH]
    assert told == ["required: 'error' is a required property"]


def test_observations_that_cannot_be_written_are_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The findings are printed first, then what to change is told."""
    made, _ = play(embedded.target(), virtual(), Budget())
    path = tmp_path / "exchanges.jsonl"
    path.write_text("".join(json.dumps(to_dict(one)) + "\n" for _, one in made.exchanges), "utf-8")
    place = str(tmp_path / "none" / "seen.json")
    assert main(["drift", "--har", str(path), "--observations", place, "--update"]) == 4
    shown = capsys.readouterr()
    assert "answers compared with" in shown.out
    assert "cannot be written" in shown.err
