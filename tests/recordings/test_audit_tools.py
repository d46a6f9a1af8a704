"""Recordings as tools write, cut, mend and sanitise them: what is not the gateway's own answer, whole, is not judged."""

import json
from pathlib import Path
from typing import Any

import pytest

from generations_contract.recordings.har_bodies import HIDDEN, UNSENT
from tests.recordings.har_helpers import CREATE, audited, broken, created, done, entry

CACHED = "from a cache, or a part only"
STOOD_IN = "answered by the browser or a tool, not by the gateway"
JSON_TYPE = {"name": "Content-Type", "value": "application/json"}


@pytest.mark.parametrize(
    "odd",
    [
        {},
        {"request": None},
        {"request": {"method": "GET"}, "response": {"status": 200}},
        {"request": {"url": 7}},
        [],
        None,
        "x",
    ],
    ids=repr,
)
def test_audit_leaves_out_what_is_no_entry(tmp_path: Path, odd: Any) -> None:
    """Something in the list that is no request refuses nothing, and is counted."""
    made = audited(tmp_path, entry(body=done()), odd)
    assert made.skipped == {"without a request": 1}
    assert len(made.exchanges) == 1


@pytest.mark.parametrize(
    "changes",
    [
        {"time": None, "timings": None},
        {"startedDateTime": None},
        {"response": None},
        {"response": {"status": 200, "content": {"text": "(removed)", "encoding": "base64", "size": 1096}}},
        {"response": {"status": "many", "headers": "none", "content": 7}},
        {"timings": "none", "time": "long"},
    ],
    ids=repr,
)
def test_audit_asks_nothing_of_an_entry_of_another_host(tmp_path: Path, changes: dict[str, Any]) -> None:
    """Whatever is missing or mangled in an entry that is not of the API, it is counted and refuses nothing."""
    foreign = {**entry(url="https://cdn.example/blank.gif", body=""), **changes}
    made = audited(tmp_path, entry(body=done()), foreign)
    assert made.skipped == {"not of the API": 1}
    assert broken(made) == set()


@pytest.mark.parametrize("url", ["wss://gw.example/v1/generations/gen_1", "blob:https://gw.example/v1/generations",
                                 "chrome-extension://abc/v1/generations"])  # fmt: skip
def test_audit_knows_the_api_by_its_scheme_too(tmp_path: Path, url: str) -> None:
    """Sockets, blobs and extensions with the API's path are not the API."""
    assert audited(tmp_path, entry(body=done()), entry(url=url, status=101)).skipped == {"not of the API": 1}


@pytest.mark.parametrize(
    ("mark", "reason"),
    [
        *(({name: True}, STOOD_IN) for name in (
            "_wasFulfilled", "_fetchedViaServiceWorker", "fromServiceWorker", "_mocked", "_isMapLocal", "_overridden")),
        *(({name: True}, CACHED) for name in ("_fromCache", "fromDiskCache", "_fromMemoryCache", "servedFromCache", "_cached")),
        ({"_fromCache": "memory"}, CACHED),
        ({"cache": {"beforeRequest": {"lastAccess": "", "eTag": "", "hitCount": 0}}}, CACHED),
        ({"cache": {"afterRequest": {"lastAccess": "", "eTag": "", "hitCount": 3}}}, CACHED),
    ],
    ids=str,
)  # fmt: skip
def test_audit_does_not_hold_against_the_gateway_what_others_answered(
    tmp_path: Path, mark: dict[str, Any], reason: str
) -> None:
    """A test's stand-in, a service worker, an override and a cache are told by the tools' own marks."""
    page = entry(at_s=5, body="<html>offline</html>")
    for odd in ({**page, **mark}, {**page, "response": {**page["response"], **mark}}):
        if "cache" in mark and "cache" not in odd:
            continue
        made = audited(tmp_path, entry(body=done()), odd)
        assert broken(made) == set()
        assert made.skipped == {reason: 1}


@pytest.mark.parametrize("mark", [{"_wasFulfilled": False}, {"_fetchedViaServiceWorker": "false"}, {"cache": {}},
                                  {"cache": {"beforeRequest": None}}, {"_wasContinued": True}, {"_fromCache": None}])  # fmt: skip
def test_audit_judges_what_no_mark_takes_from_the_gateway(tmp_path: Path, mark: dict[str, Any]) -> None:
    """A mark that is false, or that says something else, excuses nothing."""
    odd = {**entry(at_s=5, body="<html>offline</html>"), **mark}
    assert "response.schema" in broken(audited(tmp_path, entry(body=done()), odd))


def test_audit_knows_a_redirect_that_the_browser_made(tmp_path: Path) -> None:
    """HSTS: a 307 with `Non-Authoritative-Reason` never was on the wire; nor was what transferred nothing."""
    reason = {"name": "Non-Authoritative-Reason", "value": "HSTS"}
    internal = entry(url="http://gw.example/v1/generations/gen_1", status=307, body="", at_s=3)
    internal["response"] = {**internal["response"], "headers": [reason], "statusText": "Internal Redirect"}
    stored = entry(at_s=6, body="<html></html>")
    stored["response"] |= {"_transferSize": 0, "bodySize": 0}
    made = audited(tmp_path, entry(body=done()), internal, stored)
    assert broken(made) == set()
    assert made.skipped == {STOOD_IN: 1, CACHED: 1}


@pytest.mark.parametrize(
    "request_of",
    [
        {"postData": {"text": "[application/json redacted]"}},
        {"postData": {"text": ""}, "bodySize": 80},
        {"postData": {"params": [{"name": "a", "value": "b"}]}},
        {"postData": {"text": '{"model": "flux-1.1-pro", "inp'}, "bodySize": 80},
        {"postData": {"text": json.dumps(CREATE | {"model": "[model redacted]"})}},
        {"bodySize": 80},
    ],
    ids=repr,
)
def test_audit_does_not_guess_what_was_sent(tmp_path: Path, request_of: dict[str, Any]) -> None:
    """A request whose body was taken out, cut or masked was accepted for what it really was."""
    posted = entry("POST", "https://gw.example/v1/generations", body=created(), at_s=1)
    posted["request"] |= request_of
    made = audited(tmp_path, entry(body=done()), posted)
    assert made.skipped == {UNSENT: 1}
    assert broken(made) == set()


@pytest.mark.parametrize("prompt", ["xxxxxxxx", "****", "remove the (hidden) text", "redaction"])
def test_audit_takes_a_prompt_for_a_prompt(tmp_path: Path, prompt: str) -> None:
    """What a prompt says is no mark of a sanitiser."""
    sent = {**CREATE, "input": {"prompt": prompt}}
    made = audited(tmp_path, entry("POST", "https://gw.example/v1/generations", sent=sent, body=created()))
    assert made.skipped == {}


@pytest.mark.parametrize(
    ("url", "listed", "reason"),
    [
        ("?wait=60", [("wait", "60")], None),
        ("?wait=60", [], None),
        ("", [("wait", "60")], None),
        ("?wait=60", [("wait", "5")], "its query is told twice, and differently"),
        ("?wait=[wait redacted]", [], HIDDEN),
    ],
    ids=str,
)
def test_audit_knows_what_a_poll_asked_for(
    tmp_path: Path, url: str, listed: list[tuple[str, str]], reason: str | None
) -> None:
    """The query is the URL's; of a URL that was stripped of it, the list's; where both differ nobody knows."""
    poll = entry(url=f"https://gw.example/v1/generations/gen_1{url}", took_s=45, body=done())
    poll["request"]["queryString"] = [{"name": name, "value": value} for name, value in listed]
    made = audited(tmp_path, poll)
    assert broken(made) == set()
    assert made.skipped == ({reason: 1} if reason else {})


def test_audit_counts_what_two_recordings_have_once(tmp_path: Path) -> None:
    """A creation that stands there twice to the letter was made once: its id is unique."""
    posted = entry("POST", "https://gw.example/v1/generations", sent=CREATE, body=created())
    made = audited(tmp_path, posted, posted, entry(body=done(), at_s=5))
    assert made.skipped == {"recorded twice": 1}
    assert "lifecycle.unique-ids" not in broken(made)
    other = entry(
        "POST", posted["request"]["url"], sent={**CREATE, "input": {"prompt": "x"}}, body=created(), at_s=2
    )
    assert "lifecycle.unique-ids" in broken(audited(tmp_path, posted, other))


def test_audit_splits_what_chrome_joins(tmp_path: Path) -> None:
    """Fields of one name are one text with line ends; names may be of any case, and objects for lists."""
    joined = entry(body=done())
    joined["response"]["headers"] = [JSON_TYPE, {"name": "CACHE-CONTROL", "value": "private\nmax-age=60"}]
    plain = entry(at_s=3, body=done())
    plain["response"]["headers"] = {
        "content-type": "application/json",
        "cache-control": ["private", "max-age=60"],
    }
    made = audited(tmp_path, joined, plain)
    assert len(made.exchanges) == 2
    assert broken(made) == set()
