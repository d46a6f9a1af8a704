"""What clauses declare about times: `when`, `by` and facts never ask for one, a check only where it says so.

The judge remembers what words decide, so a clause that asks for a time without declaring it would be answered
with what was true at another moment. Each is asked here about exchanges that refuse to tell when they were.
"""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import fields
from functools import cache
from typing import Any, Final, NoReturn

import pytest
from hypothesis import HealthCheck, given, settings

from generations_contract.clauses import CLAUSES
from generations_contract.exchange.exchange import Exchange
from generations_contract.exchange.fact import fact
from generations_contract.gateway.tampers import FAULTS
from generations_contract.judging.clause import Clause, Earlier, alone, clause
from generations_contract.judging.judge import Judge
from generations_contract.own_client import embedded
from generations_contract.run.campaign import Campaign
from generations_contract.scripts.probe import Probe
from generations_contract.wire.stage import DirectStage
from tests.clauses.test_fuzz import exchanges
from tests.matrix import cases
from tests.support.exchanges import answered, resource

_FIELDS: Final = frozenset(each.name for each in fields(Exchange))
# Of the cases of a probe: they are many, and much alike.
CASES: Final = 12
ALONE: Final = {name: each for name, each in CLAUSES.items() if each.by is alone}


class TimeAskedError(BaseException):
    """An exchange was asked when it was. No `Exception`: no clause may take it for a fault of its own."""


class Timeless(Exchange):
    """The words of an exchange; when it was it does not tell."""

    def _refuse(self) -> NoReturn:
        raise TimeAskedError

    sent_at = answered_at = answered_unix = property(_refuse)

    @classmethod
    def of(cls, exchange: Exchange) -> "Timeless":
        """The words, and nothing that was derived from them so far."""
        words = object.__new__(cls)
        words.__dict__.update({name: value for name, value in exchange.__dict__.items() if name in _FIELDS})
        return words


def asks(question: Callable[[Exchange], object], words: Timeless) -> bool:
    """Whether a question cannot be answered without a time."""
    try:
        question(words)
    except TimeAskedError:
        return True
    return False


def judged(each: Clause) -> Callable[[Exchange], object]:
    """The check of a clause that looks at nothing else, to its last finding."""
    return lambda exchange: list(each.check(exchange, Earlier()))


def wrongs(exchange: Exchange, asked: set[str] | None = None) -> Iterator[str]:
    """What asks this exchange for a time and does not say so; `asked` takes in which checks do ask."""
    words = Timeless.of(exchange)
    for each in CLAUSES.values():
        if asks(each.by, words):
            yield f"{each.id}: its group asks for a time"
        if words.kind not in each.on:
            continue
        if asks(each.when, words):
            yield f"{each.id}: its `when` asks for a time"
        elif each.by is alone and each.when(words) and asks(judged(each), words):
            if asked is not None:
                asked.add(each.id)
            if each.by_words:
                yield f"{each.id}: its check asks for a time and declares neither `timed` nor `timing`"


@cache
def played() -> tuple[Exchange, ...]:
    """What the campaign hears of the honest gateway, and of some faults the probes that are about their clause."""
    broken = {min(each.breaks): name for name, each in FAULTS.items()}
    seen = heard("", lambda _: True)
    for clause_id, name in broken.items():
        if clause_id in ALONE:
            seen += heard(name, lambda probe: clause_id in probe.clauses)  # noqa: B023 - asked at once
    return tuple(seen)


def heard(fault: str, wanted: Callable[[Probe], bool]) -> list[Exchange]:
    """What the wanted probes hear of a gateway with this fault, of many cases the first few."""
    stage = DirectStage(embedded.target(), embedded.gateway([FAULTS[fault]] if fault else []))
    campaign, seen, times = Campaign(stage, judge=Judge(())), list[Exchange](), Counter[str]()
    for probe, case_id in cases(stage):
        times[probe.name] += 1
        if wanted(probe) and times[probe.name] <= CASES:
            seen += campaign.run(probe, case_id).exchanges
    return seen


@cache
def found() -> tuple[frozenset[str], frozenset[str]]:
    """(what is wrong, the clauses whose check asked for a time) over everything that was played."""
    asked: set[str] = set()
    wrong = frozenset(line for each in _different(played()) for line in wrongs(each, asked))
    return wrong, frozenset(asked)


def _different(seen: tuple[Exchange, ...]) -> Iterator[Exchange]:
    """One exchange of each outcome of each question: of many alike one is enough."""
    known = set()
    for each in seen:
        about = (each.kind, each.request.query, each.request.body, each.credential, each.account, each.intent)
        told = (each.status, each.state, each.code, each.failure, each.response and each.response.headers)
        if (about, told) not in known:
            known.add((about, told))
            yield each


def test_nothing_asks_for_a_time_without_saying_so() -> None:
    """No group and no `when`, and no check of one exchange alone that is not declared, in a whole campaign."""
    assert sorted(found()[0]) == []


@pytest.mark.parametrize("clause_id", sorted(name for name, each in ALONE.items() if not each.by_words))
def test_check_that_declares_a_time_asks_for_one(clause_id: str) -> None:
    """A declaration that nothing needs would only cost time."""
    undated = answered(resource("completed", output={"media": [{"url": "https://cdn.test/a?Expires=1"}]}))
    asked = set(found()[1])
    list(wrongs(undated, asked))  # the gateway dates each of its answers; this one is not dated
    assert clause_id in asked


@settings(max_examples=300, deadline=None, suppress_health_check=list(HealthCheck))
@given(exchanges())
def test_nothing_asks_an_odd_exchange_for_a_time_without_saying_so(exchange: Exchange) -> None:
    """Nor of whatever else may come, on paths that no gateway leads to."""
    assert list(wrongs(exchange)) == []


@pytest.mark.parametrize(
    "name", sorted(name for name, each in vars(Exchange).items() if isinstance(each, fact))
)
def test_fact_of_an_exchange_asks_for_no_time(name: str) -> None:
    """Everybody who says the same shares it."""
    assert not any(asks(lambda each: getattr(each, name), Timeless.of(told)) for told in _different(played()))


@pytest.mark.parametrize("declared", [{"timing": True}, {"by": alone, "timing": True}, {}])
def test_declaration_that_says_nothing_is_refused(declared: dict[str, Any]) -> None:
    """`timed` beside `timing`, or where the past is looked at: such a clause is asked every time anyway."""
    with pytest.raises(ValueError, match="says nothing"):
        clause("x.y", "MUST", says="s", when=lambda _: True, timed=True, **declared)
