"""The target: what is under test and what it offers, as its profile says.

A profile is a TOML file in the form of the README's example. Everything in it is checked when it is read; an
unknown table or key is an error, because a typo here would silently weaken a run. Keys come from environment
variables only and never stand in a profile, a report or a message.
"""

import itertools
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from generations_contract.api import toml_file
from generations_contract.api.promises import FromEnvironment, GatewayTable, Models, Profile
from generations_contract.api.terms import Terms
from generations_contract.api.usage import UsageError
from generations_contract.api.usual import required_members
from generations_contract.api.vocabulary import EXAMPLE_MODELS, INPUT_KEYS, TOP_LEVEL_KEYS, Modality


@dataclass(frozen=True)
class Target:
    """A profile with its keys at hand. `keys` maps account labels ("main", "other", ...) to API keys.

    `variables` maps the same labels to the environment variables that the keys came from: what a curl line
    in a report shows instead. `nonce` makes the prompts of this run differ from those of any other.
    `reference`: further models that only the embedded gateway is known to have, and their modality.
    `headers`: (name, value) added to every API request; `secrets` maps environment variables to those of the
    values that must not be shown. `ca_file`: certificates to trust instead of the usual ones.
    """

    profile: Profile
    keys: Mapping[str, str] = field(repr=False)
    variables: Mapping[str, str]
    nonce: str = ""
    reference: Mapping[str, Modality] = field(default_factory=dict)
    headers: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    secrets: Mapping[str, str] = field(default_factory=dict, repr=False)
    ca_file: Path | None = None
    _counter: Iterator[int] = field(default_factory=itertools.count, repr=False, compare=False)

    @classmethod
    def load(cls, path: Path, environment: Mapping[str, str], nonce: str = "") -> "Target":
        """Read a profile file; raises `UsageError`, in one line, for whatever is wrong with it."""
        made = cls.parse(toml_file.text_of(path), environment, nonce, name=str(path))
        return replace(made, ca_file=made.ca_file and path.parent / made.ca_file)

    @classmethod
    def parse(
        cls, text: str, environment: Mapping[str, str], nonce: str = "", name: str = "profile"
    ) -> "Target":
        """Read a profile from its text; `name` stands in messages."""
        return cls.of(toml_file.parse(text, Profile, name), environment, nonce, name)

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
        headers, secrets = _headers(profile, environment, name)
        ca_file = Path(profile.target.ca_file) if profile.target.ca_file else None
        return cls(profile, keys, variables, nonce, ca_file=ca_file, headers=headers, secrets=secrets)

    @classmethod
    def at(cls, url: str, environment: Mapping[str, str], nonce: str = "") -> "Target":
        """A target without a profile: the key in GATEWAY_API_KEY, the document's model names."""
        try:
            gateway = GatewayTable(base_url=url)
        except ValidationError:
            shown = re.sub(r"//[^/]*@", "//***@", url)  # what stands there is a password
            raise UsageError(f"{shown}: is neither a profile file nor an http(s) URL") from None
        models = Models(image="flux-1.1-pro", video="veo-3", slow="runway-gen4")
        return cls.of(Profile(target=gateway, models=models), environment, nonce, name=url)

    @property
    def base_url(self) -> str:
        """Where `/v1/generations` is appended; no slash at the end."""
        return self.profile.target.base_url

    @property
    def models(self) -> Models:
        """Model ids by what they are for."""
        return self.profile.models

    @cached_property
    def modalities(self) -> Mapping[str, Modality]:
        """Model id -> modality, of every model of which the profile or the document says it."""
        named: dict[str, Modality] = {**EXAMPLE_MODELS, **self.reference, self.models.image: "image"}
        return {**named, self.models.video: "video"} if self.models.video else named

    @cached_property
    def named(self) -> frozenset[str]:
        """Every model id that stands in the profile, whatever for."""
        roles = (model for _, model in self.models if model)
        return frozenset((*roles, *(model for _, models in self.profile.traits for model in models)))

    def terms(self, floor_s: float = 0.0) -> Terms:
        """The extract of this profile that judgement needs; `floor_s` is the measured round trip."""
        models, traits, limits = self.profile.models, self.profile.traits, self.profile.limits
        return Terms(
            modalities=self.modalities,
            slack_s=limits.wait_slack_s,
            floor_s=floor_s,
            image_deadline_s=limits.image_deadline_s,
            video_deadline_s=limits.video_deadline_s,
            deterministic=frozenset(traits.deterministic),
            sized=frozenset(traits.sized),
            proportioned=frozenset(traits.proportioned),
            free=frozenset(traits.free),
            timed=frozenset(traits.timed),
            resolved=frozenset(traits.resolved),
            image_to_image=frozenset(traits.image_to_image),
            named=self.named,
            restricted=models.restricted,
            failing=models.failing,
            timing_out=models.timing_out,
            cancelling=models.cancelling,
            rejected_prompt=self.profile.prompts.rejected,
            rejected_image=self.profile.inputs.rejected_image,
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
        """A valid request body: `model` defaults to the image model; `top` are top-level keys (n, wait).

        What these schemas do not have is left out; what they require besides is there.
        """
        text = self.prompt() if prompt is None else prompt
        name = model or self.models.image
        more, more_inputs = required_members(self.modalities.get(name, "image"))
        known = {key: value for key, value in (inputs or {}).items() if key in INPUT_KEYS}
        further = {key: value for key, value in top.items() if key in TOP_LEVEL_KEYS}
        return {"model": name, "input": {"prompt": text, **more_inputs, **known}, **more, **further}

    def price_usd(self, model: str) -> float:
        """What to reserve for one asset of a model before its cost is known."""
        return self.profile.prices.get(model, self.profile.prices.get("default", 0.10))


def _headers(
    profile: Profile, environment: Mapping[str, str], name: str
) -> tuple[tuple[tuple[str, str], ...], dict[str, str]]:
    """The further headers of every request, and the values among them that are secrets, by variable."""
    secrets = {
        value.env: _secret(environment, value.env, f"{name}: [headers] {header}")
        for header, value in profile.headers.items()
        if isinstance(value, FromEnvironment)
    }
    return tuple(
        (header, value if isinstance(value, str) else secrets[value.env])
        for header, value in profile.headers.items()
    ), secrets


def _secret(environment: Mapping[str, str], variable: str, place: str) -> str:
    value = environment.get(variable, "")
    if not value or not value.isascii() or not value.isprintable() or value != value.strip():
        raise UsageError(f"{place}: set the environment variable {variable} to the header's value")
    return value
