"""Random tests: what hypothesis draws follows from the run's seed, and a failure is told as a request, not as draws.

Decisions. Inside `@given` nothing is ever skipped for what one example did not meet: hypothesis would end the whole
test there, failures and all. What was to be exercised is asked for once, when all examples are played. A live
target's first failure leaves hypothesis as an exception that it does not catch: nothing is sent again to make
the example simpler, and hypothesis never sees that a failure does not repeat (`Flaky`).
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache, wraps
from traceback import format_exception_only
from typing import Any, Final

import hypothesis
import pytest
from hypothesis.errors import Flaky, HypothesisException

from generations_contract.exchange.exchange import Exchange
from generations_contract.forms.text import printable
from generations_contract.run.outcomes import FoundError, Outcomes
from generations_contract.run.performance import Performance

# How many different failures of one test, and how many requests of each, are shown; and how much of a request.
_SHOWN_FAILURES: Final = 5
_SHOWN_REQUESTS: Final = 4
_SHOWN_CHARACTERS: Final = 4000
# Set on a test function whose seed came from a run, and not from a `@seed` of its author.
_PLANTED: Final = "_generations_contract_seed"
_UNSHRUNK: Final = "a live target is sent nothing more once a test has failed, so it was not made simpler"


class _EndedError(BaseException):
    """The first failure on a live target; no `Exception`, so that hypothesis lets it through at once."""

    def __init__(self, failure: BaseException) -> None:
        super().__init__(str(failure))
        self.failure = failure


def is_random(item: pytest.Item) -> bool:
    """Whether a collected test is the contract's, and hypothesis draws for it."""
    marked = item.get_closest_marker("generations_contract") is not None
    return marked and hypothesis.is_hypothesis_test(getattr(item, "function", None))


def seed(items: Iterable[pytest.Item], number: int | str) -> None:
    """Let everything that the contract's tests draw follow from one seed, but for those that have a `@seed`."""
    for item in filter(is_random, items):
        function: Any = item.function  # type: ignore[attr-defined]
        if hasattr(function, _PLANTED) or getattr(function, "_hypothesis_internal_use_seed", None) is None:
            hypothesis.seed(number)(function)
            setattr(function, _PLANTED, number)


@dataclass
class Drawn:
    """A random test while it runs. `known`: clauses that were broken before it began; `again`: how to repeat it.

    What was known to be broken is no reason to shrink: hypothesis goes on to look for something else, and the test
    fails when it has.
    """

    outcomes: Outcomes
    known: frozenset[str]
    live: bool
    again: str
    examples: int = 0
    broke: int = 0
    name: str = ""
    meant: dict[str, None] = field(default_factory=dict)
    exercised: set[str] = field(default_factory=set)
    first: FoundError | None = None
    first_known: FoundError | None = None

    def take(self, performance: Performance[Any], meant: Sequence[str]) -> None:
        """Judge the running example by what came of its script; raises `FoundError` where it fails."""
        self.name = performance.name
        self.examples += 1
        self.meant.update(dict.fromkeys(meant))
        self.exercised |= performance.exercised
        counted = self.outcomes.counted(performance)
        self.broke += bool(counted)
        failure = self.outcomes.failure(performance, self._unmet, self.known)
        if failure is not None:
            self.first = self.first or failure
            raise _told_apart(failure)
        if counted and self.first_known is None:
            self.first_known = FoundError(performance, counted)

    @contextmanager
    def told(self, function: Any) -> Iterator[None]:
        """While the block plays all examples of a test; what fails it is told in the words of the contract."""
        handle = function.hypothesis
        inner = handle.inner_test
        if self.live:
            handle.inner_test = _ending_at_first_failure(inner)
        try:
            yield
        except _EndedError as ended:
            if not isinstance(ended.failure, FoundError):
                ended.failure.add_note(f"{_UNSHRUNK}\nagain: {self.again}")
                raise ended.failure from None
            self._fail([ended.failure], f"as it was drawn: {_UNSHRUNK}")
        except pytest.skip.Exception:
            self._fail_for_what_was_known()
            raise
        except (FoundError, BaseExceptionGroup, Flaky) as failure:
            self._fail_for(failure)
            raise
        finally:
            handle.inner_test = inner
        self._fail_for_what_was_known()
        self.outcomes.exercised(self.name, self._unmet)

    @property
    def _unmet(self) -> list[str]:
        return [each for each in self.meant if each not in self.exercised]

    def _fail_for(self, failure: BaseException) -> None:
        """Tell what hypothesis has found, if any of it is ours; what else it found stands below, in its words."""
        leaves = list(_leaves(failure))
        found = [each for each in leaves if isinstance(each, FoundError)]
        if isinstance(failure, Flaky):
            if first := found[:1] or list(filter(None, [self.first])):
                self._fail(
                    first,
                    "as it was drawn: sent again it did not fail, or otherwise; what came before matters",
                )
        elif found:
            others = [each for each in leaves if not isinstance(each, FoundError)]
            self._fail(found, "made as simple as it gets", others)

    def _fail_for_what_was_known(self) -> None:
        if self.first_known is not None:
            self._fail([self.first_known], "as it was drawn: known to be broken before this test began")

    def _fail(self, found: Sequence[FoundError], how: str, others: Sequence[BaseException] = ()) -> None:
        lines = [line for each in found[:_SHOWN_FAILURES] for line in _lines(each)]
        if len(found) > _SHOWN_FAILURES:
            lines.append(f"  ({len(found) - _SHOWN_FAILURES} more failures of other kinds)")
        share = f"{self.broke} of {self.examples} examples broke a clause"
        lines += [f"  drawn     {how}; {share}", f"  again     {self.again}"]
        for other in others:
            lines += "".join(format_exception_only(other)).rstrip().split("\n")
        raise pytest.fail.Exception("\n".join(lines), pytrace=False) from None


def _lines(found: FoundError) -> Iterator[str]:
    """A failure, and after its first line the requests that were drawn for it."""
    first, *others = str(found).split("\n")
    yield first
    bodies = list(dict.fromkeys(map(_body, filter(_is_creation, found.performance.exchanges))))
    for body in bodies[:_SHOWN_REQUESTS]:
        yield f"  request   {body}"
    if len(bodies) > _SHOWN_REQUESTS:
        yield f"  request   … {len(bodies) - _SHOWN_REQUESTS} more"
    yield from others


def _is_creation(exchange: Exchange) -> bool:
    return exchange.kind == "create"


def _body(exchange: Exchange) -> str:
    return printable(exchange.request.body.decode("utf-8", "backslashreplace"), _SHOWN_CHARACTERS)


def _leaves(error: BaseException) -> Iterator[BaseException]:
    """The single failures in a group of hypothesis, which wraps what is no `Exception`."""
    if isinstance(error, BaseExceptionGroup):
        for each in error.exceptions:
            yield from _leaves(each)
    elif isinstance(error.__cause__, FoundError):
        yield error.__cause__
    else:
        yield error


def _told_apart(failure: FoundError) -> FoundError:
    """The same as a class of its own for each section of the contract.

    By its class hypothesis tells failures apart and makes each simpler. By clause it would make the same lie
    simpler several times, and a lie in a header would still not take the place of one about a field.
    """
    clause = failure.breaches[0]["clause"] if failure.breaches else ""
    failure.__class__ = _kind(clause.partition(".")[0])
    return failure


@cache
def _kind(_section: str) -> type[FoundError]:
    return type(FoundError.__name__, (FoundError,), {"__module__": __name__})


def _ending_at_first_failure(inner: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(inner)
    def example(*arguments: Any, **named: Any) -> Any:
        try:
            return inner(*arguments, **named)
        except HypothesisException:
            raise
        except (Exception, pytest.fail.Exception) as failure:
            raise _EndedError(failure) from failure

    return example
