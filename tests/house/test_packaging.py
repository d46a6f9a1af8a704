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
        "generations_contract/_schemas/generation-request.schema.json",
        "generations_contract/_schemas/verdicts.schema.json",
        "generations_contract/report/templates/report.html.j2",
        "generations_contract/report/templates/report.css",
        "generations_contract/report/templates/checks.toml",
        "generations_contract/report/templates/snippet.py.txt",
        "generations_contract/forms/templates/page.html.j2",
        "generations_contract/forms/templates/look.css",
        "generations_contract/regression/report/templates/changes.html.j2",
        "generations_contract/regression/report/templates/changes.css",
        "generations_contract/regression/verdicts/rules.toml",
        "generations_contract/init/recipes/github.yml",
        "generations_contract/init/recipes/gitlab.yml",
        "generations_contract/init/recipes/accepted.toml",
        "generations_contract/init/recipes/severities.toml",
        "generations_contract/run/check.ini",
        "generations_load/report/templates/load.html.j2",
        "generations_load/verdict/slo.toml",
        "generations_contract/gateway/catalogue.toml",
        "generations_contract/document/sentences.toml",
        "generations_contract/py.typed",
        "generations_load/py.typed",
    ):
        assert wanted in names, wanted
    assert any(name.endswith("licenses/LICENSE") for name in names)
    tops = {name.partition("/")[0] for name in names}
    assert {each for each in tops if not each.endswith(".dist-info")} == {
        "generations_contract",
        "generations_load",
    }


def test_installed_package_is_the_wheels(installed: Path, tmp_path: Path) -> None:
    """What is imported is not the clone, and its schemas are found."""
    code = (
        "import generations_contract as contract, generations_load as load, generations_contract.api.schema as schema;"
        "print(contract.__file__, load.__file__, schema.directory(), contract.watch.__name__)"
    )
    told = output(installed / "python", "-c", code, cwd=tmp_path).split()
    assert all(Path(each).is_relative_to(installed.parent) for each in told[:3])
    assert told[3] == "watch"


def test_installed_probes_run_by_their_package_name(installed: Path, tmp_path: Path) -> None:
    """`pytest --pyargs generations_contract` judges the embedded gateway from anywhere, with reports."""
    told = output(
        installed / "python", "-m", "pytest", "--pyargs", "generations_contract", "-q", "--contract-depth", "free", "-k", "test_auth",
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
    output(
        command, "check", "--depth", "free", "--report", "report", "--", "-q", "-k", "test_auth", cwd=tmp_path
    )
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


# A repository that has names of ours for itself, and takes warnings seriously.
NEIGHBOUR = {
    "contracts/__init__.py": "",
    "loadtests/__init__.py": "",
    "conftest.py": """
import pytest

def pytest_addoption(parser):
    parser.addoption("--target", default="none")
    parser.addoption("--depth", type=int, default=0)

@pytest.fixture
def campaign():
    return "of the neighbour"
""",
    "pytest.ini": """
[pytest]
addopts = -p no:cacheprovider -p no:locust --strict-markers
filterwarnings = error
markers =
    contract: what the neighbour calls so
""",
    "tests/test_neighbour.py": """
import contracts, loadtests, pathlib, pytest

@pytest.mark.contract
def test_own_names(campaign, request):
    here = pathlib.Path(__file__).parents[1]
    assert [pathlib.Path(each.__file__).parents[1] for each in (contracts, loadtests)] == [here, here]
    assert (campaign, request.config.getoption("--target")) == ("of the neighbour", "mine")
    assert request.config.getoption("--depth") == 3
""",
}


@pytest.fixture
def neighbour(tmp_path: Path) -> Path:
    """Somebody's repository, beside which the wheel is installed."""
    for name, text in NEIGHBOUR.items():
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return tmp_path


def test_neighbours_tests_run_as_before(installed: Path, neighbour: Path) -> None:
    """Packages, options, a marker and a fixture of names that the suite once had are the neighbour's own."""
    told = output(installed / "python", "-m", "pytest", "--target", "mine", "--depth=3", cwd=neighbour)
    assert "1 passed" in told
    assert "warning" not in told
    assert "generations contract" not in told


def test_check_in_a_neighbours_repository_prints_no_warning(installed: Path, neighbour: Path) -> None:
    """Somebody else's configuration decides nothing about a verdict, and nothing of pytest's is left behind."""
    told = output(
        installed / "generations-contract", "check", "--depth", "free", "--", "-k", "test_auth", cwd=neighbour
    )
    assert "warning" not in told.lower()
    assert "auth.missing-key                MUST    held" in told
    assert not (neighbour / ".pytest_cache").exists()


@pytest.mark.parametrize("name", ["target", "depth", "fault"])
def test_old_option_name_gets_one_line(installed: Path, tmp_path: Path, name: str) -> None:
    """Where nobody has the option for his own the line says what it is called now."""
    ran = subprocess.run(
        [installed / "python", "-m", "pytest", "-p", "no:locust", f"--{name}=x"],
        cwd=tmp_path, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert ran.returncode == pytest.ExitCode.USAGE_ERROR
    assert ran.stderr.strip() == (
        f"ERROR: --{name} is now --contract-{name} (or: generations-contract check --{name})"
    )
