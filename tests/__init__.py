"""The suite's own tests."""

import pytest
from hypothesis import settings

# A module with fixtures is a plugin, which pytest wants to know of before anything imports it.
pytest.register_assert_rewrite("tests.runs")

# A busy machine is no defect of what is tested.
settings.register_profile("suite", deadline=None)
settings.load_profile("suite")
