"""`audit`: recorded traffic judged without sending anything; recordings of all kinds, secrets never shown."""

import copy
import json
from pathlib import Path

import pytest

from generations_contract import audit
from generations_contract.api.target import Target
from generations_contract.api.usage import UsageError
from generations_contract.cli import main
from generations_contract.recordings.files import read
from tests import ROOT
from tests.recordings.har_helpers import audited, broken, done, entry, har

FAULTY = ROOT / "tests" / "data" / "mitmproxy_faulty.har"
KEY = "ze_main_7Qm2vXt9RkLw4HsB"


# -- what it finds ----------------------------------------------------------------------------------------


def test_audit_names_the_faults_that_a_proxy_recorded(capsys: pytest.CaptureFixture[str]) -> None:
    """Mitmproxy's HAR of requests' traffic with a gateway of two faults: exit 1, and both are named."""
    assert main(["audit", str(FAULTY)]) == 1
    out = capsys.readouterr().out
    for clause in ("lifecycle.forward-only", "lifecycle.terminal-final", "headers.cache-terminal"):
        assert f"{clause} (MUST): " in out
    assert "seen in   mitmproxy_faulty.har, entry " in out
    assert KEY not in out


def test_audit_of_the_same_traffic_without_the_lies_passes(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """With the stale answers and wrong headers taken out of the recording nothing is left to complain of."""
    document = json.loads(FAULTY.read_text())
    kept, ended = [], set()
    for each in document["log"]["entries"]:
        body = json.loads(each["response"]["content"]["text"])
        stale = body.get("status") in ("queued", "running") and (
            body["id"] in ended or body["status"] == "queued"
        )
        ended |= {body["id"]} if body.get("status") == "completed" else set()
        for header in each["response"]["headers"]:
            if body.get("status") == "completed" and header["name"].lower() == "cache-control":
                header["value"] = "private, max-age=60"
        kept += [] if stale and each["request"]["method"] == "GET" else [each]
    document["log"]["entries"] = kept
    path = tmp_path / "honest.har"
    path.write_text(json.dumps(document))
    assert main(["audit", str(path)]) == 0
    assert "held" in capsys.readouterr().out


def test_audit_leaves_out_what_was_lost_and_asked_again(tmp_path: Path) -> None:
    """A download whose connection was reset is nobody's breach where it was asked for again, and came; else it is one."""
    got = entry(body=done())
    url = json.loads(got["response"]["content"]["text"])["output"]["media"][0]["url"]
    lost = entry(url=url, took_s=0.1, at_s=2) | {"_error": "net::ERR_CONNECTION_RESET"}
    lost["response"] = {**lost["response"], "status": 0, "content": {"size": 0}}
    again = entry(url=url, took_s=0.1, at_s=3, body="a picture")
    assert "media.direct-url" in broken(audited(tmp_path, got, lost))
    assert "media.direct-url" not in broken(audited(tmp_path, got, lost, again))


def test_audit_reads_durations_of_long_polls(tmp_path: Path) -> None:
    """A poll that was held longer than it asked for is late; queueing in the browser does not count."""
    late = entry(url="https://gw.example/v1/generations/gen_1?wait=5", took_s=7.2, body=done())
    queued = entry(
        url="https://gw.example/v1/generations/gen_1?wait=5",
        at_s=10,
        took_s=7.2,
        body=done(),
        timings={"blocked": 7100},
    )
    made = audited(tmp_path, late, queued)
    assert broken(made) == {"wait.never-late"}
    assert made.ledger.verdicts["wait.never-late"].broken == 1


# -- what it is given -------------------------------------------------------------------------------------


def test_audit_keeps_to_the_target_of_a_profile(tmp_path: Path) -> None:
    """With `--target` only what is below its base URL counts, waivers hold, and no key needs to be set."""
    profile = tmp_path / "target.toml"
    profile.write_text(
        '[target]\nbase_url = "https://gw.example"\napi_key_env = "NEVER_SET"\n[models]\nimage = "flux-1.1-pro"\n'
        '[keys]\nother_env = "NEVER_SET_EITHER"\n'
        '[waive]\n"billing.positive" = "staging is free"\n'
    )
    free = done(usage={"cost_usd": 0})
    path = har(
        tmp_path,
        entry(body=free),
        entry(url="https://elsewhere.example/v1/generations/gen_1", status=500, body=""),
    )
    assert main(["audit", str(path), "--target", str(profile)]) == 0
    assert main(["audit", str(path)]) == 1


def test_audit_of_another_product_is_no_verdict(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A login page below the target's address: one line and exit 4, for nothing there is this API's answer."""
    page = entry(url="https://gw.example/v1/generations/gen_1", status=200, body="<html>Sign in</html>")
    path = har(tmp_path, page)
    assert main(["audit", str(path), "--target", "https://gw.example"]) == 4
    assert "nothing recorded below https://gw.example is an answer of this API" in capsys.readouterr().err


def test_audit_is_measured_by_the_document_of_a_profile(tmp_path: Path) -> None:
    """What a clause of the second state finds is waived for a profile that is of the first."""
    body = json.dumps({"error": {"code": "not_found", "message": "no such id", "param": ["id"]}})
    path = har(tmp_path, entry(status=404, body=body))
    text = '[target]\nbase_url = "https://gw.example"\napi_key_env = "NEVER_SET"\n{}[models]\nimage = "flux-1.1-pro"\n'
    for document, code in (('document = "2026-11-20"\n', 0), ("", 1), ('document = "2020-01-01"\n', 4)):
        (tmp_path / "target.toml").write_text(text.format(document))
        assert main(["audit", str(path), "--target", str(tmp_path / "target.toml")]) == code


def test_audit_without_a_profile_knows_no_free_model(tmp_path: Path) -> None:
    """A generation that cost nothing may be of a free model: waived, and said so."""
    made = audited(tmp_path, entry(body=done(usage={"cost_usd": 0})))
    assert broken(made) == set()
    assert made.ledger.verdicts["billing.positive"].state == "waived"


def test_audit_names_a_key_as_the_profile_does() -> None:
    """A key that the profile's environment holds gets its label, so that two accounts can be compared."""
    text = '[target]\nbase_url = "http://127.0.0.1:18431"\n[models]\nimage = "flux-1.1-pro"\n[keys]\nother_env = "OTHER"\n'
    target = Target.parse(text, {"GATEWAY_API_KEY": "something-else", "OTHER": KEY})
    made = audit.audit(read(FAULTY), target)
    assert {each.account for _, each in made.exchanges if each.authenticated} == {"other"}


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "is empty"),
        ("no json", "is neither a HAR nor JSON lines of exchanges: no JSON"),
        ("[]", "is neither a HAR nor JSON lines"),
        ('{"log": []}', "log.entries is no array"),
        ('{"log": {"entries": [{"request": {}}]}}', "(left out: 1 without a request)"),
        ('{"log": {"entries": [{"request": {}, "response": {}, "startedDateTime": "x", "time": 1}]}}', "holds no request"),
        ('{"kind": "fetch"}', "is neither a HAR nor JSON lines of exchanges: 'request' is missing"),
        ('{"log": {"entries": []}}', "holds no request to …/v1/generations that can be judged"),
    ],
)  # fmt: skip
def test_audit_refuses_what_is_no_recording(
    text: str, told: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """One line that says what is wrong, exit code 4, no traceback."""
    path = tmp_path / "traffic"
    path.write_text(text)
    assert main(["audit", str(path)]) == 4
    [line] = capsys.readouterr().err.splitlines()
    assert told in line


def test_audit_refuses_a_file_that_is_not_there() -> None:
    """A missing file is one line too."""
    with pytest.raises(UsageError, match=r"no-such\.har: cannot be read: No such file"):
        read(Path("no-such.har"))


def test_audit_judges_the_worlds_of_parallel_workers_apart(tmp_path: Path) -> None:
    """Two workers in virtual time may use one id at one time: each world is judged by itself."""
    one = {**entry(body=done()), "_world": "gw0", "_kind": "fetch", "_sent_at": 0.0}
    two = copy.deepcopy({**one, "_world": "gw1"})
    two["response"]["content"]["text"] = json.dumps(done(created_at="2026-04-18T11:00:00Z"))
    two["_sent_at"] = 10.0
    assert broken(audited(tmp_path, one, two)) == set()
    two["_world"] = "gw0"
    assert broken(audited(tmp_path, one, two)) >= {"lifecycle.identity"}
