"""What is on the wire: a request as it came, and a refusal as it goes into the error envelope.

Values only: nothing here decides anything, touches a socket, or knows of accounts and generations. The
answer itself (`Reply`) stands in `call`, because it leads back to the call that it answers.
"""

from dataclasses import dataclass
from urllib.parse import parse_qsl, unquote

from generations_contract.gateway.codes import STATUS_OF_CODE, STATUS_OF_HTTP_CODE

Headers = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Request:
    """One request as on the wire: `target` is the raw path and query, header names are in any case."""

    method: str
    target: str
    headers: Headers = ()
    body: bytes = b""

    def header(self, name: str) -> str | None:
        """The one value of a header (`name` in lower case), or None when it is absent or given twice."""
        values = [value for key, value in self.headers if key.lower() == name]
        return values[0] if len(values) == 1 else None

    @property
    def path(self) -> str:
        """The path without its query, percent-decoded segment by segment (a `%2F` stays one)."""
        path = self.target.partition("?")[0]
        return path if "%" not in path else "/".join(map(_segment, path.split("/")))

    def query(self, name: str) -> list[str]:
        """Every value that the query gives for `name`, decoded; an empty one counts."""
        _, mark, query = self.target.partition("?")
        if not mark:
            return []
        pairs = parse_qsl(query, keep_blank_values=True, max_num_fields=None, errors="replace")
        return [value for key, value in pairs if key == name]


def _segment(raw: str) -> str:
    return unquote(raw, errors="replace").replace("/", "%2F")


@dataclass(frozen=True, slots=True)
class Problem:
    """A refusal: what goes into the error envelope, and the headers that only this refusal has."""

    code: str
    message: str
    param: str | None = None
    headers: Headers = ()

    @property
    def status(self) -> int:
        """The HTTP status of the code."""
        return STATUS_OF_CODE.get(self.code) or STATUS_OF_HTTP_CODE[self.code]

    def envelope(self) -> dict[str, object]:
        """`{"error": {"code", "message"[, "param"]}}`."""
        error = {"code": self.code, "message": self.message}
        return {"error": error if self.param is None else {**error, "param": self.param}}
