"""`tests.rival`: the table from rows, its place in the README, the rival's fair start."""

from datetime import date
from pathlib import Path

import pytest
import yaml

from generations_contract.gateway import load
from tests.rival import settings
from tests.rival.__main__ import write
from tests.rival.table import Row, markdown

ROWS = [
    Row("fault", "auth", True, True, True, 10.0, 0.1, 200, 20.0, 24, 3.5),
    Row("fault", "wait", False, True, False, 12.0, 0.2, 300, 30.0, 24, 3.5),
    Row("honest", "honest", False, False, False, 14.0, 0.3, 400, 40.0, 24, 3.5),
]


@pytest.mark.parametrize(
    "line",
    [
        "| faults caught | schemathesis 9.9 | this suite, as a live target gets it | all of it |",
        "| auth | 1/1 (100 %) | 1/1 (100 %) | 1/1 (100 %) |",
        "| wait | 0/1 (0 %) | 0/1 (0 %) | 1/1 (100 %) |",
        "| **all** | 1/2 (50 %) | 1/2 (50 %) | 2/2 (100 %) |",
        "| false alarms (of 1 honest gateways) | 0 | 0 | 0 |",
        "| seconds a gateway (median) | 12.0 | 0.20 (virtual time) | – |",
        "| generations accepted (median) | 300 | 24 | – |",
        "| billed for them (median) | 30.00 USD | 3.50 USD | – |",
    ],
)
def test_table_has_a_line_for_each_figure(line: str) -> None:
    """Kill rate by section, false alarms, time, generations and their cost, for both."""
    assert line in markdown(ROWS, "9.9", date(2026, 1, 2)).splitlines()


def test_table_tells_day_and_command() -> None:
    """Figures without a date and a way to repeat them are worth nothing."""
    text = markdown(ROWS, "9.9", date(2026, 1, 2))
    assert "02 January 2026" in text
    assert "`python -m tests.rival`" in text


def test_table_replaces_what_stands_between_its_marks(tmp_path: Path) -> None:
    """What is around the marks stays as it is; a second run replaces the first one's table."""
    readme = tmp_path / "README.md"
    readme.write_text("before\n<!-- rival -->\nold\n<!-- /rival -->\nafter\n")
    for text in ("new", "newer"):
        write(readme, text)
        assert readme.read_text() == f"before\n<!-- rival -->\n{text}\n<!-- /rival -->\nafter\n"


def test_table_without_a_place_is_refused(tmp_path: Path) -> None:
    """A README without the marks is not written to."""
    readme = tmp_path / "README.md"
    readme.write_text("nothing")
    with pytest.raises(SystemExit, match="put <!-- rival -->"):
        write(readme, "new")


def test_rival_knows_the_models(tmp_path: Path) -> None:
    """Its document names the deployment's models, and the served ones take milliseconds."""
    settings.write_document(tmp_path / "openapi.yaml")
    settings.write_catalogue(tmp_path / "catalogue.toml")
    document = yaml.safe_load((tmp_path / "openapi.yaml").read_text())
    models = document["components"]["schemas"]["GenerationRequest"]["properties"]["model"]["enum"]
    served = load(tmp_path / "catalogue.toml").models
    assert models
    assert set(models) <= set(served)
    assert max(served[name].queued_s[1] + served[name].running_s[1] for name in models) < 0.1
