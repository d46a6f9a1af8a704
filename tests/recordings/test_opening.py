"""Files as they arrive: with marks, in UTF-16, packed, cut off, several in one; what can be read is read."""

import hashlib
import json
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from generations_contract.api.usage import UsageError
from generations_contract.audit import audit
from generations_contract.cli import main
from generations_contract.recordings.codec import to_dict
from generations_contract.recordings.files import read
from tests.recordings.har_helpers import broken, done, entry, har, packed
from tests.support.exchanges import answered, resource

ENTRIES = [entry(body=done()), entry(at_s=5, body=done())]
TEXT = json.dumps({"log": {"version": "1.2", "entries": ENTRIES}}, indent=1)
RAW = TEXT.encode()
LINES = [
    json.dumps(to_dict(answered(resource("running"), path=f"/v1/generations/gen_{n}"))) for n in (1, 2, 3)
]
AT_SECOND = TEXT.rindex('"startedDateTime"')


def judged(path: Path) -> tuple[int, dict[str, int]]:
    """How many exchanges a file gives, and what was left out."""
    made = audit(read(path))
    assert broken(made) == set()
    return len(made.exchanges), dict(made.skipped)


@pytest.mark.parametrize(
    "raw",
    [
        b"\xef\xbb\xbf" + RAW,
        TEXT.encode("utf-16"),
        b"\xff\xfe" + TEXT.encode("utf-16-le"),
        b"\xfe\xff" + TEXT.encode("utf-16-be"),
        TEXT.encode("utf-16-le"),
        TEXT.encode("utf-32"),
        RAW + bytes(4096),
        RAW + b"\n\n",
        RAW.replace(b"\n", b"\r\n"),
        packed(RAW),
        f"[{TEXT}]".encode(),
        json.dumps({"entries": ENTRIES}).encode(),
    ],
    ids=["BOM", "UTF-16", "UTF-16 LE", "UTF-16 BE", "no mark", "UTF-32", "NULs", "lines", "CRLF", "gzip", "list", "bare"],
)  # fmt: skip
def test_recording_is_read_however_it_is_wrapped(tmp_path: Path, raw: bytes) -> None:
    """A mark, another encoding, a packing, NULs behind the end: the same two exchanges."""
    path = tmp_path / "traffic.har"
    path.write_bytes(raw)
    assert judged(path) == (2, {})


@pytest.mark.parametrize(
    ("raw", "told"),
    [
        (RAW[:AT_SECOND], "cut off or damaged: nothing is read behind entry 1, line"),
        (RAW[: AT_SECOND + 300], "cut off or damaged: nothing is read behind entry 1, line"),
        (RAW[: AT_SECOND + 300] + bytes(100), "cut off or damaged: nothing is read behind entry 1, line"),
        (
            TEXT[: AT_SECOND + 300].encode("utf-16")[:-1],
            "cut off or damaged: nothing is read behind entry 1, line",
        ),
        (RAW + RAW[:AT_SECOND], "cut off or damaged: nothing is read behind entry 1, line"),
        (RAW + b"<!-- exported -->", "no recording: what stands behind it, line"),
    ],
    ids=["between", "within", "NULs", "UTF-16", "a second one", "something else"],
)
def test_recording_that_was_cut_is_read_to_its_end(tmp_path: Path, raw: bytes, told: str) -> None:
    """Everything before the cut is judged, and the place of the cut is told."""
    path = tmp_path / "traffic.har"
    path.write_bytes(raw)
    count, skipped = judged(path)
    assert count == (2 if raw.startswith(RAW) else 1)
    [reason] = skipped.keys() - {"recorded twice"}
    assert reason.startswith(told)


def test_recording_with_its_tail_lost_says_where(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The command's last line names entry, line and column, and the exit code is that of what was judged."""
    path = tmp_path / "traffic.har"
    path.write_bytes(RAW[: AT_SECOND + 300])
    assert main(["audit", str(path)]) == 0
    last = capsys.readouterr().out.splitlines()[-1]
    line = TEXT[:AT_SECOND].count("\n")
    assert f"nothing is read behind entry 1, line {line}, column 4" in last


def test_several_recordings_in_a_row_are_one(tmp_path: Path) -> None:
    """Two HARs in one file are read one after the other."""
    path = tmp_path / "traffic.har"
    path.write_bytes(RAW + b"\n" + RAW)
    assert [each.name for each in read(path)] == [
        "HAR 1, entry 1",
        "HAR 1, entry 2",
        "HAR 2, entry 1",
        "HAR 2, entry 2",
    ]


def test_lines_that_are_no_exchange_are_left_out(tmp_path: Path) -> None:
    """A line that was cut or damaged costs that line; the last one is told as the end of the file."""
    path = tmp_path / "exchanges.jsonl"
    path.write_text("\n".join([LINES[0], LINES[1][:40], LINES[2], LINES[0][:90]]) + "\0\0", encoding="utf-8")
    made = audit(read(path))
    skipped = {"of a form that is no exchange": 1, "cut off: nothing is read behind line 3": 1}
    assert (len(made.exchanges), made.skipped) == (2, skipped)


def zipped(tmp_path: Path, write: Callable[[zipfile.ZipFile], None]) -> Path:
    """A zip of what `write` puts there."""
    path = tmp_path / "traffic.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        write(archive)
    return path


def test_recording_in_a_zip_has_its_attachments(tmp_path: Path) -> None:
    """Playwright's archive: the HAR names each body's file by its digest."""
    body = json.dumps(done()).encode()
    name = f"{hashlib.sha1(body, usedforsecurity=False).hexdigest()}.json"
    attached = entry(at_s=5)
    attached["response"]["content"] = {"size": -1, "mimeType": "application/json", "_file": name}
    document = json.dumps({"log": {"entries": [entry(body=done()), attached]}})

    def write(archive: zipfile.ZipFile) -> None:
        archive.writestr("har.har", document)
        archive.writestr(name, body)

    assert judged(zipped(tmp_path, write)) == (2, {})
    (tmp_path / "plain.har").write_text(document, encoding="utf-8")
    assert judged(tmp_path / "plain.har") == (1, {"the answer's body is not in the recording": 1})
    (tmp_path / name).write_bytes(body)
    assert judged(tmp_path / "plain.har") == (2, {})


def test_recording_names_no_other_file(tmp_path: Path) -> None:
    """Only a digest beside the recording is read: a HAR cannot ask for what is anybody else's."""
    (tmp_path / "secret.json").write_text(json.dumps(done()), encoding="utf-8")
    (tmp_path / "in").mkdir()
    named = entry(at_s=5)
    for name in ("../secret.json", str(tmp_path / "secret.json"), "secret.json"):
        named["response"]["content"] = {"_file": name}
        assert judged(har(tmp_path / "in", entry(body=done()), named))[0] == 1


@pytest.mark.parametrize(
    ("raw", "told"),
    [
        (b"PK\x03\x04nothing", "cannot be unpacked"),
        (b"\x1f\x8bnothing", "cannot be unpacked"),
        (packed(RAW)[:-40], "cannot be unpacked"),
        (b"", "is empty"),
        (bytes(64), "is empty"),
        (b'{"log": {"version": "1.2", "ent', "is neither a HAR nor JSON lines"),
        (b"<html>", "is neither a HAR nor JSON lines"),
        (b"\x89PNG\r\n\x1a\n\xff\xff", "is neither a HAR nor JSON lines"),
    ],
)
def test_file_that_is_no_recording_is_one_line(
    tmp_path: Path, raw: bytes, told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Exit code 4, and no traceback."""
    path = tmp_path / "traffic.har"
    path.write_bytes(raw)
    assert main(["audit", str(path)]) == 4
    [line] = capsys.readouterr().err.splitlines()
    assert told in line


def test_directory_and_empty_archive_are_refused(tmp_path: Path) -> None:
    """A directory, and a zip without a recording, say what is wanted."""
    with pytest.raises(UsageError, match="is a directory"):
        read(tmp_path)
    with pytest.raises(UsageError, match=r"holds no \.har"):
        read(zipped(tmp_path, lambda archive: archive.writestr("readme.txt", "x")))
