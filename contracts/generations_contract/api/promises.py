"""The tables of a target profile: what may stand in the TOML file, and what is wrong with one that is not so.

Only the form is decided here; what a profile means, and the keys that it names, are `target`'s. An unknown
table or key is an error with a suggestion, because a typo would silently weaken a run.
"""

import re
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator, BeforeValidator, Field

from generations_contract.api.toml_file import Table
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
_Seconds = Annotated[float, Field(gt=0, allow_inf_nan=False)]
_Host = Annotated[str, AfterValidator(_host)]


class GatewayTable(Table):
    """Where the gateway is. `ca_file`: PEM, beside the profile, trusted instead of the usual certificates.

    `media_hosts`: where redirects of downloads may lead, also inside the network; by default any public host.
    `schemas`: its own version of the schemas, beside the profile; `schema_choice` has read it before this is.
    `document`: the date of the contract that it is measured by; `document.states` knows the dates.
    """

    base_url: Annotated[str, AfterValidator(_http_url)]
    api_key_env: _Name = "GATEWAY_API_KEY"
    ca_file: _Name | None = None
    schemas: _Name | None = None
    document: _Name | None = None
    media_hosts: list[_Host] = Field(default_factory=list)


class FromEnvironment(Table):
    """A header value that is a secret: it stands in an environment variable."""

    env: _Name


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


class Models(Table):
    """Model ids by what they are for; only `image` is required."""

    image: _Name
    video: _Name | None = None
    slow: _Name | None = None
    restricted: _Name | None = None
    failing: _Name | None = None
    timing_out: _Name | None = None


class Traits(Table):
    """Model ids of which more may be asked."""

    deterministic: list[_Name] = Field(default_factory=list)
    sized: list[_Name] = Field(default_factory=list)
    proportioned: list[_Name] = Field(default_factory=list)
    free: list[_Name] = Field(default_factory=list)


class _Keys(Table):
    other_env: _Name | None = None
    exhausted_env: _Name | None = None
    limited_env: _Name | None = None


class Inputs(Table):
    """Material that the provider can fetch."""

    reference_image: _Name | None = None


class Prompts(Table):
    """Prompts with a known fate."""

    rejected: _Name | None = None


class Limits(Table):
    """Hard limits of a run, deadlines and the timing allowance; seconds and US dollars."""

    max_cost_usd: Annotated[float, Field(ge=0, allow_inf_nan=False)] = 1.0
    max_generations: Annotated[int, Field(ge=0)] = 25
    max_time_s: _Seconds = 600
    image_deadline_s: _Seconds = IMAGE_DEADLINE_S
    video_deadline_s: _Seconds = VIDEO_DEADLINE_S
    wait_slack_s: _Seconds = 0.5


def in_words_of_the_file(need: str) -> str:
    """What a profile must say to offer "table.key", as it stands in the file: `[keys] other_env = "…"`."""
    table, _, key = need.partition(".")
    if table == "keys":
        return f'[keys] {key}_env = "…"'
    return f"[{table}] {key} = " + ('["…"]' if table == "traits" else '"…"')


class Profile(Table):
    """A target profile, table by table."""

    target: GatewayTable
    models: Models
    traits: Traits = Traits()
    keys: _Keys = _Keys()
    inputs: Inputs = Inputs()
    prompts: Prompts = Prompts()
    limits: Limits = Limits()
    headers: dict[_HeaderName, _HeaderValue] = Field(default_factory=dict)
    prices: dict[str, Annotated[float, Field(ge=0, allow_inf_nan=False)]] = Field(default_factory=dict)
    waive: dict[str, _Name] = Field(default_factory=dict)
