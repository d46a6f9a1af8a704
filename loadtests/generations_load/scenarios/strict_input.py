"""Bad requests among the good ones: refusals must stay fast while thousands of polls are held."""

from collections.abc import Callable
from typing import Any

from generations_contract.api.vocabulary import WAIT_MAX_S
from generations_contract.scripts.script import Create, Fetch, Pause, Script
from generations_load.judging.polls import REFUSAL, UNKNOWN_ID
from generations_load.scenarios import Setting, scenario

# Each breaks one rule of the strict body; free of charge, because nothing is accepted.
MISTAKES: dict[str, Callable[[dict[str, Any]], dict[str, Any]]] = {
    "unknown top-level key": lambda body: {**body, "webhook": None},
    "unknown nested key": lambda body: {**body, "input": {**body["input"], "negative_promt": "fog"}},
    "nested key on top": lambda body: {**body, "seed": 1},
    "wait above the cap": lambda body: {**body, "wait": WAIT_MAX_S + 1},
    "n above the cap": lambda body: {**body, "n": 11},
    "empty prompt": lambda body: {**body, "input": {**body["input"], "prompt": ""}},
    "number as a string": lambda body: {**body, "n": "1"},
    "no input": lambda body: {"model": body["model"]},
}


@scenario("strict", "image", weight=10, needs=["models.image"], every_s=0.5, requests=8)
def strict_input(setting: Setting) -> Script[None]:
    """Send requests that a strict gateway refuses, a poll of an unknown id among them; none is billed."""
    for _ in range(int(setting.number("requests", 8))):
        mistake = setting.random.choice([*MISTAKES, None])
        if mistake is None:
            unknown = f"gen_{setting.random.getrandbits(96):024x}"
            yield Fetch(unknown, wait=5, intent=UNKNOWN_ID)
        else:
            body = MISTAKES[mistake](setting.target.request(setting.image))
            yield Create(body, intent=REFUSAL)
        yield Pause(setting.number("every_s", 0.5) * setting.random.uniform(0.5, 1.5))
