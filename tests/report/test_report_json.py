"""`verdicts.json`: a stable document of a run, complete and serialisable whatever the gateway said."""

import json
from pathlib import Path
from typing import Any

import pytest

from generations_contract.clauses import CLAUSES
from generations_contract.judging.clause import Breach, Observation
from generations_contract.judging.ledger import Ledger
from generations_contract.judging.verdict import Verdict
from generations_contract.report import json as json_report
from tests.support.exchanges import answered, resource, ruling, saying

MUST = saying("x.must")


def _document(ledger: Ledger) -> dict[str, Any]:
    return json_report.document(ledger, target="https://gateway.test", stage="respx", outcome="broken")


def _ledger(*rulings: Any) -> Ledger:
    ledger = Ledger(verdicts={MUST.id: Verdict(MUST)})
    ledger.enter(rulings, "probe")
    return ledger


def test_document_has_every_clause_in_the_contracts_order() -> None:
    """Clauses that nothing exercised are in it as well; the counts are the list's."""
    document = _document(Ledger())
    assert {each["id"] for each in document["clauses"]} == CLAUSES.keys()
    assert document["counts"] == {
        "held": 0,
        "broken": 0,
        "unmet": 0,
        "waived": 0,
        "not exercised": len(CLAUSES),
    }
    assert [each["id"] for each in document["clauses"]] == list(Ledger().verdicts)


def test_document_tells_the_whole_of_a_breach() -> None:
    """Both sides, the curl line and the exchanges, ready to be repeated."""
    document = _document(_ledger(ruling(MUST, answered(), Breach("this", "that"))))
    (clause,) = [each for each in document["clauses"] if each["state"] == "broken"]
    assert (clause["id"], clause["exercised"], clause["broken"], clause["waived"]) == ("x.must", 1, 1, 0)
    (breach,) = clause["breaches"]
    assert (breach["expected"], breach["actual"], breach["probe"]) == ("this", "that", "probe")
    assert breach["curl"].startswith("curl ")
    assert len(breach["exchanges"]) == 1


def test_document_is_stable() -> None:
    """Its members are these, in this order; what was observed and spent is sorted."""
    ledger = _ledger(
        ruling(MUST, answered(), Observation("b", "y"), Observation("b", "x"), Observation("a", "z"))
    )
    for number, section in enumerate(("wait", "auth")):
        body = resource("completed", f"gen_{number}", usage={"cost_usd": 0.1 + 0.2})
        ledger.account(answered(body, kind="create"), section)
    document = _document(ledger)
    assert list(document)[:6] == ["format", "outcome", "note", "target", "stage", "schemas"]
    assert list(document["generations"]) == ["auth", "wait"]
    assert document["cost_usd"] == {"auth": 0.3, "wait": 0.3}
    (observed,) = [each["observed"] for each in document["clauses"] if each["observed"]]
    assert [(subject, list(seen)) for subject, seen in observed.items()] == [("a", ["z"]), ("b", ["x", "y"])]


@pytest.mark.parametrize("text", ["plain", "\N{SNOWMAN}", "\ud800 half", "\x00\x1b\u2028", '"quoted"\n'])
def test_written_document_is_read_back(tmp_path: Path, text: str) -> None:
    """UTF-8 whatever was said; half a character is kept as an escape."""
    path = tmp_path / "verdicts.json"
    json_report.write(path, _document(_ledger(ruling(MUST, answered(), Breach(text, text)))))
    content = json.loads(path.read_text(encoding="utf-8"))
    (clause,) = [each for each in content["clauses"] if each["breaches"]]
    assert clause["breaches"][0]["actual"].encode("utf-8", "backslashreplace").decode() == (
        text.encode("utf-8", "backslashreplace").decode()
    )


def test_file_steers_nobody_who_displays_it(tmp_path: Path) -> None:
    """Control and bidi characters and lone surrogates are escaped in the file, and read back as they were."""
    said = "\x9b31m \u202egnp \u2028\x7f\ud800 é灯塔"
    json_report.write(tmp_path / "v.json", _document(_ledger(ruling(MUST, answered(), Breach(said, "that")))))
    text = (tmp_path / "v.json").read_text(encoding="utf-8")
    assert not set(text) & set("\x9b\u202e\u2028\x7f")
    assert "é灯塔" in text
    (broken,) = [each for each in json.loads(text)["clauses"] if each["state"] == "broken"]
    assert broken["breaches"][0]["expected"] == said
