"""Whether this generator could measure what it was asked to: VALID, or UNFIT with the reason and the remedy.

Judged before any objective, on what the generator saw of itself: the lag of its event loop, its CPU, the
connections it had to open, arrivals it dropped, workers and reports that are missing, ports and
descriptors. Pure: no clock, no system call; what the system offers comes in as `Means`.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Literal

from generations_load.measure.totals import FINISHED, STARTED, Totals


@dataclass(frozen=True)
class Means:
    """What the run had: users asked for, workers expected, and what one process may open."""

    users: int
    workers: int = 1
    descriptors: int = 1_000_000
    ports: int = 1_000_000
    spare_descriptors: int = 200
    open_population: bool = False


@dataclass(frozen=True)
class Limits:
    """Where a generator stops being believable: seconds, shares of one core, shares of polls."""

    lag_p99_s: float = 0.05
    cpu: float = 0.9
    reopened: float = 0.05
    dropped: float = 0.001
    lateness_p99_s: float = 0.1


@dataclass(frozen=True)
class Finding:
    """One reason for UNFIT, and what to change."""

    reason: str
    remedy: str

    def __str__(self) -> str:
        return f"{self.reason}; {self.remedy}"


@dataclass
class Fitness:
    """The verdict on the generator, and the figures it rests on."""

    findings: list[Finding] = field(default_factory=list)
    figures: dict[str, float] = field(default_factory=dict)

    @property
    def verdict(self) -> Literal["VALID", "UNFIT"]:
        """VALID without findings."""
        return "UNFIT" if self.findings else "VALID"

    def pack(self) -> dict[str, Any]:
        """Plain values, for `load.json`."""
        reasons = [{"reason": each.reason, "remedy": each.remedy} for each in self.findings]
        return {"verdict": self.verdict, "findings": reasons, "figures": self.figures}


def judge(totals: Totals, means: Means, limits: Limits | None = None) -> Fitness:
    """The fitness of a run by its totals."""
    bounds = limits or Limits()
    return Fitness(list(_findings(totals, means, bounds)), _figures(totals, means))


def preflight(means: Means) -> list[Finding]:
    """What can be told before the first poll: descriptors and ports for the users of one worker."""
    return list(_means(means))


def _findings(totals: Totals, means: Means, limits: Limits) -> Iterator[Finding]:
    yield from _means(means)
    yield from _loop(totals, limits)
    yield from _connections(totals, limits)
    yield from _arrivals(totals, limits)
    yield from _workers(totals, means)
    if failed := totals.count("generator.exceptions"):
        yield Finding(f"{failed} scripts ended with an exception", "see locust's log: a scenario is wrong")
    for imbalance in totals.imbalances():
        yield Finding(f"polls are unaccounted for: {imbalance}", "the figures of this run are not complete")


def _means(means: Means) -> Iterator[Finding]:
    each = -(-means.users // max(1, means.workers))
    room = max(0, means.descriptors - means.spare_descriptors)
    if each > room:
        more = f" or start {-(-means.users // room)} workers" if room else f" above {means.spare_descriptors}"
        yield Finding(
            f"{each} users a worker, and room for {room} connections ({means.descriptors} open files)",
            f"raise the hard limit (ulimit -Hn){more}",
        )
    if means.users > means.ports:
        yield Finding(
            f"{means.users} users from one address, and {means.ports} ephemeral ports",
            "widen net.ipv4.ip_local_port_range or start workers on more hosts",
        )


def _loop(totals: Totals, limits: Limits) -> Iterator[Finding]:
    lag = totals.histogram("generator.loop_lag_s")
    if lag.total and lag.quantile(0.99) > limits.lag_p99_s:
        yield Finding(
            f"the event loop lagged {lag.quantile(0.99):.3f} s (p99, {lag.total} probes;"
            f" allowed {limits.lag_p99_s:g} s)",
            "start more workers (--processes N) or fewer users, and keep the machine free",
        )
    for account in totals.accounts.values():
        cpu = account.gauges.get("generator.cpu_busy", 0.0)
        if cpu > limits.cpu:
            yield Finding(
                f"{account.name} used {cpu:.0%} of its core for most of the run (allowed {limits.cpu:.0%})",
                "start more workers (--processes N)",
            )


def _connections(totals: Totals, limits: Limits) -> Iterator[Finding]:
    for name, remedy in (
        ("connection.no_descriptor", "raise the open-file limit (ulimit -n) or start more workers"),
        ("connection.no_port", "widen net.ipv4.ip_local_port_range or start workers on more hosts"),
    ):
        if count := totals.count(name):
            yield Finding(f"{count} connections failed for want of a {name.rpartition('_')[2]}", remedy)
    polls, again = totals.count(FINISHED), totals.count("connection.reopened")
    if polls and again / polls > limits.reopened:
        yield Finding(
            f"{again} of {polls} polls had to open a connection again: their times include connecting",
            "let the server and every proxy keep connections alive between polls",
        )


def _arrivals(totals: Totals, limits: Limits) -> Iterator[Finding]:
    due, dropped = totals.count("arrival.due"), totals.count("arrival.dropped")
    if due and dropped / due > limits.dropped:
        yield Finding(
            f"{dropped} of {due} arrivals were dropped: the limit of concurrent arrivals was reached",
            "raise population.limit, start more workers, or lower the rate",
        )
    late = totals.histogram("arrival.lateness_s")
    if late.total and late.quantile(0.99) > limits.lateness_p99_s:
        yield Finding(
            f"arrivals started {late.quantile(0.99):.3f} s late (p99; allowed {limits.lateness_p99_s:g} s)",
            "start more workers",
        )


def _workers(totals: Totals, means: Means) -> Iterator[Finding]:
    silent = [account for account in totals.accounts.values() if not account.final]
    for account in silent:
        yield Finding(
            f"{account.name} went missing: {account.held} of its polls are lost",
            "look into that worker's log",
        )
    if len(totals.accounts) < means.workers:
        yield Finding(
            f"{means.workers - len(totals.accounts)} of {means.workers} workers never reported",
            "start them before the run, give it more time, and keep their machines free",
        )


def _figures(totals: Totals, means: Means) -> dict[str, float]:
    lag = totals.histogram("generator.loop_lag_s")
    error = totals.histogram("generator.error_s")
    opened = totals.count("connection.opened")
    cpu = [account.gauges.get("generator.cpu_mean", 0.0) for account in totals.accounts.values()]
    figures = {
        "loop_lag_p99_s": lag.quantile(0.99),
        "loop_lag_max_s": lag.max,
        "error_p99_s": error.quantile(0.99),
        "error_max_s": error.max,
        "cpu_mean": max(cpu, default=0.0),
        "rss_bytes": max(
            (account.peaks.get("generator.rss_bytes", 0.0) for account in totals.accounts.values()),
            default=0.0,
        ),
        "connections_per_user": opened / means.users if means.users and not means.open_population else 0.0,
        "connections_opened": float(opened),
        "connections_reopened": float(totals.count("connection.reopened")),
        "judging_share_of_cpu": _share(totals),
        "polls_started": float(totals.count(STARTED)),
    }
    return {name: round(value, 6) for name, value in figures.items()}


def _share(totals: Totals) -> float:
    spent = sum(account.gauges.get("judging.spent_s", 0.0) for account in totals.accounts.values())
    cpu = sum(account.gauges.get("generator.cpu_s", 0.0) for account in totals.accounts.values())
    return spent / cpu if cpu else 0.0
