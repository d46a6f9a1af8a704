"""The formats of JSON Schema that a field may have: values that are of the format, and values that are not.

What is not of a format is so for every validator and every server: nothing here is a matter of taste.
"""

from collections.abc import Mapping
from typing import Final, NamedTuple


class Samples(NamedTuple):
    """Values of a format, the plainest first, and values that are certainly not of it."""

    right: tuple[str, ...]
    wrong: tuple[str, ...]


_NO_URI: Final = ("hooks.example/done", "no uri", "", "http://", "https://hooks.example/a b")

FORMATS: Final[Mapping[str, Samples]] = {
    "uri": Samples(
        ("https://hooks.example/done", "https://hooks.example:8443/a/b?c=d&e=%20#f", "http://192.0.2.7/done"),
        _NO_URI,
    ),
    "iri": Samples(("https://hooks.example/done", "https://hooks.example/日落"), _NO_URI),
    "uri-reference": Samples(("/done", "https://hooks.example/done"), ("a b", "\\done")),
    "iri-reference": Samples(("/done", "/日落"), ("a b", "\\done")),
    "date-time": Samples(
        ("2026-04-18T12:00:00Z", "2026-04-18T12:00:00.123+02:00"),
        ("2026-04-18", "2026-13-18T12:00:00Z", "yesterday", "", "1776513600"),
    ),
    "date": Samples(("2026-04-18", "2024-02-29"), ("2026-02-30", "18.04.2026", "2026-4-18", "")),
    "time": Samples(("12:00:00Z", "23:59:59+02:00"), ("25:00:00Z", "noon", "")),
    "duration": Samples(("PT8S", "P1D"), ("8 s", "P", "")),
    "email": Samples(("someone@mail.example",), ("someone", "@mail.example", "")),
    "hostname": Samples(("hooks.example", "a1.hooks.example"), ("-hooks.example", "hooks example", "")),
    "ipv4": Samples(("192.0.2.7",), ("192.0.2.256", "192.0.2", "")),
    "ipv6": Samples(("2001:db8::7",), ("2001:db8:::7", "192.0.2.7", "")),
    "uuid": Samples(
        ("2eb8aa08-aa98-11ea-b4aa-73b441d16380",), ("2eb8aa08aa9811eab4aa73b441d1638", "no-uuid", "")
    ),
}
