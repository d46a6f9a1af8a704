"""Where a fault can get at the gateway: the hooks, and the registries that faults and variants enter themselves in.

At each of its decisions the core asks `value = call.at("hook", value)`. A tamper is `(call, value) -> value`;
the honest gateway has none, and its hooks cost a dictionary look-up. No fault stands here: importing
`tampers` fills the registries, and nothing else of the gateway imports it.

The hooks, in the order in which a request meets them:

| hook         | value                      | what it decides |
|---|---|---|
| credentials  | AccountBook or None        | whose key it is (`call.account`) |
| rate         | int or None                | Retry-After of the 429, None admits (POST) |
| document     | the parsed JSON body       | what validation sees (POST; None if it was no JSON object) |
| lookup       | Record or None             | the generation that a GET finds (`call.record`) |
| problem      | Problem or None            | each refusal found; once more, with None, when there is none |
| asked        | CreateRequest              | what is made of the valid body (POST) |
| job          | Job                        | the timeline that is fixed (POST), or that is looked at (GET) |
| window       | float                      | the effective wait window, seconds |
| answer_at    | float                      | when to answer |
| moment       | float                      | the moment whose snapshot is shown |
| resource     | dict                       | the JSON of a 2xx |
| problem_body | (status, dict)             | status and envelope of a refusal |
| headers      | list of (name, value)      | the headers of any API answer |
| reply        | Reply                      | the whole answer: status, bytes, moment |
| signature    | bool                       | whether a media URL is good |
| asset        | Reply                      | the answer to a download |
| dropped      | Job                        | the client hung up while held: the timeline from then on |

A tamper that lifts a refusal (`problem` -> None) is answered as a lenient gateway would: `models.read_leniently`
reads what can be read. `call.keep(job)` replaces the timeline for good at any hook; what `job` returns on
POST and what `dropped` returns is kept, what `job` returns on GET is only shown.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from generations_contract.gateway.call import Tamper

HOOKS: Final = (
    "credentials",
    "rate",
    "document",
    "lookup",
    "problem",
    "asked",
    "job",
    "window",
    "answer_at",
    "moment",
    "resource",
    "problem_body",
    "headers",
    "reply",
    "signature",
    "asset",
    "dropped",
)


@dataclass(frozen=True, slots=True)
class Fault:
    """One named lie (or, with nothing in `breaks`, one named liberty) and the hooks it is told at."""

    name: str
    sentence: str
    breaks: frozenset[str]
    hooks: dict[str, tuple[Tamper, ...]] = field(repr=False, compare=False)

    def also(self, at: str) -> Callable[[Tamper], Tamper]:
        """Tell the same lie at a further hook."""

        def add(tamper: Tamper) -> Tamper:
            _add(self.hooks, at, tamper)
            return tamper

        return add


def _add(table: dict[str, tuple[Tamper, ...]], hook: str, tamper: Tamper) -> None:
    if hook not in HOOKS:
        raise ValueError(f"no hook {hook!r}; there are: {', '.join(HOOKS)}")
    table[hook] = (*table.get(hook, ()), tamper)


FAULTS: Final[dict[str, Fault]] = {}
VARIANTS: Final[dict[str, Fault]] = {}


def fault(name: str, *, breaks: set[str], at: str) -> Callable[[Tamper], Fault]:
    """Register the decorated tamper as a fault; its docstring's first line is the sentence shown."""
    if not breaks:
        raise ValueError(f"fault {name!r} breaks nothing; is it a variant?")
    return _register(FAULTS, name, frozenset(breaks), at)


def variant(name: str, *, at: str) -> Callable[[Tamper], Fault]:
    """Register the decorated tamper as a benign variant: a liberty that the contract allows."""
    return _register(VARIANTS, name, frozenset(), at)


def _register(
    registry: dict[str, Fault], name: str, breaks: frozenset[str], at: str
) -> Callable[[Tamper], Fault]:
    if name in FAULTS or name in VARIANTS:
        raise ValueError(f"{name!r} is taken")

    def register(tamper: Tamper) -> Fault:
        sentence = (tamper.__doc__ or "").strip().partition("\n")[0]
        if not sentence:
            raise ValueError(f"{name!r} needs a docstring of one sentence")
        table: dict[str, tuple[Tamper, ...]] = {}
        _add(table, at, tamper)
        registry[name] = Fault(name, sentence, breaks, table)
        return registry[name]

    return register
