"""The suite's own tests, one folder for each room of the house: README.md says where a test goes."""

from pathlib import Path

import pytest
from hypothesis import settings

ROOT = Path(__file__).parent.parent

# A module with fixtures is a plugin, which pytest wants to know of before anything imports it.
pytest.register_assert_rewrite("tests.run.runs")

# A busy machine is no defect of what is tested.
settings.register_profile("suite", deadline=None)
settings.load_profile("suite")
