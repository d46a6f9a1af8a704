"""A campaign against a gateway that goes bad on the way ends, tells why, and keeps what it had found."""

from pathlib import Path

import pytest

from generations_contract.api.target import Target
from generations_contract.api.usage import UsageError
from generations_contract.wire.bounds import Bounds
from generations_contract.wire.preflight import check_reachable
from tests.hostile.campaign import campaign
from tests.hostile.play import KEY
from tests.hostile.wire import Connection, Manner, message, saying, serving

REPORTS = {"verdicts.json", "report.html", "junit.xml", "summary.md", "traffic.har"}
PAGE = "<html>\x1b[2J\x1b]0;owned\x07" + "\u202e" + "x" * 100_000
# What is enough to see how a run ends.
SOME = (
    "contracts/generations_contract/probes/test_errors.py",
    "contracts/generations_contract/probes/test_auth.py",
)
SOON = Bounds(grace_s=0.3, connect_s=0.3)


def _silent(connection: Connection) -> None:
    connection.wait()


def _resetting(connection: Connection) -> None:
    connection.reset()


def test_gateway_that_dies_midway_ends_the_run(tmp_path: Path) -> None:
    """Once nothing answers any more the run stops, says so, keeps what was judged by then, and is inconclusive."""
    run = campaign(tmp_path, _resetting, 60, *SOME, "--contract-depth", "free")
    assert (run.code, "Traceback" in run.output) == (6, False), run.output
    assert (run.verdicts["outcome"], run.verdicts["counts"]["broken"]) == ("inconclusive", 0)
    assert run.note.startswith("the target stopped answering")
    assert run.note in run.output
    assert run.reports >= REPORTS
    assert run.verdicts["exchanges"] > 60


def test_gateway_that_talks_nonsense_midway_is_judged_to_the_end(tmp_path: Path) -> None:
    """Every probe ends where each answer is a huge page with escapes, and none of them reaches the terminal."""
    page = message(PAGE.encode(), "500 Oops", Content_Type="text/html")
    run = campaign(tmp_path, saying(page), 30, *SOME, "--contract-depth", "free")
    assert (run.code, "Traceback" in run.output) == (1, False), run.output
    assert run.reports >= REPORTS
    assert "\x1b" not in run.output.replace("\x1b[0m", "")
    assert "\u202e" not in run.output
    broken = {each["id"] for each in run.verdicts["clauses"] if each["state"] == "broken"}
    assert {"errors.envelope", "errors.no-server-error", "errors.no-leak", "response.json"} <= broken


@pytest.mark.parametrize(
    ("manner", "told"),
    [
        (_silent, "it does not answer"),
        (_resetting, "it closes the connection without an answer"),
        (saying(b"SSH-2.0-x\r\n\r\n"), "does not speak HTTP"),
        (saying(message(b"", "302 Found", Location="https://login.test/%1b?token=a")), "redirects (302 to"),
        (saying(message(b"{}", "401 Unauthorized")), "refuses the API key in GATEWAY_API_KEY"),
    ],
    ids=["silent", "reset", "ssh", "redirect", "key"],
)
def test_unusable_target_is_one_line_before_anything_is_played(manner: Manner, told: str) -> None:
    """What cannot be judged at all is refused by the preflight, at once and in one printable line."""
    with serving(manner) as server:
        target = Target.at(server.url, {"GATEWAY_API_KEY": KEY})
        with pytest.raises(UsageError) as refused:
            check_reachable(target, bounds=SOON)
    line = str(refused.value)
    assert told in line
    assert line.isprintable()
    assert KEY not in line
