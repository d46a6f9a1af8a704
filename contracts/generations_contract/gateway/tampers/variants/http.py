"""Liberties of HTTP: status, header names and order, layout and encoding of the body, connections."""

import gzip
import json
from collections.abc import Callable
from dataclasses import replace
from email.utils import formatdate
from typing import Any

from generations_contract.gateway.call import Call, Reply
from generations_contract.gateway.hooks import Fault, variant
from generations_contract.gateway.tampers.call_facts import HeaderList, creating, has, header, video


def _api(call: Call) -> bool:
    return call.operation in ("create", "fetch")


def _written(call: Call, reply: Reply, write: Callable[[Any], str]) -> Reply:
    """The reply with its JSON written in another way, if it can still be read."""
    if not _api(call) or has(list(reply.headers), "Content-Encoding"):
        return reply
    return replace(reply, body=write(json.loads(reply.body)).encode())


# ---- status


@variant("created-is-201", at="reply")
def created_is_201(call: Call, reply: Reply) -> Reply:
    """POST answers 201 instead of 200."""
    return replace(reply, status=201) if creating(call) and reply.status == 200 else reply


@variant("pending-is-202", at="reply")
def pending_is_202(call: Call, reply: Reply) -> Reply:
    """POST answers 202 as long as the job is not over."""
    pending = creating(call) and call.record is not None and has(list(reply.headers), "Retry-After")
    return replace(reply, status=202) if pending and reply.status == 200 else reply


# ---- the body


@variant("pretty-json", at="reply")
def pretty_json(call: Call, reply: Reply) -> Reply:
    """JSON comes indented."""
    return _written(call, reply, lambda document: json.dumps(document, indent=2, ensure_ascii=False))


@variant("ascii-json", at="reply")
def ascii_json(call: Call, reply: Reply) -> Reply:
    """JSON comes with everything beyond ASCII escaped, and the slashes too."""
    return _written(call, reply, lambda document: json.dumps(document).replace("/", "\\/"))


@variant("sorted-json", at="reply")
def sorted_json(call: Call, reply: Reply) -> Reply:
    """Members come in alphabetical order."""
    return _written(call, reply, lambda document: json.dumps(document, sort_keys=True, ensure_ascii=False))


@variant("json-in-blank-lines", at="reply")
def json_in_blank_lines(call: Call, reply: Reply) -> Reply:
    """White space surrounds the JSON: a proxy was kept awake with it."""
    return _written(call, reply, lambda document: f"\n\n {json.dumps(document, ensure_ascii=False)}\r\n")


@variant("gzip", at="reply")
def gzip_(call: Call, reply: Reply) -> Reply:
    """Bodies come compressed to whoever takes gzip."""
    takes = "gzip" in (call.request.header("accept-encoding") or "")
    if not takes or not _api(call) or has(list(reply.headers), "Content-Encoding"):
        return reply
    headers = (*reply.headers, ("Content-Encoding", "gzip"), ("Vary", "Accept-Encoding"))
    return replace(reply, headers=headers, body=gzip.compress(reply.body, mtime=0))


@variant("charset", at="headers")
def charset(_: Call, headers: HeaderList) -> HeaderList:
    """Content-Type has a parameter."""
    return header(headers, "Content-Type", 'Application/JSON; charset="utf-8"')


@variant("problem-json", at="headers")
def problem_json(call: Call, headers: HeaderList) -> HeaderList:
    """Errors are of the type application/problem+json."""
    refused = call.record is None
    return header(headers, "Content-Type", "application/problem+json") if refused else headers


# ---- headers


@variant("names-in-lower-case", at="headers")
def names_in_lower_case(_: Call, headers: HeaderList) -> HeaderList:
    """Header names come in lower case."""
    return [(name.lower(), value) for name, value in headers]


@variant("names-in-capitals", at="headers")
def names_in_capitals(_: Call, headers: HeaderList) -> HeaderList:
    """Header names come in capitals, in another order."""
    return [(name.upper(), value) for name, value in reversed(headers)]


@variant("headers-beside", at="headers")
def headers_beside(_: Call, headers: HeaderList) -> HeaderList:
    """There are further headers: a request id, limits, security policies."""
    return [
        ("X-Request-Id", "req_01"),
        ("Strict-Transport-Security", "max-age=31536000"),
        ("X-RateLimit-Remaining", "57"),
        *headers,
        ("Content-Language", "en"),
    ]


@variant("connection-close", at="headers")
def connection_close(_: Call, headers: HeaderList) -> HeaderList:
    """Every connection is closed after its answer."""
    return [*headers, ("Connection", "close")]


@variant("no-location", at="headers")
def no_location(_: Call, headers: HeaderList) -> HeaderList:
    """A creation names its resource in the body only."""
    return header(headers, "Location", None)


@variant("no-challenge", at="headers")
def no_challenge(_: Call, headers: HeaderList) -> HeaderList:
    """401 comes without WWW-Authenticate."""
    return header(headers, "WWW-Authenticate", None)


@variant("no-server-timing", at="headers")
def no_server_timing(_: Call, headers: HeaderList) -> HeaderList:
    """Nothing tells how long the answer was held."""
    return header(headers, "Server-Timing", None)


@variant("cache-control-reordered", at="headers")
def cache_control_reordered(_: Call, headers: HeaderList) -> HeaderList:
    """Directives come in another order, in capitals, without a space, and with further ones."""
    if not has(headers, "Cache-Control", "max-age"):
        return headers
    return header(headers, "Cache-Control", "Max-Age=60,PRIVATE,must-revalidate")


@variant("cache-control-in-two", at="headers")
def cache_control_in_two(_: Call, headers: HeaderList) -> HeaderList:
    """Directives come in two header lines."""
    if not has(headers, "Cache-Control", "max-age=60"):
        return headers
    return [*header(headers, "Cache-Control", "private"), ("Cache-Control", "max-age=60")]


@variant("no-store-and-more", at="headers")
def no_store_and_more(_: Call, headers: HeaderList) -> HeaderList:
    """What must not be stored says so in three ways."""
    if not has(headers, "Cache-Control", "no-store"):
        return headers
    return header(headers, "Cache-Control", "no-cache, no-store,max-age=0, must-revalidate")


@variant("entity-tags", at="headers")
def entity_tags(call: Call, headers: HeaderList) -> HeaderList:
    """Final answers have an ETag and an Age."""
    final = call.record is not None and has(headers, "Cache-Control", "max-age=60")
    return [*headers, ("ETag", f'W/"{call.job.id}"'), ("Age", "0")] if final else headers


@variant("retry-after-date", at="headers")
def retry_after_date(call: Call, headers: HeaderList) -> HeaderList:
    """Retry-After is an HTTP date."""
    given = next((v for k, v in headers if k.lower() == "retry-after" and v.isdecimal()), None)
    if given is None:
        return headers
    # Answers are held: the date counts from when this one leaves. Dates have no fractions: the next second.
    leaves = call.now + (call.wait_s or 0) if call.record else call.now
    return header(
        headers, "Retry-After", formatdate(int(call.state.epoch + leaves + int(given)) + 1, usegmt=True)
    )


@variant("retry-after-zero", at="headers")
def retry_after_zero(call: Call, headers: HeaderList) -> HeaderList:
    """A poller may come again at once: Retry-After is 0."""
    return header(headers, "Retry-After", "0") if call.record is not None else headers


@variant("retry-after-long", at="headers")
def retry_after_long(call: Call, headers: HeaderList) -> HeaderList:
    """A poller is asked to come again after half a minute."""
    return header(headers, "Retry-After", "30") if call.record is not None else headers


@variant("retry-after-four-minutes", at="headers")
def retry_after_four_minutes(call: Call, headers: HeaderList) -> HeaderList:
    """A poller of a clip is asked to come again after four minutes, and served if it does not."""
    pending = call.record is not None and has(headers, "Retry-After")
    return header(headers, "Retry-After", "240") if pending and video(call) else headers


@variant("cacheable-but-for-cookies", at="headers")
def cacheable_but_for_cookies(call: Call, headers: HeaderList) -> HeaderList:
    """A final answer may be kept but for its cookies, varies with the key, and is nearly a minute old."""
    if call.record is None or not has(headers, "Cache-Control", "max-age=60"):
        return headers
    kept = header(headers, "Cache-Control", 'private, max-age=60, no-cache="Set-Cookie"')
    return [*header(kept, "Age", None), ("Vary", "Authorization, Accept-Encoding"), ("Age", "59")]


@variant("retry-after-on-everything", at="headers")
def retry_after_on_everything(_: Call, headers: HeaderList) -> HeaderList:
    """Retry-After is on every answer, refusals and final ones too."""
    return headers if has(headers, "Retry-After") else [*headers, ("Retry-After", "1")]


# The variants of this module: to be tried where there is HTTP.
NAMES = frozenset(each.name for each in list(globals().values()) if isinstance(each, Fault))
