"""Before a run: a target that cannot be used is told in one line that names what to change."""

import re
from pathlib import Path

import pytest

from generations_contract.api.target import Target
from generations_contract.api.usage import UsageError
from generations_contract.run.preflight import check_reachable
from tests.support import sockets
from tests.support.exchanges import ENVIRONMENT, KEY
from tests.support.stages import served

_NO_CONTENT = b"Content-Type: application/json\r\nContent-Length: 2\r\n\r\n{}"
UNUSABLE: dict[str, tuple[sockets.Misbehave, str]] = {
    "other protocol": (sockets.sending(b"SSH-2.0-OpenSSH_9.6\r\n\r\n"), "does not speak HTTP"),
    "hangs up": (sockets.sending(), "closes the connection without an answer"),
    "redirects": (
        sockets.sending(b"HTTP/1.1 302 Found\r\nLocation: /login\r\n" + _NO_CONTENT),
        "redirects (302 to /login)",
    ),
    "refuses the key": (
        sockets.sending(b"HTTP/1.1 401 No\r\n" + _NO_CONTENT),
        "refuses the API key in GATEWAY_API_KEY",
    ),
}


@pytest.mark.parametrize(("misbehave", "why"), UNUSABLE.values(), ids=UNUSABLE)
def test_unusable_target_is_told_in_one_line(misbehave: sockets.Misbehave, why: str) -> None:
    """The line names the address, what is wrong there, and what to check; never the key."""
    with sockets.listening(misbehave) as url, pytest.raises(UsageError) as caught:
        check_reachable(Target.at(url, ENVIRONMENT))
    message = str(caught.value)
    assert re.match(re.escape(url) + r" .*; check (\[target\] base_url|the key)$", message)
    assert why in message
    assert KEY not in message


@pytest.mark.parametrize(
    ("url", "why"), [("http://nothing.invalid", "does not resolve"), ("unused", "nothing listens there")]
)
def test_unreachable_target_is_told_in_one_line(url: str, why: str) -> None:
    """A wrong host and a wrong port are told apart."""
    with pytest.raises(UsageError, match=why):
        check_reachable(Target.at(sockets.unused() if url == "unused" else url, ENVIRONMENT))


def test_round_trip_is_measured(tmp_path: Path) -> None:
    """A target that answers gives the seconds of its quickest round trip."""
    with served(tmp_path) as target:
        assert 0 < check_reachable(target) < 5


@pytest.mark.parametrize("status", [b"404 Not Found", b"500 Oops"])
def test_any_answer_is_an_answer(status: bytes) -> None:
    """Whether the answer is a good one is for the clauses to say: only a refused key ends a run."""
    with sockets.listening(sockets.sending(b"HTTP/1.1 " + status + b"\r\n" + _NO_CONTENT)) as url:
        assert check_reachable(Target.at(url, ENVIRONMENT), rounds=1) > 0
