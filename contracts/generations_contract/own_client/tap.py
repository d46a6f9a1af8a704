"""How an httpx client is listened to: each request, what came of it, and when, without a change to either.

Only public means are used: the client's `send`, its `event_hooks`, the request's `trace` extension and the stream of
the response. So redirects, retries, transports and mocks stay what they are. httpx2 goes on from httpx with the same
interface under another name: the client itself says which of both it is.

When a request left is told by the connection's own trace: before that it waited for a free connection of the
client's pool, or for its handshake. How long the reader of a stream let it lie is not the gateway's either.
"""

import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from types import ModuleType
from typing import Any, Final

from generations_contract.exchange.exchange import Failure
from generations_contract.own_client.tee import Read, tee_of

_LIBRARIES: Final = ("httpx", "httpx2")
# What the connection tells when the first byte goes out, over HTTP/1.1, HTTP/2, and whatever comes.
_ON_THE_WIRE: Final = "send_request_headers.started"
_NEVER_SENT: Final = (
    "PoolTimeout",
    "ConnectTimeout",
    "UnsupportedProtocol",
    "LocalProtocolError",
    "ProxyError",
)
_LOST: Final = ("NetworkError", "RemoteProtocolError")

Fields = tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Heard:
    """A request that has ended, secrets included; moments in seconds of `time.monotonic`.

    `body` and `answer` are `None` where they were not read to their end, `answer` is as it came over the wire.
    `idle_s`: how long the client itself let the answer lie while it was read. `queued`: it is not known when it left,
    because a transport of another make does not tell.
    """

    method: str
    url: str
    headers: Fields
    body: bytes | None
    sent_at: float
    answered_at: float
    status: int = 0
    answer_headers: Fields = ()
    answer: bytes | None = None
    failure: Failure | None = None
    idle_s: float = 0.0
    queued: bool = False


@dataclass
class _Call:
    """A request under way."""

    request: Any
    sent_at: float
    left: bool = False
    headed_at: float | None = None
    done: bool = False


class Tap:
    """Listens to a client until it is closed; raises `TypeError` for what is no httpx client. Thread-safe.

    Several may listen to one client, and leave in any order; hooks that are replaced meanwhile are joined again.
    """

    def __init__(self, client: Any, tell: Callable[[Heard], None], most_bytes: int) -> None:
        library, self._asynchronous = _library(client)
        self._client, self._tell, self._most = client, tell, most_bytes
        self._key = f"generations_contract.call.{id(self)}"
        self._open = True
        self._lost = tuple(getattr(library, name) for name in _LOST)
        self._unread, self._not_streamed = library.ResponseNotRead, library.RequestNotRead
        self._tee = tee_of(library)
        self._hooks = {"request": self._begin, "response": self._headed}
        if self._asynchronous:
            self._hooks = {"request": _later(self._begin), "response": _later(self._headed)}
        self._before = vars(client).get("send")
        self._inner = client.send
        self._send = self._send_later if self._asynchronous else self._send_now
        self._own_send = self._send
        vars(client)["send"] = self._own_send
        self._join()

    def close(self) -> None:
        """Leave the client as it was; where somebody else listens from without, only fall silent."""
        self._open = False
        if vars(self._client).get("send") == self._own_send:
            vars(self._client).pop("send")
            if self._before is not None:
                vars(self._client)["send"] = self._before
        for event, hook in self._hooks.items():
            hooks = self._client.event_hooks[event]
            hooks[:] = [each for each in hooks if each is not hook]

    def _join(self) -> None:
        """See that the hooks are there: whoever set `event_hooks` anew has dropped them."""
        for event, hook in self._hooks.items():
            hooks = self._client.event_hooks[event]
            if not any(each is hook for each in hooks):
                # Theirs may change the request, and may refuse the answer.
                hooks.insert(0 if event == "response" else len(hooks), hook)

    # -- one request --------------------------------------------------------------------------------------

    def _send_now(self, request: Any, **options: Any) -> Any:
        if not self._open:
            return self._inner(request, **options)
        self._join()
        calls = self._calls(request)
        try:
            return self._inner(request, **options)
        except BaseException as error:
            self._ended(calls, error)
            raise

    async def _send_later(self, request: Any, **options: Any) -> Any:
        if not self._open:
            return await self._inner(request, **options)
        self._join()
        calls = self._calls(request)
        try:
            return await self._inner(request, **options)
        except BaseException as error:
            self._ended(calls, error)
            raise

    def _calls(self, request: Any) -> list[_Call]:
        """Where the hooks note what goes out; requests that follow a redirect have the same extensions."""
        calls: list[_Call] = []
        request.extensions = {**request.extensions, self._key: calls}
        return calls

    def _begin(self, request: Any) -> None:
        calls = request.extensions.get(self._key)
        if not self._open or calls is None:
            return
        call = _Call(request, time.monotonic())
        calls.append(call)
        theirs = request.extensions.get("trace")
        theirs = getattr(theirs, "theirs", theirs) if getattr(theirs, "key", None) == self._key else theirs
        request.extensions = {
            **request.extensions,
            "trace": _traced(call, theirs, self._key, later=self._asynchronous),
        }

    def _headed(self, response: Any) -> None:
        """Head and stream of an answer; its body passes through the tee."""
        call = self._call_of(response.request)
        if call is None:
            return
        call.headed_at = time.monotonic()
        if any(value for name, value in response.extensions.items() if "from_cache" in name):
            call.done = True  # a cache in the client has answered, not the gateway
        try:
            # A mock may give a response whose body never passes through a stream.
            content = response.content
        except self._unread:
            response.stream = self._tee(
                response.stream, self._most, lambda read: self._answered(call, response, read)
            )
        else:
            self._answered(call, response, Read(content, whole=True))

    def _call_of(self, request: Any) -> _Call | None:
        calls = request.extensions.get(self._key) or []
        return next((each for each in reversed(calls) if each.request is request), None)

    def _answered(self, call: _Call, response: Any, read: Read) -> None:
        now = time.monotonic()
        body = read.raw if read.whole else None
        idle_s = max(0.0, now - (call.headed_at or now) - read.waited_s) if body is not None else 0.0
        fields = tuple((n.decode("latin-1"), v.decode("utf-8", "replace")) for n, v in response.headers.raw)
        self._over(call, now, status=response.status_code, answer_headers=fields, answer=body, idle_s=idle_s)

    def _ended(self, calls: list[_Call], error: BaseException) -> None:
        """Take in a request without an answer; the client's own time-out, or its cancelling, is its own doing."""
        kind = type(error).__name__
        # Of a request that never got a connection the gateway knows nothing.
        if calls and not calls[-1].done and calls[-1].headed_at is None and kind not in _NEVER_SENT:
            lost = isinstance(error, self._lost)
            self._over(calls[-1], time.monotonic(), failure=Failure("reset" if lost else "abandoned", kind))

    def _unseen(self, call: _Call) -> bool:
        """Whether the request may have waited where nobody tells: only the library's own transports do."""
        chosen = getattr(self._client, "_transport_for_url", None)
        if call.left or chosen is None:
            return False
        return type(chosen(call.request.url)).__module__.partition(".")[0] not in (*_LIBRARIES, "respx")

    def _over(self, call: _Call, now: float, **outcome: Any) -> None:
        if call.done or not self._open:
            return
        call.done = True
        request = call.request
        try:
            body = request.content
        except self._not_streamed:
            body = None
        fields = tuple((n.decode("latin-1"), v.decode("latin-1")) for n, v in request.headers.raw)
        heard = Heard(
            request.method, str(request.url), fields, body, call.sent_at, now, queued=self._unseen(call)
        )
        self._tell(replace(heard, **outcome))


def _library(client: Any) -> tuple[ModuleType, bool]:
    """(the library that a client is of, whether it is asynchronous)."""
    for name in _LIBRARIES:
        library = sys.modules.get(name)
        if library is not None and isinstance(client, library.Client | library.AsyncClient):
            return library, isinstance(client, library.AsyncClient)
    kind = client.__name__ if isinstance(client, ModuleType | type) else type(client).__name__
    raise TypeError(
        f"watch({kind}): takes an httpx.Client or httpx.AsyncClient; of a wrapper name the client inside"
    )


def _later(hook: Callable[[Any], None]) -> Callable[[Any], Any]:
    async def run(message: Any) -> None:
        hook(message)

    return run


def _traced(call: _Call, theirs: Any, key: str, *, later: bool) -> Any:
    """What the connection calls at each step: notes when the request left, and passes on to the client's own."""

    def note(name: str) -> None:
        if name.endswith(_ON_THE_WIRE):
            call.sent_at, call.left = time.monotonic(), True

    def now(name: str, info: Any) -> None:
        note(name)
        if theirs is not None:
            theirs(name, info)

    async def in_turn(name: str, info: Any) -> None:
        note(name)
        if theirs is not None:
            await theirs(name, info)

    traced: Any = in_turn if later else now
    traced.theirs, traced.key = theirs, key
    return traced
