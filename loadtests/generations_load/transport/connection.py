"""One connection to the target: sends a request's bytes, waits for the answer, knows whether it is still good.

Thousands of polls a second pass through here, so nothing is made per poll that is not needed: the socket's
read watcher stays started, the parser is llhttp's (httptools), borrowed only while an answer comes in, and
deadlines share one timer (`deadlines`). What a failure is called, and which connection is taken, is
`client`'s business.

A watcher that stays started also tells of a server that hangs up while the
connection is idle, so that no request is sent into it.
"""

import select
import socket
import ssl
from typing import Any, Final

from gevent import get_hub, getcurrent, monkey
from httptools import HttpParserCallbackError, HttpResponseParser

from generations_contract.exchange.exchange import Headers, Response
from generations_contract.wire.decoding import TooLargeError, decoded
from generations_load.transport.response_head import HEADS
from generations_load.transport.wire import MAX_BODY_BYTES

_CHUNK_BYTES: Final = 32 * 1024
# Status line and headers; and a whole answer with its framing.
_HEAD_BYTES: Final = 128 * 1024
_WHOLE_BYTES: Final = 4 * MAX_BODY_BYTES
_PEEK: Final = int(socket.MSG_PEEK | socket.MSG_DONTWAIT)
_POLL: Final = monkey.get_original("select", "poll")
_ENCODING: Final = "content-encoding"
_ENCODING_LENGTH: Final = len(_ENCODING)
# Header fields come again and again: one text of each is kept, up to so many.
_KEPT_FIELDS: Final = 4_096
# Not kept: their values hardly ever come again.
_FLEETING: Final = frozenset({b"date", b"Date", b"server-timing", b"Server-Timing"})


class Reader:
    """Makes a response of the bytes of one answer; used again for the next one, of any connection."""

    def __init__(self) -> None:
        self._parser: Any = HttpResponseParser(self)
        self._fresh()

    def _fresh(self) -> None:
        self._fields: list[tuple[str, str]] = []
        self._body: list[bytes] = []
        self._size = self._fed = 0
        self.status = 0
        self.begun = self.headed = self.whole = self.keep_alive = False

    def feed(self, data: bytes, *, head_only: bool = False) -> bool:
        """Take what came in (nothing: the connection ended); whether the answer is whole.

        Raises `httptools.HttpParserError` for what is no HTTP, `ConnectionResetError` for half an answer,
        `TooLargeError`.
        """
        if not data:
            self._ended()
            return True
        self._fed += len(data)
        if self._fed > (_WHOLE_BYTES if self.headed else _HEAD_BYTES):
            raise TooLargeError("the head, or what stands around the body, is too large")
        try:
            self._parser.feed_data(data)
        except HttpParserCallbackError as error:
            # What was raised in a callback is no fault of the answer: a Ctrl-C must not be lost as one.
            raise error.__context__ or error from None
        if self._size > MAX_BODY_BYTES:
            raise TooLargeError(f"body of more than {MAX_BODY_BYTES} bytes")
        if head_only and self.headed:
            self.whole, self.keep_alive = True, False
        return self.whole

    def response(self) -> Response:
        """The whole answer, its body decoded; raises `ValueError` where it cannot be."""
        body = self._body[0] if len(self._body) == 1 else b"".join(self._body)
        codings = [
            value
            for name, value in self._fields
            if len(name) == _ENCODING_LENGTH and name.lower() == _ENCODING
        ]
        if codings:
            body = decoded(body, ",".join(codings), MAX_BODY_BYTES)
        found = Response(self.status, Headers(tuple(self._fields)), body)
        self._fresh()
        return found

    def _ended(self) -> None:
        if not self.begun:
            raise ConnectionResetError("connection closed")
        if not self.headed:
            raise ConnectionResetError("connection closed before the end of the headers")
        names = {name.lower() for name, _ in self._fields}
        if names & {"content-length", "transfer-encoding"}:
            raise ConnectionResetError("the connection ended within the body")
        self.keep_alive = False

    # -- called by the parser -----------------------------------------------------------------------------

    def on_message_begin(self) -> None:
        """An answer begins; behind a whole one it is nobody's."""
        if self.whole:
            self.keep_alive = False
        self.begun = True

    def on_header(self, name: bytes, value: bytes) -> None:
        """A header field."""
        if self.whole:
            return
        field = (name, value)
        found = _FIELDS.get(field)
        if found is None:
            found = (name.decode("latin-1"), value.decode("latin-1"))
            if name not in _FLEETING:
                if len(_FIELDS) >= _KEPT_FIELDS:
                    _FIELDS.clear()
                _FIELDS[field] = found
        self._fields.append(found)

    def on_headers_complete(self) -> None:
        """The head is whole; what is interim (1xx) is forgotten when it is complete."""
        if not self.whole:
            self.status = self._parser.get_status_code()
            self.headed = self.status >= 200
            self.keep_alive = self._parser.should_keep_alive()

    def on_body(self, data: bytes) -> None:
        """A piece of the body."""
        if not self.whole:
            self._size += len(data)
            self._body.append(data)

    def on_message_complete(self) -> None:
        """An answer is whole, unless it was an interim one."""
        if self.headed:
            self.whole = True
        else:
            self._fields = []


_FIELDS: Final[dict[tuple[bytes, bytes], tuple[str, str]]] = {}
_READERS: Final[list[Reader]] = []


class Connection:
    """A plain connection; `sock` is gevent's, connected. `reusable`: whether the last answer left it so."""

    __slots__ = ("_hub", "_seen", "_sock", "_waiting", "reusable")

    def __init__(self, sock: Any) -> None:
        self._sock = sock
        self._hub = get_hub()
        self._waiting: Any = None
        self._seen = self.reusable = False
        self._listen()

    def send(self, data: bytes) -> None:
        """Send all of it."""
        try:
            sent = self._sock._sock.send(data)
        except BlockingIOError:
            sent = 0
        if sent < len(data):
            self._sock.sendall(data[sent:])

    def answer(self, method: str = "GET") -> Response:
        """Wait for the answer, and read it; raises what `Reader.feed` raises, and `OSError`."""
        self.reusable = False
        data = self._receive()
        if method != "HEAD":
            known = HEADS.response(data)
            if known is not None:
                self.reusable = True
                return known
        return self._read(data, head_only=method == "HEAD")

    def _read(self, first: bytes, *, head_only: bool) -> Response:
        """The answer that begins with these bytes, by the parser."""
        reader = _READERS.pop() if _READERS else Reader()
        whole = reader.feed(first, head_only=head_only)
        at_once = whole and not head_only
        while not whole:
            whole = reader.feed(self._receive(), head_only=head_only)
        self.reusable = reader.keep_alive
        response = reader.response()
        if self.reusable:
            _READERS.append(reader)
            if at_once:
                HEADS.learn(first, response)
        return response

    def alive(self) -> bool:
        """Whether it can be used once more: no hang-up, no stray bytes; any descriptor number."""
        if self._seen:
            return False
        try:
            self._sock._sock.recv(1, _PEEK)
        except BlockingIOError:
            return True
        except OSError:
            return False
        return False

    def close(self) -> None:
        """Let go of it; twice is as good as once."""
        watcher = self._sock._read_event
        if watcher is not None:
            watcher.stop()
        self._sock.close()

    def _listen(self) -> None:
        self._sock._read_event.start(self._readable)

    def _receive(self) -> bytes:
        if self._seen:  # while the request was still being sent
            self._seen = False
            self._listen()
        while True:
            self._waiting = getcurrent()
            try:
                self._hub.switch()
            finally:
                self._waiting = None
            try:
                data: bytes = self._sock._sock.recv(_CHUNK_BYTES)
            except BlockingIOError:
                continue
            return data

    def _readable(self) -> None:
        """The loop calls: bytes, or the end."""
        waiting = self._waiting
        if waiting is None:
            self._seen = True
            self._sock._read_event.stop()
        else:
            waiting.switch()


class TlsConnection(Connection):
    """A connection under TLS: gevent waits, because bytes on the wire need not be bytes of an answer."""

    __slots__ = ()

    def send(self, data: bytes) -> None:
        """Send all of it."""
        self._sock.sendall(data)

    def alive(self) -> bool:
        """Session tickets may lie unread in an idle connection: only a hang-up makes it dead."""
        if self._sock.fileno() < 0:
            return False
        poller = _POLL()
        poller.register(self._sock.fileno(), select.POLLRDHUP)
        return not poller.poll(0)

    def _listen(self) -> None:
        pass

    def _receive(self) -> bytes:
        data: bytes = self._sock.recv(_CHUNK_BYTES)
        return data


def connected(sock: Any) -> Connection:
    """A connection over a connected socket, which has no timeout of its own: `DEADLINES` has."""
    sock.settimeout(None)
    return TlsConnection(sock) if isinstance(sock, ssl.SSLSocket) else Connection(sock)
