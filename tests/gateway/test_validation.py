"""What the gateway accepts as a request, and how it blames what it does not."""

import json
from typing import Any

import pytest

from tests.gateway.gateway_helpers import Desk, read

ACCEPTED_INPUTS: list[dict[str, Any]] = [
    {"prompt": "x"},
    {"prompt": "x" * 8000},
    {"prompt": "\U0001f3d4" * 8000},
    {"prompt": "e\u0301" * 4000},
    {"prompt": "\u05d0\u202e\u0000\n\ufffd"},
    {"images": []},
    {"images": ["https://x.example/1.png"] * 8},
    {"images": ["not a url"]},
    {"aspect_ratio": "16:9"},
    {"aspect_ratio": "1:99999999999999999999"},
    {"size": "1024x1024"},
    {"size": "1x99999999999999999999"},
    {"duration": 8},
    {"duration": 0.5},
    {"duration": -1},
    {"duration": 10**30},
    {"duration": "8"},
    {"duration": "eight"},
    {"resolution": "720p"},
    {"resolution": "cinema"},
    {"seed": 0},
    {"seed": -1},
    {"seed": 2**70},
    {"seed": 1.0},
    {"negative_prompt": ""},
    {"negative_prompt": "fog"},
]

REFUSED_INPUTS: list[tuple[str, Any]] = [
    ("prompt", ""),
    ("prompt", "x" * 8001),
    ("prompt", "\U0001f3d4" * 8001),
    ("prompt", None),
    ("prompt", 5),
    ("prompt", ["x"]),
    ("prompt", "\ud800"),
    ("images", ["x"] * 9),
    ("images", "x"),
    ("images", {}),
    ("images", [1]),
    ("images", [None]),
    ("images", ["x", ["y"]]),
    ("aspect_ratio", "16x9"),
    ("aspect_ratio", "16:"),
    ("aspect_ratio", "0:1"),
    ("aspect_ratio", "16:9 "),
    ("aspect_ratio", "16:9\n"),
    ("aspect_ratio", "1.5:1"),
    ("aspect_ratio", ""),
    ("aspect_ratio", 1.5),
    ("size", "1024"),
    ("size", "1024X1024"),
    ("size", "0x10"),
    ("size", "1024x1024\n"),
    ("size", ""),
    ("size", 1024),
    ("duration", True),
    ("duration", None),
    ("duration", [8]),
    ("resolution", 720),
    ("seed", 1.5),
    ("seed", "5"),
    ("seed", True),
    ("seed", None),
    ("negative_prompt", 1),
    ("negative_prompt", None),
    ("negative_promt", "x"),
    ("Seed", 1),
    ("seed ", 1),
    ("aspectRatio", "1:1"),
    ("n", 1),
    ("wait", 0),
    ("model", "x"),
    ("", None),
]

REFUSED_TOP_LEVEL: list[tuple[str, Any]] = [
    ("model", None),
    ("model", 5),
    ("model", ["flux-1.1-pro"]),
    ("model", " flux-1.1-pro"),
    ("model", ""),
    ("input", None),
    ("input", []),
    ("input", "a lighthouse"),
    ("n", 0),
    ("n", 11),
    ("n", -1),
    ("n", 1.5),
    ("n", "1"),
    ("n", True),
    ("n", None),
    ("n", [1]),
    ("n", 10**400),
    ("wait", -1),
    ("wait", -0.001),
    ("wait", 60.001),
    ("wait", 61),
    ("wait", 10**400),
    ("wait", "60"),
    ("wait", "Auto"),
    ("wait", ""),
    ("wait", True),
    ("wait", None),
    ("wait", []),
    ("seeed", 1),
    ("prompt", "x"),
    ("N", 1),
    ("wait ", 0),
    ("x", None),
]


def named(value: Any) -> str:
    """A short id for a row."""
    return json.dumps(value)[:40]


@pytest.mark.parametrize("model", ["flux-1.1-pro", "seedream-4", "veo-3"])
@pytest.mark.parametrize("given", ACCEPTED_INPUTS, ids=named)
def test_documented_input_is_accepted(model: str, given: dict[str, Any]) -> None:
    """Every documented field is accepted on every model, at both ends of its range."""
    assert Desk().create(model, input=given, wait=0).status == 200


@pytest.mark.parametrize("given", [{"n": 1}, {"n": 10}, {"n": 1.0}, {"wait": 0}, {"wait": 60}, {"wait": 0.5}])
@pytest.mark.parametrize("model", ["flux-1.1-pro", "veo-3"])
def test_documented_top_level_is_accepted(model: str, given: dict[str, Any]) -> None:
    """So are the top-level fields; `n` is ignored on video."""
    assert Desk().create(model, **given).status == 200


@pytest.mark.parametrize(("field", "value"), REFUSED_INPUTS, ids=named)
def test_wrong_input_is_refused_by_name(field: str, value: Any) -> None:
    """Anything else under `input` is 400, and `param` says which field."""
    error = read(reply := Desk().create(input={field: value}))["error"]
    assert (reply.status, error["code"], error["param"]) == (
        400,
        "invalid_input",
        f"input.{field}",
    )


@pytest.mark.parametrize(("field", "value"), REFUSED_TOP_LEVEL, ids=named)
def test_wrong_top_level_is_refused_by_name(field: str, value: Any) -> None:
    """The same at the top level."""
    document = {"model": "flux-1.1-pro", "input": {"prompt": "x"}, field: value}
    error = read(reply := Desk().post(document))["error"]
    assert (reply.status, error["code"], error["param"]) == (400, "invalid_input", field)


@pytest.mark.parametrize(("path", "param"), [(("model",), "model"), (("input",), "input")])
def test_required_field_is_missed_by_name(path: tuple[str], param: str) -> None:
    """A missing required field is named."""
    document = {"model": "flux-1.1-pro", "input": {"prompt": "x"}}
    del document[path[0]]
    assert read(Desk().post(document))["error"]["param"] == param


def test_unknown_key_is_told_before_all_else_and_with_a_suggestion() -> None:
    """A typo is likelier the cause than what is missing because of it."""
    error = read(Desk().post({"model": "flux-1.1-pro", "input": {"promt": "x"}}))["error"]
    assert error["param"] == "input.promt"
    assert "did you mean 'prompt'?" in error["message"]


@pytest.mark.parametrize("size", ["", "1024", "any"])
def test_size_is_not_looked_at_where_it_is_not_taken(size: str) -> None:
    """A model that takes no `size` ignores it, whatever it is."""
    assert Desk().create("seedream-4", input={"size": size}, wait=0).status == 200


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b" ",
        b"null",
        b"5",
        b'"x"',
        b"[]",
        b'[{"model": "flux-1.1-pro", "input": {"prompt": "x"}}]',
        b'{"model": "flux-1.1-pro", "input": {"prompt": "x"}',
        b'{"model": "flux-1.1-pro", "input": {"prompt": "x"}} {}',
        b'{"model": "flux-1.1-pro", "input": {"prompt": "x"}},',
        b'{"model": "flux-1.1-pro", "input": {"prompt": "x"},}',
        b'{"model": "flux-1.1-pro", "input": {"prompt": "x", "seed": NaN}}',
        b'{"model": "flux-1.1-pro", "input": {"prompt": "x"}, "wait": Infinity}',
        b'{"model": "flux-1.1-pro", "input": {"prompt": "x"}, "wait": -Infinity}',
        b'{"model": "flux-1.1-pro", "input": {"prompt": "x"}, "wait": 1e999}',
        b'{"model": "flux-1.1-pro", "input": {"prompt": "\xff"}}',
        b'\xef\xbb\xbf{"model": "flux-1.1-pro", "input": {"prompt": "x"}}',
        '{"model": "flux-1.1-pro", "input": {"prompt": "x"}}'.encode("utf-16"),
        b"{'model': 'flux-1.1-pro', 'input': {'prompt': 'x'}}",
        b'{"model": "flux-1.1-pro", "model": "flux-1.1-pro", "input": {"prompt": "x"}}',
        b'{"model": "flux-1.1-pro", "input": {"prompt": "x", "prompt": "y"}}',
        b'{"n": ' + b"9" * 5000 + b"}",
        b"[" * 200_000,
        b'{"a":' * 200_000,
        b"\x00",
    ],
    ids=lambda body: repr(body[:30]),
)
def test_malformed_body_is_refused(body: bytes) -> None:
    """What is not one strict JSON object, whole and alone, is 400."""
    reply = Desk().send("POST", "/v1/generations", body)
    assert (reply.status, read(reply)["error"]["code"]) == (400, "invalid_input")


def test_blame_repeats_nothing_dangerous() -> None:
    """A key that is long, or made of control characters, is given back short and harmless."""
    for key in ("x" * 100_000, "\x1b[31m", "\u202e", "\ud800", "\r\nSet-Cookie: x"):
        reply = Desk().post({"model": "flux-1.1-pro", "input": {"prompt": "x", key: 1}})
        assert reply.status == 400
        assert len(reply.body) < 500
        assert not set(read(reply)["error"]["message"]) & set("\x1b\u202e\ud800\r\n")
