"""How the rival is run, and why that is fair.

- Its newest release, all phases, all checks, the key in place; its read timeout raised above the longest
  window, because with its default of 10 s it could not see a long poll end.
- Jobs take milliseconds, so that no tool spends its time waiting, and every poll can see an end.
- The project's own OpenAPI document, told what this deployment offers: the model ids (else nearly all that it
  generates would be refused) and the form of `size` on the models that take one (others ignore it).
- It may take five minutes for a gateway; of its usual run that is twenty times as much.
- It gets the same fixed seed and a fresh gateway each time; one failure suffices to count as caught, whatever
  it says; a failure that it also finds in the honest gateway would count as a false alarm, not as a catch.
"""

import re
from importlib.resources import files
from pathlib import Path
from typing import Any, Final

import yaml

from generations_contract.gateway import default_catalogue
from tests import ROOT

EXAMPLES: Final = 25
READ_TIMEOUT_S: Final = 75
SEED: Final = 1
DOCUMENT: Final = ROOT / "schemas" / "openapi.yaml"
SIZE_FORM: Final = "^[1-9][0-9]{0,4}x[1-9][0-9]{0,4}$"


def command(tool: str, document: Path, url: str, key: str) -> list[str]:
    """The rival's command line."""
    return [
        tool, "run", str(document), "--url", url, "-H", f"Authorization: Bearer {key}",
        "--checks", "all", "--phases", "examples,coverage,fuzzing,stateful",
        "--max-examples", str(EXAMPLES), "--request-timeout", str(READ_TIMEOUT_S), "--seed", str(SEED),
        "--continue-on-failure", "--no-color", "--generation-database", "none",
    ]  # fmt: skip


def write_document(path: Path) -> None:
    """The project's OpenAPI document, told what this deployment offers."""
    document: dict[str, Any] = yaml.safe_load(DOCUMENT.read_text(encoding="utf-8"))
    schemas = document["components"]["schemas"]
    request = schemas["GenerationRequest"]
    offered = [
        m for m in default_catalogue().models.values() if m.outcome == "completed" and not m.restricted
    ]
    request["properties"]["model"]["enum"] = [m.id for m in offered]
    sized = {"properties": {"model": {"enum": [m.id for m in offered if m.sized]}}}
    formed = {"properties": {"input": {"properties": {"size": {"pattern": SIZE_FORM}}}}}
    request.setdefault("allOf", []).append({"if": sized, "then": formed})
    path.write_text(yaml.safe_dump(document, sort_keys=False, allow_unicode=True), encoding="utf-8")


def write_catalogue(path: Path) -> None:
    """The packaged catalogue with jobs of milliseconds."""
    text = files("generations_contract.gateway").joinpath("catalogue.toml").read_text("utf-8")
    text = re.sub(r"(?m)^queued_s = \[[^\]]*\]", "queued_s = [0.002, 0.004]", text)
    path.write_text(
        re.sub(r"(?m)^running_s = \[[^\]]*\]", "running_s = [0.008, 0.016]", text), encoding="utf-8"
    )
