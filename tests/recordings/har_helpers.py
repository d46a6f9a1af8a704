"""HAR entries as browsers write them, and the audit of a few."""

import gzip
import json
from pathlib import Path
from typing import Any

from generations_contract import audit
from generations_contract.recordings.files import read


def entry(
    method: str = "GET",
    url: str = "https://gw.example/v1/generations/gen_1",
    *,
    at_s: float = 0.0,
    took_s: float = 0.01,
    status: int = 200,
    body: Any = None,
    sent: Any = None,
    key: str | None = "k-00000000",
    **other: Any,
) -> dict[str, Any]:
    """An entry as a browser writes one; times in seconds after noon."""
    text = body if isinstance(body, str) or body is None else json.dumps(body)
    headers = [] if key is None else [{"name": "authorization", "value": f"Bearer {key}"}]
    request: dict[str, Any] = {
        "method": method,
        "url": url,
        "headers": [*headers, {"name": ":path", "value": "/"}],
    }
    if sent is not None:
        request["headers"].append({"name": "content-type", "value": "application/json"})
        request["postData"] = {"mimeType": "application/json", "text": json.dumps(sent)}
    answer_headers = [
        {"name": "content-type", "value": "application/json"},
        {"name": "cache-control", "value": "private, max-age=60"},
    ]
    return {
        "startedDateTime": f"2026-04-18T12:{int(at_s // 60):02d}:{at_s % 60:06.3f}Z",
        "time": took_s * 1000,
        "request": request,
        "response": {
            "status": status,
            "headers": answer_headers,
            "content": {"size": len(text or ""), "text": text},
        },
        **other,
    }


def done(generation_id: str = "gen_1", **changes: Any) -> dict[str, Any]:
    """A completed generation."""
    media = [
        {
            "type": "image",
            "url": "https://cdn.example/a.png?sig=00112233445566778899aabbccdd",
            "format": "png",
        }
    ]
    return {
        "id": generation_id,
        "object": "generation",
        "status": "completed",
        "model": "flux-1.1-pro",
        "created_at": "2026-04-18T12:00:00Z",
        "completed_at": "2026-04-18T12:00:00Z",
        "output": {"media": media},
        "usage": {"cost_usd": 0.04},
        **changes,
    }


CREATE = {"model": "flux-1.1-pro", "input": {"prompt": "a lake"}, "wait": 0}


def created() -> dict[str, Any]:
    """A generation that has just been accepted."""
    nothing: dict[str, Any] = dict.fromkeys(("completed_at", "output", "usage"))
    return done(status="queued", **nothing)


def har(tmp_path: Path, *entries: dict[str, Any]) -> Path:
    """A HAR file of these entries."""
    path = tmp_path / "browser.har"
    path.write_text(json.dumps({"log": {"version": "1.2", "entries": list(entries)}}), encoding="utf-8")
    return path


def audited(tmp_path: Path, *entries: dict[str, Any]) -> audit.Audit:
    """The audit of these entries."""
    return audit.audit(read(har(tmp_path, *entries)))


def broken(made: audit.Audit) -> set[str]:
    """The clauses that an audit found broken."""
    return {verdict.clause.id for verdict in made.ledger.failing}


def packed(raw: bytes) -> bytes:
    """The same bytes every time: they stand in the names of tests."""
    return gzip.compress(raw, mtime=0)
