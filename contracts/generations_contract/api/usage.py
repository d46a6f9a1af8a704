"""Wrong usage: the one error that every door turns into a line on the terminal and exit code 4.

Nothing else may live here: whoever refuses a file, an option or a target imports this and knows nothing more.
"""

from typing import Final

from generations_contract.forms.text import printable

LONGEST_COMPLAINT: Final = 1000


class UsageError(Exception):
    """Wrong usage or an unusable target: one line that names what to change; exit code 4.

    It often quotes a file: what stands there cannot end the line.
    """

    def __init__(self, message: str) -> None:
        super().__init__(printable(message, LONGEST_COMPLAINT))
