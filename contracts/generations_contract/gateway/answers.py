"""A timeline at a moment, as the document's JSON and headers. Pure: the same job and moment, the same answer.

Nothing is decided here that a clock or another request could change.
"""

import json
from datetime import UTC, datetime
from typing import Any, Final

from generations_contract.api.vocabulary import COMPLETED, FAILED, OBJECT, TERMINAL_MAX_AGE_S
from generations_contract.gateway.codes import MESSAGES
from generations_contract.gateway.jobs import NON_TERMINAL, Job
from generations_contract.gateway.media import Signer, media_entry

# Less than this is the ordinary grain of an event loop.
_WORTH_TELLING_S: Final = 0.01
_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), check_circular=False).encode


def timestamp(unix_s: float) -> str:
    """ISO-8601 in UTC, to the millisecond, never later than the moment itself."""
    return datetime.fromtimestamp(unix_s, UTC).isoformat(timespec="milliseconds")[:-6] + "Z"


def resource(job: Job, moment: float, epoch: float, signer: Signer) -> dict[str, Any]:
    """The GenerationResponse as of `moment`; what is not there yet is null, as in the document's example."""
    status = job.status_at(moment)
    shown: dict[str, Any] = {
        "id": job.id,
        "object": OBJECT,
        "status": status,
        "model": job.model,
        "created_at": timestamp(epoch + job.created_at),
        "completed_at": None,
        "output": None,
        "usage": None,
        "error": None,
    }
    if status in NON_TERMINAL:
        return shown
    ended = epoch + job.ends_at
    shown["completed_at"] = timestamp(ended)
    shown["usage"] = {"cost_usd": job.cost_usd}
    if status == COMPLETED:
        urls = [signer.url(asset, ended, epoch + moment) for asset in job.assets]
        shown["output"] = {"media": [media_entry(a, u) for a, u in zip(job.assets, urls, strict=True)]}
    elif status == FAILED:
        code = job.error_code or "internal_error"
        shown["error"] = {"code": code, "message": MESSAGES[code]}
    return shown


def encode(document: Any) -> bytes:
    """Compact JSON in UTF-8."""
    return _encode(document).encode("utf-8", "replace")


def state_headers(status: str, retry_after_s: int) -> list[tuple[str, str]]:
    """Cache-Control, and Retry-After when there is more to come: the document's rules by state."""
    if status in NON_TERMINAL:
        return [("Cache-Control", "no-store"), ("Retry-After", str(retry_after_s))]
    return [("Cache-Control", f"private, max-age={TERMINAL_MAX_AGE_S}")]


def hold_header(hold_s: float, late_s: float = 0.0) -> tuple[str, str]:
    """How long the answer was held, in milliseconds. Adapters with a real clock put the true figure here.

    `late_s`: how much of that nobody planned, because the process did not get its core; told where it is much.
    """
    late = f", late;dur={late_s * 1000:.3f}" if late_s > _WORTH_TELLING_S else ""
    return "Server-Timing", f"hold;dur={hold_s * 1000:.3f}{late}"
