"""Recordings of browsers: what they leave out, do not know or answer themselves is not the gateway's doing."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.recordings.har_helpers import audited, broken, done, entry


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
        (entry(response={"status": 200, "headers": [], "content": {"size": 0}}), "the answer's body is not in the recording"),
        (entry(body=done(), _fromCache="disk"), "from a cache, or a part only"),
        (entry(body=done(), startedDateTime=None), "when it was sent is not in the recording"),
        (entry(body=done(), startedDateTime="yesterday"), "when it was sent is not in the recording"),
        (entry(body=done(), response=None), "the answer is not in the recording"),
        (entry(url="wss://gw.example/socket", status=101, time=None), "not of the API"),
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


def test_audit_knows_that_an_empty_answer_was_one_where_the_recording_tells(tmp_path: Path) -> None:
    """An empty text, or a length of 0, is an answer without a body: no JSON, and that is a breach."""
    empty = entry(at_s=5, body="")
    sized = entry(at_s=9, body="")
    sized["response"] |= {"content": {"size": 0}, "headers": [{"name": "Content-Length", "value": "0"}]}
    made = audited(tmp_path, entry(body=done()), empty, sized)
    assert made.skipped == {}
    assert "response.schema" in broken(made)


def test_audit_adds_up_what_the_parts_took_where_the_whole_is_unknown(tmp_path: Path) -> None:
    """A late poll is late by its parts as well; -1 stands for no time."""
    parts = {"blocked": -1, "dns": -1, "connect": -1, "send": 1, "wait": 63_000, "receive": 2}
    url = "https://gw.example/v1/generations/gen_1?wait=60"
    made = audited(tmp_path, entry(url=url, body=done(), time=None, timings=parts))
    assert broken(made) == {"wait.never-late"}


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
