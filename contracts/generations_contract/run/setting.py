"""Where a run plays: its target, its stage and its budget, as the options of pytest say."""

from __future__ import annotations

import os
import secrets
import time
from collections.abc import Sequence
from pathlib import Path

from generations_contract.api.target import Target
from generations_contract.gateway import Fault
from generations_contract.judging.network import Network
from generations_contract.money import Budget
from generations_contract.own_client import embedded
from generations_contract.run import workers
from generations_contract.wire.preflight import look_at
from generations_contract.wire.stage import DirectStage, HttpStage, RespxStage, Stage


def find_target(named: str | None) -> Target:
    """The target of a profile or an address, else the embedded one; raises `UsageError`."""
    nonce = f"{secrets.token_hex(3)}-" if named else f"{os.environ.get('PYTEST_XDIST_WORKER', '')}-"
    if named is None:
        return embedded.target(nonce)
    if "://" in named:
        return Target.at(named, os.environ, nonce)
    return Target.load(Path(named), os.environ, nonce)


def live_stage(target: Target, network: Network) -> Stage:
    """A stage over real HTTP; what is seen of the way there before is remarked in `network`."""
    seen = look_at(target)
    if seen.remark:
        network.remark(seen.remark)
    return HttpStage(target, floor_s=seen.floor_s)


def embedded_stage(kind: str, target: Target, faults: Sequence[Fault], seed: int) -> Stage:
    """A stage on the embedded gateway, "direct" or through "respx"."""
    # Workers do not share a gateway; another seed keeps the ids of one from those of another.
    worker = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
    stage = DirectStage if kind == "direct" else RespxStage
    return stage(target, embedded.gateway(faults, seed + worker))


def live_budget(target: Target) -> Budget:
    """The limits of a live target's profile, for all parallel workers together."""
    limits = target.profile.limits
    run = os.environ.get("PYTEST_XDIST_TESTRUNUID")
    return Budget(
        max_generations=limits.max_generations,
        max_cost_usd=limits.max_cost_usd,
        max_time_s=limits.max_time_s,
        now=time.monotonic,
        shared=workers.budget_file(run) if run else None,
    )
