"""JSON Pointers and the paths of keys that they stand for."""

from typing import Any
from urllib.parse import quote, unquote

Path = tuple[str | int, ...]


def pointer_of(path: Path) -> str:
    """The JSON Pointer of a path of keys."""
    return "".join("/" + str(key).replace("~", "~0").replace("/", "~1") for key in path)


def path_of(pointer: str) -> Path:
    """The path of keys of a JSON Pointer."""
    return tuple(key.replace("~1", "/").replace("~0", "~") for key in pointer.split("/")[1:])


def fragment_of(path: Path) -> str:
    """The reference to a path of keys within a document: `#/%24defs/A%20B`, as RFC 6901 has it."""
    return "#" + quote(pointer_of(path), safe="/~!$&'()*+,;=:@")


def referred(fragment: str) -> Path:
    """The path of keys behind a fragment that is a pointer, with or without its `#`."""
    return path_of(unquote(fragment.removeprefix("#")))


def at(document: Any, path: Path) -> Any:
    """What stands at a path. Raises `LookupError`."""
    for key in path:
        document = document[int(key)] if isinstance(document, list) else document[key]
    return document
