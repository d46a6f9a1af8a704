"""Lies about when it was: a default that nobody filled in, a clock that is slow. Section `response`."""

from datetime import datetime, timedelta

from generations_contract.gateway.call import Call
from generations_contract.gateway.hooks import fault
from generations_contract.gateway.tampers.call_facts import Document, video

TIMES = "response.timestamps"


@fault("response-created-in-1970", breaks={TIMES}, at="resource")
def created_in_1970(call: Call, document: Document) -> Document:
    """`created_at` of several pictures is the column's default: the beginning of 1970."""
    return {**document, "created_at": "1970-01-01T00:00:00Z"} if len(call.job.assets) > 1 else document


@fault("response-clips-an-hour-behind", breaks={TIMES}, at="resource")
def clips_an_hour_behind(call: Call, document: Document) -> Document:
    """The workers of clips keep local time and call it UTC: both moments are an hour early."""
    if not video(call):
        return document
    names = [name for name in ("created_at", "completed_at") if document[name]]
    return {**document, **{name: _earlier(document[name]) for name in names}}


def _earlier(text: str) -> str:
    return (datetime.fromisoformat(text) - timedelta(hours=1)).isoformat()
