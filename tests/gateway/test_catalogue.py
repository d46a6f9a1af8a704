"""The table of models and accounts, and what is said of a bad one."""

import tomllib
from pathlib import Path
from typing import Any

import pytest

from generations_contract.api.terms import TRAITS
from generations_contract.gateway import CatalogueError, Gateway, default_catalogue, load
from generations_contract.gateway.doors.profile import export_lines, profile_toml

MINIMAL = """
[accounts.me]
key = "ze_me"
[models.quick]
modality = "image"
queued_s = [1, 2]
running_s = [1, 2]
price_usd = 0.5
"""


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("=", "not TOML"),
        ("", "accounts: field required"),
        (MINIMAL + "sizd = true", "models.quick.sizd: unknown key, did you mean 'sized'?"),
        (MINIMAL + "colour = 1", "models.quick.colour: unknown key; known: modality, "),
        (MINIMAL + "[hause]", "hause: unknown key, did you mean 'house'?"),
        (
            MINIMAL + "[house]\nauto_imag_s = 3",
            "house.auto_imag_s: unknown key, did you mean 'auto_image_s'?",
        ),
        (
            MINIMAL + "[house]\nauto_image_s = 61",
            "house.auto_image_s: input should be less than or equal to 60",
        ),
        (MINIMAL + '[accounts.you]\nkey = "ze_me"', "two accounts have the same key"),
        (MINIMAL + '[accounts.you]\nkey = "sk_x"', "accounts.you.key: string should match pattern"),
        (MINIMAL.replace("[1, 2]", "[2, 1]", 1), "models.quick.queued_s: value error, the shorter time"),
        (MINIMAL.replace("[1, 2]", "[0, 1]", 1), "models.quick.queued_s.0: input should be greater"),
        (MINIMAL.replace('"image"', '"sound"'), "models.quick.modality: input should be 'image' or 'video'"),
        (MINIMAL.replace("0.5", "-1"), "models.quick.price_usd: input should be greater than or equal to 0"),
        (MINIMAL.replace("0.5", "nan"), "models.quick.price_usd: input should be a finite number"),
        ('models = 3\n[accounts.me]\nkey = "ze_me"', "models: input should be a valid dictionary"),
    ],
)
def test_bad_catalogue_is_one_clear_line(tmp_path: Path, text: str, told: str) -> None:
    """A catalogue that does not fit is refused with the file, the place and what to change."""
    path = tmp_path / "catalogue.toml"
    path.write_text(text)
    with pytest.raises(CatalogueError) as caught:
        load(path)
    assert told in str(caught.value)
    assert str(caught.value).startswith(f"{path}: ")
    assert "\n" not in str(caught.value)


def test_missing_catalogue_is_one_clear_line(tmp_path: Path) -> None:
    """So is one that is not there."""
    with pytest.raises(CatalogueError, match="No such file"):
        load(tmp_path / "none.toml")


def test_catalogue_of_a_file_is_served(tmp_path: Path) -> None:
    """A small table of one's own is enough for a gateway."""
    path = tmp_path / "catalogue.toml"
    path.write_text(MINIMAL)
    assert list(Gateway(load(path)).state.catalogue.models) == ["quick"]


def test_default_catalogue_has_a_model_for_every_behaviour() -> None:
    """Every outcome, both modalities, every trait and every kind of account can be had."""
    catalogue = default_catalogue()
    models = catalogue.models.values()
    assert {"completed", "cancelled", "content_policy", "provider_unavailable", "provider_timeout"} == {
        model.outcome for model in models
    }
    assert {model.modality for model in models} == {"image", "video"}
    assert {model.failure_shows_as for model in models if model.outcome != "completed"} == {
        "http",
        "resource",
    }
    assert any(model.restricted for model in models)
    assert list(catalogue.accounts) == ["main", "other", "exhausted", "limited"]


def test_profile_names_what_the_catalogue_offers() -> None:
    """The profile has every table, a model for every role, and no key in it."""
    profile = tomllib.loads(text := profile_toml(default_catalogue(), "http://127.0.0.1:1"))
    assert profile["target"] == {"base_url": "http://127.0.0.1:1", "api_key_env": "GATEWAY_API_KEY"}
    assert profile["models"] == {
        "image": "flux-1.1-pro",
        "video": "veo-3",
        "slow": "runway-gen4",
        "restricted": "gated-model",
        "failing": "flaky-provider",
        "timing_out": "stalled-provider",
        "cancelling": "cancelling-model",
        "long": "marathon-image",
    }
    assert set(profile["traits"]) == {*TRAITS}
    assert profile["traits"]["timed"] == profile["traits"]["resolved"] == ["veo-3"]
    assert profile["traits"]["image_to_image"] == ["flux-1.1-pro", "veo-3", "runway-gen4"]
    assert profile["inputs"].keys() == {"reference_image", "rejected_image"}
    assert set(profile["keys"]) == {"other_env", "exhausted_env", "limited_env"}
    assert "ze_" not in text
    assert len(export_lines(default_catalogue())) == 4


def test_profile_leaves_out_what_is_not_offered(tmp_path: Path) -> None:
    """A role that no model plays is absent, not empty."""
    path = tmp_path / "catalogue.toml"
    path.write_text(MINIMAL)
    profile: dict[str, Any] = tomllib.loads(profile_toml(load(path), "http://x"))
    assert profile["models"] == {"image": "quick"}
    assert "keys" not in profile
    assert "prompts" not in profile
