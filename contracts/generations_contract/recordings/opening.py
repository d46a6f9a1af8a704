"""The text of a recording, whatever it is wrapped in: a byte order mark, UTF-16, gzip, a zip with its attachments.

Only bytes become text here; what the text says is read in `files`. Whatever cannot be opened is one line
(`UsageError`). What unpacks to more than `MOST_BYTES` is refused: a few bytes may stand for gigabytes.
"""

import io
import json
import re
import zipfile
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from generations_contract.api.usage import UsageError
from generations_contract.wire.decoding import TooLargeError, UndecodableError, decoded

MOST_BYTES: Final = 1 << 30
# Playwright names a body's file by its digest; nothing else beside a recording is read for it.
_ATTACHMENT: Final = re.compile(r"[0-9a-f]{40}(?:\.[a-z0-9]{1,8})?")
_RECORDINGS: Final = (".har", ".json", ".jsonl", ".ndjson")


@dataclass(frozen=True)
class Opened:
    """A recording as text; `name` tells it from others of one archive, `attached` gives the files that it names."""

    text: str
    name: str = ""
    attached: Callable[[str], bytes | None] = lambda _: None


def opened(path: Path) -> list[Opened]:
    """The recordings that a file holds, one or, in a zip, several; raises `UsageError` for what holds none."""
    try:
        if path.is_dir():
            raise UsageError(f"{path}: is a directory; name the HAR or the JSON lines in it")
        raw = path.read_bytes()
        if raw.startswith(b"PK\x03\x04"):
            return _zipped(path, raw)
        if raw.startswith(b"\x1f\x8b"):
            raw = decoded(raw, "gzip", MOST_BYTES)
        return [Opened(_text(path, raw), attached=lambda name: _beside(path, name))]
    except OSError as error:
        raise UsageError(f"{path}: cannot be read: {error.strerror or error}") from None
    except TooLargeError:
        raise UsageError(f"{path}: unpacks to more than {MOST_BYTES >> 30} GiB") from None
    except (UndecodableError, zipfile.BadZipFile, NotImplementedError, RuntimeError, zlib.error, EOFError):
        raise UsageError(f"{path}: cannot be unpacked: it is damaged, or encrypted") from None


def _zipped(path: Path, raw: bytes) -> list[Opened]:
    archive = zipfile.ZipFile(io.BytesIO(raw))
    if sum(each.file_size for each in archive.infolist()) > MOST_BYTES:
        raise TooLargeError
    names = [each for each in archive.namelist() if each.lower().endswith(_RECORDINGS)]
    named = [each for each in names if each.lower().endswith(".har")] or names

    def attached(name: str) -> bytes | None:
        return archive.read(name) if _ATTACHMENT.fullmatch(name) and name in archive.namelist() else None

    if not named:
        raise UsageError(f"{path}: holds no .har and no JSON lines")
    several = len(named) > 1
    return [
        Opened(_text(path, archive.read(each)), f"{each}, " if several else "", attached) for each in named
    ]


def _beside(path: Path, name: str) -> bytes | None:
    try:
        return (path.parent / name).read_bytes() if _ATTACHMENT.fullmatch(name) else None
    except OSError:
        return None


def _text(path: Path, raw: bytes) -> str:
    """The text in the encoding of JSON that it is in, without what a copy of a fixed length has left behind it."""
    encoding = json.detect_encoding(raw[:4]) if raw else "utf-8"
    if encoding.startswith("utf-8"):
        raw = raw.rstrip(b"\0")
    try:
        return raw.decode(encoding).rstrip("\0")
    except UnicodeDecodeError as error:
        if encoding.startswith("utf-8") and error.start < len(raw) - 3:
            # What is no UTF-8 stays what it was, and can be told from what is.
            return raw.decode(encoding, "surrogateescape")
        if error.start > 0:
            return raw[: error.start].decode(encoding, "ignore")
        raise UsageError(f"{path}: is no UTF-8 text; expected a HAR or JSON lines of exchanges") from None
