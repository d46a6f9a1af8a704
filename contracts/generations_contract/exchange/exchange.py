"""One request and what came back, and when: the only thing that clauses ever look at.

An exchange is frozen and already redacted: keys and URL signatures never get in here. "No answer" is an
exchange too. The derived facts below are computed once, when first asked for, and never raise: a fact that
the wire does not support is `None`.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Literal

from generations_contract.api.terms import Terms
from generations_contract.api.vocabulary import (
    GET_WAIT_DEFAULT_S,
    STATUSES,
    TERMINAL,
    WAIT_AUTO,
    WAIT_MAX_S,
    WAIT_MIN_S,
    Modality,
)
from generations_contract.exchange import parsing
from generations_contract.exchange.credentials import BEARER
from generations_contract.exchange.ended import Ended
from generations_contract.exchange.fact import fact
from generations_contract.exchange.parsing import MALFORMED, Json

Kind = Literal["create", "fetch", "download", "other"]
FailureKind = Literal[
    "refused", "reset", "timeout", "garbage", "abandoned", "too-large", "tls", "dns", "unsafe", "unsent"
]

# Failures of the network. Silence is none of them: a gateway that never answers is late.
LOST: Final[frozenset[FailureKind]] = frozenset({"reset", "refused", "dns", "tls"})
# Levels of arrays and objects in an answer; the deepest that the document describes has five.
DEEPEST: Final = 100


class Headers:
    """Header fields in order; names compare without case."""

    __slots__ = ("_index", "fields")

    def __init__(self, fields: tuple[tuple[str, str], ...] = ()) -> None:
        self.fields = fields
        self._index: dict[str, str] | None = None

    def get(self, name: str) -> str | None:
        """The value of a field, several joined by a comma (RFC 9110, 5.3), else `None`."""
        return self._by_name().get(name.lower())

    def _by_name(self) -> dict[str, str]:
        """Made when first asked for: of most answers under load nobody asks."""
        index = self._index
        if index is None:
            index = {}
            for name, value in self.fields:
                key = name.lower()
                index[key] = f"{index[key]}, {value}" if key in index else value
            self._index = index
        return index

    def __iter__(self) -> Iterator[tuple[str, str]]:
        return iter(self.fields)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Headers) and self._by_name() == other._by_name()

    def __hash__(self) -> int:
        return hash(tuple(sorted(self._by_name().items())))

    def __repr__(self) -> str:
        return f"Headers({self._by_name()!r})"


@dataclass(frozen=True)
class Request:
    """A request as it was sent: raw path and query, body bytes; secrets replaced."""

    method: str
    url: str
    path: str
    query: str = ""
    headers: Headers = field(default_factory=Headers)
    body: bytes = b""


@dataclass(frozen=True)
class Response:
    """A whole answer: status, headers, decoded body bytes; secrets replaced."""

    status: int
    headers: Headers = field(default_factory=Headers)
    body: bytes = b""


@dataclass(frozen=True)
class Failure:
    """Why there is no answer.

    `abandoned`: the client itself hung up, on purpose. `unsafe`: what was named is nowhere to go to.
    `unsent`: the budget kept it back; only the script that wanted it ever sees this one.
    """

    kind: FailureKind
    detail: str = ""


@dataclass(frozen=True)
class Asset:
    """Which entry of which generation a download is about; `entry` is the media entry as it was listed."""

    generation_id: str
    index: int
    entry: Mapping[str, Any]


@dataclass(frozen=True)
class Exchange:
    """One request and its outcome; `sent_at` and `answered_at` in seconds on the driver's clock.

    `account` is a label of the profile's key ("main", "other", "exhausted", "limited"), `credential` how the
    key was shown (a name in `credentials.CREDENTIALS`), `intent` what the script meant where bytes cannot
    tell ("unknown-id"). `answered_unix` is the wall clock at the answer. `echoed` names the places of the
    answer in which a key was found (and redacted). Exactly one of `response` and `failure` is set; neither where a
    client `ended`.
    """

    kind: Kind
    request: Request
    sent_at: float
    answered_at: float
    response: Response | None = None
    failure: Failure | None = None
    account: str = "main"
    credential: str = BEARER
    intent: str = ""
    asset: Asset | None = None
    answered_unix: float = 0.0
    echoed: tuple[str, ...] = ()
    terms: Terms = field(default_factory=Terms)
    ended: Ended | None = None

    # -- what was sent ------------------------------------------------------------------------------------

    @property
    def elapsed_s(self) -> float:
        """Seconds from sending to the whole answer."""
        return self.answered_at - self.sent_at

    @property
    def authenticated(self) -> bool:
        """Whether a good key was shown in the documented way."""
        return self.credential == BEARER

    @fact
    def sent(self) -> Json:
        """The request body as strict JSON, else `MALFORMED`."""
        return parsing.json_document(self.request.body)

    @fact
    def sent_object(self) -> dict[str, Any] | None:
        """The request body where it is a JSON object."""
        return self.sent if isinstance(self.sent, dict) else None

    @fact
    def sent_input(self) -> dict[str, Any] | None:
        """The request's `input` where it is an object."""
        value = (self.sent_object or {}).get("input")
        return value if isinstance(value, dict) else None

    @fact
    def sent_wait(self) -> Any:
        """`wait` as sent: a JSON value on create; on fetch a number, or the raw text where it is none."""
        if self.kind == "create":
            return (self.sent_object or {}).get("wait", WAIT_AUTO)
        raw = parsing.query_value(self.request.query, "wait")
        if raw is None:
            return GET_WAIT_DEFAULT_S
        value = parsing.number(raw)
        return raw if value is None else value

    @fact
    def asked_window_s(self) -> float | None:
        """The wait window asked for, as a number in [0, 60]; `None` for "auto" and for a wrong one."""
        wait = self.sent_wait
        if isinstance(wait, bool) or not isinstance(wait, int | float):
            return None
        return wait if WAIT_MIN_S <= wait <= WAIT_MAX_S else None

    @property
    def longest_window_s(self) -> float | None:
        """The longest legal hold: the window, or 60 s for "auto"; `None` for a wrong `wait`."""
        if self.asked_window_s is not None:
            return self.asked_window_s
        return float(WAIT_MAX_S) if self.kind == "create" and self.sent_wait == WAIT_AUTO else None

    @fact
    def model(self) -> str | None:
        """The model that was asked for (create), or that the answer names (fetch)."""
        source = self.sent_object if self.kind == "create" else self.resource
        value = (source or {}).get("model")
        return value if isinstance(value, str) else None

    @property
    def modality(self) -> Modality | None:
        """The modality of `model`, where the profile or the document tells."""
        return self.terms.modality(self.model)

    # -- what came back -----------------------------------------------------------------------------------

    @property
    def status(self) -> int | None:
        """The HTTP status."""
        return self.response.status if self.response else None

    @property
    def ok(self) -> bool:
        """Whether the answer is a 2xx."""
        return self.response is not None and 200 <= self.response.status < 300

    def header(self, name: str) -> str | None:
        """A response header."""
        return self.response.headers.get(name) if self.response else None

    @property
    def retry_after_s(self) -> float | None:
        """Seconds that `Retry-After` asks to wait; `None` where there is none, or it is neither form."""
        return parsing.retry_after_s(self.header("retry-after"), self.server_unix)

    @property
    def server_unix(self) -> float:
        """The target's own time at the answer, by `Date`; this machine's where it does not tell."""
        told = parsing.http_date(self.header("date") or "")
        return self.answered_unix if told is None else told

    @fact
    def json(self) -> Json:
        """The response body as strict JSON, else `MALFORMED`."""
        return MALFORMED if self.response is None else parsing.json_document(self.response.body, DEEPEST)

    @fact
    def resource(self) -> dict[str, Any] | None:
        """The body of a 2xx answer of the two operations where it is a JSON object."""
        if self.kind not in ("create", "fetch") or not self.ok:
            return None
        return self.json if isinstance(self.json, dict) else None

    @fact
    def generation_id(self) -> str | None:
        """Which generation this is about: the path's id (fetch), the answer's (create), the asset's."""
        if self.kind == "fetch":
            return parsing.last_segment(self.request.path)
        if self.asset is not None:
            return self.asset.generation_id
        value = (self.resource or {}).get("id")
        return value if isinstance(value, str) else None

    @fact
    def state(self) -> str | None:
        """The documented lifecycle status that the answer shows."""
        value = (self.resource or {}).get("status")
        return value if isinstance(value, str) and value in STATUSES else None

    @fact
    def terminal(self) -> bool:
        """Whether the answer shows a terminal status."""
        return self.state in TERMINAL

    @fact
    def problem(self) -> dict[str, Any] | None:
        """The `error` member of a non-2xx answer where it has the documented envelope's form."""
        if self.response is None or self.ok or not isinstance(self.json, dict):
            return None
        value = self.json.get("error")
        return value if isinstance(value, dict) else None

    @fact
    def code(self) -> str | None:
        """`error.code`: of the envelope, or of the resource of a failed generation."""
        source = self.problem if self.resource is None else self.resource.get("error")
        value = source.get("code") if isinstance(source, dict) else None
        return value if isinstance(value, str) else None

    @fact
    def media(self) -> list[dict[str, Any]]:
        """The media entries that the answer lists; empty where there are none."""
        output = (self.resource or {}).get("output")
        entries = output.get("media") if isinstance(output, dict) else None
        return [entry for entry in entries if isinstance(entry, dict)] if isinstance(entries, list) else []

    def refused_with(self, code: str, status: int) -> bool:
        """Whether the answer is an error with this code and this HTTP status."""
        return self.status == status and self.code == code
