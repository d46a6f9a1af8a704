"""`audit`: recorded traffic judged without sending anything; recordings of all kinds, secrets never shown."""

import copy
import json
from pathlib import Path
from typing import Any

import pytest

from contracts import audit
from contracts.cli import main
from contracts.recorded import read
from contracts.target import Target, UsageError

FAULTY = Path(__file__).parent / "data" / "mitmproxy_faulty.har"
KEY = "ze_main_7Qm2vXt9RkLw4HsB"


def entry(
    method: str = "GET",
    url: str = "https://gw.example/v1/generations/gen_1",
    *,
    at_s: float = 0.0,
    took_s: float = 0.01,
    status: int = 200,
    body: Any = None,
    sent: Any = None,
    key: str | None = "k-00000000",
    **other: Any,
) -> dict[str, Any]:
    """An entry as a browser writes one; times in seconds after noon."""
    text = body if isinstance(body, str) or body is None else json.dumps(body)
    headers = [] if key is None else [{"name": "authorization", "value": f"Bearer {key}"}]
    request: dict[str, Any] = {
        "method": method,
        "url": url,
        "headers": [*headers, {"name": ":path", "value": "/"}],
    }
    if sent is not None:
        request["headers"].append({"name": "content-type", "value": "application/json"})
        request["postData"] = {"mimeType": "application/json", "text": json.dumps(sent)}
    answer_headers = [
        {"name": "content-type", "value": "application/json"},
        {"name": "cache-control", "value": "private, max-age=60"},
    ]
    return {
        "startedDateTime": f"2026-04-18T12:{int(at_s // 60):02d}:{at_s % 60:06.3f}Z",
        "time": took_s * 1000,
        "request": request,
        "response": {
            "status": status,
            "headers": answer_headers,
            "content": {"size": len(text or ""), "text": text},
        },
        **other,
    }


def done(generation_id: str = "gen_1", **changes: Any) -> dict[str, Any]:
    """A completed generation."""
    media = [
        {
            "type": "image",
            "url": "https://cdn.example/a.png?sig=00112233445566778899aabbccdd",
            "format": "png",
        }
    ]
    return {
        "id": generation_id,
        "object": "generation",
        "status": "completed",
        "model": "flux-1.1-pro",
        "created_at": "2026-04-18T12:00:00Z",
        "completed_at": "2026-04-18T12:00:00Z",
        "output": {"media": media},
        "usage": {"cost_usd": 0.04},
        **changes,
    }


def har(tmp_path: Path, *entries: dict[str, Any]) -> Path:
    """A HAR file of these entries."""
    path = tmp_path / "browser.har"
    path.write_text(json.dumps({"log": {"version": "1.2", "entries": list(entries)}}), encoding="utf-8")
    return path


def audited(tmp_path: Path, *entries: dict[str, Any]) -> audit.Audit:
    """The audit of these entries."""
    return audit.audit(read(har(tmp_path, *entries)))


def broken(made: audit.Audit) -> set[str]:
    """The clauses that an audit found broken."""
    return {verdict.clause.id for verdict in made.ledger.broken}


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


def test_audit_takes_a_browsers_recording_without_keys_for_what_it_is(tmp_path: Path) -> None:
    """Browsers leave `Authorization` out: accepted requests without one are no breach, a 401 proves nothing."""
    refused = {"error": {"code": "unauthenticated", "message": "no key"}}
    made = audited(tmp_path, entry(key=None, body=done()), entry(key=None, at_s=5, status=401, body=refused))
    assert broken(made) == set()
    assert [each.credential for _, each in made.exchanges] == ["bearer", "missing"]


def test_audit_with_keys_in_it_finds_an_open_door(tmp_path: Path) -> None:
    """Where other requests show a key, one that shows none and is served breaks `auth.missing-key`."""
    made = audited(tmp_path, entry(body=done()), entry(key=None, at_s=5, body=done()))
    assert "auth.missing-key" in broken(made)


def test_audit_does_not_take_two_keys_for_two_accounts(tmp_path: Path) -> None:
    """Two keys may belong to one account: reading with the other one is no breach."""
    sent = {"model": "flux-1.1-pro", "input": {"prompt": "x"}}
    created = entry("POST", "https://gw.example/v1/generations", sent=sent, body=done())
    made = audited(tmp_path, created, entry(key="k-11111111", at_s=5, body=done()))
    assert [each.account for _, each in made.exchanges] == ["main", "key-2"]
    assert broken(made) == set()


def test_audit_finds_an_echoed_key_and_does_not_show_it(tmp_path: Path) -> None:
    """A key in an answer breaks `auth.key-never-echoed`; neither it nor a signature gets into a report."""
    made = audited(tmp_path, entry(body=done(model="k-00000000")))
    assert "auth.key-never-echoed" in broken(made)
    told = json.dumps(made.ledger.to_dict())
    assert "k-00000000" not in told
    assert "00112233445566778899aabbccdd" not in told


@pytest.mark.parametrize(
    ("odd", "reason"),
    [
        (entry("OPTIONS", body=""), "a browser's preflight"),
        (entry(url="https://gw.example/v1/models", body={}), "not of the API"),
        (entry(url="https://cdn.example/logo.png", body=""), "not of the API"),
        (entry(status=304, body=""), "from a cache, or a part only"),
        (entry(response={"status": 200, "headers": [], "content": {"size": 400}}), "the answer's body is not in the recording"),
        (
            {**entry("POST", "https://gw.example/v1/generations", body=done()),
             "request": {"method": "POST", "url": "https://gw.example/v1/generations", "headers": [], "bodySize": 80}},
            "the request's body is not in the recording",
        ),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)  # fmt: skip
def test_audit_leaves_out_what_cannot_be_judged(tmp_path: Path, odd: dict[str, Any], reason: str) -> None:
    """What is not of the API, or not whole, is counted with its reason and judged by nobody."""
    made = audited(tmp_path, entry(body=done()), odd)
    assert made.skipped == {reason: 1}
    assert len(made.exchanges) == 1


def test_audit_does_not_blame_the_gateway_for_a_poll_that_the_browser_left(tmp_path: Path) -> None:
    """Status 0 is the client's own doing, unless the browser says that the connection was lost."""
    url = "https://gw.example/v1/generations/gen_1?wait=60"
    left = entry(url=url, status=0, took_s=2, _error="net::ERR_ABORTED")
    lost = entry(url=url, at_s=5, status=0, took_s=2, _error="net::ERR_CONNECTION_RESET")
    made = audited(tmp_path, left, lost, entry(at_s=9, body=done()))
    assert [each.failure.kind for _, each in made.exchanges if each.failure] == ["abandoned", "reset"]
    assert broken(made) == set()


def test_audit_follows_downloads_of_listed_media(tmp_path: Path) -> None:
    """A GET of a URL that an answer has listed is a download of that asset."""
    url = done()["output"]["media"][0]["url"]
    picture = entry(url=url, at_s=5, key=None, body="no picture")
    made = audited(tmp_path, entry(body=done()), picture)
    [asset] = [each.asset for _, each in made.exchanges if each.asset]
    assert (asset.generation_id, asset.index) == ("gen_1", 0)
    assert "00112233" not in made.exchanges[1][1].request.url


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
        tmp_path, entry(body=free), entry(url="https://elsewhere.example/v1/generations/gen_1", status=500)
    )
    assert main(["audit", str(path), "--target", str(profile)]) == 0
    assert main(["audit", str(path)]) == 1


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
        ('{"log": {"entries": [{"request": {}}]}}', "entry 1 is none of HAR 1.2: 'response' is missing"),
        ('{"log": {"entries": [{"request": {}, "response": {}, "startedDateTime": "x", "time": 1}]}}', "entry 1"),
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
