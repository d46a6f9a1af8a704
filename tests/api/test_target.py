"""Targets: what a profile and its environment make of each other, and what a target then offers."""

import re
from pathlib import Path
from typing import Any

import pytest

from generations_contract.api.target import Target
from generations_contract.api.usage import UsageError
from generations_contract.api.vocabulary import EXAMPLE_MODELS
from tests.support.exchanges import ENVIRONMENT, KEY, MINIMAL_PROFILE, example_target

TARGET = '[target]\nbase_url = "https://gateway.test"\n'
MODELS = '[models]\nimage = "flux-1.1-pro"\n'
UMLAUT = "schl\N{LATIN SMALL LETTER U WITH DIAERESIS}ssel"


def _refusal(text: str, environment: dict[str, str] | None = None) -> str:
    with pytest.raises(UsageError) as caught:
        Target.parse(text, ENVIRONMENT if environment is None else environment)
    message = str(caught.value)
    assert "\n" not in message
    assert message.startswith("profile: ")
    assert not any(key in message for key in ENVIRONMENT.values())
    return message.removeprefix("profile: ")


def test_example_profile_loads() -> None:
    """The documented example is a profile: every table and key of it is known and arrives."""
    target = example_target()
    profile = target.profile
    assert target.base_url == "https://gateway.staging.example"
    assert target.keys["main"] == KEY
    assert target.variables["exhausted"] == "GATEWAY_EXHAUSTED_KEY"
    assert (profile.models.slow, profile.models.timing_out) == ("runway-gen4", "stalled-provider")
    assert profile.traits.sized == ["flux-1.1-pro"]
    assert (profile.limits.max_generations, profile.limits.wait_slack_s) == (25, 0.5)
    assert profile.inputs.reference_image == "https://images.example/cat.png"
    assert profile.waive == {}


@pytest.mark.parametrize(
    ("url", "base"),
    [
        ("https://gateway.test/", "https://gateway.test"),
        ("https://gateway.test/api//", "https://gateway.test/api"),
        ("http://127.0.0.1:8080", "http://127.0.0.1:8080"),
        ("http://[::1]:8080", "http://[::1]:8080"),
    ],
)
def test_base_url_has_no_slash_at_the_end(url: str, base: str) -> None:
    """The path of the operations is appended to it."""
    assert Target.at(url, ENVIRONMENT).base_url == base


@pytest.mark.parametrize(
    ("text", "environment", "message"),
    [
        (MINIMAL_PROFILE, {}, "set the environment variable GATEWAY_API_KEY to the main API key"),
        (MINIMAL_PROFILE, {"GATEWAY_API_KEY": ""}, "set the environment variable GATEWAY_API_KEY"),
        (TARGET + 'api_key_env = "MINE"\n' + MODELS, ENVIRONMENT, "set the environment variable MINE"),
        (MINIMAL_PROFILE + '[keys]\nother_env = "OTHER"', ENVIRONMENT, "OTHER to the other API key"),
        (MINIMAL_PROFILE, {"GATEWAY_API_KEY": f"{KEY}\n"}, "GATEWAY_API_KEY holds no API key"),
        (MINIMAL_PROFILE, {"GATEWAY_API_KEY": "two words"}, "GATEWAY_API_KEY holds no API key"),
        (MINIMAL_PROFILE, {"GATEWAY_API_KEY": UMLAUT}, "holds no API key"),
        (
            MINIMAL_PROFILE + '[keys]\nother_env = "OTHER"',
            ENVIRONMENT | {"OTHER": KEY},
            "two of GATEWAY_API_KEY, OTHER hold the same key",
        ),
        (
            MINIMAL_PROFILE + '[keys]\nother_env = "GATEWAY_API_KEY"',
            ENVIRONMENT,
            "two of GATEWAY_API_KEY, GATEWAY_API_KEY hold the same key",
        ),
    ],
)  # fmt: skip
def test_keys_come_from_the_environment(text: str, environment: dict[str, str], message: str) -> None:
    """A missing, unusable or repeated key is told by the name of its variable, never by its value."""
    assert message in _refusal(text, environment)


def test_headers_are_plain_or_from_the_environment() -> None:
    """A further header is what the profile says, or a secret that an environment variable holds."""
    text = MINIMAL_PROFILE + '[headers]\nX-Team = "a team"\nX-Secret = { env = "PROXY_SECRET" }'
    target = Target.parse(text, ENVIRONMENT | {"PROXY_SECRET": "s3cret-of-the-proxy"})
    assert target.headers == (("X-Team", "a team"), ("X-Secret", "s3cret-of-the-proxy"))
    assert "s3cret" not in repr(target)
    for value in ("", " s3cret", "s3\ncret"):
        message = _refusal(text, ENVIRONMENT | {"PROXY_SECRET": value})
        assert (
            message == "[headers] X-Secret: set the environment variable PROXY_SECRET to the header's value"
        )


def test_target_never_shows_its_keys() -> None:
    """Neither the representation of a target nor that of its profile holds a key."""
    assert not any(key in repr(example_target()) for key in ENVIRONMENT.values())


def test_profile_file_must_be_readable(tmp_path: Path) -> None:
    """A missing file, a directory and a file that is no text are told by their path."""
    binary = tmp_path / "binary.toml"
    binary.write_bytes(b"\xff\xfe")
    for path, why in [
        (tmp_path / "none.toml", "No such file"),
        (tmp_path, "directory"),
        (binary, "not UTF-8"),
    ]:
        with pytest.raises(UsageError, match=f"{re.escape(str(path))}: cannot be read: .*{why}"):
            Target.load(path, ENVIRONMENT)


def test_target_from_a_url_knows_the_documents_models() -> None:
    """Without a profile the document's own model names are all that is known."""
    target = Target.at("https://gateway.test", ENVIRONMENT)
    assert {target.models.image, target.models.video, target.models.slow} == EXAMPLE_MODELS.keys()
    assert target.keys == {"main": KEY}
    with pytest.raises(UsageError, match=r"https://gateway\.test: set .* GATEWAY_API_KEY"):
        Target.at("https://gateway.test", {})


@pytest.mark.parametrize(
    ("need", "minimal", "example"),
    [
        ("models.image", True, True),
        ("models.video", False, True),
        ("models.timing_out", False, True),
        ("keys.main", True, True),
        ("keys.other", False, True),
        ("keys.limited", False, True),
        ("traits.sized", False, True),
        ("traits.free", False, False),
        ("inputs.reference_image", False, True),
        ("prompts.rejected", False, True),
        ("reference.instant-image", False, False),
    ],
)
def test_target_offers_what_its_profile_names(need: str, minimal: bool, example: bool) -> None:
    """An absent key and an empty list are no offer."""
    assert Target.parse(MINIMAL_PROFILE, ENVIRONMENT).offers(need) is minimal
    assert example_target().offers(need) is example


@pytest.mark.parametrize("need", ["models.vidoe", "model.video", "models", ""])
def test_target_refuses_to_be_asked_for_what_no_profile_can_name(need: str) -> None:
    """A misspelt need of a probe is an error, not a probe that is never played."""
    with pytest.raises((AttributeError, KeyError)):
        example_target().offers(need)


def test_prompts_are_unique() -> None:
    """No two creations of a run share a prompt, and two runs share none."""
    target, other = example_target("a-"), example_target("b-")
    prompts = [target.prompt() for _ in range(50)] + [other.prompt() for _ in range(50)]
    prompts += [target.request()["input"]["prompt"] for _ in range(50)]
    assert len(set(prompts)) == len(prompts)


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ({"prompt": "x"}, {"model": "flux-1.1-pro", "input": {"prompt": "x"}}),
        (
            {"model": "veo-3", "prompt": "x", "wait": 0},
            {"model": "veo-3", "input": {"prompt": "x"}, "wait": 0},
        ),
        (
            {"prompt": "", "inputs": {"seed": 1}},
            {"model": "flux-1.1-pro", "input": {"prompt": "", "seed": 1}},
        ),
    ],
)
def test_request_is_a_valid_body(arguments: dict[str, Any], expected: dict[str, Any]) -> None:
    """Model and prompt by default, everything else as asked."""
    assert example_target().request(**arguments) == expected


def test_price_is_the_models_or_the_default() -> None:
    """What is reserved for one asset: by model, else the profile's default, else ten cents."""
    priced = Target.parse(MINIMAL_PROFILE + '[prices]\ndefault = 0.2\n"veo-3" = 0.5', ENVIRONMENT)
    assert [priced.price_usd(model) for model in ("veo-3", "flux-1.1-pro")] == [0.5, 0.2]
    assert Target.parse(MINIMAL_PROFILE, ENVIRONMENT).price_usd("veo-3") == 0.1


def test_terms_are_the_profiles_extract() -> None:
    """Judgement gets models, traits and allowances, and neither keys nor addresses."""
    terms = example_target().terms(floor_s=0.1)
    assert (terms.modality("flux-1.1-pro"), terms.modality("veo-3")) == ("image", "video")
    assert (terms.restricted, terms.failing, terms.timing_out) == (
        "gated-model",
        "flaky-provider",
        "stalled-provider",
    )
    assert (terms.sized, terms.free) == (frozenset({"flux-1.1-pro"}), frozenset())
    assert terms.allowance_s == pytest.approx(0.6)
    assert KEY not in repr(terms)


def test_password_in_an_address_is_not_repeated() -> None:
    """An address with credentials is refused, and the line that says so hides them."""
    with pytest.raises(UsageError, match=r"^https://\*\*\*@gateway.test: is neither") as caught:
        Target.at("https://user:pass@gateway.test", ENVIRONMENT)
    assert "pass" not in str(caught.value)


@pytest.mark.parametrize(
    "pasted",
    [
        "ze_live_0123456789abcdef",
        "ze_abcdefgh",
        "sk-proj-AbC123",
        "kX9vQ2mLp0Rt7YbNc3HsWd",
        "AKIAIOSFODNN7EXAMPLE1234567890",
        "my own key",
    ],
)
@pytest.mark.parametrize("place", ["[target] api_key_env", "[keys] other_env", "[headers] X-Secret"])
def test_key_in_place_of_a_variables_name_is_not_shown(pasted: str, place: str) -> None:
    """What was pasted where a name belongs may be a key: the line names the place, and not what stands there."""
    base = TARGET.rstrip() + (f'\napi_key_env = "{pasted}"\n' if "target" in place else "\n") + MODELS
    more = {
        "[keys] other_env": f'[keys]\nother_env = "{pasted}"',
        "[headers] X-Secret": f'[headers]\nX-Secret = {{ env = "{pasted}" }}',
    }
    told = _refusal(base + more.get(place, ""))
    assert pasted not in told
    assert place.split()[1] in told
    assert "no name of an environment variable" in told


@pytest.mark.parametrize(
    "name", ["GATEWAY_API_KEY", "KEY2", "S3_KEY", "OAUTH2TOKEN", "gateway_key", "gatewayApiKey", "K"]
)
def test_usual_names_of_variables_are_names(name: str) -> None:
    """Words, in any case, with a number or two."""
    target = Target.parse(TARGET.rstrip() + f'\napi_key_env = "{name}"\n' + MODELS, {name: KEY})
    assert target.variables["main"] == name
