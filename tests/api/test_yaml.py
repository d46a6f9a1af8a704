"""YAML documents: read as JSON has it, or refused in one line with the place."""

from typing import Any

import pytest

from generations_contract.api.documents import document
from generations_contract.api.usage import UsageError

READ: list[tuple[str, Any]] = [
    ("a: &a {x: 1, y: 1}\nb: {<<: *a, y: 2}", {"a": {"x": 1, "y": 1}, "b": {"x": 1, "y": 2}}),
    ("a: &a {x: 1}\nb: &b {x: 2}\nc: {<<: [*a, *b]}", {"a": {"x": 1}, "b": {"x": 2}, "c": {"x": 1}}),
    ("'<<': 3", {"<<": 3}),
    ("a: [on, off, yes, no, y, n]", {"a": ["on", "off", "yes", "no", "y", "n"]}),
    (
        "a: [010, 0x1f, 12:30:00, 1_000, .inf, .nan]",
        {"a": ["010", "0x1f", "12:30:00", "1_000", ".inf", ".nan"]},
    ),
    ("a: [+1, .5, 5., 1e3, -0]", {"a": [1, 0.5, 5.0, 1000.0, 0]}),
    ("a: [True, FALSE, Null, ~, ]", {"a": [True, False, None, None]}),
    ("a: 2026-04-18\n2026-04-18: b", {"a": "2026-04-18", "2026-04-18": "b"}),
    (
        "200: a\ntrue: b\n1e3: c\nnull: d\n1.0: e",
        {"200": "a", "true": "b", "1e3": "c", "null": "d", "1.0": "e"},
    ),
    ("a: !!str 3\nb: !!float 1", {"a": "3", "b": 1.0}),
    ("\ufeffa: 1", {"a": 1}),
    ("a: 1\r\nb: 2\r\n", {"a": 1, "b": 2}),
    ("%YAML 1.2\n---\na: 1\n...\n", {"a": 1}),
]
REFUSED: list[tuple[str, str]] = [
    ("a: !!binary aGk=", "line 1 column 4: the tag !!binary"),
    ("a: 1\nb: !!timestamp 2026-04-18", "line 2 column 4: the tag !!timestamp"),
    ("a: !!set {x, y}", "the tag !!set"),
    ("a: !!omap [b: 1]", "the tag !!omap"),
    ("a: !custom 3", "line 1 column 4: the tag !custom"),
    ("a: !!python/object/apply:os.getcwd []", "the tag !!python/object/apply:os.getcwd"),
    ("a: !!float .nan", "line 1 column 4: '.nan' is no number of JSON"),
    ("a: 1e999", "'1e999' is no number of JSON"),
    ("a: !!int x", "'x' is no number"),
    ("a: 1\na: 2", "line 2 column 1: the member 'a' stands twice"),
    ("200: a\n'200': b", "'200' stands twice"),
    ("a: {<<: {x: 1}, <<: {y: 1}}", "'<<' stands twice"),
    ("<<: 3", "expected a mapping or list of mappings for merging"),
    ("? [a]\n: 3", "line 1 column 3: a key is a text"),
    ("? {a: 1}\n: 3", "a key is a text"),
    ("a: 1\n---\nb: 2", "line 2 column 1: but found another document"),
    ("a:\n\tb: 2", "line 2"),
    ("a: &x [*x]", "recursive"),
    ("a: *nowhere", "undefined alias"),
    ("a: \x07", "control characters"),
    ("a: &a [x, x, x, x, x, x, x, x, x, x]\n" + "".join(
        f"{chr(98 + n)}: &{chr(98 + n)} [{','.join([f'*{chr(97 + n)}'] * 10)}]\n" for n in range(9)),
     "aliases stand for more than 1,000,000 values"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "value"), READ)
def test_yaml_is_read_as_json_has_it(text: str, value: Any) -> None:
    """Keys are texts as they are written; what JSON has no word for is the text that stands there."""
    assert document("a.yaml", text.encode()) == value


@pytest.mark.parametrize(("text", "told"), REFUSED)
def test_yaml_without_a_word_in_json_is_one_line(text: str, told: str) -> None:
    """Nothing is dropped or kept as something else: the line is named."""
    with pytest.raises(UsageError) as refused:
        document("a.yaml", text.encode())
    assert told in str(refused.value)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32"])
@pytest.mark.parametrize(
    ("name", "text"), [("a.yaml", "a: ü"), ("a.json", '{"a": "ü"}'), ("-", "a: ü"), ("-", '{"a": "ü"}')]
)
def test_text_is_read_in_the_encoding_of_its_mark(name: str, text: str, encoding: str) -> None:
    """UTF-8, and what a byte order mark names; without a telling name JSON and YAML are told apart."""
    assert document(name, text.encode(encoding)) == {"a": "ü"}
