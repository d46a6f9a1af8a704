"""JSON and YAML documents as bytes of a file: read with bounds, and refused in one line that names the file.

What JSON has no word for is refused, where Python would wave it through; YAML is read as JSON has it. What a
document means is its reader's business.
"""

import codecs
import gc
import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from math import isfinite
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
_TAG: Final = "tag:yaml.org,2002:"
_JSON_STARTS: Final = ("{", "[", '"')
# The longer mark first: that of UTF-32 begins as that of UTF-16 does.
_MARKS: Final = {
    codecs.BOM_UTF32_LE: "utf-32", codecs.BOM_UTF32_BE: "utf-32",
    codecs.BOM_UTF16_LE: "utf-16", codecs.BOM_UTF16_BE: "utf-16",
}  # fmt: skip


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
    """What a file says, YAML where its `name` ends so or its first sign is no JSON's; raises `UsageError`."""
    is_yaml = name.lower().endswith(YAML_SUFFIXES)
    try:
        said = text(data)
        is_yaml = is_yaml or not (name.lower().endswith(".json") or said.lstrip().startswith(_JSON_STARTS))
        with _uncollected():
            return _yaml(said) if is_yaml else parsed(said, once=True)
    except (ValueError, yaml.YAMLError, RecursionError) as error:
        raise UsageError(f"{name}: is no {'YAML' if is_yaml else 'JSON'}: {_reason(error)}") from error


def text(data: bytes) -> str:
    """The text of a file: UTF-8, or what its byte order mark says. Raises `ValueError`."""
    for mark, name in _MARKS.items():
        if data.startswith(mark):
            return data.decode(name)
    return data.decode("utf-8-sig")


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
    if not isfinite(value):
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
    """YAML 1.2 as JSON has it: `on`, `16:9`, `010` and dates are text, and so are keys. `<<` merges."""


_Loader.yaml_implicit_resolvers = {}
for _name, _pattern, _starts in (
    ("bool", "true|True|TRUE|false|False|FALSE", "tTfF"),
    ("null", "null|Null|NULL|~|", ["n", "N", "~", ""]),
    ("int", "[-+]?(0|[1-9][0-9]*)", "-+0123456789"),
    ("float", "[-+]?((0|[1-9][0-9]*)([.][0-9]*)?|[.][0-9]+)([eE][-+]?[0-9]+)?", "-+.0123456789"),
    ("merge", "<<", "<"),
):
    _Loader.add_implicit_resolver(f"{_TAG}{_name}", re.compile(f"^({_pattern})$"), list(_starts))


def _member(key: Any) -> str:
    """A key as it is written: `200`, `true` and `1e3` are names."""
    if not isinstance(key, yaml.ScalarNode):
        raise ValueError(f"{_line(key)}: a key is a text, not a list or an object")  # noqa: TRY004 - of the text
    return str(key.value)


def _line(node: Any) -> str:
    return f"line {node.start_mark.line + 1} column {node.start_mark.column + 1}"


def _mapping(loader: Any, node: Any) -> dict[str, Any]:
    written: set[str] = set()
    if not isinstance(node, yaml.MappingNode):
        raise ValueError(f"{_line(node)}: is no object")  # noqa: TRY004 - of the text
    for key, _ in node.value:
        if _member(key) in written:
            raise ValueError(f"{_line(key)}: the member {key.value!r} stands twice in one object")
        written.add(_member(key))
    loader.flatten_mapping(node)
    return {_member(key): loader.construct_object(value, deep=True) for key, value in node.value}


def _number(loader: Any, node: Any) -> float:
    written = loader.construct_scalar(node)
    try:
        return int(written) if node.tag == f"{_TAG}int" else _finite(written)
    except ValueError as error:
        raise ValueError(f"{_line(node)}: {written!r} is no number of JSON") from error


def _refused(_loader: Any, node: Any) -> Any:
    tag = str(node.tag).replace(_TAG, "!!")
    raise ValueError(
        f"{_line(node)}: the tag {tag} has no word in JSON; quote the value, or write it plainly"
    )


_Loader.yaml_constructors = {
    **{f"{_TAG}{name}": _SafeLoader.yaml_constructors[f"{_TAG}{name}"] for name in ("bool", "null", "str")},
    f"{_TAG}int": _number,
    f"{_TAG}float": _number,
    f"{_TAG}seq": lambda loader, node: loader.construct_sequence(node, deep=True),
    f"{_TAG}map": _mapping,
    None: _refused,
}
