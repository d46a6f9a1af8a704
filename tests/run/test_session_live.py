"""A contract run against a gateway on a socket: what the profile offers, what may be spent, whose key."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.run.runs import PROBES_OF_A_RUN, Run, one, reasons
from tests.support.stages import served

pytest_plugins = ["pytester", "tests.run.runs"]


@pytest.fixture(scope="module")
def profile(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The profile of a reference gateway that is served, without the other accounts."""
    directory = tmp_path_factory.mktemp("gateway")
    with served(directory) as target:
        path = directory / "profile.toml"
        limits = "[limits]\nmax_generations = 2\n"
        path.write_text(
            f'[target]\nbase_url = "{target.base_url}"\napi_key_env = "LIVE_KEY"\n'
            f'[models]\nimage = "instant-image"\n{limits}',
            encoding="utf-8",
        )
        (directory / "key").write_text(target.keys["main"])
        yield str(path)


@pytest.fixture
def live(profile: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """The same, with the key at hand."""
    monkeypatch.setenv("LIVE_KEY", Path(profile).with_name("key").read_text())
    return profile


def test_live_run_says_what_the_profile_does_not_name(run: Run, live: str) -> None:
    """A probe that needs more than the profile names is skipped, with that reason, in the report too."""
    result, report = run(PROBES_OF_A_RUN, "--contract-target", live)
    result.assert_outcomes(passed=2, skipped=1, deselected=1)
    assert result.ret == 0
    assert report["stage"] == "http"
    (told,) = reasons(report, "auth.foreign-generation")
    assert told == 'add [keys] other_env = "VARIABLE" to the profile: another account'
    result.stdout.fnmatch_lines(["*SKIPPED*not exercised: add [[]keys] other_env*"])
    assert report["generations"] == {"wait": 1}


def test_live_run_keeps_within_its_budget(run: Run, live: str) -> None:
    """Two generations may be made, and two are made; the probe is skipped with the limit as the reason."""
    body = "\n    ".join(["yield Create(target.request(wait=0))"] * 4)
    result, report = run(one('"wait.zero-create", "wait.wakes"', body), "--contract-target", live)
    result.assert_outcomes(skipped=1)
    assert report["generations"] == {"wait": 2}
    assert reasons(report, "wait.wakes") == ["budget: max_generations = 2 is used up"]


def test_live_run_in_which_nothing_is_accepted_is_no_success(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The image model is misspelt: most clauses were not exercised, and a release must not pass on that."""
    with served(tmp_path, "--variant", "unknown-model-404") as target:
        monkeypatch.setenv("LIVE_KEY", target.keys["main"])
        profile = tmp_path / "misspelt.toml"
        profile.write_text(
            f'[target]\nbase_url = "{target.base_url}"\napi_key_env = "LIVE_KEY"\n[models]\nimage = "instnat-image"\n',
            encoding="utf-8",
        )
        probe = one('"wait.zero-create"', "yield Create(target.request(wait=0))")
        result, report = run(probe, "--contract-target", str(profile))
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    assert (report["outcome"], report["counts"]["broken"]) == ("failed", 0)
    result.stdout.fnmatch_lines(["*no request for instnat-image was accepted; has the target such a model?*"])


def test_live_depth_free_makes_no_generation(run: Run, live: str) -> None:
    """Only what must be refused is sent."""
    result, report = run(PROBES_OF_A_RUN, "--contract-target", live, "--contract-depth", "free")
    result.assert_outcomes(passed=1, deselected=3)
    assert (report["generations"], report["exchanges"]) == ({}, 1)


def test_live_wrong_key_is_wrong_usage(run: Run, live: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A key that the gateway refuses ends the run before it begins; the key is not shown."""
    monkeypatch.setenv("LIVE_KEY", "zt_nobody_0123456789")
    result, report = run(PROBES_OF_A_RUN, "--contract-target", live)
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["ERROR: * refuses the API key in LIVE_KEY (401); check the key"])
    assert "zt_nobody" not in result.stdout.str() + result.stderr.str() + json.dumps(report)


STRICTNESS = '''
from generations_contract.scripts.probe import probe
from generations_contract.scripts.script import Create, Fetch, until_terminal

@probe("strict.top-level", depth="free", cases={f"key{turn}": f"key{turn}" for turn in range(12)})
def test_key(target, key):
    """One unknown key, on both modalities."""
    for model in (target.models.image, target.models.video):
        yield Create({**target.request(model, wait=0), key: 1})

@probe("wait.zero-create", "headers.cache-terminal")
def test_life(target):
    """One generation."""
    created = yield Create(target.request(wait=0))
    last = yield from until_terminal(created)
    yield Fetch(created.generation_id)
'''


@pytest.mark.parametrize("workers", [(), ("-n", "2")], ids=["alone", "two workers"])
def test_live_run_pays_for_one_proof_and_goes_on(
    run: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, workers: tuple[str, ...]
) -> None:
    """Of 24 requests that should be refused the gateway accepts the 12 for videos: it gets one, and a replay."""
    with served(tmp_path, "--fault", "strict-video-dropped") as target:
        for label, key in target.keys.items():
            monkeypatch.setenv(target.variables[label], key)
        _, report = run(STRICTNESS, "--contract-target", str(tmp_path / "served.toml"), *workers)
    clauses = {clause["id"]: clause for clause in report["clauses"]}
    assert report["generations"] == {"wait": 3}
    assert sum(report["cost_usd"].values()) == pytest.approx(2 * 0.4 + 0.04)
    assert clauses["headers.cache-terminal"]["state"] == "held"
    assert (clauses["strict.top-level"]["state"], clauses["strict.top-level"]["broken"]) == ("broken", 2)
    told = "\n".join(clauses["strict.top-level"]["notes"])
    assert "replayed once: it happened again" in told
    assert "11 requests of the scripts about it not sent" in told
