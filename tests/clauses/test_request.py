"""Section `request`, field by field and as a whole: what holds, what breaks, what is left in peace."""

from typing import Any

import pytest

from tests.clauses.stories import FAILING, IMAGE, REJECTED, RESTRICTED, VIDEO, body, post, verdict

OK, INVALID = "queued", "400"
URL = "https://images.example/cat.png"
LONG = "x" * 8000


def sent(clause_id: str, request: object, answer: Any, **facts: Any) -> str:
    """What the clause says of one POST."""
    return verdict(clause_id, post(answer, request, **facts))


# clause, request: refused by 400 holds, accepted breaks
REFUSED = [
    ("request.model-required", {"input": {"prompt": "x"}}),
    *[("request.model-required", body(model)) for model in (1, None, True, [IMAGE], {})],
    ("request.input-required", {"model": IMAGE}),
    *[("request.input-required", {"model": IMAGE, "input": value}) for value in (None, "x", [], 1)],
    ("request.prompt-length", {"model": IMAGE, "input": {}}),
    *[("request.prompt-length", body(prompt=prompt)) for prompt in ("", None, 7, ["x"], LONG + "x")],
    ("request.prompt-length", body(prompt="ש" * 8001)),
    ("request.prompt-length", body(prompt="😀" * 8001)),
    *[("request.n-range", body(n=n)) for n in (0, 11, -1, 1.5, "5", True, [], 10**400, 11.0)],
    *[
        ("request.wait-range", body(wait=wait))
        for wait in (-1, -0.001, 61, 60.001, "60", "AUTO", True, [], "")
    ],
    *[("request.images-limit", body(images=images)) for images in ([URL] * 9, URL, [1], [None], {})],
    *[("request.field-types", body(**{name: 1})) for name in ("aspect_ratio", "size", "negative_prompt")],
    *[("request.field-types", body(seed=seed)) for seed in ("1", 1.5, True, [])],
    ("request.field-types", body(VIDEO, duration=True)),
    ("request.field-types", body(VIDEO, duration=[8])),
    ("request.field-types", body(VIDEO, resolution=720)),
    *[
        ("request.aspect-ratio-form", body(aspect_ratio=ratio))
        for ratio in ("wide", "16x9", "16:", "1:1:1", "")
    ],
    *[("request.size-form", body(size=size)) for size in ("big", "1024", "1024x", "")],
    *[
        ("request.malformed-body", raw)
        for raw in (b"", b"[]", b'"x"', b"{", b"{} {}", b'{"n": NaN}', b'{"model": "\xff"}', b"[{}]", b"null")
    ],
    ("strict.top-level", body() | {"colour": None}),
    ("strict.top-level", {"Model": IMAGE} | body()),
    ("strict.top-level", body() | {"prompt": "x"}),
    ("strict.nested", body(Seed=1)),
    ("strict.nested", body(**{"seed ": 1})),
    ("strict.nested", {"model": IMAGE, "input": {"prompt": "x", "n": 1}}),
    ("strict.every-modality", body(VIDEO) | {"colour": 1}),
    ("strict.every-modality", body(IMAGE, negative_promt="x")),
]


@pytest.mark.parametrize(("clause_id", "request_body"), REFUSED)
def test_invalid_request_is_refused_with_400(clause_id: str, request_body: object) -> None:
    """400 `invalid_input` holds; accepting it, another code and another status break the clause."""
    assert sent(clause_id, request_body, INVALID) == "holds"
    for wrong in (OK, "400:bad_request", "422:invalid_input", "500", "415:unsupported"):
        assert sent(clause_id, request_body, wrong) == "breaks"


@pytest.mark.parametrize(("clause_id", "request_body"), REFUSED)
def test_invalid_request_may_meet_another_limit_first(clause_id: str, request_body: object) -> None:
    """The order of checks is not documented; a proxy, and silence, say nothing of validation."""
    for other in (
        "402",
        "429",
        "401",
        "403",
        "404",
        "503:busy",
        (502, b"<html>"),
        (400, {}),
        "reset",
        (302, b""),
    ):
        assert sent(clause_id, request_body, other) == "silent"
    assert sent(clause_id, request_body, OK, credential="missing") == "silent"
    assert sent(clause_id, request_body, OK, content_type="text/plain") == "silent"


def test_misplaced_statuses_count_once_the_model_is_known_to_work() -> None:
    """After an accepted creation 403 and 404 are no explanation for refusing an invalid one."""
    for wrong in ("401", "403", "404"):
        assert verdict("request.n-range", [post(OK), post(wrong, body(n=11), at=1)]) == "breaks"
        assert verdict("request.n-range", [post(OK, body(VIDEO)), post(wrong, body(n=11), at=1)]) == "silent"


# What the document does not decide: no clause of the section judges it, whatever the answer.
OPEN = [
    ("request.characters", body(prompt="😀" * 8000)),
    *[("request.null-optional", body(**{name: None})) for name in ("n", "wait", "seed", "images", "size")],
    ("request.integral-float", body(n=1.0)),
    ("request.integral-float", body(seed=7.0)),
    ("request.duplicate-keys", b'{"model": "flux-1.1-pro", "n": 1, "n": 99, "input": {"prompt": "x"}}'),
    *[("request.n-on-video", body(VIDEO, n=n)) for n in (0, 11, "5")],
    ("request.unsupported-value", body(aspect_ratio="21:9")),
    ("request.unsupported-value", body(aspect_ratio="2.39:1")),
    ("request.unsupported-value", body(size="512x512")),
    ("request.unsupported-value", body(VIDEO, duration=-1)),
    ("request.unsupported-value", body(VIDEO, duration="long")),
    ("request.unsupported-value", body(VIDEO, resolution="4K")),
    ("request.image-urls", body(images=["cat.png"])),
    ("request.image-urls", body(images=["data:image/png;base64,AAAA"])),
    ("", body(prompt=" ")),
    ("", body(prompt="nul\x00")),
    ("", body(prompt="half \ud800 pair")),
    ("", body(prompt=LONG + " ")),
    ("", body(seed=-1)),
    ("", body(seed=2**40)),
    ("", body(IMAGE, duration=True)),
    ("", body(VIDEO, size=5)),
    ("", b"\xef\xbb\xbf" + b"{}"),
    ("", "{}".encode("utf-16")),
    ("", b"{" + b" " * 1_000_001),
]
JUDGING = [
    "request.documented-accepted", "request.irrelevant-ignored", "request.n-range", "request.wait-range",
    "request.prompt-length", "request.images-limit", "request.field-types", "request.size-form",
    "request.aspect-ratio-form", "request.malformed-body", "request.blame", "strict.top-level", "strict.nested",
]  # fmt: skip


@pytest.mark.parametrize(("clause_id", "request_body"), OPEN)
def test_what_is_open_is_recorded_and_never_judged(clause_id: str, request_body: object) -> None:
    """Accepted or refused: no clause breaks, and the OPEN clause tells which it was."""
    for answer, behaviour in ((OK, "accepted"), (INVALID, "400 invalid_input")):
        for judging in JUDGING:
            assert sent(judging, request_body, answer) == "silent", judging
        if clause_id:
            assert sent(clause_id, request_body, answer).endswith(f": {behaviour}")
    if clause_id:
        for nothing in ("429", "402", "500", "timeout"):
            assert sent(clause_id, request_body, nothing) == "silent"


ALLOWED = [
    body(), body(n=1), body(n=10), body(wait=0), body(wait=60), body(wait=0.5), body(wait="auto"),
    body(prompt="x"), body(prompt=LONG), body(prompt="ש" * 8000), body(prompt="é́" * 4000), body(prompt="😀" * 4000),
    body(images=[URL] * 8), body(images=[]), body(seed=0), body(seed=2**31 - 1), body(aspect_ratio="16:9"),
    body(size="1024x1024"), body(VIDEO, duration=8), body(VIDEO, duration="8"), body(VIDEO, resolution="1080p"),
    body(n=10, wait=60, images=[URL], seed=1, aspect_ratio="1:1", size="1024x1024"),
]  # fmt: skip
IGNORED = [
    body(VIDEO, n=4),
    body(IMAGE, duration=8),
    body(IMAGE, resolution="720p"),
    body(VIDEO, size="1024x1024"),
]


@pytest.mark.parametrize("request_body", ALLOWED + IGNORED)
def test_documented_request_is_accepted(request_body: dict[str, Any]) -> None:
    """Any 2xx and any state hold, a refusal for what the request says breaks, other failures say nothing."""
    clause_id = "request.irrelevant-ignored" if request_body in IGNORED else "request.documented-accepted"
    other = "request.documented-accepted" if request_body in IGNORED else "request.irrelevant-ignored"
    for fine in (OK, "running", "completed", "failed"):
        assert sent(clause_id, request_body, fine) == "holds"
    assert sent(clause_id, request_body, (202, {"id": "gen_1"})) == "holds"
    for refusal in (INVALID, "422:validation_error", "413:too_large", "400:oops", (400, b"no")):
        assert sent(clause_id, request_body, refusal) == "breaks"
        assert sent(other, request_body, refusal) == "silent"
    for nothing in (
        "402",
        "403",
        "404",
        "422",
        "429",
        "500",
        "502",
        "504",
        "503:busy",
        "timeout",
        (307, b""),
    ):
        assert sent(clause_id, request_body, nothing) == "silent"


@pytest.mark.parametrize(
    ("clause_id", "request_body"),
    [
        ("request.n-range", body(n=1)),
        ("request.n-range", body(n=10)),
        *[("request.wait-range", body(wait=wait)) for wait in (0, 60, 0.5, "auto")],
        *[("request.prompt-length", body(prompt=prompt)) for prompt in ("x", LONG, "中" * 8000)],
        ("request.images-limit", body(images=[URL] * 8)),
    ],
)
def test_both_ends_of_a_range_are_accepted(clause_id: str, request_body: object) -> None:
    """A limit that refuses its own ends breaks its clause too."""
    assert sent(clause_id, request_body, OK) == "holds"
    assert sent(clause_id, request_body, INVALID) == "breaks"
    assert sent(clause_id, request_body, "429") == "silent"
    for param, expected in (("model", "silent"), (request_body_field(clause_id), "breaks")):
        error = {"error": {"code": "invalid_input", "message": "No.", "param": param}}
        assert sent(clause_id, request_body, (400, error)) == expected


def request_body_field(clause_id: str) -> str:
    """The field that a clause is about."""
    return clause_id.removeprefix("request.").partition("-")[0]


def test_acceptance_is_not_judged_where_the_profile_names_a_reason() -> None:
    """Restricted and unknown models, rejected prompts and accounts without credit may be refused."""
    for request in (body(RESTRICTED), body("some-model"), body(prompt=REJECTED)):
        assert sent("request.documented-accepted", request, INVALID) == "silent"
    for account in ("exhausted", "limited"):
        assert sent("request.documented-accepted", body(), INVALID, account=account) == "silent"
    assert sent("request.documented-accepted", body(FAILING), "502") == "silent"
    assert sent("request.n-range", body(FAILING, n=11), "502") == "silent"


@pytest.mark.parametrize("model", ["Flux-1.1-pro", " veo-3", "VEO-3", ""])
def test_model_ids_are_exact(model: str) -> None:
    """400, 403 and 404 refuse a near miss; accepting it breaks, and so does another status."""
    for fine in ("400", "403", "404"):
        assert sent("request.unknown-model", body(model), fine) == "holds"
    for wrong in (OK, "422:no_model", "500", "400:bad_model"):
        assert sent("request.unknown-model", body(model), wrong) == "breaks"
    for nothing in ("402", "429", "timeout"):
        assert sent("request.unknown-model", body(model), nothing) == "silent"


def test_unlisted_model_needs_the_scripts_word() -> None:
    """A model that the profile does not know may be listed all the same."""
    assert sent("request.unknown-model", body("no-such-model"), OK) == "silent"
    assert sent("request.unknown-model", body("no-such-model"), OK, intent="unknown-model") == "breaks"
    assert sent("request.unknown-model", body(IMAGE), OK) == "silent"


@pytest.mark.parametrize(
    ("request_body", "param", "expected"),
    [
        (body(n=11), "n", "holds"),
        (body(n=11), "body.n", "holds"),
        (body(n=11), "/n", "holds"),
        (body(n=11), "negative_prompt", "breaks"),
        (body(n=11), "input", "breaks"),
        (body(n=11), None, "silent"),
        (body(n=11, wait=61), "wait", "holds"),
        (body(seed="1"), "input.seed", "holds"),
        (body(seed="1"), "input", "holds"),
        (body(seed="1"), "prompt", "breaks"),
        (body(**{"seed ": 1}), "input.seed", "holds"),
        (body() | {"colour": 1}, "colour", "holds"),
        (body() | {"colour": 1}, "model", "breaks"),
        (body(n=None), "model", "silent"),
        (body(images=["https://images.example/cat.png"]) | {"colour": 1}, "input.images", "holds"),
        (body() | {"colour": 1}, "input.images", "breaks"),
        (body() | {"\x00": 1}, "?", "silent"),
        (body("no-such-model", n="1", wait=61), "model", "holds"),
        (body("no-such-model", n="1", wait=61), "input.seed", "breaks"),
        ({"model": "m" * 10_000}, "model", "holds"),
    ],
)
def test_param_names_the_offending_field(request_body: object, param: object, expected: str) -> None:
    """In any notation; where it is left out, or nothing is certainly wrong, there is nothing to judge."""
    error = {"error": {"code": "invalid_input", "message": "No.", "param": param}}
    assert sent("request.blame", request_body, (400, error)) == expected


def test_other_content_types_are_recorded() -> None:
    """Neither a 415 nor an acceptance is a breach."""
    seen = sent("request.content-type", body(), "415:unsupported", content_type="text/plain; charset=utf-8")
    assert seen == "a JSON body as text/plain: 415 unsupported"
    assert sent("request.content-type", body(), OK) == "silent"
