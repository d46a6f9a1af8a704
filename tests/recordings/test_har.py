"""`traffic.har`: valid HAR 1.2, and nothing of an exchange is lost on the way back."""

import json
from pathlib import Path
from typing import Any

import harfile
import pytest

from generations_contract.audit import audit
from generations_contract.exchange.exchange import Exchange, Failure, Request
from generations_contract.recordings.codec import to_dict
from generations_contract.recordings.files import read
from generations_contract.recordings.traffic import LONGEST_BODY, TrafficLog, clear, gather
from generations_contract.report import har
from tests.report.report_helpers import FIVE_FAULTS, hostile_exchange, short_run
from tests.support.exchanges import answered


def failed() -> Exchange:
    """A poll whose connection was cut."""
    request = Request(
        "GET", "https://gateway.test/v1/generations/gen_1?wait=60", "/v1/generations/gen_1", "wait=60"
    )
    return Exchange("fetch", request, 1.0, 31.0, failure=Failure("reset", "cut"), answered_unix=1e9)


def picture() -> Exchange:
    """A download that is too long to be kept."""
    return answered(b"\x89PNG\xff" * 40_000, kind="download", path="/media/a.png?sig=REDACTED-0123456789ab")


@pytest.fixture(scope="module")
def recorded() -> list[dict[str, Any]]:
    """A short run, and what is odd."""
    _, exchanges = short_run(FIVE_FAULTS)
    return [*exchanges, *map(to_dict, (failed(), picture(), hostile_exchange()))]


def test_har_has_the_form_of_the_specification(recorded: list[dict[str, Any]]) -> None:
    """Every member that HAR 1.2 requires is there with its type, for answers, failures and pictures alike."""
    document = har.document(recorded)
    assert document["log"]["version"] == "1.2"
    for entry in document["log"]["entries"]:
        request, response = entry["request"], entry["response"]
        harfile.Request(
            **{name: request[name] for name in ("method", "url", "httpVersion", "headersSize", "bodySize")},
            cookies=[],
            headers=[harfile.Record(**each) for each in request["headers"]],
            queryString=[harfile.Record(**each) for each in request["queryString"]],
        )
        assert {"status", "statusText", "httpVersion", "cookies", "headers", "content", "redirectURL"} <= set(
            response
        )
        assert {"size", "mimeType"} <= set(response["content"])
        assert {"send", "wait", "receive"} <= set(entry["timings"])
        spent = sum(entry["timings"][part] for part in ("send", "wait", "receive"))
        assert spent == pytest.approx(entry["time"])
        assert entry["startedDateTime"].endswith("Z")


def test_har_brings_back_what_was_recorded(tmp_path: Path) -> None:
    """The audit of a run's own HAR judges the same exchanges to the same breaches."""
    ledger, exchanges = short_run(FIVE_FAULTS)
    har.write(tmp_path / "traffic.har", exchanges)
    made = audit(read(tmp_path / "traffic.har"))
    assert len(made.exchanges) == len(exchanges)
    for (_, exchange), document in zip(made.exchanges, exchanges, strict=True):
        again = to_dict(exchange)
        assert again["answered_at"] == pytest.approx(document["answered_at"], abs=1e-5)
        for name in ("kind", "account", "credential", "response", "sent_at"):
            assert again[name] == document[name]
    assert {each.clause.id for each in made.ledger.failing} == {each.clause.id for each in ledger.failing}


def test_har_leaves_long_bodies_out_and_says_so(tmp_path: Path) -> None:
    """A picture is not written; its size is, and the audit counts it as left out."""
    log = TrafficLog(tmp_path)
    log(picture())
    log.close()
    [entry] = har.document(gather(tmp_path))["log"]["entries"]
    assert entry["response"]["content"]["size"] == pytest.approx(200_000, abs=3)
    assert "text" not in entry["response"]["content"]
    assert len(json.dumps(entry)) < LONGEST_BODY


def test_traffic_of_parallel_workers_is_put_in_one_order(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each worker writes a file of its own; together they are sorted by the time of sending."""
    for worker, moment in (("gw0", 20.0), ("gw1", 10.0), ("gw0", 30.0)):
        monkeypatch.setenv("PYTEST_XDIST_WORKER", worker)
        log = TrafficLog(tmp_path, worker)
        log(answered({}, answered_unix=moment))
        log.close()
    assert [(each["world"], each["answered_unix"]) for each in gather(tmp_path)] == [
        ("gw1", 10),
        ("gw0", 20),
        ("gw0", 30),
    ]
    clear(tmp_path)
    assert gather(tmp_path) == []


def test_traffic_of_a_killed_worker_ends_where_it_was_cut(tmp_path: Path) -> None:
    """A line that was cut off is left out, and everything before it is kept."""
    log = TrafficLog(tmp_path)
    log(answered({}))
    log.close()
    [path] = tmp_path.iterdir()
    path.write_text(path.read_text() + '{"kind": "fet')
    assert len(gather(tmp_path)) == 1
