"""What the two validators make of `format`: a text lacks a format when both say so.

Nothing about schemas is decided here. Where the validators differ, the text is of no use for a witness.
"""

from functools import lru_cache
from typing import Final

import jsonschema_rs

from generations_contract.containment.dialect import Dialect
from generations_contract.containment.solve.holds import FormatCheck
from generations_contract.containment.validators import conforms

STANDARD: Final = frozenset(
    [
        "date-time",
        "date",
        "time",
        "duration",
        "email",
        "idn-email",
        "hostname",
        "idn-hostname",
        "ipv4",
        "ipv6",
        "uri",
        "uri-reference",
        "iri",
        "iri-reference",
        "uuid",
        "uri-template",
        "json-pointer",
        "relative-json-pointer",
        "regex",
    ]
)


@lru_cache(maxsize=256)
def _rust(dialect: Dialect, name: str) -> jsonschema_rs.Validator:
    return dialect.rust({"format": name}, validate_formats=True, offline=True)


def format_check(dialect: Dialect) -> FormatCheck:
    """A function that tells whether a text is of a format; `None` for a format that is unknown.

    A text on which the validators differ is said to be of the format: refusing it could not be replayed.
    """

    @lru_cache(maxsize=4_096)
    def check(name: str, text: str) -> bool | None:
        # jsonschema knows some of the standard's formats only with extras; jsonschema-rs knows them all.
        if name not in dialect.python.FORMAT_CHECKER.checkers and name not in STANDARD:
            return None
        fast = _rust(dialect, name).is_valid(text)
        return fast or conforms(dialect, text, name)

    return check
