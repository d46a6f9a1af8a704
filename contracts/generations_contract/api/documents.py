"""JSON and YAML documents as bytes of a file: read with bounds, and refused in one line that names the file.

What JSON has no word for is refused, where Python would wave it through; YAML is read as JSON has it. What a
document means is its reader's business.
"""

import gc
import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import yaml

from generations_contract.api.usage import UsageError

try:  # seven times as fast, where PyYAML was built with it
    from yaml import CSafeLoader as _SafeLoader
except ImportError:
    from yaml import SafeLoader as _SafeLoader  # type: ignore[assignment]

SIZE_MAX_BYTES: Final = 20_000_000
VALUES_MAX: Final = 1_000_000
YAML_SUFFIXES: Final = (".yaml", ".yml")
_INFINITIES: Final = (float("inf"), float("-inf"))
_MERGE: Final = "tag:yaml.org,2002:merge"


def content(path: Path) -> bytes:
    """The bytes of a file; raises `UsageError` for one that cannot be read, or is larger than 20 MB."""
    try:
        if path.stat().st_size > SIZE_MAX_BYTES:
            raise UsageError(f"{path}: larger than {SIZE_MAX_BYTES // 1_000_000} MB, which no contract is")
        return path.read_bytes()
    except (OSError, ValueError) as error:
        # A path with a NUL in it is a ValueError.
        reason = getattr(error, "strerror", None) or error
        raise UsageError(f"{path}: cannot be read: {reason}") from error


def document(name: str, data: bytes) -> Any:
    """What a file says, YAML where its `name` ends so, else JSON; raises `UsageError` with the line."""
    is_yaml = name.endswith(YAML_SUFFIXES)
    try:
        text = data.decode("utf-8-sig")
        with _uncollected():
            return _yaml(text) if is_yaml else parsed(text, once=True)
    except (ValueError, yaml.YAMLError, RecursionError) as error:
        raise UsageError(f"{name}: is no {'YAML' if is_yaml else 'JSON'}: {_reason(error)}") from error


@contextmanager
def _uncollected() -> Iterator[None]:
    """Without the garbage collector: a document that is being built has no garbage, and is walked again and again."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def _reason(error: Exception) -> str:
    """What is wrong, and where, on one line."""
    mark = getattr(error, "problem_mark", None)
    if mark is not None:
        return f"line {mark.line + 1} column {mark.column + 1}: {getattr(error, 'problem', None) or error}"
    return str(error).splitlines()[0] if str(error) else type(error).__name__


def parsed(text: str, *, once: bool = False) -> Any:
    """The value of a JSON text; with `once`, a member that stands twice in an object is refused.

    Raises `ValueError`, and `RecursionError` where the text is nested too deeply.
    """
    pairs = _each_once if once else None
    return json.loads(text, parse_constant=_no_constant, parse_float=_finite, object_pairs_hook=pairs)


def _no_constant(name: str) -> Any:
    raise ValueError(f"{name} is no JSON")


def _finite(text: str) -> float:
    value = float(text)
    if value in _INFINITIES:
        raise ValueError(f"the number {text} is out of range")
    return value


def _each_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """One of the two would be lost, and no reader could tell which: the mark of a merge gone wrong."""
    found: dict[str, Any] = {}
    for name, value in pairs:
        if name in found:
            raise ValueError(f"the member {name!r} stands twice in one object")
        found[name] = value
    return found


def _yaml(text: str) -> Any:
    found = yaml.load(text, Loader=_Loader)  # noqa: S506 - a loader of our own, and a safe one
    _size(found, {})
    return found


def _size(value: Any, known: dict[int, int | None]) -> int:
    """How many values a document has when its aliases are written out; raises `ValueError` for too many.

    `known`: by identity; `None` where the value is being counted, which an alias of itself would find.
    """
    if not isinstance(value, dict | list):
        return 1
    if id(value) not in known:
        known[id(value)] = None
        inner = value.values() if isinstance(value, dict) else value
        known[id(value)] = 1 + sum(_size(each, known) for each in inner)
    size = known[id(value)]
    if size is None:
        raise ValueError("an alias stands for itself")
    if size > VALUES_MAX:
        raise ValueError(f"aliases stand for more than {VALUES_MAX:,} values")
    return size


class _Loader(_SafeLoader):
    """YAML 1.2 as JSON has it: `on`, `16:9` and dates are text, and so are keys. `<<` merges."""


_Loader.yaml_implicit_resolvers = {}
for _tag, _pattern, _starts in (
    ("bool", "true|false", "tf"),
    ("null", "null|~|", ["n", "~", ""]),
    ("int", "-?(0|[1-9][0-9]*)", "-0123456789"),
    ("float", "-?(0|[1-9][0-9]*)([.][0-9]+)?([eE][-+]?[0-9]+)?", "-0123456789"),
    ("merge", "<<", "<"),
):
    _Loader.add_implicit_resolver(f"tag:yaml.org,2002:{_tag}", re.compile(f"^({_pattern})$"), list(_starts))


def _text_keys(loader: Any, node: Any) -> dict[str, Any]:
    written: set[str] = set()
    for key in (key for key, _ in node.value if key.tag != _MERGE):
        if str(key.value) in written:
            where = key.start_mark.line + 1
            raise ValueError(f"line {where}: the member {key.value!r} stands twice in one object")
        written.add(str(key.value))
    loader.flatten_mapping(node)
    pairs = loader.construct_pairs(node, deep=True)
    return {str(key): value for key, value in pairs}


_Loader.add_constructor("tag:yaml.org,2002:map", _text_keys)
