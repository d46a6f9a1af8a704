"""Text of a gateway on a terminal: readable, on one line, and nothing that acts."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from generations_contract.forms.text import printable

COMMANDS = [
    "##[error]forged", "a ##[stop-commands]x", "###[x]", "##vso[task.complete result=Succeeded;]", "##teamcity[x]",
    "::error::forged", "  ::stop-commands::x", "\t::x", "\n::warning::x", "\u2028::x", "a ::debug::x",
]  # fmt: skip


@pytest.mark.parametrize("text", COMMANDS)
def test_command_of_a_runner_is_spelt_out(text: str) -> None:
    """At the beginning of a line or anywhere in it: no runner finds one in what is printed."""
    shown = printable(text)
    assert not re.search(r"##\w*\[|^\s*::|\s::", shown), shown
    assert "\n" not in shown


@pytest.mark.parametrize(
    "text", ["a::b", "## heading", "#1 and ##2", "C++ std::vector", "12:30:00", "[x]", "é…→ 灯塔"]
)
def test_ordinary_text_stays_as_it_is(text: str) -> None:
    """Colons, hashes and brackets mean nothing by themselves."""
    assert printable(text) == text


@given(st.text(max_size=60))
def test_any_text_is_one_printable_line(text: str) -> None:
    """Whatever it is, cut or not."""
    for shown in (printable(text), printable(text, 5), printable(text, None)):
        assert shown.replace("\u200c", "").replace("\u200d", "").isprintable()
