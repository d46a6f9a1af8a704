"""`generations_load.judging.repeats`: what is waved through is what the whole judge finds clean, poll by poll."""

from collections import Counter
from random import Random

import pytest

from generations_contract.api.terms import Terms
from generations_contract.exchange.exchange import Exchange, Headers, Request, Response
from generations_load.judging.load_judge import LoadJudge, all_clauses, choose

CHOICE = choose(all_clauses())
BODY = (
    '{{"id":"gen_1","object":"generation","status":"{state}","model":"runway-gen4",'
    '"created_at":"2026-04-18T12:00:00Z"{more}}}'
)
ENDED = ',"completed_at":"2026-04-18T12:00:09Z","usage":{"cost_usd":0}'
CREATE = b'{"model":"runway-gen4","input":{"prompt":"x"},"wait":0}'
TERMS = Terms(video_deadline_s=60.0)
PLAIN = (("Content-Type", "application/json"), ("Cache-Control", "no-store"))


def answer(state: str, fields: tuple[tuple[str, str], ...]) -> Response:
    """A resource in this state; moments and holds differ from answer to answer."""
    text = BODY.format(state=state, more=ENDED if state == "cancelled" else "")
    return Response(200, Headers((*PLAIN, *fields)), text.encode())


def created() -> Exchange:
    """The POST that began it, answered at second 0."""
    request = Request(
        "POST", "/v1/generations", "/v1/generations", "", Headers((PLAIN[0],)), CREATE
    )  # fmt: skip
    return Exchange("create", request, -0.01, 0.0, answer("queued", (("Retry-After", "1"),)), terms=TERMS)


def polls(seed: int) -> list[Exchange]:
    """A generation's story of 40 polls in which now and then something is amiss, or nearly."""
    random, now, found, wait = Random(seed), 0.1, [created()], "4"  # noqa: S311
    for number in range(40):
        state = random.choices(["running", "queued", "cancelled"], [60, 1, 1])[0]
        if random.random() < 0.1:
            wait = random.choice(["4", "0", "0.5", "", "0.04", "4e0", "auto"])
        window = float(wait) if wait not in ("", "auto") else 0.0
        off = random.choice([0.0, 0.0, 0.01, 0.3, -0.049, -0.049, 0.499, -0.051, 0.501, -window])
        query = f"wait={wait}" if wait else ""
        path = "/v1/generations/gen_1"
        fields = [("Retry-After", random.choices(["1", "2", "soon"], [60, 1, 1])[0])]
        fields += [("Date", f"{number}"), ("Server-Timing", f"hold;dur={number}")]
        if random.random() < 0.05:
            fields = fields[1:]
        begun = now - random.choices([0.0, 1.0], [20, 1])[0]  # some overlap with the one before
        ended = begun + max(0.0, window + off)
        request = Request("GET", f"{path}?{query}", path, query)
        response = None if random.random() < 0.02 else answer(state, tuple(fields))
        account = random.choices(["main", "other"], [40, 1])[0]
        found.append(Exchange("fetch", request, begun, ended, response, account=account, terms=TERMS))
        now = ended + random.choice([0.001, 0.3])
    return sorted(found, key=lambda each: each.answered_at)


@pytest.mark.parametrize("start", range(0, 200, 50))
def test_what_is_waved_through_is_clean_to_the_whole_judge(start: int) -> None:
    """Stories of near misses and breaches: the same breaches of the same polls, the same clauses exercised."""
    waved, broken = 0, Counter[str]()
    for seed in range(start, start + 50):
        quick, whole = LoadJudge(CHOICE), LoadJudge(CHOICE, short_cut=False)
        for one, other in zip(polls(seed), polls(seed), strict=True):
            quick.recall(one)
            known = quick._known.get("gen_1")
            mine = [(clause.id, breach.actual) for clause, breach in quick.breaches(one)]
            assert mine == [(clause.id, breach.actual) for clause, breach in whole.breaches(other)]
            waved += known is not None and quick._known.get("gen_1") is known and known.exchange is one
            broken.update(name for name, _ in mine)
        assert quick.exercised == whole.exercised
    assert waved > 150
    assert {"wait.never-late", "wait.never-early", "headers.retry-after", "lifecycle.forward-only"} <= set(
        broken
    )


def test_long_job_keeps_the_first_and_the_newest_answer_only() -> None:
    """A thousand equal answers take the room of two, beside the creation."""
    judge = LoadJudge(CHOICE)
    judge.breaches(created())
    for number in range(1_000):
        begun = 0.01 + number * 0.05
        request = Request("GET", "/v1/generations/gen_1?wait=0.04", "/v1/generations/gen_1", "wait=0.04")
        fields = (("Retry-After", "1"), ("Date", str(number)))
        exchange = Exchange("fetch", request, begun, begun + 0.04, answer("running", fields), terms=TERMS)
        judge.recall(exchange)
        assert judge.breaches(exchange) == []
    assert [len(history) for history in judge._history.values()] == [3]
    assert judge.exercised["wait.never-late"] == 1_001
