"""Recordings as tools write, cut, mend and sanitise them: what is not the gateway's own answer, whole, is not judged."""

import base64
import gzip
import json
import zlib
from pathlib import Path
from typing import Any

import pytest

from generations_contract.recordings.har_bodies import ABSENT, AS_TEXT, HIDDEN, PACKED, PART, UNSENT
from tests.recordings.har_helpers import CREATE, audited, broken, created, done, entry

CACHED = "from a cache, or a part only"
STOOD_IN = "answered by the browser or a tool, not by the gateway"
PLAIN = json.dumps(done())
PNG = b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 40
JSON_TYPE = {"name": "Content-Type", "value": "application/json"}


def content(text: str | None, *headers: tuple[str, str], **members: Any) -> dict[str, Any]:
    """An answer of status 200 whose content was recorded so."""
    fields = [JSON_TYPE, {"name": "Cache-Control", "value": "private, max-age=60"}]
    fields += [{"name": name, "value": value} for name, value in headers]
    return entry(response={"status": 200, "headers": fields, "content": {"text": text, **members}})


def based(raw: bytes) -> str:
    """The base64 of bytes."""
    return base64.b64encode(raw).decode()


def download(text: str | None, *headers: tuple[str, str], **members: Any) -> dict[str, Any]:
    """A download of the generation's picture whose content was recorded so."""
    url = done()["output"]["media"][0]["url"]
    fields = [{"name": name, "value": value} for name, value in (("content-type", "image/png"), *headers)]
    told = {"mimeType": "image/png", "text": text, **members}
    return entry(url=url, at_s=5, key=None, response={"status": 200, "headers": fields, "content": told})


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
    ("recorded", "reason"),
    [
        # Base64 that is none, that nobody called so, and without its padding.
        (content(PLAIN, encoding="base64", size=len(PLAIN)), None),
        (content(based(PLAIN.encode()), encoding="base64", size=len(PLAIN)), None),
        (content(based(PLAIN.encode()), size=len(PLAIN)), None),
        (content(based(PLAIN.encode()).rstrip("="), encoding="BASE64", size=len(PLAIN)), None),
        (content(based(PLAIN.encode())[:60] + "\n" + based(PLAIN.encode())[60:], encoding="base64"), None),
        # A size that is unknown, that counts what was on the wire, or that is none.
        *((content(PLAIN, size=size), None) for size in (-1, 0, None, "x", 40, 10_000)),
        (content(PLAIN, ("Content-Length", "40"), ("Content-Encoding", "br")), None),
        # Kept compressed: where it does not unpack, nobody knows what it was.
        *((content(based(pack(PLAIN.encode())), ("Content-Encoding", name), encoding="base64"), None)
          for name, pack in (("gzip", gzip.compress), ("x-gzip", gzip.compress), ("deflate", zlib.compress))),
        (content(based(gzip.compress(gzip.compress(PLAIN.encode()))), ("Content-Encoding", "gzip, gzip"), encoding="base64"), None),
        (content(based(gzip.compress(PLAIN.encode())[:-20]), ("Content-Encoding", "gzip"), encoding="base64"), PACKED),
        (content(based(gzip.compress(PLAIN.encode())), encoding="base64"), PACKED),
        (content(based(b"\x28\xb5\x2f\xfd\x24\xff\x01"), ("Content-Encoding", "zstd"), encoding="base64"), PACKED),
        (content(based(b"\x1b\x5f\x01\xf8\xff\xfe"), ("Content-Encoding", "dcb"), encoding="base64"), PACKED),
        (content("\x1f\ufffd\x08\x00\x00", ("Content-Encoding", "gzip"), size=200), AS_TEXT),
        # Cut off: by the size, by the length, or because nobody says that this was all.
        (content(PLAIN[:100], size=len(PLAIN)), PART),
        (content(PLAIN[:100], ("Content-Length", str(len(PLAIN)))), PART),
        (content(PLAIN[:100], ("Content-Length", str(len(PLAIN))), size=100), PART),
        (content(PLAIN[:100]), PART),
        (content(PLAIN[:100], size=-1), PART),
        # Taken out, or replaced, by those who share recordings.
        (content("", size=400), ABSENT),
        (content("", ("content-length", "400")), ABSENT),
        (content(None, size=400, comment="Body length exceeded the limit, so body was omitted."), ABSENT),
        *((content(mark, size=400), HIDDEN) for mark in (
            "(removed)", "[application/json redacted]", "REDACTED", "<redacted>", "***", "[content filtered]")),
        (content(json.dumps(done(id="[id redacted]"))), HIDDEN),
        (content(json.dumps(done(model="*****"))), HIDDEN),
    ],
    ids=str,
)  # fmt: skip
def test_audit_takes_a_body_for_what_it_is_or_leaves_it_out(
    tmp_path: Path, recorded: dict[str, Any], reason: str | None
) -> None:
    """However a body was written down, a sound answer breaks nothing: it is read, or counted as left out."""
    made = audited(tmp_path, entry(body=done()), {**recorded, "startedDateTime": "2026-04-18T12:00:09Z"})
    assert broken(made) == set()
    assert made.skipped == ({} if reason is None else {reason: 1})


@pytest.mark.parametrize(
    ("recorded", "clause"),
    [
        (content(PLAIN.replace("completed", "done"), size=-1), "response.schema"),
        (content(PLAIN[:100], ("Content-Length", "100"), size=100), "response.schema"),
        (content(based(PLAIN[:100].encode()), encoding="base64", size=100), "response.schema"),
        (content("<h1>It works</h1>", size=17), "response.schema"),
        (content("<h1>It works</h1>", size=-1), "response.schema"),
        (content("<h1>größer</h1>", ("Content-Length", "17")), "response.schema"),
        (content(based(gzip.compress(PLAIN.replace("completed", "done").encode())), ("Content-Encoding", "gzip"), encoding="base64"), "response.schema"),
        (content(json.dumps(done(error={"code": "redacted", "message": "Prompt was filtered"}))), "response.error"),
    ],
    ids=str,
)  # fmt: skip
def test_audit_still_finds_what_was_recorded_whole(
    tmp_path: Path, recorded: dict[str, Any], clause: str
) -> None:
    """A body that is surely the gateway's, and wrong, is a breach: sizes and codings excuse nothing."""
    recorded = {**recorded, "startedDateTime": "2026-04-18T12:00:09Z"}
    if "redacted" in json.dumps(recorded):
        recorded = json.loads(json.dumps(recorded).replace("redacted", "no_such_code"))
    assert clause in broken(audited(tmp_path, entry(body=done()), recorded))


@pytest.mark.parametrize(
    ("recorded", "reason"),
    [
        (
            download(based(PNG[:4096]), ("content-length", str(len(PNG))), encoding="base64", size=len(PNG)),
            PART,
        ),
        (download(based(PNG[:4096]), ("content-length", str(len(PNG))), encoding="base64"), PART),
        (download(based(PNG[:4096]), encoding="base64", size=len(PNG)), PART),
        (download(based(PNG[:4096]), encoding="base64"), PART),
        (download(PNG.decode("latin-1"), size=len(PNG)), AS_TEXT),
        (download(PNG.decode("utf-8", "replace"), size=len(PNG)), AS_TEXT),
        (download("(removed)", encoding="base64", size=len(PNG)), HIDDEN),
        (download("[image/png redacted]", size=len(PNG)), HIDDEN),
        (download(None, size=len(PNG)), ABSENT),
    ],
    ids=str,
)
def test_audit_judges_no_part_of_a_picture(tmp_path: Path, recorded: dict[str, Any], reason: str) -> None:
    """A download that was cut, stored as text or taken out is left out: the asset may well be sound."""
    made = audited(tmp_path, entry(body=done()), recorded)
    assert made.skipped == {reason: 1}
    assert broken(made) == set()


def test_audit_judges_a_picture_that_is_whole(tmp_path: Path) -> None:
    """The same bytes with their full size are a download like any other, and no picture."""
    made = audited(tmp_path, entry(body=done()), download(based(PNG), encoding="base64", size=len(PNG)))
    assert made.skipped == {}
    assert "media.bytes" in broken(made)


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
