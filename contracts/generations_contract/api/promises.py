"""The tables of a target profile: what may stand in the TOML file, and what is wrong with one that is not so.

Only the form is decided here; what a profile means, and the keys that it names, are `target`'s. An unknown
table or key is an error with a suggestion, because a typo would silently weaken a run.
"""

import re
from difflib import get_close_matches
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

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


class _Table(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


_Name = Annotated[str, Field(min_length=1)]
_Seconds = Annotated[float, Field(gt=0, allow_inf_nan=False)]
_Host = Annotated[str, AfterValidator(_host)]


class GatewayTable(_Table):
    """Where the gateway is. `ca_file`: PEM, beside the profile, trusted instead of the usual certificates.

    `media_hosts`: where redirects of downloads may lead, also inside the network; by default any public host.
    """

    base_url: Annotated[str, AfterValidator(_http_url)]
    api_key_env: _Name = "GATEWAY_API_KEY"
    ca_file: _Name | None = None
    media_hosts: list[_Host] = []


class FromEnvironment(_Table):
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


class Models(_Table):
    """Model ids by what they are for; only `image` is required."""

    image: _Name
    video: _Name | None = None
    slow: _Name | None = None
    restricted: _Name | None = None
    failing: _Name | None = None
    timing_out: _Name | None = None


class Traits(_Table):
    """Model ids of which more may be asked."""

    deterministic: list[_Name] = []
    sized: list[_Name] = []
    proportioned: list[_Name] = []
    free: list[_Name] = []


class _Keys(_Table):
    other_env: _Name | None = None
    exhausted_env: _Name | None = None
    limited_env: _Name | None = None


class Inputs(_Table):
    """Material that the provider can fetch."""

    reference_image: _Name | None = None


class Prompts(_Table):
    """Prompts with a known fate."""

    rejected: _Name | None = None


class Limits(_Table):
    """Hard limits of a run, deadlines and the timing allowance; seconds and US dollars."""

    max_cost_usd: Annotated[float, Field(ge=0, allow_inf_nan=False)] = 1.0
    max_generations: Annotated[int, Field(ge=0)] = 25
    max_time_s: _Seconds = 600
    image_deadline_s: _Seconds = IMAGE_DEADLINE_S
    video_deadline_s: _Seconds = VIDEO_DEADLINE_S
    wait_slack_s: _Seconds = 0.5


class Profile(_Table):
    """A target profile, table by table."""

    target: GatewayTable
    models: Models
    traits: Traits = Traits()
    keys: _Keys = _Keys()
    inputs: Inputs = Inputs()
    prompts: Prompts = Prompts()
    limits: Limits = Limits()
    headers: dict[_HeaderName, _HeaderValue] = {}
    prices: dict[str, Annotated[float, Field(ge=0, allow_inf_nan=False)]] = {}
    waive: dict[str, _Name] = {}


def first_problem(error: ValidationError) -> str:
    """The first problem of a profile as one line, with a suggestion for an unknown name."""
    # What is missing may only be misspelt: an unknown name tells more.
    problem = min(error.errors(include_url=False), key=lambda each: each["type"] != "extra_forbidden")
    *tables, key = [str(part) for part in problem["loc"] if part != "[key]"] or ["profile"]
    place = f"[{'.'.join(tables)}] {key}" if tables else f"[{key}]"
    if problem["type"] == "extra_forbidden":
        known = _names(tables)
        close = get_close_matches(key, known, n=1, cutoff=0.5)
        hint = f"did you mean {close[0]}?" if close else f"known: {', '.join(known)}"
        return f"{place} is unknown; {hint}"
    if problem["type"] == "missing":
        return f"{place} is missing"
    return f"{place}: {problem['msg'].removeprefix('Value error, ')}"


def _names(tables: list[str]) -> list[str]:
    model: type[BaseModel] = Profile
    for name in tables:
        model = model.model_fields[name].annotation  # type: ignore[assignment]
    return list(model.model_fields)
