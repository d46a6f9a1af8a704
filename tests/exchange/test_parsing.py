"""The small parsers: what each form on the wire means, and that nothing on the wire makes them raise."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from generations_contract.exchange import parsing
from generations_contract.exchange.parsing import MALFORMED
from tests.support.exchanges import STEADY

NOW = datetime(1994, 11, 6, 8, 49, 0, tzinfo=UTC).timestamp()

DOCUMENTS: dict[str, tuple[bytes, Any]] = {
    "object": (b'{"a": 1}', {"a": 1}),
    "scalar": (b"3", 3),
    "space around": (b' \t\r\n{"a": null}\n', {"a": None}),
    "utf-8": ('"\N{SNOWMAN}"'.encode(), "\N{SNOWMAN}"),
    "escaped pair": (rb'"\ud83d\ude00"', "\N{GRINNING FACE}"),
    "last duplicate wins": (b'{"a": 1, "a": 2}', {"a": 2}),
    "nested 500": (b"[" * 500 + b"]" * 500, json.loads("[" * 500 + "]" * 500)),
}
NO_DOCUMENTS = {
    "nothing": b"",
    "space": b"  ",
    "cut off": b'{"a": 1',
    "text after": b"{} {}",
    "trailing comma": b'{"a": 1,}',
    "single quotes": b"{'a': 1}",
    "comment": b"{} // yes",
    "NaN": b'{"a": NaN}',
    "Infinity": b"[Infinity]",
    "-Infinity": b"-Infinity",
    "leading zero": b"01",
    "byte order mark": b"\xef\xbb\xbf{}",
    "utf-16": '{"a": 1}'.encode("utf-16"),
    "invalid utf-8": b'"\xff"',
    "surrogate in utf-8": b'"\xed\xa0\x80"',
    "control character": b'"\x01"',
    "nested 100,000": b"[" * 100_000,
    "objects nested 100,000": b'{"a":' * 100_000,
    "nested and closed": b"[" * 100_000 + b"]" * 100_000,
    "html": b"<html><body>502 Bad Gateway</body></html>",
}
RETRY_AFTER = {
    "absent": (None, None),
    "zero": ("0", 0.0),
    "seconds": ("120", 120.0),
    "spaces": (" 5 ", 5.0),
    "fraction": ("1.5", None),
    "negative": ("-1", None),
    "plus": ("+1", None),
    "empty": ("", None),
    "word": ("soon", None),
    "two": ("1, 2", None),
    "other digits": ("\u0661", None),
    "flood of digits": ("9" * 5000, None),
    "date": ("Sun, 06 Nov 1994 08:49:37 GMT", 37.0),
    "date in the past": ("Sun, 06 Nov 1994 08:48:00 GMT", 0.0),
    "RFC 850 date": ("Sunday, 06-Nov-94 08:49:37 GMT", 37.0),
    "asctime date": ("Sun Nov  6 08:49:37 1994", 37.0),
    "iso date": ("1994-11-06T08:49:37Z", None),
    "no such day": ("Sun, 36 Nov 1994 08:49:37 GMT", None),
    "no such year": ("Sun, 06 Nov 99999999999 08:49:37 GMT", None),
    "no such offset": ("Sun, 06 Nov 1994 08:49:37 +9999", None),
}
CACHE_CONTROL: dict[str, tuple[str | None, dict[str, str | None]]] = {
    "absent": (None, {}),
    "empty": ("", {}),
    "documented": ("private, max-age=60", {"private": None, "max-age": "60"}),
    "other order": ("max-age=60, private", {"private": None, "max-age": "60"}),
    "no space": ("private,max-age=60", {"private": None, "max-age": "60"}),
    "much space": ("  private  ,\t max-age=60  ", {"private": None, "max-age": "60"}),
    "other case": ("Private, MAX-AGE=60", {"private": None, "max-age": "60"}),
    "quoted": ('private="set-cookie, x", max-age="60"', {"private": "set-cookie, x", "max-age": "60"}),
    "quoted quote": (r'a="\", b=c", d', {"a": '", b=c', "d": None}),
    "space at the sign": ("max-age = 60", {"max-age": "60"}),
    "empty elements": (", private ,, max-age=60,", {"private": None, "max-age": "60"}),
    "the first counts": ("max-age=60, max-age=5", {"max-age": "60"}),
    "no argument": ("max-age=, private", {"max-age": "", "private": None}),
}
MOMENT = datetime(2026, 4, 18, 12, 0, 9, tzinfo=UTC)
TIMESTAMPS: dict[str, tuple[datetime, bool]] = {
    "2026-04-18T12:00:09Z": (MOMENT, True),
    "2026-04-18t12:00:09z": (MOMENT, True),
    "2026-04-18 12:00:09Z": (MOMENT, True),
    "2026-04-18T12:00:09+00:00": (MOMENT, True),
    "2026-04-18T12:00:09-00:00": (MOMENT, True),
    "2026-04-18T14:00:09+02:00": (MOMENT, True),
    "2026-04-18T14:00:09+0200": (MOMENT, True),
    "2026-04-18T14:00:09+02": (MOMENT, True),
    "2026-04-18T04:15:09-07:45": (MOMENT, True),
    "2026-04-19T02:00:09+14:00": (MOMENT, True),
    "2026-04-18T12:00:09": (MOMENT, False),
    "2026-04-18T12:00:09.5Z": (MOMENT.replace(microsecond=500_000), True),
    "2026-04-18T12:00:09,5Z": (MOMENT.replace(microsecond=500_000), True),
    "2026-04-18T12:00:09.123456Z": (MOMENT.replace(microsecond=123_456), True),
    "2026-04-18T12:00:09.123456789Z": (MOMENT.replace(microsecond=123_456), True),
    "2026-04-18T12:00:09.000000Z": (MOMENT, True),
    "2026-04-18T12:00Z": (MOMENT.replace(second=0), True),
}
NO_TIMESTAMPS: list[object] = [
    "", "now", "2026-04-18", "12:00:09Z", "1776513609", "2026-04-18T12:00:09 UTC", "2026-13-18T12:00:09Z",
    "2026-02-30T12:00:09Z", "2026-04-18T25:00:09Z", "2026-04-18T12:61:09Z", "2026-04-18T12:00:09+24:00",
    "18.04.2026 12:00:09", "2026-04-18T12:00:09Zjunk", "\u0662026-04-18T12:00:09Z", " 2026-04-18T12:00:09Z",
    "2026-04-18T12:00:09.Z", "2026-04-18T12:00:09." + "0" * 100 + "Z", None, 1776513609, True, ["2026"], {},
]  # fmt: skip
NUMBERS = {
    "0": 0, "60": 60, "0.5": 0.5, ".5": 0.5, "5.": 5, "+3": 3, "-1": -1, "1e1": 10, "1E-1": 0.1, "007": 7,
    "": None, " 1": None, "1 ": None, "1,5": None, "0x10": None, "1_000": None, "NaN": None, "inf": None,
    "Infinity": None, "true": None, "5s": None, "e5": None, ".": None, "1e999": None, "-1e999": None,
    "\u0665": None, "1e9999": None, "auto": None, "9" * 400: None,
}  # fmt: skip
QUERIES = {
    ("wait=60", "wait"): "60",
    ("a=1&wait=5&b=2", "wait"): "5",
    ("wait=1&wait=2", "wait"): "2",
    ("wait=", "wait"): "",
    ("wait", "wait"): "",
    ("wait=1%2E5", "wait"): "1.5",
    ("wait=+1", "wait"): " 1",
    ("w%61it=7", "wait"): "7",
    ("Wait=7", "wait"): None,
    ("awaits=7", "wait"): None,
    ("", "wait"): None,
    ("wait=%ff", "wait"): "\N{REPLACEMENT CHARACTER}",
}
CONTENT_TYPES = {
    "application/json": True,
    "application/json; charset=utf-8": True,
    "Application/JSON;charset=UTF-8": True,
    " application/json ": True,
    "application/problem+json": True,
    "application/vnd.api+json; v=1": True,
    "text/json": False,
    "text/html": False,
    "application/jsonp": False,
    "image/svg+json": False,
    "": False,
    None: False,
}


@pytest.mark.parametrize(("body", "value"), DOCUMENTS.values(), ids=DOCUMENTS)
def test_json_document_reads_one_strict_document(body: bytes, value: object) -> None:
    """Whatever RFC 8259 calls a JSON text is read; of equal keys the last one wins."""
    assert parsing.json_document(body) == value


@pytest.mark.parametrize("body", NO_DOCUMENTS.values(), ids=NO_DOCUMENTS)
def test_json_document_takes_nothing_else(body: bytes) -> None:
    """Constants outside JSON, text around the document, other encodings and endless nesting are malformed."""
    assert parsing.json_document(body) is MALFORMED


@pytest.mark.parametrize("digits", [4300, 5000, 100_000])
def test_json_document_survives_numbers_of_any_length(digits: int) -> None:
    """An integer longer than the interpreter converts is no reason to raise; a shorter one is read."""
    value = parsing.json_document(b'{"n": %s}' % (b"9" * digits))
    assert value is MALFORMED or value["n"] == 10**digits - 1


def test_json_document_keeps_lone_surrogates_out_of_the_way() -> None:
    """An escaped half of a pair is legal JSON text and is read as it stands."""
    assert parsing.json_document(rb'{"a": "\ud800"}') == {"a": "\ud800"}


@pytest.mark.parametrize(("value", "seconds"), RETRY_AFTER.values(), ids=RETRY_AFTER)
def test_retry_after_has_two_forms(value: str | None, seconds: float | None) -> None:
    """Whole seconds, or any of the three forms of an HTTP date; anything else is none."""
    assert parsing.retry_after_s(value, NOW) == seconds


@pytest.mark.parametrize(("value", "directives"), CACHE_CONTROL.values(), ids=CACHE_CONTROL)
def test_cache_directives_are_read_in_any_layout(
    value: str | None, directives: dict[str, str | None]
) -> None:
    """Order, case, spacing, quoting and empty list elements do not matter (RFC 9110, 5.6.1)."""
    assert parsing.cache_directives(value) == directives


@pytest.mark.parametrize(
    "flood", ["a" + " " * 60_000 + "b", "a=" + " " * 60_000 + "b,", 'a="' + "\\a" * 30_000]
)
def test_cache_directives_take_linear_time(flood: str) -> None:
    """A header as long as a client lets through does not hold the suite up; the test's time shows it."""
    assert parsing.cache_directives(flood).keys() <= {"a"}


@pytest.mark.parametrize(("text", "moment"), TIMESTAMPS.items())
def test_timestamp_reads_every_iso_date_time(text: str, moment: tuple[datetime, bool]) -> None:
    """Any offset, any fraction, and without an offset UTC, which is told."""
    assert parsing.timestamp(text) == moment


@pytest.mark.parametrize("value", NO_TIMESTAMPS, ids=repr)
def test_timestamp_takes_nothing_else(value: object) -> None:
    """Dates alone, numbers, impossible moments and text around are no timestamps."""
    assert parsing.timestamp(value) is None


@pytest.mark.parametrize(("text", "value"), NUMBERS.items(), ids=[key[:12] for key in NUMBERS])
def test_number_is_finite_and_decimal(text: str, value: float | None) -> None:
    """A query's number has ASCII digits and a finite value."""
    assert parsing.number(text) == value


@pytest.mark.parametrize(("asked", "value"), QUERIES.items())
def test_query_value_is_the_last_one(asked: tuple[str, str], value: str | None) -> None:
    """Parameters are percent-decoded, names compare with case, empty values count."""
    assert parsing.query_value(*asked) == value


@pytest.mark.parametrize(("value", "is_json"), CONTENT_TYPES.items())
def test_json_types_are_told_by_type_and_suffix(value: str | None, is_json: bool) -> None:
    """`application/json` and `application/*+json`, with parameters and in any case."""
    assert parsing.is_json_type(value) is is_json


@pytest.mark.parametrize(
    ("url", "addressed"),
    {
        "https://cdn.test/a.png?sig=1#x": "https://cdn.test/a.png",
        "https://cdn.test/a.png": "https://cdn.test/a.png",
        "/a.png?x": ":///a.png",
        "https://[": "https://[",
    }.items(),
)
def test_without_query_is_what_a_url_addresses(url: str, addressed: str) -> None:
    """Two signatures of one asset address the same; what is no URL stays itself."""
    assert parsing.without_query(url) == addressed


@pytest.mark.parametrize(
    ("path", "segment"), {"/v1/generations/gen_1": "gen_1", "/a/b%2Fc": "b/c", "/": "", "": ""}.items()
)
def test_last_segment_is_decoded(path: str, segment: str) -> None:
    """The id stands in the last segment, percent-encoded."""
    assert parsing.last_segment(path) == segment


_ALL_CHARACTERS = st.text(st.characters(exclude_categories=()), max_size=60)
_WIRE = st.one_of(
    _ALL_CHARACTERS,
    st.text("0123456789-:+.TZ ,=\";/?&%'GMTSunNov\\", max_size=60),
    st.builds(
        "{:%a, %d %b %Y %H:%M:%S} {}".format, st.datetimes(), st.from_regex(r"[+-]\d{4}", fullmatch=True)
    ),
)


@STEADY
@given(text=_WIRE, now=st.floats(allow_nan=False, allow_infinity=False))
@example(text="Mon, 01 Jan 0001 00:00:00 +2359", now=0.0)
@example(text="Fri, 31 Dec 9999 23:59:59 -2359", now=0.0)
@example(text="https://[::1/a", now=0.0)
def test_no_parser_raises(text: str, now: float) -> None:
    """Every parser answers with a value or `None`, whatever text it meets."""
    wait = parsing.retry_after_s(text, now)
    assert wait is None or wait >= 0
    assert all(name == name.lower() for name in parsing.cache_directives(text))
    moment = parsing.timestamp(text)
    assert moment is None or moment[0].tzinfo is not None
    number = parsing.number(text)
    assert number is None or abs(number) < float("inf")
    assert parsing.query_value(text, "wait") is None or "wait" in text or "%" in text
    assert parsing.media_type(text) == parsing.media_type(f" {text.upper()} ; a=b") or not text.isascii()
    parsing.last_segment(text)
    parsing.without_query(text)


@STEADY
@given(
    st.one_of(
        st.binary(max_size=80), st.text('{}[]":,0123456789eE+-.truefalsn\\ud8 ', max_size=80).map(str.encode)
    )
)
@example(b"\xff\xfe")
@example(b"1" * 5000)
def test_json_document_never_raises(body: bytes) -> None:
    """Bytes are a document or malformed; where they are one, Python's own reader agrees."""
    value = parsing.json_document(body)
    if value is not MALFORMED:
        assert json.loads(body.decode()) == value
