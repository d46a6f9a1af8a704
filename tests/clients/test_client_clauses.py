"""The clauses about clients, story by story: what breaks them, and what they leave in peace."""

import pytest

from generations_contract.exchange.credentials import KEY_IN_URL
from generations_contract.exchange.ended import HANGING, KILLED
from generations_contract.exchange.exchange import Exchange
from tests.clients.stories import BODY, HOME, RECORDED, broken, create, download, end, fetch

LOST = {"failed": "reset", "detail": "the connection was reset"}
GIVEN_UP = {"failed": "abandoned"}
DONE = create(0, 1, state="completed")
AUTO_DONE = (DONE, download(1.1, 1.2), end(1.3))

BROKEN: list[tuple[str, list[str], tuple[Exchange, ...]]] = [
    ("an unknown field", ["request-valid"], (create(0, 1, {**BODY, "stream": True}, status=400, code="invalid_input"),)),
    ("a window beyond the document's", ["request-valid"], (fetch(0, 1, "wait=90", status=400, code="invalid_input"),)),
    ("an unknown query", ["request-valid"], (fetch(0, 1, "wait=60&format=json"),)),
    ("400 swallowed", ["request-valid"], (create(0, 1, status=400, code="invalid_input"), end(2, assets=0))),
    ("no key", ["authorization"], (fetch(0, 1, credential="missing"),)),
    ("another scheme", ["authorization"], (fetch(0, 1, credential="bare"),)),
    ("the key to the media host", ["key-stays-home"], (DONE, download(1.1, 1.2, key="Authorization"))),
    ("the key in another header", ["key-stays-home"], (DONE, download(1.1, 1.2, key="X-Api-Key"))),
    ("the key in a URL", ["key-stays-home"], (fetch(0, 1, intent=KEY_IN_URL),)),
    ("given up at half its window", ["gives-window"], (fetch(0, 5, "wait=10", **GIVEN_UP),)),
    ("given up at its very end", ["gives-window"], (fetch(0, 10.1, "wait=10", **GIVEN_UP),)),
    ("a creation given up", ["gives-window"], (create(0, 10, **GIVEN_UP),)),
    ("429, and again at once", ["honours-retry-after"], (create(0, 1, status=429, retry_after="3"), create(1.5, 2))),
    ("429 to a long poll, and again at once", ["honours-retry-after"],
     (fetch(0, 1, status=429, retry_after="3"), fetch(1.5, 2))),
    ("a short poll before Retry-After", ["honours-retry-after"],
     (fetch(0, 1, "", retry_after="5"), fetch(3, 3.1, ""))),
    ("created again after a reset", ["no-duplicate-creation"], (create(0, 1, **LOST), create(2, 3))),
    ("created again after a time-out of its own", ["gives-window", "no-duplicate-creation"],
     (create(0, 10, **GIVEN_UP), create(11, 12))),
    ("created again after a proxy's page", ["no-duplicate-creation"], (create(0, 1, status=504, page=True), create(2, 3))),
    ("created again after 500", ["no-duplicate-creation"], (create(0, 1, status=500), create(2, 3))),
    ("created again after 502 of the provider", ["no-duplicate-creation"],
     (create(0, 1, status=502, code="provider_unavailable"), create(2, 3))),
    ("a cut poll is the end", ["resumes-after-cut"], (create(0, 1), fetch(1, 2, **LOST), end(3, 1, assets=0))),
    ("a page is the end", ["resumes-after-cut"],
     (create(0, 1), fetch(1, 2, status=502, page=True), end(3, 1, assets=0))),
    ("three times without a pause", ["resumes-after-cut"],
     (*(fetch(at, at + 0.001, status=500) for at in (0, 0.002, 0.004)), fetch(0.006, 1))),
    ("created again after a crash", ["resumes-after-crash"],
     (create(0, 1), fetch(1, 2, failed="timeout", detail=KILLED), end(2.1, None), create(3, 4, state="completed"),
      end(5, resumes="gen_1"))),
    ("nothing asked after a crash", ["resumes-after-crash"],
     (create(0, 1), fetch(1, 2, failed="timeout", detail=KILLED), end(2.1, None), end(5, 1, resumes="gen_1"))),
    ("still polling", ["outer-deadline"], (create(0, 1), fetch(1, 25), end(25.1, None, assets=0))),
    ("hanging", ["outer-deadline"],
     (create(0, 1), fetch(1, 90, failed="timeout", detail=HANGING), end(90.1, None, assets=0))),
    ("ended too late", ["outer-deadline"], (create(0, 1), fetch(1, 24), end(24.1, 1, assets=0))),
    ("polled after the end", ["stops-at-terminal"], (DONE, fetch(1.1, 1.2, state="completed"))),
    ("cancelled is no end to it", ["stops-at-terminal"], (create(0, 1, state="cancelled"), fetch(2, 3, state="cancelled"))),
    ("two fetches for one refused download", ["stops-at-terminal"],
     (DONE, download(1.1, 1.2, status=403), fetch(1.3, 1.4, state="completed"), fetch(1.5, 1.6, state="completed"))),
    ("failed, and exit code 0", ["reports-failure"], (create(0, 1, state="failed"), end(2, assets=0))),
    ("no credit, and exit code 0", ["reports-failure"], (create(0, 1, status=402), end(2, assets=0))),
    ("nothing saved, and exit code 0", ["reports-failure"], (DONE, end(2, assets=0))),
    ("a stack trace", ["reports-failure"], (create(0, 1, state="failed"), end(2, 1, assets=0, trace="KeyError: 'x'"))),
    ("a dead URL is the end", ["asset-in-time"], (DONE, download(1.1, 1.2, status=403), end(2, 1, assets=0))),
    ("the first asset only", ["asset-in-time"], (DONE, download(1.1, 1.2), end(2, assets=1))),
    ("short polls without a pause", ["polite-polling"], (fetch(0, 0.1, ""), fetch(0.3, 0.4, ""))),
    ("a cadence of its own", ["polite-polling"], tuple(fetch(at, at + 0.1, "") for at in (0, 2, 4, 6, 8))),
    ("402 repeated", ["retries-only-retryable"], (create(0, 1, status=402), create(2, 3, status=402))),
    ("404 repeated", ["retries-only-retryable"], (fetch(0, 1, status=404), fetch(2, 3, status=404))),
]  # fmt: skip

IN_PEACE: list[tuple[str, tuple[Exchange, ...]]] = [
    ("all at once", AUTO_DONE),
    ("a long poll at once, whatever Retry-After said", (create(0, 1, retry_after="5"), fetch(1, 2, retry_after="5"), fetch(2, 3))),
    ("a short poll after it", (create(0, 1, {**BODY, "wait": 0}, retry_after="1"), fetch(2, 2.1, ""))),
    ("429, and its pause", (create(0, 1, status=429, retry_after="3"), create(4, 5))),
    ("429 to a creation, and a poll", (create(0, 1, status=429, retry_after="3"), fetch(1.1, 2))),
    ("created again after 503", (create(0, 1, status=503, page=True), create(2, 3))),
    ("created again after nobody listened", (create(0, 1, failed="refused"), create(2, 3))),
    ("another prompt after a reset", (create(0, 1, **LOST), create(2, 3, {**BODY, "input": {"prompt": "other"}}))),
    ("a library repeats a poll by itself", (create(0, 1), fetch(1, 2, **LOST), fetch(2.0, 3, state="completed"),
                                            download(3.1, 3.2), end(4))),
    ("given up after one more try", (create(0, 1), fetch(1, 2, **LOST), fetch(3, 4, **LOST), end(5, 1, assets=0))),
    ("cut as the deadline comes", (create(0, 1), fetch(1, 19.5, **LOST), end(20, 1, assets=0))),
    ("a poll that the deadline ends", (create(0, 1), fetch(1, 19.5, **GIVEN_UP), end(20, 1, assets=0))),
    ("its window and a margin", (fetch(0, 15, "wait=10", **GIVEN_UP), fetch(16, 17))),
    ("given up early, and cleanly", (create(0, 1), end(2, 1, assets=0))),
    ("failed, and told", (create(0, 1, state="failed"), end(2, 2, assets=0))),
    ("one fetch for a refused download", (DONE, download(1.1, 1.2, status=403), fetch(1.3, 1.4, state="completed"),
                                          download(1.5, 1.6), end(2))),
    ("a fresh URL refused too", (DONE, download(1.1, 1.2, status=403), fetch(1.3, 1.4, status=401), end(2, 1, assets=0))),
    ("short polls a second apart", tuple(fetch(at, at + 0.1, "") for at in (0, 1, 2, 3))),
    ("the key to the API's own origin", (DONE, download(1.1, 1.2, host=HOME, key="Authorization"))),
    ("files of its own making", (DONE, download(1.1, 1.2), end(2, assets=0, unclear=True))),
    ("a recording: refused with a key", (fetch(0, 1, status=401, credential="unknown", terms=RECORDED),)),
    ("a recording: a page loaded again", (create(0, 1, state="completed", terms=RECORDED),
                                          fetch(5, 6, state="completed", terms=RECORDED))),
    ("a recording: given up", (fetch(0, 5, terms=RECORDED, **GIVEN_UP),)),
    ("a recording: a request that failed, and another", (create(0, 1, terms=RECORDED, **GIVEN_UP), create(2, 3, terms=RECORDED))),
    ("a recording: 402, and again after a while", (create(0, 1, status=402, terms=RECORDED), create(60, 61, terms=RECORDED))),
]  # fmt: skip


@pytest.mark.parametrize(("clauses", "story"), [row[1:] for row in BROKEN], ids=[row[0] for row in BROKEN])
def test_habit_breaks_exactly_its_clauses(clauses: list[str], story: tuple[Exchange, ...]) -> None:
    """A story breaks what follows from it, and nothing beside it."""
    assert broken(*story) == clauses


@pytest.mark.parametrize("story", [row[1] for row in IN_PEACE], ids=[row[0] for row in IN_PEACE])
def test_careful_client_is_left_in_peace(story: tuple[Exchange, ...]) -> None:
    """What the document allows, or leaves to a client, is no finding."""
    assert broken(*story) == []


@pytest.mark.parametrize(
    ("altered", "clause"), [("messages", "branches-on-code"), ("additions", "tolerates-additions")]
)
def test_twins_are_compared(altered: str, clause: str) -> None:
    """Success against failure, another number of creations, a stack trace; another code of failure is the same."""
    plain = end(1, 2, assets=0, pair="p", did=("created once",))
    for code, did, trace, found in [
        (2, ("created once",), "", []),
        (7, ("created once",), "", []),
        (0, ("created once",), "", [clause]),
        (2, ("created several times",), "", [clause]),
        (1, ("created once",), "KeyError: 'x'", [clause]),
    ]:
        other = end(2, code, assets=0, pair="p", altered=altered, did=did, trace=trace)
        assert broken(plain, other) == found
