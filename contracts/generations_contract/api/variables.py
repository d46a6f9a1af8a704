"""Names of environment variables, and what was pasted in the place of one: a key is never shown for a name."""

import re
from typing import Final

_NAME: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,80}", re.ASCII)
# Words as people name variables by: no mixture of letters and digits that would have to be copied.
_WORD: Final = re.compile(
    r"(?:[A-Z]{0,20}(?:[0-9]{1,3}[A-Z]{1,20})?|[a-z]{0,20}|(?:[A-Z]?[a-z]{2,20}){1,4})[0-9]{0,3}", re.ASCII
)
_OF_KEYS: Final = ("ze_", "sk_", "pk_", "rk_", "ghp_", "xoxb_")


def is_name_of_variable(text: str) -> bool:
    """Whether a text can be such a name, and does not look like a key itself."""
    words = all(map(_WORD.fullmatch, text.split("_")))
    return _NAME.fullmatch(text) is not None and words and not text.startswith(_OF_KEYS)
