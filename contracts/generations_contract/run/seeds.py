"""The seeds of a run: one for what hypothesis draws, one for everything else that is left to chance.

`--contract-seed` is for both. `--hypothesis-seed`, hypothesis' own option, decides alone what hypothesis draws.
"""

import secrets
from dataclasses import dataclass
from typing import Final

import pytest

from generations_contract.api.usage import UsageError
from generations_contract.options import flag

RANDOM: Final = "random"
# How hypothesis' pytest plugin calls its option.
HYPOTHESIS_FLAG: Final = "--hypothesis-seed"
# A drawn seed is short enough to be typed.
_BITS: Final = 32


@dataclass(frozen=True)
class Seeds:
    """`contract`: the embedded gateway's jobs follow from it; `hypothesis`: what is drawn, `None`: from the first."""

    contract: int
    hypothesis: int | str | None = None

    @classmethod
    def of(cls, config: pytest.Config) -> "Seeds":
        """The seeds that a run was given; a parallel worker gets those of the process that started it."""
        given = config.getoption(HYPOTHESIS_FLAG, None)
        return cls(parse(config.getoption(flag("seed"))), None if given is None else _whole(given))

    @property
    def drawn(self) -> int | str:
        """What hypothesis draws from."""
        return self.contract if self.hypothesis is None else self.hypothesis

    def __str__(self) -> str:
        alone = f"seed {self.contract}"
        return alone if self.hypothesis is None else f"{alone}, hypothesis seed {self.hypothesis}"


def parse(given: int | str) -> int:
    """The number that was given, or a new one for "random"; raises `UsageError` for anything else."""
    if given == RANDOM:
        return secrets.randbits(_BITS)
    number = _whole(given)
    if isinstance(number, str):
        raise UsageError(f"seed {number[:40]!r}: is neither a whole number nor {RANDOM}")
    return number


def _whole(given: int | str) -> int | str:
    """A number where it is one: hypothesis, too, takes any other text for a seed as it stands."""
    try:
        return int(given)
    except ValueError:
        return given
