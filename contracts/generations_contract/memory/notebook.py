"""A run's notebook: what it sees of the generations that it makes, as the next run will remember them.

Bodies are redacted when they get here; what is taken down of them is ids, models, states, moments, costs and what
media entries say of themselves, their URLs without query.
"""

import hashlib
from collections.abc import Mapping
from threading import Lock
from typing import Any, Final, TypeVar
from urllib.parse import urlsplit

from pydantic import ValidationError

from generations_contract.clauses.facts.assets import OPAQUE, address
from generations_contract.clauses.facts.resources import MEDIA_FIELDS, cost_usd
from generations_contract.exchange.exchange import Exchange
from generations_contract.exchange.signed_urls import expires_unix
from generations_contract.memory.form import Entry, Generation

T = TypeVar("T")
# What stands for an address that a URL does not tell.
_NOWHERE: Final = "https://opaque.invalid/"
_KINDS: Final = dict(zip(MEDIA_FIELDS, (str, str, int, int, int | float), strict=True))


def mark_of(key: str) -> str:
    """A mark of an API key: another key has another one, most likely, and nobody finds the key by it."""
    return hashlib.blake2b(key.encode(), digest_size=3, person=b"key-mark").hexdigest()


class Notebook:
    """What is seen of the generations of one run. Thread-safe."""

    def __init__(self, keys: Mapping[str, str]) -> None:
        self._marks = {account: mark_of(key) for account, key in keys.items()}
        self._lock = Lock()
        self._created: dict[str, Exchange] = {}
        self._seen: dict[str, Exchange] = {}
        self._first: Exchange | None = None

    def see(self, exchange: Exchange) -> None:
        """Take an exchange down, where it shows a generation of this run to its owner."""
        if exchange.response is None or exchange.answered_unix <= 0:
            return
        with self._lock:
            self._first = self._first or exchange
            name = exchange.generation_id
            if name is None or exchange.state is None or not exchange.authenticated:
                return
            if exchange.kind == "create":
                self._created.setdefault(name, exchange)
            created, before = self._created.get(name), self._seen.get(name)
            ours = created is not None and created.account == exchange.account
            if ours and (before is None or not before.terminal):
                self._seen[name] = exchange

    @property
    def first(self) -> Exchange | None:
        """The first exchange that was answered: it tells how this run's clock and the calendar go together."""
        return self._first

    def created(self, generation_id: str) -> bool:
        """Whether this run has made a generation of that id."""
        return generation_id in self._created

    def generations(self) -> list[Generation]:
        """All that was seen; what does not fit the file's form is left out."""
        with self._lock:
            pairs = [(self._created[name], seen) for name, seen in self._seen.items()]
        return [found for created, seen in pairs if (found := self._generation(created, seen)) is not None]

    def _generation(self, created: Exchange, seen: Exchange) -> Generation | None:
        resource = seen.resource or {}
        try:
            return Generation.model_validate(
                {
                    "id": seen.generation_id,
                    "account": created.account,
                    "key": self._marks.get(created.account, ""),
                    "created_unix": created.answered_unix,
                    "seen_unix": seen.answered_unix,
                    "asked_model": created.model,
                    "model": _text(resource.get("model")),
                    "status": seen.state,
                    "created_at": _text(resource.get("created_at")),
                    "completed_at": _text(resource.get("completed_at")),
                    "cost_usd": cost_usd(seen),
                    "code": seen.code,
                    "media": [_entry(each, seen) for each in seen.media],
                }
            )
        except ValidationError:
            return None


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None


def _entry(listed: Mapping[str, Any], seen: Exchange) -> Entry:
    told = {
        name: value
        for name, kind in _KINDS.items()
        if isinstance(value := listed.get(name), kind) and not isinstance(value, bool)
    }
    return Entry.model_validate(told | _place(listed, seen))


def _place(listed: Mapping[str, Any], seen: Exchange) -> dict[str, Any]:
    """What is kept of an entry's URL: what it addresses, whether it was signed, what it claimed."""
    url, where = listed.get("url"), address(listed, seen)
    if not isinstance(url, str):
        return {}
    if where == OPAQUE:
        return {"url": _NOWHERE}
    parts = urlsplit(url)
    signed = bool(parts.query)
    place = f"{parts.scheme}://{parts.hostname}" + (where if signed else f"/{where}")
    return {"url": place, "signed": signed, "expires_unix": expires_unix(url)}
