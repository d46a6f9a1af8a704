"""Bodies as tools write them: kept compressed, cut, as text, sanitised; what is whole is judged, the rest is counted."""

import base64
import json
import zlib
from pathlib import Path
from typing import Any

import pytest

from generations_contract.recordings.har_bodies import ABSENT, AS_TEXT, HIDDEN, PACKED, PART
from tests.recordings.har_helpers import audited, broken, done, entry, packed

JSON_TYPE = {"name": "Content-Type", "value": "application/json"}
PLAIN = json.dumps(done())
PNG = b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 40


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
          for name, pack in (("gzip", packed), ("x-gzip", packed), ("deflate", zlib.compress))),
        (content(based(packed(packed(PLAIN.encode()))), ("Content-Encoding", "gzip, gzip"), encoding="base64"), None),
        (content(based(packed(PLAIN.encode())[:-20]), ("Content-Encoding", "gzip"), encoding="base64"), PACKED),
        (content(based(packed(PLAIN.encode())), encoding="base64"), PACKED),
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
        (content(based(packed(PLAIN.replace("completed", "done").encode())), ("Content-Encoding", "gzip"), encoding="base64"), "response.schema"),
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
