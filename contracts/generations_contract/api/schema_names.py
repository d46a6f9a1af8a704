"""The names of the four schemas, of their files, and of what the suite reads in them."""

from typing import Any, Final

Schema = dict[str, Any]

REQUEST: Final = "generation-request"
RESPONSE: Final = "generation-response"
MEDIA: Final = "media-artifact"
ERROR: Final = "error"
NAMES: Final = (REQUEST, RESPONSE, MEDIA, ERROR)
SUFFIX: Final = ".schema.json"
# The `$id` of each begins so, and ends in its file's name.
ADDRESS: Final = "https://generations-contract.example/schemas/"
DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"
# What no keyword of JSON Schema can say stands in this annotation; validators ignore it.
ANNOTATION: Final = "x-contract"
# The form of the annotation itself: always the one of this suite.
ANNOTATION_SCHEMA: Final = "x-contract"


def address(name: str) -> str:
    """The `$id` of the schema of that name."""
    return f"{ADDRESS}{name}{SUFFIX}"
