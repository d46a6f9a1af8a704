"""`explain`: everything about a clause, from where it stands."""

import json
import re
from pathlib import Path

import pytest

from generations_contract.clauses import CLAUSES, CLIENT_CLAUSES
from generations_contract.cli import main
from generations_contract.document.table import document
from generations_contract.gateway.tampers import FAULTS
from generations_contract.scripts.probe import DEPTHS, PROBES


def _told(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    assert main(["explain", *arguments]) == 0
    return capsys.readouterr().out


def test_explanation_says_everything(capsys: pytest.CaptureFixture[str]) -> None:
    """Sentence, level, date, what provokes it and what for, breach, allowance and two faults, one label each."""
    lines = _told(capsys, "headers.rate-limit").splitlines()
    assert lines[0].startswith("headers.rate-limit (MUST, since 2026-11-20): ")
    labels = [line[2:12].strip() for line in lines[1:] if line[2:12].strip()]
    assert list(dict.fromkeys(labels)) == [
        "document", "breach", "allowed", "provoked", "profile", "broken by", "see it"
    ]  # fmt: skip
    assert labels.count("broken by") == 2
    text = "\n".join(lines)
    assert '  profile   [keys] limited_env = "VARIABLE"' in text
    assert "Error codes: “Retry-After tells you for how …”" in text
    assert "(depth free)" in text


def test_every_clause_is_explained(capsys: pytest.CaptureFixture[str]) -> None:
    """Without an argument, and with --all, of all of them: in the catalogue's order, nothing left empty."""
    told = json.loads(_told(capsys, "--json"))
    assert [each["id"] for each in told] == [*CLAUSES, *CLIENT_CLAUSES]
    assert json.loads(_told(capsys, "--all", "--json")) == told
    for each in told:
        assert each["breach"], each["id"]
        assert each["since"], each["id"]
        assert each["allows"], each["id"]
        assert bool(each["document"]) != bool(each["implied"]), each["id"]
        assert each["level"] == "OPEN" or each["faults"] or each["scenarios"], each["id"]


def test_explanation_is_read_from_where_it_stands(capsys: pytest.CaptureFixture[str]) -> None:
    """Faults break the clause, probes are the registry's, sentences the table's."""
    for each in json.loads(_told(capsys, "--json")):
        assert all(each["id"] in FAULTS[fault["name"]].breaks for fault in each["faults"])
        assert [row["begins"] for row in each["document"]] == [
            sentence.words for sentence in document().owned_by(each["id"])
        ]
        for probe in each["probes"]:
            assert probe["depth"] in DEPTHS
            assert probe["says"], probe["name"]
            assert all(
                re.fullmatch(r'\[\w+\] \w+ = (\["MODEL"\]|"VARIABLE"|"…")', need) for need in probe["profile"]
            )
            if probe["name"] in PROBES:
                assert probe["depth"] == PROBES[probe["name"]].depth


def test_misspelt_clause_is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    """The nearest id, and exit code 4."""
    assert main(["explain", "wait.wake"]) == 4
    shown = capsys.readouterr()
    assert shown.err == "generations-contract: clause wait.wake: is unknown; did you mean wait.wakes?\n"
    assert shown.out == ""


@pytest.mark.parametrize(
    ("clause_id", "line"),
    [
        ("errors.other-paths", "breach    none: it is recorded"),
        ("auth.before-validation", "implied   security sense: who may not ask learns nothing"),
        ("auth.missing-key", "profile   [models] image"),
        ("media.seed", 'profile   [traits] deterministic = ["MODEL"]'),
    ],
)
def test_explanation_of_what_is_special(
    clause_id: str, line: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """What is only recorded, what no sentence says, what needs nothing and what needs a trait."""
    assert f"  {line}\n" in _told(capsys, clause_id)


def test_table_is_held_against_a_text(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """Exit code 1 and a line for each difference; 4 for a file that is not there."""
    text = tmp_path / "document.txt"
    text.write_text("Something else\n")
    assert main(["explain", "--against", str(text)]) == 1
    assert "the text has no section At a glance" in capsys.readouterr().out
    assert main(["explain", "--against", str(tmp_path / "none.txt")]) == 4


def test_rule_is_explained_beside_clauses(capsys: pytest.CaptureFixture[str]) -> None:
    """Who breaks and how, how it is decided, what it asks for, and how a project overrules it."""
    text = _told(capsys, "default-changed", "request-max-length-lowered", "headers.rate-limit")
    assert text.startswith("default-changed (breaking): A sender who leaves the member out")
    assert "max-length-lowered (proved): " in text
    assert '[rules] "default-changed" = "breaking", "policy" or "ignore"' in text
    assert "headers.rate-limit (MUST" in text
    assert json.loads(_told(capsys, "response-default-changed", "--json"))[0]["severity"] == "policy"


def test_rules_are_listed(capsys: pytest.CaptureFixture[str]) -> None:
    """Each with its severity and sentence, as a table and as JSON; each can be explained."""
    assert main(["rules", "--json"]) == 0
    rows = json.loads(capsys.readouterr().out)
    assert main(["rules"]) == 0
    assert len(capsys.readouterr().out.splitlines()) == len(rows)
    assert len(json.loads(_told(capsys, *(row["name"] for row in rows), "--json"))) == len(rows)


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("defualt-changed", "did you mean default-changed?"),
        ("reponse-header-removed", "did you mean response-header-removed?"),
        ("zzz", "is neither a clause nor a rule; `generations-contract rules` lists them"),
    ],
)
def test_rule_that_there_is_not_is_one_line(name: str, told: str, capsys: pytest.CaptureFixture[str]) -> None:
    """The nearest name, with exit code 4."""
    assert main(["explain", name]) == 4
    error = capsys.readouterr().err
    assert told in error
    assert error.count("\n") == 1
