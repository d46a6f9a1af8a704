"""Profiles: the example loads; whatever is wrong with one is told in one line that names what to change."""

import re
from pathlib import Path
from typing import Any

import pytest

from contracts.target import Target, UsageError
from contracts.vocabulary import EXAMPLE_MODELS
from tests.support import ENVIRONMENT, EXAMPLE_PROFILE, KEY, MINIMAL_PROFILE, example_target

TARGET = '[target]\nbase_url = "https://gateway.test"\n'
MODELS = '[models]\nimage = "flux-1.1-pro"\n'
# What is added to a minimal profile -> what the message says.
WRONG = {
    "[limit]": r"\[limit\] is unknown; did you mean limits\?",
    "[zzz]": r"\[zzz\] is unknown; known: target, models, .*waive",
    "[limits]\nmax_cost = 5.0": r"\[limits\] max_cost is unknown; did you mean max_cost_usd\?",
    'vidoe = "veo-3"': r"\[models\] vidoe is unknown; did you mean video\?",
    "[keys]\nq = 1": r"\[keys\] q is unknown; known: other_env, exhausted_env, limited_env",
    "[traits]\nsize = []": r"\[traits\] size is unknown; did you mean sized\?",
    '[inputs]\nreference = ""': r"\[inputs\] reference is unknown; did you mean reference_image\?",
    '[prompts]\nreject = ""': r"\[prompts\] reject is unknown; did you mean rejected\?",
    '[limits]\nmax_cost_usd = "1"': r"\[limits\] max_cost_usd: Input should be a valid number",
    "[limits]\nmax_generations = 1.5": r"\[limits\] max_generations: Input should be a valid integer",
    "[limits]\nmax_generations = true": r"\[limits\] max_generations: Input should be a valid integer",
    "[limits]\nmax_cost_usd = -1.0": r"\[limits\] max_cost_usd: .* greater than or equal to 0",
    "[limits]\nmax_cost_usd = inf": r"\[limits\] max_cost_usd: .* finite number",
    "[limits]\nmax_cost_usd = nan": r"\[limits\] max_cost_usd: .* finite number",
    "[limits]\nwait_slack_s = 0.0": r"\[limits\] wait_slack_s: .* greater than 0",
    '[traits]\nsized = "m"': r"\[traits\] sized: Input should be a valid list",
    "[traits]\nsized = [5]": r"\[traits\.sized\] 0: Input should be a valid string",
    '[prices]\ndefault = "0.1"': r"\[prices\] default: Input should be a valid number",
    '[waive]\n"errors.no-leak" = ""': r"\[waive\] errors.no-leak: String should have .*",
    '[waive]\n"errors.no-leak" = true': r"\[waive\] errors.no-leak: Input should be a valid string",
    MODELS: "is no TOML: .*twice.*",
    'image = "x"': "is no TOML: .*overwrite.*",
    "[[target]]": "is no TOML: .*",
}
# A whole profile -> what the message says.
WRONG_WHOLE = {
    "": r"\[target\] is missing",
    MODELS: r"\[target\] is missing",
    TARGET: r"\[models\] is missing",
    "[target]\n" + MODELS: r"\[target\] base_url is missing",
    TARGET + "[models]\n": r"\[models\] image is missing",
    TARGET + '[models]\nimage = ""\n': r"\[models\] image: String should have at least 1 character",
    TARGET + "[models]\nimage = 5\n": r"\[models\] image: Input should be a valid string",
    TARGET + "[models.image]\n": r"\[models\] image: Input should be a valid string",
    "models = 5\n" + TARGET: r"\[models\]: Input should be .*",
    "colour = 1\n" + MINIMAL_PROFILE: r"\[colour\] is unknown; known: .*",
    TARGET + 'api_key = "x"\n' + MODELS: r"\[target\] api_key is unknown; did you mean api_key_env\?",
    "[target": "is no TOML: .*",
    "a = " + "[" * 100_000: "is no TOML: .*",
    "a = " + "9" * 5000: "is no TOML: .*",
}
UMLAUT = "schl\N{LATIN SMALL LETTER U WITH DIAERESIS}ssel"
NO_URLS = ["gateway.test", "ftp://gateway.test", "https://", "https://gateway.test?x=1", "https://gateway.test#x",
           "https://[::1", "https://gateway.test:port", "https://gateway.test:99999", "", "/v1",
           "https://user:secret@gateway.test", "https://gate way.test", "https://gateway.test\\n",
           "https://gateway.test\\\\x"]  # fmt: skip


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


def test_example_profile_names_everything_there_is() -> None:
    """An option that the example does not show would be found by nobody."""
    text = EXAMPLE_PROFILE.read_text(encoding="utf-8")
    for name, table in type(example_target().profile).model_fields.items():
        assert f"[{name}]" in text
        for key in getattr(table.annotation, "model_fields", {}):
            assert re.search(rf"^{key} = ", text, re.MULTILINE), f"[{name}] {key}"


@pytest.mark.parametrize(
    ("text", "message"),
    [*((MINIMAL_PROFILE + added, message) for added, message in WRONG.items()), *WRONG_WHOLE.items()],
    ids=[repr(text)[1:40] for text in (*WRONG, *WRONG_WHOLE)],
)
def test_wrong_profile_is_told_in_one_line(text: str, message: str) -> None:
    """The line names table and key, and suggests what may have been meant."""
    assert re.fullmatch(message, _refusal(text))


@pytest.mark.parametrize("url", NO_URLS)
def test_base_url_must_be_one(url: str) -> None:
    """A base URL is http(s), has a host and a real port, and neither query nor credentials."""
    assert "[target] base_url" in _refusal(f'[target]\nbase_url = "{url}"\n{MODELS}')
    with pytest.raises(UsageError, match="is neither a profile file nor an http"):
        Target.at(url.replace("\\n", "\n").replace("\\\\", "\\"), ENVIRONMENT)


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
    with pytest.raises(UsageError, match=r"--target https://gateway\.test: set .* GATEWAY_API_KEY"):
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
