"""Heads of answers that came before: the same bytes need not be parsed again.

What a parser found out about a head is kept by its bytes. One field may differ from answer to answer, the
gateway's stamp of the hold, and is cut out first. Nothing is guessed here: a head is only known once llhttp
has read it, and an answer is only made of it where every byte of it came at once and the length is exact.
Whatever else, goes to the parser.
"""

from typing import Final

from generations_contract.exchange.exchange import Headers, Response

# Distinct heads kept: a head changes with its state, its length and, where there is a Date, every second.
_MOST: Final = 512
# Heads that do not come again (each has an id of its own) cost more than they save: so many answers' rest.
_REST: Final = 8_192
_WORTH: Final = 4
_STAMPS: Final = (b"\r\nServer-Timing: ", b"\r\nserver-timing: ")


class _Head:
    """A parsed head. `before` and `after`: the fields around the stamp; `headers`: all, where there is none."""

    __slots__ = ("after", "before", "headers", "length", "status")

    def __init__(self, response: Response, stamped_at: int | None) -> None:
        fields = response.headers.fields
        self.status, self.length = response.status, len(response.body)
        self.headers = response.headers if stamped_at is None else None
        self.before, self.after = fields[:stamped_at], fields[(stamped_at or 0) + 1 :]


class Heads:
    """What is known of heads, for all connections of a process."""

    def __init__(self) -> None:
        self._known: dict[bytes, _Head] = {}
        self._stamp, self._name = _STAMPS[0], "Server-Timing"
        self._hits = self._rest = 0

    def response(self, data: bytes) -> Response | None:
        """The answer that these bytes are, where that is certain; else `None`."""
        if self._rest:
            self._rest -= 1
            return None
        end = data.find(b"\r\n\r\n") + 4
        begin = data.find(self._stamp, 0, end)
        value = None
        if begin < 0:
            found = self._known.get(data[:end])
        else:
            begin += len(self._stamp)
            stop = data.find(b"\r\n", begin)
            found = self._known.get(data[:begin] + data[stop:end])
            value = data[begin:stop].decode("latin-1")
        if found is None or len(data) != end + found.length:
            return None
        if value is None:
            headers = found.headers
        elif value.isprintable() and value.isascii() and value == value.strip():
            headers = Headers((*found.before, (self._name, value), *found.after))
        else:
            headers = None
        if headers is None:
            return None
        self._hits += 1
        response = Response.__new__(Response)
        response.__dict__.update(status=found.status, headers=headers, body=data[end:])
        return response

    def learn(self, data: bytes, response: Response) -> None:
        """Keep the head of an answer that a parser has read from these bytes, if it is a plain one.

        The connection stays open after it.
        """
        end = data.find(b"\r\n\r\n") + 4
        names = [name.lower() for name, _ in response.headers.fields]
        if (
            self._rest
            or names.count("content-length") != 1
            or not {"transfer-encoding", "content-encoding"}.isdisjoint(names)
            or len(data) != end + len(response.body)
        ):
            return
        if len(self._known) >= _MOST:
            self._rest = 0 if self._hits > _WORTH * _MOST else _REST
            self._known.clear()
            self._hits = 0
        self._keep(data[:end], response, names.count("server-timing"))

    def _keep(self, head: bytes, response: Response, stamps: int) -> None:
        if not stamps:
            self._known[head] = _Head(response, None)
            return
        stamp = next((each for each in _STAMPS if each in head), None)
        if stamps > 1 or stamp is None:
            return
        self._stamp, self._name = stamp, stamp[2:-2].decode("ascii")
        begin = head.index(stamp) + len(stamp)
        at = [name for name, _ in response.headers.fields].index(self._name)
        self._known[head[:begin] + head[head.index(b"\r\n", begin) :]] = _Head(response, at)


HEADS: Final = Heads()
