"""The tables of a target profile: what may stand in the TOML file, and what is wrong with one that is not so.

Only the form is decided here; what a profile means, and the keys that it names, are `target`'s. An unknown
table or key is an error with a suggestion, because a typo would silently weaken a run.
"""

import re
from typing import Annotated, Any, Final
from urllib.parse import urlsplit

from pydantic import AfterValidator, BeforeValidator, Field

from generations_contract.api.toml_file import Table
from generations_contract.api.variables import is_name_of_variable
from generations_contract.api.vocabulary import GENERATIONS_PATH, IMAGE_DEADLINE_S, VIDEO_DEADLINE_S


def _http_url(value: str) -> str:
    if not _is_gateway(value):
        raise ValueError("is no http(s) URL of a gateway, e.g. https://gateway.example")
    url = value.rstrip("/")
    if url.endswith(GENERATIONS_PATH):
        raise ValueError(f"ends in {GENERATIONS_PATH}, which is appended to it; write what comes before")
    return url


def _is_gateway(url: str) -> bool:
    try:
        parts = urlsplit(url)
        _ = parts.port  # raises for a wrong one
    except ValueError:
        return False
    # Python's parser drops tabs and line ends in silence; credentials would end up in reports.
    clean = url.isascii() and url.isprintable() and not set(url) & set(" \\?#@")
    return clean and parts.scheme in ("http", "https") and bool(parts.hostname)


def _host(value: str) -> str:
    if not re.fullmatch(r"[A-Za-z0-9.:_-]+", value, re.ASCII) or value.count(":") == 1:
        raise ValueError("is no host name or address; write it without scheme, port and path")
    return value.lower().rstrip(".")


_Name = Annotated[str, Field(min_length=1)]


def _variable(name: str) -> str:
    if not is_name_of_variable(name):
        raise ValueError(
            "is no name of an environment variable; name the one that holds the key "
            "(what stands there is not shown: it may be a key)"
        )
    return name


_Variable = Annotated[_Name, AfterValidator(_variable)]
_Seconds = Annotated[float, Field(gt=0, allow_inf_nan=False)]
_Host = Annotated[str, AfterValidator(_host)]


class GatewayTable(Table):
    """Where the gateway is. `ca_file`: PEM, beside the profile, trusted instead of the usual certificates.

    `media_hosts`: where redirects of downloads may lead, also inside the network; by default any public host.
    `schemas`: its own version of the schemas, beside the profile; `schema_choice` has read it before this is.
    `document`: the date of the contract that it is measured by; `document.states` knows the dates.
    """

    base_url: Annotated[str, AfterValidator(_http_url)]
    api_key_env: _Variable = "GATEWAY_API_KEY"
    ca_file: _Name | None = None
    schemas: _Name | None = None
    document: _Name | None = None
    media_hosts: list[_Host] = Field(default_factory=list)


class FromEnvironment(Table):
    """A header value that is a secret: it stands in an environment variable."""

    env: _Variable


def _header_name(name: str) -> str:
    if not re.fullmatch(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+", name, re.ASCII):
        raise ValueError("is no name of a header")
    if name.lower() in ("authorization", "content-type", "content-length", "host", "transfer-encoding"):
        raise ValueError("is set by the suite itself; remove it")
    return name


def _header_value(value: object) -> object:
    if isinstance(value, str) and value.isascii() and value.isprintable() and value == value.strip() != "":
        return value
    if isinstance(value, dict) and list(value) == ["env"] and isinstance(value["env"], str) and value["env"]:
        return FromEnvironment(env=value["env"])
    raise ValueError('is neither plain text nor { env = "VARIABLE" }')


_HeaderName = Annotated[str, AfterValidator(_header_name)]
_HeaderValue = Annotated[str | FromEnvironment, BeforeValidator(_header_value)]


def _named(promise: str) -> Any:
    """A key that may be left out; by naming something there a profile makes the promise."""
    return Field(default=None, description=promise)


def _listed(promise: str) -> Any:
    return Field(default_factory=list, description=promise)


class Models(Table):
    """Model ids by what they are for; only `image` is required."""

    image: _Name = Field(description="an image model")
    video: _Name | None = _named("a video model")
    slow: _Name | None = _named("a model whose jobs take several seconds")
    restricted: _Name | None = _named("not enabled for this account: 403 model_unavailable")
    failing: _Name | None = _named("every provider errors: 502 provider_unavailable")
    timing_out: _Name | None = _named("every provider times out: 504 provider_timeout")
    cancelling: _Name | None = _named("its jobs end cancelled")
    long: _Name | None = _named("its jobs outlive a whole window of 60 s")


class Traits(Table):
    """Model ids of which more may be asked."""

    deterministic: list[_Name] = _listed("same seed, same picture")
    sized: list[_Name] = _listed("honours input.size")
    proportioned: list[_Name] = _listed("honours input.aspect_ratio")
    free: list[_Name] = _listed("costs nothing")
    timed: list[_Name] = _listed("honours input.duration")
    resolved: list[_Name] = _listed("honours input.resolution")
    image_to_image: list[_Name] = _listed("takes input.images; others may refuse it")


class _Keys(Table):
    other_env: _Variable | None = _named("another account")
    exhausted_env: _Variable | None = _named("an account out of credit: 402 insufficient_quota")
    limited_env: _Variable | None = _named("an account with a low rate limit: 429 rate_limited")


class Inputs(Table):
    """Material that the provider can fetch."""

    reference_image: _Name | None = _named("a picture that the provider can fetch")
    rejected_image: _Name | None = _named("a picture that the provider's policy refuses: 422 content_policy")


class Prompts(Table):
    """Prompts with a known fate."""

    rejected: _Name | None = _named("a prompt that the provider's policy refuses: 422 content_policy")


# What the looks of a run at its usual depth need; a larger budget buys more of them.
MAX_GENERATIONS: Final = 25


class Limits(Table):
    """Hard limits of a run, deadlines and the timing allowance; seconds and US dollars."""

    max_cost_usd: Annotated[float, Field(ge=0, allow_inf_nan=False)] = 1.0
    max_generations: Annotated[int, Field(ge=0)] = MAX_GENERATIONS
    max_time_s: _Seconds = 600
    image_deadline_s: _Seconds = IMAGE_DEADLINE_S
    video_deadline_s: _Seconds = VIDEO_DEADLINE_S
    wait_slack_s: _Seconds = 0.5


class LoadLimits(Table):
    """Hard limits of a load run, which needs more than a contract run; seconds and US dollars."""

    max_cost_usd: Annotated[float, Field(ge=0, allow_inf_nan=False)]
    max_generations: Annotated[int, Field(ge=0)]
    max_time_s: _Seconds


class Load(Table):
    """What load runs may do; without limits of their own those of a contract run hold."""

    limits: LoadLimits | None = None


class Profile(Table):
    """A target profile, table by table."""

    target: GatewayTable
    models: Models
    traits: Traits = Traits()
    keys: _Keys = _Keys()
    inputs: Inputs = Inputs()
    prompts: Prompts = Prompts()
    limits: Limits = Limits()
    load: Load = Load()
    headers: dict[_HeaderName, _HeaderValue] = Field(default_factory=dict)
    prices: dict[str, Annotated[float, Field(ge=0, allow_inf_nan=False)]] = Field(default_factory=dict)
    waive: dict[str, _Name] = Field(default_factory=dict)


def load_limits(profile: Profile) -> tuple[str, LoadLimits]:
    """The limits of a load run, and the table of the profile that they stand in."""
    if profile.load.limits is not None:
        return "load.limits", profile.load.limits
    own = profile.limits
    return "limits", LoadLimits(
        max_cost_usd=own.max_cost_usd, max_generations=own.max_generations, max_time_s=own.max_time_s
    )


def promised(need: str) -> str:
    """What a profile promises by a need ("models.failing"), in the profile's own words, without a value."""
    table, key, description = _described(need)
    return f"[{table}] {key}: {description}"


def in_words_of_the_file(need: str) -> str:
    """What a profile must say to make a promise, as it stands in the file: `[keys] other_env = "VARIABLE"`."""
    table, key, _ = _described(need)
    value = '["MODEL"]' if table == "traits" else '"VARIABLE"' if table == "keys" else '"…"'
    return f"[{table}] {key} = {value}"


def missing(need: str) -> str:
    """What to add to a profile that lacks a need, and what it promises then."""
    return f"add {in_words_of_the_file(need)} to the profile: {_described(need)[2]}"


def _described(need: str) -> tuple[str, str, str]:
    table, _, name = need.partition(".")
    key = f"{name}_env" if table == "keys" else name
    model = Profile.model_fields[table].annotation
    fields = model.model_fields if isinstance(model, type) and issubclass(model, Table) else {}
    return table, key, (fields[key].description if key in fields else None) or ""
