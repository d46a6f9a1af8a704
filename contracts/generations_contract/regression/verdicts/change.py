"""One change of a contract, with its verdict: what every report is made of.

Nothing is judged here; `comparison`, `policy` and `operations` make changes, `severities` ranks them.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import Final, Literal

from generations_contract.containment.values import Json

Level = Literal["breaking", "undecided", "policy", "safe", "ignored"]
BREAKING: Final = "breaking"
UNDECIDED: Final = "undecided"
POLICY: Final = "policy"
SAFE: Final = "safe"
IGNORED: Final = "ignored"  # a file of severities says so
LEVELS: Final = (BREAKING, UNDECIDED, POLICY, SAFE, IGNORED)


@dataclass(frozen=True)
class Change:
    """One edit with its verdict. `breaks` maps an audience to the document that breaks it, or to `None`.

    `unit` is what travels (a body, a parameter); pointers are JSON Pointers within `file`; `found` is the level
    that a file of severities has overruled.
    """

    id: str
    level: Level
    file: str
    unit: str
    old_pointer: str
    new_pointer: str
    text: str
    reason: str
    breaks: dict[str, Json] = field(default_factory=dict)
    accepted: str = ""
    exact: str = ""  # the text with its values unshortened
    found: Level | None = None

    @property
    def fingerprint(self) -> str:
        """Twelve hexadecimal digits that name this change of this place, whatever else changed."""
        told = self.exact or self.text
        named_by = "\n".join((self.id, self.file, self.old_pointer, self.new_pointer, told))
        return hashlib.sha256(named_by.encode()).hexdigest()[:12]

    @property
    def witness(self) -> Json:
        """The document to show: for the audience that breaks first."""
        return next((w for w in self.breaks.values() if w is not None), None)
