"""The files that the suite reads, damaged in every way: the documented error comes out, in one line, or nothing."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from generations_contract.api.schema import directory
from generations_contract.api.target import Target
from generations_contract.api.usage import UsageError
from generations_contract.audit import audit
from generations_contract.exchange.exchange import Exchange
from generations_contract.gateway.catalogue import CatalogueError
from generations_contract.gateway.catalogue import load as load_catalogue
from generations_contract.judging.baseline import Baseline
from generations_contract.recordings.codec import curl, from_dict, to_dict
from generations_contract.recordings.files import read
from generations_contract.regression import sources
from generations_contract.report import har
from tests.support.exchanges import ENVIRONMENT, EXAMPLE_PROFILE, answered, resource
from tests.support.fuzzing import FUZZ, JSON, changed, damaged, written

IN_TEST = settings(FUZZ, suppress_health_check=[*HealthCheck])
PROFILE = EXAMPLE_PROFILE.read_bytes()
EXCHANGES = [
    to_dict(answered(resource("queued"), kind="create", sent={"model": "m", "input": {"prompt": "p"}}, path="/v1/generations")),
    to_dict(answered(resource("running"), path="/v1/generations/gen_1?wait=5", headers={"Retry-After": "1"})),
]  # fmt: skip
HAR = har.document(EXCHANGES)
LINES = b"\n".join(map(written, EXCHANGES)) + b"\n"
BASELINE = b'[[breach]]\nclause = "wait.never-late"\nfingerprint = "0123456789ab"\nprobe = "p"\nwhy = "w"\n'
SCHEMA = json.loads((directory() / "generation-request.schema.json").read_text(encoding="utf-8"))
CATALOGUE = Path(sources.__file__).parent.parent.joinpath("gateway", "catalogue.toml").read_bytes()
# What a file of each kind holds, damaged as text and as a document.
RECORDINGS = st.one_of(
    damaged(written(HAR)), changed(HAR).map(written), damaged(LINES), JSON.map(written),
    changed(EXCHANGES).map(lambda each: b"\n".join(map(written, each))), st.binary(max_size=40),
)  # fmt: skip
SCHEMAS = st.one_of(damaged(written(SCHEMA)), changed(SCHEMA).map(written), JSON.map(written))


def one_line(error: Exception) -> bool:
    """Whether an error is told in one line that says something."""
    return bool(str(error)) and "\n" not in str(error)


def only(error: type[Exception], act: Callable[[], Any]) -> Any:
    """What an act gives; of its errors the documented one, told in one line, and no other."""
    try:
        return act()
    except error as told:
        if not one_line(told):
            pytest.fail(f"not one line: {told}")
        return None


@IN_TEST
@given(st.one_of(damaged(PROFILE), st.binary(max_size=60)))
def test_profile_is_read_or_refused_in_one_line(tmp_path: Path, content: bytes) -> None:
    """Any file as a profile gives a target or a `UsageError`."""
    path = tmp_path / "p.toml"
    path.write_bytes(content)
    target = only(UsageError, lambda: Target.load(path, ENVIRONMENT))
    assert target is None or target.base_url.startswith("http")


@IN_TEST
@given(RECORDINGS)
def test_recording_is_audited_or_refused_in_one_line(tmp_path: Path, content: bytes) -> None:
    """Any file as a recording gives a verdict or a `UsageError`, and the verdict can be written down."""
    path = tmp_path / "traffic.har"
    path.write_bytes(content)
    entries = only(UsageError, lambda: read(path))
    if entries is not None:
        json.dumps(audit(entries).ledger.to_dict())


@IN_TEST
@given(st.one_of(damaged(BASELINE), st.binary(max_size=60)))
def test_baseline_is_read_or_refused_in_one_line(tmp_path: Path, content: bytes) -> None:
    """Any file as a baseline gives one or a `UsageError`."""
    path = tmp_path / "b.toml"
    path.write_bytes(content)
    only(UsageError, lambda: Baseline.load(path))


@IN_TEST
@given(st.one_of(damaged(CATALOGUE), st.binary(max_size=60)))
def test_catalogue_is_read_or_refused_in_one_line(tmp_path: Path, content: bytes) -> None:
    """Any file as a catalogue of the reference gateway gives one or a `CatalogueError`."""
    path = tmp_path / "c.toml"
    path.write_bytes(content)
    only(CatalogueError, lambda: load_catalogue(path))


@pytest.mark.parametrize("name", ["x.schema.json", "openapi.yaml"])
@IN_TEST
@given(content=st.one_of(SCHEMAS, st.binary(max_size=60)))
def test_schema_is_read_or_refused_in_one_line(tmp_path: Path, name: str, content: bytes) -> None:
    """Any file as a version of a contract gives one or a `UsageError`."""
    path = tmp_path / name
    path.write_bytes(content)
    only(UsageError, lambda: sources.load(str(path)))


@FUZZ
@given(st.sampled_from(EXCHANGES).flatmap(changed))
def test_exchange_is_read_or_refused(document: Any) -> None:
    """A line of a recording gives an exchange that can be shown again, or one of the documented errors."""
    try:
        exchange = from_dict(document)
    except (KeyError, TypeError, ValueError):
        return
    assert isinstance(exchange, Exchange)
    json.dumps(to_dict(exchange))
    curl(exchange)


ALIASES = [f"b{level}: &b{level} [{', '.join([f'*b{level - 1}'] * 9)}]\n" for level in range(1, 10)]


@pytest.mark.parametrize(
    "text",
    [
        "b0: &b0 [x, x]\n" + "".join(ALIASES),
        "a: &a [*a]\n",
        "a: &a {b: *a}\n",
        "[" * 20_000,
        "!!python/object/apply:os.system ['true']\n",
    ],
    ids=["a billion aliases", "an alias of itself", "a member of itself", "deep", "a call"],
)
def test_yaml_that_is_a_trap_is_refused_in_one_line(tmp_path: Path, text: str) -> None:
    """A few lines that stand for gigabytes, for themselves, or for a program."""
    path = tmp_path / "openapi.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(UsageError, match="is no YAML") as refused:
        sources.load(str(path))
    assert one_line(refused.value)
