"""The command that plays one test of a run again, with the same seeds and on the same gateway."""

import os
import shlex
from typing import Final

import pytest

from generations_contract.options import OPTIONS, flag
from generations_contract.run.seeds import HYPOTHESIS_FLAG, Seeds

# What a report's directory is called, and which clauses a run was about, changes nothing for one test.
_WHAT_MATTERS: Final = ("target", "depth", "baseline", "stage", "fault")
# The configuration of `generations-contract check`.
_OF_CHECK: Final = "check.ini"


def command(item: pytest.Item, seeds: Seeds) -> str:
    """A line for the shell, from the directory in which the run was started."""
    given = [(flag(name), value) for name in _WHAT_MATTERS for value in _given(item.config, name)]
    given.append((flag("seed"), str(seeds.contract)))
    hypothesis = [] if seeds.hypothesis is None else [HYPOTHESIS_FLAG, str(seeds.hypothesis)]
    if item.config.inipath is not None and item.config.inipath.name == _OF_CHECK:
        ours = [part for name, value in given for part in (name.replace("--contract-", "--"), value)]
        name = item.name.partition("[")[0]
        return shlex.join(["generations-contract", "check", *ours, "--", "-k", name, *hypothesis])
    place = os.path.relpath(item.path, item.config.invocation_params.dir)
    node = "::".join([place, *item.nodeid.split("::")[1:]])
    return shlex.join(["pytest", node, *(part for each in given for part in each), *hypothesis])


def _given(config: pytest.Config, name: str) -> list[str]:
    """The values that an option was given, none where it has its default."""
    value, default = config.getoption(flag(name)), OPTIONS[name].get("default")
    if value is None or value == default:
        return []
    return list(map(str, value if isinstance(value, list) else [value]))
