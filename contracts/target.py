"""The target: what is under test and what it offers, as its profile says.

A profile is a TOML file in the form of the README's example. Everything in it is checked when it is read; an
unknown table or key is an error, because a typo here would silently weaken a run. Keys come from environment
variables only and never stand in a profile, a report or a message.
"""

import itertools
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from contracts.terms import Terms
from contracts.vocabulary import (
    EXAMPLE_MODELS,
    IMAGE_DEADLINE_S,
    VIDEO_DEADLINE_S,
    Modality,
)


class UsageError(Exception):
    """Wrong usage or an unusable target: one line that names what to change; exit code 4."""


def _http_url(value: str) -> str:
    parts = urlsplit(value)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.query or parts.fragment:
        raise ValueError("is no http(s) URL of a gateway, e.g. https://gateway.example")
    return value.rstrip("/")


class _Table(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


_Name = Annotated[str, Field(min_length=1)]
_Seconds = Annotated[float, Field(gt=0, allow_inf_nan=False)]


class _Gateway(_Table):
    base_url: Annotated[str, AfterValidator(_http_url)]
    api_key_env: _Name = "GATEWAY_API_KEY"


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

    target: _Gateway
    models: Models
    traits: Traits = Traits()
    keys: _Keys = _Keys()
    inputs: Inputs = Inputs()
    prompts: Prompts = Prompts()
    limits: Limits = Limits()
    prices: dict[str, Annotated[float, Field(ge=0, allow_inf_nan=False)]] = {}
    waive: dict[str, _Name] = {}


@dataclass(frozen=True)
class Target:
    """A profile with its keys at hand. `keys` maps account labels ("main", "other", ...) to API keys.

    `variables` maps the same labels to the environment variables that the keys came from: what a curl line
    in a report shows instead. `nonce` makes the prompts of this run differ from those of any other.
    `reference`: further models that only the embedded gateway is known to have, and their modality.
    """

    profile: Profile
    keys: Mapping[str, str] = field(repr=False)
    variables: Mapping[str, str]
    nonce: str = ""
    reference: Mapping[str, Modality] = field(default_factory=dict)
    _counter: Iterator[int] = field(default_factory=itertools.count, repr=False, compare=False)

    @classmethod
    def load(cls, path: Path, environment: Mapping[str, str], nonce: str = "") -> "Target":
        """Read a profile file; raises `UsageError`, in one line, for whatever is wrong with it."""
        try:
            text = path.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            reason = getattr(error, "strerror", None) or "is not UTF-8 text"
            raise UsageError(f"{path}: cannot be read: {reason}") from None
        return cls.parse(text, environment, nonce, name=str(path))

    @classmethod
    def parse(
        cls, text: str, environment: Mapping[str, str], nonce: str = "", name: str = "profile"
    ) -> "Target":
        """Read a profile from its text; `name` stands in messages."""
        try:
            document = tomllib.loads(text)
            profile = Profile.model_validate(document)
        except (tomllib.TOMLDecodeError, RecursionError) as error:
            raise UsageError(f"{name}: is no TOML: {error}") from None
        except ValidationError as error:
            raise UsageError(f"{name}: {_first_problem(error)}") from None
        return cls.of(profile, environment, nonce, name)

    @classmethod
    def of(
        cls, profile: Profile, environment: Mapping[str, str], nonce: str = "", name: str = "profile"
    ) -> "Target":
        """Join a profile with the keys that its environment variables hold."""
        named = {
            "main": profile.target.api_key_env,
            "other": profile.keys.other_env,
            "exhausted": profile.keys.exhausted_env,
            "limited": profile.keys.limited_env,
        }
        variables = {label: variable for label, variable in named.items() if variable}
        for label, variable in variables.items():
            key = environment.get(variable, "")
            if not key:
                raise UsageError(f"{name}: set the environment variable {variable} to the {label} API key")
            if not key.isascii() or not key.isprintable() or " " in key:
                raise UsageError(
                    f"{name}: {variable} holds no API key: blanks or other unprintable characters"
                )
        keys = {label: environment[variable] for label, variable in variables.items()}
        if len(set(keys.values())) < len(keys):
            raise UsageError(f"{name}: two of {', '.join(variables.values())} hold the same key")
        return cls(profile, keys, variables, nonce)

    @classmethod
    def at(cls, url: str, environment: Mapping[str, str], nonce: str = "") -> "Target":
        """A target without a profile: the key in GATEWAY_API_KEY, the document's model names."""
        try:
            gateway = _Gateway(base_url=url)
        except ValidationError:
            raise UsageError(f"--target {url}: is neither a profile file nor an http(s) URL") from None
        models = Models(image="flux-1.1-pro", video="veo-3", slow="runway-gen4")
        return cls.of(Profile(target=gateway, models=models), environment, nonce, name=f"--target {url}")

    @property
    def base_url(self) -> str:
        """Where `/v1/generations` is appended; no slash at the end."""
        return self.profile.target.base_url

    @property
    def models(self) -> Models:
        """Model ids by what they are for."""
        return self.profile.models

    def terms(self, floor_s: float = 0.0) -> Terms:
        """The extract of this profile that judgement needs; `floor_s` is the measured round trip."""
        models, traits, limits = self.profile.models, self.profile.traits, self.profile.limits
        modalities: dict[str, Modality] = {**EXAMPLE_MODELS, **self.reference}
        modalities[models.image] = "image"
        if models.video:
            modalities[models.video] = "video"
        return Terms(
            modalities=modalities,
            slack_s=limits.wait_slack_s,
            floor_s=floor_s,
            image_deadline_s=limits.image_deadline_s,
            video_deadline_s=limits.video_deadline_s,
            deterministic=frozenset(traits.deterministic),
            sized=frozenset(traits.sized),
            proportioned=frozenset(traits.proportioned),
            free=frozenset(traits.free),
            restricted=models.restricted,
            failing=models.failing,
            timing_out=models.timing_out,
            rejected_prompt=self.profile.prompts.rejected,
        )

    def offers(self, need: str) -> bool:
        """Whether the profile names what a probe needs, as "table.key" ("models.video", "keys.other")."""
        table, _, key = need.partition(".")
        if table in ("keys", "reference"):
            return key in getattr(self, table)
        return bool(getattr(getattr(self.profile, table), key))

    def prompt(self, subject: str = "a lighthouse at dusk") -> str:
        """A prompt that no other creation of this run, or of another run, has used."""
        return f"{subject}, take {self.nonce}{next(self._counter)}"

    def request(
        self,
        model: str | None = None,
        *,
        prompt: str | None = None,
        inputs: Mapping[str, Any] | None = None,
        **top: Any,
    ) -> dict[str, Any]:
        """A valid request body: `model` defaults to the image model; `top` are top-level keys (n, wait)."""
        text = self.prompt() if prompt is None else prompt
        return {"model": model or self.models.image, "input": {"prompt": text, **(inputs or {})}, **top}

    def price_usd(self, model: str) -> float:
        """What to reserve for one asset of a model before its cost is known."""
        return self.profile.prices.get(model, self.profile.prices.get("default", 0.10))


def _first_problem(error: ValidationError) -> str:
    """The first problem of a profile as one line, with a suggestion for an unknown name."""
    problem = error.errors(include_url=False)[0]
    *tables, key = [str(part) for part in problem["loc"]] or ["profile"]
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
