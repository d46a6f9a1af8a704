"""The options of a load run, beside locust's own; and the `Setup` that they add up to.

Shared by the locustfile and the command line, so that both explain themselves alike. No locust in here.
"""

import os
from argparse import ArgumentParser, Namespace
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryFile
from typing import Any
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

from generations_contract.api import schema_files
from generations_contract.api.promises import load_limits
from generations_contract.api.usage import UsageError
from generations_contract.api.vocabulary import WAIT_MAX_S
from generations_contract.wire.preflight import check_usable
from generations_load.embedded import EmbeddedGateway
from generations_load.plan.setup import (
    Setup,
    baseline,
    beside,
    certificates,
    default_wait_s,
    gate,
    plan_text,
    profile_text,
)
from generations_load.scenarios import load
from generations_load.verdict.slo import Gate


def add_options(parser: ArgumentParser) -> None:
    """Our options, on any parser."""
    group = parser.add_argument_group("Long polls (generations-contract)")
    group.add_argument(
        "--target",
        metavar="PROFILE|URL",
        help="what is under test; without it, an embedded reference gateway",
    )
    group.add_argument(
        "--schemas",
        metavar="DIR",
        help="judge by this version of the schemas (a directory, or an OpenAPI 3.1 document); "
        "chosen by `locustfile` before this is known",
    )
    group.add_argument(
        "--load-report", metavar="DIR", help="write load.json, junit.xml and report.html there"
    )
    group.add_argument("--load-plan", metavar="FILE", help="population, stages, mix and scenario numbers")
    group.add_argument(
        "--slo", metavar="FILE", help="the objectives (default: slo.toml beside the locustfile)"
    )
    group.add_argument("--compare", metavar="BASELINE", help="load.json of an earlier run, or its directory")
    group.add_argument(
        "--scenario",
        action="append",
        default=[],
        metavar="NAME",
        help=f"only this one: {', '.join(sorted(load()))}",
    )
    group.add_argument("--wait", type=float, metavar="S", help="the longest window that scenarios ask for")
    group.add_argument(
        "--settle", type=float, default=0.5, metavar="S", help="start-up after spawning, untimed"
    )
    group.add_argument("--load-seed", type=int, default=0, metavar="N", help="repeat the scenarios' chances")
    group.add_argument(
        "--fault", action="append", default=[], metavar="NAME", help="embedded gateway only: tell this lie"
    )
    group.add_argument("--catalogue", metavar="FILE", help="embedded gateway only: its models, as TOML")
    group.add_argument("--no-judging", action="store_true", help="only measure (to see what judging costs)")


def precheck(options: Namespace) -> tuple[Gate, dict[str, Any] | None]:
    """(gate, baseline), and whatever can be refused before anything is started; raises `UsageError`."""
    host = getattr(options, "host", None)
    if host:
        raise UsageError(
            f"--host {host}: the gateway is named by --target (a profile, or its URL), not by --host"
        )
    if options.wait is not None and not 0 <= options.wait <= WAIT_MAX_S:
        raise UsageError(f"--wait {options.wait:g}: a window is 0 to {WAIT_MAX_S} s")
    if options.target and (options.fault or options.catalogue):
        raise UsageError("--fault and --catalogue are the embedded gateway's; leave --target out")
    plan_text(options.load_plan)
    for name in options.scenario:
        if name not in load():
            raise UsageError(f"no scenario is called {name!r}; there are: {', '.join(sorted(load()))}")
    return gate(options.slo), baseline(options.compare)


def reserve(directory: str | None) -> None:
    """Make the report's directory before the run: one of an hour must not end without; raises `UsageError`."""
    if not directory:
        return
    try:
        Path(directory).mkdir(parents=True, exist_ok=True)
        with TemporaryFile(dir=directory):
            pass
    except OSError as error:
        raise UsageError(f"--load-report {directory}: cannot be written: {error.strerror}") from error


def make_setup(options: Namespace, gateway: EmbeddedGateway | None) -> Setup:
    """The setup of a run; raises `UsageError`."""
    plan = plan_text(options.load_plan)
    setup = Setup(
        profile=gateway.profile if gateway else profile_text(options.target),
        plan=plan,
        scenarios=tuple(options.scenario),
        tags=tuple(getattr(options, "tags", None) or ()),
        exclude_tags=tuple(getattr(options, "exclude_tags", None) or ()),
        seed=options.load_seed,
        settle_s=options.settle,
        embedded=gateway is not None,
        environment=gateway.environment if gateway else {},
        judging=not options.no_judging,
        schemas=schema_files.version().digest,
        workers=workers_of(options),
    )
    if gateway is None:
        check_no_proxy(setup.target().base_url)
        setup = replace(setup, certificates=certificates(setup.target(), options.target))
        check_usable(beside(setup.target(), options.target))
    return _sized(setup, options)


def check_no_proxy(url: str) -> None:
    """Connections of load go straight to the target; raises `UsageError` where the environment names a proxy."""
    parts = urlsplit(url)
    scheme = parts.scheme
    proxies = getproxies()
    name = next((each for each in (scheme, "all") if proxies.get(each)), None)
    if name is None or proxy_bypass(parts.hostname or ""):
        return
    variable = next((each for each in os.environ if each.lower() == f"{name}_proxy"), f"{name}_proxy")
    raise UsageError(
        f"{variable} names a proxy, and load goes straight to {url}: unset it, or add "
        f"{parts.hostname} to NO_PROXY"
    )


def workers_of(options: Namespace) -> int:
    """How many processes will have users."""
    processes = getattr(options, "processes", None) or 0
    if processes > 0:
        return int(processes)
    return int(options.expect_workers) if getattr(options, "master", False) else 1


def _sized(setup: Setup, options: Namespace) -> Setup:
    """The setup with the numbers that depend on the plan."""
    plan = setup.load_plan()
    course = plan.course
    run_time = float(options.run_time or 0) or course.seconds
    users: Any = options.num_users or 1
    if plan.breakpoint:
        users, run_time = int(plan.breakpoint.limit), run_time or 0.0
    elif plan.stage:
        users = setup.workers if plan.population.kind == "open" else round(course.peak)
    elif plan.population.kind == "open":
        raise UsageError("an open population needs stages in the plan: they say how many arrive a second")
    table, limits = load_limits(setup.target().profile)
    if not setup.embedded and run_time > limits.max_time_s:
        raise UsageError(
            f"a run of {run_time:g} s is longer than the profile's [{table}] max_time_s = {limits.max_time_s:g}:"
            f" write [load.limits] max_time_s = {run_time:g}, or shorten the run"
        )
    held = plan.breakpoint.hold_s * 2 if plan.breakpoint else run_time
    wait = options.wait if options.wait is not None else default_wait_s(held, embedded=setup.embedded)
    return Setup(**{**setup.__dict__, "users": users, "run_time_s": run_time, "wait_s": wait})
