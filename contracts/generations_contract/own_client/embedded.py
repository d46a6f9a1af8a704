"""The embedded target: the reference gateway with its own profile and demonstration keys, in virtual time."""

from collections.abc import Sequence
from dataclasses import replace
from difflib import get_close_matches

from generations_contract.api.target import Target
from generations_contract.api.usage import UsageError
from generations_contract.gateway import Fault, Gateway, default_catalogue
from generations_contract.gateway.doors import profile
from generations_contract.gateway.tampers import FAULTS, VARIANTS

ORIGIN = "https://gateway.test"
# No network and no busy machine lies between: an honest gateway in virtual time is on time to the instant.
SLACK_S = 0.1


def target(nonce: str = "") -> Target:
    """The target that the embedded gateway is; its further models are known by their modality."""
    catalogue = default_catalogue()
    keys = profile.key_variables(catalogue)
    made = Target.parse(profile.profile_toml(catalogue, ORIGIN), keys, nonce, name="embedded profile")
    limits = made.profile.limits.model_copy(update={"wait_slack_s": SLACK_S})
    modalities = {name: model.modality for name, model in catalogue.models.items()}
    return replace(made, profile=made.profile.model_copy(update={"limits": limits}), reference=modalities)


def gateway(tampers: Sequence[Fault] = (), seed: int = 0) -> Gateway:
    """A fresh reference gateway, honest unless given tampers; its jobs follow from the seed."""
    return Gateway(origin=ORIGIN, tampers=tampers, seed=seed)


def faults(names: Sequence[str]) -> list[Fault]:
    """The faults and variants of these names; raises `UsageError` for an unknown one."""
    known = FAULTS | VARIANTS
    for name in names:
        if name not in known:
            close = get_close_matches(name, known, n=1)
            hint = f"did you mean {close[0]}?" if close else "`generations-contract faults` lists them"
            raise UsageError(f"fault {name}: is unknown; {hint}")
    return [known[name] for name in names]
