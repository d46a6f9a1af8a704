"""JUnit, summary, annotations and `verdicts.json`: the same verdict in every form, and no form can be forged."""

import json
import re
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import jsonschema
import pytest

from generations_contract.clauses import CLAUSES
from generations_contract.forms import github
from generations_contract.judging.ledger import Ledger
from generations_contract.report import annotations, bundle, junit, markdown
from tests import ROOT
from tests.report.report_helpers import FIVE_FAULTS, content_of, hostile_run, short_run

SCHEMA = ROOT / "schemas" / "verdicts.schema.json"


def faulty() -> dict[str, Any]:
    """The document of a run with five faults."""
    ledger, _ = short_run(FIVE_FAULTS)
    ledger.excuse(["errors.provider-timeout"], "the profile names no models.timing_out")
    return content_of(ledger)


def hostile() -> dict[str, Any]:
    """The document of a run whose gateway is an enemy."""
    return content_of(hostile_run()[0], note="\u202enote\n| x |")


@pytest.mark.parametrize("content", [faulty(), hostile(), content_of(Ledger(), "unusable", "no key")], ids=["faulty", "hostile", "empty"])  # fmt: skip
def test_verdicts_json_is_what_its_schema_says(content: dict[str, Any]) -> None:
    """The published schema describes a run with breaches, a hostile one and an empty one."""
    schema = json.loads(SCHEMA.read_text())
    jsonschema.Draft202012Validator.check_schema(schema)
    jsonschema.validate(json.loads(json.dumps(content)), schema)


def test_verdicts_schema_refuses_what_it_should() -> None:
    """A missing member, another state and another format are refused: the schema says something."""
    schema = json.loads(SCHEMA.read_text())
    for change in ({"format": 2}, {"outcome": "fine"}, {"clauses": []}, {"stage": None}):
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate({**json.loads(json.dumps(faulty())), **change}, schema)


def test_junit_has_one_case_for_each_clause() -> None:
    """Broken is a failure, not exercised is skipped with its reason, and the counts add up."""
    root = ElementTree.fromstring(junit.document(faulty()))  # noqa: S314 - our own document
    cases = {case.get("name"): case for case in root.iter("testcase")}
    assert set(cases) == set(CLAUSES)
    assert len(list(root.iter("testcase"))) == len(CLAUSES)
    failure = cases["strict.top-level"].find("failure")
    assert failure is not None
    assert failure.get("type") == "MUST"
    assert "curl" in str(failure.text)
    skipped = cases["errors.provider-timeout"].find("skipped")
    assert skipped is not None
    assert skipped.get("message") == "not exercised: the profile names no models.timing_out"
    for suite in root.iter("testsuite"):
        assert suite.get("tests") == str(len(suite.findall("testcase")))
        assert suite.get("failures") == str(len(list(suite.iter("failure"))))
    assert root.get("failures") == str(len(list(root.iter("failure"))))


def test_junit_of_a_run_that_could_not_begin_is_an_error() -> None:
    """Clauses that are all skipped look like success to CI: the run itself is a case then."""
    root = ElementTree.fromstring(junit.document(content_of(Ledger(), "unusable", "no key")))  # noqa: S314
    [error] = root.iter("error")
    assert error.get("message") == "no key"
    assert root.get("errors") == "1"


def test_junit_of_hostile_answers_is_xml() -> None:
    """Control characters, surrogates and `]]>` of a gateway do not break the document."""
    text = junit.document(hostile())
    ElementTree.fromstring(text.encode())  # noqa: S314
    assert not set(text) & set("\x1b\x00\u202e\ud800")


def test_summary_tells_counts_breaches_and_reasons() -> None:
    """Title, table of broken clauses, sections with generations and dollars, what was not exercised."""
    text = markdown.document(faulty())
    assert text.startswith("## ❌ The contract is broken\n")
    assert "| `strict.top-level` broken ×1 | MUST | <code>400 invalid&#95;input" in text
    assert (
        "- ⚪ `errors.provider-timeout` not exercised: <code>the profile names no models.timing&#95;out</code>"
        in text
    )
    assert re.search(r"\| desk \||generations", text)


def test_summary_of_hostile_answers_forges_nothing() -> None:
    """No row, link, mention, image or heading comes out of what a gateway wrote."""
    text = markdown.document(hostile())
    outside = re.sub(r"<code>[^<]*</code>", "", text)
    assert "alert" not in outside
    assert "@" not in text
    inside = re.sub(r"&#\d+;", "", "".join(re.findall(r"<code>([^<]*)</code>", text)))
    assert not set(inside) & set("|`[]*_<>@!#\n\x1b\u202e")
    rows = [line for line in text.split("\n") if line.startswith("|") and "`" in line]
    assert all(line.count("|") == 5 for line in rows)


def test_annotations_are_for_actions_only() -> None:
    """Elsewhere such lines are noise."""
    assert github.wanted({"GITHUB_ACTIONS": "true"})
    assert not github.wanted({})


def test_annotations_name_each_broken_clause_on_a_line() -> None:
    """One `::error` line per broken clause, ten at the most, and the last one names the rest."""
    lines = list(annotations.lines(faulty()))
    assert any(
        line.startswith("::error title=strict.top-level (MUST) broken ×1::expected 400") for line in lines
    )
    ledger, _ = hostile_run()
    content = content_of(ledger)
    for clause in content["clauses"][:15]:
        clause["state"] = "broken"
    lines = list(annotations.lines(content))
    assert len(lines) == 10
    assert "more clauses fail" in lines[-1]


def test_annotations_of_hostile_answers_forge_nothing() -> None:
    """A gateway can neither end the line nor begin a command of its own, nor a property."""
    for line in annotations.lines(hostile()):
        assert line.count("\n") == line.count("\r") == 0
        assert not re.search(r"%0A::|%0D", line)
        assert re.fullmatch(r"::error title=[^:,]*::.*", line)


def test_bundle_writes_every_form_although_one_fails(tmp_path: Path) -> None:
    """A directory stands where `junit.xml` should: everything else is written, and the error is told."""
    (tmp_path / "junit.xml").mkdir()
    ledger, exchanges = short_run(FIVE_FAULTS)
    with pytest.raises(OSError, match=r"junit\.xml"):
        bundle.write(tmp_path, content_of(ledger), exchanges)
    written = {path.name for path in tmp_path.iterdir()}
    assert written == set(bundle.FORMS)
    assert len(written) >= 5
