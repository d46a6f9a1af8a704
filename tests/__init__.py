"""The suite's own tests."""

import pytest

# A module with fixtures is a plugin, which pytest wants to know of before anything imports it.
pytest.register_assert_rewrite("tests.runs")
