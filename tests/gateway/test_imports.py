"""What the gateway rests on: no fault is loaded before it is asked for, and no import is hidden from the reader."""

import subprocess
import sys
from pathlib import Path

import pytest

from generations_contract import gateway

LOADED = "import sys, {}; print(*sorted(name for name in sys.modules if '.gateway.tampers' in name))"


def loaded_tampers(module: str) -> list[str]:
    """Names of the modules of faults and variants that a fresh interpreter has after importing a module."""
    command = [sys.executable, "-c", LOADED.format(module)]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()


@pytest.mark.parametrize("module", ["", ".doors.asgi", ".doors.profile", ".doors.serve"])
def test_honest_gateway_loads_no_fault(module: str) -> None:
    """Importing the gateway, or a door of it, loads none of its faults and variants."""
    assert loaded_tampers(f"generations_contract.gateway{module}") == []


def test_faults_are_loaded_from_one_place() -> None:
    """Importing `tampers` loads each module of faults and of variants."""
    tampers = Path(gateway.__file__).parent / "tampers"
    files = {path.stem for path in tampers.rglob("*.py")} - {"__init__"}
    assert files <= {
        name.rpartition(".")[2] for name in loaded_tampers("generations_contract.gateway.tampers")
    }


def test_gateway_has_no_circle_even_for_types() -> None:
    """No module of the gateway imports another one for type checking only."""
    modules = Path(gateway.__file__).parent.rglob("*.py")
    assert [path.name for path in modules if "TYPE_CHECKING" in path.read_text(encoding="utf-8")] == []
