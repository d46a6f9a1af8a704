"""Exchanges as JSON, both ways, and as a curl line: what reports, audits and workers pass on.

An exchange is redacted before it gets here; nothing is hidden or revealed in this module. Bodies that are no
UTF-8 text travel as base64.
"""

import base64
import re
import shlex
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any, Final, get_args

from generations_contract.api.terms import Terms
from generations_contract.exchange.credentials import BEARER, is_in_shell
from generations_contract.exchange.exchange import (
    Asset,
    Exchange,
    Failure,
    FailureKind,
    Headers,
    Kind,
    Request,
    Response,
)
from generations_contract.forms.text import printable

# Members of a recorded exchange that HAR has no place for.
EXTRAS: Final = ("kind", "account", "credential", "intent", "asset", "echoed", "failure", "sent_at", "world")
KINDS = get_args(Kind)
FAILURE_KINDS = get_args(FailureKind)


def to_dict(exchange: Exchange) -> dict[str, Any]:
    """The exchange as JSON types; members that say nothing are left out."""
    request, response = exchange.request, exchange.response
    document: dict[str, Any] = {
        "kind": exchange.kind,
        "account": exchange.account,
        "credential": exchange.credential,
        "sent_at": round(exchange.sent_at, 6),
        "answered_at": round(exchange.answered_at, 6),
        "answered_unix": round(exchange.answered_unix, 6),
        "request": {
            "method": request.method,
            "url": request.url,
            "headers": [list(field) for field in request.headers],
            **_body(request.body),
        },
    }
    if response is not None:
        headers = [list(field) for field in response.headers]
        document["response"] = {"status": response.status, "headers": headers, **_body(response.body)}
    if exchange.failure is not None:
        document["failure"] = asdict(exchange.failure)
    if exchange.asset is not None:
        document["asset"] = {"generation_id": exchange.asset.generation_id, "index": exchange.asset.index,
                             "entry": dict(exchange.asset.entry)}  # fmt: skip
    return document | {key: value for key, value in _extras(exchange).items() if value}


def from_dict(document: Mapping[str, Any], terms: Terms | None = None) -> Exchange:
    """The exchange that `to_dict` wrote. Raises `KeyError`, `TypeError` or `ValueError` for anything else."""
    request, asset = _fields(document["request"]), document.get("asset")
    response, failure = document.get("response"), document.get("failure")
    path, _, query = _path(request["url"]).partition("?")
    return Exchange(
        kind=_one_of(KINDS, document["kind"]),
        request=Request(
            _text(request["method"]),
            request["url"],
            path,
            query,
            _headers(request["headers"]),
            _bytes(request),
        ),
        sent_at=_seconds(document["sent_at"]),
        answered_at=_seconds(document["answered_at"]),
        response=None if response is None else _response(_fields(response)),
        failure=None if failure is None else _failure(_fields(failure)),
        account=_text(document.get("account", "main")),
        credential=_text(document.get("credential", BEARER)),
        intent=_text(document.get("intent", "")),
        asset=None if asset is None else _asset(_fields(asset)),
        answered_unix=_seconds(document.get("answered_unix", 0)),
        echoed=tuple(map(_text, document.get("echoed", ()))),
        terms=terms or Terms(),
    )


_NAME: Final = re.compile(r"[\w-]+", re.ASCII)
_VARIABLE: Final = re.compile(r"\$\w+", re.ASCII)
# A piece of a few words, repeated: how long prompts are made. Atomic: no text takes quadratic time.
_RUN: Final = re.compile(rb"(.{1,120}?)\1{20,}", re.DOTALL)


def curl(exchange: Exchange, longest: int = 2000) -> str:
    """A curl line that repeats the request, the key as a shell variable; long bodies are cut and say so.

    Of the rest nothing is taken for more than itself, by no shell (`$(…)`) and not by curl (`[1-9]`, `@file`).
    """
    request = exchange.request
    parts = ["curl", "-sS", "-i", "-X", shlex.quote(request.method), shlex.quote(request.url)]
    if set(request.url) & set("[]{}"):
        parts.insert(1, "--globoff")
    for name, value in request.headers:
        parts += ["-H", _field(name, value)]
    if not request.body:
        return " ".join(parts)
    text = request.body.decode("utf-8", "replace")
    if text.encode() == request.body and len(text) <= longest and printable(text, None) == text:
        option = "--data-raw" if text.startswith("@") else "--data-binary"
        return " ".join([*parts, option, shlex.quote(text)])
    if written := _printf(request.body, longest):
        return f"{written} | {' '.join(parts)} --data-binary @-"
    return " ".join(
        [*parts, "--data-raw", shlex.quote(f"{text[:longest]}…({len(text) - longest} more characters)")]
    )


def _field(name: str, value: str) -> str:
    """A header as a word of the shell, which puts the key in where the recording has a variable for it."""
    field = f"{name}: {value}"
    shown = is_in_shell(value) if name.lower() == "authorization" else _VARIABLE.fullmatch(value)
    if "$" in value and shown and _NAME.fullmatch(name):
        return f'"{field}"'
    return f"'{field}'" if "'" not in field else shlex.quote(field)


def _printf(body: bytes, longest: int) -> str:
    """Commands that write the very bytes, a long run of one piece by repetition; "" where that gets too long."""
    head, piece, count, tail = tiles(body)
    commands = [_octal(head), f"{_octal(piece)[:-1]}%.0s' $(seq {count})" if count else "", _octal(tail)]
    told = "; ".join(filter(None, commands))
    return f"{{ {told}; }}" if len(told) <= longest else ""


def _octal(piece: bytes) -> str:
    """`printf` of a piece, what is neither text nor printable in octal; "" for nothing."""
    text = piece.decode("utf-8", "surrogateescape").replace("\\", "\\\\").replace("%", "%%")
    escaped = "".join(
        each if each != "'" and printable(each, None) == each else _bytes_in_octal(each) for each in text
    )
    if escaped.startswith("-"):  # would begin an option
        escaped = _bytes_in_octal("-") + escaped[1:]
    return f"printf '{escaped}'" if piece else ""


def _bytes_in_octal(character: str) -> str:
    return "".join(f"\\{byte:03o}" for byte in character.encode("utf-8", "surrogateescape"))


def tiles(body: bytes) -> tuple[bytes, bytes, int, bytes]:
    """A body as head, piece, count, tail: the piece stands so often in between; count 0 where nothing recurs."""
    if found := _RUN.search(body):
        piece, count = found[1], len(found[0]) // len(found[1])
        return body[: found.start()], piece, count, body[found.end() :]
    return body, b"", 0, b""


def _response(document: Mapping[str, Any]) -> Response:
    return Response(int(document["status"]), _headers(document["headers"]), _bytes(document))


def _failure(document: Mapping[str, Any]) -> Failure:
    return Failure(_one_of(FAILURE_KINDS, document["kind"]), _text(document["detail"]))


def _asset(document: Mapping[str, Any]) -> Asset:
    return Asset(_text(document["generation_id"]), int(document["index"]), dict(_fields(document["entry"])))


def _seconds(value: Any) -> float:
    try:
        return float(value)
    except OverflowError:
        raise ValueError("a moment beyond all measure") from None


def _one_of(known: tuple[Any, ...], value: object) -> Any:
    if value not in known:
        raise ValueError(f"{value!r:.40} is none of {', '.join(known)}")
    return value


def _extras(exchange: Exchange) -> dict[str, Any]:
    return {"intent": exchange.intent, "echoed": list(exchange.echoed)}


def _body(body: bytes) -> dict[str, str]:
    try:
        return {"body": body.decode("utf-8")} if body else {}
    except UnicodeDecodeError:
        return {"body_base64": base64.b64encode(body).decode("ascii")}


def _bytes(message: Mapping[str, Any]) -> bytes:
    if "body_base64" in message:
        return base64.b64decode(message["body_base64"], validate=True)
    return _text(message.get("body", "")).encode("utf-8", "surrogatepass")


def _headers(fields: list[list[str]]) -> Headers:
    return Headers(tuple((_text(name), _text(value)) for name, value in fields))


def _path(url: str) -> str:
    return "/" + _text(url).split("://", 1)[-1].partition("/")[2].partition("#")[0]


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError(f"{value!r:.40} is no text")
    return value


def _fields(value: object) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        raise TypeError(f"{value!r:.40} is no object")
    return value
