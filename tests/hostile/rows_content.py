"""Rows of the hostile table: what stands in an answer that HTTP itself has nothing against."""

import json
from typing import Any

from generations_contract.scripts.script import Create, Fetch, Script
from tests.hostile.play import Row, fetching
from tests.hostile.rows_wire import RUNNING
from tests.hostile.wire import Connection, Manner, Server, message, saying

IMAGE = {
    "type": "image",
    "url": "https://cdn.test/a.png?sig=0123456789abcdef",
    "format": "png",
    "width": 1,
    "height": 1,
}
COMPLETED = RUNNING | {
    "status": "completed",
    "completed_at": RUNNING["created_at"],
    "output": {"media": [IMAGE]},
    "usage": {"cost_usd": 0.04},
}
GONE = {"error": {"code": "not_found", "message": "There is no such generation."}}
CACHED = "private, max-age=60"
NO_JSON = "200; broken response.schema"


def running(extra: str = "", **members: Any) -> bytes:
    """A running generation; `extra` is put into the JSON as it stands."""
    text = json.dumps(RUNNING | members)
    return message((text[:-1] + extra + "}").encode(), Retry_After="1")


def _completed(extra: str = "", **members: Any) -> bytes:
    text = json.dumps(COMPLETED | members)
    return message((text[:-1] + extra + "}").encode(), Cache_Control=CACHED)


def _usage(number: str) -> Manner:
    return saying(_completed().replace(b"0.04", number.encode()).replace(b"Content-Length", b"X-Length"))


def _refused(status: str, body: bytes, **headers: Any) -> Manner:
    return saying(message(body, status, **headers))


def _creating(generation_id: str) -> Manner:
    """Answer a creation with this id, and every fetch with 404."""

    def manner(connection: Connection) -> None:
        seen = connection.read()
        if seen.method == "GET":
            connection.send(message(GONE, "404 Not Found"))
            return
        body = RUNNING | {"status": "queued", "id": generation_id}
        connection.send(message(body, "202 Accepted", Retry_After="1"))

    return manner


def _create_and_fetch(_: Server) -> Script[object]:
    body = {"model": "flux-1.1-pro", "input": {"prompt": "a lighthouse"}, "wait": 0}
    created = yield Create(body)
    if created.generation_id:
        yield Fetch(created.generation_id)
    return None


def _echoing(connection: Connection) -> None:
    """Say the Authorization header back, in the body."""
    key = connection.read().headers.get("authorization")
    problem = {"error": {"code": "not_found", "message": f"not for {key}"}}
    connection.send(message(problem, "404 Not Found"))


def _deep(levels: int) -> str:
    return f', "more": {"[" * levels}{"]" * levels}'


NGINX = b"<html><head><title>504</title></head><body><center><h1>504 Gateway Time-out</h1></center><hr><center>nginx/1.25.3</center></body></html>"  # fmt: skip
PAGE = b"<!doctype html><html><body><h1>502</h1>Traceback (most recent call last)</body></html>"
LOST = "404; broken lifecycle.resumable"

JSON = [
    Row("200 with an empty body", saying(message(b"")), NO_JSON),
    Row("JSON cut off", saying(message(json.dumps(RUNNING).encode()[:-9])), NO_JSON),
    Row("text behind the JSON", saying(message(json.dumps(RUNNING).encode() + b" {}")), NO_JSON),
    Row("invalid UTF-8", saying(message(json.dumps(RUNNING).encode().replace(b"flux", b"fl\xffx"))), NO_JSON),
    Row("byte order mark", saying(message(b"\xef\xbb\xbf" + json.dumps(RUNNING).encode())), NO_JSON),
    Row("UTF-16", saying(message(json.dumps(RUNNING).encode("utf-16"))), NO_JSON),
    Row("nested 90 deep, where fields may be added", saying(running(_deep(90))), "200; nothing broken"),
    Row("nested 900 deep", saying(running(_deep(900))), NO_JSON),
    Row("nested 100,000 deep", saying(running(_deep(100_000))), NO_JSON),
    Row("200,000 arrays side by side", saying(running(', "more": [' + "[]," * 200_000 + "[]]")), "200; nothing broken"),
    Row("NaN", _usage("NaN"), NO_JSON),
    Row("Infinity", _usage("-Infinity"), NO_JSON),
    Row("1e999", _usage("1e999"), "200; broken response.usage"),
    Row("a number of 400 digits", _usage("9" * 400), "200; nothing broken"),
    Row("a number of 5,000 digits", _usage("9" * 5000), NO_JSON),
    Row("duplicate keys", saying(running(', "status": "running", "id": "gen_1"')), "200; nothing broken"),
    Row("a lone surrogate as model", saying(running(model="\ud800")), "200; nothing broken"),
    Row("a lone surrogate as status", saying(running(status="\udfff")), NO_JSON),
    Row("30,000 media entries", saying(_completed(output={"media": [IMAGE | {"url": f"https://cdn.test/{n}?sig=0123456789abcdef"} for n in range(30_000)]})), "200; nothing broken"),
    Row("media that are no objects", saying(_completed(output={"media": [None, 7, [], "x"]})), "200; broken response.output response.schema"),
    Row("the clock of the server is years ahead", saying(running(created_at="2099-01-01T00:00:00Z")), "200; broken response.timestamps"),
    Row("the clock of the server is years behind", saying(running(created_at="1970-01-01T00:00:00Z")), "200; nothing broken"),
    Row("the year 9999, east of Greenwich", saying(running(created_at="9999-12-31T23:59:59-23:59")), "200; broken response.timestamps"),
    Row("the year 1, west of Greenwich", saying(running(created_at="0001-01-01T00:00:00+23:59")), "200; nothing broken"),
    Row("JSON of nothing but a word", saying(message(b'"gen_1"')), NO_JSON),
    Row("JSON null", saying(message(b"null")), NO_JSON),
    Row("JSON array of resources", saying(message(json.dumps([RUNNING]).encode())), NO_JSON),
    Row("4 MB of empty objects", saying(running(', "more": [' + "{}," * 1_300_000 + "{}]")), "200; nothing broken"),
    Row("300,000 members of their own", saying(running("".join(f', "k{n}": 0' for n in range(300_000)))), "200; nothing broken"),
    Row("members named to act", saying(running(', "__proto__": {}, "constructor": 1, "": 2, "\\u0000": 3, "\\u202e": 4, "<script>": 5')), "200; nothing broken"),
    Row("a model of 1 MB", saying(running(model="m" * 1_000_000)), "200; nothing broken"),
    Row("a timestamp of 1 MB", saying(running(created_at="2026-04-18T12:00:00." + "0" * 1_000_000 + "Z")), "200; broken response.timestamps"),
    Row("a timestamp that is a number", saying(running(created_at=1776513600)), "200; broken response.schema response.timestamps"),
    Row("a duration beyond every float", saying(_completed(output={"media": [IMAGE | {"type": "video", "duration_seconds": 10**400}]})), "200; broken response.media-type"),
    Row("a width below zero", saying(_completed(output={"media": [IMAGE | {"width": -1}]})), "200; nothing broken"),
    Row("a month that is none", saying(running(created_at="2026-13-01T00:00:00Z")), "200; broken response.timestamps"),
]  # fmt: skip

IDS = [
    Row("an id with a lone surrogate", _creating("gen_\ud800"), "202, 404; nothing broken", _create_and_fetch),
    Row("an id with line ends", _creating("gen_1\r\nX-Injected: yes"), f"202, {LOST}", _create_and_fetch, check=lambda server: not server.requests[-1].headers.get("x-injected")),
    Row("an id that climbs up", _creating("../../admin?x=1#y"), f"202, {LOST}", _create_and_fetch, check=lambda server: server.requests[-1].target.startswith("/v1/generations/..%2F")),
    Row("an id that is two dots", _creating(".."), f"202, {LOST}", _create_and_fetch),
    Row("an id of 1 MB", _creating("x" * 1_000_000), "202, garbage; nothing broken", _create_and_fetch, notes="URL too long"),
    Row("an empty id", _creating(""), "202; broken response.schema", _create_and_fetch),
]  # fmt: skip

HEADERS = [
    Row("JSON as text/html", saying(message(json.dumps(RUNNING).encode(), Content_Type="text/html", Retry_After="1")), "200; broken response.json"),
    Row("JSON without Content-Type", saying(message(json.dumps(RUNNING).encode(), Content_Type="", Retry_After="1")), "200; broken response.json"),
    Row("a header with NUL", saying(message(RUNNING, Retry_After="1\0")), "garbage; nothing broken"),
    Row("a header injected by an echo", saying(message(RUNNING, Retry_After="1\r\nX-Injected: yes")), "200; nothing broken"),
    Row("a header that is no UTF-8", saying(message(RUNNING, Retry_After="1").replace(b"no-store", b"no-store, x=\xff\xfe")), "200; nothing broken"),
    Row("Retry-After of 30 digits", saying(message(RUNNING, Retry_After="9" * 30)), "200; broken headers.retry-after"),
    Row("Retry-After in the year 9999", saying(message(RUNNING, Retry_After="Fri, 31 Dec 9999 23:59:59 GMT")), "200; broken headers.retry-after"),
    Row("Retry-After before all years", saying(message(RUNNING, Retry_After="Mon, 01 Jan 0001 00:00:00 +2359")), "200; nothing broken"),
    Row("max-age of 5,000 digits", saying(message(COMPLETED, Cache_Control=f"private, max-age={'6' * 5000}")), "200; broken headers.cache-terminal"),
    Row("Cache-Control of 50,000 quotes", saying(message(RUNNING, Retry_After="1", Cache_Control='"' * 50_000)), "200; broken headers.cache-non-terminal"),
    Row("a cookie that names an account", saying(message(RUNNING, Retry_After="1", Set_Cookie="session=main; Path=/")), "200, 200; nothing broken", fetching(None, None), check=lambda server: all(each.headers.get("cookie") is None for each in server.requests)),
    Row("an injected second answer", saying(message(GONE, "404 Not Found", X_Echo="a\r\n\r\n{}")), "404; broken errors.envelope"),
    Row("a bidi override in a header", saying(message(RUNNING, Retry_After="1", X_Name="\u202egnp.exe")), "200; nothing broken"),
    Row("Retry-After below zero", saying(message(RUNNING, Retry_After="-1")), "200; broken headers.retry-after"),
    Row("Retry-After twice", saying(message(RUNNING, Retry_After="1\r\nRetry-After: 2")), "200; broken headers.retry-after"),
    Row("Content-Type of 100 KB", saying(message(RUNNING, Retry_After="1", Content_Type="application/json; " + "x" * 90_000)), "200; nothing broken"),
    Row("Date that is none", saying(message(RUNNING, Retry_After="1", Date="yesterday")), "200; nothing broken"),
    Row("the key in an error", _echoing, "404; broken auth.key-never-echoed"),
]  # fmt: skip

REFUSALS = [
    Row("a proxy's own 504 page on a held poll", _refused("504 Gateway Time-out", NGINX, Content_Type="text/html"), "reset; nothing broken", fetching(3), notes="answered by a proxy (nginx) with 504"),
    Row("a proxy's own 502 page on a short poll", _refused("502 Bad Gateway", NGINX.replace(b"504 Gateway Time-out", b"502 Bad Gateway"), Content_Type="text/html"), "reset; nothing broken", notes="answered by a proxy (nginx) with 502"),
    Row("Apache's 504 page", _refused("504 Gateway Timeout", b"<!DOCTYPE HTML><title>504</title><p>The gateway did not receive a timely response\nfrom the upstream server.</p>", Content_Type="text/html"), "reset; nothing broken", fetching(3), notes="Apache"),
    Row("Envoy's 503", _refused("503 Service Unavailable", b"upstream connect error or disconnect/reset before headers", Content_Type="text/plain"), "reset; nothing broken", notes="Envoy"),
    Row("a load balancer's 504 without a page", _refused("504 Gateway Time-out", b"", Content_Type="text/html", Server="awselb/2.0"), "reset; nothing broken", fetching(3), notes="AWS load balancer"),
    Row("a proxy that wants a login", _refused("407 Proxy Authentication Required", b"", Proxy_Authenticate="Basic"), "407; broken errors.envelope"),
    Row("a page that is nobody's at 502", _refused("502 Bad Gateway", PAGE, Content_Type="text/html"), "502, 502; broken errors.envelope errors.no-leak response.json"),
    Row("an error that is no JSON", _refused("400 Bad Request", b"no"), "400; broken errors.envelope"),
    Row("an envelope of the wrong types", _refused("404 Not Found", b'{"error":{"code":7,"message":[]}}'), "404; broken errors.envelope"),
    Row("an error message of 3 MB", _refused("404 Not Found", json.dumps({"error": {"code": "not_found", "message": "m" * 3_000_000}}).encode()), "404; nothing broken"),
    Row("an error for a held poll that is a trap for patterns", _refused("404 Not Found", json.dumps({"error": {"code": "not_found", "message": "at /" + "a/" * 100_000}}).encode()), "404; nothing broken"),
    Row("API redirected to itself", _refused("302 Found", b"", Location="/v1/generations/gen_1"), "302; broken errors.envelope"),
    Row("API redirected to another host", _refused("307 Temporary Redirect", b"", Location="http://127.0.0.1:9/"), "307; broken errors.envelope", check=lambda server: len(server.requests) == 1),
]  # fmt: skip
