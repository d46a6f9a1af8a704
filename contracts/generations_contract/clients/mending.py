"""How to mend a finding: in words, and a snippet in the language that the client seems to be written in."""

import re
from collections.abc import Sequence
from functools import cache
from importlib.resources import files
from typing import Final, Literal

from generations_contract.api import toml_file
from generations_contract.api.toml_file import Table

Language = Literal["python", "javascript", "curl"]
# By what its requests call themselves.
_AGENTS: Final[tuple[tuple[str, Language], ...]] = (
    (r"curl|wget", "curl"),
    (r"node|undici|axios|mozilla|deno|bun", "javascript"),
)


class Advice(Table):
    """What to do about a clause, and two lines or so of it in each language."""

    says: str
    python: str
    javascript: str
    curl: str


class _Advices(Table):
    clauses: dict[str, Advice]


@cache
def advices() -> dict[str, Advice]:
    """Clause id -> what to do about it."""
    text = files("generations_contract.clients").joinpath("mend.toml").read_text("utf-8")
    return toml_file.parse(text, _Advices, "mend.toml").clauses


def language(agents: Sequence[str]) -> Language:
    """The language of a client by its User-Agent headers; Python where they tell nothing that we speak."""
    told = " ".join(agents).lower()
    return next((spoken for pattern, spoken in _AGENTS if re.search(pattern, told)), "python")


def mend(clause_id: str, agents: Sequence[str]) -> dict[str, str]:
    """Words, language and snippet for a finding, as JSON types."""
    advice, spoken = advices()[clause_id], language(agents)
    return {"says": advice.says, "language": spoken, "snippet": getattr(advice, spoken).strip("\n")}
