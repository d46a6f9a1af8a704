"""The file that locust is given: it chooses the schemas, then lets `wiring` import what judges by them.

Locust knows its options only when this file is imported; the two that matter are looked for by a parser like
its own, so that they may stand in its configuration file too.
"""

import sys
from typing import Any

from locust.argument_parser import get_empty_argument_parser

from generations_contract.api import schema_files
from generations_contract.api.schema_choice import choose
from generations_contract.api.usage import UsageError

__all__ = ["Arrivals", "LongPolls"]

_USAGE = 4


def _chosen() -> Any:
    parser: Any = get_empty_argument_parser(add_help=False)
    parser.add_argument("--schemas")
    parser.add_argument("--target")
    known, _ = parser.parse_known_args()
    try:
        choose(known.schemas, known.target)
        version = schema_files.version()
    except UsageError as error:
        sys.stderr.write(f"load: {error}\n")
        sys.exit(_USAGE)
    if version.label != schema_files.OWN:
        sys.stdout.write("".join(f"load: {line}\n" for line in (f"schemas {version}", *version.notes)))
        sys.stdout.flush()
    from generations_load.under_locust import wiring

    return wiring


_wiring = _chosen()
Arrivals, LongPolls = _wiring.Arrivals, _wiring.LongPolls
