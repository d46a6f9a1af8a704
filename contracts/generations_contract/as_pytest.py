"""What `check` becomes: pytest, with an output that may be closed or full, and exit codes that only verdicts have.

Nothing of the suite is imported here but how output is written: pytest must see the rest first, to rewrite its
assertions. pytest itself ends with 1 where its output cannot be written, and 1 stands for a breach.
"""

import sys

import pytest

from generations_contract.forms.output import OutputError, guarded

_USAGE_ERROR = 4


def main() -> int:
    """Run pytest with the arguments of the process; gives its exit code, 4 where it could not write."""
    try:
        with guarded():
            return int(pytest.main())
    except OutputError as error:
        print(f"generations-contract: {error}", file=sys.stderr)  # noqa: T201 - this is the command's voice
        return _USAGE_ERROR


if __name__ == "__main__":
    sys.exit(main())
