"""How fast the suite judges, beside the rival's in-process mode: `python -m tests.bench_campaign`.

Three figures each for the direct and the respx stage: seconds of one whole virtual campaign (every probe,
deep), its judged exchanges a second, and those of plain traffic (create, then poll to the end), in which
nothing but sending and judging takes time. Beside it schemathesis' pytest mode on the same gateway as an
ASGI application, its document told what the gateway offers. A second is one of processor time, and the best
of several rounds counts: machines are shared, and nobody's waiting shall be held against anybody.
"""

import argparse
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from importlib.util import find_spec
from pathlib import Path

from generations_contract.api.target import Target
from generations_contract.gateway import Gateway, load
from generations_contract.gateway.doors.asgi import App
from generations_contract.own_client import embedded
from generations_contract.run.campaign import Campaign
from generations_contract.run.gc_tuning import settle
from generations_contract.scripts.script import Create, Fetch, Script
from tests.matrix import STAGES, campaign
from tests.rival import settings
from tests.support.outcomes import Play

ROUNDS = 5
GENERATIONS = 40
POLLS = 25
CASES = 150
# What the repository promises, in judged exchanges a second.
GOALS = {"direct": 10_000, "respx": 2_000}
LONGEST_CAMPAIGN_S = 1.5


def opened(name: str) -> Campaign:
    """A campaign on a fresh stage of that name."""
    return Campaign(STAGES[name](embedded.target(), embedded.gateway()))


def best(round_: Callable[[], tuple[int, float]]) -> tuple[int, float]:
    """(exchanges, seconds) of the quickest of several rounds."""
    return min((round_() for _ in range(ROUNDS)), key=lambda each: each[1] / max(1, each[0]))


def whole(name: str) -> tuple[int, float]:
    """One campaign."""
    ready, began = opened(name), time.process_time()
    outcome = campaign(Play("honest"), ready)
    seconds = time.process_time() - began
    ready.stage.close()
    return outcome.exchanges, seconds


def plain(name: str) -> tuple[int, float]:
    """Generations that are created, polled while they run, and read once they have ended."""
    ready = opened(name)
    began = time.process_time()
    performance = ready.perform(_traffic(ready.target), "traffic", "bench")
    seconds = time.process_time() - began
    ready.stage.close()
    if performance.error or performance.breaches:
        raise SystemExit(f"bench_campaign: the honest gateway was faulted: {performance.breaches[:1]}")
    return len(performance.exchanges), seconds


def _traffic(target: Target) -> Script[None]:
    for turn in range(GENERATIONS):
        model = target.models.image if turn % 2 else target.models.video
        created = yield Create(target.request(model, wait=0))
        for poll in range(POLLS):
            yield Fetch(created.generation_id, wait=poll % 5 / 4)


def rival() -> tuple[int, float]:
    """Cases a second of schemathesis, called and validated in this process."""
    import schemathesis
    from hypothesis import HealthCheck, Phase, given
    from hypothesis import settings as hypothesis_settings

    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        settings.write_document(folder / "openapi.yaml")
        settings.write_catalogue(folder / "catalogue.toml")
        gateway = Gateway(load(folder / "catalogue.toml"))
        schema = schemathesis.openapi.from_path(folder / "openapi.yaml")
    schema.app = App(gateway)
    key = next(iter(gateway.state.catalogue.accounts.values())).key
    sent = [0]

    @given(case=schema["/v1/generations"]["POST"].as_strategy())
    @hypothesis_settings(
        max_examples=CASES,
        deadline=None,
        database=None,
        phases=(Phase.generate,),
        suppress_health_check=list(HealthCheck),
    )
    def run(case: "schemathesis.Case") -> None:
        case.call_and_validate(headers={"Authorization": f"Bearer {key}"})
        sent[0] += 1

    began = time.process_time()
    run()
    return sent[0], time.process_time() - began


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the figures; 0 where the promises are kept."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench_campaign", description=__doc__)
    parser.add_argument("--without-rival", action="store_true")
    options = parser.parse_args(arguments)
    kept, rates = True, {}
    settle()
    for name in STAGES:
        count, seconds = best(lambda name=name: whole(name))  # type: ignore[misc]
        traffic, traffic_s = best(lambda name=name: plain(name))  # type: ignore[misc]
        rates[name] = traffic / traffic_s
        kept = kept and rates[name] >= GOALS[name] and seconds <= LONGEST_CAMPAIGN_S
        _say(f"{name:<8}campaign {seconds:6.2f} s, {count} exchanges, {count / seconds:8,.0f} a second")
        _say(f"{name:<8}traffic  {rates[name]:8,.0f} judged exchanges a second (goal {GOALS[name]:,})")
    if options.without_rival:
        _say("schemathesis: left out")
    elif find_spec("schemathesis") is None:
        _say("schemathesis: not measured, because it is not installed: pip install -e '.[bench]'")
    else:
        count, seconds = best(rival)
        _say(f"schemathesis in process {count / seconds:8,.0f} cases a second")
        _say(*(f"{name}: {rate / (count / seconds):.0f} times as many" for name, rate in rates.items()))
    return 0 if kept else 1


def _say(*lines: str) -> None:
    sys.stdout.writelines(f"{line}\n" for line in lines)


if __name__ == "__main__":
    sys.exit(main())
