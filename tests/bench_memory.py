"""`python -m tests.bench_memory`: an hour of a thousand clients in virtual time, and minutes of real polling.

Prints the memory of this process as time goes by, and fails where it grows. Each client creates, polls to the
end, thinks, and creates again; every exchange is judged by every clause and entered in the ledger, with a
judge that remembers some minutes. `--clients`, `--minutes` (virtual) and `--real-minutes` make it shorter.
"""

import argparse
import gc
import itertools
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import psutil

from generations_contract.api.target import Target
from generations_contract.clauses import CLAUSES
from generations_contract.exchange.exchange import Exchange
from generations_contract.gateway import Gateway, default_catalogue
from generations_contract.judging.judge import Judge
from generations_contract.judging.ledger import Ledger
from generations_contract.own_client import embedded
from generations_contract.recordings.traffic import Recorded, TrafficLog
from generations_contract.scripts.script import Create, Pause, Script, Together, until_terminal
from generations_contract.wire.stage import DirectStage, HttpStage, Stage
from tests.support.stages import served

MEMORY_S = 120.0
RETENTION_S = 120.0
THINK_S = (5.0, 11.0, 17.0, 29.0, 47.0)
# What a warm process may still grow by: the allocator's own untidiness, not a list that gets longer.
GROWTH_MB = 40
SAMPLES = 12


@dataclass
class Book:
    """Judges and counts what it sees, and notes the memory now and then."""

    every_s: float
    say: Callable[[str], None]
    judge: Judge = field(default_factory=lambda: Judge(memory_s=MEMORY_S))
    ledger: Ledger = field(default_factory=Ledger)
    samples_mb: list[int] = field(default_factory=list)
    _next_s: float = 0.0
    _began: float | None = None

    def see(self, exchange: Exchange) -> None:
        """Take an exchange in."""
        held, rulings = self.judge.judge(exchange)
        self.ledger.enter(rulings, "bench", held)
        self.ledger.account(exchange, "bench")
        self._began = exchange.sent_at if self._began is None else self._began
        passed = exchange.answered_at - self._began
        if passed >= self._next_s:
            self._next_s += self.every_s
            self._sample(passed)

    def _sample(self, passed_s: float) -> None:
        gc.collect()
        self.samples_mb.append(psutil.Process().memory_info().rss // 1_000_000)
        made = sum(self.ledger.generations.values())
        self.say(
            f"{passed_s / 60:6.1f} min  {self.ledger.exchanges:>8} exchanges  {made:>7} generations  "
            f"{self.judge.remembered:>7} in mind  {self.samples_mb[-1]:>5} MB"
        )

    @property
    def growth_mb(self) -> int:
        """By how much the last third of the time took more than the second."""
        third = len(self.samples_mb) // 3
        return max(self.samples_mb[-third:]) - max(self.samples_mb[third:-third])


def client(target: Target, number: int, until_s: float, now: Callable[[], float]) -> Script[None]:
    """One client: create, follow, think, again."""
    models = [each for each in (target.models.image, target.models.video, target.models.slow) if each]
    yield Pause(number % 60)
    for turn in itertools.count(number):
        if now() >= until_s:
            return
        created: Exchange = yield Create(target.request(models[turn % len(models)]))
        yield from until_terminal(created, wait=60)
        yield Pause(THINK_S[turn % len(THINK_S)])


def crowd(stage: Stage, clients: int, minutes: float, book: Book) -> None:
    """That many clients on a stage, for so long."""
    until_s = stage.now() + minutes * 60
    target = stage.client.target
    scripts = tuple(client(target, number, until_s, stage.now) for number in range(clients))

    def all_of_them() -> Script[None]:
        yield Together(scripts)

    stage.perform(all_of_them(), book.see)


def virtual(clients: int, minutes: float, say: Callable[[str], None]) -> Book:
    """The crowd before the embedded gateway, in virtual time."""
    catalogue = default_catalogue()
    house = catalogue.house.model_copy(update={"retention_s": RETENTION_S})
    gateway = Gateway(catalogue.model_copy(update={"house": house}), origin=embedded.ORIGIN)
    book = Book(minutes * 60 / SAMPLES, say)
    crowd(DirectStage(embedded.target(), gateway), clients, minutes, book)
    return book


def real(clients: int, minutes: float, say: Callable[[str], None]) -> Book:
    """A few clients before a served gateway, in real time, every exchange written down as it comes."""
    book = Book(minutes * 60 / SAMPLES, say)
    with tempfile.TemporaryDirectory() as directory, served(Path(directory)) as target:
        stage = Recorded(HttpStage(target), TrafficLog(Path(directory)))
        crowd(stage, clients, minutes, book)
        stage.close()
        size = sum(path.stat().st_size for path in Path(directory).glob(".traffic-*"))
        say(f"{size / 1e6:.1f} MB of recordings on disk")
    return book


def main(arguments: list[str] | None = None) -> int:
    """Run both parts; returns how many of them grew or broke a clause."""
    parser = argparse.ArgumentParser("python -m tests.bench_memory", description=__doc__)
    parser.add_argument("--clients", type=int, default=1000)
    parser.add_argument("--minutes", type=float, default=60)
    parser.add_argument("--real-clients", type=int, default=12)
    parser.add_argument("--real-minutes", type=float, default=10)
    options = parser.parse_args(arguments)

    def say(line: str) -> None:
        sys.stdout.write(line + "\n")
        sys.stdout.flush()

    began, wrong = time.monotonic(), 0
    for name, run in {
        f"{options.clients} clients, virtual": lambda: virtual(options.clients, options.minutes, say),
        f"{options.real_clients} clients, real": lambda: real(
            options.real_clients, options.real_minutes, say
        ),
    }.items():
        say(f"-- {name}, {len(CLAUSES)} clauses")
        book = run()
        broken = [verdict.clause.id for verdict in book.ledger.failing]
        wrong += bool(broken) or book.growth_mb > GROWTH_MB
        say(f"grew by {book.growth_mb} MB (allowed {GROWTH_MB}), broken: {', '.join(broken) or 'nothing'}")
    say(f"{time.monotonic() - began:.0f} s")
    return wrong


if __name__ == "__main__":
    sys.exit(main())
