"""What a load run is: options and files read once, and handed to every worker as one JSON document.

Reading and checking live here; nothing is started. Whoever runs the population (this process, a forked one,
one on another host) works from the same `Setup`, so no file has to be copied to a worker. API keys are not
in it: each worker takes them from its own environment, except for the embedded gateway's, which are worth
nothing anywhere else.
"""

import json
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any, Final

from generations_contract.api import schema_files, toml_file
from generations_contract.api.target import Target
from generations_contract.api.usage import UsageError
from generations_contract.api.vocabulary import WAIT_MAX_S
from generations_contract.wire.transport import trusting
from generations_load.measure.compare import check
from generations_load.plan.shapes import Plan
from generations_load.scenarios import by_tags, check_numbers, choose
from generations_load.verdict.slo import DEFAULT_FILE, Gate

# Long enough that every scenario sees windows elapse, whatever the run's length.
_WINDOWS_PER_RUN: Final = 10
_LONG_RUN_S: Final = 4 * WAIT_MAX_S
EMBEDDED_WAIT_S: Final = 2.0


@dataclass(frozen=True)
class Setup:
    """Everything a generating process must know.

    `wait_s`: the window that scenarios ask for where they would ask for the longest; `settle_s`: how
    long after spawning polls still count as start-up; `tags`, `exclude_tags`: locust's choice of scenarios;
    `certificates`: the PEM text of the profile's `ca_file`,
    so that workers need no file; `schemas`: the digest of what is judged by.
    """

    profile: str
    plan: str = ""
    wait_s: float = float(WAIT_MAX_S)
    scenarios: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    exclude_tags: tuple[str, ...] = ()
    seed: int = 0
    settle_s: float = 0.5
    users: int = 1
    workers: int = 1
    run_time_s: float = 0.0
    embedded: bool = False
    environment: Mapping[str, str] = field(default_factory=dict)
    judging: bool = True
    certificates: str = ""
    schemas: str = ""

    def dump(self) -> str:
        """As JSON, for workers."""
        return json.dumps(asdict(self))

    @classmethod
    def parse(cls, text: str) -> "Setup":
        """What `dump` wrote."""
        document = json.loads(text)
        listed = {name: tuple(document[name]) for name in ("scenarios", "tags", "exclude_tags")}
        return cls(**{**document, **listed})

    def target(self) -> Target:
        """The target with its keys; raises `UsageError`."""
        environment = {**os.environ, **self.environment}
        if self.profile.startswith(("http://", "https://")):
            return Target.at(self.profile, environment, nonce=f"load-{self.seed}-")
        return Target.parse(self.profile, environment, nonce=f"load-{self.seed}-")

    def check_schemas(self) -> None:
        """Raises `UsageError` where this process judges by other schemas than the one that set the run up."""
        mine = schema_files.version()
        if self.schemas not in ("", mine.digest):
            raise UsageError(
                f"judges by other schemas than the master, {mine}: start it with the master's --schemas, "
                f"or {schema_files.VARIABLE}"
            )

    def load_plan(self) -> Plan:
        """The plan; an empty one when none was given."""
        return Plan.parse(self.plan) if self.plan else Plan()

    def numbers(self, scenario: str, known: Mapping[str, float]) -> dict[str, float]:
        """The numbers for a scenario: the plan's, and `wait_s` where the plan sets none."""
        numbers = dict(self.load_plan().scenario.get(scenario, {}))
        if "wait_s" in known:
            numbers.setdefault("wait_s", self.wait_s)
        return numbers


def profile_text(target: str) -> str:
    """The profile behind `--target`: the text of a file, or a URL as it is; raises `UsageError`."""
    if target.startswith(("http://", "https://")):
        return target
    return toml_file.text_of(Path(target), f"--target {target}")


def certificates(target: Target, profile: str) -> str:
    """The PEM text of a profile's `ca_file`, which stands beside it; raises `UsageError`."""
    found = beside(target, profile).ca_file
    if found is None:
        return ""
    trusting(found)
    return found.read_text("ascii", "ignore")


def beside(target: Target, profile: str) -> Target:
    """The target with its `ca_file` found where it stands: beside the profile."""
    return replace(target, ca_file=target.ca_file and Path(profile).parent / target.ca_file)


def plan_text(path: str | None) -> str:
    """The text of a plan file, checked; raises `UsageError`."""
    if not path:
        return ""
    text = toml_file.text_of(Path(path))
    plan = Plan.parse(text, name=path)
    try:
        check_numbers(plan.scenario)
    except ValueError as error:
        raise UsageError(f"{path}: {error}") from None
    return text


def gate(path: str | None) -> Gate:
    """The SLO gate of a file, else the default; raises `UsageError`."""
    return Gate.load(Path(path) if path else DEFAULT_FILE)


def default_wait_s(run_time_s: float, *, embedded: bool = False) -> float:
    """The longest window where the run has room for it, else a tenth of the run, at least a second.

    The embedded gateway's jobs take some seconds: no longer window would ever elapse, and be measured.
    """
    longest = EMBEDDED_WAIT_S if embedded else float(WAIT_MAX_S)
    if not run_time_s or run_time_s >= _LONG_RUN_S:
        return longest
    return min(longest, max(1.0, round(run_time_s / _WINDOWS_PER_RUN, 1)))


def chosen(setup: Setup, target: Target) -> tuple[dict[str, float], dict[str, str]]:
    """(scenario -> weight, left out -> reason); raises `UsageError`."""
    plan = setup.load_plan()
    try:
        weights, left_out = choose(target, setup.scenarios, plan.mix)
        unchosen = by_tags(weights, setup.tags, setup.exclude_tags)
    except ValueError as error:
        raise UsageError(str(error)) from None
    left_out |= unchosen
    weights = {name: weight for name, weight in weights.items() if name not in unchosen}
    if not weights:
        reasons = "; ".join(f"{name}: {why}" for name, why in left_out.items())
        raise UsageError(f"no scenario is left to run: {reasons or 'all weights are 0'}")
    return weights, left_out


def baseline(path: str | None) -> dict[str, Any] | None:
    """An earlier run's load.json (or the directory it is in); raises `UsageError`."""
    if not path:
        return None
    file = Path(path) / "load.json" if Path(path).is_dir() else Path(path)
    try:
        document: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
        check(document)
    except (OSError, ValueError, RecursionError) as error:
        raise UsageError(f"--compare {path}: is no load.json of an earlier run ({error})") from None
    return document
