"""The embedded target: the reference gateway with its own profile and demonstration keys, in virtual time."""

from collections.abc import Sequence
from difflib import get_close_matches

from contracts.gateway import FAULTS, VARIANTS, Fault, Gateway, default_catalogue, profile
from contracts.target import Target, UsageError

ORIGIN = "https://gateway.test"
# No network and no busy machine lies between: what an honest gateway needs is nothing.
SLACK_S = 0.1


def target(nonce: str = "") -> Target:
    """The target that the embedded gateway is."""
    catalogue = default_catalogue()
    text = profile.profile_text(catalogue, ORIGIN, wait_slack_s=SLACK_S)
    return Target.parse(text, profile.key_variables(catalogue), nonce, name="embedded profile")


def gateway(tampers: Sequence[Fault] = ()) -> Gateway:
    """A fresh reference gateway, honest unless given tampers."""
    return Gateway(origin=ORIGIN, tampers=tampers)


def faults(names: Sequence[str]) -> list[Fault]:
    """The faults and variants of these names; raises `UsageError` for an unknown one."""
    known = FAULTS | VARIANTS
    for name in names:
        if name not in known:
            close = get_close_matches(name, known, n=1)
            hint = f"did you mean {close[0]}?" if close else "`generations-contract faults` lists them"
            raise UsageError(f"--fault {name}: is unknown; {hint}")
    return [known[name] for name in names]
