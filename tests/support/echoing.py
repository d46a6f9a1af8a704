"""`python -m tests.support.echoing`: serves a gateway that gives away the caller's key in every place it has.

Plain, percent-encoded and in base64 (at each alignment); in bodies, in headers, in media URLs, in error pages
and in what is no HTTP at all. For `test_secrets` only.
"""

import base64
import re
import socket
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from generations_contract.gateway import Call, Gateway, default_catalogue
from generations_contract.gateway.call import Reply
from generations_contract.gateway.catalogue import Catalogue, parse
from generations_contract.gateway.doors.asgi import App
from generations_contract.gateway.doors.profile import profile_toml
from generations_contract.gateway.doors.server import Server
from generations_contract.gateway.hooks import Fault

MARKED = "ze_MARKED-0f3k9q_Zx7vT2wLr8Yb"
OTHER = "ze_MARKED-other_5hJc1dQs6NmGp4Ue"


def spellings(key: str) -> Iterator[str]:
    """A key as backends write it down: as it is, for a URL, for JSON, inside base64 at each alignment."""
    yield key
    yield "".join(f"%{byte:02X}" for byte in key.encode())
    yield "".join(f"%{byte:02x}" for byte in key.encode())
    for before in ("", ":", "me:"):
        yield base64.b64encode(f"{before}{key}:".encode()).decode()
        yield base64.urlsafe_b64encode(f"{before}{key}".encode()).decode()


def _shown(call: Call) -> str:
    return " ".join(spellings(re.sub(r"^\w+ ", "", call.request.header("authorization") or "") or MARKED))


def _resource(call: Call, document: dict[str, Any]) -> dict[str, Any]:
    for media in (document.get("output") or {}).get("media", ()):
        media["url"] += f"&key={MARKED}&owner={base64.b64encode(MARKED.encode()).decode()}"
    return {**document, "debug": {"caller": _shown(call), "authorization": f"Bearer {MARKED}"}}


def _problem_body(call: Call, value: tuple[int, dict[str, Any]]) -> tuple[int, dict[str, Any]]:
    status, document = value
    error = {**document["error"], "message": f"{document['error']['message']} Your key: {_shown(call)}"}
    return status, {"error": error, _shown(call): _shown(call)}


def _headers(call: Call, headers: list[tuple[str, str]]) -> list[tuple[str, str]]:
    return [
        *headers,
        ("X-Caller", _shown(call)),
        ("Set-Cookie", f"session={MARKED}; Path=/"),
        (MARKED, "name"),
    ]


def _reply(call: Call, reply: Reply) -> Reply:
    """Now and then a page in place of the document: a stack trace, with the key."""
    page = f"<html>Traceback in /srv/app.py: KeyError({_shown(call)!r})</html>".encode()
    return replace(reply, status=500, body=page) if call.nth_get % 7 == 3 else reply


def catalogue() -> Catalogue:
    """The packaged catalogue with marked keys, and models that are quick."""
    tables = default_catalogue().model_dump()
    tables["accounts"]["main"]["key"], tables["accounts"]["other"]["key"] = MARKED, OTHER
    return parse(tables)


def main() -> None:
    """Serve until terminated; the profile goes to the file that is named."""
    listener = socket.create_server(("127.0.0.1", 0))
    address = f"http://127.0.0.1:{listener.getsockname()[1]}"
    hooks = {
        "resource": (_resource,),
        "problem_body": (_problem_body,),
        "headers": (_headers,),
        "reply": (_reply,),
    }
    echo = Fault("echo", "Tells everybody everything.", frozenset({"auth.key-never-echoed"}), hooks)
    offered = catalogue()
    gateway = Gateway(offered, origin=address, epoch=time.time() - time.monotonic(), tampers=[echo])
    Path(sys.argv[1]).write_text(profile_toml(offered, address), encoding="utf-8")
    Server(App(gateway), lambda: print("listening", flush=True)).run([listener])


if __name__ == "__main__":
    main()
