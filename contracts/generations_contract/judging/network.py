"""What the network did to a run, and what stands on it: counts that merge, and the lines that tell them once.

Nothing is decided here about a request: that is `run.losses`. Nothing here is a breach of anybody, and nothing fails
a run; but a run of which too much was lost is *inconclusive*, and a report says why.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

# How much more often than free requests creations may be lost, by chance.
_BY_CHANCE: Final = 10
_SHOWN: Final = 6


@dataclass
class Network:
    """What became of requests on the way.

    `again`: lost, asked again and answered; `kept`: lost creations that are not sent again, because they may be
    paid for; `vain`: asked again in vain, until the run ended for it; `pages`: what something on the way answered in
    the gateway's place -> how often; `barred`: the same, where it never let the request through; `cuts`: (age, window,
    how) of held polls that were cut, in seconds. `free`, `paid`: how many were sent at all. `gone`: why nothing more
    was sent (the run's own note). `starved`: clauses of which a case was lost -> why. `remarks`: further lines.
    """

    again: int = 0
    kept: int = 0
    vain: int = 0
    pages: Counter[str] = field(default_factory=Counter)
    barred: Counter[str] = field(default_factory=Counter)
    cuts: list[tuple[float, float, str]] = field(default_factory=list)
    free: int = 0
    paid: int = 0
    gone: str = ""
    starved: dict[str, str] = field(default_factory=dict)
    remarks: list[str] = field(default_factory=list)

    def starve(self, clause_ids: Iterable[str], why: str) -> None:
        """Note for several clauses that a case of them was lost."""
        for clause_id in clause_ids:
            self.starved.setdefault(clause_id, why)

    def remark(self, line: str) -> None:
        """One more line to tell, once; of many alike the first are enough."""
        if line not in self.remarks and len(self.remarks) < _SHOWN:
            self.remarks.append(line)

    def to_dict(self) -> dict[str, Any]:
        """Everything as JSON types, for another process."""
        plain = {name: dict(each) for name, each in vars(self).items() if isinstance(each, Mapping)}
        return {**vars(self), **plain}

    def merge(self, document: Mapping[str, Any]) -> None:
        """Add what another one's `to_dict` says."""
        for name in ("again", "kept", "vain", "free", "paid"):
            setattr(self, name, getattr(self, name) + document[name])
        self.pages.update(document["pages"])
        self.barred.update(document["barred"])
        self.cuts += [(age_s, window_s, how) for age_s, window_s, how in document["cuts"]]
        self.gone = self.gone or document["gone"]
        self.starved = {**document["starved"], **self.starved}
        self.remarks += [each for each in document["remarks"] if each not in self.remarks]

    def lines(self, exercised: Collection[str]) -> list[str]:
        """All there is to tell, a line each; `exercised`: ids of the clauses that were exercised after all."""
        told = [*self._losses(), *self._pages(), *self._cuts(), *self.remarks, self.inconclusive(exercised)]
        return [line for line in told if line]

    def inconclusive(self, exercised: Collection[str]) -> str:
        """Why a run in which nothing is broken says too little; empty where it says enough."""
        starved = sorted(self.starved.keys() - set(exercised))
        if starved:
            more = f" and {len(starved) - _SHOWN} more" if len(starved) > _SHOWN else ""
            shown = ", ".join(starved[:_SHOWN])
            return f"inconclusive: what was lost leaves {shown}{more} without exercise; run it again"
        if self.gone or self.cuts or self.barred:
            return "inconclusive: not everything reached the gateway; mend the way, and run it again"
        if self.kept and not self._by_chance:
            return (
                f"inconclusive: {_count(self.kept, 'creation')} had no answer, while next to nothing else was lost: "
                "by the network, or by the gateway; run it again"
            )
        return ""

    @property
    def _by_chance(self) -> bool:
        """Whether a network that loses free requests as it did would lose as many creations."""
        lost = self.again + self.vain
        return lost > 0 and self.kept <= 1 + _BY_CHANCE * self.paid * lost / max(1, self.free)

    def _losses(self) -> Iterator[str]:
        lost = self.again + self.kept + self.vain
        if not lost:
            return
        told = f"{_count(lost, 'connection')} {'was' if lost == 1 else 'were'} lost"
        if lost == self.again:
            yield f"{told}, {'and asked' if lost == 1 else 'all asked'} again"
            return
        parts = [f"{self.again} asked again"] if self.again else []
        if self.kept:
            parts.append(
                f"{_count(self.kept, 'creation')} not, for it may be paid already (what was set aside stays so)"
            )
        if self.vain:
            parts.append(f"{self.vain} asked again in vain")
        yield f"{told}: {'; '.join(parts)}"

    def _pages(self) -> Iterator[str]:
        both = self.pages + self.barred
        if both:
            pages = ", ".join(f"{page} ×{count}" for page, count in sorted(both.items()))
            yield (
                f"something on the way answered in the gateway's place: {pages}; is the gateway up, and do its proxy, "
                "its limiter and its firewall let some 30 connections of one client through?"
            )

    def _cuts(self) -> Iterator[str]:
        if not self.cuts:
            return
        ages = sorted(age_s for age_s, _, _ in self.cuts)
        span = f"{ages[0]:.1f} s" if ages[-1] - ages[0] < 0.1 else f"{ages[0]:.1f}–{ages[-1]:.1f} s"
        asked = ", ".join(f"{window_s:g} s" for window_s in sorted({each[1] for each in self.cuts}))
        how = ", ".join(sorted({each[2] for each in self.cuts}))
        yield (
            f"held polls are cut on the way: {len(self.cuts)} of windows of {asked} ended without an answer of the "
            f"gateway at the age of {span} ({how}); raise the idle time-out of the proxy or load balancer above 60 s"
        )


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"
