"""The terms of a judgement: deadlines, the allowance, and which modality a model has."""

import pytest

from generations_contract.api.terms import EARLY_TOLERANCE_S, Terms
from generations_contract.api.vocabulary import EXAMPLE_MODELS


@pytest.mark.parametrize(
    ("model", "modality"),
    [*EXAMPLE_MODELS.items(), ("VEO-3", None), ("", None), (None, None), (5, None), ([], None)],
)
def test_modality_is_known_for_known_models_only(model: object, modality: str | None) -> None:
    """The document's own models are known by default, letter for letter; anything else is not."""
    assert Terms().modality(model) == modality


def test_deadline_of_an_unknown_modality_is_the_longer_one() -> None:
    """Five minutes for images, ten for videos, and the benefit of the doubt."""
    terms = Terms()
    assert [terms.deadline_s(each) for each in ("image", "video", None)] == [300.0, 600.0, 600.0]


def test_allowance_is_slack_and_floor() -> None:
    """The measured round trip is added to the profile's slack; the early side has a tolerance of its own."""
    assert Terms(slack_s=0.5, floor_s=0.2).allowance_s == pytest.approx(0.7)
    assert 0 < EARLY_TOLERANCE_S < Terms().slack_s


def test_terms_of_two_exchanges_share_nothing_that_changes() -> None:
    """The default table is a table of its own each time."""
    assert Terms().modalities is not Terms().modalities
    assert Terms() == Terms()
