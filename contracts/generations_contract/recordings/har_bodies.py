"""The body of a message in a HAR as it was on the wire, or why the recording does not hold it whole.

Tools write base64 with and without saying so, keep bodies compressed, cut them at a limit, put a word in their
place, or replace what looks secret within them. What is sure to be the very body is given back as bytes; of
everything else the reason, a phrase for the count of what was left out. No secret stands in a reason.
"""

import base64
import binascii
import json
import re
from collections.abc import Mapping
from typing import Any, Final, NamedTuple

from generations_contract.exchange.exchange import Headers
from generations_contract.recordings.clocks import seconds
from generations_contract.wire.decoding import TooLargeError, UndecodableError, decoded

ABSENT: Final = "the answer's body is not in the recording"
UNSENT: Final = "the request's body is not in the recording"
PART: Final = "the recording holds a part of the body only, or does not tell whether it is whole"
PACKED: Final = "the body was kept compressed, and cannot be unpacked"
AS_TEXT: Final = "the body was stored as text, and its bytes are lost"
HIDDEN: Final = "a part of it was hidden or replaced in the recording"

# Answers that have no body, and requests that got no answer.
_WITHOUT_BODY: Final = (0, 204, 205, 304)
_MOST_BYTES: Final = 64 * 1024 * 1024
_GZIP, _ZSTD = b"\x1f\x8b", b"\x28\xb5\x2f\xfd"
_BINARY: Final = re.compile(r"(?:image|video|audio)/|application/octet-stream", re.IGNORECASE)
_REPLACED: Final = "\ufffd"
# How sanitisers of recordings mark what they took out: a bracket with a word in it, or a text that is nothing else.
_WORD: Final = r"(?:redact|remov|mask|scrub|sanitiz|sanitis|filter|hidden|omit|truncat|obfuscat|anonymi)\w*"
_WORDS: Final = rf"(?:[\w./-]+[ ]){{0,4}}{_WORD}"
_BRACKET: Final = (
    rf"(?:\[{_WORDS}\]|<{_WORDS}>|\({_WORDS}\)|\{{{{?{_WORDS}\}}}}?|\*+{_WORDS}\*+|__+{_WORDS}__+)"
)
_IN_BRACKETS: Final = re.compile(rf"\s*{_BRACKET}\s*", re.IGNORECASE)
_ALONE: Final = r"(?:redact|mask|scrub|sanitiz|sanitis|obfuscat|anonymi)\w*"
_MARK: Final = re.compile(rf"\s*(?:{_BRACKET}|{_ALONE})\s*", re.IGNORECASE)
_DOTS: Final = re.compile(r"\s*(?:\*{3,}|x{5,}|•+|█+)\s*", re.IGNORECASE)
# Within a text; the value of a query is left to whoever looks at signatures.
_MARK_WITHIN: Final = re.compile(rf"(?<!=)(?:\[{_WORDS}\]|<{_WORDS}>)", re.IGNORECASE)


class Body(NamedTuple):
    """The bytes, or `None` and why there are none."""

    content: bytes | None
    why: str = ""


def answered(
    response: Mapping[str, Any], headers: Headers, attached: bytes | None = None, *, ours: bool = False
) -> Body:
    """The body of an answer; `attached` is what another file holds of it, `ours`: this suite wrote the entry."""
    content = response.get("content")
    told = content if isinstance(content, Mapping) else {}
    text, length = told.get("text"), _length(headers)
    kind = str(told.get("mimeType") or headers.get("content-type") or "")
    sizes = _sizes(told.get("size"), headers)
    if attached is not None:
        return _whole(attached, sizes, headers, kind)
    if not isinstance(text, str):
        # Without a text nobody knows whether there was none, or whether it was left out: browsers write no size
        # of what they did not keep. Only the header, or the status, tells.
        return Body(b"") if length == 0 or response.get("status") in _WITHOUT_BODY else Body(None, ABSENT)
    if not text:
        return Body(None, ABSENT) if any(sizes) else Body(b"")
    if _is_mark(text) and not ours:
        return Body(None, HIDDEN)
    raw = _unbased(text, told.get("size"), said=str(told.get("encoding") or "").lower().startswith("base64"))
    if ours:
        return Body(text.encode("utf-8", "surrogatepass") if raw is None else raw)
    if raw is not None:
        return _whole(raw, sizes, headers, kind)
    if _lost_as_text(text, kind):
        return Body(None, AS_TEXT)
    # Some tools count characters.
    raw = text.encode("utf-8", "surrogatepass")
    return _whole(raw, {len(raw) if size == len(text) else size for size in sizes}, headers, kind)


def posted(request: Mapping[str, Any], headers: Headers, *, ours: bool = False) -> Body:
    """The body of a request; `ours`: this suite wrote the entry."""
    found = request.get("postData")
    told = found if isinstance(found, Mapping) else {}
    text, sizes = told.get("text"), _sizes(request.get("bodySize"), headers)
    if not isinstance(text, str) or not text:
        return Body(None, UNSENT) if told.get("params") or any(sizes) else Body(b"")
    raw = _unbased(text, None, said="base64" in (told.get("_encoding"), told.get("encoding")))
    raw = text.encode("utf-8", "surrogatepass") if raw is None else raw
    if ours:
        return Body(raw)
    if _MARK_WITHIN.search(text) or any(_IN_BRACKETS.fullmatch(each) for each in [text, *_texts(raw)]):
        return Body(None, UNSENT)
    return Body(raw) if _is_json(raw) or sizes <= {len(raw), len(text)} else Body(None, UNSENT)


def _unbased(text: str, size: Any, *, said: bool) -> bytes | None:
    """The bytes that a text is the base64 of; `None` where it is none, whatever the recording says of it."""
    if not said and not (
        isinstance(size, int) and size == len(text.rstrip("=")) * 3 // 4 and size > len("null")
    ):
        return None
    compact = "".join(text.split())
    padded = compact + "=" * (-len(compact) % 4)
    for altchars in (None, b"-_"):
        try:
            return base64.b64decode(padded, altchars, validate=True)
        except (binascii.Error, ValueError):
            continue
    return None


def _whole(raw: bytes, sizes: set[int], headers: Headers, kind: str) -> Body:
    """The body if these bytes are all of it: by what they are, else by the sizes that are told."""
    unpacked = _unpacked(raw, headers)
    if unpacked is None:
        return Body(None, PACKED)
    if unpacked is raw and not _is_json(raw):
        # Nobody says how long it was: a page may be judged; what may have been cut off may not.
        cut = raw.lstrip()[:1] in (b"{", b"[") or _BINARY.match(kind)
        if sizes != {len(raw)} if sizes else cut:
            return Body(None, PART)
    return _unhidden(unpacked)


def _unpacked(raw: bytes, headers: Headers) -> bytes | None:
    """The bytes with their content codings undone, unless the recorder did that; `None` where it cannot be done."""
    codings = headers.get("content-encoding") or ""
    if not codings.strip() or codings.strip().lower() == "identity":
        return None if raw.startswith((_GZIP, _ZSTD)) else raw
    if _is_text(raw):
        return raw
    try:
        return decoded(raw, codings, _MOST_BYTES)
    except (TooLargeError, UndecodableError):
        return raw if _is_media(raw) else None


def _is_media(raw: bytes) -> bool:
    """Whether the bytes begin as a picture or a clip does: then they are not packed."""
    return (
        raw.startswith((b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"RIFF", b"\x1aE\xdf\xa3"))
        or raw[4:8] == b"ftyp"
    )


def _unhidden(raw: bytes) -> Body:
    """The body, unless something within it was replaced by the mark of a sanitiser."""
    if any(map(_is_mark, _texts(raw))) or _MARK_WITHIN.search(raw.decode("utf-8", "replace")):
        return Body(None, HIDDEN)
    return Body(raw)


def _is_mark(text: str) -> bool:
    return _MARK.fullmatch(text) is not None or _DOTS.fullmatch(text) is not None


def is_hidden(text: str) -> bool:
    """Whether a text, such as a URL, bears the mark of a sanitiser."""
    return _MARK_WITHIN.search(text) is not None or _is_mark(text)


def _texts(raw: bytes) -> list[str]:
    """All texts in a JSON document."""
    found: list[str] = []
    level: list[Any] = []
    try:
        level = [json.loads(raw)]
    except (ValueError, RecursionError):
        return found
    while level:
        each = level.pop()
        if isinstance(each, str):
            found.append(each)
        elif isinstance(each, dict | list):
            level += each.values() if isinstance(each, dict) else each
    return found


def _lost_as_text(text: str, kind: str) -> bool:
    """Whether bytes that are no text were written as one."""
    if _BINARY.match(kind):
        return not text.isascii() or not text.isprintable()
    return _REPLACED in text[:16] or "\x00" in text


def _sizes(size: Any, headers: Headers) -> set[int]:
    """The lengths that the recording and the answer tell of the body as it was before it was packed."""
    told = seconds(size)
    found = {int(told)} if told is not None and told > 0 else set()
    length = None if headers.get("content-encoding") else _length(headers)
    return found if length is None else found | {length}


def _length(headers: Headers) -> int | None:
    value = (headers.get("content-length") or "").strip()
    return int(value) if value.isascii() and value.isdigit() and len(value) < 19 else None


def _is_text(raw: bytes) -> bool:
    try:
        raw.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return not raw.startswith(_GZIP)


def _is_json(raw: bytes) -> bool:
    try:
        return isinstance(json.loads(raw), dict | list)
    except (ValueError, RecursionError):
        return False
