"""The built wheel, in an environment of its own and outside the clone: everything is in it and works."""

import os
import subprocess
import sys
import sysconfig
import venv
import zipfile
from importlib.util import find_spec
from pathlib import Path

import pytest

from tests import ROOT

SCRIPTS = "Scripts" if os.name == "nt" else "bin"


def output(*command: str | Path, cwd: Path, code: int = 0) -> str:
    """What a command prints; it must end with this exit code."""
    environment = {
        name: value for name, value in os.environ.items() if not name.startswith(("PYTEST_", "PYTHONPATH"))
    }
    ran = subprocess.run(
        [*map(str, command)], cwd=cwd, env=environment, capture_output=True, text=True, check=False
    )
    assert ran.returncode == code, ran.stdout[-3000:] + ran.stderr[-3000:]
    return ran.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built as `pip wheel` builds it."""
    directory = tmp_path_factory.mktemp("wheel")
    # What is installed already need not be fetched for an isolated build.
    isolation = ["--no-build-isolation"] if find_spec("hatchling") else []
    output(
        sys.executable,
        "-m",
        "pip",
        "wheel",
        "-q",
        "--no-deps",
        *isolation,
        "-w",
        directory,
        ROOT,
        cwd=directory,
    )
    [built] = directory.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The directory of the executables of a fresh environment with the wheel; dependencies are this one's."""
    directory = tmp_path_factory.mktemp("environment")
    venv.create(directory, with_pip=False, symlinks=os.name != "nt")
    paths = sysconfig.get_paths(vars={"base": str(directory), "platbase": str(directory)})
    site = Path(paths["purelib"])
    site.mkdir(parents=True, exist_ok=True)
    (site / "dependencies.pth").write_text(sysconfig.get_path("purelib") + "\n")
    python = directory / SCRIPTS / "python"
    output(python, "-m", "pip", "install", "-q", "--no-deps", "--force-reinstall", wheel, cwd=directory)
    return directory / SCRIPTS


def test_wheel_holds_all_that_is_no_python(wheel: Path) -> None:
    """Schemas, templates, the catalogue, the licence and the mark of a typed package are in it; tests are not."""
    names = set(zipfile.ZipFile(wheel).namelist())
    for wanted in (
        "contracts/_schemas/generation-request.schema.json",
        "contracts/_schemas/verdicts.schema.json",
        "contracts/report/templates/report.html.j2",
        "contracts/report/templates/report.css",
        "contracts/report/templates/checks.toml",
        "contracts/gateway/catalogue.toml",
        "contracts/py.typed",
    ):
        assert wanted in names, wanted
    assert any(name.endswith("licenses/LICENSE") for name in names)
    assert not [name for name in names if name.startswith("tests/")]


def test_installed_package_is_the_wheels(installed: Path, tmp_path: Path) -> None:
    """What is imported is not the clone, and its schemas are found."""
    code = "import contracts, generations_contract.api.schema; print(contracts.__file__); print(generations_contract.watch.__name__)"
    told = output(installed / "python", "-c", code, cwd=tmp_path).split()
    assert str(ROOT) not in told[0]
    assert Path(told[0]).is_relative_to(installed.parent)
    assert told[1] == "watch"


def test_installed_probes_run_by_their_package_name(installed: Path, tmp_path: Path) -> None:
    """`pytest --pyargs contracts` judges the embedded gateway from anywhere, with reports."""
    told = output(
        installed / "python", "-m", "pytest", "--pyargs", "contracts", "-q", "--contract-depth", "free", "-k", "test_auth",
        "-p", "no:locust", "-p", "no:cacheprovider", "--contract-report", "report", cwd=tmp_path,
    )  # fmt: skip
    assert "auth.missing-key" in told
    assert " passed" in told
    assert {path.name for path in (tmp_path / "report").iterdir()} == {
        "report.html", "verdicts.json", "junit.xml", "summary.md", "traffic.har",
    }  # fmt: skip


def test_installed_console_script_works(installed: Path, tmp_path: Path) -> None:
    """The commands that need no network: clauses, faults, audit of the run's own recording, check."""
    command = installed / "generations-contract"
    assert "strict.top-level" in output(command, "clauses", cwd=tmp_path)
    assert "strict-top-dropped" in output(command, "faults", cwd=tmp_path)
    checked = [
        "check",
        "-q",
        "-k",
        "test_auth",
        "--contract-depth",
        "free",
        "-p",
        "no:locust",
        "-p",
        "no:cacheprovider",
    ]
    output(command, *checked, "--contract-report", "report", cwd=tmp_path)
    assert "held" in output(command, "audit", tmp_path / "report" / "traffic.har", cwd=tmp_path)
    output(command, "audit", tmp_path / "nothing.har", cwd=tmp_path, code=4)


@pytest.mark.parametrize(
    ("arguments", "code"),
    [(["clauses"], 0), (["audit", "nothing.har"], 4), (["load", "--users", "5"], 4), (["--help"], 0)],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_installed_console_script_does_without_its_extra(
    installed: Path, tmp_path: Path, arguments: list[str], code: int
) -> None:
    """`pip install generations-contract` alone: only `load` asks for its extra, in one line."""
    absent = ("hdrh", "locust", "gevent", "geventhttpclient", "psutil")
    program = (
        f"import sys; sys.modules.update(dict.fromkeys({absent!r}))\n"
        f"from generations_contract.cli import main; sys.exit(main({arguments!r}))"
    )
    output(installed / "python", "-c", program, cwd=tmp_path, code=code)


def test_installed_fixture_serves_a_teams_own_tests(installed: Path, tmp_path: Path) -> None:
    """A repository that has only installed the wheel gets fixture and marker, with strict markers."""
    (tmp_path / "test_client.py").write_text(
        "import httpx, pytest\n"
        "@pytest.mark.generations_gateway(durations_s=90)\n"
        "def test_patient(generations_gateway):\n"
        "    body = {'model': 'veo-3', 'input': {'prompt': 'x'}, 'wait': 60}\n"
        "    headers = {'Authorization': f'Bearer {generations_gateway.api_key}'}\n"
        "    answer = httpx.post(f'{generations_gateway.url}/v1/generations', json=body, headers=headers, timeout=65)\n"
        "    assert answer.json()['status'] == 'running'\n"
        "    assert generations_gateway.now == 60\n"
    )
    told = output(
        installed / "python", "-m", "pytest", "-q", "--strict-markers", "-p", "no:locust", "-p", "no:cacheprovider",
        cwd=tmp_path,
    )  # fmt: skip
    assert "1 passed" in told
    # Where no contract run takes place the plugin says nothing.
    assert "generations contract" not in told
