"""The small parsers under anything: only what they document comes out, and nothing is raised."""

import gzip
import math
import zlib
from contextlib import suppress
from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from generations_contract.api import schema
from generations_contract.clauses.facts.windows import moment, same_moment
from generations_contract.exchange import parsing
from generations_contract.exchange.signed_urls import expires_unix, tampered
from generations_contract.forms.text import printable
from generations_contract.media import Broken, Decoded, decode, difference
from generations_contract.wire.allowed_hosts import OutOfReachError, Reach, host_of, next_url
from generations_contract.wire.decoding import TooLargeError, UndecodableError, decoded
from generations_contract.wire.redaction import Vault
from tests.media.assets import clip, picture
from tests.support.fuzzing import FUZZ, JSON, damaged, written

TIMES = st.sampled_from(
    ["2026-04-18T12:00:00Z", "Sat, 18 Apr 2026 12:00:00 GMT", "20260418T1200Z", "2026-04-18 12:00:00,5+02:00"]
)
HEADERS = st.one_of(
    st.text(max_size=60),
    st.text('0123456789:-+.,;="\\ TZWGMFonSat/JanDec', max_size=60),
    TIMES.flatmap(lambda text: damaged(text.encode()).map(lambda data: data.decode("latin-1"))),
)
URLS = st.one_of(
    st.text(max_size=40),
    st.text("htps:/.@[]%?#&=:1270localhost\\\t\r\n", max_size=40),
    damaged(b"https://user:pw@[::ffff:127.0.0.1%251]:443/a/../b?sig=0123456789#f").map(
        lambda data: data.decode("latin-1")
    ),
)
PACKED = [gzip.compress(b"a" * 300), zlib.compress(b"b" * 300), gzip.compress(gzip.compress(b"c" * 300))]
FILES = [
    *(picture(form) for form in ("PNG", "JPEG", "WEBP", "GIF", "AVIF", "TIFF")),
    clip(1, sound_s=1), clip(1, movflags="frag_keyframe+empty_moov"), clip(1, "webm", "libvpx-vp9"), clip(1, "avi"),
]  # fmt: skip
SIGNED = b"https://cdn.test/a.png?X-Amz-Date=20260418T120000Z&X-Amz-Expires=3600&Expires=1776517200&sig=0123456789ab"
VAULT = Vault({"main": "zt_main_Q7m2XvT9kRLw4BsH"}, {"main": "GATEWAY_API_KEY"})


@FUZZ
@given(HEADERS)
def test_header_values_give_facts_or_nothing(text: str) -> None:
    """Retry-After, dates, Cache-Control, content types and numbers of queries never raise."""
    seconds = parsing.retry_after_s(text, 1_776_513_600.0)
    assert seconds is None or (seconds >= 0 and math.isfinite(seconds))
    date = parsing.http_date(text)
    assert date is None or math.isfinite(date)
    assert all(name == name.lower() for name in parsing.cache_directives(text))
    number = parsing.number(text)
    assert number is None or math.isfinite(number)
    parsing.is_json_type(text)
    parsing.query_value(text, "wait")
    parsing.last_segment(text)


@FUZZ
@given(HEADERS, HEADERS)
def test_timestamps_are_moments_or_nothing(one: str, other: str) -> None:
    """What is read as a timestamp can be subtracted from any other; nothing else happens."""
    for text in (one, other):
        read = parsing.timestamp(text)
        assert read is None or isinstance(read[0], datetime)
        assert (moment(text) is None) <= (read is None)
    assert same_moment(one, one)
    assert same_moment(one, other) == same_moment(other, one)


@FUZZ
@given(st.one_of(st.binary(max_size=60), JSON.map(written), JSON.map(written).flatmap(damaged)))
def test_json_is_a_document_or_malformed(body: bytes) -> None:
    """Bytes are one strict document of bounded depth, or they are `MALFORMED`."""
    document = parsing.json_document(body, 5)
    assert parsing.json_document(body) is parsing.MALFORMED or document is not None or body.strip() == b"null"


@FUZZ
@given(JSON)
def test_schemas_explain_whatever_they_refuse(document: object) -> None:
    """Acceptance and explanation agree on any document: no violation without refusal, none refused silently."""
    for name in (schema.REQUEST, schema.RESPONSE, schema.MEDIA, schema.ERROR):
        assert schema.accepts(name, document) == (not schema.explain(name, document))


@FUZZ
@given(URLS, URLS)
def test_urls_lead_somewhere_or_nowhere(url: str, location: str) -> None:
    """A URL is in reach, or `OutOfReachError` says why not; hosts are text in lower case."""
    for reach in (Reach("gateway.invalid"), Reach("127.0.0.1", frozenset({"localhost"}))):
        with suppress(OutOfReachError):
            reach.check_url(url, listed=location)
            assert host_of(url)
    assert host_of(url) == host_of(url).lower()
    assert next_url(url, location) != ""
    parsing.without_query(url)


@FUZZ
@given(
    st.sampled_from(PACKED).flatmap(damaged),
    st.sampled_from(["gzip", "deflate", "gzip, gzip", "br", "", "x,,"]),
)
def test_content_codings_are_undone_within_the_bound(data: bytes, codings: str) -> None:
    """Damaged or not: at most so many bytes, or one of the two documented errors."""
    with suppress(TooLargeError, UndecodableError):
        assert len(decoded(data, codings, 200)) <= max(200, len(data))


@FUZZ
@given(st.one_of(st.binary(max_size=80), st.sampled_from(FILES).flatmap(damaged)))
def test_media_are_decoded_or_broken(data: bytes) -> None:
    """Whatever the bytes are, the answer is one of two values, and they can be compared with others."""
    found = decode(data)
    assert isinstance(found, Decoded | Broken)
    if isinstance(found, Decoded):
        assert found.measures(found.width, found.height)
        assert all(each > 0 for each in found.durations_s)
    apart = difference(data, FILES[0])
    assert apart is None or 0 <= apart.mean <= apart.most <= 1


@FUZZ
@given(st.one_of(URLS, damaged(SIGNED).map(lambda data: data.decode("latin-1"))))
def test_signed_urls_tell_a_moment_or_nothing(url: str) -> None:
    """An expiry is a moment, and what is tampered in a URL makes another URL of it."""
    moment_ = expires_unix(url)
    assert moment_ is None or math.isfinite(moment_)
    assert url not in tampered(url).values()


@FUZZ
@given(st.text(max_size=80))
def test_texts_survive_redaction_and_print_on_one_line(text: str) -> None:
    """Concealing text without a secret changes nothing, and what is printed holds no control or bidi character."""
    shown = printable(text)
    assert shown.replace("\u200c", "").replace("\u200d", "").isprintable()
    shown.encode("utf-8")
    assert VAULT.conceal_text(text) == text or "=" in text


@pytest.mark.parametrize("length", [10_000, 200_000])
@pytest.mark.parametrize("unit", ['"', "a=", "\\", "a,", ' "\\', "=", "%", "&a=", "?", "\\u0026", "a/", "1-"])
def test_patterns_take_linear_time(unit: str, length: int) -> None:
    """No text makes a pattern of a parser go over it again and again; a quadratic one would take minutes."""
    text = unit * (length // len(unit))
    parsing.cache_directives(text)
    parsing.retry_after_s(text, 0.0)
    parsing.timestamp(text)
    parsing.number(text)
    VAULT.conceal_text("?" + text)
    printable(text)
