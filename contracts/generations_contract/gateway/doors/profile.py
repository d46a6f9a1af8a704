"""A target profile for the gateway as served: what it offers, in the form the contract suite reads.

Every model and account is found by what it does, not by its name, so a profile fits any catalogue; what the
catalogue does not offer is left out. Keys never stand in it: `export_lines` gives them to the environment.
"""

import json
from collections.abc import Callable, Iterator, Mapping

from generations_contract.gateway.catalogue import Account, Catalogue, Model
from generations_contract.gateway.models import WAIT_MAX_S

# Roles of [models], each with what makes a model fit; the first that fits is taken.
_ROLES: dict[str, Callable[[Model], bool]] = {
    "image": lambda m: _works(m) and m.modality == "image",
    "video": lambda m: _works(m) and m.modality == "video",
    "slow": lambda m: _works(m) and 4 <= m.queued_s[0] + m.running_s[0] <= 30,
    "restricted": lambda m: m.restricted,
    "failing": lambda m: m.outcome == "provider_unavailable",
    "timing_out": lambda m: m.outcome == "provider_timeout",
    "cancelling": lambda m: m.outcome == "cancelled",
    "long": lambda m: _works(m) and m.queued_s[0] + m.running_s[0] > WAIT_MAX_S,
}
_TRAITS: dict[str, Callable[[Model], bool]] = {
    "deterministic": lambda m: m.deterministic,
    "sized": lambda m: m.sized,
    "proportioned": lambda m: bool(m.aspect_ratios),
    "free": lambda m: m.price_usd == 0,
    # By the document's own examples: which other values a model has, no profile says.
    "timed": lambda m: 8 in m.durations_s,
    "resolved": lambda m: {"720p", "1080p"} <= {*m.resolutions},
    "image_to_image": lambda m: m.takes_images,
}


def _works(model: Model) -> bool:
    return model.outcome == "completed" and not model.restricted


def _free_hand(account: Account) -> bool:
    return account.credit_usd is None and account.rate is None


def _accounts(catalogue: Catalogue) -> Iterator[tuple[str, str, Account]]:
    """(profile key, environment variable, account), the main account first under the key `api_key_env`."""
    accounts = list(catalogue.accounts.values())
    ordinary = [account for account in accounts if _free_hand(account)] or accounts[:1]
    fits = {
        "api_key": ordinary[:1],
        "other": ordinary[1:2],
        "exhausted": [a for a in accounts if a.credit_usd is not None and a.credit_usd == 0],
        "limited": [a for a in accounts if a.rate is not None],
    }
    for role, found in fits.items():
        variable = "GATEWAY_API_KEY" if role == "api_key" else f"GATEWAY_{role.upper()}_KEY"
        if found:
            yield f"{role}_env", variable, found[0]


def key_variables(catalogue: Catalogue) -> dict[str, str]:
    """Environment variable -> key, for every key that the profile names."""
    return {variable: account.key for _, variable, account in _accounts(catalogue)}


def export_lines(catalogue: Catalogue) -> list[str]:
    """`export NAME=KEY` for every key that the profile names."""
    return [f"export {variable}={key}" for variable, key in key_variables(catalogue).items()]


def profile_toml(catalogue: Catalogue, base_url: str) -> str:
    """The profile, as TOML."""
    models = list(catalogue.models.values())
    variables = {key: variable for key, variable, _ in _accounts(catalogue)}
    picked = {role: next((m.id for m in models if fits(m)), None) for role, fits in _ROLES.items()}
    rejected, refused = catalogue.house.rejected_phrases, catalogue.house.rejected_images
    tables: dict[str, Mapping[str, object]] = {
        "target": {"base_url": base_url, "api_key_env": variables.pop("api_key_env")},
        "models": {role: model for role, model in picked.items() if model},
        "traits": {trait: [m.id for m in models if fits(m) and _works(m)] for trait, fits in _TRAITS.items()},
        "keys": variables,
        "inputs": {"reference_image": "https://images.example/cat.png"}
        | ({"rejected_image": refused[0]} if refused else {}),
        "prompts": {"rejected": rejected[0]} if rejected else {},
        "limits": {"max_cost_usd": 10.0, "max_generations": 25, "max_time_s": 600},
        # It bills nobody: as much as thousands of users order in an hour.
        "load.limits": {"max_cost_usd": 100_000.0, "max_generations": 1_000_000, "max_time_s": 3_600},
        "prices": {"default": 0.1} | {m.id: m.price_usd for m in models if _works(m)},
    }
    return "# The reference gateway as it is being served.\n" + "".join(map(_table, tables, tables.values()))


def _table(name: str, values: Mapping[str, object]) -> str:
    rows = [f"{_key(key)} = {json.dumps(value, ensure_ascii=False)}" for key, value in values.items()]
    return "\n".join(["", f"[{name}]", *rows, ""]) if rows else ""


def _key(key: str) -> str:
    return key if key.replace("_", "").isalnum() and key.isascii() else json.dumps(key)
